"""What a cart costs, by ERPNext's own rules: prices, pricing rules, tax rules and templates, shipping, discounts.

`draft_order` builds the Sales Order of a cart without saving it; orders that come without totals are made from
the same draft, so a quote and the order after it agree. Nothing here writes: `quote` undoes whatever ERPNext may
write on the way (it can be set to remember rates as Item Prices).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe
from erpnext.accounts.doctype.pricing_rule.utils import (
	apply_pricing_rule_on_transaction,
	validate_coupon_code,
)
from frappe.model.document import Document
from frappe.utils import flt, getdate, nowdate

from erp_connect.commerce.settings import CommerceSettings
from erp_connect.commerce.shop import paging
from erp_connect.commerce.shop.cart import Cart, CartLine
from erp_connect.commerce.shop.cart_party import TAX_TEMPLATE, set_party
from erp_connect.commerce.shop.line_answer import line_answer
from erp_connect.records import units
from erp_connect.records.failures import ApiError

SHIPPING = "Shipping"
FULL_DISCOUNT = 100


def draft_order(settings: CommerceSettings, cart: Cart) -> Document:
	"""The unsaved Sales Order of a cart, priced and taxed as one made in Desk.

	Insert it as it is. Raises `ApiError` for a cart that cannot be ordered, `BadRecord` for an unknown country,
	and Frappe's own errors.
	"""
	doc = header(settings, cart)
	add_lines(doc, cart.lines)
	_fix_prices(doc, cart.lines)
	_add_taxes(doc)
	_add_charges(doc, settings, cart)
	doc.calculate_taxes_and_totals()
	if not doc.ignore_pricing_rule:
		apply_pricing_rule_on_transaction(doc)
	return doc


def quote(settings: CommerceSettings, cart: Cart) -> dict[str, Any]:
	"""Prices, taxes and totals of a cart for the session's user. Writes nothing; raises as `draft_order`."""
	paging.require_read("Sales Order")
	with nothing_written():
		doc = draft_order(settings, cart)
		require_readable(doc)
		return _answer(doc)


def header(settings: CommerceSettings, cart: Cart) -> Document:
	"""An unsaved Sales Order without lines: party, addresses, currency, price list, tax template."""
	date = getdate(cart.date or nowdate())
	doc = frappe.get_doc(
		{
			"doctype": "Sales Order",
			"order_type": "Sales",
			"company": _company(settings),
			"transaction_date": date,
			"delivery_date": getdate(cart.delivery_date or date),
			"set_warehouse": settings.warehouse,
			"shipping_rule": _existing("Shipping Rule", cart.shipping_rule, "shipping_rule"),
			"coupon_code": _coupon(cart.coupon_code),
			"ignore_pricing_rule": 0,
		}
	)
	set_party(doc, settings, cart)
	doc.currency = _currency(doc, cart)
	doc.set_price_list_currency("Selling")
	_require_exchange_rate(doc)
	return doc


def add_lines(doc: Document, lines: tuple[CartLine, ...]) -> None:
	"""Put the lines on an order and price them. Raises `ApiError` for items that cannot be sold."""
	for place, line in enumerate(lines):
		require_item(line.item_code, f"items.{place}.item_code")
		values = {"item_code": line.item_code, "qty": line.quantity, "delivery_date": doc.delivery_date}
		if line.rate:
			values["rate"] = line.rate
		doc.append("items", values | _unit(line, f"items.{place}.uom").fields())
	doc.set_missing_item_details()


def _unit(line: CartLine, field: str) -> units.Unit:
	"""The unit of a line, as the order after the quote will have it: without one, the item's stock unit."""
	stock_uom = frappe.get_cached_value("Item", line.item_code, "stock_uom")
	if unit := units.find(line.item_code, line.uom or "", stock_uom):
		return unit
	raise ApiError(
		422,
		"invalid",
		"Item {item} has no unit {uom}. Send one of its units, or none for {stock_uom}.",
		field=field,
		item=line.item_code,
		uom=line.uom,
		stock_uom=stock_uom,
	)


def require_item(item_code: str, field: str) -> None:
	"""Raises `ApiError` 422 unless the item can be sold as it is."""
	item = frappe.db.get_value("Item", item_code, ["disabled", "has_variants", "is_sales_item"], as_dict=True)
	if not item or item.disabled or not item.is_sales_item:
		raise ApiError(422, "unknown_item", "There is no item {item} for sale.", field=field, item=item_code)
	if item.has_variants:
		raise ApiError(
			422,
			"unknown_item",
			"Item {item} is sold in variants. Name one of them.",
			field=field,
			item=item_code,
		)


def require_readable(doc: Document) -> None:
	"""Raises `frappe.PermissionError` unless the user could read this order, with its company, customer and so on."""
	if not doc.has_permission("read"):
		raise frappe.PermissionError


@contextmanager
def nothing_written() -> Iterator[None]:
	"""Whatever is written to the database inside is undone at the end, however it ends."""
	try:
		yield
	finally:
		frappe.db.rollback()


