"""An account of WooCommerce: connected by entries alone, told what is wrong, and never mixed up with another one."""

from __future__ import annotations

import json

import frappe

from erp_connect.operate import webhooks
from erp_connect.tests.bench.http_case import other_company
from erp_connect.tests.bench.inbound_case import HOOK
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.bench.systems.woocommerce_case import WooCommerceCase

ROOT = "/wp-json/wc/v3"


class TestAccount(WooCommerceCase):
	@proves("Installed by entries alone")
	def test_all_flows_can_be_switched_on_by_what_was_entered(self):
		told = self.connect_all()
		doc = frappe.get_doc("Integration Settings", self.account)
		self.assertEqual((doc.auth_type, doc.base_url), ("Basic", self.fake.url))
		self.assertEqual({row.kind for row in doc.commerce_accounts}, {"Tax", "Shipping", "Fee", "Discount"})
		self.assertTrue(all(asked["help"] for asked in told["inputs"] if not asked["doctype"]))

	@proves("Wrong credentials told")
	def test_wrong_credentials_pause_the_account_with_the_reason(self):
		self.connect("Orders", entries={"consumer_secret": "cs_other"})
		cursor = self.pull("Orders")
		self.assertNotEqual(cursor.status, "Idle")
		self.assert_paused("did not accept the credentials")

	@proves("Throttled", "Error 500 survived")
	def test_a_pull_goes_on_after_a_throttle_and_an_error(self):
		self.assert_goes_on(f"{ROOT}/orders")

	@proves("Two accounts never mixed")
	def test_two_accounts_in_two_companies_with_the_same_ids(self):
		second = self.system.fake()
		self.addCleanup(second.stop)
		company = other_company()
		order = self.order()
		accounts = {}
		for name, fake, of in (("First Shop", self.fake, self.company), ("Second Shop", second, company)):
			self.connect("Orders", "Payments", name=name, fake=fake, company=of)
			key = frappe.db.get_value("Integration Settings", self.account, "endpoint_key")
			self.commit()
			webhooks.register(self.account, address=f"{self.site.url}{HOOK}{key}")
			accounts[name] = of
		mine, theirs = (json.loads(json.dumps(order)) for _ in range(2))
		theirs["billing"]["email"] = f"x{frappe.generate_hash(length=8)}@example.com"
		self.fake.add("orders", mine)
		second.add("orders", theirs)
		for name in accounts:
			self.work(name)
		found = {}
		for name, of in accounts.items():
			doc = self.linked("order", order["id"], name)
			self.assertEqual((doc.company, doc.items[0].warehouse[-4:]), (of, self.warehouse_of(of)[-4:]))
			self.assertEqual(self.linked("payment", order["transaction_id"], name).company, of)
			found[name] = doc.name
		self.assertEqual(len(set(found.values())), 2)
		self.fake.change("orders", order["id"], number="ONLY-1")
		self.assert_numbered_apart(self.work, found)
		hook = next(iter(self.fake.webhooks.made.values()))
		there = next(iter(second.webhooks.made.values()))["delivery_url"]
		self.assertEqual(self.fake.webhooks.deliver({**hook, "delivery_url": there}, b'{"id": 1}'), 401)

	@staticmethod
	def warehouse_of(company: str) -> str:
		return frappe.db.get_value(
			"Warehouse", {"company": company, "is_group": 0, "warehouse_name": "Stores"}
		)
