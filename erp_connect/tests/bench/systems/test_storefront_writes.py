"""A storefront that sends customers, orders and cancellations: JSON or XML, POST or GET with a body."""

from __future__ import annotations

import json
from typing import Any

import frappe
from frappe.utils import add_to_date, now_datetime

from erp_connect.config import preset_files
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import exchange_rate
from erp_connect.tests.bench.http_case import other_company
from erp_connect.tests.bench.systems.storefront_case import SECRET, WRITES, StorefrontCase
from erp_connect.tests.bench.systems.system import proves

OWN = {"username": "web-shop", "password": SECRET}


def as_xml(value: Any, name: str) -> str:
	"""An object as a storefront writes it: a list is its element repeated."""
	if isinstance(value, list):
		return "".join(as_xml(one, name) for one in value)
	inner = (
		"".join(as_xml(part, key) for key, part in value.items()) if isinstance(value, dict) else str(value)
	)
	return f"<{name}>{inner}</{name}>"


class TestWrites(StorefrontCase):
	system = WRITES
	headers = OWN

	def setUp(self) -> None:
		super().setUp()
		self.item = make.item().name
		make.receipt(self.item, 50)

	def customer(self) -> dict[str, Any]:
		mark = frappe.generate_hash(length=8)
		return {"customer_name": f"Buyer {mark}", "external_id": mark, "email": f"{mark}@example.com"}

	def order(self, **changes: Any) -> dict[str, Any]:
		mark = frappe.generate_hash(length=8)
		return {
			"id": f"S-{mark}",
			"currency": "USD",
			"customer": {"id": mark, "name": f"Buyer {mark}"},
			"lines": [{"id": "1", "sku": self.item, "quantity": 2, "unit_price": "10.00"}],
			"shipping": [{"title": "Parcel", "amount": "5.00"}],
			"tax_lines": [
				{"title": "State", "rate": 4, "amount": "1.00"}, {"title": "City", "rate": 2, "amount": "0.50"},
			],
			"total_tax": "1.50",
			"total": "26.50",
			**changes,
		}  # fmt: skip

	def ways(self):
		"""A call in each of its forms: (how it is called, function of call and body → answer)."""

		def by_get(call: str, raw: str, kind: str) -> Any:
			headers = {**OWN, "Content-Type": kind}
			return self.ask(call, method="GET", data=raw.encode(), headers=headers)

		return {
			"POST, JSON": lambda call, body: self.ask(call, body),
			"POST, XML": lambda call, body: self.ask(call, as_xml(body, "request")),
			"GET, JSON": lambda call, body: by_get(call, json.dumps(body), "application/json"),
			"GET, XML": lambda call, body: by_get(call, as_xml(body, "request"), "application/xml"),
		}

	def told(self, answer: Any, name: str) -> str:
		"""What an answer in JSON or XML says under a name."""
		self.assertLess(answer.status_code, 300, answer.text)
		if "xml" in answer.headers["Content-Type"]:
			self.assertTrue(answer.text.partition("?>")[2].strip().startswith("<response>"), answer.text)
			return answer.text.partition(f"<{name}>")[2].partition("<")[0]
		return str(answer.json()[name])

	@proves(
		"Installed by entries alone", "Customers in", "Orders in", "Order cancelled", "Discounts, shipping, fees",
		"Answer lost after the work was done", "Tax of several rates",
	)  # fmt: skip
	def test_a_customer_an_order_and_its_cancellation_in_each_form(self):
		self.connect()
		for name, call in self.ways().items():
			with self.subTest(name):
				customer = self.customer()
				customer_id = self.told(call("create_customer", customer), "customer_id")
				frappe.db.rollback()
				self.assertEqual(
					frappe.db.get_value("Customer", customer_id, "customer_name"), customer["customer_name"]
				)
				order = self.order()
				order_id = self.told(call("create_order", order), "order_id")
				self.assertEqual(self.told(call("create_order", order), "order_id"), order_id)
				frappe.db.rollback()
				doc = frappe.get_doc("Sales Order", order_id)
				self.assertEqual((doc.docstatus, doc.grand_total), (1, 26.5))
				self.assertEqual([(row.item_code, row.qty) for row in doc.items], [(self.item, 2)])
				self.assertEqual(sorted(row.tax_amount for row in doc.taxes), [0.5, 1, 5])
				success = self.told(call("cancel_order", {"id": order["id"]}), "success")
				self.assertEqual(success.lower(), "true")
				frappe.db.rollback()
				self.assertEqual(frappe.db.get_value("Sales Order", order_id, "docstatus"), 2)

	def test_the_examples_beside_the_preset_are_taken(self):
		self.connect()
		examples = {
			name: preset_files.example(self.system.preset, [name])
			for name in ("customer", "order", "cancellation")
		}
		examples["order"]["lines"][0]["sku"] = self.item
		for call, name in (
			("create_customer", "customer"),
			("create_order", "order"),
			("cancel_order", "cancellation"),
		):
			self.assertTrue(self.answer(call, examples[name]), call)

	@proves("Prices with tax")
	def test_prices_with_tax_come_to_the_same_total_in_each_form(self):
		self.connect()
		line = {"id": "1", "sku": self.item, "quantity": 2, "unit_price": "10.60"}
		shipping = [{"title": "Parcel", "amount": "5.30"}]
		for name, call in self.ways().items():
			with self.subTest(name):
				order = self.order(prices_include_tax=True, lines=[line], shipping=shipping)
				order_id = self.told(call("create_order", order), "order_id")
				frappe.db.rollback()
				doc = frappe.get_doc("Sales Order", order_id)
				self.assertEqual((doc.docstatus, doc.grand_total), (1, 26.5))
				self.assertEqual([row.net_rate for row in doc.items], [10.0])
				self.assertEqual(sorted(row.tax_amount for row in doc.taxes), [0.5, 1, 5])

	@proves("Several currencies")
	def test_an_order_in_another_currency_stays_in_it(self):
		self.connect()
		exchange_rate("EUR", 1.1)
		for name, call in self.ways().items():
			with self.subTest(name):
				order_id = self.told(call("create_order", self.order(currency="EUR")), "order_id")
				frappe.db.rollback()
				doc = frappe.get_doc("Sales Order", order_id)
				self.assertEqual((doc.currency, doc.grand_total, doc.conversion_rate), ("EUR", 26.5, 1.1))
				self.assertEqual(doc.base_grand_total, 29.15)

	@proves("Wrong credentials told")
	def test_a_wrong_password_lets_nobody_in(self):
		self.connect()
		for headers in ({}, {**OWN, "password": "another"}):
			for method in ("GET", "POST"):
				answer = self.ask("create_customer", self.customer(), method=method, headers=headers)
				self.assertEqual(answer.status_code, 401, answer.text)
		self.assertEqual(self.ask("orders").json()["error"]["code"], "switched_off")

	def test_basic_and_bearer_are_those_of_its_user_and_take_no_writes_by_get(self):
		doc = self.connect()
		keys = self.keys_of(doc.user)
		token = frappe.get_doc(
			{
				"doctype": "OAuth Bearer Token",
				"client": self.client(),
				"user": doc.user,
				"scopes": "all",
				"access_token": frappe.generate_hash(length=30),
				"expiration_time": add_to_date(now_datetime(), hours=1),
				"status": "Active",
			}
		).insert()
		self.commit()
		bearer = {"Authorization": f"Bearer {token.access_token}"}
		for how in ({"headers": {}, "auth": keys}, {"headers": bearer}):
			made = self.answer("create_customer", self.customer(), **how)
			self.assertTrue(made["customer_id"])
			refused = self.ask("create_customer", method="GET", data=json.dumps(self.customer()), **how)
			self.assertEqual(
				(refused.status_code, refused.json()["error"]["code"]), (405, "method"), refused.text
			)

	def client(self) -> str:
		values = {"app_name": "Storefront", "redirect_uris": "https://shop.example.com", "scopes": "all",
			"default_redirect_uri": "https://shop.example.com"}  # fmt: skip
		return frappe.get_doc({"doctype": "OAuth Client", **values}).insert().name

	@proves("Two accounts never mixed")
	def test_the_same_order_id_of_two_storefronts_in_two_companies(self):
		self.connect()
		other = other_company()
		self.connect("The Other", other, username="other-shop")
		order = self.order(tax_lines=[], total_tax="0", total="25.00")
		first = self.answer("create_order", order)["order_id"]
		second = self.answer("create_order", order, headers={**OWN, "username": "other-shop"})["order_id"]
		frappe.db.rollback()
		companies = [frappe.db.get_value("Sales Order", name, "company") for name in (first, second)]
		self.assertEqual(companies, [self.company, other])
		self.answer("cancel_order", {"id": order["id"]})
		frappe.db.rollback()
		self.assertEqual(frappe.db.get_value("Sales Order", second, "docstatus"), 1)
