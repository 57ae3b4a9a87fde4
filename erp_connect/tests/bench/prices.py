"""Prices of items, and rules that change them."""

from __future__ import annotations

import frappe

from erp_connect.tests.bench import factories as make

PRICE_LIST = "Standard Selling"


def price(item_code: str, rate: float) -> None:
	values = {"item_code": item_code, "price_list": PRICE_LIST, "price_list_rate": rate}
	frappe.get_doc({"doctype": "Item Price", **values}).insert()


def tenth_off(case, item_code: str) -> None:
	"""A Pricing Rule that takes 10 % off an item for the rest of the test."""
	rule = frappe.get_doc(
		{
			"doctype": "Pricing Rule", "title": make.unique("rule"), "apply_on": "Item Code",
			"items": [{"item_code": item_code}], "selling": 1, "company": make.company(), "currency": "USD",
			"price_or_product_discount": "Price", "rate_or_discount": "Discount Percentage",
			"discount_percentage": 10,
		}
	).insert()  # fmt: skip
	case.addCleanup(frappe.db.commit)
	case.addCleanup(frappe.db.set_value, "Pricing Rule", rule.name, "disable", 1)
