"""Customers, products and variants of Magento in; stock, prices and products out."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems.magento_case import ROOT, MagentoCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.magento import fixture


class CatalogueCase(MagentoCase):
	def setUp(self) -> None:
		super().setUp()
		self.mark = frappe.generate_hash(length=6).upper()

	def simple(self, **changes: Any) -> dict[str, Any]:
		values = {"id": self.fake.number(), "sku": f"POT/{self.mark}", "name": f"Pot {self.mark}"}
		return self.fake.add("products", {**fixture("product"), **values, **changes})

	def configurable(self) -> dict[str, Any]:
		"""A configurable product with a red and a blue choice, of two attributes of its own."""
		colour, size = self.fake.number(), self.fake.number()
		codes = {colour: f"color_{self.mark.lower()}", size: f"size_{self.mark.lower()}"}
		for id_, name in ((colour, "Colour"), (size, "Size")):
			values = {
				"attribute_id": id_,
				"attribute_code": codes[id_],
				"default_frontend_label": f"{name} {self.mark}",
			}
			self.fake.add("attributes", fixture("attribute"), **values)
		options = [{**fixture("configurable_product")["extension_attributes"]["configurable_product_options"][0],
			"attribute_id": str(id_)} for id_ in (colour, size)]  # fmt: skip
		product = {
			**fixture("configurable_product"),
			"id": self.fake.number(),
			"sku": f"SCARF-{self.mark}",
			"name": f"Scarf {self.mark}",
		}
		product["extension_attributes"] = {
			**product["extension_attributes"],
			"configurable_product_options": options,
		}
		self.fake.children[product["sku"]] = []
		for name, option in (("RED", "58"), ("BLUE", "50")):
			own = [
				{"attribute_code": codes[colour], "value": option},
				{"attribute_code": codes[size], "value": "58"},
			]
			values = {
				"id": self.fake.number(),
				"sku": f"{product['sku']}-{name}",
				"name": f"Scarf {name}",
				"custom_attributes": own,
			}
			child = self.fake.add("products", fixture("child_product"), **values)
			self.fake.children[product["sku"]].append(child["sku"])
		return self.fake.add("products", product)

	def pull_configurable(self) -> dict[str, Any]:
		product = self.configurable()
		for flow in ("Attributes", "Products", "Variants"):
			self.pull(flow)
		return product


class TestIn(CatalogueCase):
	@proves("Customers in")
	def test_customers_with_addresses_and_contact(self):
		self.connect("Customers")
		values = {
			"id": self.fake.number(),
			"email": f"{self.mark.lower()}@example.com",
			"taxvat": f"DE{self.mark}",
		}
		customer = self.fake.add("customers", fixture("customer"), **values)
		values = {
			"id": self.fake.number(),
			"email": f"b{self.mark.lower()}@example.com",
			"taxvat": None,
			"firstname": "New",
		}
		new = self.fake.add("customers", fixture("customer"), **values, lastname=self.mark, addresses=[])
		self.pull("Customers")
		doc = self.linked("customer", customer["id"])
		self.assertEqual(
			(doc.customer_name, doc.customer_type, doc.tax_id),
			("Greta Ohlsen", "Individual", f"DE{self.mark}"),
		)
		rows = frappe.get_all(
			"Dynamic Link", {"link_name": doc.name, "parenttype": "Address"}, pluck="parent"
		)
		addresses = {
			(row.address_type, row.address_line1, row.address_line2 or "", row.country)
			for row in (frappe.get_doc("Address", name) for name in rows)
		}
		self.assertEqual(
			addresses,
			{
				("Billing", "Lindenweg 8", "Hinterhaus", "Germany"),
				("Shipping", "Hafenstrasse 3", "", "Germany"),
			},
		)
		self.assertEqual(self.linked("customer", new["id"]).customer_name, f"New {self.mark}")
		self.assert_all_done()

	@proves("Products in", "Compared equal")
	def test_products_become_items_and_are_compared_equal(self):
		self.connect("Products")
		product = self.simple()
		hidden = self.simple(sku=f"HIDDEN-{self.mark}", visibility=1)
		self.pull("Products")
		item = self.linked("product", product["sku"])
		self.assertEqual((item.item_code, item.item_name), (product["sku"], product["name"]))
		self.assertEqual(
			(item.stock_uom, item.is_stock_item, item.has_variants, item.disabled), ("Nos", 1, 0, 0)
		)
		self.assertFalse(frappe.db.exists("Item", hidden["sku"]))
		self.assertEqual(self.compared("Products"), (0, 0, 0, 0))
		self.fake.change("products", product["sku"], name="Other name")
		self.assertEqual(self.compared("Products"), (0, 0, 1, 0))

	@proves("Variants in")
	def test_choices_become_variants_of_their_template(self):
		self.connect("Variants")
		product = self.pull_configurable()
		template = self.linked("product", product["sku"])
		self.assertEqual(
			(template.has_variants, [row.attribute for row in template.attributes]),
			(1, [f"Colour {self.mark}", f"Size {self.mark}"]),
		)
		found = [self.linked("variant", f"{product['sku']}-{name}") for name in ("RED", "BLUE")]
		self.assertEqual(
			[
				(one.item_code, one.variant_of, [row.attribute_value for row in one.attributes])
				for one in found
			],
			[
				(f"{product['sku']}-RED", template.name, ["Red", "Red"]),
				(f"{product['sku']}-BLUE", template.name, ["Blue", "Red"]),
			],
		)
		self.assert_all_done()

	def test_choices_as_plain_items(self):
		self.connect("Products without templates")
		product = self.configurable()
		self.pull("Products without templates")
		items = [self.linked("product", f"{product['sku']}-{name}") for name in ("RED", "BLUE")]
		self.assertEqual([(one.has_variants, one.variant_of) for one in items], [(0, None), (0, None)])
		self.assertFalse(frappe.db.exists("Item", product["sku"]))
		self.assert_all_done()


class TestOut(CatalogueCase):
	def stock(self, **entries: str) -> tuple[dict[str, Any], str]:
		self.connect("Stock", "Products", entries=entries)
		product = self.simple()
		self.pull("Products")
		make.receipt(product["sku"], 7)
		make.sales_order(make.customer().name, [(product["sku"], 2, 10)])
		self.send()
		return self.fake.stock[product["sku"], "default"], product["sku"]

	@proves("Stock out")
	def test_stock_less_what_is_reserved(self):
		stock, sku = self.stock()
		self.assertEqual(
			stock, {"sku": sku, "source_code": "default", "quantity": 5, "status": 1}, self.history()
		)
		self.assert_all_done()

	def test_pieces_are_kept_back(self):
		stock, _sku = self.stock(stock_buffer="5")
		self.assertEqual((stock["quantity"], stock["status"]), (0, 0), self.history())

	def test_stock_as_it_is_projected(self):
		stock, code = self.stock(stock_figure="projected")
		projected = frappe.db.get_value(
			"Bin", {"item_code": code, "warehouse": make.warehouse()}, "projected_qty"
		)
		self.assertEqual((stock["quantity"], projected), (5, 5), self.history())

	def test_stock_and_price_of_a_variant(self):
		self.connect("Stock", "Prices", "Variants")
		sku = f"{self.pull_configurable()['sku']}-RED"
		make.receipt(sku, 4)
		self.price_is(sku, 31.5)
		self.send()
		self.assertEqual(self.fake.stock[sku, "default"]["quantity"], 4, self.history())
		self.assertEqual(self.fake.records["products"][sku]["price"], 31.5, self.history())
		self.assert_all_done()

	@proves("Products out")
	def test_items_become_products_and_what_came_is_not_sent_back(self):
		self.connect("Items to the shop", "Products")
		came = self.simple()
		self.pull("Products")
		item = make.item(item_code=f"NEW/{self.mark}", item_name=f"New {self.mark}")
		self.send()
		(sent,) = self.fake.sent("POST", f"{ROOT}/products")
		self.assertEqual(
			(sent["product"]["sku"], sent["product"]["attribute_set_id"], sent["product"]["status"]),
			(item.name, 4, 2),
		)
		product = self.fake.records["products"][item.name]
		# What the shop has enabled since stays enabled.
		self.fake.change("products", item.name, status=1)
		item.reload()
		item.update({"item_name": f"Better {self.mark}"})
		item.save()
		self.send()
		self.assertEqual((product["name"], product["status"]), (f"Better {self.mark}", 1), self.history())
		self.assertEqual(self.fake.records["products"][came["sku"]]["name"], came["name"])
		self.assert_all_done()

	def price_is(self, item: str, rate: float) -> None:
		name = frappe.db.exists("Item Price", {"item_code": item, "price_list": "Standard Selling"})
		values = {"doctype": "Item Price", "item_code": item, "price_list": "Standard Selling"}
		doc = frappe.get_doc("Item Price", name) if name else frappe.get_doc(values)
		doc.price_list_rate = rate
		doc.save()
		frappe.db.commit()

	@proves("Prices out", "Error 500 survived", "Throttled", "Answer lost after the work was done")
	def test_prices_whatever_goes_wrong_on_the_way(self):
		self.connect("Prices", "Products")
		product = self.simple()
		self.pull("Products")
		path = f"{ROOT}/products/base-prices"
		for times, (trouble, rate) in enumerate(
			(({"status": 500}, 12.5), ({"status": 429, "headers": (("Retry-After", "30"),)}, 13), ({"lose_answer": True}, 14.25)), 1
		):  # fmt: skip
			self.fake.trouble("POST", path, **trouble)
			self.price_is(product["sku"], rate)
			self.send()
			self.assertEqual(len(self.fake.sent("POST", path)), times * 2 - 1, self.history())
			self.later()
			self.send()
			self.assertEqual(self.fake.records["products"][product["sku"]]["price"], rate)
		self.assert_all_done()

	def test_a_price_that_is_refused_in_an_answer_of_success_is_told(self):
		self.connect("Prices", "Products")
		product = self.simple()
		self.pull("Products")
		del self.fake.records["products"][product["sku"]]
		self.price_is(product["sku"], 12.5)
		self.send()
		(event,) = self.events(status="Failed")
		self.assertIn("doesn't exist", event.error_message or self.history())
