"""Refunds, disputes and payouts of Stripe, and refunds that ERPNext gives by it."""

from __future__ import annotations

import time

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry

from erp_connect.tests.bench.commerce_case import make_invoice
from erp_connect.tests.bench.systems.stripe_case import StripeCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.troubles import Trouble

NOW = int(time.time()) - 3600


class TestMoneyOut(StripeCase):
	def setUp(self) -> None:
		super().setUp()
		self.fake.now = NOW

	@proves("Refund of an amount")
	def test_refunds_in_parts_and_one_that_fails_afterwards(self):
		self.connect("Payments", "Refunds")
		self.register()
		order = self.order()
		make_invoice(order)
		charge = self.fake.charge(9300, 300, metadata={"sales_order": order.name})
		self.by_webhook()
		refunds = [self.fake.refund(charge["id"], 1000), self.fake.refund(charge["id"], 2500, "pending")]
		self.by_webhook(*self.fake.told[-2:])
		note = self.linked("refund", refunds[0]["id"])
		self.assertEqual((note.is_return, note.grand_total), (1, -10))
		self.assertEqual(len(self.links(remote_entity="refund")), 1)
		self.fake.change("refunds", refunds[1]["id"], "refund.updated", status="succeeded")
		self.by_webhook()
		self.assertEqual(self.linked("refund", refunds[1]["id"]).grand_total, -25)
		self.fake.change("refunds", refunds[1]["id"], "refund.failed", status="failed")
		self.by_webhook()
		(held,) = self.events(status="On Hold")
		self.assertEqual(held.outcome, "refund_failed")

	def refund_told_first(self) -> tuple[dict, dict]:
		"""A charge and its refund, of which only the refund was told so far."""
		self.connect("Payments", "Refunds")
		self.register()
		order = self.order()
		make_invoice(order)
		charge = self.fake.charge(9300, 300, metadata={"sales_order": order.name})
		paid = self.fake.told[-1]
		refund = self.fake.refund(charge["id"], 1000)
		self.by_webhook()
		return paid, refund

	def test_a_refund_told_before_its_charge_is_booked_with_it(self):
		paid, refund = self.refund_told_first()
		(row,) = self.events(status="Retrying", outcome="not_paid")
		self.assertEqual(row.reference_doctype, "Sales Order")
		self.assertIn("If the payment comes by itself, so does this", row.error)
		frappe.db.sql("UPDATE `tabSync Log` SET due_at = due_at + 86400 WHERE status = 'Retrying'")
		self.commit()
		self.by_webhook(paid)
		self.assertEqual(self.linked("refund", refund["id"]).grand_total, -10)
		self.assert_all_done()

	def test_one_whose_charge_is_told_late_is_held_and_goes_on_by_itself(self):
		paid, refund = self.refund_told_first()
		self.work()
		(row,) = self.events(status="On Hold", outcome="not_paid")
		self.by_webhook(paid)
		self.assertEqual(self.linked("refund", refund["id"]).grand_total, -10)
		self.assert_all_done()

	def test_a_refund_of_a_payment_that_is_not_booked_takes_no_other_money_away(self):
		"""The buyer paid twice: the second payment is held, and given back."""
		self.connect("Payments", "Refunds")
		order = self.order()
		first, second = (
			self.fake.charge(9300, 300, metadata={"sales_order": order.name}, created=NOW + at)
			for at in (1, 0)
		)
		self.pull("Payments")
		self.entry_of(first)
		refund = self.fake.refund(second["id"], 9300)
		self.pull("Refunds")
		self.work()
		(held,) = self.events(status="On Hold", outcome="not_paid")
		self.assertIn(f"pays back payment {second['id']}, which is not booked", held.error)
		self.assertIn("If it was booked as a payment on account", held.error)
		order.reload()
		self.assertEqual((order.docstatus, order.advance_paid), (1, 93))
		self.assertEqual(self.links(external_id=refund["id"]), [])

	def test_a_refund_of_a_payment_that_a_person_has_booked(self):
		"""By its number, which the Payment Entry has."""
		self.connect("Refunds")
		order = self.order()
		charge = self.fake.charge(9300, 300, metadata={"sales_order": order.name})
		entry = get_payment_entry("Sales Order", order.name)
		entry.update({"reference_no": charge["id"], "reference_date": frappe.utils.today()})
		entry.insert().submit()
		refund = self.fake.refund(charge["id"], 1000)
		self.pull("Refunds")
		self.assertEqual(self.linked("refund", refund["id"]).paid_amount, 10)

	@proves("Answer lost after the work was done", "Refunds out")
	def test_a_refund_from_erpnext_goes_out_once(self):
		self.connect("Payments", "Refunds", "Refunds from ERPNext")
		self.register()
		order = self.order()
		invoice = make_invoice(order)
		charge = self.fake.charge(9300, 300, metadata={"sales_order": order.name})
		self.by_webhook()
		self.fake.troubles.append(Trouble("POST", "/v1/refunds", lose_answer=True))
		entry = self.pay_back(invoice, 10, charge["id"])
		for _ in range(2):
			self.send()
			self.later()
		((_, refund),) = self.fake.records["refunds"].items()
		self.assertEqual((refund["amount"], refund["charge"]), (1000, charge["id"]))
		self.assertEqual(self.linked("refund", refund["id"]).name, entry.name)
		before = frappe.db.count("Payment Entry")
		self.by_webhook()
		self.assertEqual(frappe.db.count("Payment Entry"), before)

	def test_a_payment_that_is_no_refund_of_stripe_stays_here(self):
		self.connect("Payments", "Refunds from ERPNext")
		invoice = make_invoice(self.order())
		self.pay_back(invoice, 10, "CHEQUE 4711")
		self.send()
		self.assertEqual(self.fake.calls, [])

	@proves("Disputes")
	def test_a_dispute_takes_and_a_won_one_gives_back(self):
		self.connect("Disputes", "Disputes won")
		self.register()
		charge = self.fake.charge(9300, 300)
		dispute = self.fake.dispute(charge["id"], 1500)
		self.by_webhook()
		taken = self.linked("dispute", dispute["balance_transactions"][0]["id"])
		self.assertEqual((taken.docstatus, taken.company), (1, self.company))
		self.assertEqual(self.booked(taken.name), {"Card Clearing": -108, "Card Disputes": 108})
		won = self.fake.win(dispute["id"], 1500)
		self.by_webhook()
		back = self.linked("won dispute", won["balance_transactions"][1]["id"])
		self.assertEqual(self.booked(back.name), {"Card Clearing": 108, "Card Disputes": -108})
		self.pull("Disputes")
		self.assertEqual(len(self.links(document_type="Journal Entry")), 2)

	@proves("Payouts booked")
	def test_a_payout_moves_to_the_bank(self):
		self.connect("Payouts")
		self.register()
		payout = self.fake.pay_out(8000)
		self.by_webhook()
		self.pull("Payouts")
		entry = self.linked("payout", payout["id"])
		self.assertEqual((entry.docstatus, entry.cheque_no), (1, payout["id"]))
		self.assertEqual(self.booked(entry.name), {"House Bank": 80, "Card Clearing": -80})

	def test_a_payout_that_fails_after_it_was_paid_is_booked_back(self):
		self.connect("Payouts", "Payouts that failed")
		self.register()
		payout = self.fake.pay_out(8000)
		self.by_webhook()
		self.fake.fail(payout["id"])
		self.assertEqual(self.by_webhook(), [200])
		for _ in range(2):
			back = self.linked("failed payout", payout["failure_balance_transaction"])
			self.assertEqual(self.booked(back.name), {"House Bank": -80, "Card Clearing": 80})
			self.assertEqual(back.reversal_of, self.linked("payout", payout["id"]).name)
			self.pull("Payouts")
			self.pull("Payouts that failed")
		self.assertEqual(len(self.links(document_type="Journal Entry")), 2)
		self.assert_all_done()

	def test_a_payout_whose_entry_was_amended_fails_and_is_booked_back(self):
		self.connect("Payouts", "Payouts that failed")
		self.register()
		payout = self.fake.pay_out(8000)
		self.by_webhook()
		entry = self.linked("payout", payout["id"])
		entry.cancel()
		new = frappe.copy_doc(entry)
		new.update({"amended_from": entry.name, "user_remark": "By the bookkeeper", "cheque_no": "Another"})
		new.insert().submit()
		self.commit()
		self.assertEqual(self.compared("Payouts"), (0, 0, 0, 0))
		self.fake.fail(payout["id"])
		self.assertEqual(self.by_webhook(), [200])
		self.pull("Payouts")
		self.assert_all_done()
		back = self.linked("failed payout", payout["failure_balance_transaction"])
		self.assertEqual((back.reversal_of, self.linked("payout", payout["id"]).name), (new.name, new.name))
		self.assertEqual(frappe.db.get_value("Journal Entry", new.name, "cheque_no"), "Another")

	def test_a_payout_that_failed_before_anybody_asked_moves_there_and_back(self):
		self.connect("Payouts", "Payouts that failed")
		payout = self.fake.pay_out(8000)
		self.fake.fail(payout["id"])
		self.fake.pay_out(500, status="failed")
		self.pull("Payouts")
		self.pull("Payouts that failed")
		moved = [
			self.booked(self.linked("payout", payout["id"]).name),
			self.booked(self.linked("failed payout", payout["failure_balance_transaction"]).name),
		]
		self.assertEqual(
			moved, [{"House Bank": 80, "Card Clearing": -80}, {"House Bank": -80, "Card Clearing": 80}]
		)
		self.assertEqual(len(self.links(document_type="Journal Entry")), 2)

	def test_pages_without_a_payout_that_was_paid_are_walked_over(self):
		self.connect("Payouts")
		self.in_small_pages("Payouts")
		paid = [self.fake.pay_out(amount)["id"] for amount in (1000, 2000, -3000)]
		for _ in range(4):
			self.fake.pay_out(500, status="pending")
		self.pull("Payouts")
		self.assertEqual({link.external_id for link in self.links(remote_entity="payout")}, set(paid))
		self.assertEqual(
			self.booked(self.linked("payout", paid[2]).name), {"House Bank": -30, "Card Clearing": 30}
		)

	@proves("Compared equal")
	def test_payouts_are_compared_equal_until_one_is_missing(self):
		self.connect("Payouts")
		for amount in (8000, 5050):
			self.fake.pay_out(amount)
		self.pull("Payouts")
		self.assertEqual(self.compared("Payouts"), (0, 0, 0, 0))
		self.fake.pay_out(6000)
		self.assertEqual(self.compared("Payouts"), (1, 0, 0, 0))

	def test_a_payout_of_nothing_is_left_out(self):
		self.connect("Payouts", "Payouts that failed")
		self.register()
		payout = self.fake.pay_out(0)
		self.by_webhook()
		self.pull("Payouts")
		self.assertEqual(self.compared("Payouts"), (0, 0, 0, 0))
		self.fake.fail(payout["id"])
		self.by_webhook()
		self.pull("Payouts that failed")
		self.assertEqual(self.links(document_type="Journal Entry"), [])
		self.assertTrue({row.status for row in self.events()} <= {"Skipped", "Processed"}, self.history())

	def test_a_payout_in_another_currency_is_held(self):
		self.connect("Payouts")
		self.fake.pay_out(8000, currency="eur")
		self.pull("Payouts")
		self.assertEqual(self.links(remote_entity="payout"), [])
		self.assertEqual([row.status for row in self.events()], ["On Hold"])
