"""The address that a request comes from, as far as it can be trusted.

Not `frappe.local.request_ip`: that is the first entry of `X-Forwarded-For`, which any client can invent.
"""

from __future__ import annotations

import frappe
from frappe.utils import cint
from werkzeug.wrappers import Request

from erp_connect.core.guard import client_address as addresses
from erp_connect.core.guard.networks import Address

# How many proxies stand before this site, each of which appends to X-Forwarded-For.
PROXIES = "erp_connect_trusted_proxies"


def client_address(request: Request) -> Address | None:
	"""Of a request; None if it cannot be told, which no list of addresses allows.

	`erp_connect_trusted_proxies` in the site config says how many proxies are trusted; what is no number there
	counts as none.
	"""
	proxies = frappe.conf.get(PROXIES)
	forwarded = ",".join(request.headers.getlist("X-Forwarded-For"))
	return addresses.client_address(_peer(request), forwarded, None if proxies is None else cint(proxies))


def sender(request: Request) -> str:
	"""By which the requests of its sender are counted."""
	return addresses.counted_as(client_address(request))


def is_allowed(request: Request, networks: tuple[str, ...]) -> bool:
	"""Whether a request may come from where it comes from. networks: of the account; empty: from anywhere."""
	return not networks or addresses.is_within(client_address(request), networks)


def listed(text: str | None) -> tuple[str, ...]:
	"""The entries of a field that holds several, separated by commas or lines."""
	return tuple(part.strip() for part in (text or "").replace("\n", ",").split(",") if part.strip())


def _peer(request: Request) -> str | None:
	"""Who is connected, also where a development server has replaced it by what the header says."""
	environ = request.environ
	return (environ.get("werkzeug.proxy_fix.orig") or environ).get("REMOTE_ADDR")
