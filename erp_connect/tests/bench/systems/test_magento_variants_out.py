"""Templates with variants and pictures that become configurable products of Magento, and special prices."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, today

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems.magento_case import ROOT
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.bench.systems.test_magento_catalogue import CatalogueCase
from erp_connect.tests.bench.systems.variants_out import VariantsOut

FLOWS = ("Attributes to the shop", "Variants to the shop", "Templates to the shop")


class TestVariantsOut(VariantsOut, CatalogueCase):
	def shirt(self, *colours: str) -> tuple[Any, list[Any]]:
		self.colour = self.attribute(f"Colour {self.mark}", "Red", "Blue", "Green")
		self.size = self.attribute(f"Size {self.mark}", "S", "M")
		template = self.template(self.colour, self.size)
		return template, [self.variant(template, {self.colour: one, self.size: "S"}) for one in colours]

	def chosen(self, sku: str) -> dict[str, str]:
		"""The values of a product, by the names of its attributes."""
		by_code = {one["attribute_code"]: one for one in self.fake.records["attributes"].values()}
		return {
			by_code[one["attribute_code"]]["default_frontend_label"]: next(
				option["label"]
				for option in by_code[one["attribute_code"]]["options"]
				if option["value"] == one["value"]
			)
			for one in self.fake.records["products"][sku]["custom_attributes"]
			if one["attribute_code"] in by_code
		}

	@proves("Variants out")
	def test_a_template_and_its_variants_become_a_configurable_product(self):
		self.connect(*FLOWS)
		template, items = self.shirt("Red", "Blue")
		self.settled()
		product = self.fake.records["products"][template.name]
		self.assertEqual(
			(product["type_id"], product["name"], product["status"], product["visibility"]),
			("configurable", template.item_name, 2, 4),
		)
		self.assertEqual(self.fake.children[template.name], [one.name for one in items])
		options = product["extension_attributes"]["configurable_product_options"]
		self.assertEqual(
			[(one["label"], len(one["values"])) for one in options], [(self.colour, 2), (self.size, 1)]
		)
		for item, colour in zip(items, ("Red", "Blue"), strict=True):
			child = self.fake.records["products"][item.name]
			self.assertEqual((child["type_id"], child["status"], child["visibility"]), ("simple", 1, 1))
			self.assertEqual(self.chosen(item.name), {self.colour: colour, self.size: "S"})
		self.assertEqual(len(self.fake.placed), 2)
		links = {(link.remote_entity, link.external_id) for link in self.links(document_type="Item")}
		self.assertEqual(links, {("product", template.name), *(("variant", one.name) for one in items)})

	@proves("Changed products out")
	def test_changes_reach_the_product_and_a_new_variant_joins_it(self):
		self.connect(*FLOWS)
		template, (red,) = self.shirt("Red")
		self.settled()
		product = self.fake.change("products", template.name, status=1)
		options = product["extension_attributes"]["configurable_product_options"]
		template.reload()
		template.item_name = f"Better {self.mark}"
		template.save()
		colour = frappe.get_doc("Item Attribute", self.colour)
		colour.append("item_attribute_values", {"attribute_value": "Plum", "abbr": f"{self.mark}PLU"})
		colour.save()
		plum = self.variant(template, {self.colour: "Plum", self.size: "M"})
		self.settled()
		self.assertEqual((product["name"], product["status"]), (f"Better {self.mark}", 1), self.history())
		self.assertEqual(self.fake.children[template.name], [red.name, plum.name])
		self.assertEqual(product["extension_attributes"]["configurable_product_options"], options)
		self.assertEqual(self.chosen(plum.name), {self.colour: "Plum", self.size: "M"})
		for item, sku in ((red, red.name), (template, template.name)):
			item.reload()
			item.disabled = 1
			item.save()
			self.settled()
			self.assertEqual(self.fake.records["products"][sku]["status"], 2, self.history())
		self.assertEqual(self.fake.children[template.name], [red.name, plum.name])

	def test_attributes_that_the_shop_has_are_linked_and_not_made_again(self):
		self.connect(*FLOWS)
		name = f"Colour {self.mark}"
		there = self.fake.add(
			"attributes",
			{
				"attribute_id": self.fake.number(),
				"attribute_code": f"colour_{self.mark.lower()}",
				"default_frontend_label": name,
				"frontend_input": "select",
				"is_user_defined": True,
				"options": [{"label": " ", "value": ""}, {"label": "Red", "value": "58"}],
			},
		)
		self.attribute(name, "Red", "Blue")
		template = self.template(name)
		red = self.variant(template, {name: "Red"})
		self.settled()
		self.assertEqual(self.fake.sent("POST", f"{ROOT}/products/attributes"), [], self.history())
		self.assertEqual(self.chosen(red.name), {name: "Red"}, self.history())
		blue = self.variant(template, {name: "Blue"})
		self.settled()
		self.assertEqual([one["label"] for one in there["options"]], [" ", "Red", "Blue"], self.history())
		self.assertEqual(self.fake.children[template.name], [red.name, blue.name])

	def test_numeric_attributes_have_the_values_of_variants_as_options(self):
		self.connect(*FLOWS)
		values = {"numeric_values": 1, "from_range": 0, "to_range": 20, "increment": 0.5}
		weight, length = (
			frappe.get_doc({"doctype": "Item Attribute", "attribute_name": f"{name} {self.mark}", **values})
			.insert()
			.name
			for name in ("Weight", "Length")
		)
		rows = [{"attribute": one, **values} for one in (weight, length)]
		template = self.template(attributes=rows)
		first = self.variant(template, {weight: "2.5", length: "10"}, item_code=f"{template.name}-A")
		self.settled()
		self.assertEqual(self.chosen(first.name), {weight: "2.5", length: "10"}, self.history())
		code = next(
			one["attribute_code"]
			for one in self.fake.records["attributes"].values()
			if one["default_frontend_label"] == weight
		)
		self.fake.trouble("POST", f"{ROOT}/products/attributes/{code}/options", lose_answer=True)
		second = self.variant(template, {weight: "3", length: "10"}, item_code=f"{template.name}-B")
		self.settled()
		self.assertEqual(self.chosen(second.name), {weight: "3", length: "10"}, self.history())
		self.assertEqual(self.fake.children[template.name], [first.name, second.name])

	@proves("Pictures out")
	def test_pictures_travel_with_their_contents_once(self):
		self.connect(*FLOWS, "Items to the shop")
		template, (red,) = self.shirt("Red")
		simple = make.item(item_name=f"Plain {self.mark}")
		for number, item in enumerate((template, red, simple)):
			self.picture(item, f"front{number}", private=bool(number))
		self.settled()
		galleries = [
			self.fake.records["products"][item.name]["media_gallery_entries"]
			for item in (template, red, simple)
		]
		self.assertEqual([len(one) for one in galleries], [1, 1, 1], self.history())
		for (entry,) in galleries:
			self.assertGreater(entry["bytes"], 60)
			self.assertEqual(
				(entry["types"], entry["disabled"]), (["image", "small_image", "thumbnail"], False)
			)
		product = self.fake.records["products"][simple.name]
		own = {"id": 7, "media_type": "image", "label": "back", "position": 2, "disabled": False, "types": []}
		self.fake.change("products", simple.name, media_gallery_entries=[*galleries[2], own])
		for item in (template, red, simple):
			item.reload()
			item.item_name = f"Better {item.name}"
			item.save()
		self.settled()
		self.assertEqual([one["id"] for one in product["media_gallery_entries"]], [galleries[2][0]["id"], 7])
		self.picture(simple, "newer")
		self.settled()
		shown = product["media_gallery_entries"]
		self.assertEqual(len(shown), 2, self.history())
		self.assertIn("newer", shown[0]["label"])
		self.assertEqual(shown[1]["id"], 7)

	def test_stock_of_a_variant_that_was_made_here(self):
		self.connect(*FLOWS, "Stock")
		_template, (red,) = self.shirt("Red")
		self.settled()
		make.receipt(red.name, 4)
		self.settled()
		self.assertEqual(self.fake.stock[red.name, "default"]["quantity"], 4, self.history())

	def test_what_was_made_without_an_answer_is_not_made_twice(self):
		self.connect(*FLOWS)
		for path in ("products/attributes", "products"):
			self.fake.trouble("POST", f"{ROOT}/{path}", lose_answer=True)
		template, (red,) = self.shirt("Red")
		self.settled()
		self.settled()
		names = [one["default_frontend_label"] for one in self.fake.records["attributes"].values()]
		self.assertEqual(sorted(names), [self.colour, self.size], self.history())
		self.assertEqual(self.fake.children[template.name], [red.name])


class TestSpecialPrices(CatalogueCase):
	def price(self, item: str, rate: float, **more: Any) -> Any:
		values = {"item_code": item, "price_list": "Sale", "price_list_rate": rate, **more}
		doc = frappe.get_doc({"doctype": "Item Price", **values}).insert()
		frappe.db.commit()
		return doc

	@proves("Sale prices out")
	def test_special_prices_go_out_with_their_days_and_end_with_their_item_price(self):
		self.connect("Special prices", "Products")
		product = self.simple()
		self.pull("Products")
		days = {"valid_from": add_days(today(), 2), "valid_upto": add_days(today(), 9)}
		doc = self.price(product["sku"], 8, **days)
		self.price(product["sku"], 12, price_list="Standard Selling")
		self.send()
		begin, end = (f"{day} 00:00:00" for day in days.values())
		self.assertEqual(
			self.fake.special[product["sku"]],
			{"price": 8, "price_from": begin, "price_to": end},
			self.history(),
		)
		# A day that is taken away is none there, too.
		doc.reload()
		doc.update({"valid_upto": None, "price_list_rate": 7})
		doc.save()
		frappe.db.commit()
		self.send()
		self.assertEqual(self.fake.special[product["sku"]], {"price": 7, "price_from": begin}, self.history())
		doc.delete()
		frappe.db.commit()
		self.send()
		self.assertEqual(self.fake.special, {}, self.history())
		self.assert_all_done()

	def test_a_special_price_that_is_refused_in_an_answer_of_success_is_told(self):
		self.connect("Special prices", "Products")
		product = self.simple()
		self.pull("Products")
		del self.fake.records["products"][product["sku"]]
		self.price(product["sku"], 8)
		self.send()
		(event,) = self.events(status="Failed")
		self.assertIn("doesn't exist", event.error_message or self.history())
