"""Which row of a request or an order a document is of that names it in its head, as ERPNext's buttons say it.

ERPNext counts what is made by that row. Without it, a Material Request of which a Work Order came in stayed pending, and its
button made a second one for the same pieces.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.records import comparing, row_origins
from erp_connect.records.row_origins import Origin

ORDER = Origin("sales_order", "sales_order_item", "Sales Order")
HEADS: Mapping[str, tuple[Origin, ...]] = {
	"Work Order": (Origin("material_request", "material_request_item", "Material Request"), ORDER),
}
# What such a document is about.
ABOUT = {"Work Order": "production_item"}
# What a row of a request says of the order that it is for.
BEHIND = (ORDER.column, ORDER.place)
PROJECT = "project"


def fill(doc: Any, values: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> None:
	"""Name that row in a draft that is about to be saved with `values`, and what is behind it, where they do not say it.

	before: what it had in these fields; None of a new one. Only where the user may read the other document, and it has a row
	about the article. Raises `HeldForReview` where several are.
	"""
	about = ABOUT.get(doc.doctype)
	if about is None or not doc.docstatus.is_draft():
		return
	other = before is not None and comparing.says_another(about, values, before)
	for origin in HEADS[doc.doctype]:
		named = comparing.says_another(origin.column, values, before)
		if origin.place not in values and (named or (other and doc.get(origin.column))):
			doc.set(origin.place, None)
			_take(doc, values, origin, doc.get(about))


def _take(doc: Any, values: Mapping[str, Any], origin: Origin, item: str) -> None:
	name = doc.get(origin.column)
	if not frappe.db.exists(origin.doctype, name) or not frappe.has_permission(origin.doctype, doc=name):
		return
	place = row_origins.place_of(origin, name, item, origin.place)
	if place is None and origin == ORDER:
		place = row_origins.place_of(origin, name, item, origin.place, table="Packed Item")
	if place is None:
		return
	doc.set(origin.place, place)
	if origin != ORDER:
		_take_behind(doc, values, frappe.db.get_value(f"{origin.doctype} Item", place, "*", as_dict=True))


def _take_behind(doc: Any, values: Mapping[str, Any], of: Mapping[str, Any]) -> None:
	"""Name the order and the project that a row of a request is for."""
	if all(of.get(column) for column in BEHIND) and not any(
		column in values or doc.get(column) for column in BEHIND
	):
		doc.update({column: of[column] for column in BEHIND})
	if of.get(PROJECT) and PROJECT not in values and not doc.get(PROJECT):
		doc.set(PROJECT, of[PROJECT])
