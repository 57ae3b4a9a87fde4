"""What is given back of an invoice in another currency than the customer's ledger account, which is in dollars."""

from __future__ import annotations

from typing import Any

from erp_connect.records.write import HeldForReview
from erp_connect.tests.bench.commerce_case import (
	CommerceTestCase,
	exchange_rate,
	make_invoice,
	one_account_for_all,
	only,
)


class TestForeignCreditNotes(CommerceTestCase):
	def setUp(self) -> None:
		super().setUp()
		one_account_for_all("1")
		self.addCleanup(one_account_for_all, "0")

	def bought(self, currency: str, price: int) -> tuple[Any, Any]:
		"""An order of three pieces and its invoice."""
		lines, total = [self.line("L1", self.first, 3, price, 0)], str(3 * price)
		order = self.order(currency=currency, lines=lines, shipping=[], total=total)
		return order, make_invoice(order)

	def open_of(self, *documents: Any) -> list[float]:
		return [document.reload().outstanding_amount for document in documents]

	def given_back(self, invoice: Any, quantity: int) -> list[float]:
		"""What is open then of the invoice and of the credit note."""
		name = only(self.refund(lines=[{"line_id": "L1", "quantity": quantity}]), "Sales Invoice")
		note = type(invoice)("Sales Invoice", name)
		return self.open_of(invoice, note)

	def test_of_an_unpaid_invoice_it_lowers_what_is_open(self):
		"""ERPNext compares 1100 yen with 22.11 dollars, and would leave both open."""
		exchange_rate("JPY", 0.0067)
		order, invoice = self.bought("JPY", 1100)
		self.assertEqual(self.given_back(invoice, 1), [14.74, 0])
		with self.assertRaisesRegex(HeldForReview, "only 2200.0 JPY of order"):
			self.pay("3300", currency="JPY")
		self.pay("2200", currency="JPY")
		self.assertEqual((self.open_of(invoice), self.customer_balance(order)), ([0], 0))

	def test_more_than_is_open_is_not_taken_off_the_invoice(self):
		"""ERPNext compares 20 dinars with 32.50 dollars, and would take what is open below zero."""
		exchange_rate("KWD", 3.25)
		_order, invoice = self.bought("KWD", 10)
		self.pay("20", currency="KWD")
		self.settings_of_shop(payment_makes="Nothing")
		self.assertEqual(self.given_back(invoice, 2), [32.5, -65])
