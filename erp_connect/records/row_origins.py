"""Which row of an order, receipt or note a row is of, where a record names that document alone, and what that row is of.

ERPNext counts what is ordered, delivered, received, billed and taken back by the row, in each document of a chain. Its buttons
fill these columns. With the document alone, nothing was counted: an order that was billed stayed to be billed, and could be
billed once more; and with the note alone, so did the order behind it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

import frappe

from erp_connect.records.discounts import PRICES
from erp_connect.records.errors import HeldForReview

RETURNED = "return_against"
# Names the document in the head of what all rows are of: of goods in transit that arrive.
HEADED = {"Stock Entry Detail": ("outgoing_stock_entry", "against_stock_entry")}
TABLES = ("items", "locations")


class Origin(NamedTuple):
	"""column: names a document of a type. place: its row."""

	column: str
	place: str
	doctype: str


_OF_REQUEST = Origin("material_request", "material_request_item", "Material Request")
_OF_ORDER = Origin("sales_order", "sales_order_item", "Sales Order")
_OF_PURCHASE = Origin("purchase_order", "purchase_order_item", "Purchase Order")
# By the table, the nearest document first.
ORIGINS: Mapping[str, tuple[Origin, ...]] = {
	"Sales Order Item": (Origin("prevdoc_docname", "quotation_item", "Quotation"),),
	"Delivery Note Item": (
		Origin("against_sales_invoice", "si_detail", "Sales Invoice"),
		Origin("against_pick_list", "pick_list_item", "Pick List"),
		Origin("against_sales_order", "so_detail", "Sales Order"),
	),
	"Sales Invoice Item": (
		Origin("delivery_note", "dn_detail", "Delivery Note"),
		Origin("sales_order", "so_detail", "Sales Order"),
	),
	"Installation Note Item": (Origin("prevdoc_docname", "prevdoc_detail_docname", "Delivery Note"),),
	"Pick List Item": (_OF_ORDER, _OF_REQUEST),
	"Material Request Item": (_OF_ORDER,),
	"Request for Quotation Item": (_OF_REQUEST,),
	"Supplier Quotation Item": (
		Origin("request_for_quotation", "request_for_quotation_item", "Request for Quotation"),
		_OF_REQUEST,
	),
	"Purchase Order Item": (
		Origin("supplier_quotation", "supplier_quotation_item", "Supplier Quotation"),
		_OF_REQUEST,
		_OF_ORDER,
	),
	"Purchase Receipt Item": (
		Origin("purchase_invoice", "purchase_invoice_item", "Purchase Invoice"),
		_OF_PURCHASE,
		_OF_REQUEST,
		_OF_ORDER,
	),
	"Purchase Invoice Item": (
		Origin("purchase_receipt", "pr_detail", "Purchase Receipt"),
		Origin("purchase_order", "po_detail", "Purchase Order"),
		_OF_REQUEST,
	),
	"Stock Entry Detail": (Origin("against_stock_entry", "ste_detail", "Stock Entry"), _OF_REQUEST),
}
# The row that a row of a return takes back, in the document of `RETURNED`.
TAKEN_BACK = {
	"Delivery Note Item": "dn_detail",
	"Sales Invoice Item": "sales_invoice_item",
	"Purchase Receipt Item": "purchase_receipt_item",
	"Purchase Invoice Item": "purchase_invoice_item",
}
# Documents whose prices are prices of each other.
SIDES = (
	frozenset(("Quotation", "Sales Order", "Delivery Note", "Sales Invoice")),
	frozenset(
		("Material Request", "Supplier Quotation", "Purchase Order", "Purchase Receipt", "Purchase Invoice")
	),
)


def named(doc: Any) -> tuple[str, str] | None:
	"""The first document (type and name) that rows of `doc` are of and whose prices are theirs, or that it takes back; None
	where it names none."""
	if doc.get(RETURNED):
		return doc.doctype, doc.get(RETURNED)
	for row in _rows(doc):
		for origin in ORIGINS.get(row.doctype, ()):
			if row.get(origin.column) and _is_priced_by(row, origin):
				return origin.doctype, row.get(origin.column)
	return None


def origin_of(doc: Any, row: Any) -> Origin | None:
	"""The nearest document whose row a row is known to be of."""
	return next((one for one in _origins(doc, row) if row.get(one.place) and name_in(doc, row, one)), None)


def name_in(doc: Any, row: Any, origin: Origin) -> str | None:
	"""The name of that document."""
	return doc.get(RETURNED) if origin.column == RETURNED else row.get(origin.column)


def fill(doc: Any, values: Mapping[str, Any]) -> None:
	"""Name these rows in rows of a draft that was filled with `values`, with their rate where none is said.

	Only where the other document has a row about the article, and the user may read it. A row that was of another document, or
	of another article, is of none of theirs any more. Raises `HeldForReview` where several are.
	"""
	if not doc.docstatus.is_draft():
		return
	for row in _rows(doc):
		said = values.get(row.parentfield)
		if not isinstance(said, list):
			continue
		mapped = {column for one in said for column in one}
		if not row.is_new():
			_forget_others(doc, row, mapped)
		_take_from_head(doc, row)
		for origin in list(_origins(doc, row)):
			if row.is_new() or not row.get(origin.place):
				_take(row, origin, name_in(doc, row, origin))


def _take_from_head(doc: Any, row: Any) -> None:
	head, column = HEADED.get(row.doctype, ("", ""))
	if head and not row.get(column):
		row.set(column, doc.get(head))


def _forget_others(doc: Any, row: Any, mapped: Collection[str]) -> None:
	"""Let a row say nothing of what it was of before. mapped: columns that the record says."""
	if not any(
		row.get(origin.place) and origin.place not in mapped and not _is_of(doc, row, origin)
		for origin in _origins(doc, row)
	):
		return
	for origin in list(_origins(doc, row)):
		for column in (origin.column, origin.place):
			if column not in mapped and column != RETURNED:
				row.set(column, None)
	if not mapped.intersection(PRICES):
		row.update({field: None for field in PRICES if row.meta.has_field(field)})


def _is_of(doc: Any, row: Any, origin: Origin) -> bool:
	"""Whether the row that a row names is one of the document that it names, and about its article."""
	name = name_in(doc, row, origin)
	asked = {"name": row.get(origin.place), "parent": name, "item_code": row.item_code}
	return bool(name and frappe.db.exists(_table_of(origin.doctype), asked))


def _rows(doc: Any) -> list[Any]:
	return [row for table in TABLES if doc.meta.get_field(table) for row in doc.get(table) or ()]


def _origins(doc: Any, row: Any) -> Iterator[Origin]:
	if doc.get(RETURNED) and row.doctype in TAKEN_BACK:
		yield Origin(RETURNED, TAKEN_BACK[row.doctype], doc.doctype)
	yield from (one for one in ORIGINS.get(row.doctype, ()) if row.meta.has_field(one.place))


def _take(row: Any, origin: Origin, name: str | None) -> None:
	if (
		not name
		or not frappe.db.exists(origin.doctype, name)
		or not frappe.has_permission(origin.doctype, doc=name)
	):
		return
	column = f"{row.parentfield}[].{origin.place}"
	place = row.get(origin.place) or place_of(origin, name, row.item_code, column)
	of = place and frappe.db.get_value(
		_table_of(origin.doctype), {"name": place, "parent": name}, "*", as_dict=True
	)
	if not of:
		return
	row.set(origin.place, place)
	for behind in ORIGINS.get(row.doctype, ()):
		if not row.get(behind.column):
			_take_behind(row, behind, of, _table_of(origin.doctype))
	unpriced = not any(row.get(field) for field in PRICES)
	if unpriced and of.get("rate") and of.get("uom") == row.get("uom") and _is_priced_by(row, origin):
		row.set("rate", of.rate)


def _take_behind(row: Any, behind: Origin, of: Mapping[str, Any], table: str) -> None:
	"""Name the document behind the one that a row is of, as that one's row does. of: it, of a table."""
	for origin in ORIGINS.get(table, ()):
		if origin.doctype == behind.doctype and of.get(origin.column) and of.get(origin.place):
			row.update({behind.column: of[origin.column], behind.place: of[origin.place]})


def place_of(origin: Origin, name: str, item: str, column: str, table: str = "") -> str | None:
	"""The row about an article of a submitted document; None where it has none. column: where a flow says it. table: its
	DocType, if not that of the document's rows.

	Raises `HeldForReview` where several rows have the article.
	"""
	asked = {"parent": name, "parenttype": origin.doctype, "item_code": item, "docstatus": 1}
	found = frappe.get_all(table or _table_of(origin.doctype), asked, pluck="name", limit=2)
	if len(found) > 1:
		raise HeldForReview(
			"{doctype} {name} has several rows of item {item}, and the record does not say which of them a row is of, so it would be "
			"counted in none. Map the row as well ({column}), then {again}.",
			code="rows_unclear",
			doctype=origin.doctype,
			name=name,
			item=item,
			column=column,
		)
	return found[0] if found else None


def _table_of(doctype: str) -> str:
	return "Stock Entry Detail" if doctype == "Stock Entry" else f"{doctype} Item"


def _is_priced_by(row: Any, origin: Origin) -> bool:
	return any({row.parenttype, origin.doctype} <= side for side in SIDES)
