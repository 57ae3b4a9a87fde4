"""The address that the current request comes from, as far as it can be trusted.

Not `frappe.local.request_ip`: that is the first entry of `X-Forwarded-For`, which any client can invent.
"""

from __future__ import annotations

import frappe
from frappe.utils import cint

from erp_connect.core.guard import client_address as addresses
from erp_connect.core.guard.networks import Address

# How many proxies stand before this site, each of which appends to X-Forwarded-For.
PROXIES = "erp_connect_trusted_proxies"


def client_address() -> Address | None:
	"""Of the current request; None if it cannot be told, which no list of addresses allows.

	`erp_connect_trusted_proxies` in the site config says how many proxies are trusted; what is no number there
	counts as none.
	"""
	proxies = frappe.conf.get(PROXIES)
	forwarded = ",".join(frappe.request.headers.getlist("X-Forwarded-For"))
	return addresses.client_address(_peer(), forwarded, None if proxies is None else cint(proxies))


def sender() -> str:
	"""By which the requests of this sender are counted."""
	return addresses.counted_as(client_address())


def is_allowed(networks: tuple[str, ...]) -> bool:
	"""Whether the current request may come from where it comes from. networks: of the account; empty: from anywhere."""
	return not networks or addresses.is_within(client_address(), networks)


def listed(text: str | None) -> tuple[str, ...]:
	"""The entries of a field that holds several, separated by commas or lines."""
	return tuple(part.strip() for part in (text or "").replace("\n", ",").split(",") if part.strip())


def _peer() -> str | None:
	"""Who is connected, also where a development server has replaced it by what the header says."""
	environ = frappe.request.environ
	return (environ.get("werkzeug.proxy_fix.orig") or environ).get("REMOTE_ADDR")
