"""Templates with variants and pictures that become variable products of WooCommerce."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.bench.systems.test_woocommerce_catalogue import CatalogueCase
from erp_connect.tests.bench.systems.variants_out import VariantsOut
from erp_connect.tests.fakes.woocommerce import fixture

ROOT = "/wp-json/wc/v3"


class TestVariantsOut(VariantsOut, CatalogueCase):
	def product_of(self, item: Any) -> dict[str, Any]:
		(link,) = self.links(document_name=item.name, remote_entity="product")
		return self.fake.records["products"][int(link.external_id)]

	def variation_of(self, item: Any, product: dict[str, Any]) -> dict[str, Any]:
		(link,) = self.links(document_name=item.name, remote_entity="variant")
		return self.fake.children["products", product["id"], "variations"][int(link.external_id)]

	def shirt(self, *colours: str, **values: Any) -> tuple[Any, list[Any]]:
		self.colour = self.attribute(f"Colour {self.mark}", "Red", "Blue", "Green")
		self.size = self.attribute(f"Size {self.mark}", "S", "M")
		template = self.template(self.colour, self.size, **values)
		return template, [self.variant(template, {self.colour: one, self.size: "S"}) for one in colours]

	@proves("Variants out")
	def test_a_template_and_its_variants_become_a_variable_product(self):
		self.connect("Variants to the shop")
		template, (red, blue) = self.shirt("Red", "Blue")
		self.settled()
		product = self.product_of(template)
		self.assertEqual(
			(product["type"], product["name"], product["sku"], product["status"], product["description"]),
			("variable", template.item_name, template.name, "draft", "A shirt"),
		)
		self.assertEqual(
			[(one["name"], one["options"], one["variation"]) for one in product["attributes"]],
			[(self.colour, ["Red", "Blue"], True), (self.size, ["S"], True)],
		)
		for item, colour in ((red, "Red"), (blue, "Blue")):
			variation = self.variation_of(item, product)
			self.assertEqual((variation["sku"], variation["status"]), (item.name, "publish"))
			chosen = {one["name"]: one["option"] for one in variation["attributes"]}
			self.assertEqual(chosen, {self.colour: colour, self.size: "S"})
		self.assertEqual(len(self.fake.sent("POST", f"{ROOT}/products")), 1, self.history())

	@proves("Changed products out")
	def test_changes_reach_the_product_and_a_new_variant_joins_it(self):
		self.connect("Variants to the shop")
		template, (red,) = self.shirt("Red")
		self.settled()
		product = self.product_of(template)
		# What the shop has added, or published, stays.
		own = {
			"id": 0,
			"name": "Cloth",
			"position": 9,
			"visible": True,
			"variation": False,
			"options": ["Wool"],
		}
		self.fake.change(
			"products", product["id"], status="publish", attributes=[*product["attributes"], own]
		)
		template.reload()
		template.update({"item_name": f"Better {self.mark}"})
		template.save()
		green = self.variant(template, {self.colour: "Green", self.size: "M"})
		self.settled()
		self.assertEqual((product["name"], product["status"]), (f"Better {self.mark}", "publish"))
		self.assertEqual(
			[(one["name"], one["options"]) for one in product["attributes"]],
			[(self.colour, ["Red", "Green"]), (self.size, ["S", "M"]), ("Cloth", ["Wool"])],
		)
		self.assertEqual(self.variation_of(green, product)["sku"], green.name)
		for item, shown, status in (
			(red, self.variation_of(red, product), "private"),
			(template, product, "draft"),
		):
			item.reload()
			item.disabled = 1
			item.save()
			self.settled()
			self.assertEqual(shown["status"], status, self.history())

	def test_attributes_of_the_shop_are_used_by_their_id(self):
		self.connect("Variants to the shop", "Attributes")
		name = f"Colour {self.mark}"
		self.fake.attributes[6] = {
			"attribute": {**fixture("attribute"), "id": 6, "name": name},
			"terms": fixture("terms"),
		}
		self.pull("Attributes")
		template = self.template(name)
		value = frappe.get_doc("Item Attribute", name).item_attribute_values[0].attribute_value
		red = self.variant(template, {name: value})
		self.settled()
		product = self.product_of(template)
		self.assertEqual([(one["id"], one["options"]) for one in product["attributes"]], [(6, [value])])
		self.assertEqual(
			self.variation_of(red, product)["attributes"], [{"id": 6, "name": name, "option": value}]
		)

	@proves("Pictures out")
	def test_public_pictures_are_fetched_by_the_shop_once(self):
		self.connect("Variants to the shop", "Items to the shop")
		template, (red, blue) = self.shirt("Red", "Blue")
		simple = make.item(item_name=f"Plain {self.mark}")
		addresses = [
			self.picture(one, f"front{number}") for number, one in enumerate((template, red, simple))
		]
		self.picture(blue, "secret", private=True)
		self.settled()
		product = self.product_of(template)
		plain = self.product_of(simple)
		pictures = [product["images"][0], self.variation_of(red, product)["image"], plain["images"][0]]
		self.assertEqual([one["src"] for one in pictures], [frappe.utils.get_url(one) for one in addresses])
		self.assertIsNone(self.variation_of(blue, product)["image"])
		self.fake.change(
			"products", plain["id"], images=[*plain["images"], {"id": 7, "name": "back", "alt": ""}]
		)
		simple.reload()
		simple.update({"item_name": f"Plainer {self.mark}"})
		simple.save()
		self.settled()
		self.assertEqual([one["id"] for one in plain["images"]], [pictures[2]["id"], 7], self.history())
		newer = self.picture(simple, "newer")
		self.settled()
		self.assertEqual(
			[one.get("src") for one in plain["images"]], [frappe.utils.get_url(newer), None], self.history()
		)

	def test_stock_of_a_variant_that_was_made_here(self):
		self.connect("Variants to the shop", "Stock of variations")
		template, (red,) = self.shirt("Red")
		self.settled()
		make.receipt(red.name, 4)
		self.settled()
		self.assertEqual(
			self.variation_of(red, self.product_of(template))["stock_quantity"], 4, self.history()
		)

	def test_a_variation_whose_answer_was_lost_is_not_made_twice(self):
		self.connect("Variants to the shop")
		template, (red,) = self.shirt("Red")
		self.settled()
		product = self.product_of(template)
		path = f"{ROOT}/products/{product['id']}/variations"
		self.fake.trouble("POST", path, lose_answer=True)
		blue = self.variant(template, {self.colour: "Blue", self.size: "S"})
		self.settled()
		self.assertEqual(len(self.fake.sent("POST", path)), 2, self.history())
		self.assertEqual(
			{one["sku"] for one in self.fake.children["products", product["id"], "variations"].values()},
			{red.name, blue.name},
		)
		self.variation_of(blue, product)
