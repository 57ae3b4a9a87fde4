"""A refund and a cancellation that have one id, as where two flows take one record: each of them is booked, once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import only
from erp_connect.tests.bench.ends_case import EndsTestCase


class TestSameIds(EndsTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.begin()

	def begin(self, paid: str = "93.00") -> None:
		self.placed = self.order()
		if paid:
			self.pay(paid)
		self.part = {"id": make.unique("part"), "lines": [{"line_id": "L2", "quantity": 1}]}
		self.money = {"id": self.part["id"], "amount": "22.00"}

	def actions(self, done: list[Any]) -> list[str]:
		return [one.action for one in done]

	def pieces(self) -> list[float]:
		self.placed.reload()
		return [row.qty for row in self.placed.items]

	def test_the_money_of_a_cancellation_goes_out(self):
		self.assertEqual(self.actions(self.cancel(**self.part)), ["updated"])
		entry = only(self.refund(**self.money), "Payment Entry")
		self.assertEqual(self.booked(entry)[self.bank], -22)
		self.assertEqual(self.actions(self.refund(**self.money)), ["unchanged"])
		self.assertEqual(self.actions(self.cancel(**self.part)), ["unchanged"])
		self.assertEqual((self.pieces(), self.customer_balance(self.placed)), ([2, 2], -71))

	def test_a_cancellation_after_the_money(self):
		self.refund(**self.money)
		self.assertEqual(self.actions(self.cancel(**self.part)), ["updated"])
		for event, said in ((self.cancel, self.part), (self.refund, self.money)):
			self.assertEqual(self.actions(event(**said)), ["unchanged"])
		self.assertEqual((self.pieces(), self.customer_balance(self.placed)), ([2, 2], -71))

	def test_other_pieces(self):
		self.cancel(**self.part)
		self.refund(**self.money | {"lines": [{"line_id": "L1", "quantity": 1}], "amount": "11.00"})
		self.assertEqual((self.pieces(), self.customer_balance(self.placed)), ([1, 2], -82))

	def test_the_same_pieces_wait_for_a_person(self):
		both = [self.cancel, self.refund]
		for paid in ("93.00", ""):
			for first, second in (both, both[::-1]):
				with self.subTest(paid, first=first.__name__):
					self.begin(paid)
					first(**self.part)
					self.put_aside(
						"only money is left to be booked",
						"same_pieces",
						lambda second=second: second(**self.part),
					)
					self.assertEqual(self.pieces(), [2, 2])
					self.assertEqual(self.actions(first(**self.part)), ["unchanged"])

	def test_money_of_a_refund_that_paid_nothing_back(self):
		self.begin(paid="")
		self.refund(**self.part)
		self.pay("71.00")
		self.put_aside(
			"Book by hand what was paid back", "event_changed", lambda: self.refund(**self.part | self.money)
		)
		self.assertEqual(self.actions(self.refund(**self.part)), ["unchanged"])

	def test_what_was_kept_without_its_kind_counts_for_both(self):
		for paid, first, second in (("93.00", self.cancel, self.refund), ("", self.refund, self.cancel)):
			with self.subTest(first=first.__name__):
				self.begin(paid)
				first(**self.part)
				self.as_before()
				for event in (first, second):
					self.assertEqual(self.actions(event(**self.part)), ["unchanged"])
				self.held_otherwise(second)
				self.assertEqual(self.pieces(), [2, 2])

	def held_otherwise(self, event: Callable[..., Any]) -> None:
		two = {**self.part, "lines": [{"line_id": "L2", "quantity": 2}]}
		self.put_aside("L2 × 1, but now comes with L2 × 2", "event_changed", lambda: event(**two))
		self.put_aside("paid nothing back", "event_changed", lambda: self.refund(**self.money))

	def test_pieces_that_were_given_back_before_kinds_were_kept(self):
		self.refund(**self.part, amount="22.00")
		self.as_before()
		self.put_aside("under this number before", "same_pieces", lambda: self.cancel(**self.part))
		self.assertEqual(self.actions(self.refund(**self.part, amount="22.00")), ["unchanged"])

	def as_before(self) -> None:
		"""What is remembered of the order, as it was before kinds were kept."""
		(link,) = self.links(remote_entity="order", external_id=self.order_id)
		known = json.loads(frappe.db.get_value("Sync Link", link.name, "details"))
		known["applied"] = [one["id"] for one in known["applied"]]
		known["claims"] = [{k: v for k, v in one.items() if k != "of"} for one in known["claims"]]
		frappe.db.set_value("Sync Link", link.name, "details", json.dumps(known))
		self.commit()
