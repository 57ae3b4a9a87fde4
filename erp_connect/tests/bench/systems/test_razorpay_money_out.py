"""Refunds, disputes and settlements of Razorpay, and refunds that ERPNext gives by it."""

from __future__ import annotations

import time

import frappe
from frappe.utils import getdate

from erp_connect.api import events
from erp_connect.tests.bench.commerce_case import make_invoice
from erp_connect.tests.bench.systems.razorpay_case import RazorpayCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.troubles import Trouble

NOW = int(time.time()) - 3600
DAY = 86400


class TestMoneyOut(RazorpayCase):
	def setUp(self) -> None:
		super().setUp()
		self.fake.now = NOW

	@proves("Refund of an amount")
	def test_refunds_in_parts_and_one_that_fails_afterwards(self):
		_, payment = self.paid("Refunds")
		first = self.fake.refund(payment["id"], 1000)
		second = self.fake.refund(payment["id"], 2500, "pending")
		self.by_webhook(*self.fake.told[-2:])
		note = self.linked("refund", first["id"])
		self.assertEqual((note.is_return, note.grand_total), (1, -10))
		self.assertEqual(len(self.links(remote_entity="refund")), 1)
		self.fake.change_refund(second["id"], "processed")
		self.by_webhook()
		self.assertEqual(self.linked("refund", second["id"]).grand_total, -25)
		self.pull("Refunds")
		self.assertEqual(len(self.links(remote_entity="refund")), 2)
		self.fake.change_refund(second["id"], "failed")
		self.by_webhook()
		(held,) = self.events(status="On Hold")
		self.assertEqual(held.outcome, "refund_failed")

	def test_a_refund_that_comes_before_its_payment_waits_for_it(self):
		self.connect("Payments", "Refunds")
		order = self.order()
		make_invoice(order)
		self.register()
		payment = self.payment(pays=order)
		refund = self.fake.refund(payment["id"], 9300)
		self.by_webhook(*reversed(self.fake.told))
		self.assertEqual(self.linked("refund", refund["id"]).grand_total, -93)

	@proves("Answer lost after the work was done", "Refunds out")
	def test_a_refund_from_erpnext_goes_out_once(self):
		invoice, payment = self.paid("Refunds", "Refunds from ERPNext")
		self.fake.troubles.append(Trouble("POST", "/v1/payments", lose_answer=True))
		entry = self.pay_back(invoice, 10, payment["id"])
		self.send_twice()
		((_, refund),) = self.fake.records["refunds"].items()
		self.assertEqual((refund["amount"], refund["payment_id"]), (1000, payment["id"]))
		self.assertEqual(self.linked("refund", refund["id"]).name, entry.name)
		sent = [body for method, *_, body in self.fake.calls if method == "POST" and "amount" in body]
		self.assertEqual((len(sent), sent[0]), (2, sent[1]))
		before = frappe.db.count("Payment Entry")
		self.by_webhook()
		self.pull("Refunds")
		self.assertEqual(frappe.db.count("Payment Entry"), before)

	def test_a_refund_that_razorpay_has_given_already_says_what_to_do(self):
		invoice, payment = self.paid("Refunds from ERPNext")
		self.fake.refund(payment["id"], 9300)
		self.assert_given_already(invoice, payment["id"])

	def test_a_payment_that_is_no_refund_of_razorpay_stays_here(self):
		self.assert_stays_here("CHEQUE 4711")

	@proves("Disputes")
	def test_a_lost_dispute_takes_and_a_won_one_does_not(self):
		self.connect("Lost disputes")
		self.register()
		self.fake.now = NOW - 40 * DAY
		payment = self.payment()
		lost, won = (self.fake.dispute(payment["id"], amount) for amount in (4000, 5000))
		self.fake.now = NOW
		self.fake.end(won["id"], "won")
		self.fake.end(lost["id"], "lost")
		self.assertEqual(self.by_webhook(), [200])
		for _ in range(2):
			entry = self.linked("dispute", lost["id"])
			self.assertEqual((entry.docstatus, entry.company), (1, self.company))
			self.assertEqual(self.booked(entry.name), {"Card Clearing": -40, "Card Disputes": 40})
			# The day on which it was lost, not that on which it was opened.
			self.assertLess((getdate() - getdate(entry.posting_date)).days, 3)
			self.pull("Lost disputes")
		self.assertEqual(len(self.links(document_type="Journal Entry")), 1)
		self.assert_all_done()

	@proves("Payouts booked")
	def test_a_settlement_moves_to_the_bank(self):
		self.connect("Settlements")
		self.register()
		settlement = self.fake.settle(8000)
		self.by_webhook()
		self.fake.settle(7000, status="failed")
		self.pull("Settlements")
		entry = self.linked("settlement", settlement["id"])
		self.assertEqual((entry.docstatus, entry.cheque_no), (1, settlement["id"]))
		self.assertIn(settlement["utr"], entry.user_remark)
		self.assertEqual(self.booked(entry.name), {"House Bank": 80, "Card Clearing": -80})
		self.assertEqual(len(self.links(document_type="Journal Entry")), 1)

	def test_a_settlement_in_another_currency_is_held_and_one_of_nothing_left_out(self):
		self.connect("Settlements", entries={"settlement_currency": "EUR"})
		self.register()
		self.fake.settle(0)
		self.by_webhook()
		self.assertNotIn("Failed", [row.status for row in self.events()])
		settlement = self.fake.settle(8000)
		self.by_webhook()
		(held,) = self.events(status="On Hold")
		self.assertEqual((held.outcome, self.links(remote_entity="settlement")), ("currency", []))
		self.assertIn("in EUR, but its amounts would be booked in", held.error)
		account = frappe.get_doc("Integration Settings", self.account)
		(row,) = [row for row in account.inputs if row.key == "settlement_currency"]
		row.value = frappe.get_cached_value("Company", self.company, "default_currency")
		account.save()
		self.commit()
		events.retry([held.name])
		self.work()
		self.assertEqual(self.linked("settlement", settlement["id"]).total_debit, 80)

	@proves("Compared equal")
	def test_settlements_are_compared_equal_until_one_is_missing(self):
		self.assert_compared("Settlements", lambda amount: self.fake.settle(int(amount * 100)))
