"""Authorize.net connected, and its payments booked."""

from __future__ import annotations

import datetime as dt
import json
import time
from typing import Any

import frappe
from frappe.utils import flt

from erp_connect.core.values.cursor import minus
from erp_connect.operate import connection_test, webhooks
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import make_invoice
from erp_connect.tests.bench.http_case import other_company
from erp_connect.tests.bench.systems.authorize_net_case import AuthorizeNetCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.authorize_net import API, AuthorizeNet
from erp_connect.tests.fakes.troubles import Trouble

NOW = time.time() - 3600
DAY = 86_400
RANGE = ("firstSettlementDate", "lastSettlementDate")


class TestAccount(AuthorizeNetCase):
	@proves("Installed by entries alone")
	def test_all_flows_can_be_switched_on_by_what_was_entered(self):
		self.connect_all()
		doc = frappe.get_doc("Integration Settings", self.account)
		rows = {row.key: (row.place, row.value or "", bool(row.secret)) for row in doc.parameters}
		self.assertEqual(rows["*?.merchantAuthentication.name"], ("Body", self.fake.login, False))
		self.assertEqual(rows["*?.merchantAuthentication.transactionKey"], ("Body", "", True))

	@proves("Webhooks registered and removed")
	def test_one_webhook_for_all_under_the_signature_key_that_was_entered(self):
		self.connect("Payments", "Refunds")
		self.register()
		(webhook,) = self.fake.webhooks.values()
		self.assertIn("net.authorize.payment.refund.created", webhook["eventTypes"])
		self.assertNotIn("merchantAuthentication", json.dumps(self.fake.calls[-1]))
		self.assertEqual(webhooks.remove(self.account).failed, {})
		self.assertEqual(self.fake.webhooks, {})

	@proves("Wrong credentials told")
	def test_a_wrong_key_that_is_told_with_status_200_pauses_the_account(self):
		self.connect("Payments")
		self.fake.key = "another"
		self.pull("Payments")
		self.assert_paused("credentials")

	def test_the_connection_test_asks_as_the_vendor_says(self):
		self.connect("Payments")
		told = connection_test.run(frappe.get_doc("Integration Settings", self.account))
		self.assertTrue(told["ok"], told)
		self.assertEqual([name for name, _ in self.fake.calls], ["authenticateTestRequest"])

	@proves("Customers in")
	def test_customer_profiles_become_customers_and_follow_their_changes(self):
		self.connect("Customers")
		self.register()
		mark = make.unique("Alder")
		told = self.fake.customer({"lastName": mark}, email="")
		self.assertEqual(self.by_webhook(), [200])
		doc = self.linked("customer", told["customerProfileId"])
		self.assertEqual((doc.customer_name, doc.customer_type), (f"Ada {mark}", "Individual"))
		here = "United States"
		self.assertEqual(self.places(doc), {("Billing", "San Diego", here), ("Shipping", "Seattle", here)})
		self.fake.change_card(told["customerProfileId"], city="Portland")
		self.by_webhook()
		self.assertIn(("Billing", "Portland", here), self.places(doc))
		bare = self.fake.customer({}, email=f"{make.unique('bare')}@example.com".lower().replace(" ", ""))
		firm = self.fake.customer({"company": f"{mark} Ltd"}, email="")
		self.pull("Customers")
		self.assertEqual(self.linked("customer", bare["customerProfileId"]).customer_name, bare["email"])
		doc = self.linked("customer", firm["customerProfileId"])
		self.assertEqual((doc.customer_name, doc.customer_type), (f"{mark} Ltd", "Company"))
		self.pull("Customers")
		self.assertEqual(len(self.links(remote_entity="customer")), 3)
		self.assert_all_done()

	@staticmethod
	def places(customer: Any) -> set[tuple[str, str, str]]:
		"""Type, city and country of a customer's addresses."""
		names = frappe.get_all(
			"Dynamic Link", {"link_name": customer.name, "parenttype": "Address"}, pluck="parent"
		)
		found = frappe.get_all("Address", {"name": ("in", names)}, ["address_type", "city", "country"])
		return {(row.address_type, row.city, row.country) for row in found}

	@proves("Two accounts never mixed")
	def test_two_accounts_of_two_companies_with_the_same_ids(self):
		self.fake.now = NOW
		other = AuthorizeNet(NOW)
		self.addCleanup(other.stop)
		self.connect("Settlements", name="One")
		company = other_company()
		self.connect("Settlements", name="Two", fake=other, company=company)
		self.fake.pay(80, "1")
		other.pay(50, "1")
		first, second = self.fake.settle(), other.settle()
		self.assertEqual(first["batchId"], second["batchId"])
		for account in ("One", "Two"):
			self.pull("Settlements", account)
		made = [self.linked("settlement", first["batchId"], account) for account in ("One", "Two")]
		self.assertEqual(
			[(doc.company, flt(doc.total_debit)) for doc in made], [(self.company, 80), (company, 50)]
		)

	@proves("Two accounts never mixed")
	def test_a_payment_is_booked_for_the_account_of_its_order(self):
		self.fake.now = NOW
		other = AuthorizeNet(NOW)
		self.addCleanup(other.stop)
		self.assert_paid_apart(other)


