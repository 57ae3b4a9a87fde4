"""Deletions that shops and providers tell by webhooks: left to a person, disabled, there again."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems.authorize_net_case import AuthorizeNetCase
from erp_connect.tests.bench.systems.shopify_case import ShopifyCase
from erp_connect.tests.bench.systems.stripe_case import StripeCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.bench.systems.test_shopify_variants import TEMPLATES, VARIANTS, VariantsCase
from erp_connect.tests.bench.systems.test_woocommerce_catalogue import CatalogueCase
from erp_connect.tests.bench.systems.woocommerce_case import WooCommerceCase
from erp_connect.tests.fakes.woocommerce import fixture


class Told:
	"""For the cases of systems: what they do with deletions."""

	def disables(self, *flows: str) -> None:
		for flow in flows:
			doc = frappe.get_doc("Field Mapping", self.flow(flow))
			doc.update({"on_remote_delete": "Disable"}).save()
		self.commit()

	def assert_waits(self, doc: Any) -> None:
		"""A person is asked what becomes of a document, of which nothing was touched."""
		(event,) = self.events(status="On Hold")
		self.assertEqual((event.outcome, event.reference_name), ("gone_outside", doc.name), self.history())
		self.assertFalse(doc.reload().disabled)


class TestWooCommerce(Told, CatalogueCase):
	@proves("Deletions told")
	def test_a_product_and_its_variations_are_trashed_and_restored(self):
		self.connect("Variations")
		self.disables("Products", "Variations")
		self.register()
		product = self.pull_variable()
		self.work()
		ids = [("product", product["id"]), *(("variant", id_) for id_ in product["variations"])]
		docs = [self.linked(*one) for one in ids]
		# The shop trashes the variations of a product with it, and tells each.
		self.fake.remove("products", product["id"])
		for id_ in product["variations"]:
			self.fake.webhooks.fire("product.deleted", {"id": id_})
		self.work()
		self.assertEqual([doc.reload().disabled for doc in docs], [1, 1, 1], self.history())
		self.fake.records["products"][product["id"]] = product
		self.fake.webhooks.fire("product.restored", product)
		self.work()
		self.assertEqual([doc.reload().disabled for doc in docs], [0, 0, 0], self.history())
		self.fake.remove("products", product["id"])  # once more, in the very same words
		self.work()
		self.assertEqual(docs[0].reload().disabled, 1, self.history())
		self.assertEqual(len(self.links()) - len(self.links(remote_entity="attribute")), 3)
		self.assert_all_done()


class TestWooCommerceCustomers(Told, WooCommerceCase):
	def test_a_customer_who_is_deleted_waits_for_a_person(self):
		self.connect("Customers")
		self.register()
		mail = f"{make.unique('gone')}@example.com".lower().replace(" ", "")
		record = self.fake.add("customers", {**fixture("customer"), "id": self.fake.number(), "email": mail})
		self.work()
		doc = self.linked("customer", record["id"])
		self.fake.remove("customers", record["id"])
		self.work()
		self.assert_waits(doc)


class TestShopify(Told, VariantsCase):
	@proves("Deletions told")
	def test_a_product_is_deleted_with_its_variants(self):
		self.connect(VARIANTS)
		self.disables(TEMPLATES, VARIANTS)
		self.register()
		colours = [{self.colour: "Red"}, {self.colour: "Blue"}]
		scarf, hat = (self.product(name, *colours) for name in ("Scarf", "Hat"))
		self.pull_all()
		gone = [self.template_of(scarf), *(self.item_of(one) for one in scarf["variants"])]
		kept = [self.template_of(hat), *(self.item_of(one) for one in hat["variants"])]
		self.fake.remove("products", scarf)
		self.work()
		self.assertEqual(
			[doc.reload().disabled for doc in (*gone, *kept)], [1, 1, 1, 0, 0, 0], self.history()
		)
		self.assert_all_done(topic="products/delete")

	def test_plain_items(self):
		self.connect("Products")
		self.disables("Products")
		self.register()
		pot = self.product("Pot", {self.size: "L"})
		self.pull("Products")
		self.fake.remove("products", pot)
		self.work()
		self.assertEqual(self.item_of(pot["variants"][0]).disabled, 1, self.history())


class TestShopifyCustomers(Told, ShopifyCase):
	def test_a_customer_who_is_deleted_waits_for_a_person(self):
		self.connect("Customers")
		self.register()
		mail = f"{frappe.generate_hash(length=8)}@example.com"
		record = self.numbered("customer", "Customer", defaultEmailAddress={"emailAddress": mail})
		self.fake.add("customers", record)
		self.work()
		doc = self.linked("customer", record["legacyResourceId"])
		self.fake.remove("customers", record)
		self.work()
		self.assert_waits(doc)


class TestStripe(Told, StripeCase):
	@proves("Deletions told")
	def test_a_customer_is_deleted_and_hears_nothing_more(self):
		self.connect("Customers from Stripe", "Customers")
		self.register()
		self.disables("Customers from Stripe")
		told = self.fake.customer(name=make.unique("Ohlsen"), email="")
		self.tell(self.fake.told[-1])
		self.work()
		doc = self.linked("customer", told["id"])
		self.fake.delete_customer(told["id"])
		self.tell(self.fake.told[-1])
		self.work()
		self.assertEqual(doc.reload().disabled, 1, self.history())
		doc.update({"customer_name": make.unique("Renamed")}).save()
		self.send()
		self.assertEqual(self.events(direction="Outgoing")[-1].outcome, "gone_outside", self.history())


class TestAuthorizeNet(Told, AuthorizeNetCase):
	@proves("Deletions told")
	def test_a_profile_that_is_deleted_waits_for_a_person(self):
		self.connect("Customers")
		self.register()
		told = self.fake.customer({"lastName": make.unique("Alder")}, email="")
		self.by_webhook()
		doc = self.linked("customer", told["customerProfileId"])
		self.fake.delete_customer(told["customerProfileId"])
		self.by_webhook()
		self.assert_waits(doc)
