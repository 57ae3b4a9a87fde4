"""The rest of an order leaves, although what left before became cheaper by more than the rest is worth."""

from __future__ import annotations

import frappe

from erp_connect import compat
from erp_connect.records.errors import HeldForReview
from erp_connect.tests.bench.commerce_case import CommerceTestCase, make_invoice, only


class TestParcelsOfCheaperOrders(CommerceTestCase):
	def test_the_rest_is_worth_less_than_what_was_paid_back(self):
		lines = [self.line("L1", self.first, 2, 10, 2), self.line("L2", self.second, 1, 1, 0.1)]
		order = self.order(lines=lines, shipping=[], total="23.10")
		self.pay("23.10")
		self.ship(("L1", 2))
		self.refund(lines=[{"line_id": "L1", "quantity": 2}], amount="22.00")
		if compat.VERSION >= 16:
			self.refused_by_erpnext()
			return
		delivery = frappe.get_doc("Delivery Note", only(self.ship(), "Delivery Note"))
		self.assertEqual([(row.item_code, row.qty) for row in delivery.items], [(self.second, 1)])
		self.assertEqual((delivery.grand_total, self.stock_of(self.second)), (0, 49))
		invoice = make_invoice(order.reload())
		self.assertEqual((invoice.grand_total, invoice.outstanding_amount), (1.1, 0))
		self.assertEqual(self.customer_balance(order), 0)
		self.assertEqual(order.reload().status, "Completed")

	def refused_by_erpnext(self) -> None:
		"""16 makes no Delivery Note of goods that are worth less than the order's discount, by hand neither."""
		with self.assertRaises(HeldForReview) as caught:
			self.ship()
		self.assertIn("cannot exceed the total before such discount", str(caught.exception))
