"""Every field that a reading call accepts changes its answer, or is refused: a walk over all fields of their models."""

from __future__ import annotations

from typing import Any

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note
from frappe.utils import add_days, today
from pydantic import BaseModel

from erp_connect.api.v1 import records, sales_models, storefront_models
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce.test_accepted_fields import leaves
from erp_connect.tests.bench.commerce_case import account
from erp_connect.tests.bench.inbound_case import InboundTestCase

Body = dict[str, Any]
PAST, FUTURE = "2000-01-01", "2099-01-01"
NEVER = f"{FUTURE}T00:00:00Z"
TWO_OF_THEM = {"customer_id", "external_id"}
# Lines of an address tell whether it is one that the customer has: test_quotes.
ADDRESS = (
	"address_line1",
	"address_line2",
	"city",
	"county",
	"state",
	"pincode",
	"country",
	"phone",
	"email_id",
)


class AcceptedReadsCase(InboundTestCase):
	def answer(self, call: str, body: Body) -> tuple[int, Any]:
		answer = self.call(call, body)
		said = answer.json()
		if said.get("error"):  # null for a job that has none
			said["error"].pop("trace_id", None)
		return answer.status_code, said

	def assert_each_counts(
		self, call: str, model: type[BaseModel], base: Body, changes: dict[str, Body | tuple[Body, Body]]
	) -> None:
		"""changes: by field, what to send besides `base` so that the answer is another one; two such bodies where a field
		says how another is meant."""
		self.commit()
		self.assertEqual(set(leaves(model)), set(changes), "fields without a word about their effect")
		for field, change in changes.items():
			before, after = change if isinstance(change, tuple) else ({}, change)
			with self.subTest(f"{call}: {field}"):
				plain, changed = self.answer(call, {**base, **before}), self.answer(call, {**base, **after})
				self.assertEqual(plain[0], 200, plain)
				self.assertNotEqual(plain, changed)


class TestSales(AcceptedReadsCase):
	def setUp(self) -> None:
		super().setUp()
		self.change(warehouse=make.warehouse())
		self.item = make.item().name
		make.receipt(self.item, 50)
		self.one, self.two = self.customer("b-1"), self.customer("b-2")
		self.orders = [make.sales_order(self.one, [(self.item, 2, 30)]) for _ in range(2)]
		make.sales_order(self.two, [(self.item, 1, 30)])
		self.ids = {name: {"customer_id": self.one} for name in TWO_OF_THEM}

	def customer(self, external_id: str) -> str:
		name = make.customer().name
		make.link("Customer", name, "customer", external_id)
		return name

	def pages(self, call: str, key: str) -> dict[str, Body]:
		mine = {"customer_id": self.one, "limit": 1}
		self.commit()
		following = self.answer(call, mine)[1]["next"]
		self.assertTrue(following, key)
		return {
			"customer_id": {"customer_id": self.two},
			"external_id": ({}, {"customer_id": None, "external_id": "b-2"}),
			"from_date": {"from_date": FUTURE},
			"to_date": {"to_date": PAST},
			"status": {"status": ["Closed"]},
			"modified_after": {"modified_after": NEVER},
			"limit": {"limit": 1},
			"after": ({"limit": 1}, {"limit": 1, "after": following}),
		}

	def test_orders(self):
		self.assert_each_counts(
			"orders", sales_models.OrdersIn, {"customer_id": self.one}, self.pages("orders", "order_id")
		)

	def test_invoices(self):
		for _ in range(2):
			make.sales_invoice(self.one, self.item)
		changes = {**self.pages("invoices", "invoice_id"), "order_id": {"order_id": self.orders[0].name}}
		self.assert_each_counts("invoices", sales_models.InvoicesIn, {"customer_id": self.one}, changes)

	def test_shipments(self):
		for order in self.orders:
			make_delivery_note(order.name).insert().submit()
		changes = {**self.pages("shipments", "shipment_id"), "order_id": {"order_id": self.orders[0].name}}
		self.assert_each_counts("shipments", sales_models.ShipmentsIn, {"customer_id": self.one}, changes)

	def test_one_order_or_invoice(self):
		first, second = (order.name for order in self.orders)
		make.link("Sales Order", second, "order", "s-2")
		base = {"order_id": first}
		changes = {"order_id": {"order_id": second}, "external_id": {"external_id": "s-2"}}
		self.assert_each_counts("order", sales_models.OrderIn, base, changes)
		self.refused(self.call("order", {**base, "external_id": "s-2"}), 422, "two_records")
		self.refused(self.call("order", {**base, "external_id": "nothing"}), 404)
		self.ok(self.call("order", {"order_id": second, "external_id": "s-2"}))
		invoice, other = (make.sales_invoice(self.one, self.item).name for _ in range(2))
		make.link("Sales Invoice", other, "invoice", "i-2")
		self.commit()
		self.assertEqual(set(leaves(sales_models.InvoiceIn)), {"invoice_id", "external_id", "include_pdf"})
		self.refused(self.call("invoice", {"invoice_id": invoice, "external_id": "i-2"}), 422, "two_records")

	def test_customer_balance(self):
		make.sales_invoice(self.one, self.item)
		changes = {"customer_id": {"customer_id": self.two}, "external_id": {"external_id": "b-2"}}
		self.assert_each_counts(
			"customer_balance", storefront_models.BalanceIn, {"customer_id": self.one}, changes
		)
		for wrong, status in (("b-2", 422), ("nobody", 404)):
			self.refused(
				self.call("customer_balance", {"customer_id": self.one, "external_id": wrong}), status
			)
		self.ok(self.call("customer_balance", {"customer_id": self.one, "external_id": "b-1"}))


