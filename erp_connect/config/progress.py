"""What ERPNext itself sets in documents, without a save: how far an order is paid, shipped and billed, what became of a lead."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import frappe
from erpnext.controllers.status_updater import status_map
from frappe import _

from erp_connect.config.flow import outgoing_rows
from erp_connect.core.mapping.rows import compile_mapping

FIELDS = frozenset(
	{
		"status", "billing_status", "delivery_status", "advance_payment_status", "per_billed", "per_delivered",
		"per_picked", "per_returned", "advance_paid", "outstanding_amount", "paid_amount", "party_account_currency",
	}
)  # fmt: skip
CHANGE = "Change"
# Events by which a flow means to tell what a document is by now.
_OF_CHANGES = frozenset(("Update", "Update After Submit"))


def unheard(doc: Any) -> list[str]:
	"""Labels of fields that a flow tells changes of, and of which it does not hear those that ERPNext makes without a save."""
	events = {row.event for row in doc.requests}
	if CHANGE in events or not _OF_CHANGES & events or not _has_progress(doc.document_type):
		return []
	rows = [row for row in outgoing_rows(doc) if row.constant is None]
	read = compile_mapping(rows).source_fields() if rows else ()
	return _labels(doc.document_type, FIELDS.intersection(read))


def _has_progress(doctype: str) -> bool:
	meta = frappe.get_meta(doctype)
	status = meta.get_field("status")
	# Frappe opens again what was replied to, such as an Issue, where somebody writes once more.
	answered = bool(status and "Replied" in (status.options or "").split("\n"))
	return bool(meta.is_submittable or doctype in status_map or answered)


def _labels(doctype: str, names: Collection[str]) -> list[str]:
	return [_(field.label) for field in frappe.get_meta(doctype).fields if field.fieldname in names]
