"""Razorpay connected, and its payments booked."""

from __future__ import annotations

import json
import time

import frappe

from erp_connect.core.errors import ConfigurationError
from erp_connect.operate import webhooks
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import make_invoice
from erp_connect.tests.bench.inbound_case import HOOK
from erp_connect.tests.bench.systems.razorpay_case import RazorpayCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.razorpay import Razorpay
from erp_connect.tests.fakes.troubles import Trouble

NOW = int(time.time()) - 3600
DAY = 86_400


class TestAccount(RazorpayCase):
	@proves("Installed by entries alone")
	def test_all_flows_can_be_switched_on_by_what_was_entered(self):
		self.connect_all()
		doc = frappe.get_doc("Integration Settings", self.account)
		self.assertEqual((doc.auth_type, doc.username), ("Basic", "rzp_test_fake"))

	@proves("Webhooks registered and removed")
	def test_one_webhook_for_all_with_a_secret_made_here(self):
		self.connect("Payments", "Refunds", "Settlements")
		self.register()
		((id_, webhook),) = self.fake.webhooks.items()
		self.assertLessEqual(
			{"payment.captured", "refund.failed", "settlement.processed"}, set(webhook["events"])
		)
		self.assertNotIn("payment.dispute.lost", webhook["events"])
		doc = frappe.get_doc("Integration Settings", self.account)
		self.assertEqual(doc.get_password("verification_secret"), self.fake.secrets[id_])
		self.assertEqual(webhooks.remove(self.account).failed, {})
		self.assertEqual(self.fake.webhooks, {})

	def test_who_is_no_partner_enters_address_and_secret_by_hand(self):
		self.connect("Settlements", entries={"account_id": ""})
		with self.assertRaises(ConfigurationError) as caught:
			self.register()
		self.assertIn("account_id", str(caught.exception))
		self.assertEqual(self.fake.webhooks, {})
		doc = frappe.get_doc("Integration Settings", self.account)
		doc.update({"verification_secret": "entered on both sides"})
		doc.save()
		self.commit()
		address = f"{self.site.url}{HOOK}{doc.endpoint_key}"
		self.fake.enter_webhook(address, "entered on both sides", ["settlement.processed"])
		self.fake.now = NOW
		settlement = self.fake.settle(8000)
		self.assertEqual(self.by_webhook(), [200])
		self.linked("settlement", settlement["id"])

	@proves("Wrong credentials told")
	def test_a_wrong_key_pauses_the_account_and_says_so(self):
		self.connect("Payments")
		self.fake.key = ("rzp_test_fake", "another")
		self.pull("Payments")
		self.assert_paused("credentials")

	@proves("Customers in")
	def test_customers_become_customers_and_are_known_again(self):
		self.connect("Customers")
		self.in_small_pages("Customers")
		mark = make.unique("Kumar")
		found = [
			self.fake.add(
				"customers",
				"cust_",
				name=f"{mark} {place}",
				email="",
				contact="",
				gstin=f"29{place}{mark[-8:].upper()}1Z5",
			)
			for place in range(5)
		]
		for _day in range(2):
			self.pull("Customers")
			self.work()
		for place, customer in enumerate(found):
			doc = self.linked("customer", customer["id"])
			self.assertEqual((doc.customer_name, doc.tax_id), (f"{mark} {place}", customer["gstin"]))
		self.assertEqual(frappe.db.count("Customer", {"customer_name": ("like", f"{mark}%")}), 5)

	@proves("Two accounts never mixed")
	def test_two_accounts_of_two_companies_with_the_same_ids(self):
		other = Razorpay(NOW)
		self.fake.now = NOW
		ids = (self.fake.settle(8000)["id"], other.settle(5000)["id"])
		self.assert_booked_apart(other, "Settlements", "settlement", ids)

	@proves("Two accounts never mixed")
	def test_a_payment_is_booked_for_the_account_of_its_order(self):
		self.fake.now = NOW
		other = Razorpay(NOW)
		self.addCleanup(other.stop)
		self.assert_paid_apart(other)

	def test_the_roles_that_the_flows_name_suffice(self):
		flows = ("Payments", "Refunds", "Lost disputes", "Settlements")
		self.fake.now = NOW
		self.act_by_roles_of(*flows)
		order = self.order()
		make_invoice(order)
		payment = self.payment(pays=order)
		self.fake.refund(payment["id"], 1000)
		self.fake.end(self.fake.dispute(payment["id"], 500)["id"], "lost")
		self.fake.settle(5000)
		made = self.made_by(*flows)
		self.assertEqual(made, {"payment": "Payment Entry", "refund": "Sales Invoice",
			"dispute": "Journal Entry", "settlement": "Journal Entry"})  # fmt: skip


