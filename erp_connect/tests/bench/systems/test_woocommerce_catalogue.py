"""Customers, products and variations of WooCommerce in; stock, prices, order status and notes out."""

from __future__ import annotations

import json
from typing import Any

import frappe
from erpnext.controllers.accounts_controller import update_child_qty_rate
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note
from frappe.utils import add_days, today

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.bench.systems.woocommerce_case import WooCommerceCase
from erp_connect.tests.fakes.woocommerce import fixture

ROOT = "/wp-json/wc/v3"


def supplier() -> str:
	"""Somebody to buy from, with a name of his own."""
	group = make.leaf("Supplier Group")
	values = {"supplier_name": make.unique("Supplier"), "supplier_group": group}
	return frappe.get_doc({"doctype": "Supplier", **values}).insert().name


class CatalogueCase(WooCommerceCase):
	def setUp(self) -> None:
		super().setUp()
		self.mark = frappe.generate_hash(length=6).upper()

	def simple(self, **changes: Any) -> dict[str, Any]:
		values = {"id": self.fake.number(), "sku": f"POT-{self.mark}", "name": f"Pot {self.mark}"}
		return self.fake.add("products", {**fixture("product"), **values, **changes})

	def variable(self) -> dict[str, Any]:
		"""A product with two variations, of an attribute of its own."""
		name = f"Colour {self.mark}"
		self.fake.attributes[6] = {
			"attribute": {**fixture("attribute"), "name": name},
			"terms": fixture("terms"),
		}
		ids = [self.fake.number() for _ in range(2)]
		product = {
			**fixture("variable_product"),
			"id": self.fake.number(),
			"sku": f"SCARF-{self.mark}",
			"name": f"Scarf {self.mark}",
			"variations": ids,
		}
		product["attributes"] = [{**product["attributes"][0], "name": name}]
		for id_, colour in zip(ids, ("Red", "Blue"), strict=True):
			# A variation without a SKU of its own shows that of its product.
			sku = f"SCARF-{self.mark}-RED" if colour == "Red" else product["sku"]
			attributes = [{"id": 6, "name": name, "slug": "pa_colour", "option": colour}]
			values = {
				"id": id_,
				"parent_id": product["id"],
				"sku": sku,
				"attributes": attributes,
				"name": colour,
			}
			self.fake.add_child("products", product["id"], "variations", {**fixture("variation"), **values})
		return self.fake.add("products", product)

	def pull_variable(self) -> dict[str, Any]:
		product = self.variable()
		for flow in ("Attributes", "Products", "Variations"):
			self.pull(flow)
		return product


