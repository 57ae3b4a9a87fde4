"""Signing in by the pair of headers that belongs to an account, on this app's API only.

The key says which account it is, key and secret together prove it. Wrong ones are counted, and after too many of
them the next have to wait (`admission/failed_attempts.py`); whoever Frappe has let in already is not concerned.
"""

from __future__ import annotations

import hmac
from typing import Any

import frappe

from erp_connect.admission import failed_attempts as attempts
from erp_connect.admission.address import sender
from erp_connect.config import secrets
from erp_connect.core.errors import ConnectError
from erp_connect.records.failures import ApiError
from erp_connect.served.caller import API_PATHS, may_sign_in

KEY_HEADER, SECRET_HEADER = "X-Api-Key", "X-Api-Secret"


def authenticate() -> None:
	"""Auth hook: take the account's own pair of headers as proof.

	Who has to wait goes on as a guest, and is told so where Frappe's refusal of guests gets our shape
	(`framework_errors.py`).
	"""
	if frappe.session.user not in ("", "Guest") or not frappe.request.path.startswith(API_PATHS):
		return
	named = [account for account in _accounts() if frappe.get_request_header(account.key_header)]
	if not named:
		return
	account = next((account for account in named if _is_key_of(account)), None)
	who = sender(frappe.request)
	scopes = attempts.of_keys(who, account and account.name)
	if seconds := attempts.wait(scopes):
		frappe.local.erp_connect_refused = attempts.TooManyAttempts(seconds)
	elif account and (user := _proved(account)):
		attempts.remember(who, account.name)
		_sign_in(account.name, user)
	else:
		attempts.count(scopes)


def is_proof() -> bool:
	"""Whether the current request was let in by an account's own pair of headers, which no browser sends by itself."""
	return bool(getattr(frappe.local, "erp_connect_account", None))


def refusal() -> ApiError | None:
	"""The answer to the current request where it had to wait."""
	error = getattr(frappe.local, "erp_connect_refused", None)
	return error and ApiError(429, error.code, error.template, retry_after=error.seconds, **error.params)


def _sign_in(account: str, user: str) -> None:
	form_dict = frappe.local.form_dict  # set_user forgets it
	frappe.set_user(user)
	frappe.local.form_dict = form_dict
	frappe.local.erp_connect_account = account


def _accounts() -> list[Any]:
	rows = frappe.get_all(
		"Integration Settings",
		filters={"enabled": 1, "inbound_enabled": 1, "inbound_key": ("is", "set")},
		fields=["name", "user", "inbound_key", "key_header", "secret_header"],
	)
	for row in rows:
		row.update(key_header=row.key_header or KEY_HEADER, secret_header=row.secret_header or SECRET_HEADER)
	return rows


def _is_key_of(account: Any) -> bool:
	given = frappe.get_request_header(account.key_header)
	return hmac.compare_digest(given.encode(), account.inbound_key.encode())


def _proved(account: Any) -> str | None:
	"""The account's user if the secret is right. Compared in constant time, also where none is set."""
	try:
		stored = secrets.read(frappe.get_cached_doc("Integration Settings", account.name), "inbound_secret")
	except ConnectError:
		return None
	given = (frappe.get_request_header(account.secret_header) or "").encode()
	right = hmac.compare_digest(given, stored.reveal().encode() if stored else b"\0")
	return account.user if right and stored and may_sign_in(account.user) else None
