"""An account of Magento: connected by entries alone, told what is wrong, and never mixed up with another one."""

from __future__ import annotations

import json

import frappe

from erp_connect.tests.bench.http_case import other_company
from erp_connect.tests.bench.systems.magento_case import ROOT, MagentoCase
from erp_connect.tests.bench.systems.system import proves


class TestAccount(MagentoCase):
	@proves("Installed by entries alone")
	def test_all_flows_can_be_switched_on_by_what_was_entered(self):
		told = self.connect_all()
		doc = frappe.get_doc("Integration Settings", self.account)
		self.assertEqual(
			(doc.auth_type, doc.request_scheme, doc.base_url), ("Named Scheme", "oauth1", self.fake.url)
		)
		self.assertEqual({row.kind for row in doc.commerce_accounts}, {"Tax", "Shipping", "Fee", "Discount"})
		self.assertTrue(all(asked["help"] for asked in told["inputs"] if not asked["doctype"]))

	@proves("Wrong credentials told")
	def test_wrong_credentials_pause_the_account_with_the_reason(self):
		self.connect("Orders", entries={"consumer_secret": "other"})
		self.assert_orders_refused()

	def test_a_token_alone_is_refused_where_the_shop_does_not_allow_it(self):
		self.connect("Orders", auth="token")
		self.assert_orders_refused()

	def test_a_token_alone_where_the_shop_allows_it(self):
		self.fake.bearer_allowed = True
		self.connect("Orders", auth="token")
		order = self.fake.add("orders", self.order())
		self.pull("Orders")
		self.linked("order", order["entity_id"])

	def assert_orders_refused(self) -> None:
		self.assertNotEqual(self.pull("Orders").status, "Idle")
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
		theirs = {
			**json.loads(json.dumps(order)),
			"customer_email": f"x{frappe.generate_hash(length=8)}@example.com",
		}
		self.fake.add("orders", order)
		second.add("orders", theirs)
		accounts = {"First Shop": (self.fake, self.company), "Second Shop": (second, company)}
		found = {}
		for name, (fake, of) in accounts.items():
			self.of_shop(fake, order)
			self.connect("Orders", "Payments", name=name, fake=fake, company=of)
			for flow in ("Orders", "Payments"):
				self.pull(flow)
			doc = self.linked("order", order["entity_id"])
			self.assertEqual((doc.company, self.linked("payment", 81).company), (of, of))
			found[name] = doc.name
		self.assertEqual(len(set(found.values())), 2)
		self.fake.change("orders", order["entity_id"], increment_id="ONLY-1")
		self.assert_numbered_apart(lambda name: self.pull("Orders", name), found)

	def of_shop(self, fake, order: dict) -> None:
		"""The same invoice of the same order, in one of the shops."""
		mine, self.fake = self.fake, fake
		self.of("invoice", order, entity_id=81)
		self.fake = mine
