"""Paytm connected: its payments booked, and refunds from ERPNext."""

from __future__ import annotations

from typing import Any

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from erpnext.controllers.sales_and_purchase_return import make_return_doc

from erp_connect.operate import connection_test
from erp_connect.tests.bench import commerce_case
from erp_connect.tests.bench.commerce_case import make_invoice
from erp_connect.tests.bench.http_case import other_company
from erp_connect.tests.bench.systems.paytm_case import PaytmCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.paytm import Paytm, form
from erp_connect.tests.fakes.troubles import Trouble

RATE = 0.0125


class RupeeCase(PaytmCase):
	def rupees(self, amount: float = 100) -> Any:
		"""A submitted Sales Order in rupees."""
		return self.order(amount, currency="INR", conversion_rate=RATE, plc_conversion_rate=RATE)


class TestAccount(RupeeCase):
	@proves("Installed by entries alone")
	def test_all_flows_can_be_switched_on_by_what_was_entered(self):
		self.connect_all()
		doc = frappe.get_doc("Integration Settings", self.account)
		self.assertEqual((doc.auth_type, doc.request_scheme), ("Named Scheme", "aes_checksum"))

	def test_the_connection_test_is_signed_and_understood(self):
		self.connect("Payments")
		told = connection_test.run(frappe.get_doc("Integration Settings", self.account))
		self.assertTrue(told["ok"], told)
		self.assertEqual(
			self.fake.calls, [("/v3/order/status", {"mid": self.fake.mid, "orderId": "erp-connect-test"})]
		)

	@proves("Wrong credentials told")
	def test_a_wrong_key_that_is_told_with_status_200_pauses_the_account(self):
		self.connect("Payments")
		self.fake.pay(self.rupees().name, "100.00")
		event, key = self.fake.told[-1], self.fake.key
		self.fake.key = "another key of 16"[:16]
		self.by_webhook(event, payload=form(event, key))
		self.assert_paused("credentials")

	@proves("Two accounts never mixed")
	def test_two_accounts_of_two_companies_with_the_same_ids(self):
		other = Paytm()
		self.addCleanup(other.stop)
		order = self.rupees()
		self.connect("Payments", name="Two", fake=other, company=other_company())
		self.connect("Payments", name="One")
		paid = self.fake.pay(order.name, "100.00")
		self.assertEqual(other.pay(order.name, "100.00")["txnId"], paid["txnId"])
		other.send(other.told[-1])
		self.work("Two")
		self.assertEqual(self.links(remote_entity="payment"), [])
		self.by_webhook()
		self.assertEqual(self.entry_of(paid).company, self.company)


class TestPayments(RupeeCase):
	@proves("Payment in", "Webhook twice, one effect", "Several currencies")
	def test_the_status_of_the_order_is_asked_for_and_booked_once(self):
		self.connect("Payments")
		order = self.rupees()
		paid = self.fake.pay(order.name, "100.00")
		for _ in range(2):
			self.assertEqual(self.by_webhook(), [200])
		entry = self.entry_of(paid)
		self.assertEqual([row.reference_name for row in entry.references], [order.name])
		self.assertEqual((entry.docstatus, entry.reference_no), (1, f"{paid['txnId']} {order.name}"))
		self.assertEqual(self.booked(entry.name)["Card Clearing"], 1.25)
		self.assertEqual(self.payments_of(order), 1)

	@proves("Webhook with a changed byte refused")
	def test_nothing_is_taken_from_a_form_that_is_not_signed(self):
		self.connect("Payments")
		self.fake.pay(self.rupees().name, "100.00")
		event = self.fake.told[-1]
		changed = form(event, self.fake.key).replace(b"TXNAMOUNT=100.00", b"TXNAMOUNT=100.01")
		self.assertEqual(self.by_webhook(event, payload=changed), [401])
		self.assertEqual((self.events(), self.fake.calls), ([], []))

	def test_an_amount_that_the_webhook_says_is_not_believed_where_the_order_says_otherwise(self):
		self.connect("Payments")
		paid = self.fake.pay(self.rupees().name, "40.00")
		event = {**self.fake.told[-1], "TXNAMOUNT": "100.00"}
		self.by_webhook(event)
		self.assertEqual(self.booked(self.entry_of(paid).name)["Card Clearing"], 0.5)

	def test_one_that_is_pending_is_booked_when_it_succeeds_and_a_failed_one_never(self):
		self.connect("Payments")
		order = self.rupees()
		paid = self.fake.pay(order.name, "100.00", "PENDING")
		self.by_webhook()
		self.fake.pay("FAILED-1", "100.00", "TXN_FAILURE")
		self.by_webhook()
		self.assertEqual(self.links(remote_entity="payment"), [])
		self.assert_all_done()
		self.fake.settle(order.name, "TXN_SUCCESS")
		self.by_webhook()
		self.entry_of(paid)

	@proves("Throttled", "Error 500 survived")
	def test_a_throttle_an_error_and_a_system_error_of_status_200_lose_nothing(self):
		self.connect("Payments")
		paid = self.fake.pay(self.rupees().name, "100.00")
		self.fake.troubles += [Trouble("POST", "/v3", status) for status in (200, 500, 429)]
		self.by_webhook()
		for _ in range(3):
			self.later()
			self.work()
		self.entry_of(paid)

	def pay_back_rupees(self, invoice: Any, amount: float, reference: str) -> Any:
		commerce_case.exchange_rate("INR", RATE)
		bank = commerce_case.account("Rupee Clearing", "Bank", "Bank Accounts", "INR")
		note = make_return_doc("Sales Invoice", invoice.name)
		note.items[0].rate = amount
		note.insert().submit()
		entry = get_payment_entry("Sales Invoice", note.name, bank_account=bank)
		entry.update({"reference_no": reference, "reference_date": frappe.utils.today()})
		entry.insert().submit()
		self.commit()
		return entry

	@proves("Answer lost after the work was done")
	def test_a_refund_from_erpnext_goes_out_once(self):
		self.connect("Payments", "Refunds from ERPNext")
		order = self.rupees()
		invoice = make_invoice(order)
		paid = self.fake.pay(order.name, "100.00")
		self.by_webhook()
		self.fake.troubles.append(Trouble("POST", "/refund/apply", lose_answer=True))
		entry = self.pay_back_rupees(invoice, 80, self.entry_of(paid).reference_no)
		for _ in range(2):
			self.send()
			self.later()
		((ref_id, refund),) = self.fake.refunds.items()
		self.assertEqual((ref_id, refund["txnId"]), (entry.name, paid["txnId"]))
		self.assertEqual(refund["refundAmount"], "80")
		self.assertEqual(self.linked("refund", entry.name).name, entry.name)
		self.assert_all_done()
