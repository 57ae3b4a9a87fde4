"""What ERPNext does by itself when an order is saved: units, price lists, contacts. None of it changes what the source said."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.commerce import settings as commerce
from erp_connect.commerce.shop import prices
from erp_connect.commerce.shop.cart import Cart, CartLine
from erp_connect.records.failures import ApiError
from erp_connect.records.write import HeldForReview
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import CommerceTestCase


class SideEffectsCase(CommerceTestCase):
	def order_of(self, quantity: float, price: str, total: str, **line: Any) -> Any:
		item = line.pop("item", self.first)
		row = {**self.line("L1", item, quantity, 0, 0), "unit_price": price, **line}
		return self.order(lines=[row], shipping=[], total=total)


class TestUnits(SideEffectsCase):
	def setUp(self) -> None:
		super().setUp()
		for name in ("Box", "Crate"):
			if not frappe.db.exists("UOM", name):
				frappe.get_doc({"doctype": "UOM", "uom_name": name}).insert()
		self.boxed = make.item(
			uoms=[{"uom": "Nos", "conversion_factor": 1}, {"uom": "Box", "conversion_factor": 12}], sales_uom="Box"
		).name  # fmt: skip
		self.commit()

	def reserved(self, item: str) -> float:
		return (
			frappe.db.get_value("Bin", {"item_code": item, "warehouse": make.warehouse()}, "reserved_qty")
			or 0
		)

	def test_without_a_unit_pieces_are_meant(self):
		(row,) = self.order_of(1, "10", "10.00", item=self.boxed).items
		self.assertEqual((row.qty, row.uom, row.conversion_factor, row.stock_qty), (1, "Nos", 1, 1))
		self.assertEqual(self.reserved(self.boxed), 1)

	def test_a_unit_that_the_item_has(self):
		for uom in ("Box", "box"):
			(row,) = self.order_of(2, "100", "200.00", item=self.boxed, uom=uom).items
			self.assertEqual((row.qty, row.uom, row.conversion_factor, row.stock_qty), (2, "Box", 12, 24))
			self.assertEqual(row.rate, 100)
		self.assertEqual(self.reserved(self.boxed), 48)

	def test_a_unit_that_the_item_does_not_have_is_held_until_it_has(self):
		for uom in ("Crate", "Palette of nothing"):
			with self.subTest(uom), self.assertRaises(HeldForReview) as caught:
				self.order_of(1, "10", "10.00", item=self.boxed, uom=uom)
			self.assertEqual(caught.exception.code, "unknown_unit")
		self.assertEqual(self.reserved(self.boxed), 0)
		item = frappe.get_doc("Item", self.boxed)
		item.append("uoms", {"uom": "Crate", "conversion_factor": 20})
		item.save()
		(row,) = self.order_of(1, "10", "10.00", item=self.boxed, uom="Crate").items
		self.assertEqual(row.stock_qty, 20)

	def test_prices_name_the_unit_that_an_order_would_have(self):
		settings = commerce.load(make.ACCOUNT)
		lines = (CartLine(self.boxed, 1), CartLine(self.boxed, 1, uom="Box"))
		frappe.get_doc(
			{"doctype": "Item Price", "item_code": self.boxed, "price_list": "Standard Selling", "uom": "Nos", "price_list_rate": 3}
		).insert()  # fmt: skip
		found = prices.prices(settings, Cart(lines=lines))["prices"]
		self.assertEqual([(one["uom"], one["rate"]) for one in found], [("Nos", 3), ("Box", 36)])
		with self.assertRaises(ApiError) as caught:
			prices.prices(settings, Cart(lines=(CartLine(self.boxed, 1, uom="Crate"),)))
		self.assertEqual((caught.exception.status, caught.exception.field), (422, "items.0.uom"))


class TestPriceLists(SideEffectsCase):
	def setUp(self) -> None:
		super().setUp()
		self.switch(auto_insert_price_list_rate_if_missing=1)

	def switch(self, **values: int) -> None:
		for name, value in values.items():
			self.addCleanup(self.put, name, frappe.db.get_single_value("Stock Settings", name))
			self.put(name, value)

	@staticmethod
	def put(name: str, value: Any) -> None:
		frappe.db.set_single_value("Stock Settings", name, value)
		frappe.clear_document_cache("Stock Settings", "Stock Settings")
		frappe.db.commit()

	def listed(self) -> list[float]:
		return frappe.get_all("Item Price", filters={"item_code": self.first}, pluck="price_list_rate")

	def test_a_discounted_rate_becomes_no_price(self):
		self.order_of(1, "100", "80.00", discount="20.00")
		self.assertEqual(self.listed(), [])
		(price,) = prices.prices(commerce.load(make.ACCOUNT), Cart(lines=(CartLine(self.first, 1),)))[
			"prices"
		]
		self.assertIsNone(price["rate"])

	def test_a_price_that_is_there_stays(self):
		self.switch(update_existing_price_list_rate=1)
		values = {"doctype": "Item Price", "item_code": self.first, "price_list": "Standard Selling"}
		frappe.get_doc({**values, "price_list_rate": 100}).insert()
		self.order_of(1, "100", "80.00", discount="20.00")
		self.assertEqual(self.listed(), [100])

	def test_what_people_enter_is_remembered_as_ever(self):
		self.order_of(1, "100", "80.00", discount="20.00")
		order = make.sales_order(make.customer().name, [(self.first, 1, 70)], submit=False)
		self.assertEqual((order.items[0].rate, self.listed()), (70, [70]))


class TestContacts(SideEffectsCase):
	def test_the_order_of_a_new_customer_names_the_contact(self):
		email = f"{frappe.generate_hash(length=8)}@example.com"
		buyer = {"id": make.unique("c"), "first_name": "Ann", "last_name": "Lee", "email": email}
		for _time in ("new", "known"):
			order = self.order(customer=buyer)
			contact = frappe.get_doc("Contact", order.contact_person)
			self.assertEqual((order.contact_email, order.contact_display), (email, "Ann Lee"))
			self.assertEqual(contact.links[0].link_name, order.customer)

	def test_of_two_contacts_it_is_the_buyer(self):
		marks = [frappe.generate_hash(length=8) for _number in range(2)]
		customer = {"id": make.unique("c"), "name": make.unique("Buyer")}
		first, second = (self.order(customer={**customer, "email": f"{mark}@example.com"}) for mark in marks)
		self.assertEqual(first.customer, second.customer)
		self.assertEqual(
			[first.contact_email, second.contact_email], [f"{mark}@example.com" for mark in marks]
		)

	def test_without_email_and_phone_there_is_none(self):
		self.assertFalse(self.order().contact_person)
