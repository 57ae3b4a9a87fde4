"""Flows of business events: the names their rows may have, and what is said of others when they are saved."""

from __future__ import annotations

from dataclasses import fields

import frappe

from erp_connect.api import flows
from erp_connect.commerce.parties.contacts import ADDRESS_FIELDS, PERSON
from erp_connect.commerce.parties.customers import FIELDS
from erp_connect.commerce.sales.order_search import Reference
from erp_connect.core.commerce import event_fields
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make

WHOLE = [make.row(name, name) for name in ("id", "currency", "total")]


class TestEventFlows(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account("https://shop.example.com")

	def event(self, *rows: dict, purpose: str = "Order", doctype: str = "Sales Order"):
		return make.flow(
			doctype, [], list(rows), name="Events", direction="Incoming", purpose=purpose, topics="*"
		)

	def test_a_name_that_the_event_does_not_have_is_refused_with_the_row_and_near_names(self):
		with self.assertRaisesRegex(frappe.ValidationError, r"row 4: .*customer_name.*customer\.name"):
			self.event(*WHOLE, make.row("customer_name", "buyer.name"))
		with self.assertRaisesRegex(frappe.ValidationError, r"row 1: .*paid_amount.*amount"):
			self.event(make.row("paid_amount", "amount"), purpose="Payment", doctype="Payment Entry")

	def test_what_comes_as_an_event_of_its_own_is_said_so(self):
		with self.assertRaisesRegex(frappe.ValidationError, "another flow for the same topic"):
			self.event(*WHOLE, make.row("payments[].amount", "paid[].amount"))

	def test_what_the_event_has_is_saved(self):
		rows = [
			make.row("customer.name", "buyer"),
			make.row("lines[].sku", "items[].code"),
			make.row("fees", "fees"),
		]
		self.assertEqual(len(self.event(*WHOLE, *rows).rows), 6)

	def test_what_the_event_cannot_do_without_is_told(self):
		frappe.clear_messages()
		self.event(make.row("amount", "amount"), purpose="Payment", doctype="Payment Entry")
		told = frappe.as_json(frappe.get_message_log())
		for name in ("id", "order_id"):
			self.assertIn(name, told)
		frappe.clear_messages()

	def test_the_fields_of_the_event_are_offered(self):
		offered = {one["value"]: one for one in flows.field_options("Sales Order", "Order")}
		self.assertIn("needed", offered["total"]["description"])
		self.assertIn("lines[].sku", offered)
		self.assertNotIn("items[].item_code", offered)
		self.assertIn("items[].item_code", {one["value"] for one in flows.field_options("Sales Order")})

	def test_the_names_are_those_that_are_read(self):
		self.assertEqual(set(event_fields.OF_ORDER), {field.name for field in fields(Reference)})
		self.assertLessEqual({*FIELDS, *PERSON}, event_fields.CUSTOMER.keys())
		self.assertLessEqual(set(ADDRESS_FIELDS), set(event_fields.ADDRESS))
