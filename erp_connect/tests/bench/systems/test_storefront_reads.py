"""A storefront that asks for orders, invoices, balances and taxes, with two headers whose names it chooses."""

from __future__ import annotations

from erp_connect.api.v1 import __all__ as CALLS
from erp_connect.config import preset_files
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import make_invoice
from erp_connect.tests.bench.http_case import other_company
from erp_connect.tests.bench.systems.storefront_case import READS, SECRET, WRITES, StorefrontCase
from erp_connect.tests.bench.systems.system import proves

OWN = {"X-Shop-Key": "web-shop", "X-Shop-Token": SECRET}


class TestReads(StorefrontCase):
	system = READS
	headers = OWN

	def connect(self, *args, **changed):
		names = {"key_header": "X-Shop-Key", "token_header": "X-Shop-Token"}
		return super().connect(*args, **{**names, **changed})

	def order(self):
		item = make.item().name
		make.receipt(item, 9)
		return make.sales_order(make.customer().name, [(item, 2, 30)])

	@proves("Installed by entries alone", "Several pages")
	def test_orders_and_invoices_by_get_and_post(self):
		self.connect()
		order = self.order()
		invoice = make_invoice(order)
		second = make.sales_order(order.customer, [(order.items[0].item_code, 1, 30)])
		self.commit()
		for method in ("GET", "POST"):
			with self.subTest(method):
				found = self.answer("orders", {"customer_id": order.customer, "limit": 1}, method=method)
				self.assertEqual([row["order_id"] for row in found["orders"]], [second.name])
				more = {"customer_id": order.customer, "limit": 1, "after": found["next"]}
				found = self.answer("orders", more, method=method)
				self.assertEqual([row["order_id"] for row in found["orders"]], [order.name])
				one = self.answer("order", {"order_id": order.name}, method=method)
				self.assertEqual((one["order_id"], one["grand_total"]), (order.name, order.grand_total))
				bills = self.answer("invoices", {"customer_id": order.customer}, method=method)
				self.assertEqual([row["invoice_id"] for row in bills["invoices"]], [invoice.name])
				bill = self.answer("invoice", {"invoice_id": invoice.name}, method=method)
				self.assertEqual(bill["invoice_id"], invoice.name)
				owed = self.answer("customer_balance", {"customer_id": order.customer}, method=method)
				self.assertEqual(owed["balance"], invoice.outstanding_amount)

	def test_taxes_at_checkout_by_get_and_post(self):
		self.connect()
		item = make.item().name
		self.commit()
		cart = {"items": [{"item_code": item, "quantity": 2, "rate": 10}], "shipping": 5}
		posted = self.answer("checkout_taxes", cart)
		self.assertEqual(posted["grand_total"], 25 + posted["tax_total"])
		query = {"items": f'[{{"item_code": "{item}", "quantity": 2, "rate": 10}}]', "shipping": "5"}
		self.assertEqual(self.answer("checkout_taxes", query, method="GET"), posted)

	@proves("Wrong credentials told")
	def test_only_the_two_headers_let_it_in_and_to_these_calls_only(self):
		self.connect()
		for headers in (
			{},
			{**OWN, "X-Shop-Token": "another"},
			{"X-Api-Key": "web-shop", "X-Api-Token": SECRET},
		):
			answer = self.ask("orders", headers=headers)
			self.assertEqual((answer.status_code, answer.json()["error"]["code"]), (401, "authentication"))
		answer = self.ask("create_customer", {"customer_name": "X"})
		self.assertEqual((answer.status_code, answer.json()["error"]["code"]), (403, "switched_off"))

	def test_each_call_is_offered_or_closed(self):
		for system in (READS, WRITES):
			preset = preset_files.load(system.preset)
			closed = set(preset.settings["switched_off"].split(", "))
			self.assertEqual(closed | set(preset.serves.calls) | {"openapi"}, set(CALLS))
			self.assertEqual(closed & {*preset.serves.calls, "openapi"}, set())

	@proves("Two accounts never mixed")
	def test_two_storefronts_in_two_companies(self):
		self.connect()
		other = other_company()
		self.connect("The Other", other, api_key="other-shop", token=SECRET + "-2")
		order = self.order()
		self.commit()
		theirs = {"X-Shop-Key": "other-shop", "X-Shop-Token": SECRET + "-2"}
		self.assertEqual(self.ask("orders", headers={**theirs, "X-Shop-Key": "web-shop"}).status_code, 401)
		mine = self.answer("orders", {"customer_id": order.customer})["orders"]
		self.assertEqual([row["order_id"] for row in mine], [order.name])
		found = self.answer("orders", {"customer_id": order.customer}, headers=theirs)
		self.assertEqual(found["orders"], [])
