"""An event that comes again under its id, and says something else: it follows, or is held with the difference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe
from frappe.utils import add_days, today

from erp_connect.records.errors import HeldForReview
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import CommerceTestCase


class TestSaidOtherwise(CommerceTestCase):
	def setUp(self) -> None:
		super().setUp()
		values = {"warehouse_name": "Finished Goods", "company": self.company}
		self.elsewhere = frappe.db.get_value("Warehouse", values)
		self.yesterday = str(add_days(today(), -1))
		self.order(date=str(add_days(today(), -3)))

	def held(self, event: Callable[..., Any], same: dict[str, Any], cases: list[tuple[dict, str]]) -> None:
		"""The same again is unchanged; each of the cases is held with a message that holds the words."""
		event(**same)
		self.assertEqual([one.action for one in event(**same)], ["unchanged"])
		for changes, words in cases:
			with self.subTest(changes), self.assertRaisesRegex(HeldForReview, words):
				event(**same | changes)
		self.assertEqual([one.action for one in event(**same)], ["unchanged"])

	def test_a_parcel(self):
		self.held(
			self.ship,
			{"id": make.unique("Z"), "date": today()},
			[
				({"location": self.elsewhere}, f"with from {make.warehouse()}, but now comes with from {self.elsewhere}"),
				({"date": self.yesterday}, f"on {today()}.*on {self.yesterday}"),
			],
		)  # fmt: skip

	def test_a_parcel_whose_carrier_and_number_change(self):
		(made,) = self.ship(id="Z-1", carrier="DHL", tracking_number="1", location=make.warehouse())
		(again,) = self.ship(id="Z-1", carrier="UPS", tracking_number="2", location=make.warehouse())
		self.assertEqual((again.action, again.name), ("updated", made.name))
		told = frappe.db.get_value("Delivery Note", made.name, ["transporter_name", "lr_no"])
		self.assertEqual(told, ("UPS", "2"))

	def test_a_payment(self):
		same = {"amount": "93.00", "id": make.unique("P"), "reference": "R-1", "date": today()}
		self.held(
			self.pay,
			same,
			[
				({"currency": "EUR"}, "93, USD, but now comes with EUR"),
				({"gateway": "Cash"}, "by Cash"),
				({"reference": "R-2"}, "reference R-1.*reference R-2"),
			],
		)
		self.assertEqual(
			[one.action for one in self.pay(**same, gateway="no mode of this name")], ["unchanged"]
		)
		(again,) = self.pay(**same | {"date": self.yesterday})
		self.assertEqual(again.action, "unchanged")
		self.assertIn(f"names {self.yesterday} now", again.reason)

	def test_a_refund(self):
		self.pay("93.00")
		self.ship()
		line = {"line_id": "L2", "quantity": 1}
		same = {"id": make.unique("refund"), "lines": [line], "amount": "22.00", "gateway": "Wire Transfer"}
		self.held(
			self.refund,
			same,
			[
				({"amount": "21.00"}, "22, but now comes with .*21"),
				({"lines": [line | {"restock": True}]}, "back into stock L2 × 1"),
				({"lines": [line | {"quantity": 2}]}, "L2 × 1.*L2 × 2"),
				({"gateway": "Cash"}, "by Wire Transfer.*by Cash"),
			],
		)

	def test_a_refund_that_made_no_document(self):
		same = {"id": make.unique("refund"), "lines": [{"line_id": "L2", "quantity": 1}]}
		two, other = [{"line_id": "L2", "quantity": 2}], [{"line_id": "L1", "quantity": 1}]
		told = [({"lines": two}, "L2 × 1.*L2 × 2"), ({"lines": other}, "L2 × 1.*L1 × 1")]
		self.held(self.refund, same, told)
		self.held(self.cancel, {**same, "id": make.unique("part")}, told)
