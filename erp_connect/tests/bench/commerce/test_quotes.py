"""Quotes and prices: what `checkout_taxes` says is what the order made afterwards costs, and nothing is written."""

from __future__ import annotations

from typing import Any

import frappe
from erpnext.controllers.accounts_controller import get_taxes_and_charges
from frappe.utils import add_days, flt, today

from erp_connect.commerce import settings as commerce
from erp_connect.commerce.shop import quote
from erp_connect.commerce.shop.cart import Cart, CartLine
from erp_connect.commerce.shop.cart_party import TAX_TEMPLATE as TEMPLATE
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import account
from erp_connect.tests.bench.inbound_case import InboundTestCase

TOTALS = ("net_total", "grand_total", "rounded_total")


class TestQuotes(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.company = make.company()
		freight = account("Shop Freight", "Chargeable", "Direct Income")
		self.change(
			warehouse=make.warehouse(),
			customer_group=make.leaf("Customer Group"),
			territory=make.leaf("Territory"),
			price_list="Standard Selling",
			commerce_accounts=[{"kind": "Shipping", "title": "*", "account": freight}],
		)
		self.tax = account("Shop Sales Tax", "Tax", "Duties and Taxes")
		self.other_tax = account("Shop City Tax", "Tax", "Duties and Taxes")
		self.commit()
		self.addCleanup(
			self.put_back, frappe.db.get_value(TEMPLATE, {"company": self.company, "is_default": 1})
		)
		self.put_back(None)
		self.customer = make.customer().name
		self.first, self.second = self.item(42.35), self.item(17.99)
		self.commit()

	def put_back(self, default: str | None) -> None:
		"""Rules of this test must not change the totals of others."""
		frappe.db.rollback()
		frappe.db.set_value(TEMPLATE, {"company": self.company}, "is_default", 0)
		if default:
			frappe.db.set_value(TEMPLATE, default, "is_default", 1)
		for doctype in ("Tax Rule", "Pricing Rule"):
			frappe.db.delete(doctype)
		frappe.db.set_single_value(
			"Accounts Settings", "determine_address_tax_category_from", "Billing Address"
		)
		self.commit()

	def item(self, price: float | None, **values: Any) -> str:
		code = make.item(**values).name
		if price is not None:
			frappe.get_doc(
				{
					"doctype": "Item Price",
					"price_list": "Standard Selling",
					"item_code": code,
					"price_list_rate": price,
				}
			).insert()
		return code

	def template(self, *rows: dict[str, Any], **values: Any) -> str:
		title = make.unique("Taxes")
		return (
			frappe.get_doc(
				{
					"doctype": TEMPLATE,
					"title": title,
					"company": self.company,
					"taxes": [
						{
							"charge_type": "On Net Total",
							"account_head": self.tax,
							"description": "Sales tax",
							**row,
						}
						for row in rows
					],
					**values,
				}
			)
			.insert()
			.name
		)

	def tax_rule(self, template: str, **values: Any) -> None:
		frappe.get_doc(
			{
				"doctype": "Tax Rule",
				"tax_type": "Sales",
				"sales_tax_template": template,
				"company": self.company,
				**values,
			}
		).insert()

	def quote(self, **body: Any) -> dict[str, Any]:
		self.commit()
		lines = [{"item_code": self.first, "quantity": 3}, {"item_code": self.second, "quantity": 7}]
		return self.ok(self.call("checkout_taxes", {"items": lines, **body}), 200)

	def desk_order(self, customer: str, template: str | None, lines: list[dict] | None = None, **values: Any):
		"""A Sales Order as the form in Desk makes it: nothing of it comes from this app."""
		doc = frappe.get_doc(
			{
				"doctype": "Sales Order",
				"company": self.company,
				"customer": customer,
				"transaction_date": today(),
				"delivery_date": add_days(today(), 3),
				"set_warehouse": make.warehouse(),
				"currency": "USD",
				"selling_price_list": "Standard Selling",
				"taxes_and_charges": template,
				"taxes": get_taxes_and_charges(TEMPLATE, template) or [],
				"items": lines or [{"item_code": self.first, "qty": 3}, {"item_code": self.second, "qty": 7}],
				**values,
			}
		)
		return doc.insert().submit()

	def assert_equal(self, quoted: dict[str, Any], order) -> None:
		for name in TOTALS:
			self.assertEqual(quoted[name], flt(order.get(name)) or quoted["grand_total"], name)
		self.assertEqual(
			[(row["title"], row["rate"], row["amount"]) for row in quoted["taxes"]],
			[
				(row.description, row.rate, flt(row.tax_amount_after_discount_amount, 2))
				for row in order.taxes
			],
		)
		self.assertEqual([line["rate"] for line in quoted["items"]], [row.rate for row in order.items])

	def assert_orders(self, quoted: dict[str, Any], **cart: Any) -> None:
		"""An order made from the same cart by the same draft costs what was quoted."""
		lines = (CartLine(self.first, 3), CartLine(self.second, 7))
		settings = commerce.load(make.ACCOUNT)
		frappe.set_user(make.USER)
		try:
			order = quote.draft_order(
				settings, Cart(**{"lines": lines, "customer": self.customer, **cart})
			).insert()
			self.assert_equal(quoted, order.submit())
		finally:
			frappe.set_user("Administrator")

	def test_exclusive_template(self):
		template = self.template(
			{"rate": 8.25},
			{"charge_type": "On Previous Row Total", "row_id": 1, "rate": 2, "account_head": self.other_tax},
			is_default=1,
		)
		quoted = self.quote(customer_id=self.customer)
		# 3 × 42.35 + 7 × 17.99 = 252.98; 8.25 % = 20.87; 2 % of 273.85 = 5.48
		self.assertEqual(
			(quoted["net_total"], quoted["tax_total"], quoted["grand_total"]), (252.98, 26.35, 279.33)
		)
		self.assertEqual(quoted["tax_template"], template)
		self.assert_equal(quoted, self.desk_order(self.customer, template))
		self.assert_orders(quoted)

	def test_inclusive_template(self):
		template = self.template({"rate": 19, "included_in_print_rate": 1}, is_default=1)
		quoted = self.quote(customer_id=self.customer)
		# 252.98 with 19 % in it: lines 127.05 / 1.19 = 106.76 and 125.93 / 1.19 = 105.82, and 19 % of both; ERPNext
		# books the missing cent as rounding
		self.assertEqual(
			(quoted["net_total"], quoted["tax_total"], quoted["grand_total"]), (212.58, 40.39, 252.98)
		)
		self.assertTrue(quoted["taxes"][0]["included_in_price"])
		self.assert_equal(quoted, self.desk_order(self.customer, template))
		self.assert_orders(quoted)

	def test_item_tax_template(self):
		reduced = frappe.get_doc(
			{
				"doctype": "Item Tax Template",
				"title": make.unique("Reduced"),
				"company": self.company,
				"taxes": [{"tax_type": self.tax, "tax_rate": 5}],
			}
		).insert()
		item = frappe.get_doc("Item", self.second)
		item.append("taxes", {"item_tax_template": reduced.name})
		item.save()
		template = self.template({"rate": 20}, is_default=1)
		quoted = self.quote(customer_id=self.customer)
		# 20 % of 127.05 and 5 % of 125.93
		self.assertEqual(quoted["tax_total"], 31.71)
		self.assert_equal(quoted, self.desk_order(self.customer, template))
		self.assert_orders(quoted)

	def test_tax_rule_by_state(self):
		default = self.template({"rate": 5, "description": "Elsewhere"}, is_default=1)
		texas = self.template({"rate": 6.25, "description": "Texas"})
		self.tax_rule(
			texas, shipping_state="Texas", from_date=add_days(today(), -5), to_date=add_days(today(), 5)
		)
		address = {"address_line1": "1 Road", "city": "Austin", "state": "Texas", "country": "us"}
		guest = self.quote(shipping_address=address)
		self.assertEqual((guest["tax_template"], guest["tax_total"]), (texas, 15.81))
		self.assertIsNone(guest["customer_id"])
		self.assertEqual(self.quote(shipping_address={**address, "state": "Ohio"})["tax_template"], default)
		self.assertEqual(
			self.quote(customer_id=self.customer, shipping_address=address)["tax_template"], texas
		)
		saved = frappe.get_doc(
			{
				"doctype": "Address",
				"address_title": self.customer,
				"address_type": "Shipping",
				**address,
				"country": "United States",
				"links": [{"link_doctype": "Customer", "link_name": self.customer}],
			}
		).insert()
		own = self.quote(customer_id=self.customer)
		self.assertEqual(own["taxes"], guest["taxes"])
		self.assert_equal(own, self.desk_order(self.customer, texas, shipping_address_name=saved.name))
		self.assert_orders(own)
		elsewhere = self.quote(customer_id=self.customer, shipping_address={**address, "state": "Ohio"})
		self.assertEqual(elsewhere["tax_template"], default)

	def test_address_of_the_customer_is_recognised(self):
		home = self.template({"rate": 5}, is_default=1)
		category = frappe.get_doc({"doctype": "Tax Category", "title": make.unique("Export")}).insert().name
		export = self.template({"rate": 0, "description": "Export"})
		self.tax_rule(export, tax_category=category)
		frappe.db.set_single_value(
			"Accounts Settings", "determine_address_tax_category_from", "Shipping Address"
		)
		address = {"address_line1": "2 Road", "city": "Oslo", "country": "Norway"}
		frappe.get_doc(
			{
				"doctype": "Address",
				"address_title": self.customer,
				"address_type": "Shipping",
				"tax_category": category,
				**address,
				"links": [{"link_doctype": "Customer", "link_name": self.customer}],
			}
		).insert()
		quoted = self.quote(customer_id=self.customer, shipping_address={**address, "country": "no"})
		self.assertEqual(quoted["tax_template"], export)
		self.assertEqual(self.quote(customer_id=self.customer)["tax_template"], export)
		elsewhere = self.quote(customer_id=self.customer, shipping_address={**address, "city": "Bergen"})
		self.assertEqual(elsewhere["tax_template"], home)

	def test_shipping_and_discount(self):
		template = self.template({"rate": 10}, is_default=1)
		quoted = self.quote(customer_id=self.customer, shipping=12.5, shipping_title="Parcel", discount=52.98)
		self.assertEqual(
			(quoted["net_total"], quoted["tax_total"], quoted["shipping_total"]), (200.0, 20.0, 12.5)
		)
		self.assertEqual(quoted["grand_total"], 232.5)
		self.assert_orders(quoted, shipping=12.5, shipping_title="Parcel", discount=52.98)
		self.change(commerce_accounts=[])
		error = self.refused(
			self.call("checkout_taxes", {"items": [{"item_code": self.first}], "shipping": 1}),
			422,
			"configuration",
		)
		self.assertEqual(error["field"], "shipping")
		self.assertEqual(template, quoted["tax_template"])

	def test_prices_of_the_cart_stand(self):
		"""A pricing rule changes the lines without a price only, also when the order is saved later."""
		self.pricing_rule(self.first, discount_percentage=50)
		self.pricing_rule(self.second, discount_percentage=20)
		lines = [
			{"item_code": self.first, "quantity": 3, "rate": 40, "discount_percentage": 10},
			{"item_code": self.second, "quantity": 7},
		]
		quoted = self.quote(customer_id=self.customer, items=lines)
		self.assertEqual([line["rate"] for line in quoted["items"]], [36.0, 14.39])
		self.assert_orders(quoted, lines=(CartLine(self.first, 3, 40, 10), CartLine(self.second, 7)))
		free = self.quote(items=[{"item_code": self.first, "rate": 0}, {"item_code": self.second}])
		self.assertEqual([line["rate"] for line in free["items"]], [0.0, 14.39])

	def pricing_rule(self, item: str, **values: Any) -> str:
		return (
			frappe.get_doc(
				{
					"doctype": "Pricing Rule",
					"title": make.unique("Rule"),
					"apply_on": "Item Code",
					"items": [{"item_code": item}],
					"selling": 1,
					"price_or_product_discount": "Price",
					"rate_or_discount": "Discount Percentage",
					"company": self.company,
					"currency": "USD",
					**values,
				}
			)
			.insert()
			.name
		)

	def test_other_currency(self):
		frappe.db.delete("Currency Exchange", {"from_currency": ("in", ("EUR", "JPY"))})
		frappe.get_doc(
			{
				"doctype": "Currency Exchange",
				"date": today(),
				"from_currency": "EUR",
				"to_currency": "USD",
				"exchange_rate": 1.25,
				"for_selling": 1,
			}
		).insert()
		self.template({"rate": 10}, is_default=1)
		quoted = self.quote(currency="EUR", items=[{"item_code": self.item(100), "quantity": 2}])
		self.assertEqual((quoted["currency"], quoted["exchange_rate"]), ("EUR", 1.25))
		self.assertEqual(
			(quoted["net_total"], quoted["tax_total"], quoted["grand_total"]), (160.0, 16.0, 176.0)
		)
		error = self.refused(
			self.call("checkout_taxes", {"items": [{"item_code": self.first}], "currency": "JPY"}),
			422,
			"exchange_rate",
		)
		self.assertIn("Currency Exchange", error["message"])
		self.refused(
			self.call("checkout_taxes", {"items": [{"item_code": self.first}], "currency": "QQQ"}), 422
		)

	def test_nothing_is_written(self):
		"""Not even the Item Price that ERPNext is set to remember from a rate."""
		self.template({"rate": 10}, is_default=1)
		frappe.db.set_single_value("Stock Settings", "auto_insert_price_list_rate_if_missing", 1)
		unpriced = self.item(None)
		lines = [{"item_code": unpriced, "quantity": 1, "rate": 99}]
		before = self.content()
		for _ in range(2):
			self.ok(
				self.call("checkout_taxes", {"items": lines, "customer_id": self.customer, "shipping": 5}),
				200,
			)
			self.ok(self.call("prices", {"items": [{"item_code": self.first}]}), 200)
		self.assertEqual(self.content(), before)
		self.desk_order(self.customer, None, [{"item_code": unpriced, "qty": 1, "rate": 99}])
		self.assertNotEqual(self.content(), before)

	def content(self) -> dict[str, Any]:
		"""How many rows each table has, and where the series stand."""
		self.commit()
		counts = {
			table: frappe.db.sql(f"SELECT COUNT(*) FROM `{table}`")[0][0]
			for table in frappe.db.get_tables(False)
		}
		# Frappe notes there who signed in and when.
		counts = {
			table: count for table, count in counts.items() if table not in ("tabActivity Log", "tabSessions")
		}
		return {**counts, "series": frappe.db.sql("SELECT name, current FROM `tabSeries` ORDER BY name")}

	def test_carts_that_cannot_be_ordered(self):
		disabled = self.item(1, disabled=1)
		for lines, field in (
			([{"item_code": self.first}, {"item_code": "no such item"}], "items.1.item_code"),
			([{"item_code": disabled}], "items.0.item_code"),
			([{"item_code": self.first, "uom": "no such unit"}], "items.0.uom"),
			([{"item_code": self.first, "quantity": 0}], "items.0.quantity"),
			([], "items"),
		):
			with self.subTest(field):
				self.commit()
				self.assertEqual(
					self.refused(self.call("checkout_taxes", {"items": lines}), 422)["field"], field
				)
		one = {"items": [{"item_code": self.first}]}
		self.refused(self.call("checkout_taxes", {**one, "coupon_code": "FREE"}), 422, "invalid")
		self.refused(
			self.call("checkout_taxes", {**one, "customer_id": "no such customer"}), 404, "not_found"
		)
		self.refused(self.call("checkout_taxes", {**one, "shipping_address": {"country": "Atlantis"}}), 422)

	def test_prices(self):
		rule = self.pricing_rule(self.first, discount_percentage=10, min_qty=5)
		unpriced = self.item(None)
		body = {
			"items": [{"item_code": self.first, "quantity": 4}, {"item_code": self.first, "quantity": 5}],
			"item_codes": [unpriced, "no such item"],
			"customer_id": self.customer,
		}
		self.commit()
		answer = self.ok(self.call("prices", body), 200)
		self.assertEqual(answer["unknown"], ["no such item"])
		self.assertEqual(
			[(row["quantity"], row["rate"], row["pricing_rules"]) for row in answer["prices"]],
			[(4.0, 42.35, []), (5.0, 38.12, [rule]), (1.0, None, [])],
		)
		wholesale = (
			frappe.get_doc(
				{
					"doctype": "Price List",
					"price_list_name": make.unique("Wholesale"),
					"currency": "USD",
					"selling": 1,
				}
			)
			.insert()
			.name
		)
		frappe.get_doc(
			{"doctype": "Item Price", "price_list": wholesale, "item_code": self.second, "price_list_rate": 9}
		).insert()
		frappe.db.set_value("Customer", self.customer, "default_price_list", wholesale)
		frappe.clear_document_cache("Customer", self.customer)
		self.commit()
		for more in ({"customer_id": self.customer}, {"price_list": wholesale}):
			answer = self.ok(self.call("prices", {"item_codes": self.second, **more}, method="GET"), 200)
			self.assertEqual((answer["price_list"], answer["prices"][0]["rate"]), (wholesale, 9.0))
		self.refused(
			self.call("prices", {"item_codes": self.second, "price_list": "none"}, method="GET"), 404
		)
