"""An account of Shopify: both ways to authenticate, its throttle by cost, its webhooks, and no mixing of shops."""

from __future__ import annotations

import json
import time

import frappe
from frappe.utils import flt

from erp_connect.operate import webhooks
from erp_connect.tests.bench.http_case import other_company
from erp_connect.tests.bench.systems.shopify_case import ShopifyCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.shopify import BUCKET
from erp_connect.tests.fakes.shopify_http import Trouble
from erp_connect.tests.fakes.shopify_webhooks import told_of

ORDER_TOPICS = {"orders/create", "orders/updated"}


class TestAccount(ShopifyCase):
	@proves("Installed by entries alone")
	def test_all_flows_can_be_switched_on_by_what_was_entered(self):
		self.connect_all()

	@proves("Wrong credentials told")
	def test_wrong_credentials_pause_the_account_with_the_reason(self):
		self.connect("Orders", entries={"access_token": "shpat_other"})
		self.assertNotEqual(self.pull("Orders").status, "Idle")
		self.assert_paused("did not accept the credentials")

	@proves("Token expired")
	def test_a_token_by_client_credentials_that_expired_is_fetched_anew(self):
		self.connect("Orders", auth="client")
		orders = [self.fake.add("orders", self.order())]
		self.assertEqual(self.pull("Orders").status, "Idle", self.history())
		self.fake.tokens.clear()
		orders.append(self.fake.add("orders", self.order()))
		self.assertEqual(self.pull("Orders").status, "Idle", self.history())
		self.assertEqual(len(self.links(remote_entity="order")), len(orders), self.history())

	@proves("Throttled", "Error 500 survived")
	def test_a_pull_goes_on_after_a_throttle_by_cost_and_an_error(self):
		self.connect("Orders")
		order = self.fake.add("orders", self.order())
		self.fake.restore, self.fake.available, self.fake.at = 1, 0.0, time.monotonic()
		self.assertEqual(self.pull("Orders").status, "Retrying", self.history())
		wait = frappe.db.sql("SELECT throttled_until - UNIX_TIMESTAMP() FROM `tabIntegration State`")[0][0]
		self.assertTrue(60 < wait <= BUCKET, wait)
		self.fake.restore, self.fake.available = 100, float(BUCKET)
		self.fake.troubles.append(Trouble("orders", status=500))
		for status in ("Retrying", "Idle"):
			self.later()
			frappe.db.sql("UPDATE `tabSync Cursor` SET due_at = due_at - 86400 WHERE due_at IS NOT NULL")
			self.assertEqual(self.pull("Orders").status, status, self.history())
		self.linked("order", order["legacyResourceId"])

	@proves("Two accounts never mixed")
	def test_two_accounts_in_two_companies_with_the_same_ids(self):
		second = self.system.fake()
		self.addCleanup(second.stop)
		order = self.order()
		theirs = json.loads(json.dumps(order))
		theirs["email"] = f"x{order['email']}"
		theirs["customer"]["defaultEmailAddress"] = {"emailAddress": theirs["email"]}
		shops = {
			"First Shop": (self.fake, self.company, order),
			"Second Shop": (second, other_company(), theirs),
		}
		found = set()
		for name, (fake, company, record) in shops.items():
			self.connect("Orders", "Payments", name=name, fake=fake, company=company)
			fake.add("orders", record)
			self.pull("Orders", name)
			self.pull("Payments", name)
			doc = self.linked("order", order["legacyResourceId"], name)
			self.assertEqual(doc.company, company)
			self.assertEqual(self.linked("payment", order["transactions"][0]["id"], name).company, company)
			found.add(doc.name)
		self.assertEqual(len(found), 2)


class TestWebhooks(ShopifyCase):
	def setUp(self) -> None:
		super().setUp()
		self.connect("Orders")
		self.register()

	@property
	def address(self) -> str:
		return next(iter(self.fake.webhooks.made.values()))["uri"]

	@proves("Webhooks registered and removed")
	def test_those_that_the_flows_need_are_registered_once_and_removed(self):
		names = {topic.upper().replace("/", "_") for topic in ORDER_TOPICS}
		self.assertEqual({one["topic"] for one in self.fake.webhooks.made.values()}, names)
		self.assertEqual(set(self.register().kept), ORDER_TOPICS)
		report = webhooks.remove(self.account)
		self.assertEqual((set(report.removed), report.left), (ORDER_TOPICS, []))
		self.assertEqual(self.fake.webhooks.made, {})

	@proves("Orders in by webhook")
	def test_an_order_that_is_placed_and_changed_is_fetched_whole(self):
		order = self.fake.add("orders", self.order())
		self.work()
		self.assertEqual(
			flt(self.linked("order", order["legacyResourceId"]).grand_total, 2), 75.36, self.history()
		)
		self.fake.change("orders", order, name="#A-77")
		self.work()
		self.assertEqual(self.fake.webhooks.deliveries, [("orders/create", 200), ("orders/updated", 200)])
		self.assertIn("#A-77", self.linked("order", order["legacyResourceId"]).po_no)
		self.assert_all_done()

	@proves("Webhook with a changed byte refused")
	def test_a_changed_byte_is_refused_and_nothing_is_stored(self):
		raw = json.dumps(told_of("order", self.order())).encode()
		proof = self.fake.webhooks.headers("orders/create", raw)["X-Shopify-Hmac-Sha256"]
		changed = raw.replace(b"false", b"true ")
		self.assertNotEqual(changed, raw)
		status = self.fake.webhooks.deliver(
			self.address, "orders/create", changed, **{"X-Shopify-Hmac-Sha256": proof}
		)
		self.assertEqual((status, self.events()), (401, []))

	@proves("Webhook twice, one effect")
	def test_twice_has_one_effect(self):
		order = self.order()
		self.fake.records["orders"][order["id"]] = order
		raw = json.dumps(told_of("order", order)).encode()
		for _ in range(2):
			again = {"X-Shopify-Webhook-Id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043"}
			self.assertEqual(self.fake.webhooks.deliver(self.address, "orders/create", raw, **again), 200)
		self.work()
		self.assertEqual(len(self.events()), 1)
		self.linked("order", order["legacyResourceId"])