class TestPayments(RazorpayCase):
	def setUp(self) -> None:
		super().setUp()
		self.fake.now = NOW

	@proves("Payment in", "Webhook twice, one effect", "Fees booked")
	def test_a_captured_payment_pays_its_order_less_the_fee(self):
		self.connect("Payments")
		self.register()
		order = self.order()
		payment = self.payment(pays=order)
		for id_ in ("one", "one", "another"):
			self.assertEqual(self.by_webhook(id=id_), [200])
		entry = self.entry_of(payment)
		self.assertEqual([row.reference_name for row in entry.references], [order.name])
		self.assertEqual((entry.docstatus, entry.reference_no), (1, payment["id"]))
		booked = self.booked(entry.name)
		self.assertEqual((booked["Card Clearing"], booked["Card Fees"]), (90, 3))
		self.assertEqual(self.payments_of(order), 1)

	@proves("Webhook with a changed byte refused")
	def test_nothing_is_taken_from_a_body_that_is_not_signed(self):
		self.connect("Payments")
		self.register()
		self.payment(pays=self.order())
		event = self.fake.told[-1]
		changed = json.dumps(event, separators=(",", ":")).replace("9300", "9301").encode()
		self.assertEqual(self.by_webhook(event, payload=changed), [401])
		self.assertEqual(self.events(), [])

	def test_the_order_is_that_of_the_receipt_where_notes_name_none(self):
		self.connect("Payments")
		self.register()
		number = make.unique("R")
		order = self.order(po_no=number)
		wanted = self.fake.order(9300, number)
		payment = self.payment(order_id=wanted["id"])
		self.by_webhook()
		self.assertEqual([row.reference_name for row in self.entry_of(payment).references], [order.name])

	def test_an_order_that_another_account_took_in_is_paid(self):
		order = self.order_of_a_shop("7001")
		self.connect("Payments")
		payment = self.payment(notes={"woocommerce_order_id": 7001})
		self.pull("Payments")
		self.assertEqual([row.reference_name for row in self.entry_of(payment).references], [order.name])

	def test_an_invoice_is_paid_in_parts(self):
		self.connect("Payments")
		invoice = make_invoice(self.order())
		parts = [self.payment(amount, 0, pays=invoice) for amount in (5000, 4300)]
		self.pull("Payments")
		for part in parts:
			self.assertEqual([row.reference_name for row in self.entry_of(part).references], [invoice.name])
		self.assertEqual(frappe.db.get_value("Sales Invoice", invoice.name, "outstanding_amount"), 0)

	def test_an_authorised_payment_is_booked_when_it_is_captured(self):
		self.connect("Payments")
		self.register()
		notes = {"sales_order": self.order().name}
		payment = self.fake.authorised(9300, currency="USD", notes=notes)
		authorised = self.fake.told[-1]
		self.by_webhook()
		self.pull("Payments")
		self.assertEqual(self.links(remote_entity="payment"), [])
		self.fake.capture(payment["id"], 300)
		self.pull("Payments")
		self.assertEqual(self.booked(self.entry_of(payment).name)["Card Fees"], 3)
		self.by_webhook(self.fake.told[-1], {**authorised, "created_at": authorised["created_at"] + 1})
		self.assert_all_done()

	def test_a_failed_payment_books_nothing_and_is_told(self):
		self.connect("Payments")
		self.register()
		failed = {"status": "failed", "captured": False, "error_code": "BAD_REQUEST_ERROR"}
		self.payment(9300, None, pays=self.order(), **failed)
		self.by_webhook()
		(event,) = self.events()
		self.assertEqual(event.status, "Processed")
		self.assertIn("the payment is failed", event.response_body)
		self.assertEqual(self.links(remote_entity="payment"), [])

	@proves("Several currencies")
	def test_an_order_in_another_currency_is_paid_in_it(self):
		self.connect("Payments")
		order = self.order(currency="EUR", conversion_rate=1.25)
		# The fee counts in the base currency, at Razorpay's own rate of 1.2.
		converted = {"currency": "EUR", "base_amount": 11160, "base_currency": "USD"}
		payment = self.payment(9300, 360, pays=order, **converted)
		self.pull("Payments")
		self.assert_paid_in_euro(order, payment)

	def test_a_payment_in_another_currency_than_its_order_is_held(self):
		self.connect("Payments")
		self.payment(pays=self.order(), currency="INR")
		self.pull("Payments")
		self.assertEqual([row.status for row in self.events()], ["On Hold"])

	@proves("Several pages", "Changes only")
	def test_what_no_webhook_told_is_pulled_over_pages_and_then_what_is_new(self):
		self.connect("Payments")
		self.in_small_pages("Payments")
		payments = [self.payment(pays=self.order()) for _ in range(5)]
		self.pull("Payments")
		for payment in payments:
			self.entry_of(payment)
		lists = [query for _, path, query, _ in self.fake.calls if path == "/v1/payments"]
		# The pages before the last are looked at once more, for what moved up meanwhile.
		self.assertEqual(list(dict.fromkeys(query.get("skip") for query in lists)), ["0", "2", "4"])
		self.pull("Payments")
		asked = [query for _, path, query, _ in self.fake.calls if path == "/v1/payments"][-1]
		self.assertEqual(asked["from"], str(payments[-1]["created_at"]))

	@proves("Years loaded in windows")
	def test_payments_of_years_are_loaded_in_windows_while_changes_come(self):
		self.connect("Payments")
		self.in_small_pages("Payments")
		days = [NOW - ago * DAY for ago in (100, 70, 69, 68, 3)]
		payments = [self.payment(pays=self.order(), created_at=day) for day in days]
		load = self.load("Payments", str(days[1]))
		self.assertEqual((load.status, load.queued), ("Completed", 4), self.history())
		asked = [query for _, path, query, _ in self.fake.calls if path == "/v1/payments"]
		first = (str(days[1] - 1), str(days[1] + 30 * DAY))
		self.assertEqual([(query["from"], query["to"]) for query in asked[:2]], [first, first])
		self.assertEqual([query["skip"] for query in asked[:2]], ["0", "2"])
		for payment in payments[1:]:
			self.entry_of(payment)
		late = self.payment(pays=self.order(), created_at=int(load.up_to))
		self.pull("Payments")
		self.entry_of(late)
		self.assertNotIn("to", [q for _, path, q, _ in self.fake.calls if path == "/v1/payments"][-1])

	@proves("Throttled", "Error 500 survived")
	def test_a_throttle_and_an_error_lose_nothing(self):
		self.connect("Payments")
		payment = self.payment(pays=self.order())
		path = f"/v1/payments/{payment['id']}"
		self.fake.troubles += [Trouble("GET", path, 429, {"Retry-After": "0"}), Trouble("GET", path, 500)]
		self.pull("Payments")
		self.work()
		self.entry_of(payment)
