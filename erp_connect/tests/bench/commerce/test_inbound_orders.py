"""Orders over HTTP: ERPNext's grand total is the shop's to the cent, or the order is held and says why."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import flt

from erp_connect.commerce import settings as commerce
from erp_connect.commerce.sales import orders
from erp_connect.core.commerce import Order
from erp_connect.records.write import HeldForReview
from erp_connect.store.transactions import read_committed
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import account
from erp_connect.tests.bench.inbound_case import InboundTestCase
from erp_connect.tests.unit.core.commerce.shops import random_order

VAT20 = {"title": "VAT", "rate": "20"}
VAT19 = {"title": "VAT", "rate": "19"}


def line(
	number: int, quantity: Any, price: Any, taxes: list[dict] | None = None, **more: Any
) -> dict[str, Any]:
	return {
		"id": f"l{number}", "sku": "KEYED-1", "name": "Apple", "quantity": quantity, "unit_price": price,
		"tax_lines": taxes or [], **more,
	}  # fmt: skip


def tax(amount: str, kind: dict[str, str] = VAT20) -> list[dict[str, Any]]:
	return [{**kind, "amount": amount}]


FIXTURES: dict[str, dict[str, Any]] = {
	"plain": {"lines": [line(1, 2, "10.00")], "total": "20.00"},
	"tax on top": {"lines": [line(1, 2, "10.00", tax("4.00"))], "total_tax": "4.00", "total": "24.00"},
	"inclusive tax": {
		"prices_include_tax": True, "lines": [line(1, 3, "9.99", tax("4.79", VAT19))], "total_tax": "4.79", "total": "29.97",
	},
	"inclusive tax of two rates": {
		"prices_include_tax": True,
		"lines": [line(1, 1, "119.00", tax("19.00", VAT19)), line(2, 1, "10.70", tax("0.70", {"title": "VAT", "rate": "7"}))],
		"total_tax": "19.70", "total": "129.70",
	},
	"tax on the first line only": {
		"lines": [line(1, 1, "100.00", tax("20.00")), line(2, 1, "50.00")], "total_tax": "20.00", "total": "170.00",
	},
	"discount of a line": {"lines": [line(1, 2, "10.00", tax("3.60"), discount="2.00")], "total_tax": "3.60", "total": "21.60"},
	"discount on net": {
		"lines": [line(1, 1, "100.00", tax("18.00")), line(2, 1, "50.00", tax("9.00"))],
		"order_discount": {"amount": "15.00", "on": "net"}, "total_tax": "27.00", "total": "162.00",
	},
	"discount on the grand total": {
		"lines": [line(1, 1, "100.00", tax("20.00"))],
		"order_discount": {"amount": "12.00", "on": "grand"}, "total_tax": "20.00", "total": "108.00",
	},
	"taxed shipping": {
		"lines": [line(1, 2, "10.00", tax("4.00"))],
		"shipping": [{"id": "s", "title": "Flat", "amount": "5.00", "tax_lines": tax("1.00")}],
		"total_tax": "5.00", "total": "30.00",
	},
	"taxed shipping, inclusive, with a discount of its own": {
		"prices_include_tax": True,
		"lines": [line(1, 1, "12.00", tax("2.00"))],
		"shipping": [{"title": "Flat", "amount": "6.00", "discount": "1.20", "tax_lines": tax("0.80")}],
		"total_tax": "2.80", "total": "16.80",
	},
	"a line that is wholly discounted": {
		"lines": [line(1, 2, "10.00", discount="20.00"), line(2, 1, "5.00")], "total": "5.00",
	},
	"free item": {"lines": [line(1, 1, "10.00"), line(2, 1, "0", is_free=True)], "total": "10.00"},
	"total of zero": {"lines": [line(1, 1, "0.00")], "total": "0.00"},
	"wholly discounted": {
		"lines": [line(1, 1, "10.00")], "order_discount": {"amount": "10.00", "on": "grand"}, "total": "0.00",
	},
	"three for ten": {"lines": [line(1, 3, None, total="10.00")], "total": "10.00"},
	"seven for one, with tax": {"lines": [line(1, 7, None, tax("0.20"), total="1.00")], "total_tax": "0.20", "total": "1.20"},
	"fees and a tip": {
		"lines": [line(1, 1, "10.00")],
		"fees": [{"title": "Gift wrap", "amount": "2.50"}, {"kind": "tip", "title": "Tip", "amount": "1.00"}],
		"total": "13.50",
	},
	"two taxes at once": {
		"lines": [line(1, 3, "33.33", [{"title": "GST", "rate": "5", "amount": "5.00"}, {"title": "QST", "rate": "9.975", "amount": "9.97"}])],
		"total_tax": "14.97", "total": "114.96",
	},
	"a cent lost to rounding": {"lines": [line(1, 1, "10.00", tax("2.00"))], "total_tax": "2.00", "rounding": "-0.01", "total": "11.99"},
	"fractions of a piece": {"lines": [line(1, "1.234", "9.99", sku="KEYED-KG")], "total": "12.33"},
	"large amounts": {"lines": [line(1, 999, "99999.99", tax("19979998.00"))], "total_tax": "19979998.00", "total": "119879988.01"},
}  # fmt: skip
WRONG = {
	"total that does not add up": {"lines": [line(1, 1, "10.00")], "total": "12.00"},
	"total that is too small": {
		"lines": [line(1, 1, "10.00", tax("2.00"))],
		"total_tax": "2.00",
		"total": "10.00",
	},
	"tax that is not in the lines": {"lines": [line(1, 1, "10.00")], "total_tax": "0.00", "total": "11.00"},
}


class OrderTestCase(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.selling_item("KEYED-1")
		make.selling_item("KEYED-KG", stock_uom="Kg")
		taxes = account("Shop Sales Tax", "Tax", "Duties and Taxes")
		freight = account("Shop Freight", "Chargeable", "Direct Income")
		self.accounts = [
			{"kind": "Tax", "title": "*", "account": taxes},
			{"kind": "Shipping", "title": "*", "account": freight},
			{"kind": "Fee", "title": "*", "account": freight},
			{"kind": "Discount", "title": "*", "account": freight},
		]
		self.change(warehouse=make.warehouse(), commerce_accounts=self.accounts)

	def order(self, **values: Any) -> dict[str, Any]:
		return {
			"id": make.unique("O"),
			"currency": "USD",
			"date": "2026-11-20T12:00:00Z",
			"customer": {
				"id": "c-1",
				"first_name": "Ann",
				"last_name": "Lee",
				"email": "ann.inbound@example.com",
			},
			"billing_address": {"line1": "1 Road", "city": "X", "country": "US"},
			**values,
		}

	def assert_booked(self, body: dict[str, Any]):
		"""The order is in ERPNext, submitted, and comes to what the shop says."""
		data = self.ok(self.call("create_order", body))
		frappe.db.rollback()
		doc = frappe.get_doc("Sales Order", data["order_id"])
		self.assertEqual(doc.docstatus, 1)
		self.assertEqual((doc.currency, doc.owner), (body["currency"], make.USER))
		self.assertEqual(
			flt(doc.grand_total, 2), flt(body["total"], 2), [(t.description, t.tax_amount) for t in doc.taxes]
		)
		self.assertEqual(flt(doc.rounded_total) or flt(doc.grand_total), flt(doc.grand_total))
		self.assertEqual(flt(doc.base_grand_total, 2), flt(flt(doc.grand_total) * doc.conversion_rate, 2))
		if "total_tax" in body:
			booked = sum(
				row.tax_amount_after_discount_amount
				for row in doc.taxes
				if "Shop Sales Tax" in row.account_head
			)
			self.assertAlmostEqual(booked, float(body["total_tax"]), places=2)
		return doc

	def assert_held(self, body: dict[str, Any], code: str) -> str:
		"""Nothing of the order is in ERPNext, and the caller is told why."""
		before = self.world()
		error = self.refused(self.call("create_order", body), 409, code)
		self.assertEqual(self.world(), before)
		return error["message"]

	def world(self) -> list[int]:
		return [
			self.count(doctype)
			for doctype in ("Sales Order", "Customer", "Address", "Contact", "Item", "Sync Link")
		]


class TestTotals(OrderTestCase):
	def test_the_fixtures(self):
		for name, values in FIXTURES.items():
			with self.subTest(name):
				doc = self.assert_booked(self.order(**values))
				self.assertEqual(len({row.item_code for row in doc.items}), 1)
				self.assertAlmostEqual(
					sum(row.qty for row in doc.items), sum(float(one["quantity"]) for one in values["lines"])
				)

	def test_orders_of_shops_that_charge_as_real_ones_do(self):
		settings, booked = commerce.load(make.ACCOUNT), 0
		for seed in range(30):
			body = self.order(**{**random_order(seed), "id": make.unique("O"), "currency": "USD"})
			for one in body["lines"]:
				one["sku"] = "KEYED-KG"
			with self.subTest(seed, order=body), read_committed():
				frappe.set_user(make.USER)
				try:
					doc = frappe.get_doc("Sales Order", orders.create(settings, Order.read(body)).name)
				except HeldForReview as error:
					self.assertEqual(error.code, "total_differs")
					continue
				finally:
					frappe.set_user("Administrator")
				self.assertEqual((doc.docstatus, flt(doc.grand_total, 2)), (1, flt(body["total"], 2)))
				booked += 1
		self.assertGreaterEqual(booked, 29)

	def test_totals_that_do_not_add_up_are_held_and_say_by_how_much(self):
		for name, values in WRONG.items():
			with self.subTest(name):
				message = self.assert_held(self.order(**values), "total_differs")
				self.assertRegex(message, r"\d+\.\d\d")

	def test_orders_may_be_left_as_drafts(self):
		self.change(submit_orders=0)
		data = self.ok(self.call("create_order", self.order(**FIXTURES["plain"])))
		self.assertEqual(frappe.db.get_value("Sales Order", data["order_id"], "docstatus"), 0)


class TestOtherTaxes(OrderTestCase):
	"""Taxes that ERPNext would add by itself are not the shop's."""

	def setUp(self) -> None:
		super().setUp()
		values = {
			"doctype": "Sales Taxes and Charges Template", "title": make.unique("Default"), "company": make.company(),
			"is_default": 1,
			"taxes": [{"charge_type": "On Net Total", "account_head": self.accounts[0]["account"], "rate": 8, "description": "default"}],
		}  # fmt: skip
		template = frappe.get_doc(values).insert()
		self.addCleanup(self.forget, template)
		self.commit()

	def forget(self, template) -> None:
		frappe.db.set_value(
			"Sales Taxes and Charges Template", template.name, {"is_default": 0, "disabled": 1}
		)
		frappe.db.commit()

	def test_a_default_template_of_the_company(self):
		for name in ("plain", "tax on top", "inclusive tax", "total of zero", "discount on the grand total"):
			with self.subTest(name):
				doc = self.assert_booked(self.order(**FIXTURES[name]))
				self.assertNotIn("default", [row.description for row in doc.taxes])

	def test_a_tax_template_of_the_item(self):
		rates = [{"tax_type": self.accounts[0]["account"], "tax_rate": 3}]
		template = frappe.get_doc(
			{
				"doctype": "Item Tax Template",
				"title": make.unique("Reduced"),
				"company": make.company(),
				"taxes": rates,
			}
		).insert()
		item = make.item(is_stock_item=0, taxes=[{"item_tax_template": template.name}])
		self.commit()
		for name in ("plain", "tax on top", "inclusive tax"):
			lines = [{**one, "sku": item.name} for one in FIXTURES[name]["lines"]]
			with self.subTest(name):
				self.assert_booked(self.order(**{**FIXTURES[name], "lines": lines}))

	def test_a_price_list_and_a_pricing_rule(self):
		item = make.item(is_stock_item=0)
		frappe.get_doc(
			{
				"doctype": "Item Price",
				"item_code": item.name,
				"price_list": "Standard Selling",
				"price_list_rate": 77,
			}
		).insert()
		rule = frappe.get_doc(
			{
				"doctype": "Pricing Rule", "title": make.unique("Rule"), "apply_on": "Item Code", "selling": 1,
				"items": [{"item_code": item.name}], "rate_or_discount": "Discount Percentage", "discount_percentage": 50,
				"company": make.company(), "currency": "USD",
			}
		).insert()  # fmt: skip
		self.addCleanup(frappe.db.set_value, "Pricing Rule", rule.name, "disable", 1)
		self.change(price_list="Standard Selling")
		for name in (
			"plain",
			"tax on top",
			"three for ten",
			"free item",
			"total of zero",
			"wholly discounted",
			"discount of a line",
		):
			lines = [{**one, "sku": item.name} for one in FIXTURES[name]["lines"]]
			with self.subTest(name):
				self.assert_booked(self.order(**{**FIXTURES[name], "lines": lines}))
