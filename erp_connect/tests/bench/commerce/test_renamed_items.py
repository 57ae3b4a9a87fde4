"""An Item that is renamed or merged here is still the article that its shop goes on to order by the code of before."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import CLERK, CommerceTestCase


class TestRenamedItems(CommerceTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.settings_of_shop(missing_item="Create the item", item_group=make.leaf("Item Group"))
		make.user(CLERK, ("Item Manager",))

	def sold(self, sku: str) -> str:
		"""The item that an order of an article is about."""
		order = self.order(lines=[self.line("L1", sku, 1, 10, 0)], shipping=[], total="10.00")
		return order.items[0].item_code

	def rename(self, old: str, new: str, **how: Any) -> str:
		frappe.rename_doc("Item", old, new, force=True, **how)
		self.commit()
		return new

	def test_renamed_twice(self):
		sku = make.unique("sku")
		self.assertEqual(self.sold(sku), sku)
		first = self.rename(sku, make.unique("Good name"))
		self.assertEqual(self.sold(sku), first)
		second = self.rename(first, make.unique("Better name"))
		self.assertEqual((self.sold(sku), self.sold(first), self.sold(second)), (second, second, second))
		self.assertFalse(frappe.db.exists("Item", {"name": ("in", (sku, first))}))

	def test_one_that_an_order_never_named_and_an_order_that_changes(self):
		self.sold(self.second)
		new = self.rename(self.first, make.unique("New"))
		lines = [self.line("L1", self.first, 1, 10, 0)]
		buyer = {"id": make.unique("c"), "name": make.unique("Buyer")}
		order = self.order(lines=lines, shipping=[], total="10.00", customer=buyer)
		newer = self.rename(new, make.unique("Newer"))
		lines[0]["quantity"] = 3
		record = {"id": self.order_id, "currency": "USD", "lines": lines, "total": "30.00", "customer": buyer}
		row = order.items[0].name
		self.event("Order", **record)
		order.reload()
		self.assertEqual([(one.name, one.item_code, one.qty) for one in order.items], [(row, newer, 3)])

	def test_merged_into_another(self):
		double = make.item().name
		self.commit()
		self.sold(double)
		self.rename(double, self.first, merge=True)
		self.assertEqual((self.sold(double), self.sold(self.first)), (self.first, self.first))

	def test_a_new_item_of_the_code_is_the_article_then(self):
		sku = make.unique("sku")
		self.sold(sku)
		self.rename(sku, make.unique("Last year's"))
		make.selling_item(sku)
		self.commit()
		self.assertEqual(self.sold(sku), sku)
