"""Money with more decimals than the books keep, and money that is nothing in their currency."""

from __future__ import annotations

import frappe

from erp_connect.records.errors import HeldForReview
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import exchange_rate, make_invoice, one_account_for_all, only
from erp_connect.tests.bench.ends_case import EndsTestCase


class TestSmallestAmounts(EndsTestCase):
	def precision(self, digits: str) -> None:
		frappe.db.set_default("currency_precision", digits)
		frappe.clear_cache()
		frappe.db.commit()

	def test_more_decimals_than_are_kept(self):
		order = self.order()
		self.addCleanup(self.precision, frappe.db.get_default("currency_precision") or "")
		done = self.ended(
			"Raise Currency Precision in System Settings",
			lambda: self.pay("40.125"),
			lambda: self.precision("3"),
			"precision",
		)
		entry = frappe.get_doc("Payment Entry", only(done, "Payment Entry"))
		self.assertEqual(entry.paid_amount, 40.125)
		self.assertEqual(order.reload().advance_paid, 40.125)

	def test_a_refund_of_them(self):
		for invoiced in (False, True):
			order = self.order()
			self.pay("93.00")
			if invoiced:
				make_invoice(order)
			with self.assertRaisesRegex(
				HeldForReview, "1.234 USD is paid back, which has more than 2 decimals"
			):
				self.refund(amount="1.234")
			frappe.db.rollback()
			# What is computed of a price without tax has more decimals than anybody pays, and is rounded.
			self.refund(shipping="1.2345")
			self.refund(adjustments=[{"title": "Kindness", "amount": "2.3451"}])
			self.refund(lines=[{"line_id": "L1", "quantity": 0, "amount": "1.6667"}], amount=0.1 + 1.74)
			self.refund(amount=0.1 + 0.2)
			paid_back = 1.23 + 2.35 + 1.84 + 0.3
			open_advance = 0 if invoiced else 93 - paid_back
			self.assertAlmostEqual(-self.customer_balance(order), open_advance, 2)

	def test_less_than_the_smallest_amount_of_the_books(self):
		exchange_rate("IDR", 0.00006)
		one_account_for_all("1")
		self.addCleanup(one_account_for_all, "0")
		lines = [self.line("L1", self.first, 2, 500000, 0)]
		order = self.order(currency="IDR", lines=lines, shipping=[], total="1000000")
		for act in (
			lambda: self.pay("50", currency="IDR"),
			lambda: self.refund(amount="50"),
			lambda: self.refund(lines=[{"line_id": "L1", "quantity": 0, "amount": "50"}]),
		):
			self.put_aside("ERPNext books no entry of zero", "too_small", act)
			if not order.reload().advance_paid:
				self.pay("1000000", currency="IDR")
		make_invoice(order)
		self.put_aside("ERPNext books no entry of zero", "too_small", lambda: self.refund(amount="50"))
		self.refund(amount="100000")
		self.assertEqual(self.customer_balance(order), 0)

	def fees(self) -> None:
		doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
		ledger = doc.commerce_accounts[0].account
		doc.append("commerce_accounts", {"kind": "Payment Fee", "title": "*", "account": ledger})
		doc.save()
		self.commit()

	def test_a_fee_with_more_decimals_is_rounded(self):
		self.fees()
		order = self.order()
		name = only(self.pay("93.00", id="precise", fee="0.30472"), "Payment Entry")
		entry = frappe.get_doc("Payment Entry", name)
		self.assertEqual((entry.received_amount, entry.deductions[0].amount), (92.7, 0.3))
		self.assertEqual(self.customer_balance(order), -93)
		self.assertEqual(self.pay("93.00", id="precise", fee="0.30472")[0].action, "unchanged")

	def test_a_fee_that_is_nothing_in_the_books(self):
		exchange_rate("IDR", 0.00006)
		one_account_for_all("1")
		self.addCleanup(one_account_for_all, "0")
		self.fees()
		order = self.order(
			currency="IDR", lines=[self.line("L1", self.first, 2, 500000, 0)], shipping=[], total="1000000"
		)
		name = only(self.pay("1000000", currency="IDR", fee="50"), "Payment Entry")
		entry = frappe.get_doc("Payment Entry", name)
		self.assertEqual((entry.deductions, entry.received_amount), ([], 60))
		self.assertEqual(self.customer_balance(order), -60)
