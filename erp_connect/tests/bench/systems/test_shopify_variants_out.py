"""Templates with variants and pictures that become products with choices of Shopify."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems.shopify_case import ShopifyCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.bench.systems.variants_out import VariantsOut
from erp_connect.tests.fakes.shopify_http import Trouble

LOCATION = "gid://shopify/Location/655441491"


class TestVariantsOut(VariantsOut, ShopifyCase):
	def setUp(self) -> None:
		super().setUp()
		self.mark = frappe.generate_hash(length=6).upper()
		self.fake.restore = 100_000  # the throttle has tests of its own

	def shirt(self, *colours: str) -> tuple[Any, list[Any]]:
		self.colour = self.attribute(f"Colour {self.mark}", "Red", "Blue", "Green")
		self.size = self.attribute(f"Size {self.mark}", "S", "M")
		template = self.template(self.colour, self.size)
		return template, [self.variant(template, {self.colour: one, self.size: "S"}) for one in colours]

	def product_of(self, item: Any) -> dict[str, Any]:
		(link,) = self.links(document_name=item.name, remote_entity="product")
		return self.fake.records["products"][f"gid://shopify/Product/{link.external_id}"]

	def variant_of(self, item: Any) -> dict[str, Any]:
		(link,) = self.links(document_name=item.name, remote_entity="variant")
		product, variant, stored = link.external_id.split(":")
		record = self.fake.records["productVariants"][f"gid://shopify/ProductVariant/{variant}"]
		self.assertEqual(
			(record["product"]["legacyResourceId"], record["inventoryItem"]["legacyResourceId"]),
			(product, stored),
		)
		return record

	@proves("Variants out")
	def test_a_template_and_its_variants_become_a_product_with_choices(self):
		self.connect("Variants to the shop")
		template, items = self.shirt("Red", "Blue")
		self.settled()
		product = self.product_of(template)
		self.assertEqual(
			(product["title"], product["status"], product["descriptionHtml"]),
			(template.item_name, "DRAFT", "A shirt"),
		)
		self.assertEqual(
			[(one["name"], one["values"]) for one in product["options"]],
			[(self.colour, ["Red", "Blue"]), (self.size, ["S"])],
		)
		self.assertEqual([one["sku"] for one in product["variants"]], [one.name for one in items])
		for item, colour in zip(items, ("Red", "Blue"), strict=True):
			chosen = {one["name"]: one["value"] for one in self.variant_of(item)["selectedOptions"]}
			self.assertEqual(chosen, {self.colour: colour, self.size: "S"})
			self.assertTrue(self.variant_of(item)["inventoryItem"]["tracked"])
		self.assertEqual(self.fake.sent("productVariantsBulkCreate"), [], self.history())

	@proves("Changed products out")
	def test_changes_reach_the_product_and_a_new_variant_joins_it(self):
		self.connect("Disabled variants")
		template, (red,) = self.shirt("Red")
		self.settled()
		product = self.product_of(template)
		self.fake.change("products", product, status="ACTIVE")
		template.reload()
		template.item_name = f"Better {self.mark}"
		template.save()
		green = self.variant(template, {self.colour: "Green", self.size: "M"})
		self.settled()
		self.assertEqual(
			(product["title"], product["status"]), (f"Better {self.mark}", "ACTIVE"), self.history()
		)
		self.assertEqual([one["values"] for one in product["options"]], [["Red", "Green"], ["S", "M"]])
		self.assertEqual(self.variant_of(green)["sku"], green.name)
		red.reload()
		red.append("barcodes", {"barcode": f"B{self.mark}"})
		red.save()
		self.settled()
		self.assertEqual(self.variant_of(red)["barcode"], f"B{self.mark}", self.history())
		for disabled, skus in ((1, [red.name]), (0, [red.name, green.name])):
			green.reload()
			green.disabled = disabled
			green.save()
			self.settled()
			self.assertEqual([one["sku"] for one in product["variants"]], skus, self.history())
		template.reload()
		template.disabled = 1
		template.save()
		self.settled()
		# ERPNext disables the variants along: they stay in the product, which is a draft.
		self.assertEqual((product["status"], len(product["variants"])), ("DRAFT", 2), self.history())

	@proves("Pictures out")
	def test_public_pictures_are_fetched_by_the_shop_once(self):
		self.connect("Variants to the shop", "Items to the shop")
		template, (red, blue) = self.shirt("Red", "Blue")
		simple = make.item(item_name=f"Plain {self.mark}")
		addresses = [
			frappe.utils.get_url(self.picture(one, f"front{number}"))
			for number, one in enumerate((template, red, simple))
		]
		self.picture(blue, "secret", private=True)
		self.settled()
		product = self.product_of(template)
		self.assertEqual(_shown(product), addresses[:2], self.history())
		self.assertEqual((_shown(self.variant_of(red)), _shown(self.variant_of(blue))), ([addresses[1]], []))
		plain = self.variant_of(simple)["product"]
		self.assertEqual(_shown(plain), addresses[2:])
		for item in (template, simple):
			item.reload()
			item.item_name = f"Better {item.name}"
			item.save()
		newer = frappe.utils.get_url(self.picture(red, "newer"))
		self.settled()
		self.assertEqual([one["title"] for one in (product, plain)], [template.item_name, simple.item_name])
		self.assertEqual(
			(_shown(product), _shown(plain)), ([*addresses[:2], newer], addresses[2:]), self.history()
		)
		self.assertEqual(_shown(self.variant_of(red)), [newer])

	def test_a_picture_that_is_replaced_goes(self):
		self.connect("Variants to the shop", "Items to the shop")
		template, (red,) = self.shirt("Red")
		simple = make.item(item_name=f"Plain {self.mark}")
		hung = frappe.utils.get_url(self.picture(red, "red"))
		for item in (template, simple):
			self.picture(item, "front")
		self.settled()
		product, plain = self.product_of(template), self.variant_of(simple)["product"]
		own = {
			"id": "gid://shopify/MediaImage/7",
			"alt": "Size [cm]",
			"preview": {"image": {"url": "https://x.example/7"}},
		}
		for one in (product, plain):
			self.fake.change("products", one, media=[*one["media"], own])
		newer = [frappe.utils.get_url(self.picture(item, "newer")) for item in (template, simple)]
		self.settled()
		# The new one comes first; what the shop has added, and what hangs on a variant, stays.
		self.assertEqual(_shown(product), [newer[0], hung, "https://x.example/7"], self.history())
		self.assertEqual(_shown(plain), [newer[1], "https://x.example/7"], self.history())
		self.assertEqual(_shown(self.variant_of(red)), [hung])
		asked = len(self.fake.sent("productSet"))
		simple.reload()
		simple.item_name = f"Better {self.mark}"
		simple.save()
		self.settled()
		self.assertEqual(len(self.fake.sent("productSet")), asked, self.history())

	def test_stock_of_a_variant_that_was_made_here(self):
		self.connect("Variants to the shop", "Stock")
		_template, (red,) = self.shirt("Red")
		self.settled()
		make.receipt(red.name, 4)
		self.settled()
		self.assertEqual(
			self.fake.stock, {(self.variant_of(red)["inventoryItem"]["id"], LOCATION): 4}, self.history()
		)

	def test_what_was_made_without_an_answer_is_not_made_twice(self):
		self.connect("Variants to the shop")
		self.fake.troubles.append(Trouble("productSet", lose_answer=True))
		template, (red,) = self.shirt("Red")
		self.settled()
		self.assertEqual(len(self.fake.sent("productSet")), 1, self.history())
		self.fake.troubles.append(Trouble("productVariantsBulkCreate", lose_answer=True))
		blue = self.variant(template, {self.colour: "Blue", self.size: "S"})
		self.settled()
		self.assertEqual(len(self.fake.sent("productVariantsBulkCreate")), 1, self.history())
		self.assertEqual([one["sku"] for one in self.product_of(template)["variants"]], [red.name, blue.name])
		self.variant_of(blue)

	def test_more_attributes_than_the_shop_takes_are_told(self):
		self.connect("Templates to the shop")
		names = [self.attribute(f"{name} {self.mark}", "One") for name in ("A", "B", "C", "D")]
		self.variant(self.template(*names), dict.fromkeys(names, "One"))
		frappe.db.commit()
		self.send()
		(event,) = self.events(status="Failed")
		self.assertIn("maximum of 3 options", event.error_message or self.history())


def _shown(record: dict[str, Any]) -> list[str]:
	return [one["preview"]["image"]["url"] for one in record["media"]]
