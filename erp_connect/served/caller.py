"""Who is calling the API: the account behind the request, and whether it may call at all.

A caller is a Frappe user like any other: by token, Basic, OAuth or session. Besides, an account can have a pair
of headers of its own, which an auth hook (`key_headers.py`) turns into the account's user before Frappe decides
about permissions.
"""

from __future__ import annotations

from dataclasses import dataclass

import frappe

from erp_connect.admission.address import is_allowed, listed
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


def identify() -> Caller:
	"""The account of the current request.

	Raises `ApiError`: 401 for guests, 403 where there is none to act for, 429 where it called too often.
	"""
	if not may_sign_in(frappe.session.user):
		raise ApiError(401, "authentication", "Sign in: send a Frappe token, Basic credentials, an OAuth token, or "
			"the account's key headers.")  # fmt: skip
	caller = _caller(_account_name())
	_require_address(caller)
	_require_rate(caller)
	return caller


def may_sign_in(user: str) -> bool:
	"""Not a guest, nor a disabled user, of whom Frappe goes on taking an OAuth token that it was given before."""
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
		switched_off=frozenset(listed(row.switched_off)),
		requests_per_minute=row.requests_per_minute or 0,
		allowed_ips=listed(row.allowed_ips),
	)


def _require_address(caller: Caller) -> None:
	if not is_allowed(frappe.request, caller.allowed_ips):
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
