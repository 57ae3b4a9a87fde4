"""Calls behind the buttons of Integration Settings."""

import secrets as randomness
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_to_date, now_datetime

from erp_connect.api.permissions import require_manager, require_user
from erp_connect.calls import switch
from erp_connect.config import request_schemes, steering, verification
from erp_connect.core.delivery.signing import new_secret
from erp_connect.operate import connection_test, refusals
from erp_connect.operate import health as outbound_health
from erp_connect.store import accounts

GRACE_HOURS = 24


@frappe.whitelist(methods=["POST"])
def test_connection(account: str) -> dict[str, Any]:
	"""Call the account's test path with its authentication. Returns `ok`, `called`, `status`, `message`, `advice`.

	Raises `frappe.PermissionError` for users who may not configure accounts. The answer's body is not
	returned: the button is no way to read what stands behind a firewall.
	"""
	require_manager()
	doc = frappe.get_doc("Integration Settings", account)
	doc.check_permission("write")
	steering.require(account)
	return connection_test.run(doc)


@frappe.whitelist(methods=["POST"])
def pause(account: str, reason: str = "") -> None:
	"""Stop sending for an account; changes go on being recorded."""
	require_manager()
	frappe.get_doc("Integration Settings", account).check_permission("write")
	switch.pause(account, reason or _("Paused by {0}").format(frappe.session.user))


@frappe.whitelist(methods=["POST"])
def resume(account: str) -> None:
	"""Send again, beginning with what has waited longest."""
	require_manager()
	frappe.get_doc("Integration Settings", account).check_permission("write")
	switch.resume(account)


@frappe.whitelist(methods=["POST"])
def grant_access(account: str) -> str:
	"""Begin the OAuth 2 authorization-code flow. Returns the address to open; the token will belong to the
	user who opens it."""
	require_manager()
	doc = frappe.get_doc("Integration Settings", account)
	doc.check_permission("write")
	steering.require(account)
	if not doc.connected_app:
		frappe.throw(_("Choose a Connected App first."))
	accounts.set_token_user(account, frappe.session.user)
	app = frappe.get_doc("Connected App", doc.connected_app)
	return app.initiate_web_application_flow(user=frappe.session.user, success_uri=doc.get_url())


@frappe.whitelist(methods=["POST"])
def rotate_signing_secret(account: str) -> str:
	"""Make a new signing secret and return it, this once. The old one goes on signing too for 24 hours."""
	require_manager()
	doc = frappe.get_doc("Integration Settings", account)
	doc.check_permission("write")
	steering.require(account)
	if current := doc.get_password("signing_secret", raise_exception=False):
		doc.previous_signing_secret = current
		doc.previous_secret_expires = add_to_date(now_datetime().replace(microsecond=0), hours=GRACE_HOURS)
	doc.signing_secret = secret = new_secret(randomness.token_bytes(32))
	doc.sign_requests = 1
	doc.save()
	return secret


@frappe.whitelist()
def health(account: str) -> dict[str, Any]:
	"""How the account is doing: counts by status, oldest waiting event, breaker, warnings."""
	require_user()
	frappe.get_doc("Integration Settings", account).check_permission("read")
	return outbound_health.of_account(account)


@frappe.whitelist()
def verification_schemes() -> list[dict[str, str]]:
	"""Ways to verify webhooks that are known, as {value, label}."""
	require_manager()
	return verification.options()


@frappe.whitelist()
def signing_schemes() -> list[dict[str, Any]]:
	"""Named schemes for requests, as {value, label, description, fields}; fields: those of the account that one uses."""
	require_manager()
	return request_schemes.options()


@frappe.whitelist(methods=["POST"])
def forget_refused(account: str) -> None:
	"""Count the webhooks of an account that are refused from nothing on."""
	require_manager()
	frappe.get_doc("Integration Settings", account).check_permission("write")
	refusals.forget(account)
