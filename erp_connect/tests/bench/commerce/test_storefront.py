"""What a shop shows: orders, invoices, shipments, stock and items; complete, in stable pages, nobody else's."""

from __future__ import annotations

import shutil
import unittest
from base64 import b64decode
from typing import Any

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note, make_sales_invoice
from frappe.utils import add_days, today

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.http_case import other_company, restrict
from erp_connect.tests.bench.inbound_case import InboundTestCase
from erp_connect.tests.bench.pair import ServedSite

CALLS: dict[str, dict[str, Any]] = {
	"orders": {},
	"order": {"order_id": "x"},
	"invoices": {},
	"invoice": {"invoice_id": "x"},
	"shipments": {},
	"customer_balance": {"customer_id": "x"},
	"checkout_taxes": {"items": [{"item_code": "x"}]},
	"prices": {"item_codes": ["x"]},
	"stock": {},
	"items": {},
}


class TestSales(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.change(warehouse=make.warehouse())
		self.item = make.item().name
		self.commit()
		made = self.ok(
			self.call("create_customer", {"customer_name": make.unique("Buyer"), "external_id": "b-1"}), 201
		)
		self.customer = made["customer_id"]
		self.commit()

	def order(self, quantity: float = 2, rate: float = 30):
		return make.sales_order(self.customer, [(self.item, quantity, rate)])

	def get(self, name: str, **arguments: Any) -> dict[str, Any]:
		self.commit()
		return self.ok(self.call(name, arguments, method="GET"), 200)

	def ids(self, **arguments: Any) -> list[str]:
		return [
			row["order_id"] for row in self.get("orders", customer_id=self.customer, **arguments)["orders"]
		]

	def test_pages_stay_as_they_are(self):
		"""Orders made while pages are read neither double nor hide others."""
		made = []
		for _ in range(5):
			made.append(self.order().name)
			self.commit()
		newest_first = made[::-1]
		first = self.get("orders", customer_id=self.customer, limit=2)
		later = self.order().name
		second = self.get("orders", customer_id=self.customer, limit=2, after=first["next"])
		third = self.get("orders", customer_id=self.customer, limit=2, after=second["next"])
		found = [row["order_id"] for page in (first, second, third) for row in page["orders"]]
		self.assertEqual(found, newest_first)
		self.assertIsNone(third["next"])
		self.assertEqual(self.ids(), [later, *newest_first])
		self.refused(self.call("orders", {"after": "page 2"}, method="GET"), 422, "invalid")

	def test_orders_of_one_moment(self):
		made = sorted((self.order().name for _ in range(4)), reverse=True)
		frappe.db.sql(
			"UPDATE `tabSales Order` SET creation = '2026-01-01 00:00:00.5' WHERE name IN %s", (made,)
		)
		found, after = [], None
		for _ in made:
			page = self.get(
				"orders", customer_id=self.customer, limit=1, **({"after": after} if after else {})
			)
			found += [row["order_id"] for row in page["orders"]]
			after = page["next"]
		self.assertEqual((found, after), (made, None))

	def test_filters(self):
		early, late = self.order(), self.order()
		early.db_set("transaction_date", add_days(today(), -40))
		late.update_status("Closed")
		draft = make.sales_order(self.customer, [(self.item, 1, 1)], submit=False).name
		make.sales_order(make.customer().name, [(self.item, 1, 1)])
		self.assertEqual(self.ids(), [draft, late.name, early.name])
		self.assertEqual(self.ids(to_date=add_days(today(), -30)), [early.name])
		self.assertEqual(self.ids(from_date=add_days(today(), -30)), [draft, late.name])
		self.assertEqual(self.ids(status="Closed"), [late.name])
		self.assertEqual(self.ids(status=["Closed", "Draft"]), [draft, late.name])
		self.assertEqual(self.ids(modified_after="2099-01-01T00:00:00Z"), [])
		by_external = self.get("orders", external_id="b-1")["orders"]
		self.assertEqual([row["order_id"] for row in by_external], [draft, late.name, early.name])
		error = self.refused(self.call("orders", {"status": ["Nonsense"]}), 422, "invalid")
		self.assertEqual(error["field"], "status")
		self.refused(self.call("orders", {"from_date": "yesterday"}), 422, "invalid")
		self.refused(self.call("orders", {"customer_id": "no such customer"}), 404, "not_found")
		self.refused(self.call("orders", {"external_id": "b-2"}), 404, "not_found")

	def test_one_order(self):
		address = {"address_line1": "1 Road", "city": "Austin", "country": "us"}
		body = {
			"id": "s-100",
			"currency": "USD",
			"customer": {"id": "b-1", "name": "Buyer"},
			"shipping_address": {"line1": "1 Road", "city": "Austin", "country": "US"},
			"lines": [{"id": "1", "sku": self.item, "name": "Thing", "quantity": 2, "unit_price": "10"}],
			"total": "20.00",
		}
		made = self.ok(self.call("create_order", body))
		order = self.get("order", external_id="s-100")
		self.assertEqual(order, self.get("order", order_id=made["order_id"]))
		self.assertEqual(
			(order["external_id"], order["customer_id"], order["grand_total"]), ("s-100", self.customer, 20.0)
		)
		line = order["items"][0]
		self.assertEqual(
			(line["item_code"], line["quantity"], line["rate"], line["amount"]), (self.item, 2.0, 10.0, 20.0)
		)
		self.assertEqual(order["shipping_address"]["city"], address["city"])
		self.assertEqual(self.get("orders", external_id="b-1")["orders"][0]["external_id"], "s-100")
		for unknown in ({"order_id": "no such order"}, {"external_id": "s-101"}):
			self.refused(self.call("order", unknown), 404, "not_found")
		self.refused(self.call("order", {}), 422, "invalid")

	def test_invoices(self):
		order = self.order()
		invoice = make_sales_invoice(order.name).insert().submit()
		make.sales_invoice(self.customer, self.item)
		answer = self.get("invoices", customer_id=self.customer, order_id=order.name)
		self.assertEqual([row["invoice_id"] for row in answer["invoices"]], [invoice.name])
		self.assertEqual(len(self.get("invoices", customer_id=self.customer)["invoices"]), 2)
		one = self.get("invoice", invoice_id=invoice.name)
		self.assertEqual(
			(one["outstanding"], one["items"][0]["order_id"], one.get("pdf")),
			(order.grand_total, order.name, None),
		)
		self.assertEqual(answer["invoices"][0]["pdf_url"], one["pdf_url"])
		self.assertTrue(one["pdf_url"].startswith(self.site.url))

	@unittest.skipUnless(shutil.which("wkhtmltopdf"), "there is no wkhtmltopdf, with which Frappe makes PDF")
	def test_pdf(self):
		invoice = make.sales_invoice(self.customer, self.item).name
		self.commit()
		# The program that makes the PDF fetches its style sheets from the site.
		with_styles = ServedSite(frappe.local.site, {"NO_STATICS": ""})
		self.addCleanup(with_styles.stop)
		answer = self.call("invoice", {"invoice_id": invoice, "include_pdf": True}, site=with_styles)
		one = self.ok(answer, 200)
		self.assertTrue(b64decode(one["pdf"]).startswith(b"%PDF-"))

	def test_shipments(self):
		make.receipt(self.item, 10)
		order = self.order(3)
		note = make_delivery_note(order.name)
		note.items[0].qty = 1
		note.insert().submit()
		self.ship(note)
		answer = self.get("shipments", customer_id=self.customer, order_id=order.name)
		(shipment,) = answer["shipments"]
		self.assertEqual(shipment["shipment_id"], note.name)
		parcel = shipment["tracking"][0]
		self.assertEqual((parcel["carrier"], parcel["tracking_number"]), ("Fast", "1Z999"))
		self.assertEqual(parcel["tracking_url"], "https://track.example.com/1Z999")
		delivered = self.get("order", order_id=order.name)
		self.assertEqual(
			(delivered["items"][0]["delivered_quantity"], round(delivered["percent_delivered"])), (1.0, 33)
		)
		seller = make.user("seller-only@example.com", ("Sales User",))
		self.change(user=seller)
		self.assertEqual(self.get("shipments", order_id=order.name)["shipments"][0]["tracking"], [])

	def ship(self, note) -> None:
		shipment = frappe.get_doc(
			{
				"doctype": "Shipment",
				"pickup_from_type": "Company",
				"pickup_company": note.company,
				"delivery_to_type": "Customer",
				"delivery_customer": note.customer,
				"pickup_date": today(),
				"description_of_content": "Goods",
				"value_of_goods": 1,
				"shipment_delivery_note": [{"delivery_note": note.name}],
				"carrier": "Fast",
				"awb_number": "1Z999",
				"tracking_url": "https://track.example.com/1Z999",
			}
		)
		# A parcel needs an address book of its own; what matters here is that it is read.
		shipment.flags.ignore_mandatory = True
		shipment.insert()

	def test_other_companies_are_not_seen(self):
		order = self.order().name
		restrict(self, make.USER, "Company", other_company())
		self.assertEqual(self.ids(), [])
		self.refused(self.call("order", {"order_id": order}), 404, "not_found")
		one = {"items": [{"item_code": self.item}]}
		self.refused(self.call("checkout_taxes", one), 403, "permission")
		self.refused(self.call("prices", one), 403, "permission")

	def test_other_customers_are_not_seen(self):
		order = self.order().name
		restrict(self, make.USER, "Customer", make.customer().name)
		self.assertEqual(self.get("orders")["orders"], [])
		self.refused(self.call("orders", {"customer_id": self.customer}), 404, "not_found")
		self.refused(self.call("order", {"order_id": order}), 404, "not_found")
		self.refused(self.call("customer_balance", {"customer_id": self.customer}), 404, "not_found")
		self.refused(
			self.call("checkout_taxes", {"customer_id": self.customer, "items": [{"item_code": self.item}]}),
			404,
		)

	def test_an_account_of_another_company_sees_none_of_these(self):
		order = self.order().name
		self.change(company=other_company(), warehouse=None)
		self.assertEqual(self.ids(), [])
		self.refused(self.call("order", {"order_id": order}), 404, "not_found")

	def test_without_a_role_nothing(self):
		self.change(user=make.user("norole@example.com", ()))
		for name, body in CALLS.items():
			with self.subTest(name):
				self.refused(self.call(name, body), 403, "permission")

	def test_switched_off(self):
		self.change(switched_off=", ".join(CALLS))
		for name, body in CALLS.items():
			with self.subTest(name):
				self.refused(self.call(name, body), 403, "switched_off")

	def test_nothing_of_it_answers_to_guests(self):
		for name, body in CALLS.items():
			with self.subTest(name):
				self.refused(self.call(name, body, headers={"X-Api-Secret": "wrong"}), 401, "authentication")


class TestCatalogue(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.change(warehouse=make.warehouse())

	def get(self, name: str, **arguments: Any) -> dict[str, Any]:
		self.commit()
		return self.ok(self.call(name, arguments, method="GET"), 200)

	def test_stock(self):
		item, service = make.item().name, make.item(is_stock_item=0).name
		make.receipt(item, 10)
		make.sales_order(make.customer().name, [(item, 3, 30)])
		answer = self.get("stock", item_codes=[item, service, "no such item"], by_warehouse="true")
		self.assertEqual(answer["unknown"], [service, "no such item"])
		(row,) = answer["stock"]
		self.assertEqual((row["actual"], row["reserved"], row["sellable"]), (10.0, 3.0, 7.0))
		self.assertEqual([part["warehouse"] for part in row["warehouses"]], [make.warehouse()])
		make.sales_order(make.customer().name, [(item, 9, 30)])
		self.assertEqual(self.get("stock", item_codes=item)["stock"][0]["sellable"], -2.0)

	def test_stock_names_its_unit_whatever_the_item_is_sold_in(self):
		if not frappe.db.exists("UOM", "Box"):
			frappe.get_doc({"doctype": "UOM", "uom_name": "Box"}).insert()
		item = make.item(
			uoms=[{"uom": "Nos", "conversion_factor": 1}, {"uom": "Box", "conversion_factor": 12}], sales_uom="Box"
		).name  # fmt: skip
		make.receipt(item, 24)
		self.commit()
		(row,) = self.get("stock", item_codes=item)["stock"]
		self.assertEqual((row["uom"], row["actual"], row["sellable"]), ("Nos", 24, 24))

	def test_pieces_are_kept_back(self):
		item = make.item().name
		make.receipt(item, 10)
		make.sales_order(make.customer().name, [(item, 3, 30)])
		for kept_back, sellable in ((2, 5), (7, 0), (9, 0)):
			self.change(stock_buffer=kept_back)
			(row,) = self.get("stock", item_codes=item, by_warehouse="true")["stock"]
			self.assertEqual((row["actual"], row["reserved"], row["sellable"]), (10, 3, sellable))
			self.assertEqual([part["sellable"] for part in row["warehouses"]], [sellable])
		make.sales_order(make.customer().name, [(item, 9, 30)])
		self.assertEqual(self.get("stock", item_codes=item)["stock"][0]["sellable"], -2.0)

	def test_stock_counts_the_warehouses_of_the_account(self):
		item = make.item().name
		make.receipt(item, 4)
		other = frappe.db.get_value(
			"Warehouse", {"company": make.company(), "warehouse_name": "Finished Goods"}
		)
		self.change(warehouse=other)
		self.assertEqual(self.get("stock", item_codes=item)["stock"][0]["actual"], 0.0)
		self.refused(self.call("stock", {"warehouses": [make.warehouse()]}), 404, "not_found")
		group = frappe.db.get_value("Warehouse", make.warehouse(), "parent_warehouse")
		self.change(warehouses=[{"warehouse": group}])
		answer = self.get("stock", item_codes=item)
		self.assertIn(other, answer["warehouses"])
		self.assertEqual(answer["stock"][0]["actual"], 4.0)
		self.assertEqual(self.get("stock", item_codes=item, warehouses=other)["stock"][0]["actual"], 0.0)

	def test_stock_of_a_bundle_is_what_can_be_made_of_its_components(self):
		frame, wheel = make.item().name, make.item().name
		service = make.item(is_stock_item=0).name
		bike = make.item(is_stock_item=0).name
		parts = [(frame, 1), (wheel, 2), (service, 1)]
		frappe.get_doc(
			{
				"doctype": "Product Bundle",
				"new_item_code": bike,
				"items": [{"item_code": item, "qty": quantity} for item, quantity in parts],
			}
		).insert()
		self.commit()
		self.assertEqual(self.get("stock", item_codes=bike)["stock"][0]["sellable"], 0)
		make.receipt(frame, 10)
		make.receipt(wheel, 7)
		self.commit()
		(row,) = self.get("stock", item_codes=bike, by_warehouse="true")["stock"]
		self.assertEqual((row["actual"], row["reserved"], row["sellable"]), (3, 0, 3))
		self.assertEqual([one["sellable"] for one in row["warehouses"]], [3])
		make.sales_order(make.customer().name, [(bike, 2, 100)])
		self.commit()
		(row,) = self.get("stock", item_codes=bike)["stock"]
		self.assertEqual((row["actual"], row["reserved"], row["sellable"]), (3, 2, 1))

	def test_stock_that_moved(self):
		since = frappe.utils.now_datetime().isoformat()
		item = make.item().name
		make.item()
		make.receipt(item, 1)
		self.assertEqual(
			[row["item_code"] for row in self.get("stock", modified_after=since)["stock"]], [item]
		)

	def test_every_item_once(self):
		for _ in range(3):
			make.item()
		self.commit()
		known = frappe.get_all(
			"Item", filters={"disabled": 0, "is_sales_item": 1}, pluck="name", order_by="name asc"
		)
		found, after = [], None
		while True:
			page = self.get("items", limit=2, **({"after": after} if after else {}))
			found += [row["item_code"] for row in page["items"]]
			if not (after := page["next"]):
				break
		self.assertEqual(found, known)

	def test_an_item(self):
		barcode = make.unique("4006381").replace(" ", "")
		disabled = make.item(disabled=1).name
		item = make.item(
			barcodes=[{"barcode": barcode}],
			image="/files/thing.png",
			brand=make.brand().name,
			description="A thing",
		)
		row = self.get("items", item_codes=item.name)["items"][0]
		self.assertEqual([code["barcode"] for code in row["barcodes"]], [barcode])
		self.assertEqual(
			(row["brand"], row["stock_uom"], row["image"]),
			(item.brand, "Nos", f"{self.site.url}/files/thing.png"),
		)
		self.assertEqual(self.get("items", item_codes=disabled)["items"], [])
		self.assertTrue(self.get("items", item_codes=disabled, include_disabled=1)["items"][0]["disabled"])
		group = frappe.db.get_value("Item Group", item.item_group, "parent_item_group")
		self.assertEqual(len(self.get("items", item_codes=item.name, item_group=group)["items"]), 1)
		self.refused(self.call("items", {"item_group": "no such group"}), 404, "not_found")

	def test_variants(self):
		attribute = (
			frappe.get_doc(
				{
					"doctype": "Item Attribute",
					"attribute_name": make.unique("Size"),
					"item_attribute_values": [
						{"attribute_value": "Small", "abbr": "S"},
						{"attribute_value": "Large", "abbr": "L"},
					],
				}
			)
			.insert()
			.name
		)
		template = make.item(has_variants=1, attributes=[{"attribute": attribute}]).name
		variant = make.item(
			variant_of=template, attributes=[{"attribute": attribute, "attribute_value": "Large"}]
		).name
		(row,) = self.get("items", variant_of=template)["items"]
		self.assertEqual((row["item_code"], row["variant_of"]), (variant, template))
		self.assertEqual(row["attributes"], [{"attribute": attribute, "value": "Large"}])
		self.assertTrue(self.get("items", item_codes=template)["items"][0]["has_variants"])
		error = self.refused(
			self.call("checkout_taxes", {"items": [{"item_code": template}]}), 422, "unknown_item"
		)
		self.assertIn("variants", error["message"])

	def test_xml(self):
		item = make.item().name
		self.commit()
		body = f"<query><item_codes>{item}</item_codes><item_codes>none</item_codes></query>".encode()
		answer = self.call("stock", raw=body, content_type="application/xml")
		self.assertEqual(answer.status_code, 200, answer.text)
		self.assertIn("application/xml", answer.headers["Content-Type"])
		self.assertIn(f"<item_code>{item}</item_code>", answer.text)
		self.assertIn("<unknown>none</unknown>", answer.text)
