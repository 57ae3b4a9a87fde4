"""Paytm connected: its payments booked, by webhook and by its lists."""

from __future__ import annotations

import datetime as dt

import frappe

from erp_connect.operate import connection_test
from erp_connect.tests.bench.http_case import other_company
from erp_connect.tests.bench.systems.paytm_case import ORDERS, PaytmCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.paytm import Paytm, form
from erp_connect.tests.fakes.paytm_lists import IST, wall
from erp_connect.tests.fakes.troubles import Trouble


class TestAccount(PaytmCase):
	@proves("Installed by entries alone")
	def test_all_flows_can_be_switched_on_by_what_was_entered(self):
		self.connect_all()
		doc = frappe.get_doc("Integration Settings", self.account)
		self.assertEqual((doc.auth_type, doc.request_scheme), ("Named Scheme", "by_path"))

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


class TestPayments(PaytmCase):
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

	@proves("Several pages", "Changes only")
	def test_what_no_webhook_told_is_pulled_over_pages_and_then_what_is_new(self):
		self.connect("Payments")
		self.in_small_pages("Payments")
		now = dt.datetime.now(IST).replace(microsecond=0)
		days = [now - dt.timedelta(days=ago) for ago in (5, 4, 3, 2, 1)]
		payments = [self.fake.pay(self.rupees().name, "100.00", at=day) for day in days]
		self.fake.pay("FAILED-1", "100.00", "TXN_FAILURE", at=days[0])
		self.pull("Payments")
		for payment in payments:
			self.entry_of(payment)
		self.assert_all_done()
		self.assertEqual(
			[str(body["pageNumber"]) for body in self.lists(ORDERS)], ["1", "2", "3", "1", "2"]
		)  # those before the last are looked at again
		self.pull("Payments")
		asked = self.lists(ORDERS)[-1]
		self.assertEqual(asked["fromDate"], wall(days[-1] - dt.timedelta(seconds=1), "T") + "+05:30")
		self.assertEqual(len(self.links(remote_entity="payment")), 5)

	@proves("Years loaded in windows")
	def test_payments_of_a_year_are_loaded_in_windows_while_changes_come(self):
		self.connect("Payments")
		now = dt.datetime.now(IST).replace(microsecond=0)
		days = [now - dt.timedelta(days=ago) for ago in (400, 200, 199, 70, 3)]
		payments = [self.fake.pay(self.rupees().name, "100.00", at=day) for day in days]
		load = self.load("Payments", wall(days[1]))
		self.assertEqual((load.status, load.queued), ("Completed", 4), self.history())
		for payment in payments[1:]:
			self.entry_of(payment)
		self.assertEqual(self.links(external_id=payments[0]["txnId"]), [])
		asked = self.lists(ORDERS)
		self.assertGreaterEqual(len(asked), 7)
		late = self.fake.pay(self.rupees().name, "100.00")
		self.pull("Payments")
		self.entry_of(late)

	def test_more_than_is_listed_at_once_comes_in_windows_also_after_a_pause(self):
		now = dt.datetime.now(IST)
		first = {"first_day": f"{now - dt.timedelta(days=100):%Y-%m-%d}"}
		self.connect("Payments", entries=first)
		paid = [
			self.fake.pay(self.rupees().name, "100.00", at=now - dt.timedelta(days=ago)) for ago in (95, 3)
		]
		self.assertEqual(self.pull("Payments").error or "", "")
		for one in paid:
			self.entry_of(one)
		self.assertEqual(self.compared("Payments"), (0, 0, 0, 0), self.history())
		before = len(self.lists(ORDERS))
		self.assertEqual(self.pull("Payments", since=wall(now - dt.timedelta(days=45))).error or "", "")
		self.assertGreaterEqual(len(self.lists(ORDERS)) - before, 2)
		self.assertEqual(len(self.links(remote_entity="payment")), 2)

	def test_a_list_that_is_refused_is_told_and_nothing_is_lost(self):
		self.connect("Payments")
		now = dt.datetime.now(IST)
		paid = self.fake.pay(self.rupees().name, "100.00", at=now - dt.timedelta(days=40))
		cursor = self.pull("Payments", since=wall(now - dt.timedelta(days=600)))
		self.assertIn("Date range is older than 18 months.", cursor.error or "")
		self.assertEqual(self.links(external_id=paid["txnId"]), [])
