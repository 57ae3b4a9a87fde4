"""Pricing Rules of ERPNext change no order of a source, whatever level of fields the account's user may write."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.records.write import UPDATED
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce.test_ends_of_changes import ChangesCase
from erp_connect.tests.bench.commerce_case import CLERK


class TestPricingRules(ChangesCase):
	def setUp(self) -> None:
		super().setUp()
		self.gift = make.item().name
		make.receipt(self.gift, 9)
		self.rule(price_or_product_discount="Product", free_item=self.gift, free_qty=1, min_qty=1)
		self.rule(
			apply_on="Transaction", items=[], rate_or_discount="Discount Percentage", discount_percentage=10,
			price_or_product_discount="Price", min_amt=1,
		)  # fmt: skip
		self.commit()

	def rule(self, **values: Any) -> None:
		doc = frappe.get_doc(
			{
				"doctype": "Pricing Rule", "title": make.unique("Rule"), "selling": 1, "apply_on": "Item Code",
				"items": [{"item_code": self.first}], "company": self.company, "currency": "USD", **values,
			}
		).insert()  # fmt: skip
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.db.set_value, "Pricing Rule", doc.name, "disable", 1)

	def sold(self, doctype: str, parent_field: str, order: Any) -> list[tuple]:
		rows = frappe.get_all(
			f"{doctype} Item",
			{parent_field: order.name, "docstatus": 1},
			["parent", "item_code", "qty", "rate"],
		)
		free = frappe.get_all(
			f"{doctype} Item", {"parent": ("in", [row.parent for row in rows]), "item_code": self.gift}
		)
		self.assertEqual(free, [])
		return sorted((row.item_code == self.first, row.qty, row.rate) for row in rows)

	def test_the_user_is_no_manager(self):
		self.assertFalse({"Sales Manager", "Stock Manager"} & set(frappe.get_roles(CLERK)))

	def test_an_order_to_its_end(self):
		_, order = self.say()
		self.assertEqual((self.rows(order), order.grand_total), ([(self.first, 2, 10)], 37))
		more = {"lines": [self.line("L1", self.first, 3, 10, 2.4)], "total": "47.80"}
		done, order = self.say(**more)
		self.assertEqual((done, self.rows(order)), (UPDATED, [(self.first, 3, 10)]))
		self.ship(("L1", 2))
		self.assertEqual(self.sold("Delivery Note", "against_sales_order", order), [(True, 2, 10)])
		self.settings_of_shop(payment_makes="Sales Invoice and Payment Entry")
		self.pay("47.80")
		self.assertEqual(self.sold("Sales Invoice", "sales_order", order), [(True, 3, 10)])
		self.refund(lines=[{"line_id": "L1", "quantity": 1, "restock": True}])
		self.assertEqual(self.sold("Sales Invoice", "sales_order", order), [(True, -1, 10), (True, 3, 10)])
		self.assertEqual(
			self.sold("Delivery Note", "against_sales_order", order), [(True, -1, 10), (True, 2, 10)]
		)
		self.assertEqual((self.stock_of(self.gift), self.stock_of(self.first)), (9, 49))
		self.assertEqual(self.customer_balance(order), 0)

	def test_a_draft(self):
		self.settings_of_shop(submit_orders=0)
		self.say()
		done, order = self.say(**self.less())
		self.assertEqual((done, self.rows(order), order.grand_total), (UPDATED, [(self.first, 1, 10)], 26.2))

	def test_a_parcel_of_an_order_that_a_person_made(self):
		for values in (
			{"price_or_product_discount": "Product", "free_item": self.gift, "free_qty": 1},
			{"rate_or_discount": "Discount Percentage", "discount_percentage": 50},
		):
			item = make.item().name
			make.receipt(item, 5)
			order = make.sales_order(make.customer().name, [(item, 2, 10)])
			self.rule(
				items=[{"item_code": item}], min_qty=1, **{"price_or_product_discount": "Price", **values}
			)
			self.order_id = order.name
			self.ship((item, 1))
			self.assertEqual(self.sold("Delivery Note", "against_sales_order", order), [(False, 1, 10)])
