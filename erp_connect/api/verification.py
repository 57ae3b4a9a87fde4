"""How webhooks of an account are verified, as its form asks: a signature of one's own by questions, and samples."""

from collections.abc import Mapping
from typing import Any

import frappe
from frappe import _

from erp_connect.api.permissions import require_manager
from erp_connect.config import steering
from erp_connect.config import verification as configured
from erp_connect.config.account import ENDPOINT
from erp_connect.core.errors import ConnectError
from erp_connect.core.guard.redaction import Secret
from erp_connect.core.verify import own_form
from erp_connect.messages import throw
from erp_connect.operate import webhook_sample


@frappe.whitelist(methods=["POST"])
def describe(scheme: str = "") -> dict[str, Any]:
	"""`form` and `summary` of a scheme; see `operate/webhook_sample.described`.

	scheme: JSON, as it stands in an account; empty for a new one. Raises frappe.ValidationError for what is none.
	"""
	require_manager()
	try:
		return webhook_sample.described(configured.parsed(scheme) if scheme.strip() else {})
	except ConnectError as error:
		throw(error, title=_("Scheme cannot be read"))


@frappe.whitelist(methods=["POST"])
def make(form: dict | str) -> dict[str, Any]:
	"""`scheme` (JSON) and `summary` that the answers of a form make. form: as `core/verify/own_form.EMPTY`."""
	require_manager()
	try:
		return webhook_sample.made(_form(form))
	except ConnectError as error:
		throw(error, title=_("Signature is not described yet"))


@frappe.whitelist(methods=["POST"])
def verify_sample(
	headers: str, body: str, account: str = "", url: str = "", secret: str = "", form: dict | str = ""
) -> dict[str, Any]:
	"""Whether a webhook that a person pasted fits; see `operate/webhook_sample.verified`. Nothing is stored.

	account: an Integration Settings that the caller may change; empty for one that is not saved yet. form: the answers that describe the signature; without
	them, the scheme that the account has. secret: the one to try; without it, those that the account has.
	"""
	require_manager()
	answers = {**own_form.EMPTY, **_form(form)} if form else None
	doc = _account(account) if account else None
	try:
		if doc and not answers:
			scheme, answers = configured.scheme_to_be(doc), _answers_of(doc)
		else:
			scheme = webhook_sample.scheme_of(answers or {})
		secrets = [Secret(secret)] if secret else list(configured.secrets_of(doc)) if doc else []
		address = url or frappe.utils.get_url(ENDPOINT + ((doc and doc.endpoint_key) or ""))
		return webhook_sample.verified(scheme, answers, secrets, headers=headers, body=body, url=address)
	except ConnectError as error:
		throw(error, title=_("Sample cannot be tried"))


def _account(name: str):
	"""An account whose secrets the session's user may have tried."""
	doc = frappe.get_doc("Integration Settings", name)
	doc.check_permission("write")
	steering.require(name)
	return doc


def _answers_of(doc) -> dict[str, Any] | None:
	"""The answers of the form for the account's own scheme; None where it has one of a preset."""
	if doc.verification != configured.CUSTOM:
		return None
	return own_form.form_of(configured.parsed(doc.verification_scheme))


def _form(given: dict | str) -> Mapping[str, Any]:
	found = frappe.parse_json(given)
	if not isinstance(found, dict):
		frappe.throw(_("The answers of the form are one JSON object."))
	return found