class TestPayments(AuthorizeNetCase):
	def setUp(self) -> None:
		super().setUp()
		self.fake.now = NOW

	@proves("Payment in", "Webhook twice, one effect")
	def test_a_thin_event_is_completed_and_pays_the_order_of_the_invoice_number(self):
		self.connect("Payments")
		self.register()
		order = self.order()
		paid = self.fake.pay(93, order.name)
		for _ in range(2):
			self.assertEqual(self.by_webhook(), [200])
		entry = self.entry_of(paid)
		self.assertEqual([row.reference_name for row in entry.references], [order.name])
		self.assertEqual((entry.docstatus, entry.reference_no), (1, f"{paid['transId']} XXXX1111"))
		self.assertEqual(self.booked(entry.name)["Card Clearing"], 93)
		self.assertEqual(self.payments_of(order), 1)

	@proves("Webhook with a changed byte refused")
	def test_nothing_is_taken_from_a_body_that_is_not_signed(self):
		self.connect("Payments")
		self.register()
		self.fake.pay(93, self.order().name)
		event = self.fake.told[-1]
		changed = json.dumps(event).replace('"authAmount": 93', '"authAmount": 94').encode()
		self.assertEqual(self.by_webhook(event, payload=changed), [401])
		self.assertEqual(self.events(), [])

	def test_an_authorised_payment_is_booked_when_a_part_is_captured(self):
		self.connect("Payments")
		self.register()
		order = self.order()
		paid = self.fake.pay(93, order.name, captured=False)
		self.by_webhook()
		self.assertEqual(self.links(remote_entity="payment"), [])
		self.fake.capture(paid["transId"], 50)
		self.by_webhook()
		self.assertEqual(self.entry_of(paid).references[0].allocated_amount, 50)

	def test_a_declined_payment_books_nothing_and_is_told(self):
		self.connect("Payments")
		self.register()
		paid = self.fake.pay(93, self.order().name)
		self.fake.change(paid["transId"], "fraud.declined", transactionStatus="declined")
		self.by_webhook()
		(event,) = self.events()
		self.assertEqual(event.status, "Processed")
		self.assertIn("the payment is declined", event.response_body)

	def test_a_payment_that_is_voided_after_it_was_booked_is_held(self):
		self.connect("Payments", "Refunds")
		self.register()
		paid = self.fake.pay(93, self.order().name)
		self.by_webhook()
		unbooked = self.fake.pay(5, "of an order that is not here")
		self.fake.void(unbooked["transId"])
		self.by_webhook()
		self.assertEqual(self.events(status="On Hold"), [])
		self.assert_all_done()
		self.fake.void(paid["transId"])
		self.by_webhook()
		(held,) = self.events(status="On Hold")
		self.assertEqual(held.outcome, "payment_taken_back")
		self.assertIn(self.entry_of(paid).name, held.error)

	def test_a_payment_that_fails_at_its_settlement_is_held_and_found_by_a_comparison(self):
		self.fake.now = time.time() - 60
		self.connect("Payments")
		self.register()
		paid = self.fake.pay(93, self.order().name)
		self.by_webhook()
		entry = self.entry_of(paid)
		self.fake.settle()
		self.fake.transactions[paid["transId"]]["transactionStatus"] = "settlementError"
		self.pull("Payments")
		(held,) = self.events(status="On Hold")
		self.assertEqual(held.outcome, "payment_taken_back")
		self.assertIn(entry.name, held.error)
		self.assertEqual(self.compared("Payments"), (0, 0, 1, 0))

	@proves("Several pages", "Changes only")
	def test_what_no_webhook_told_comes_by_settled_batches_over_pages(self):
		self.connect("Payments")
		self.in_small_pages("Payments")
		paid = [self.fake.pay(93, self.order().name) for _ in range(5)]
		batch = self.fake.settle()
		self.pull("Payments")
		for one in paid:
			self.entry_of(one)
		lists = [value for name, value in self.fake.calls if name == "getTransactionListRequest"]
		self.assertEqual({value["paging"]["limit"] for value in lists}, {2})
		# The pages before the last are looked at once more, for what moved up meanwhile.
		self.assertEqual(list(dict.fromkeys(value["paging"]["offset"] for value in lists)), [1, 2, 3])
		fetched = len([name for name, _ in self.fake.calls if name == "getTransactionDetailsRequest"])
		self.pull("Payments")
		asked = [value for name, value in self.fake.calls if name == "getSettledBatchListRequest"]
		self.assertEqual(asked[-1]["firstSettlementDate"], minus(batch["settlementTimeUTC"], 1))
		again = len([name for name, _ in self.fake.calls if name == "getTransactionDetailsRequest"])
		self.assertEqual(again, fetched)

	def test_batches_of_months_come_by_the_pull_in_windows(self):
		first = dt.datetime.fromtimestamp(NOW - 100 * DAY, dt.timezone.utc)
		self.connect("Payments", entries={"first_day": f"{first:%Y-%m-%d}"})
		paid = []
		for ago in (95, 3):
			self.fake.now = NOW - ago * DAY
			paid.append(self.fake.pay(93, self.order().name))
			self.fake.settle()
		self.fake.now = NOW
		self.assertEqual(self.pull("Payments").error or "", "")
		for one in paid:
			self.entry_of(one)
		asked = [value for name, value in self.fake.calls if name == "getSettledBatchListRequest"]
		self.assertEqual(len(asked), 4)
		self.assertEqual(
			asked[0]["firstSettlementDate"], f"{first - dt.timedelta(days=1):%Y-%m-%d}T23:59:59Z"
		)

	@proves("Years loaded in windows")
	def test_payments_of_years_are_loaded_in_windows_while_changes_come(self):
		self.connect("Payments")
		paid, batches = [], []
		for ago in (100, 70, 3):
			self.fake.now = NOW - ago * DAY
			paid.append(self.fake.pay(93, self.order().name))
			batches.append(self.fake.settle())
		since = dt.datetime.fromtimestamp(NOW - 80 * DAY, dt.timezone.utc).replace(microsecond=0)
		load = self.load("Payments", f"{since:%Y-%m-%dT%H:%M:%SZ}")
		self.assertEqual((load.status, load.queued), ("Completed", 2), self.history())
		asked = [value for name, value in self.fake.calls if name == "getSettledBatchListRequest"]
		ends = [dt.datetime.fromisoformat(asked[0][name].replace("Z", "+00:00")) for name in RANGE]
		self.assertEqual(ends, [since - dt.timedelta(seconds=1), since + dt.timedelta(days=30)])
		self.assertEqual(len(asked), 3)
		for one in paid[1:]:
			self.entry_of(one)
		self.fake.now = NOW
		late = self.fake.pay(93, self.order().name)
		self.fake.settle()["settlementTimeUTC"] = load.up_to
		self.pull("Payments")
		self.entry_of(late)
		self.assertEqual(len(self.links(remote_entity="payment")), 3)

	def test_settlements_are_loaded_from_a_day(self):
		self.connect("Settlements")
		self.fake.now = NOW - 70 * DAY
		self.fake.pay(80, "1")
		batch = self.fake.settle()
		load = self.load(
			"Settlements", f"{dt.datetime.fromtimestamp(NOW - 80 * DAY, dt.timezone.utc):%Y-%m-%d}"
		)
		self.assertEqual((load.status, load.queued), ("Completed", 1), load.error)
		self.linked("settlement", batch["batchId"])
		self.assertEqual(self.pull("Settlements").status, "Idle")

	@proves("Disputes")
	def test_a_chargeback_takes_and_what_is_given_back_comes_back(self):
		self.connect("Payments", "Chargebacks", "Settlements", "Entries of settlements")
		paid = self.fake.pay(93, self.order().name)
		self.fake.settle()
		self.pull("Payments")
		self.entry_of(paid)
		self.pull("Settlements")
		taken = self.fake.take_back(paid["transId"])
		self.fake.settle()
		back = self.fake.take_back(paid["transId"], given=True)
		self.fake.settle()
		for _ in range(2):
			for flow in ("Chargebacks", "Settlements", "Payments"):
				self.pull(flow)
		told = [self.chargeback(one) for one in (taken, back)]
		self.assertEqual(
			[self.booked(one.name) for one in told],
			[{"Card Clearing": -93, "Card Disputes": 93}, {"Card Clearing": 93, "Card Disputes": -93}],
		)
		self.assertEqual({one.docstatus for one in told}, {1})
		self.assertEqual(len(self.links(remote_entity="chargeback")), 2)
		self.assertEqual(len(self.links(remote_entity="payment")), 1)
		self.assert_all_done()
		doc = frappe.get_doc("Field Mapping", self.flow("Entries of settlements"))
		doc.window_since = f"{dt.datetime.fromtimestamp(NOW - DAY, dt.timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
		doc.save()
		self.commit()
		self.assertEqual(self.compared("Entries of settlements"), (0, 0, 0, 0), self.history())

	def chargeback(self, one: dict[str, Any]) -> Any:
		return self.linked("chargeback", f"{one['transId']}/{one['transactionStatus']}")

	def test_a_payment_that_itself_becomes_a_chargeback_is_taken_back_once(self):
		self.connect("Payments", "Chargebacks")
		paid = self.fake.pay(93, self.order().name)
		self.fake.settle()
		self.pull("Payments")
		self.fake.change(paid["transId"], transactionStatus="chargeback")
		for _ in range(2):
			self.pull("Payments")
			self.pull("Chargebacks")
		self.assertEqual(self.booked(self.chargeback(paid).name)["Card Disputes"], 93)
		self.assertEqual(len(self.links(remote_entity="chargeback")), 1)
		self.assert_all_done()

	@proves("Throttled", "Error 500 survived")
	def test_a_busy_answer_and_an_error_lose_nothing(self):
		self.connect("Payments")
		self.register()
		paid = self.fake.pay(93, self.order().name)
		self.fake.troubles += [
			Trouble("POST", API, 200),
			Trouble("POST", API, 500),
			Trouble("POST", API, 429),
		]
		self.by_webhook()
		for _ in range(3):
			self.later()
			self.work()
		self.entry_of(paid)

	def test_an_invoice_is_paid_in_another_currency_than_its_own_by_nobody(self):
		self.connect("Payments", entries={"currency": "EUR"})
		self.register()
		self.fake.pay(93, make_invoice(self.order()).name)
		self.by_webhook()
		(held,) = self.events(status="On Hold")
		self.assertEqual(held.outcome, "currency")
