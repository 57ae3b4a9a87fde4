"""Refunds at Paytm: given there, by webhook and by its list, and from ERPNext."""

from __future__ import annotations

import datetime as dt
from typing import Any

import frappe
import requests
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from erpnext.controllers.sales_and_purchase_return import make_return_doc

from erp_connect.tests.bench import commerce_case
from erp_connect.tests.bench.commerce_case import make_invoice
from erp_connect.tests.bench.systems.paytm_case import RATE, REFUNDS, PaytmCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.paytm import document, form
from erp_connect.tests.fakes.paytm_lists import IST, wall
from erp_connect.tests.fakes.troubles import Trouble


class TestRefunds(PaytmCase):
	def paid_rupees(self, *flows: str) -> tuple[Any, dict[str, Any]]:
		"""An invoice in rupees, and the payment that paid it."""
		self.connect("Payments", *flows)
		commerce_case.exchange_rate("INR", RATE)
		commerce_case.one_account_for_all("1")
		self.addCleanup(commerce_case.one_account_for_all, "0")
		order = self.rupees()
		invoice = make_invoice(order)
		payment = self.fake.pay(order.name, "100.00")
		self.by_webhook()
		return invoice, payment

	def pay_back_rupees(self, invoice: Any, amount: float, reference: str) -> Any:
		bank = commerce_case.account("Rupee Clearing", "Bank", "Bank Accounts", "INR")
		note = make_return_doc("Sales Invoice", invoice.name)
		note.items[0].rate = amount
		note.insert().submit()
		entry = get_payment_entry("Sales Invoice", note.name, bank_account=bank)
		entry.update({"reference_no": reference, "reference_date": frappe.utils.today()})
		entry.insert().submit()
		self.commit()
		return entry

	@proves("Refund of an amount", "Refunds compared")
	def test_refunds_in_parts_of_which_one_comes_by_webhook_and_one_by_pull(self):
		_, payment = self.paid_rupees("Refunds")
		first = self.fake.give_back(payment["orderId"], "8.00")
		self.assertEqual(self.by_webhook(), [200])
		note = self.linked("refund", first["refId"])
		self.assertEqual((note.is_return, note.grand_total, note.currency), (1, -8, "INR"), self.history())
		self.fake.credit(first["refId"])
		for _ in range(2):
			self.assertEqual(self.by_webhook(), [200])
		second = self.fake.give_back(payment["orderId"], "24.00")
		for _ in range(2):
			self.pull("Refunds")
			self.assertEqual(self.linked("refund", second["refId"]).grand_total, -24)
		self.assertEqual(len(self.links(remote_entity="refund")), 2)
		self.assert_all_done()
		doc = frappe.get_doc("Field Mapping", self.flow("Refunds"))
		doc.update({"window_compare": 1, "window_since": wall(dt.datetime.now(IST) - dt.timedelta(days=3))})
		doc.save()
		self.commit()
		self.assertEqual(self.compared("Refunds"), (0, 0, 0, 0), self.history())
		self.fake.refunds[first["refId"]]["refundAmount"] = "9.00"
		self.assertEqual(self.compared("Refunds"), (0, 0, 1, 0), self.history())

	def test_refunds_are_pulled_over_pages_and_loaded_in_windows(self):
		_, payment = self.paid_rupees("Refunds")
		now = dt.datetime.now(IST)
		days = [now - dt.timedelta(days=ago) for ago in (100, 3, 2, 1)]
		given = [self.fake.give_back(payment["orderId"], "8.00", at=day) for day in days]
		self.in_small_pages("Refunds")
		self.pull("Refunds")
		self.assertEqual(
			[str(body["pageNum"]) for body in self.lists(REFUNDS)], ["1", "2", "1"]
		)  # those before the last are looked at again
		self.assertEqual(self.links(external_id=given[0]["refId"]), [])
		self.load("Refunds", wall(days[0]))
		for one in given:
			self.assertEqual(self.linked("refund", one["refId"]).grand_total, -8)

	def test_each_kind_of_webhook_is_proved_in_its_own_way(self):
		_, payment = self.paid_rupees("Refunds")
		before = len(self.events())
		self.fake.give_back(payment["orderId"], "8.00")
		told, key = self.fake.told[-1], self.fake.key
		text = document(told, key)
		for payload in (text.replace(b'"8.00"', b'"96.00"'), document(told, "another key of 1")):
			self.assertEqual(self.by_webhook(told, payload=payload), [401])
		as_form = form({name: str(value) for name, value in told.items()}, key)
		media = {"Content-Type": "application/x-www-form-urlencoded"}
		answer = requests.post(self.fake.address, data=as_form, headers=media, timeout=30)
		self.assertEqual(answer.status_code, 401)
		self.assertEqual(len(self.events()), before)
		self.assertEqual(self.by_webhook(told, payload=text), [200])

	def test_one_that_is_rejected_books_nothing_and_its_amount_is_asked_for(self):
		_, payment = self.paid_rupees("Refunds")
		refund = self.fake.give_back(payment["orderId"], "8.00")
		told = {**self.fake.told[-1], "refundAmount": "96.00"}
		self.by_webhook(told)
		self.assertEqual(self.linked("refund", refund["refId"]).grand_total, -8)
		other = self.fake.give_back(payment["orderId"], "16.00")
		self.fake.reject(other["refId"])
		self.by_webhook()
		self.assertEqual(self.links(external_id=other["refId"]), [])
		self.assert_all_done()

	@proves("Answer lost after the work was done", "Refunds out")
	def test_a_refund_from_erpnext_goes_out_once_and_does_not_come_back(self):
		invoice, payment = self.paid_rupees("Refunds", "Refunds from ERPNext")
		self.fake.troubles.append(Trouble("POST", "/refund/apply", lose_answer=True))
		entry = self.pay_back_rupees(invoice, 80, self.entry_of(payment).reference_no)
		self.send_twice()
		((ref_id, refund),) = self.fake.refunds.items()
		self.assertEqual((ref_id, refund["txnId"]), (f"ERPNEXT-{entry.name}", payment["txnId"]))
		self.assertEqual(refund["refundAmount"], "80")
		self.assertEqual(self.linked("refund", ref_id).name, entry.name)
		before = frappe.db.count("Payment Entry")
		self.fake.accept(ref_id)
		self.by_webhook()
		self.pull("Refunds")
		self.assertEqual(frappe.db.count("Payment Entry"), before)
		self.assert_all_done()

	def test_a_refund_from_erpnext_that_is_rejected_later_is_held(self):
		invoice, payment = self.paid_rupees("Refunds", "Refunds from ERPNext")
		entry = self.pay_back_rupees(invoice, 80, self.entry_of(payment).reference_no)
		self.send_twice()
		self.fake.reject(f"ERPNEXT-{entry.name}")
		self.by_webhook()
		(event,) = self.events(status="On Hold")
		self.assertIn(entry.name, event.error)
