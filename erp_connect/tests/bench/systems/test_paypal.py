"""PayPal connected, and its payments booked."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta, timezone

import frappe

from erp_connect.core.values.cursor import minus
from erp_connect.operate import webhooks
from erp_connect.tests.bench.commerce_case import make_invoice
from erp_connect.tests.bench.systems.paypal_case import PayPalCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.paypal import PayPal
from erp_connect.tests.fakes.troubles import Trouble

NOW = int(time.time()) - 3600
DAY = 86_400
REPORT = "/v1/reporting/transactions"


class TestAccount(PayPalCase):
	@proves("Installed by entries alone")
	def test_all_flows_can_be_switched_on_by_what_was_entered(self):
		self.connect_all()
		doc = frappe.get_doc("Integration Settings", self.account)
		self.assertEqual((doc.auth_type, doc.verification), ("OAuth 2 Client Credentials", "paypal_callback"))

	@proves("Webhooks registered and removed")
	def test_one_webhook_for_all_whose_id_is_part_of_the_proof(self):
		self.connect("Payments", "Refunds")
		self.register()
		((id_, webhook),) = self.fake.webhooks.items()
		names = {one["name"] for one in webhook["event_types"]}
		self.assertLessEqual({"PAYMENT.CAPTURE.COMPLETED", "PAYMENT.CAPTURE.REFUNDED"}, names)
		self.assertEqual(frappe.db.get_value("Integration Settings", self.account, "webhook_id"), id_)
		self.register()
		self.assertEqual(list(self.fake.webhooks), [id_])
		self.assertEqual(webhooks.remove(self.account).failed, {})
		self.assertEqual(self.fake.webhooks, {})

	@proves("Wrong credentials told")
	def test_a_wrong_secret_pauses_the_account_and_says_so(self):
		self.connect("Withdrawals")
		self.fake.client = ("AbFakeClientOfTheTests", "another")
		self.pull("Withdrawals")
		self.assert_paused("Client Authentication failed")

	@proves("Token expired")
	def test_a_token_that_expired_is_renewed(self):
		self.fake.now = NOW
		self.connect("Withdrawals")
		first = self.fake.move("T0400", "-80.00")
		self.pull("Withdrawals")
		self.fake.tokens.clear()
		second = self.fake.move("T0400", "-70.00")
		self.pull("Withdrawals")
		for one in (first, second):
			self.linked("withdrawal", one["transaction_id"])
		self.assertEqual(len(self.fake.tokens), 1)

	@proves("Two accounts never mixed")
	def test_two_accounts_of_two_companies_with_the_same_ids(self):
		other = PayPal(NOW)
		self.fake.now = NOW
		moved = self.fake.move("T0400", "-80.00"), other.move("T0400", "-50.00")
		ids = tuple(one["transaction_id"] for one in moved)
		self.assert_booked_apart(other, "Withdrawals", "withdrawal", ids)

	@proves("Two accounts never mixed")
	def test_a_payment_is_booked_for_the_account_of_its_order(self):
		self.fake.now = NOW
		other = PayPal(NOW)
		self.addCleanup(other.stop)
		self.assert_paid_apart(other)

	def test_the_roles_that_the_flows_name_suffice(self):
		flows = ("Payments", "Refunds", "Reversals and chargebacks", "Withdrawals")
		self.fake.now = NOW
		self.act_by_roles_of(*flows)
		order = self.order()
		make_invoice(order)
		capture = self.capture(pays=order)
		self.fake.refund(capture["id"], "10.00")
		self.fake.move("T1201", "-20.00")
		self.fake.move("T0400", "-50.00")
		made = self.made_by(*flows)
		self.assertEqual(made, {"payment": "Payment Entry", "refund": "Sales Invoice",
			"reversal": "Journal Entry", "withdrawal": "Journal Entry"})  # fmt: skip


class TestPayments(PayPalCase):
	def setUp(self) -> None:
		super().setUp()
		self.fake.now = NOW

	@proves("Payment in", "Webhook twice, one effect", "Fees booked")
	def test_a_completed_capture_pays_its_order_less_the_fee(self):
		self.connect("Payments")
		self.register()
		order = self.order()
		capture = self.capture(pays=order)
		for _ in range(2):
			self.assertEqual(self.by_webhook(), [200])
		entry = self.entry_of(capture)
		self.assertEqual([row.reference_name for row in entry.references], [order.name])
		self.assertEqual((entry.docstatus, entry.reference_no), (1, capture["id"]))
		booked = self.booked(entry.name)
		self.assertEqual((booked["Card Clearing"], booked["Card Fees"]), (90, 3))
		self.pull("Payments")
		self.assertEqual(self.payments_of(order), 1)

	@proves("Webhook with a changed byte refused")
	def test_nothing_is_taken_that_paypal_does_not_call_its_own(self):
		self.connect("Payments")
		self.register()
		self.capture(pays=self.order())
		event = self.fake.told[-1]
		changed = json.dumps(event).replace("93.00", "93.01").encode()
		self.assertEqual(self.by_webhook(event, payload=changed), [401])
		self.assertEqual(self.by_webhook(event, key=b"of somebody else"), [401])
		self.assertEqual(self.events(), [])

	def test_before_it_is_registered_no_webhook_is_believed(self):
		self.connect("Payments")
		self.register()
		frappe.db.set_value("Integration Settings", self.account, "webhook_id", None)
		frappe.clear_document_cache("Integration Settings", self.account)
		self.capture(pays=self.order())
		self.commit()
		self.assertEqual(self.by_webhook(), [503])
		self.assertEqual(self.events(), [])

	def test_an_invoice_is_paid_in_parts(self):
		self.connect("Payments")
		invoice = make_invoice(self.order())
		parts = [
			self.capture("50.00", "0.00", pays=invoice),
			self.capture("43.00", "0.00", invoice_id=invoice.name, final_capture=False),
		]
		self.pull("Payments")
		for part in parts:
			self.assertEqual([row.reference_name for row in self.entry_of(part).references], [invoice.name])
		self.assertEqual(frappe.db.get_value("Sales Invoice", invoice.name, "outstanding_amount"), 0)

	def test_an_order_that_another_account_took_in_is_paid(self):
		order = self.order_of_a_shop("7001")
		self.connect("Payments")
		capture = self.capture(custom_id='{"order_id": 7001, "key": "wc_order_x"}')
		self.pull("Payments")
		self.assertEqual([row.reference_name for row in self.entry_of(capture).references], [order.name])

	def test_a_pending_capture_is_booked_when_it_is_completed(self):
		self.connect("Payments")
		self.register()
		capture = self.capture(pays=self.order(), status="PENDING")
		self.by_webhook()
		self.assertEqual(self.links(remote_entity="payment"), [])
		self.fake.complete(capture["id"], "3.00")
		self.by_webhook()
		self.assertEqual(self.booked(self.entry_of(capture).name)["Card Fees"], 3)
		self.assert_all_done()

	def test_a_declined_capture_books_nothing_and_is_told(self):
		self.connect("Payments")
		self.register()
		self.capture(pays=self.order(), status="DECLINED")
		self.by_webhook()
		(event,) = self.events()
		self.assertEqual(event.status, "Processed")
		self.assertIn("the payment is declined", event.response_body)
		self.assertEqual(self.links(remote_entity="payment"), [])

	@proves("Several currencies")
	def test_an_order_in_another_currency_is_paid_in_it(self):
		self.connect("Payments")
		order = self.order(currency="EUR", conversion_rate=1.25)
		capture = self.capture(pays=order, currency="EUR")
		self.pull("Payments")
		self.assert_paid_in_euro(order, capture)

	def test_a_payment_in_another_currency_than_its_order_is_held(self):
		self.connect("Payments")
		self.capture(pays=self.order(), currency="EUR")
		self.pull("Payments")
		self.assertEqual([row.status for row in self.events()], ["On Hold"])

	@proves("Several pages", "Changes only")
	def test_what_no_webhook_told_is_pulled_over_pages_and_then_what_is_new(self):
		self.connect("Payments")
		self.in_small_pages("Payments")
		captures = [self.capture(pays=self.order()) for _ in range(5)]
		self.fake.move("T0400", "-80.00")
		self.pull("Payments")
		for capture in captures:
			self.entry_of(capture)
		asked = [query for _, path, query, _ in self.fake.calls if path == REPORT]
		self.assertEqual(
			[query["page"] for query in asked], ["1", "2", "3", "1", "2"]
		)  # those before the last are looked at again
		self.pull("Payments")
		again = [query for _, path, query, _ in self.fake.calls if path == REPORT][-1]
		last = self.fake.transactions[captures[-1]["id"]]["transaction_initiation_date"]
		self.assertEqual(again["start_date"], minus(last, 1))

	def test_more_than_a_search_spans_comes_in_windows_by_the_pull(self):
		first = datetime.fromtimestamp(NOW - 100 * DAY, timezone.utc)
		self.connect("Payments", entries={"first_day": f"{first:%Y-%m-%d}"})
		captures = []
		for ago in (95, 3):
			self.fake.now = NOW - ago * DAY
			captures.append(self.capture(pays=self.order()))
		self.assertEqual(self.pull("Payments").error or "", "")
		for capture in captures:
			self.entry_of(capture)
		since = datetime.fromtimestamp(NOW - 60 * DAY, timezone.utc)
		self.assertEqual(self.pull("Payments", since=f"{since:%Y-%m-%dT%H:%M:%SZ}").error or "", "")
		self.assertEqual(len(self.links(remote_entity="payment")), 2)

	@proves("Years loaded in windows")
	def test_payments_of_years_are_loaded_in_windows_while_changes_come(self):
		self.connect("Payments")
		captures = []
		for ago in (100, 70, 3):
			self.fake.now = NOW - ago * DAY
			captures.append(self.capture(pays=self.order()))
		since = datetime.fromtimestamp(NOW - 80 * DAY, timezone.utc)
		load = self.load("Payments", f"{since:%Y-%m-%dT%H:%M:%SZ}")
		self.assertEqual((load.status, load.queued), ("Completed", 2), self.history())
		asked = [query for _, path, query, _ in self.fake.calls if path == REPORT]
		ends = [
			datetime.fromisoformat(asked[0][name].replace("Z", "+00:00"))
			for name in ("start_date", "end_date")
		]
		self.assertEqual(ends, [since - timedelta(seconds=1), since + timedelta(days=30)])
		for capture in captures[1:]:
			self.entry_of(capture)
		self.fake.now = NOW
		late = self.capture(pays=self.order())
		self.fake.transactions[late["id"]]["transaction_initiation_date"] = load.up_to.replace("Z", "+0000")
		self.pull("Payments")
		self.entry_of(late)
		self.assertEqual(len(self.links(remote_entity="payment")), 3)

	def test_a_load_from_a_day_asks_with_whole_times(self):
		self.connect("Withdrawals")
		self.fake.now = NOW - 70 * DAY
		moved = self.fake.move("T0400", "-80.00")
		load = self.load("Withdrawals", f"{datetime.fromtimestamp(NOW - 80 * DAY, timezone.utc):%Y-%m-%d}")
		self.assertEqual((load.status, load.queued), ("Completed", 1), load.error)
		self.linked("withdrawal", moved["transaction_id"])
		self.assertEqual(self.pull("Withdrawals").status, "Idle")

	@proves("Throttled", "Error 500 survived")
	def test_a_throttle_and_an_error_lose_nothing(self):
		self.connect("Payments")
		capture = self.capture(pays=self.order())
		path = f"/v2/payments/captures/{capture['id']}"
		self.fake.troubles += [Trouble("GET", path, 429, {"Retry-After": "0"}), Trouble("GET", path, 500)]
		self.pull("Payments")
		self.work()
		self.entry_of(capture)
