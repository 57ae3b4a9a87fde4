"""What items cost a customer: price list and pricing rules, each item as if it were ordered alone."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import flt

from erp_connect.commerce.settings import CommerceSettings
from erp_connect.commerce.shop import paging, quote
from erp_connect.commerce.shop.cart import Cart, CartLine
from erp_connect.records.failures import ApiError


def prices(settings: CommerceSettings, cart: Cart, price_list: str | None = None) -> dict[str, Any]:
	"""Price of each line of `cart` by itself, before tax rules; items not for sale are listed as unknown.

	price_list: instead of the one that the customer's orders get. Writes nothing.
	"""
	paging.require_read("Sales Order")
	paging.require_read("Price List")
	with quote.nothing_written():
		doc = quote.header(settings, cart)
		if price_list:
			_change_price_list(doc, price_list)
		_require_readable(doc)
		found, unknown = [], []
		for line in cart.lines:
			price = _price(doc, line)
			(found if price else unknown).append(price or line.item_code)
		return {
			"price_list": doc.selling_price_list,
			"currency": doc.currency,
			"prices": found,
			"unknown": list(dict.fromkeys(unknown)),
		}


def _require_readable(doc) -> None:
	quote.require_readable(doc)
	if not frappe.has_permission("Price List", "read", doc=doc.selling_price_list or None):
		raise frappe.PermissionError


def _change_price_list(doc, name: str) -> None:
	if not frappe.db.exists("Price List", {"name": name, "selling": 1, "enabled": 1}):
		raise ApiError(404, "not_found", "There is no such price list.", field="price_list")
	doc.selling_price_list, doc.plc_conversion_rate = name, None
	doc.set_price_list_currency("Selling")


def _price(doc, line: CartLine) -> dict[str, Any] | None:
	doc.set("items", [])
	doc.set("taxes", [])
	try:
		quote.add_lines(doc, (line,))
	except ApiError as error:
		if error.code == "unknown_item":
			return None
		raise
	doc.calculate_taxes_and_totals()
	row = doc.items[0]
	has_price = bool(flt(row.price_list_rate) or flt(row.rate))
	return {
		"item_code": row.item_code,
		"quantity": flt(row.qty),
		"uom": row.uom,
		"price_list_rate": flt(row.price_list_rate) if has_price else None,
		"discount_percentage": flt(row.discount_percentage),
		"rate": flt(row.rate) if has_price else None,
		"pricing_rules": frappe.parse_json(row.pricing_rules or "[]"),
		"free_items": [
			{"item_code": free.item_code, "quantity": flt(free.qty), "uom": free.uom}
			for free in doc.items[1:]
		],
	}
