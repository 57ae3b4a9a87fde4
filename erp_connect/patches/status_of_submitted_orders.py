"""Orders that came from outside were submitted at once, and kept the status Draft: give them the one they should have."""

from __future__ import annotations

import frappe


def execute() -> None:
	"""Correct the status of submitted Sales Orders that an account made. May run again."""
	names = frappe.db.sql_list(
		"SELECT DISTINCT orders.name FROM `tabSales Order` orders JOIN `tabSync Link` link"
		" ON link.document_type = 'Sales Order' AND link.document_name = orders.name"
		" WHERE orders.docstatus = 1 AND orders.status = 'Draft'"
	)
	for name in names:
		frappe.get_doc("Sales Order", name).set_status(update=True, update_modified=False)
