"""Refunds, reversals and withdrawals of PayPal, and refunds that ERPNext gives by it."""

from __future__ import annotations

import time

import frappe
from frappe.utils import flt

from erp_connect.tests.bench.systems.paypal_case import PayPalCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.troubles import Trouble

NOW = int(time.time()) - 3600


class TestMoneyOut(PayPalCase):
	def setUp(self) -> None:
		super().setUp()
		self.fake.now = NOW

	@proves("Refund of an amount", "Refunds compared")
	def test_refunds_in_parts_of_which_one_comes_by_webhook_and_one_by_pull(self):
		_, capture = self.paid("Refunds")
		first = self.fake.refund(capture["id"], "10.00")
		self.by_webhook()
		note = self.linked("refund", first["id"])
		self.assertEqual((note.is_return, note.grand_total), (1, -10))
		second = self.fake.refund(capture["id"], "25.00", note_to_payer="Broken")
		for _ in range(2):
			self.pull("Refunds")
			self.assertEqual(self.linked("refund", second["id"]).grand_total, -25)
		self.assertEqual(len(self.links(remote_entity="refund")), 2)
		self.assert_all_done()
		self.assertEqual(self.compared("Refunds"), (0, 0, 0, 0), self.history())
		self.fake.refunds[first["id"]]["amount"]["value"] = "12.00"
		self.assertEqual(self.compared("Refunds"), (0, 0, 1, 0), self.history())

	def test_a_fee_that_is_given_back_with_a_refund_is_booked(self):
		_, capture = self.paid("Refunds")
		breakdown = {"paypal_fee": {"currency_code": "USD", "value": "0.50"}}
		refund = self.fake.refund(capture["id"], "10.00", seller_payable_breakdown=breakdown)
		self.by_webhook()
		note = self.linked("refund", refund["id"])
		(entry,) = frappe.get_all(
			"Payment Entry Reference", {"reference_name": note.name, "docstatus": 1}, pluck="parent"
		)
		booked = self.booked(entry)
		self.assertEqual((booked["Card Clearing"], booked["Card Fees"]), (-9.5, -0.5))

	@proves("Answer lost after the work was done", "Refunds out")
	def test_a_refund_from_erpnext_goes_out_once(self):
		invoice, capture = self.paid("Refunds", "Refunds from ERPNext")
		path = f"/v2/payments/captures/{capture['id']}/refund"
		self.fake.troubles.append(Trouble("POST", path, lose_answer=True))
		entry = self.pay_back(invoice, 10.5, capture["id"])
		self.send_twice()
		((_, refund),) = self.fake.refunds.items()
		self.assertEqual(refund["amount"], {"currency_code": "USD", "value": "10.5"})
		self.assertEqual(self.linked("refund", refund["id"]).name, entry.name)
		sent = [body for method, asked, _, body in self.fake.calls if (method, asked) == ("POST", path)]
		self.assertEqual((len(sent), sent[0]), (2, sent[1]))
		before = frappe.db.count("Payment Entry")
		self.by_webhook()
		self.pull("Refunds")
		self.assertEqual(frappe.db.count("Payment Entry"), before)

	def test_a_refund_that_paypal_has_given_already_says_what_to_do(self):
		invoice, capture = self.paid("Refunds from ERPNext")
		self.fake.refund(capture["id"], "93.00")
		self.assert_given_already(invoice, capture["id"])

	def test_the_movements_of_the_balance_are_compared_with_the_clearing_account(self):
		flow, before = "Entries of the balance", self.balance()
		_, capture = self.paid("Refunds", "Withdrawals", flow)
		self.fake.refund(capture["id"], "10.00")
		self.by_webhook()
		self.fake.move("T0400", "-70.00")
		self.pull("Withdrawals")
		self.assertEqual(self.compared(flow), (0, 0, 0, 0), self.history())
		listed = [one["transaction_amount"]["value"] for one in self.fake.transactions.values()]
		fees = [
			one["fee_amount"]["value"] for one in self.fake.transactions.values() if one.get("fee_amount")
		]
		moved = sum(float(value) for value in (*listed, *fees))
		self.assertEqual((round(moved, 2), flt(self.balance() - before, 2)), (10, 10))
		lost = self.fake.move("T1201", "-20.00")["transaction_id"]
		self.assertEqual(self.compared(flow), (1, 0, 0, 0), self.history())
		(found,) = frappe.get_all("Sync Difference", ["external_id", "fields_json"])
		self.assertEqual((found.external_id, frappe.parse_json(found.fields_json)[0]["there"]), (lost, -20))

	def balance(self) -> float:
		"""What stands in the clearing account."""
		account = frappe.db.get_value("Account", {"account_name": "Card Clearing", "company": self.company})
		rows = frappe.get_all("GL Entry", {"account": account, "is_cancelled": 0}, ["debit", "credit"])
		return sum(row.debit - row.credit for row in rows)

	def test_a_payment_that_is_no_refund_of_paypal_stays_here(self):
		self.assert_stays_here("CHEQUE 4711", "ACC-PAY-2026-0001", "pay_QfAlderBirch1")

	@proves("Disputes")
	def test_a_chargeback_takes_with_its_fee_and_its_reversal_gives_back(self):
		self.connect("Reversals and chargebacks")
		reference = {"paypal_reference_id": "0001ALDERBIRCH001"}
		taken = self.fake.move("T1201", "-93.00", **reference)
		fee = self.fake.move("T0106", "-20.00", **reference)
		back = self.fake.move("T1202", "93.00", "-3.00", **reference)
		self.fake.move("T1201", "-50.00", transaction_status="P")
		for _ in range(2):
			self.pull("Reversals and chargebacks")
		made = [self.linked("reversal", one["transaction_id"]) for one in (taken, fee, back)]
		self.assertEqual([doc.docstatus for doc in made], [1, 1, 1])
		self.assertEqual(
			[self.booked(doc.name)["Card Clearing"] for doc in made], [-93, -20, 96], self.history()
		)
		self.assertEqual(self.booked(made[0].name)["Card Disputes"], 93)
		self.assertEqual(len(self.links(document_type="Journal Entry")), 3)

	@proves("Payouts booked")
	def test_a_withdrawal_moves_to_the_bank(self):
		self.connect("Withdrawals")
		moved = self.fake.move("T0400", "-80.00", bank_reference_id="BANK-1")
		self.fake.move("T0300", "40.00")
		for _ in range(2):
			self.pull("Withdrawals")
		entry = self.linked("withdrawal", moved["transaction_id"])
		self.assertEqual((entry.docstatus, entry.cheque_no), (1, moved["transaction_id"]))
		self.assertIn("BANK-1", entry.user_remark)
		self.assertEqual(self.booked(entry.name), {"House Bank": 80, "Card Clearing": -80})
		self.assertEqual(len(self.links(document_type="Journal Entry")), 1)

	def test_what_paypal_takes_for_a_withdrawal_is_booked(self):
		self.connect("Withdrawals", "Fees of withdrawals")
		moved = self.fake.move("T0400", "-80.00", "1.50")
		self.fake.move("T0400", "-20.00")
		for _ in range(2):
			self.pull("Withdrawals")
			self.pull("Fees of withdrawals")
		fee = self.linked("withdrawal fee", moved["transaction_id"])
		self.assertEqual(self.booked(fee.name), {"Card Fees": 1.5, "Card Clearing": -1.5})
		self.assertEqual(
			self.booked(self.linked("withdrawal", moved["transaction_id"]).name),
			{"House Bank": 80, "Card Clearing": -80},
		)
		self.assertEqual(len(self.links(document_type="Journal Entry")), 3)
		self.assert_all_done()

	def test_a_withdrawal_in_another_currency_is_held(self):
		self.connect("Withdrawals")
		self.fake.move("T0400", "-80.00", transaction_amount={"currency_code": "EUR", "value": "-80.00"})
		self.pull("Withdrawals")
		self.assertEqual([row.status for row in self.events()], ["On Hold"])

	@proves("Compared equal")
	def test_withdrawals_are_compared_equal_until_one_is_missing(self):
		self.assert_compared("Withdrawals", lambda amount: self.fake.move("T0400", f"{-amount:.2f}"))
