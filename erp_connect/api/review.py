"""Calls behind the review desk. What is decided there goes the ways of `api/events`, `api/links` and `api/reconciliation`."""

from typing import Any

import frappe
from frappe import _

from erp_connect.api import selection
from erp_connect.api.permissions import require_manager, require_user
from erp_connect.config import steering
from erp_connect.core.errors import ConnectError
from erp_connect.messages import throw
from erp_connect.operate import merging, review


@frappe.whitelist()
def items() -> dict[str, Any]:
	"""What waits for a person, of what the user may see. See `operate.review.items`."""
	require_user()
	return review.items()


@frappe.whitelist()
def conflict(event: str) -> dict[str, Any]:
	"""An event with what a decision needs: both versions of a document, and when they were taken."""
	require_user()
	doc = frappe.get_doc("Sync Log", event)
	doc.check_permission("read")
	fields = (
		"name", "status", "direction", "conflict", "reference_doctype", "reference_name", "last_attempt", "request_body",
	)  # fmt: skip
	return {field: doc.get(field) for field in fields}


@frappe.whitelist()
def match(event: str) -> dict[str, Any]:
	"""The documents that a held record may be, for managers, who may link it, and whether they can be merged as `merges`. See
	`operate.review.match`."""
	require_manager()
	doc = frappe.get_doc("Sync Log", event)
	doc.check_permission("read")
	found = review.match(doc)
	return {**found, "merges": merging.may_merge(found["document_type"])} if found else {}


@frappe.whitelist(methods=["POST"])
def merge(event: str, stays: str, others: list[str] | str) -> None:
	"""Merge documents that a held record may be into the one that stays, link that with the record, and retry the event.

	For managers who have every right of the account's user, may write all of the documents and delete those that go. All of
	it or nothing. See `operate.merging.merge`.
	"""
	require_manager()
	doc = frappe.get_doc("Sync Log", event)
	doc.check_permission("read")
	frappe.has_permission("Integration Settings", "read", doc=doc.integration, throw=True)
	steering.require(doc.integration)
	names = selection.parsed(others)
	if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
		frappe.throw(_("Give the names of the records as a list."))
	try:
		merging.merge(doc, stays, names)
	except ConnectError as error:
		throw(error, _("Not merged"))