class TestStorefront(AcceptedReadsCase):
	def setUp(self) -> None:
		super().setUp()
		freight = account("Shop Freight", "Chargeable", "Direct Income")
		accounts = [
			{"kind": "Shipping", "title": title, "account": row}
			for title, row in (("*", freight), ("Express", freight))
		]
		self.change(warehouse=make.warehouse(), price_list="Standard Selling", commerce_accounts=accounts)
		self.first, self.second = self.item(40), self.item(15)
		self.one = make.customer().name
		self.two = make.customer(default_price_list=self.price_list()).name
		make.link("Customer", self.two, "customer", "b-2")

	def item(self, price: float) -> str:
		code = make.item(uoms=[{"uom": "Box", "conversion_factor": 12}]).name
		make.receipt(code, 10)
		values = {"doctype": "Item Price", "price_list": "Standard Selling", "item_code": code}
		frappe.get_doc({**values, "price_list_rate": price}).insert()
		return code

	def price_list(self) -> str:
		values = {
			"doctype": "Price List",
			"price_list_name": make.unique("List"),
			"selling": 1,
			"currency": "USD",
		}
		return frappe.get_doc(values).insert().name

	def test_checkout_taxes(self):
		line = {"item_code": self.first, "quantity": 3}
		known = "an address that is known: test_quotes"
		self.assertIn("def test_address_of_the_customer_is_recognised", self.source("test_quotes"), known)
		rule = {"shipping_rule": "no such rule"}
		taxed = {"customer_id": self.taxed(), "discount": 5}
		changes = {
			"customer_id": {"customer_id": self.two},
			"external_id": {"external_id": "b-2"},
			"items.item_code": {"items": [{**line, "item_code": self.second}]},
			"items.quantity": {"items": [{**line, "quantity": 4}]},
			"items.rate": {"items": [{**line, "rate": 0}]},
			"items.discount_percentage": {"items": [{**line, "discount_percentage": 10}]},
			"items.uom": {"items": [{**line, "uom": "Box"}]},
			"currency": {"currency": "XXX"},
			"date": ({}, {"date": PAST, "currency": "EUR"}),
			"discount": {"discount": 5},
			"discount_on": (taxed, {**taxed, "discount_on": "Grand Total"}),
			"coupon_code": {"coupon_code": "no such coupon"},
			"shipping": {"shipping": 4},
			"shipping_title": ({"shipping": 4}, {"shipping": 4, "shipping_title": "Express"}),
			"shipping_rule": rule,
			**{
				f"{kind}_address.{field}": {f"{kind}_address": {"country": "Atlantis"}}
				for kind in ("billing", "shipping")
				for field in ADDRESS
			},
		}
		self.assert_each_counts("checkout_taxes", storefront_models.CheckoutIn, {"items": [line]}, changes)

	def taxed(self) -> str:
		"""A customer who pays 10 % on all."""
		tax = account("Shop Sales Tax", "Tax", "Duties and Taxes")
		row = {"charge_type": "On Net Total", "account_head": tax, "description": "Tax", "rate": 10}
		values = {
			"doctype": "Sales Taxes and Charges Template",
			"title": make.unique("Taxes"),
			"company": make.company(),
		}
		template = frappe.get_doc({**values, "taxes": [row]}).insert().name
		customer = make.customer().name
		rule = {"doctype": "Tax Rule", "tax_type": "Sales", "customer": customer, "company": make.company()}
		made = frappe.get_doc({**rule, "sales_tax_template": template}).insert()
		self.addCleanup(self.drop, "Tax Rule", made.name)
		return customer

	def drop(self, doctype: str, name: str) -> None:
		frappe.delete_doc(doctype, name)
		self.commit()

	def source(self, name: str) -> str:
		path = frappe.get_app_path("erp_connect", "tests", "bench", "commerce", f"{name}.py")
		with open(path) as file:
			return file.read()

	def test_prices(self):
		item = {"item_code": self.first, "quantity": 1}
		self.commit()
		changes = {
			"customer_id": {"customer_id": self.two},
			"external_id": {"external_id": "b-2"},
			"items.item_code": {"items": [{**item, "item_code": self.second}]},
			"items.quantity": {"items": [{**item, "quantity": 2}]},
			"items.uom": {"items": [{**item, "uom": "Box"}]},
			"item_codes": {"item_codes": [self.second]},
			"price_list": {"price_list": frappe.db.get_value("Customer", self.two, "default_price_list")},
			"currency": {"currency": "XXX"},
			"date": {"date": "not a day"},
		}
		self.assert_each_counts("prices", storefront_models.PricesIn, {"items": [item]}, changes)

	def test_a_price_is_that_of_the_day(self):
		price = frappe.get_doc("Item Price", {"item_code": self.first})
		price.valid_from = add_days(today(), -5)
		price.save()
		self.commit()
		body = {"item_codes": [self.first]}
		self.assertNotEqual(self.answer("prices", body), self.answer("prices", {**body, "date": PAST}))

	def test_stock(self):
		other = self.other_warehouse()
		self.change(warehouses=[{"warehouse": make.warehouse()}, {"warehouse": other}])
		both = {"item_codes": [self.first, self.second]}
		self.commit()
		following = self.answer("stock", {"limit": 1})[1]["next"]
		changes = {
			"item_codes": {"item_codes": [self.first]},
			"warehouses": {"warehouses": [other]},
			"by_warehouse": {"by_warehouse": True},
			"modified_after": {"modified_after": NEVER},
			"limit": ({"item_codes": [], "limit": 1}, {"item_codes": [], "limit": 2}),
			"after": ({"item_codes": [], "limit": 1}, {"item_codes": [], "limit": 1, "after": following}),
		}
		self.assert_each_counts("stock", storefront_models.StockIn, both, changes)

	def other_warehouse(self) -> str:
		values = {"doctype": "Warehouse", "warehouse_name": make.unique("Store"), "company": make.company()}
		return frappe.get_doc(values).insert().name

	def test_items(self):
		gone = make.item(disabled=1).name
		three = {"item_codes": [self.first, self.second, gone]}
		self.commit()
		following = self.answer("items", {"limit": 1})[1]["next"]
		changes = {
			"item_codes": {"item_codes": [self.first]},
			"item_group": {"item_group": "no such group"},
			"variant_of": {"variant_of": self.second},
			"include_disabled": {"include_disabled": True},
			"modified_after": {"modified_after": NEVER},
			"limit": ({"item_codes": [], "limit": 1}, {"item_codes": [], "limit": 2}),
			"after": ({"item_codes": [], "limit": 1}, {"item_codes": [], "limit": 1, "after": following}),
		}
		self.assert_each_counts("items", storefront_models.ItemsIn, three, changes)


