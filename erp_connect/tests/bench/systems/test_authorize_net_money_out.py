"""Refunds and settlements of Authorize.net."""

from __future__ import annotations

import datetime as dt
import time

import frappe

from erp_connect.tests.bench.commerce_case import make_invoice
from erp_connect.tests.bench.systems.authorize_net_case import AuthorizeNetCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.authorize_net import API
from erp_connect.tests.fakes.troubles import Trouble

NOW = time.time() - 3600
DAY = 86_400


class TestMoneyOut(AuthorizeNetCase):
	def setUp(self) -> None:
		super().setUp()
		self.fake.now = NOW

	@proves("Refund of an amount")
	def test_refunds_are_of_the_order_of_their_payment_and_one_that_is_voided_is_held(self):
		_, paid = self.paid("Refunds")
		first = self.fake.refund(paid["transId"], 10)
		second = self.fake.refund(paid["transId"], 25)
		self.by_webhook(*self.fake.told[-2:])
		self.assertEqual(self.linked("refund", first["transId"]).grand_total, -10)
		self.assertEqual(self.linked("refund", second["transId"]).grand_total, -25)
		self.fake.void(second["transId"])
		self.by_webhook()
		(held,) = self.events(status="On Hold")
		self.assertEqual(held.outcome, "refund_failed")

	@proves("Refunds compared")
	def test_refunds_come_by_batches_too_and_once_and_are_compared(self):
		_, paid = self.paid("Refunds")
		refund = self.fake.refund(paid["transId"], 10)
		self.fake.settle()
		self.pull("Refunds")
		self.by_webhook()
		self.assertEqual(self.linked("refund", refund["transId"]).grand_total, -10)
		self.assertEqual(len(self.links(remote_entity="refund")), 1)
		doc = frappe.get_doc("Field Mapping", self.flow("Refunds"))
		doc.update({"window_compare": 1, "window_since": f"{dt.datetime.now():%Y-%m}-01T00:00:00Z"})
		doc.save()
		self.commit()
		self.assertEqual(self.compared("Refunds"), (0, 0, 0, 0), self.history())
		self.fake.transactions[refund["transId"]]["settleAmount"] = 12
		self.assertEqual(self.compared("Refunds"), (0, 0, 1, 0), self.history())

	@proves("Answer lost after the work was done", "Refunds out")
	def test_a_refund_from_erpnext_goes_out_once(self):
		invoice, paid = self.paid("Refunds", "Refunds from ERPNext")
		self.fake.settle()
		self.fake.troubles.append(Trouble("POST", API, lose_answer=True))
		entry = self.pay_back(invoice, 10, self.entry_of(paid).reference_no)
		self.send_twice()
		(refund,) = [one for one in self.fake.transactions.values() if one.get("refTransId")]
		self.assertEqual((refund["settleAmount"], refund["refTransId"]), (10, paid["transId"]))
		self.assertEqual(refund["order"]["invoiceNumber"], entry.name)
		self.assertEqual(self.linked("refund", refund["transId"]).name, entry.name)
		before = frappe.db.count("Payment Entry")
		self.by_webhook()
		self.fake.settle()
		self.pull("Refunds")
		self.assertEqual(frappe.db.count("Payment Entry"), before)
		self.assert_all_done()

	def test_a_refund_of_what_is_not_settled_says_what_to_do(self):
		invoice, paid = self.paid("Refunds from ERPNext")
		self.pay_back(invoice, 10, self.entry_of(paid).reference_no)
		self.send()
		(failed,) = self.events(status="Failed")
		self.assertIn("void the payment", failed.error)

	def test_a_payment_that_is_no_refund_of_the_gateway_stays_here(self):
		self.assert_stays_here("CHEQUE 4711")

	@proves("Payouts booked")
	def test_a_settled_batch_moves_to_the_bank(self):
		self.connect("Settlements")
		paid = self.fake.pay(93, "1")
		self.fake.settle()
		self.fake.refund(paid["transId"], 100)
		batches = [*self.fake.batches, self.fake.settle()["batchId"]]
		for _ in range(2):
			self.pull("Settlements")
		first, second = (self.linked("settlement", id_) for id_ in batches)
		self.assertEqual(self.booked(first.name), {"House Bank": 93, "Card Clearing": -93})
		self.assertEqual(self.booked(second.name), {"House Bank": -100, "Card Clearing": 100})
		self.assertEqual((first.docstatus, first.cheque_no), (1, batches[0]))

	def test_a_batch_in_another_currency_is_held(self):
		self.connect("Settlements", entries={"currency": "EUR"})
		self.fake.pay(93, "1")
		self.fake.settle()
		self.pull("Settlements")
		(held,) = self.events(status="On Hold")
		self.assertEqual((held.outcome, self.links(remote_entity="settlement")), ("currency", []))

	@proves("Compared equal")
	def test_settlements_of_more_than_a_month_are_compared_equal_until_one_is_missing(self):
		self.connect("Settlements")
		settled = [self.settled(amount, ago) for amount, ago in ((80, 70), (50.5, 40), (60, 0))]
		since = dt.datetime.fromtimestamp(NOW - 80 * DAY, dt.timezone.utc)
		self.assertEqual(self.load("Settlements", f"{since:%Y-%m-%dT%H:%M:%SZ}").status, "Completed")
		self.assertEqual(len(self.links(remote_entity="settlement")), 3)
		# Two windows before the oldest one here, and not those from 2015 on.
		oldest = f"{since - dt.timedelta(days=40):%Y-%m-%dT%H:%M:%SZ}"
		frappe.db.set_value("Field Mapping", self.flow("Settlements"), "window_since", oldest)
		frappe.clear_cache(doctype="Field Mapping")
		self.fake.calls.clear()
		self.assertEqual(self.compared("Settlements"), (0, 0, 0, 0))
		self.assertEqual(len(self.fake.calls), 5)
		self.settled(20, 35)
		self.assertEqual(self.compared("Settlements"), (1, 0, 0, 0))
		del self.fake.batches[settled[0]]
		self.assertEqual(sum(self.compared("Settlements")), 2)

	def settled(self, amount: float, ago: int) -> str:
		"""The batch of one payment, settled so many days ago."""
		self.fake.now = NOW - ago * DAY
		self.fake.pay(amount, "1")
		return self.fake.settle()["batchId"]

	def test_the_roles_that_the_flows_name_suffice(self):
		flows = ("Payments", "Refunds", "Settlements")
		self.act_by_roles_of(*flows)
		order = self.order()
		make_invoice(order)
		paid = self.pay(order)
		self.fake.refund(paid["transId"], 10)
		self.fake.settle()
		self.assertEqual(
			self.made_by(*flows),
			{"payment": "Payment Entry", "refund": "Sales Invoice", "settlement": "Journal Entry"},
		)
