"""Customers and variants of Shopify in; stock and prices out."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.api import reconciliation
from erp_connect.reconcile import run as reconcile
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems.shopify_case import ShopifyCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.shopify_http import Trouble

LOCATION = "gid://shopify/Location/655441491"


class TestCatalogue(ShopifyCase):
	def setUp(self) -> None:
		super().setUp()
		self.mark = frappe.generate_hash(length=6).upper()

	def item(self, *flows: str, **entries: str) -> tuple[dict[str, Any], Any]:
		"""A variant of the shop and the item that it became."""
		self.connect("Products", *flows, entries=entries)
		record = self.fake.add("productVariants", self.variant(self.mark))
		self.pull("Products")
		return record, self.linked("variant", self.id_of(record))

	@staticmethod
	def id_of(variant: dict[str, Any]) -> str:
		parts = (variant["product"], variant, variant["inventoryItem"])
		return ":".join(part["legacyResourceId"] for part in parts)

	@proves("Customers in")
	def test_customers_with_address_and_contact(self):
		self.connect("Customers")
		mail = f"{self.mark.lower()}@example.com"
		record = self.numbered(
			"customer", "Customer", lastName=self.mark, defaultEmailAddress={"emailAddress": mail}
		)
		self.fake.add("customers", record)
		self.pull("Customers")
		doc = self.linked("customer", record["legacyResourceId"])
		self.assertEqual((doc.customer_name, doc.customer_type), (f"Greta {self.mark}", "Individual"))
		(link,) = frappe.get_all(
			"Dynamic Link", {"link_name": doc.name, "parenttype": "Address"}, pluck="parent"
		)
		self.assertEqual(frappe.db.get_value("Address", link, "country"), "Germany")

	@proves("Products in", "Compared equal")
	def test_variants_become_items_and_are_compared_equal(self):
		record, item = self.item()
		self.assertEqual((item.item_code, item.item_name, item.is_stock_item), (record["sku"], "Pot", 1))
		name = reconciliation.start(self.flow("Products"))
		frappe.db.commit()
		reconcile.run(name)
		frappe.db.rollback()
		row = frappe.get_doc("Sync Reconciliation", name)
		self.assertEqual((row.status, row.different, row.missing_here), ("Completed", 0, 0), self.history())

	@proves("Stock out")
	def test_stock_less_what_is_reserved_at_the_location(self):
		record, item = self.item("Stock")
		make.receipt(item.name, 7)
		make.sales_order(make.customer().name, [(item.name, 2, 10)])
		self.send()
		self.assertEqual(self.fake.stock, {(record["inventoryItem"]["id"], LOCATION): 5}, self.history())
		make.receipt(item.name, 1)
		self.send()
		self.assertEqual(self.fake.stock, {(record["inventoryItem"]["id"], LOCATION): 6}, self.history())
		self.assert_all_done()

	def test_a_level_that_comes_again_within_a_second_is_set(self):
		record, item = self.item("Stock")
		make.receipt(item.name, 7)
		customer, order = make.customer().name, None
		for left in (7, 5, 7, 5):
			if left == 5:
				order = make.sales_order(customer, [(item.name, 2, 10)])
			elif order:
				order.cancel()
			second = "2026-05-04 10:00:00"
			frappe.db.set_value("Bin", {"item_code": item.name}, "modified", second, update_modified=False)
			self.send()
			stored = {(record["inventoryItem"]["id"], LOCATION): left}
			self.assertEqual(self.fake.stock, stored, self.history())

	def test_another_warehouse_shows_its_stock_at_another_location(self):
		record, item = self.item("Stock")
		other = frappe.db.get_value(
			"Warehouse", {"company": self.company, "warehouse_name": "Finished Goods"}
		)
		self.fake.locations.add("gid://shopify/Location/2")
		copy = frappe.copy_doc(frappe.get_doc("Field Mapping", self.flow("Stock")), ignore_no_copy=False)
		copy.update({"mapping_name": "Stock of the other one", "enabled": 1})
		copy.condition = copy.condition.replace("_input.stock_warehouse", f"'{other}'")
		for row in copy.rows:
			row.source = (row.source or "").replace("_input.location", "'2'")
		copy.insert()
		make.receipt(item.name, 7)
		moved = frappe.copy_doc(make.receipt(item.name, 3))
		moved.items[0].t_warehouse = other
		moved.insert().submit()
		self.send()
		stored = record["inventoryItem"]["id"]
		self.assertEqual(
			self.fake.stock, {(stored, LOCATION): 10, (stored, "gid://shopify/Location/2"): 3}, self.history()
		)
		self.assert_all_done()

	def test_a_location_that_is_not_there_is_told(self):
		_record, item = self.item("Stock", location="1")
		make.receipt(item.name, 7)
		self.send()
		self.assertIn("location could not be found", self.history())
		self.assertIn("Failed", self.statuses())
		self.assertEqual(self.fake.stock, {})

	@proves("Products out")
	def test_new_items_become_products_once_and_are_priced(self):
		self.connect("Products", "Items to the shop", "Prices")
		self.fake.restore = 100_000  # the throttle has tests of its own
		there = self.fake.add("productVariants", self.variant(self.mark))
		self.fake.troubles.append(Trouble("productSet", lose_answer=True))
		item = make.item(item_code=f'PIPE 1" {self.mark}', item_name=f"Pipe {self.mark}")
		known = make.item(item_code=there["sku"], item_name="Pot")
		self.send()
		self.later()
		self.send()
		records = self.fake.records["productVariants"].values()
		made = next((one for one in records if one["sku"] == item.name), None) or self.fail(self.history())
		product = made["product"]
		self.assertEqual((product["title"], product["status"]), (item.item_name, "DRAFT"), self.history())
		self.assertEqual(made["inventoryItem"]["tracked"], True)
		links = {link.document_name: link.external_id for link in self.links(remote_entity="variant")}
		self.assertEqual(links, {item.name: self.id_of(made), known.name: self.id_of(there)})
		self.assertEqual(len(self.fake.sent("productSet")), 1)
		price = {
			"doctype": "Item Price",
			"item_code": item.name,
			"price_list": "Standard Selling",
			"price_list_rate": 9.5,
		}
		frappe.get_doc(price).insert()
		frappe.db.commit()
		self.send()
		self.assertEqual(made["price"], "9.5", self.history())
		self.pull("Products")
		self.assertEqual(len(self.links(remote_entity="variant")), 2)
		self.assert_all_done()

	@proves("Sale prices out")
	def test_prices_to_compare_with_go_out_and_end_with_their_item_price(self):
		record, item = self.item("Prices to compare with")
		shown = record["price"]
		doc = {
			"doctype": "Item Price",
			"item_code": item.name,
			"price_list": "Struck Through",
			"price_list_rate": 20,
		}
		price = frappe.get_doc(doc).insert()
		frappe.db.commit()
		self.send()
		self.assertEqual((record["compareAtPrice"], record["price"]), ("20", shown), self.history())
		price.delete()
		frappe.db.commit()
		self.send()
		self.assertIsNone(record["compareAtPrice"], self.history())
		self.assert_all_done()

	@proves("Prices out", "Answer lost after the work was done")
	def test_prices_whatever_goes_wrong_on_the_way(self):
		record, item = self.item("Prices")
		doc = {
			"doctype": "Item Price",
			"item_code": item.name,
			"price_list": "Standard Selling",
			"price_list_rate": 12.5,
		}
		price = frappe.get_doc(doc).insert()
		frappe.db.commit()
		for trouble, rate in (
			(Trouble("productVariantsBulkUpdate", status=500), 12.75),
			(Trouble("productVariantsBulkUpdate", lose_answer=True), 14.25),
		):
			self.fake.troubles.append(trouble)
			price.price_list_rate = rate
			price.save()
			frappe.db.commit()
			self.send()
			self.later()
			self.send()
			self.assertEqual(record["price"], f"{rate}", self.history())
		self.assert_all_done()
