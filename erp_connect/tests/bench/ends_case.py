"""Held events and what ends them: the base of the tests that do what the message of a held event says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import frappe
from erpnext.controllers.accounts_controller import update_child_qty_rate
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice

from erp_connect.records.errors import HeldForReview
from erp_connect.records.write import Written
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import CommerceTestCase

# What an event that is held must leave as it is.
KEPT = (
	"Sales Order", "Sales Invoice", "Payment Entry", "Delivery Note", "Stock Entry", "Customer", "Item", "Sync Link",
)  # fmt: skip


class EndsTestCase(CommerceTestCase):
	def ended(
		self, told: str, act: Callable[[], list[Written]], fix: Callable[[], Any], code: str = ""
	) -> list[Written]:
		"""Hold an event, see what it tells, do that, and repeat the event. Returns what came of it."""
		with self.assertRaises(HeldForReview) as caught:
			act()
		frappe.db.rollback()
		message = str(caught.exception)
		self.assertIn(told, message)
		self.assertIn("press Retry", message)
		if code:
			self.assertEqual(caught.exception.code, code)
		fix()
		self.commit()
		return act()

	def put_aside(self, told: str, code: str, act: Callable[[], list[Written]]) -> None:
		"""Hold an event that a person books by hand: it says so, and leaves nothing behind."""
		before = self.documents()
		with self.assertRaises(HeldForReview) as caught:
			act()
		frappe.db.rollback()
		self.assertIn(told, str(caught.exception))
		self.assertIn("press Skip", str(caught.exception))
		self.assertEqual((caught.exception.code, self.documents()), (code, before))

	@staticmethod
	def documents() -> dict[str, tuple[int, int]]:
		"""How many documents and links there are, how many of them submitted or cancelled, and what the orders come to."""
		found = {
			doctype: tuple(
				map(int, frappe.db.sql(f"SELECT COUNT(*), IFNULL(SUM(docstatus), 0) FROM `tab{doctype}`")[0])
			)
			for doctype in KEPT
		}
		return {**found, "total": frappe.db.sql("SELECT SUM(grand_total) FROM `tabSales Order`")[0]}

	@staticmethod
	def update_items(order: Any, quantity: float, rate: float, place: int = 0) -> None:
		"""Change a row of a submitted order as a person does by Update Items, the first where no other is said."""
		order.reload()
		rows = [
			{**{field: row.get(field) for field in ("item_code", "qty", "rate", "uom", "conversion_factor")},
				"docname": row.name, "delivery_date": str(row.delivery_date)}
			for row in order.items
		]  # fmt: skip
		rows[place].update(qty=quantity, rate=rate)
		update_child_qty_rate("Sales Order", json.dumps(rows), order.name)
		order.reload()

	def invoice(self, order: Any, submit: bool = True) -> Any:
		invoice = make_sales_invoice(order.name)
		invoice.insert()
		if submit:
			invoice.submit()
		return invoice

	def record(self, **values: Any) -> dict[str, Any]:
		"""An order of one piece at 10.00 without taxes."""
		return {
			"id": make.unique("order"),
			"currency": "USD",
			"customer": {"id": make.unique("c"), "name": make.unique("Buyer")},
			"lines": [self.line("L1", self.first, 1, 10, 0)],
			"total": "10.00",
			**values,
		}
