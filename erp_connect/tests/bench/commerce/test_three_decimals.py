"""Amounts with three decimals, as dinars have them, where the System Settings let ERPNext keep three."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.records.write import HeldForReview
from erp_connect.tests.bench.commerce_case import (
	CommerceTestCase,
	exchange_rate,
	make_invoice,
	one_account_for_all,
	only,
)


class TestThreeDecimals(CommerceTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.addCleanup(self.keep_decimals, "")
		self.keep_decimals("3")

	@staticmethod
	def keep_decimals(count: str) -> None:
		"""Choose the Currency Precision of the site."""
		frappe.db.set_single_value("System Settings", "currency_precision", count)
		frappe.db.set_default("currency_precision", count)
		frappe.clear_cache()
		frappe.db.commit()

	def three(self, **values: Any) -> Any:
		"""1 × 1.235 and 3 × 0.333."""
		lines = [self.line("L1", self.first, 1, 1.235, 0), self.line("L2", self.second, 3, 0.333, 0)]
		return self.order(lines=lines, shipping=[], total="2.234", **values)

	def test_what_is_paid_is_paid_to_the_last_decimal_and_so_is_what_goes_back(self):
		order = self.three()
		self.assertEqual(self.booked(only(self.pay("2.234"), "Payment Entry")), self.expect(2.234))
		order.reload()
		self.assertEqual(order.advance_paid, 2.234)
		invoice = make_invoice(order)
		self.assertEqual((invoice.grand_total, invoice.outstanding_amount), (2.234, 0))
		done = self.refund(lines=[{"line_id": "L2", "quantity": 1}], amount="0.333")
		note = frappe.get_doc("Sales Invoice", only(done, "Sales Invoice"))
		self.assertEqual((note.grand_total, note.outstanding_amount), (-0.333, 0))
		self.assertEqual(self.booked(only(done, "Payment Entry")), self.expect(-0.333))

	def test_an_advance_follows_what_comes_off_the_order(self):
		order = self.three()
		self.pay("2.234")
		self.refund(lines=[{"line_id": "L2", "quantity": 1}], amount="0.333")
		order.reload()
		self.assertEqual((order.grand_total, order.advance_paid), (1.901, 1.901))

	def test_not_a_fils_more_than_is_owed(self):
		self.three()
		with self.assertRaises(HeldForReview) as caught:
			self.pay("2.235")
		self.assertIn("only 2.234 USD", str(caught.exception))

	def test_an_invoice_at_payment(self):
		self.settings_of_shop(payment_makes="Sales Invoice and Payment Entry")
		self.three()
		invoice = frappe.get_doc("Sales Invoice", only(self.pay("2.234"), "Sales Invoice"))
		self.assertEqual((invoice.grand_total, invoice.outstanding_amount), (2.234, 0))

	def test_an_order_in_dinars_of_a_company_with_dollars(self):
		one_account_for_all("1")
		self.addCleanup(one_account_for_all, "0")
		exchange_rate("KWD", 3.2537)
		order = self.three(currency="KWD")
		self.assertEqual(
			self.booked(only(self.pay("2.234", currency="KWD"), "Payment Entry")), self.expect(7.268)
		)
		self.assertEqual(make_invoice(order).outstanding_amount, 0)

	def expect(self, amount: float) -> dict[str, float]:
		"""What a payment of this amount moves."""
		debtors = frappe.get_cached_value("Company", self.company, "default_receivable_account")
		return {self.bank: amount, debtors: -amount}

	def booked(self, document: str) -> dict[str, float]:
		"""As everywhere, with three decimals."""
		rows = frappe.get_all(
			"GL Entry", {"voucher_no": document, "is_cancelled": 0}, ["account", "debit", "credit"]
		)
		return {row.account: round(row.debit - row.credit, 3) for row in rows}
