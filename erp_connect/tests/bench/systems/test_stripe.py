"""Stripe connected, and its payments booked."""

from __future__ import annotations

import json
import time

import frappe
from frappe.utils import flt

from erp_connect.operate import webhooks
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import make_invoice
from erp_connect.tests.bench.http_case import other_company
from erp_connect.tests.bench.systems.stripe_case import StripeCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.stripe import Stripe
from erp_connect.tests.fakes.troubles import Trouble

NOW = int(time.time()) - 3600
DAY = 86_400


class TestPayments(StripeCase):
	def setUp(self) -> None:
		super().setUp()
		self.fake.now = NOW

	@proves("Webhooks registered and removed")
	def test_one_endpoint_for_all_with_the_secret_that_is_answered(self):
		self.connect("Payments", "Refunds", "Payouts")
		self.register()
		((id_, endpoint),) = self.fake.endpoints.items()
		self.assertIn("charge.succeeded", endpoint["enabled_events"])
		self.assertIn("payout.paid", endpoint["enabled_events"])
		doc = frappe.get_doc("Integration Settings", self.account)
		self.assertEqual(doc.get_password("verification_secret"), self.fake.secrets[id_])
		self.assertEqual(webhooks.remove(self.account).failed, {})
		self.assertEqual(self.fake.endpoints, {})

	@proves("Payment in", "Webhook twice, one effect", "Fees booked")
	def test_a_captured_charge_pays_its_order_less_the_fee(self):
		self.connect("Payments")
		self.register()
		order = self.order()
		charge = self.fake.charge(9300, 300, metadata={"sales_order": order.name})
		for _ in range(2):
			self.assertEqual(self.by_webhook(), [200])
		entry = self.entry_of(charge)
		self.assertEqual([row.reference_name for row in entry.references], [order.name])
		self.assertEqual((entry.docstatus, entry.reference_no), (1, charge["id"]))
		booked = self.booked(entry.name)
		self.assertEqual((booked["Card Clearing"], booked["Card Fees"]), (90, 3))
		self.assertEqual(self.payments_of(order), 1)

	def test_the_intent_and_its_charge_are_one_payment(self):
		self.connect("Payments")
		self.register()
		order = self.order()
		charge = self.fake.charge(9300, 300, metadata={"order_id": order.name})
		self.fake.tell(
			"payment_intent.succeeded",
			{"id": charge["payment_intent"], "object": "payment_intent", "latest_charge": charge["id"]},
		)
		self.by_webhook(*self.fake.told)
		self.entry_of(charge)
		self.assertEqual(self.payments_of(order), 1)

	@proves("Webhook with a changed byte refused", "Webhook that is stale refused")
	def test_nothing_is_taken_from_a_body_that_is_not_signed(self):
		self.connect("Payments")
		self.register()
		self.fake.charge(9300, 300, metadata={"sales_order": self.order().name})
		event = self.fake.told[-1]
		changed = json.dumps(event).replace("9300", "9301").encode()
		self.assertEqual(self.by_webhook(event, payload=changed), [401])
		self.assertEqual(self.by_webhook(event, at=int(time.time()) - 3600), [401])
		self.assertEqual(self.events(), [])

	@proves("Several currencies")
	def test_an_order_in_another_currency_is_paid_in_it(self):
		self.connect("Payments")
		order = self.order(currency="EUR", conversion_rate=1.25)
		charge = self.fake.charge(9300, currency="eur", settled=False, metadata={"order_id": order.name})
		# What is settled is in dollars, at Stripe's own rate of 1.2.
		self.fake.settle(charge["id"], 360, amount=11160, currency="usd", exchange_rate=1.2)
		self.pull("Payments")
		self.assert_paid_in_euro(order, charge)

	@proves("Installed by entries alone")
	def test_all_flows_can_be_switched_on_by_what_was_entered(self):
		self.connect_all()

	def test_an_invoice_is_paid_by_its_name(self):
		self.connect("Payments")
		invoice = make_invoice(self.order())
		charge = self.fake.charge(9300, metadata={"sales_invoice": invoice.name})
		self.pull("Payments")
		self.assertEqual([row.reference_name for row in self.entry_of(charge).references], [invoice.name])

	def test_an_authorised_charge_is_booked_when_it_is_captured_in_part(self):
		self.connect("Payments")
		self.register()
		order = self.order()
		charge = self.fake.charge(9300, captured=False, amount_captured=0, metadata={"order_id": order.name})
		self.by_webhook()
		self.assertEqual(self.links(remote_entity="payment"), [])
		self.fake.capture(charge["id"], 5000, 175)
		self.by_webhook()
		entry = self.entry_of(charge)
		self.assertEqual(entry.references[0].allocated_amount, 50)
		self.assertEqual(self.booked(entry.name)["Card Fees"], 1.75)

	def test_a_fee_that_is_not_known_yet_is_waited_for(self):
		self.connect("Payments")
		self.register()
		charge = self.fake.charge(9300, settled=False, metadata={"order_id": self.order().name})
		self.by_webhook()
		self.assertEqual(self.links(remote_entity="payment"), [])
		self.fake.tell("charge.updated", self.fake.settle(charge["id"], 300))
		self.by_webhook()
		self.assertEqual(self.booked(self.entry_of(charge).name)["Card Clearing"], 90)

	def test_a_failed_charge_books_nothing_and_is_told(self):
		self.connect("Payments")
		self.register()
		self.fake.charge(
			9300, status="failed", paid=False, captured=False, metadata={"order_id": self.order().name}
		)
		self.by_webhook()
		(event,) = self.events()
		self.assertEqual(event.status, "Processed")
		self.assertIn("the payment is failed", event.response_body)
		self.assertEqual(self.links(remote_entity="payment"), [])

	@proves("Several pages", "Changes only")
	def test_what_no_webhook_told_is_pulled_over_pages_and_then_what_is_new(self):
		self.connect("Payments")
		self.in_small_pages("Payments")
		charges = [self.fake.charge(9300, metadata={"order_id": self.order().name}) for _ in range(5)]
		self.pull("Payments")
		for charge in charges:
			self.entry_of(charge)
		lists = [query for _, path, query, _ in self.fake.calls if path == "/v1/charges"]
		self.assertEqual([query.get("starting_after") for query in lists],
			[None, [charges[3]["id"]], [charges[1]["id"]]])  # fmt: skip
		self.pull("Payments")
		asked = [query for _, path, query, _ in self.fake.calls if path == "/v1/charges"][-1]
		self.assertEqual(asked["created[gte]"], [str(charges[-1]["created"])])

	@proves("Years loaded in windows")
	def test_payments_of_years_are_loaded_in_windows_while_changes_come(self):
		self.connect("Payments")
		days = [NOW - ago * DAY for ago in (100, 70, 3)]
		charges = [
			self.fake.charge(9300, 300, metadata={"sales_order": self.order().name}, created=day)
			for day in days
		]
		load = self.load("Payments", str(days[1]))
		self.assertEqual((load.status, load.queued), ("Completed", 2), self.history())
		asked = [query for _, path, query, _ in self.fake.calls if path == "/v1/charges"]
		ends = [(int(query["created[gte]"][0]), int(query["created[lte]"][0])) for query in asked]
		self.assertEqual(
			ends[:2], [(days[1] - 1, days[1] + 30 * DAY), (days[1] + 30 * DAY - 1, days[1] + 60 * DAY)]
		)
		for charge in charges[1:]:
			self.entry_of(charge)
		self.assertEqual(len(self.links(remote_entity="payment")), 2)
		named = {"sales_order": self.order().name}
		late = self.fake.charge(9300, 300, metadata=named, created=int(load.up_to))
		self.pull("Payments")
		self.entry_of(late)
		self.assertNotIn(
			"created[lte]", [q for _, path, q, _ in self.fake.calls if path == "/v1/charges"][-1]
		)

	@proves("Throttled", "Error 500 survived")
	def test_a_throttle_and_an_error_lose_nothing(self):
		self.connect("Payments")
		charge = self.fake.charge(9300, metadata={"order_id": self.order().name})
		path = f"/v1/charges/{charge['id']}"
		self.fake.troubles += [Trouble("GET", path, 429, {"Retry-After": "0"}), Trouble("GET", path, 500)]
		self.pull("Payments")
		self.work()
		self.entry_of(charge)

	@proves("Wrong credentials told")
	def test_a_wrong_key_pauses_the_account_and_says_so(self):
		self.connect("Payments")
		self.fake.key = "sk_test_another"
		self.pull("Payments")
		self.assert_paused("credentials")

	def test_the_roles_that_the_flows_name_suffice(self):
		flows = ("Payments", "Refunds", "Disputes", "Payouts")
		self.act_by_roles_of(*flows)
		order = self.order()
		make_invoice(order)
		charge = self.fake.charge(9300, 300, metadata={"sales_order": order.name})
		self.fake.refund(charge["id"], 1000)
		self.fake.dispute(charge["id"], 0)
		self.fake.pay_out(5000)
		made = self.made_by(*flows)
		self.assertEqual(
			made,
			{
				"payment": "Payment Entry",
				"refund": "Sales Invoice",
				"dispute": "Journal Entry",
				"payout": "Journal Entry",
			},
		)

	def test_customers_go_out_and_are_changed(self):
		self.connect("Customers")
		customer = make.customer()
		self.commit()
		self.send()
		((id_, record),) = self.fake.records["customers"].items()
		self.assertEqual(
			(record["name"], record["metadata"]), (customer.name, {"erpnext_customer": customer.name})
		)
		customer.customer_name = make.unique("Renamed")
		customer.save()
		self.commit()
		self.send()
		self.assertEqual(self.fake.records["customers"][id_]["name"], customer.customer_name)

	@proves("Customers in")
	def test_customers_come_by_webhook_and_by_a_pull_and_an_older_event_changes_nothing(self):
		self.connect("Customers from Stripe")
		mark = make.unique("Ohlsen")
		street = {
			"line1": "Lindenweg 8",
			"line2": None,
			"city": "Kiel",
			"state": None,
			"postal_code": "24103",
			"country": "DE",
		}
		mail = f"{mark.split()[-1].lower()}@example.com"
		told = self.fake.customer(name=mark, email=mail, phone="+4943112345", address=street)
		older = self.fake.told[-1]
		self.tell(older)
		newer = f"{mark} GmbH"
		self.fake.number("")  # a second later
		self.fake.change("customers", told["id"], "customer.updated", name=newer)
		self.tell(self.fake.told[-1])
		self.tell({**older, "id": "evt_again"})
		pulled = self.fake.customer(email=f"b{mail}")
		self.work()
		self.pull("Customers from Stripe")
		self.work()
		doc = self.linked("customer", told["id"])
		self.assertEqual((doc.customer_name, doc.email_id), (newer, mail))
		place = frappe.db.get_value(
			"Dynamic Link", {"link_name": doc.name, "parenttype": "Address"}, "parent"
		)
		self.assertEqual(frappe.db.get_value("Address", place, ("city", "country")), ("Kiel", "Germany"))
		self.assertEqual(self.linked("customer", pulled["id"]).customer_name, f"b{mail}")

	@proves("Two accounts never mixed")
	def test_two_accounts_of_two_companies_with_the_same_ids(self):
		other = Stripe()
		other.now = NOW
		self.addCleanup(other.stop)
		self.connect("Payouts", name="One")
		company = other_company()
		self.connect("Payouts", name="Two", fake=other, company=company)
		first, second = self.fake.pay_out(8000), other.pay_out(5000)
		self.assertEqual(first["id"], second["id"])
		for account in ("One", "Two"):
			self.pull("Payouts", account)
		made = [self.linked("payout", first["id"], account) for account in ("One", "Two")]
		self.assertEqual(
			[(doc.company, flt(doc.total_debit)) for doc in made], [(self.company, 80), (company, 50)]
		)

	@proves("Two accounts never mixed")
	def test_a_payment_is_booked_for_the_account_of_its_order(self):
		other = Stripe()
		other.now = NOW
		self.addCleanup(other.stop)
		self.assert_paid_apart(other)
