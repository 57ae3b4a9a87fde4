"""Which row of an order, receipt or note a row is of, where a record names that document alone.

ERPNext counts what is delivered, received and billed by the row. With the document alone, nothing was counted: an order that
was billed stayed to be billed, and could be billed once more; and a receipt had no price.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.records.discounts import PRICES

TABLE, RETURNED = "items", "return_against"
# By the table: the column that names a document, the one for its row, and the type of the document.
ORIGINS = {
	"Sales Order Item": (("prevdoc_docname", "quotation_item", "Quotation"),),
	"Delivery Note Item": (
		("against_sales_order", "so_detail", "Sales Order"),
		("against_sales_invoice", "si_detail", "Sales Invoice"),
	),
	"Sales Invoice Item": (
		("sales_order", "so_detail", "Sales Order"),
		("delivery_note", "dn_detail", "Delivery Note"),
	),
	"Purchase Order Item": (
		("material_request", "material_request_item", "Material Request"),
		("supplier_quotation", "supplier_quotation_item", "Supplier Quotation"),
	),
	"Purchase Receipt Item": (("purchase_order", "purchase_order_item", "Purchase Order"),),
	"Purchase Invoice Item": (
		("purchase_order", "po_detail", "Purchase Order"),
		("purchase_receipt", "pr_detail", "Purchase Receipt"),
	),
}


def named(doc: Any) -> tuple[str, str] | None:
	"""The first document (type and name) that rows of `doc` are of, or that it takes back; None where it names none."""
	if doc.get(RETURNED):
		return doc.doctype, doc.get(RETURNED)
	for row in doc.get(TABLE) or ():
		for column, _place, doctype in ORIGINS.get(row.doctype, ()):
			if row.get(column):
				return doctype, row.get(column)
	return None


def fill(doc: Any, values: Mapping[str, Any]) -> None:
	"""Name these rows in new rows of a document that was filled with `values`, with their rate where none is said.

	Only where one row of the other document is about the article, and the user may read that document.
	"""
	said = values.get(TABLE)
	for row in (doc.get(TABLE) or ()) if isinstance(said, list) else ():
		for column, place, doctype in ORIGINS.get(row.doctype, ()):
			if row.is_new() and row.get(column) and not row.get(place):
				_take(row, place, doctype, row.get(column))


def _take(row: Any, place: str, doctype: str, name: str) -> None:
	asked = {"parent": name, "parenttype": doctype, "item_code": row.item_code, "docstatus": 1}
	found = frappe.get_all(f"{doctype} Item", asked, ["name", "rate", "uom"], limit=2)
	if len(found) != 1 or not frappe.has_permission(doctype, doc=name):
		return
	row.set(place, found[0].name)
	if found[0].rate and found[0].uom == row.get("uom") and not any(row.get(field) for field in PRICES):
		row.set("rate", found[0].rate)
