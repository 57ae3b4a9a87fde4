"""A line whose price is no whole number of cents for each piece stands in two rows: its pieces come off the right one."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.tests.bench.commerce_case import CommerceTestCase, make_invoice


class TestUnevenPrices(CommerceTestCase):
	def uneven(self) -> Any:
		"""5 pieces for 10.03: two at 2.00, three at 2.01."""
		line = {"id": "L1", "sku": self.first, "name": self.first, "quantity": 5, "total": "10.03"}
		order = self.order(lines=[line], shipping=[], total="10.03")
		self.assertEqual(sorted((row.qty, row.rate) for row in order.items), [(2, 2.0), (3, 2.01)])
		self.pay("10.03")
		return order

	def deliver(self, order: Any, rate: float, quantity: int) -> float:
		"""Pieces of the row of one rate leave. → stock after it"""
		(row,) = [row for row in order.items if row.rate == rate]
		self.ship((row.name, quantity))
		return self.stock_of(self.first)

	def give_back(self, quantity: int, **values: Any) -> None:
		self.refund(lines=[{"line_id": "L1", "quantity": quantity, **values}])

	def waiting(self, order: Any) -> float:
		"""Pieces of a parcel of all that is left."""
		before = self.stock_of(self.first)
		self.ship()
		return before - self.stock_of(self.first)

	def test_pieces_that_left_come_back_whichever_row_they_are_of(self):
		for invoiced in (False, True):
			for rate in (2.0, 2.01):
				order = self.uneven()
				left = self.deliver(order, rate, 2)
				if invoiced:
					make_invoice(order)
				self.give_back(2, restock=True)
				self.assertEqual(self.stock_of(self.first), left + 2, (invoiced, rate))
				self.assertEqual(self.waiting(order), 3, (invoiced, rate))

	def test_no_more_comes_back_of_a_row_than_left_of_it(self):
		for invoiced in (False, True):
			order = self.uneven()
			cheap, dear = sorted(order.items, key=lambda row: row.rate)
			before = self.stock_of(self.first)
			self.ship((cheap.name, 1), (dear.name, 2))
			if invoiced:
				make_invoice(order)
			self.give_back(3, restock=True)
			self.assertEqual(self.stock_of(self.first), before, invoiced)
			self.assertEqual(self.waiting(order), 2, invoiced)

	def test_pieces_that_have_not_left_are_not_sent(self):
		for invoiced in (False, True):
			for rate in (2.0, 2.01):
				order = self.uneven()
				self.deliver(order, rate, 2)
				if invoiced:
					make_invoice(order)
				self.give_back(2)
				self.assertEqual(self.waiting(order), 1, (invoiced, rate))

	def test_the_same_of_pieces_that_are_called_off(self):
		for rate in (2.0, 2.01):
			order = self.uneven()
			self.deliver(order, rate, 2)
			self.cancel(id=f"off {rate}", lines=[{"line_id": "L1", "quantity": 2}])
			self.assertEqual(sum(row.qty for row in order.reload().items), 3, rate)
			self.assertEqual(self.waiting(order), 1, rate)

	def test_a_parcel_takes_none_of_the_pieces_that_were_given_back(self):
		order = self.uneven()
		make_invoice(order)
		before = self.stock_of(self.first)
		self.give_back(2)
		self.ship(("L1", 2))
		self.give_back(1, restock=True)
		self.assertEqual(self.waiting(order), 1)
		self.assertEqual(before - self.stock_of(self.first), 2)

	def test_all_comes_back_in_the_end(self):
		"""First what has not left, then what has."""
		for invoiced in (False, True):
			order = self.uneven()
			before = self.deliver(order, 2.0, 2) + 2
			self.give_back(2)
			if invoiced:
				make_invoice(order.reload())
			self.give_back(1, restock=True)
			self.give_back(1, restock=True)
			self.assertEqual(self.stock_of(self.first), before)
			self.give_back(1)
			self.assertEqual(self.customer_balance(order), 0)
			self.assertIn(frappe.db.get_value("Sales Order", order.name, "status"), ("Closed", "Completed"))
