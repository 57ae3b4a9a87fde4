"""More is given back of an invoice than was paid of it: the rest of the credit note is set against what is open."""

from __future__ import annotations

from typing import Any

from erp_connect.records.write import HeldForReview
from erp_connect.tests.bench.commerce_case import CommerceTestCase, make_invoice


class TestPartPaidRefunds(CommerceTestCase):
	def part_paid(self, *lines: tuple[str, int], **values: Any) -> Any:
		order = self.order()
		make_invoice(order)
		self.pay("50.00")
		self.refund(lines=[{"line_id": line, "quantity": quantity} for line, quantity in lines], **values)
		return order

	def assert_held(self, amount: str) -> None:
		with self.assertRaises(HeldForReview) as caught:
			self.pay(amount)
		self.assertEqual(caught.exception.code, "overpaid")

	def test_only_the_rest_may_be_paid(self):
		order = self.part_paid(("L2", 3))  # 66.00, of which the 50.00 that were paid go back
		self.assert_held("27.01")
		self.pay("27.00")
		self.assertEqual(self.customer_balance(order), 0)
		self.assert_held("0.01")

	def test_nothing_may_be_paid_of_what_was_given_back_whole(self):
		order = self.part_paid(("L1", 2), ("L2", 3), shipping="5.00")
		self.assert_held("43.00")
		self.assertEqual(self.customer_balance(order), 0)