def _company(settings: CommerceSettings) -> str:
	if not settings.company:
		raise ApiError(422, "configuration", "The account has no company. Choose one in its form.")
	return settings.company


def _existing(doctype: str, name: str | None, field: str) -> str | None:
	if name and not frappe.db.exists(doctype, name):
		raise ApiError(
			422, "invalid", "There is no {doctype} {name}.", field=field, doctype=doctype, name=name
		)
	return name or None


def _coupon(code: str | None) -> str | None:
	if not code:
		return None
	name = frappe.db.get_value("Coupon Code", {"coupon_code": code}, "name")
	if not name:
		raise ApiError(422, "invalid", "The coupon code is not valid.", field="coupon_code")
	validate_coupon_code(name)
	return name


def _currency(doc: Document, cart: Cart) -> str:
	customers = (
		frappe.get_cached_value("Customer", cart.customer, "default_currency") if cart.customer else None
	)
	company = frappe.get_cached_value("Company", doc.company, "default_currency")
	return _existing("Currency", cart.currency, "currency") or customers or company


def _require_exchange_rate(doc: Document) -> None:
	if not flt(doc.conversion_rate):
		raise ApiError(
			422,
			"exchange_rate",
			"There is no exchange rate from {currency} to {company}. Add a Currency Exchange record.",
			field="currency",
			currency=doc.currency,
			company=doc.company_currency,
		)


def _fix_prices(doc: Document, lines: tuple[CartLine, ...]) -> None:
	"""Where the cart names prices or discounts, pricing rules must not change them when the order is saved.

	ERPNext can only ignore its rules for a whole order: the lines without a price keep what the rules gave.
	"""
	if all(line.rate is None and not line.discount_percentage for line in lines):
		return
	doc.calculate_taxes_and_totals()
	doc.ignore_pricing_rule = 1
	doc.set("pricing_rules", [])
	for row, line in zip(doc.items, (*lines, *[None] * len(doc.items)), strict=False):
		row.pricing_rules = ""
		row.margin_type, row.margin_rate_or_amount = None, 0
		if line is None or (line.rate is None and not line.discount_percentage):
			continue  # free goods of a rule, or a line whose price ERPNext found
		price = line.rate if line.rate is not None else row.rate
		row.price_list_rate = price
		row.discount_percentage = line.discount_percentage
		row.rate = flt(price * (1 - line.discount_percentage / FULL_DISCOUNT), row.precision("rate"))


def _add_taxes(doc: Document) -> None:
	doc.set("taxes", [])
	doc.append_taxes_from_master(TAX_TEMPLATE)
	doc.append_taxes_from_item_tax_template()


def _add_charges(doc: Document, settings: CommerceSettings, cart: Cart) -> None:
	if cart.shipping:
		row = settings.account_for(SHIPPING, cart.shipping_title)
		if not row:
			raise ApiError(
				422,
				"configuration",
				"No ledger account takes shipping. Add a row of kind Shipping to Ledger accounts of the account (tab Commerce).",
				field="shipping",
			)
		doc.append(
			"taxes",
			{
				"charge_type": "Actual",
				"account_head": row.account,
				"cost_center": row.cost_center
				or frappe.get_cached_value("Company", doc.company, "cost_center"),
				"description": cart.shipping_title or SHIPPING,
				"tax_amount": cart.shipping,
			},
		)
	if cart.discount:
		doc.apply_discount_on = cart.discount_on
		doc.discount_amount = cart.discount


def _answer(doc: Document) -> dict[str, Any]:
	charges = [_tax(row, doc) for row in doc.taxes]
	return {
		"customer_id": doc.customer,
		"currency": doc.currency,
		"exchange_rate": flt(doc.conversion_rate),
		"price_list": doc.selling_price_list,
		"tax_template": doc.taxes_and_charges,
		"items": [_line(row) for row in doc.items],
		"taxes": charges,
		"discount_total": flt(doc.discount_amount),
		"net_total": flt(doc.net_total),
		"tax_total": flt(
			sum(row["amount"] for row in charges if row["kind"] == "tax"), doc.precision("grand_total")
		),
		"shipping_total": flt(
			sum(row["amount"] for row in charges if row["kind"] == "charge"), doc.precision("grand_total")
		),
		"grand_total": flt(doc.grand_total),
		"rounded_total": flt(doc.rounded_total) or flt(doc.grand_total),
	}


def _tax(row, doc: Document) -> dict[str, Any]:
	# An amount that does not follow from the goods is shipping or another charge, not a tax.
	return {
		"title": frappe.utils.strip_html(row.description or row.account_head or ""),
		"kind": "charge" if row.charge_type == "Actual" else "tax",
		"rate": flt(row.rate),
		"amount": flt(row.tax_amount_after_discount_amount, doc.precision("grand_total")),
		"included_in_price": bool(row.included_in_print_rate),
	}


def _line(row) -> dict[str, Any]:
	return {
		**line_answer(row),
		"free": bool(row.is_free_item),
	}