class TestIn(CatalogueCase):
	@proves("Customers in")
	def test_customers_with_addresses_and_contact(self):
		self.connect("Customers")
		mail = f"{self.mark.lower()}@example.com"
		billing = {**fixture("customer")["billing"], "email": mail}
		customer = self.fake.add(
			"customers", fixture("customer"), id=self.fake.number(), email=mail, billing=billing
		)
		blank = {key: "" for key in billing}
		values = {
			"email": f"b{mail}",
			"billing": blank,
			"shipping": blank,
			"first_name": "New",
			"last_name": self.mark,
		}
		new = self.fake.add("customers", fixture("customer"), id=self.fake.number(), **values)
		self.pull("Customers")
		doc = self.linked("customer", customer["id"])
		self.assertEqual((doc.customer_name, doc.customer_type), ("Greta Ohlsen", "Individual"))
		rows = frappe.get_all(
			"Dynamic Link", {"link_name": doc.name, "parenttype": "Address"}, pluck="parent"
		)
		addresses = {
			(row.address_type, row.address_line1, row.country)
			for row in (frappe.get_doc("Address", name) for name in rows)
		}
		self.assertEqual(
			addresses, {("Billing", "Lindenweg 8", "Germany"), ("Shipping", "Hafenstrasse 3", "Germany")}
		)
		self.assertEqual(self.linked("customer", new["id"]).customer_name, f"New {self.mark}")
		self.assert_all_done()

	@proves("Products in", "Compared equal")
	def test_products_become_items_and_are_compared_equal(self):
		self.connect("Products")
		product = self.simple()
		self.simple(sku="", name=f"Without a SKU {self.mark}", status="draft")
		self.pull("Products")
		item = self.linked("product", product["id"])
		self.assertEqual((item.item_code, item.item_name), (product["sku"], product["name"]))
		self.assertEqual(
			(item.stock_uom, item.is_stock_item, item.has_variants, item.disabled), ("Nos", 1, 0, 0)
		)
		self.assertEqual(self.compared("Products"), (0, 0, 0, 0))
		self.fake.webhooks.hush = True
		self.fake.change("products", product["id"], name="Other name")
		self.assertEqual(self.compared("Products"), (0, 0, 1, 0))

	@proves("Variants in")
	def test_variations_become_variants_of_their_template(self):
		self.connect("Variations")
		product = self.pull_variable()
		template = self.linked("product", product["id"])
		self.assertEqual(
			(template.has_variants, template.attributes[0].attribute), (1, f"Colour {self.mark}")
		)
		red, blue = (self.linked("variant", id_) for id_ in product["variations"])
		self.assertEqual(
			[(one.variant_of, one.attributes[0].attribute_value) for one in (red, blue)],
			[(template.name, "Red"), (template.name, "Blue")],
		)
		self.assertEqual(red.item_code, f"SCARF-{self.mark}-RED")
		self.assertEqual(blue.item_code, f"{product['name']} Blue {product['variations'][1]}")
		self.assert_all_done()

	def ordered(self, product: dict[str, Any], number: int, sku: str) -> Any:
		"""The Sales Order of an order of one variation."""
		line = {"product_id": product["id"], "variation_id": number, "sku": sku, "quantity": 1, "taxes": []}
		line = {
			**fixture("order")["line_items"][0],
			**line,
			"subtotal": "20.00",
			"total": "20.00",
			"total_tax": "0",
		}
		nothing = {"tax_lines": [], "shipping_lines": [], "fee_lines": [], "total_tax": "0.00"}
		order = self.fake.add("orders", self.order(line_items=[line], total="20.00", **nothing))
		self.pull("Orders")
		return self.linked("order", order["id"])

	def test_orders_of_a_variation_that_shows_the_code_of_its_product(self):
		"""That code is the template's, and no item's where there are no templates."""
		self.connect("Orders", "Variations")
		product = self.pull_variable()
		red, blue = (self.linked("variant", id_).name for id_ in product["variations"])
		doc = self.ordered(product, product["variations"][1], product["sku"])
		self.assertEqual([row.item_code for row in doc.items], [blue], self.history())
		doc = self.ordered(product, product["variations"][0], red)
		self.assertEqual([row.item_code for row in doc.items], [red])
		self.mark = f"{self.mark}N"
		self.connect("Orders", "Variations without templates", name="Without Templates")
		other = self.variable()
		self.pull("Variations without templates")
		blue = self.linked("variant", other["variations"][1]).name
		doc = self.ordered(other, other["variations"][1], other["sku"])
		self.assertEqual([row.item_code for row in doc.items], [blue], self.history())

	def test_an_attribute_of_one_product_alone_is_made_with_it(self):
		self.connect("Variations")
		product = self.variable()
		self.fake.attributes.clear()
		for flow in ("Attributes", "Products", "Variations"):
			self.pull(flow)
		red, blue = (self.linked("variant", id_) for id_ in product["variations"])
		self.assertEqual([one.attributes[0].attribute_value for one in (red, blue)], ["Red", "Blue"])
		doc = frappe.get_doc("Item Attribute", f"Colour {self.mark}")
		self.assertEqual([row.attribute_value for row in doc.item_attribute_values], ["Red", "Blue"])
		self.assert_all_done()


