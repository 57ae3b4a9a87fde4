"""Products of Shopify with choices: as templates with variants, or as plain items; their pictures."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems.shopify_case import ShopifyCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.shopify_products import picture

TEMPLATES, VARIANTS = "Product templates", "Variants"
PNG = b64decode(
	"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class VariantsCase(ShopifyCase):
	def setUp(self) -> None:
		super().setUp()
		self.fake.restore = 100_000  # the throttle has tests of its own
		self.mark = frappe.generate_hash(length=6).upper()
		self.colour, self.size = f"Colour {self.mark}", f"Size {self.mark}"

	def product(self, name: str, *choices: dict[str, str], **changes: Any) -> dict[str, Any]:
		"""A product of the shop with a variant for each choice, of options by their names."""
		product = self.numbered(
			"product", "Product", title=f"{name} {self.mark}", featuredMedia=None, variants=[], **changes
		)
		for choice in choices:
			self.variant_of(product, choice)
		return self.fake.add("products", product)

	def variant_of(self, product: dict[str, Any], choice: dict[str, str]) -> dict[str, Any]:
		mark = f"{self.mark}-{len(product['variants'])}-{product['legacyResourceId']}"
		variant = self.variant(mark, product=product, title=" / ".join(choice.values()))
		variant["selectedOptions"] = [{"name": name, "value": value} for name, value in choice.items()]
		product["variants"].append(variant)
		product["options"] = [
			{"id": f"gid://shopify/ProductOption/{self.fake.number()}", "name": name, "values": [value]}
			for name, value in choice.items()
		]
		return self.fake.add("productVariants", variant)

	def pull_all(self) -> None:
		self.pull(TEMPLATES)
		self.pull(VARIANTS)

	def item_of(self, variant: dict[str, Any]) -> Any:
		parts = (variant["product"], variant, variant["inventoryItem"])
		return self.linked("variant", ":".join(part["legacyResourceId"] for part in parts))

	def template_of(self, product: dict[str, Any]) -> Any:
		return self.linked("product", product["legacyResourceId"])

	def chosen(self, variant: dict[str, Any]) -> dict[str, str]:
		return {row.attribute: row.attribute_value for row in self.item_of(variant).attributes}

	def values_of(self, attribute: str) -> list[str]:
		return [
			row.attribute_value for row in frappe.get_doc("Item Attribute", attribute).item_attribute_values
		]


class TestTemplates(VariantsCase):
	def setUp(self) -> None:
		super().setUp()
		self.connect(VARIANTS)

	def two(self) -> dict[str, Any]:
		"""A red and a blue scarf."""
		return self.product(
			"Scarf", {self.colour: "Red", self.size: "M"}, {self.colour: "Blue", self.size: "L"}
		)

	@proves("Variants in")
	def test_products_with_choices_become_templates_and_others_items(self):
		scarf = self.two()
		pot = self.fake.add("productVariants", self.variant(self.mark))
		self.fake.add("products", {**pot["product"], "variants": [pot]})
		self.pull_all()
		template = self.template_of(scarf)
		self.assertEqual(
			(template.has_variants, template.item_name, [row.attribute for row in template.attributes]),
			(1, scarf["title"], [self.colour, self.size]),
		)
		red, blue = (self.item_of(one) for one in scarf["variants"])
		self.assertEqual([one.variant_of for one in (red, blue)], [template.name] * 2)
		self.assertEqual([one.item_code for one in (red, blue)], [one["sku"] for one in scarf["variants"]])
		self.assertEqual(
			[self.chosen(one) for one in scarf["variants"]],
			[{self.colour: "Red", self.size: "M"}, {self.colour: "Blue", self.size: "L"}],
		)
		self.assertEqual(
			(self.values_of(self.colour), self.values_of(self.size)), (["Red", "Blue"], ["M", "L"])
		)
		plain = self.item_of(pot)
		self.assertEqual((plain.variant_of, plain.has_variants, plain.attributes), (None, 0, []))
		self.assert_all_done()

	def test_the_same_once_more_changes_nothing(self):
		scarf = self.two()
		self.pull_all()
		names = [self.template_of(scarf).name, *(self.item_of(one).name for one in scarf["variants"])]
		before = self.stamps(names)
		self.fake.change("products", scarf)
		for variant in scarf["variants"]:
			self.fake.change("productVariants", variant)
		self.pull_all()
		self.assertEqual(self.stamps(names), before, self.history())
		self.assertEqual((self.compared(TEMPLATES), self.compared(VARIANTS)), ((0, 0, 0, 0), (0, 0, 0, 0)))
		self.assert_all_done()

	def stamps(self, items: list[str]) -> list[Any]:
		rows = [frappe.db.get_value("Item", name, "modified") for name in items]
		return [
			*rows,
			*(frappe.db.get_value("Item Attribute", name, "modified") for name in (self.colour, self.size)),
		]

	def test_products_with_the_same_option_have_all_its_values_in_one_spelling(self):
		self.two()
		shirt = self.product("Shirt", {self.colour.upper(): "RED"}, {self.colour.upper(): "Green"})
		self.pull_all()
		self.assertEqual(self.values_of(self.colour), ["Red", "Blue", "Green"], self.history())
		self.assertEqual(
			[self.chosen(one) for one in shirt["variants"]], [{self.colour: "Red"}, {self.colour: "Green"}]
		)
		self.assertEqual((self.compared(TEMPLATES), self.compared(VARIANTS)), ((0, 0, 0, 0), (0, 0, 0, 0)))
		self.assert_all_done()

	def test_an_option_that_is_added_later(self):
		scarf = self.two()
		self.pull_all()
		make.receipt(self.item_of(scarf["variants"][1]).name, 3)
		frappe.db.commit()
		wool = f"Wool {self.mark}"
		scarf["options"].append(
			{"id": f"gid://shopify/ProductOption/{self.fake.number()}", "name": wool, "values": ["Yes"]}
		)
		for variant in scarf["variants"]:
			variant["selectedOptions"].append({"name": wool, "value": "Yes"})
			self.fake.change("productVariants", variant)
		self.fake.change("products", scarf)
		self.pull_all()
		self.assertEqual(
			[row.attribute for row in self.template_of(scarf).attributes], [self.colour, self.size, wool]
		)
		self.assertEqual(
			self.chosen(scarf["variants"][0]),
			{self.colour: "Red", self.size: "M", wool: "Yes"},
			self.history(),
		)
		# ERPNext changes no attributes of what has been in stock: told, and the rest stands.
		self.assertEqual(self.chosen(scarf["variants"][1]), {self.colour: "Blue", self.size: "L"})
		(event,) = self.events(status="Failed")
		self.assertIn("Attributes after stock transaction", event.error)

	def test_a_product_that_is_given_choices_later_stays_an_item_and_is_told(self):
		pot = self.fake.add("productVariants", self.variant(self.mark))
		product = self.fake.add("products", {**pot["product"], "variants": [pot]})
		pot["product"] = product
		self.pull_all()
		item = self.item_of(pot)
		product.update(hasOnlyDefaultVariant=False, options=[{**product["options"][0], "name": self.size}])
		pot["selectedOptions"] = [{"name": self.size, "value": "M"}]
		self.fake.change("products", product)
		self.fake.change("productVariants", pot)
		self.pull_all()
		self.assertEqual(self.item_of(pot).variant_of, item.variant_of)
		(event,) = self.events(status="Failed")
		self.assertIn("Variant Of", event.error)

	def test_a_variant_that_is_removed_is_told_by_comparing_and_disabled_where_that_is_chosen(self):
		scarf = self.two()
		self.pull_all()
		gone = self.removed(scarf)
		self.pull_all()
		self.assertFalse(self.item_of(gone).disabled)
		self.assertEqual(self.compared(VARIANTS), (0, 1, 0, 0), self.history())
		frappe.db.set_value("Field Mapping", self.flow(VARIANTS), "on_remote_delete", "Disable")
		frappe.clear_cache(doctype="Field Mapping")
		self.compared(VARIANTS)
		self.assertEqual(
			[self.item_of(one).disabled for one in (gone, scarf["variants"][0])], [1, 0], self.history()
		)

	def removed(self, product: dict[str, Any]) -> dict[str, Any]:
		gone = product["variants"].pop()
		del self.fake.records["productVariants"][gone["id"]]
		self.fake.change("products", product)
		return gone

	def test_what_cannot_be_asked_for_is_told_and_not_taken_to_be_there(self):
		scarf = self.two()
		self.pull_all()
		self.removed(scarf)
		flow = self.flow(VARIANTS)
		body = frappe.db.get_value("Field Mapping", flow, "fetch_body")
		broken = body.replace("split(external_id, ':')[1]", "admin_graphql_api_id")
		frappe.db.set_value("Field Mapping", flow, "fetch_body", broken)
		frappe.clear_cache(doctype="Field Mapping")
		self.assertEqual(self.compared(VARIANTS), (0, 1, 0, 0), self.history())

	def test_products_by_webhook_wait_for_their_template(self):
		self.register()
		scarf = self.two()
		self.fake.change("products", scarf)
		self.assertEqual({status for _topic, status in self.fake.webhooks.deliveries}, {200})
		self.work()
		self.assertEqual(
			[self.item_of(one).variant_of for one in scarf["variants"]], [self.template_of(scarf).name] * 2
		)
		self.assert_all_done()


class TestWays(VariantsCase):
	def test_as_plain_items(self):
		self.connect("Products")
		scarf = self.product("Scarf", {self.colour: "Red"}, {self.colour: "Blue"})
		self.pull("Products")
		items = [self.item_of(one) for one in scarf["variants"]]
		self.assertEqual(
			[(one.item_name, one.variant_of, one.attributes) for one in items],
			[(f"{scarf['title']} - {colour}", None, []) for colour in ("Red", "Blue")],
		)
		self.assertFalse(frappe.db.exists("Item Attribute", self.colour))
		self.assert_all_done()

	def test_both_ways_at_once_are_refused(self):
		with self.assertRaises(frappe.ValidationError) as caught:
			self.connect("Products", VARIANTS)
		self.assertIn("Choose one of them", str(caught.exception))

	def test_stock_of_a_variant_goes_out_and_brings_no_plain_items_along(self):
		made = self.connect("Stock", VARIANTS)
		self.assertNotIn(self.flow("Products"), made["flows"])
		scarf = self.product("Scarf", {self.colour: "Red"}, {self.colour: "Blue"})
		self.pull_all()
		make.receipt(self.item_of(scarf["variants"][0]).name, 4)
		self.send()
		self.assertEqual(list(self.fake.stock.values()), [4], self.history())
		self.assert_all_done()

	def test_pictures_come_once(self):
		self.connect(VARIANTS)
		for name in ("scarf", "red"):
			self.fake.pictures[f"/cdn/{name}.png?v=1"] = PNG + name.encode()
		scarf = self.product("Scarf", {self.colour: "Red"}, {self.colour: "Blue"})
		scarf["featuredMedia"] = picture(self.fake, f"{self.fake.url}/cdn/scarf.png?v=1")
		scarf["variants"][0]["media"] = [picture(self.fake, f"{self.fake.url}/cdn/red.png?v=1")]
		self.pull_all()
		red, blue = (self.item_of(one) for one in scarf["variants"])
		for item, name in ((red, "red"), (blue, "scarf"), (self.template_of(scarf), "scarf")):
			self.assertIn(name, item.image or "", self.history())
		self.fake.change("productVariants", scarf["variants"][0])
		self.pull(VARIANTS)
		self.assertEqual(frappe.db.count("File", {"attached_to_name": red.name}), 1)
		self.assert_all_done()

	def test_a_picture_at_a_public_address_goes_with_a_new_item(self):
		self.connect("Items to the shop", "Products")
		address = "https://pictures.example.com/pipe.png"
		make.item(item_code=f"PIPE-{self.mark}", item_name=f"Pipe {self.mark}", image=address)
		self.send()
		(sent,) = self.fake.sent("productSet") or self.fail(self.history())
		(file,) = sent["input"]["files"]
		self.assertEqual((file["originalSource"], file["contentType"]), (address, "IMAGE"))
		self.assert_all_done()
