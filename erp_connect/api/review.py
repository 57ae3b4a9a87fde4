"""Calls behind the review desk. What is decided there goes the ways of `api/events`, `api/links` and `api/reconciliation`."""

from typing import Any

import frappe

from erp_connect.api.permissions import require_manager, require_user
from erp_connect.operate import review


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
	"""The documents that a held record may be, for managers, who may link it. See `operate.review.match`."""
	require_manager()
	doc = frappe.get_doc("Sync Log", event)
	doc.check_permission("read")
	return review.match(doc)