class TestRecords(AcceptedReadsCase):
	def setUp(self) -> None:
		super().setUp()
		rows = [make.row("brand", "name"), make.row("description", "text")]
		make.flow(
			"Brand", [], rows, direction="Incoming", remote_entity="brand", expose_api=1, allow_delete=1,
			inbound_id_expression="id",
		)  # fmt: skip
		self.first, self.second = make.brand("one").name, make.brand("two").name
		make.link("Brand", self.second, "brand", "r-2")
		self.commit()

	def test_get_and_delete(self):
		base = {"entity": "brand", "name": self.first}
		changes = {
			"entity": {"entity": "nothing"},
			"name": {"name": self.second},
			"external_id": {"external_id": "r-2"},
		}
		self.assert_each_counts("get", records.GetIn, base, changes)
		for call in ("get", "delete"):
			self.refused(self.call(call, {**base, "external_id": "r-2"}), 422, "two_records")
		self.assertTrue(frappe.db.exists("Brand", self.second))
		self.ok(self.call("get", {"entity": "brand", "name": self.second, "external_id": "r-2"}))

	def test_list(self):
		base = {"entity": "brand", "limit": 2}
		following = self.answer("list", base)[1]["next"]
		changes = {
			"entity": {"entity": "nothing"},
			"filters": {"filters": {"description": "one"}},
			"modified_after": {"modified_after": NEVER},
			"modified_from": {"modified_from": NEVER},
			"order": {"order": "modified"},
			"with_tables": {"with_tables": "perhaps"},
			"limit": {"limit": 1},
			"after": {"after": following},
		}
		self.assert_each_counts("list", records.ListIn, base, changes)

	def test_describe_and_job(self):
		self.assert_each_counts(
			"describe", records.DescribeIn, {"entity": "brand"}, {"entity": {"entity": "nothing"}}
		)
		sent = {"entity": "brand", "records": [{"id": "x", "name": make.unique("Brand")}], "background": True}
		job = self.ok(self.call("bulk_upsert", sent), 202)["job"]
		self.assert_each_counts("job", records.JobIn, {"job": job}, {"job": {"job": "no such job"}})

	def test_upsert(self):
		self.assertEqual(set(leaves(records.UpsertIn)), {"entity", "record"})
		self.assertEqual(set(leaves(records.BulkUpsertIn)), {"entity", "records", "background"})
		record = {"id": "r-2", "name": self.second, "text": "three"}
		self.ok(self.call("upsert", {"entity": "brand", "record": record}))
		self.assertEqual(self.count("Brand", name=self.second, description="three"), 1)
		done = self.ok(
			self.call("bulk_upsert", {"entity": "brand", "records": [record], "background": False})
		)
		self.assertEqual((done["job"], done["status"]), (None, "done"))
