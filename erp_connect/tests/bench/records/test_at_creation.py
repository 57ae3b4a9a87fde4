"""What ERPNext reads only as a document is made is not changed later, and said so."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import frappe

from erp_connect.config import inflow
from erp_connect.records.write import CREATED, UPDATED, Written, upsert
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make


class TestItems(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		self.code = make.unique("PIM")

	def flow(self, **once: Any) -> inflow.InFlow:
		rows = [
			make.row("item_code", "code"),
			make.row("item_group", "group"),
			make.row("item_name", "name"),
			make.row("standard_rate", "price", **once),
			make.row("opening_stock", "stock", **once),
		]
		return make.incoming("Item", rows)

	def take(self, flow: inflow.InFlow, **said: Any) -> Written:
		said = {"code": self.code, "group": make.leaf("Item Group"), "name": "First", "stock": 0, **said}
		return upsert(flow, {"id": self.code, **said})

	def price(self) -> float:
		return frappe.db.get_value("Item Price", {"item_code": self.code}, "price_list_rate")

	def test_a_price_and_a_stock_that_change_later_are_told_and_not_written(self):
		flow = self.flow()
		self.assertEqual((self.take(flow, price=10).action, self.price()), (CREATED, 10))
		done = self.take(flow, price=12, stock=4, name="Second")
		told = {one.field: one.reason for one in done.missed}
		self.assertIn("written by a flow on Item Price", told["standard_rate"])
		self.assertIn("written by a flow on Stock Reconciliation", told["opening_stock"])
		item = frappe.get_doc("Item", self.code)
		self.assertEqual(
			(item.item_name, item.standard_rate, item.opening_stock, self.price()), ("Second", 10, 0, 10)
		)
		self.assertEqual(self.take(flow, price=10, name="Second").missed, ())

	def test_only_on_create_tells_nothing(self):
		flow = self.flow(on_create_only=1)
		self.take(flow, price=10)
		done = self.take(flow, price=12, name="Second")
		self.assertEqual((done.action, done.missed), (UPDATED, ()))

	def test_a_code_in_whose_place_erpnext_puts_a_number_is_told(self):
		kept = frappe.db.get_default

		def default(key: str, *more: Any) -> Any:
			return "Naming Series" if key == "item_naming_by" else kept(key, *more)

		with patch.object(frappe.db, "get_default", default):  # Stock Settings, Item Naming By
			done = self.take(self.flow(), price=10)
		((field, reason),) = [(one.field, one.reason) for one in done.missed]
		self.assertEqual((field, done.whole), ("item_code", False))
		self.assertIn(f"became {done.name}, as ERPNext named the document by itself", reason)