class TestOut(CatalogueCase):
	def stock(self, **entries: str) -> tuple[dict[str, Any], str]:
		self.connect("Stock", entries=entries)
		product = self.simple()
		self.pull("Products")
		make.receipt(product["sku"], 7)
		make.sales_order(make.customer().name, [(product["sku"], 2, 10)])
		self.send()
		return self.fake.records["products"][product["id"]], product["sku"]

	@proves("Stock out")
	def test_stock_less_what_is_reserved(self):
		product, _code = self.stock()
		self.assertEqual((product["manage_stock"], product["stock_quantity"]), (True, 5), self.history())
		self.assert_all_done()

	def test_what_an_order_reserves_of_the_components_of_a_bundle(self):
		"""A set of three pots: no row of the order names a pot."""
		product, code = self.stock()
		pots = make.item(is_stock_item=0).name
		bundle = {
			"doctype": "Product Bundle",
			"new_item_code": pots,
			"items": [{"item_code": code, "qty": 3}],
		}
		frappe.get_doc(bundle).insert()
		order = make.sales_order(make.customer().name, [(pots, 1, 30)])
		self.send()
		self.assertEqual(product["stock_quantity"], 2, self.history())
		order.cancel()
		self.send()
		self.assertEqual(product["stock_quantity"], 5, self.history())

	def test_what_is_free_again_when_a_line_is_taken_off_an_order(self):
		product, code = self.stock()
		other = make.item().name
		order = make.sales_order(make.customer().name, [(other, 1, 10), (code, 3, 10)])
		self.send()
		self.assertEqual(product["stock_quantity"], 2, self.history())
		kept = order.items[0]
		row = {"docname": kept.name, "delivery_date": str(kept.delivery_date)}
		row |= {field: kept.get(field) for field in ("item_code", "qty", "rate", "uom", "conversion_factor")}
		update_child_qty_rate("Sales Order", json.dumps([row]), order.name)
		self.send()
		self.assertEqual(product["stock_quantity"], 5, self.history())

	def test_pieces_are_kept_back(self):
		product, _code = self.stock(stock_buffer="2")
		self.assertEqual(product["stock_quantity"], 3, self.history())

	def test_stock_as_it_is_projected(self):
		product, code = self.stock(stock_figure="projected")
		projected = frappe.db.get_value(
			"Bin", {"item_code": code, "warehouse": make.warehouse()}, "projected_qty"
		)
		self.assertEqual((product["stock_quantity"], projected), (5, 5), self.history())
		ordered = {
			"item_code": code,
			"qty": 10,
			"rate": 4,
			"warehouse": make.warehouse(),
			"schedule_date": today(),
		}
		order = {
			"doctype": "Purchase Order",
			"company": make.company(),
			"supplier": supplier(),
			"items": [ordered],
		}
		order = frappe.get_doc({**order, "schedule_date": today()}).insert().submit()
		self.send()
		self.assertEqual(product["stock_quantity"], 15, self.history())
		order.cancel()
		self.send()
		self.assertEqual(product["stock_quantity"], 5, self.history())

	def test_what_is_to_be_made_counts_for_the_projected_stock_until_it_is_not(self):
		product, code = self.stock(stock_figure="projected")
		part = {"item_code": make.item().name, "qty": 1, "rate": 1}
		made = {"company": self.company, "item": code, "quantity": 1, "items": [part]}
		bom = frappe.get_doc({"doctype": "BOM", **made}).insert().submit()
		order = {
			"production_item": code,
			"bom_no": bom.name,
			"qty": 6,
			"skip_transfer": 1,
			"company": self.company,
		}
		places = dict.fromkeys(("fg_warehouse", "wip_warehouse", "source_warehouse"), make.warehouse())
		order = frappe.get_doc({"doctype": "Work Order", **order, **places}).insert().submit()
		self.send()
		self.assertEqual(product["stock_quantity"], 11, self.history())
		order.cancel()
		self.send()
		self.assertEqual(product["stock_quantity"], 5, self.history())

	def test_stock_and_prices_of_variations_go_below_their_product(self):
		self.connect("Stock of variations", "Prices of variations")
		product = self.pull_variable()
		red = product["variations"][0]
		item = self.linked("variant", red)
		make.receipt(item.name, 4)
		self.price(item.name, 31.5)
		self.send()
		variation = self.fake.children["products", product["id"], "variations"][red]
		self.assertEqual(
			(variation["stock_quantity"], variation["regular_price"]), (4, "31.5"), self.history()
		)
		self.assert_all_done()

	def test_variations_as_items_without_templates(self):
		self.connect(
			"Variations without templates", "Stock of variations", "Prices of variations", "Items to the shop"
		)
		pot, product = self.simple(), self.variable()
		for flow in ("Products without templates", "Variations without templates"):
			self.pull(flow)
		self.assertEqual(self.linked("product", pot["id"]).item_code, pot["sku"])
		self.assertFalse(
			frappe.db.exists("Sync Link", {"integration": self.account, "external_id": product["id"]})
		)
		red, blue = (self.linked("variant", id_) for id_ in product["variations"])
		self.assertEqual(
			(red.item_code, red.item_name), (f"SCARF-{self.mark}-RED", f"{product['name']} - Red")
		)
		self.assertEqual([(one.variant_of, one.has_variants) for one in (red, blue)], [(None, 0)] * 2)
		make.receipt(red.name, 4)
		self.price(red.name, 31.5)
		red.description = "Of silk"
		red.save()
		self.send()
		variation = self.fake.children["products", product["id"], "variations"][product["variations"][0]]
		self.assertEqual(
			(variation["stock_quantity"], variation["regular_price"]), (4, "31.5"), self.history()
		)
		self.assertNotIn(red.item_name, [one["name"] for one in self.fake.records["products"].values()])
		self.assert_all_done()

	@proves("Products out")
	def test_items_become_products_and_what_came_is_not_sent_back(self):
		self.connect("Items to the shop", "Products")
		came = self.simple()
		self.pull("Products")
		item = make.item(item_name=f"New {self.mark}")
		self.send()
		(made,) = self.fake.sent("POST", f"{ROOT}/products")
		self.assertEqual((made["name"], made["sku"], made["status"]), (item.item_name, item.name, "draft"))
		self.assertEqual(self.fake.count("PUT"), 0, self.history())
		(link,) = self.links(document_name=item.name)
		product = self.fake.records["products"][int(link.external_id)]
		# What the shop has published since stays published.
		self.fake.webhooks.hush = True
		self.fake.change("products", product["id"], status="publish")
		item.reload()
		item.update({"item_name": f"Better {self.mark}"})
		item.save()
		self.send()
		self.assertEqual((product["name"], product["status"]), (f"Better {self.mark}", "publish"))
		self.assertEqual(self.fake.records["products"][came["id"]]["name"], came["name"])
		self.assert_all_done()

	def price(self, item: str, rate: float, **more: Any) -> Any:
		values = {"item_code": item, "price_list": "Standard Selling", "price_list_rate": rate, **more}
		doc = frappe.get_doc({"doctype": "Item Price", **values}).insert()
		frappe.db.commit()
		return doc

	def test_only_a_price_of_the_stock_unit_that_is_valid_today_goes_out(self):
		self.connect("Prices")
		product = self.simple()
		self.pull("Products")
		item = frappe.get_doc("Item", product["sku"])
		item.append("uoms", {"uom": "Box", "conversion_factor": 12})
		item.save()
		frappe.db.delete("Item Price", {"item_code": item.name})
		self.price(item.name, 10, valid_from=add_days(today(), -20))
		self.send()
		self.assertEqual(product["regular_price"], "10")
		for rate, more in (
			(110, {"uom": "Box"}),
			(7, {"valid_from": add_days(today(), 30)}),
			(6, {"valid_from": add_days(today(), -30), "valid_upto": add_days(today(), -3)}),
		):
			self.price(item.name, rate, **more)
			self.send()
			self.assertEqual(product["regular_price"], "10")
		self.price(item.name, 9, valid_from=add_days(today(), -2), valid_upto=today())
		self.send()
		self.assertEqual(product["regular_price"], "9", self.history())
		self.assert_all_done()

	@proves("Sale prices out")
	def test_sale_prices_go_out_with_their_days_and_end_with_their_item_price(self):
		self.connect("Sale prices")
		product = self.simple()
		self.pull("Products")
		days = {"valid_from": add_days(today(), 2), "valid_upto": add_days(today(), 9)}
		doc = self.price(product["sku"], 8, price_list="Sale", **days)
		self.price(product["sku"], 12)
		self.send()
		record = self.fake.records["products"][product["id"]]
		names = ("sale_price", "date_on_sale_from", "date_on_sale_to")
		begin, end = f"{days['valid_from']}T00:00:00", f"{days['valid_upto']}T23:59:59"
		self.assertEqual([record[name] for name in names], ["8", begin, end], self.history())
		self.assertEqual(record["regular_price"], fixture("product")["regular_price"])
		doc.delete()
		self.send()
		self.assertEqual([record[name] for name in names], ["", "", ""], self.history())
		self.price(product["sku"], 9, price_list="Sale")
		self.send()
		self.assertEqual(record["sale_price"], "9", self.history())
		self.assert_all_done()

	def test_sale_prices_of_variations(self):
		self.connect("Sale prices of variations")
		product = self.pull_variable()
		red = product["variations"][0]
		self.price(self.linked("variant", red).name, 8, price_list="Sale")
		self.send()
		record = self.fake.children["products", product["id"], "variations"][red]
		self.assertEqual(record["sale_price"], "8", self.history())

	@proves("Prices out", "Error 500 survived", "Throttled", "Answer lost after the work was done")
	def test_prices_whatever_goes_wrong_on_the_way(self):
		self.connect("Prices")
		product = self.simple()
		self.pull("Products")
		path = f"{ROOT}/products/{product['id']}"
		for times, (trouble, rate) in enumerate(
			(({"status": 500}, 12.5), ({"status": 429, "headers": (("Retry-After", "30"),)}, 13), ({"lose_answer": True}, 14.25)), 1
		):  # fmt: skip
			self.fake.trouble("PUT", path, **trouble)
			self.price_is(product["sku"], rate)
			self.send()
			self.assertEqual(len(self.fake.sent("PUT", path)), times * 2 - 1, self.history())
			self.later()
			self.send()
			self.assertEqual(self.fake.records["products"][product["id"]]["regular_price"], f"{rate}")
		self.assert_all_done()

	def price_is(self, item: str, rate: float) -> None:
		if not (name := frappe.db.exists("Item Price", {"item_code": item})):
			self.price(item, rate)
			return
		doc = frappe.get_doc("Item Price", name)
		doc.price_list_rate = rate
		doc.save()
		frappe.db.commit()

	@proves("Order status out")
	def test_an_order_that_was_delivered_is_completed_and_its_buyer_told(self):
		self.connect("Order status", "Shipping notes")
		order = self.fake.add("orders", self.order())
		self.pull("Orders")
		note = make_delivery_note(self.linked("order", order["id"]).name)
		note.update({"lr_no": "TRK-1"})
		note.insert().submit()
		self.send()
		self.assertEqual(self.fake.records["orders"][order["id"]]["status"], "completed", self.history())
		(told,) = self.fake.sent("POST", f"{ROOT}/orders/{order['id']}/notes")
		self.assertEqual((told["note"], told["customer_note"]), ("Shipped TRK-1", True))

	def test_an_order_that_is_cancelled_here_is_cancelled_there(self):
		self.connect("Order status")
		order = self.fake.add("orders", self.order())
		self.pull("Orders")
		self.linked("order", order["id"]).cancel()
		self.send()
		self.assertEqual(self.fake.records["orders"][order["id"]]["status"], "cancelled", self.history())
