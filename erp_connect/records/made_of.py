"""What a new document has of the one that it is of: as where a person makes it by ERPNext's own button.

An order's taxes, discount, terms, addresses and cost centers are those of its notes and bills, and a bill's those of the credit
note. Rows of articles alone had none: tax was never billed, and pieces went to the customer's usual address.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from frappe.utils import flt

from erp_connect.records import row_origins, templates

_SALE, _NOTE = (
	"erpnext.selling.doctype.sales_order.sales_order",
	"erpnext.stock.doctype.delivery_note.delivery_note",
)
_PURCHASE = "erpnext.buying.doctype.purchase_order.purchase_order"
_BILL = "erpnext.accounts.doctype.{0}_invoice.{0}_invoice"
# ERPNext's buttons, by the document that they make and the one that it is of.
BUTTONS = {
	("Sales Order", "Quotation"): "erpnext.selling.doctype.quotation.quotation.make_sales_order",
	("Delivery Note", "Sales Order"): f"{_SALE}.make_delivery_note",
	("Delivery Note", "Sales Invoice"): f"{_BILL.format('sales')}.make_delivery_note",
	("Sales Invoice", "Sales Order"): f"{_SALE}.make_sales_invoice",
	("Sales Invoice", "Delivery Note"): f"{_NOTE}.make_sales_invoice",
	("Purchase Order", "Supplier Quotation"): (
		"erpnext.buying.doctype.supplier_quotation.supplier_quotation.make_purchase_order"
	),
	("Purchase Receipt", "Purchase Order"): f"{_PURCHASE}.make_purchase_receipt",
	("Purchase Receipt", "Purchase Invoice"): f"{_BILL.format('purchase')}.make_purchase_receipt",
	("Purchase Invoice", "Purchase Order"): f"{_PURCHASE}.make_purchase_invoice",
	("Purchase Invoice", "Purchase Receipt"): (
		"erpnext.stock.doctype.purchase_receipt.purchase_receipt.make_purchase_invoice"
	),
}
RETURN = "erpnext.controllers.sales_and_purchase_return.make_return_doc"
PARTIES = ("customer", "supplier")
TABLE, TAXES, ACTUAL = "items", templates.OF_TAXES, "Actual"
# Of the head, what belongs together: where the record says one of them, none is taken.
TOGETHER = (
	("customer_address", "supplier_address", "address_display"),
	("shipping_address_name", "shipping_address", "shipping_address_display"),
	("company_address", "company_address_display", "billing_address", "billing_address_display"),
	("contact_person", "contact_display", "contact_email", "contact_mobile"),
	("currency", "conversion_rate"),
	("selling_price_list", "buying_price_list", "price_list_currency", "plc_conversion_rate"),
	(templates.TERMS,),
	(templates.CONDITIONS, templates.TEXT),
	("sales_partner", "commission_rate"),
	("incoterm", "named_place"),
	("po_no", "po_date"),
	("tax_category",),
	("shipping_rule",),
	("project",),
	("cost_center",),
	("update_stock",),
	("debit_to", "credit_to", "party_account_currency"),
)
DISCOUNT = ("apply_discount_on", "additional_discount_percentage", "discount_amount")
# Of a row, besides what `row_origins` names.
COLUMNS = (
	"item_name", "description", "warehouse", "cost_center", "project", "item_tax_template", "item_tax_rate", "income_account",
	"expense_account", "additional_notes",
)  # fmt: skip
# How much of a document others of this type have already.
PROGRESS = {
	"Delivery Note": "per_delivered", "Sales Invoice": "per_billed",
	"Purchase Receipt": "per_received", "Purchase Invoice": "per_billed",
}  # fmt: skip


def fill(doc: Any, values: Mapping[str, Any]) -> None:
	"""Fill a new document, of which rows name what they are of (see `row_origins`), where `values` do not say it.

	Of several documents, the head is that of the first. What stands in the way of the button is told as the document is saved.
	"""
	said = values.get(TABLE)
	if not isinstance(said, list) or len(said) != len(doc.get(TABLE) or ()):
		return
	made: dict[tuple[str, str], Any] = {}
	for row, columns in zip(doc.get(TABLE), said, strict=True):
		origin = row_origins.origin_of(doc, row)
		if origin is None:
			continue
		kind = (origin.doctype, row_origins.name_in(doc, row, origin))
		if kind not in made:
			made[kind] = _made(doc, *kind, values)
		if made[kind]:
			_fill_row(row, columns, made[kind], origin.place)
	if first := next(filter(None, made.values()), None):
		_fill_head(doc, values, first)
		if len(made) == 1:
			_fill_charges(doc, values, first, *next(iter(made)))


def _made(doc: Any, doctype: str, name: str, values: Mapping[str, Any]) -> Any | None:
	"""What the button makes; None where there is none, or it makes one of another party."""
	button = RETURN if doc.get(row_origins.RETURNED) else BUTTONS.get((doc.doctype, doctype))
	if button is None:
		return None
	arguments = (doctype, name) if button == RETURN else (name,)
	try:
		made = frappe.get_attr(button)(*arguments)
	except (frappe.ValidationError, frappe.PermissionError):
		frappe.clear_last_message()
		return None
	return None if any(values.get(party) not in (None, made.get(party)) for party in PARTIES) else made


def _fill_row(row: Any, said: Mapping[str, Any], made: Any, place: str) -> None:
	of = next((one for one in made.get(TABLE) if one.get(place) == row.get(place)), None)
	for column in COLUMNS if of else ():
		if column not in said and row.meta.has_field(column) and of.get(column):
			row.set(column, of.get(column))


def _fill_head(doc: Any, values: Mapping[str, Any], made: Any) -> None:
	for fields in TOGETHER:
		if not any(field in values for field in fields):
			doc.update(
				{field: made.get(field) for field in fields if doc.meta.has_field(field) and made.get(field)}
			)
	if "sales_team" not in values and made.get("sales_team"):
		doc.set("sales_team", [plain(row) for row in made.sales_team])


def _fill_charges(doc: Any, values: Mapping[str, Any], made: Any, doctype: str, name: str) -> None:
	"""Taxes, charges and discount. Fixed amounts go with the first document that is made of another one, and with a return of
	all of it; a fixed discount in parts."""
	of = frappe.get_doc(doctype, name)
	part = _part(doc, of)
	whole = part >= 1 if doc.get(row_origins.RETURNED) else not of.get(PROGRESS.get(doc.doctype, ""))
	if not {templates.TAXES, TAXES} & values.keys() and made.get(TAXES):
		doc.set(templates.TAXES, made.get(templates.TAXES))
		doc.set(TAXES, [plain(row) for row in made.get(TAXES) if whole or row.charge_type != ACTUAL])
	if not set(DISCOUNT) & values.keys():
		doc.update({field: made.get(field) for field in DISCOUNT})
		if not made.get("additional_discount_percentage"):
			# Some versions of ERPNext offer what is left of it.
			share = min(part, 1) * (-1 if doc.get(row_origins.RETURNED) else 1)
			doc.discount_amount = flt(flt(of.get("discount_amount")) * share, 2)


def _part(doc: Any, of: Any) -> float:
	"""How much of another document's goods a document has."""
	whole = sum(flt(row.qty) * flt(row.rate) for row in of.get(TABLE))
	return abs(sum(flt(row.qty) * flt(row.rate) for row in doc.get(TABLE))) / abs(whole) if whole else 1.0


def plain(row: Any) -> dict[str, Any]:
	"""What a row says, without its place in a document."""
	kept = row.meta.get_valid_columns()
	left = {
		"name",
		"parent",
		"parenttype",
		"parentfield",
		"owner",
		"creation",
		"modified",
		"modified_by",
		"docstatus",
	}
	return {field: row.get(field) for field in kept if field not in left}
