"""Who is calling the API: the account behind the request, and whether it may call at all.

A caller is a Frappe user like any other: by token, Basic, OAuth or session. Besides, an account can have a pair
of headers of its own, which `authenticate` (an auth hook) turns into the account's user before Frappe decides
about permissions.
"""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass

import frappe

from erp_connect.config import secrets
from erp_connect.core.errors import ConnectError
from erp_connect.records.failures import ApiError

API_PATHS = (
	"/api/method/erp_connect.api.v1.",
	"/api/v1/method/erp_connect.api.v1.",
	"/api/v2/method/erp_connect.api.v1.",
)
ACCOUNT_HEADER = "X-ERP-Connect-Account"
MINUTE = 60


@dataclass(frozen=True)
class Caller:
	"""The account a request acts for."""

	account: str
	company: str | None
	user: str
	switched_off: frozenset[str]
	requests_per_minute: int
	allowed_ips: tuple[str, ...]


def authenticate() -> None:
	"""Auth hook: take the account's own pair of headers as proof, on this app's API only."""
	if frappe.session.user not in ("", "Guest") or not frappe.request.path.startswith(API_PATHS):
		return
	for name, key_header, secret_header in _header_pairs():
		key = frappe.get_request_header(key_header)
		if key and (user := _verified(name, key, frappe.get_request_header(secret_header) or "")):
			form_dict = frappe.local.form_dict  # set_user forgets it
			frappe.set_user(user)
			frappe.local.form_dict = form_dict
			frappe.local.erp_connect_account = name
			return


def identify() -> Caller:
	"""The account of the current request. Raises `ApiError`: 401 for guests, 403 where there is none to act for."""
	if not _is_signed_in(frappe.session.user):
		raise ApiError(401, "authentication", "Sign in: send a Frappe token, Basic credentials, an OAuth token, or "
			"the account's key headers.")  # fmt: skip
	caller = _caller(_account_name())
	_require_address(caller)
	_require_rate(caller)
	return caller


def _is_signed_in(user: str) -> bool:
	"""Not so for a disabled user, although Frappe goes on taking an OAuth token that it was given before."""
	return user not in ("", "Guest") and bool(frappe.get_cached_value("User", user, "enabled"))


def _account_name() -> str:
	if name := getattr(frappe.local, "erp_connect_account", None):
		return name
	wanted = frappe.get_request_header(ACCOUNT_HEADER)
	filters = {"enabled": 1, "inbound_enabled": 1, "user": frappe.session.user}
	names = frappe.get_all(
		"Integration Settings", filters=filters, pluck="name", limit=2 if not wanted else 0
	)
	if wanted and wanted in names:
		return wanted
	if wanted or not names:
		raise ApiError(
			403,
			"no_account",
			"No account of this site accepts calls from user {user}.",
			user=frappe.session.user,
		)
	if len(names) > 1:
		raise ApiError(
			403,
			"account_needed",
			"Several accounts act as this user. Name one in the header {header}.",
			header=ACCOUNT_HEADER,
		)
	return names[0]


def _caller(name: str) -> Caller:
	row = frappe.db.get_value(
		"Integration Settings",
		name,
		[
			"company",
			"user",
			"switched_off",
			"requests_per_minute",
			"allowed_ips",
			"enabled",
			"inbound_enabled",
		],
		as_dict=True,
	)
	if not (row and row.enabled and row.inbound_enabled):
		raise ApiError(403, "no_account", "This account does not accept calls.")
	return Caller(
		account=name,
		company=row.company,
		user=row.user,
		switched_off=frozenset(_words(row.switched_off)),
		requests_per_minute=row.requests_per_minute or 0,
		allowed_ips=tuple(_words(row.allowed_ips)),
	)


def _words(text: str | None) -> list[str]:
	return [part.strip() for part in (text or "").replace("\n", ",").split(",") if part.strip()]


def _header_pairs() -> list[tuple[str, str, str]]:
	rows = frappe.get_all(
		"Integration Settings",
		filters={"enabled": 1, "inbound_enabled": 1, "inbound_key": ("is", "set")},
		fields=["name", "key_header", "secret_header"],
		as_list=True,
	)
	return [(name, key or "X-Api-Key", secret or "X-Api-Secret") for name, key, secret in rows]


def _verified(name: str, key: str, secret: str) -> str | None:
	"""The account's user if key and secret are right. Compared in constant time, also where nothing is set."""
	doc = frappe.get_cached_doc("Integration Settings", name)
	try:
		stored = secrets.read(doc, "inbound_secret")
	except ConnectError:
		return None
	right_key = hmac.compare_digest(key.encode(), (doc.inbound_key or "").encode())
	right_secret = hmac.compare_digest(secret.encode(), stored.reveal().encode() if stored else b"\0")
	if not (right_key and right_secret and stored):
		return None
	return doc.user if frappe.db.get_value("User", doc.user, "enabled") else None


def _require_address(caller: Caller) -> None:
	if not caller.allowed_ips:
		return
	try:
		address = ipaddress.ip_address(frappe.local.request_ip or "")
		allowed = any(
			address in ipaddress.ip_network(network, strict=False) for network in caller.allowed_ips
		)
	except ValueError:
		allowed = False
	if not allowed:
		raise ApiError(403, "address", "Calls from this address are not allowed for the account.")


def _require_rate(caller: Caller) -> None:
	if not caller.requests_per_minute:
		return
	key = frappe.cache.make_key(
		f"erp_connect:calls:{caller.account}:{int(frappe.utils.now_datetime().timestamp()) // MINUTE}"
	)
	count = frappe.cache.incr(key)
	if count == 1:
		frappe.cache.expire(key, 2 * MINUTE)
	if count > caller.requests_per_minute:
		raise ApiError(
			429,
			"rate",
			"More than {limit} calls in a minute. Slow down.",
			limit=caller.requests_per_minute,
			retry_after=MINUTE,
		)
