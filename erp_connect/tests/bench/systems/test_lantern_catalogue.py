"""Customers and products of a shop with JSON over REST in, and what goes out to it: catalogue, parcels, refunds."""

from __future__ import annotations

from typing import Any

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note
from frappe.utils import add_days, today

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems.lantern_case import WICK, LanternCase
from erp_connect.tests.bench.systems.refunds_out import FLOW, RefundsOut
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.bench.systems.variants_out import VariantsOut


class TestIn(LanternCase):
	@proves("Customers in")
	def test_customers_with_contact_and_address(self):
		self.connect("Customers")
		where = {"street": "Mole 4", "city": "Kiel", "postcode": "24103", "country": "DE"}
		named = {"first_name": "Ada", "last_name": self.mark, "email": f"{self.mark.lower()}@example.com"}
		customer = self.fake.add("customers", **named, company="", phone="", address=where)
		self.pull("Customers")
		doc = self.linked("customer", customer["id"])
		self.assertEqual((doc.customer_name, doc.customer_type), (f"Ada {self.mark}", "Individual"))
		(row,) = frappe.get_all(
			"Dynamic Link", {"link_name": doc.name, "parenttype": "Address"}, pluck="parent"
		)
		address = frappe.get_doc("Address", row)
		self.assertEqual((address.address_line1, address.country), ("Mole 4", "Germany"))
		self.assert_all_done()

	def product(self, **values: Any) -> dict[str, Any]:
		named = {"sku": f"POT-{self.mark}", "name": f"Pot {self.mark}", "description": "", "status": "shown"}
		return self.fake.add("products", **{**named, "options": [], "variants": [], **values})

	def scarf(self) -> dict[str, Any]:
		variants = [
			{
				"id": self.fake.number(),
				"sku": f"SCARF-{self.mark}-{colour.upper()}",
				"options": [{"name": f"Colour {self.mark}", "value": colour}],
			}
			for colour in ("Red", "Blue")
		]
		return self.product(
			sku=f"SCARF-{self.mark}", options=[{"name": f"Colour {self.mark}"}], variants=variants
		)

	@proves("Products in", "Compared equal")
	def test_products_become_items_and_are_compared_equal(self):
		self.connect("Products")
		product = self.product()
		self.pull("Products")
		item = self.linked("product", product["id"])
		self.assertEqual(
			(item.item_code, item.item_name, item.has_variants), (product["sku"], product["name"], 0)
		)
		self.assertEqual(self.compared("Products"), (0, 0, 0, 0), self.history())
		self.fake.change("products", product["id"], name="Other name")
		self.assertEqual(self.compared("Products"), (0, 0, 1, 0))

	@proves("Variants in")
	def test_variants_become_variants_of_their_template(self):
		self.connect("Products", "Variants")
		product = self.scarf()
		for flow in ("Products", "Variants"):
			self.pull(flow)
		template = self.linked("product", product["id"])
		found = [self.linked("variant", one["id"]) for one in product["variants"]]
		self.assertEqual(
			[(one.variant_of, one.item_code, one.attributes[0].attribute_value) for one in found],
			[(template.name, f"SCARF-{self.mark}-{one.upper()}", one) for one in ("Red", "Blue")],
		)
		self.assert_all_done()

	@proves("Deletions told")
	def test_a_product_that_is_deleted_is_disabled_if_people_want_that(self):
		self.connect("Products")
		doc = frappe.get_doc("Field Mapping", self.flow("Products"))
		doc.update({"on_remote_delete": "Disable"}).save()
		self.commit()
		self.register()
		product = self.product()
		self.work()
		item = self.linked("product", product["id"])
		self.fake.remove("products", product["id"])
		self.work()
		self.assertEqual(item.reload().disabled, 1, self.history())
		self.assert_all_done()


