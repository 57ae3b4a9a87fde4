"""The sales persons of a customer, who have their shares in what is sold to him: Desk takes them as a person chooses the customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.records import comparing

FIELD, CUSTOMER = "sales_team", "customer"


def of(customer: str) -> list[dict[str, Any]]:
	"""The rows that a document of a customer has of them; none where one of them is out of use, which ERPNext would refuse."""
	rows = frappe.get_all(
		"Sales Team",
		{"parent": customer, "parenttype": "Customer"},
		["sales_person", "allocated_percentage", "commission_rate"],
		order_by="idx",
	)
	named = [row.sales_person for row in rows]
	unused = named and frappe.db.exists("Sales Person", {"name": ("in", named), "enabled": 0})
	return [] if unused else [dict(row) for row in rows]


def fill(doc: Any, values: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> None:
	"""Give a draft those of its customer where `values`, with which it is about to be saved, name him anew and do not say them.

	before: what it had in these fields; None of a new one.
	"""
	if FIELD in values or not doc.meta.has_field(FIELD) or not doc.docstatus.is_draft():
		return
	if comparing.says_another(CUSTOMER, values, before):
		doc.set(FIELD, of(values[CUSTOMER]))