class TestCatalogueOut(VariantsOut, LanternCase):
	def sent_product(self, item: Any) -> dict[str, Any]:
		(link,) = self.links(document_name=item.name, remote_entity="product") or self.fail(self.history())
		return self.fake.records["products"][int(link.external_id)]

	def known(self) -> Any:
		"""An item that the shop has."""
		item = make.item()
		self.fake.add("products", sku=item.name, name=item.name, options=[], variants=[])
		return item

	@proves("Stock out")
	def test_stock_less_what_is_reserved(self):
		self.connect("Stock")
		item = self.known()
		make.receipt(item.name, 7)
		make.sales_order(make.customer().name, [(item.name, 2, 10)])
		self.send()
		self.assertEqual(self.fake.stock, {item.name: 5}, self.history())
		self.assert_all_done()
		make.receipt(make.item().name, 1)  # which the shop does not have
		self.send()
		refused = self.events(status="Failed")[-1]
		self.assertIn("There is no", frappe.db.get_value("Sync Log", refused.name, "error"))

	def price(self, item: Any, **values: Any) -> Any:
		doc = {"doctype": "Item Price", "item_code": item.name, "price_list": "Standard Selling", **values}
		doc = frappe.get_doc(doc).insert()
		self.commit()
		return doc

	@proves("Prices out", "Sale prices out")
	def test_prices_and_those_of_a_sale_which_end_with_their_item_price(self):
		self.connect("Prices", "Sale prices")
		item, days = self.known(), {"valid_from": today(), "valid_upto": add_days(today(), 9)}
		self.price(item, price_list_rate=10)
		sale = self.price(item, price_list="Sale", price_list_rate=8, **days)
		self.send()
		shown = self.fake.prices[item.name]
		wanted = {
			"price": "10",
			"sale_price": "8",
			"sale_from": days["valid_from"],
			"sale_to": days["valid_upto"],
		}
		self.assertEqual({**shown, "price": shown["price"].removesuffix(".0")}, wanted, self.history())
		sale.delete()
		self.commit()
		self.send()
		self.assertEqual((shown["sale_price"], shown["sale_to"]), ("", ""), self.history())
		self.assert_all_done()

	@proves("Products out", "Changed products out", "Answer lost after the work was done")
	def test_an_item_becomes_one_product_also_when_the_answer_is_lost_and_changes_follow(self):
		self.connect("Products to the shop")
		self.fake.trouble("POST", "/api/products", lose_answer=True)
		item = make.item(item_name=f"New {self.mark}")
		self.settled()
		product = self.sent_product(item)
		self.assertEqual(
			(product["sku"], product["name"], product["status"]), (item.name, item.item_name, "draft")
		)
		self.assertEqual(len(self.fake.records["products"]), 1)
		self.fake.change("products", product["id"], status="shown")
		item.reload()
		item.update({"item_name": f"Better {self.mark}"})
		item.save()
		self.settled()
		self.assertEqual((product["name"], product["status"]), (f"Better {self.mark}", "shown"))

	@proves("Variants out", "Pictures out")
	def test_a_template_its_variants_and_their_public_pictures(self):
		self.connect("Products to the shop", "Variants to the shop")
		colour = self.attribute(f"Colour {self.mark}", "Red", "Blue")
		template = self.template(colour)
		red, blue = (self.variant(template, {colour: one}) for one in ("Red", "Blue"))
		address = self.picture(red)
		self.picture(blue, "secret", private=True)
		self.settled()
		product = self.sent_product(template)
		self.assertEqual(product["options"], [{"name": colour}])
		found = {one["sku"]: one for one in product["variants"]}
		self.assertEqual(set(found), {red.name, blue.name}, self.history())
		self.assertEqual(found[red.name]["options"], [{"name": colour, "value": "Red"}])
		self.assertEqual(found[red.name]["image_url"], frappe.utils.get_url(address))
		self.assertFalse(found[blue.name].get("image_url"))
		red.reload()
		red.disabled = 1
		red.save()
		self.settled()
		self.assertEqual(found[red.name]["status"], "hidden", self.history())


class TestOrdersOut(LanternCase):
	@proves("Order status out", "Tracking out")
	def test_a_parcel_goes_out_once_and_completes_the_order(self):
		self.connect("Orders", "Fulfilments", "Parcels to the shop", "Order status")
		order, doc = self.came()
		self.fake.trouble("POST", f"/api/orders/{order['id']}/shipments", lose_answer=True)
		note = make_delivery_note(doc.name)
		note.update({"transporter_name": "Barge", "lr_no": "BG-7"})
		note.insert().submit()
		for _ in range(2):
			self.commit()
			self.send()
			self.later()
		record = self.fake.records["orders"][order["id"]]
		(parcel,) = record["shipments"]
		self.assertEqual((parcel["carrier"], parcel["tracking"]), ("Barge", "BG-7"))
		wanted = [{"line_id": line["id"], "quantity": line["quantity"]} for line in order["lines"]]
		self.assertEqual(parcel["lines"], wanted, self.history())
		self.assertEqual(record["status"], "completed", self.history())
		before = frappe.db.count("Delivery Note")
		self.pull("Fulfilments")
		self.assertEqual(frappe.db.count("Delivery Note"), before)
		self.assert_all_done()

	def test_an_order_that_is_cancelled_here_is_cancelled_there(self):
		self.connect("Orders", "Order status")
		order, doc = self.came()
		doc.cancel()
		self.commit()
		self.send()
		self.assertEqual(self.fake.records["orders"][order["id"]]["status"], "cancelled", self.history())


class TestRefundsOut(RefundsOut, LanternCase):
	article, piece, tax = WICK, 9, 1.76

	@proves("Refunds out")
	def test_a_credit_note_goes_out_once_and_does_not_come_back(self):
		self.connect("Orders", "Refunds", FLOW)
		order, doc = self.came()
		path = f"/api/orders/{order['id']}/refunds"
		link = self.sent_once(doc, lambda: self.fake.trouble("POST", path, lose_answer=True))
		(refund,) = self.fake.records["orders"][order["id"]]["refunds"]
		self.assertEqual((str(refund["id"]), refund["amount"]), (link.external_id, 10.76))
		self.assertEqual(refund["lines"][0]["line_id"], order["lines"][0]["id"])
		self.assert_no_echo("Refunds")
