"""Expressions in flows and accounts: those that mean something else are told at save, and those that come in are any."""

from __future__ import annotations

import json

import frappe

from erp_connect.config import inflow
from erp_connect.reconcile import sides
from erp_connect.records.values import record_values
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.fakes.fault_server import Reply

DENIED = "!data.brandCreate.userErrors"


class TestDeniedPaths(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		frappe.clear_messages()

	def told(self) -> str:
		return " ".join(
			json.loads(message)["message"] if isinstance(message, str) else message["message"]
			for message in frappe.get_message_log()
		)

	def test_a_flow_is_saved_and_says_where_and_what_to_write(self):
		flow = make.brand_flow(success_expression=DENIED)
		self.assertTrue(frappe.db.exists("Field Mapping", flow.name))
		self.assertIn("Success if", self.told())
		self.assertIn("Write !(data.brandCreate.userErrors) instead", self.told())

	def test_what_it_says_to_write_tells_a_success_from_a_refusal(self):
		make.brand_flow(success_expression=f"!({DENIED[1:]})", external_id_expression="data.brandCreate.id")
		self.assertEqual(frappe.get_message_log(), [])
		taken = {"data": {"brandCreate": {"id": "gid://1", "userErrors": []}}}
		refused = {"data": {"brandCreate": {"id": None, "userErrors": [{"message": "taken"}]}}}
		self.receiver.script("/brands", Reply(200, taken), Reply(200, refused))
		make.brand()
		make.brand()
		self.deliver()
		self.assertEqual(self.statuses(), ["Delivered", "Failed"])

	def test_every_place_of_an_expression_is_looked_at(self):
		flow = make.brand_flow()
		flow.append("answer_rules", {"verdict": "Refused", "condition": "!data.id"})
		flow.direction, flow.pull_path = "Both", "/brands"
		flow.rows[0].direction = "Outgoing"
		flow.append("rows", make.row("image", "!text.plain", direction="Incoming"))
		flow.pull_records = "[!x.y]"
		flow.condition = "!description.text"
		flow.requests[1].path = "/brands/{if(!description.text, 'x', 'y')}"
		flow.save()
		told = self.told()
		for place in ("Only if", "Path", "And if", "Outside field", "Records in the answer"):
			self.assertIn(place, told)

	def test_an_account_says_so_too(self):
		account = frappe.get_doc("Integration Settings", make.ACCOUNT)
		account.success_expression = "!data.errors"
		account.save()
		self.assertIn("!(data.errors)", self.told())


class TestUnjudged(ConnectTestCase):
	def test_an_answer_on_which_success_cannot_be_evaluated_is_no_refusal(self):
		make.account(self.receiver.url(), retry_schedule="1s")
		make.brand_flow(success_expression="contains(message, 'ok')")
		self.receiver.script(
			"/brands", Reply(200, {"id": 1, "message": None}), Reply(200, {"id": 1, "message": "ok"})
		)
		make.brand()
		self.deliver()
		row = self.event()
		self.assertEqual((row.status, row.outcome, row.frozen), ("Failed", "unjudged", 1))
		self.assertIn("contains", row.error)


class TestIncoming(ConnectTestCase):
	"""Expressions without a bracket, which are no paths."""

	RECORD = {"id": 7, "vip": True, "first": "", "last": "Alder", "amount": 1250, "a": None, "b": "second"}

	def flow(self, *rows, **values):
		make.account(self.receiver.url())
		return make.flow(
			"Brand",
			[],
			list(rows),
			direction="Incoming",
			inbound_id_expression="id",
			pull_path="/brands",
			**values,
		)

	def test_each_is_accepted_and_evaluated(self):
		for text, value in (
			("if(vip, 'VIP', 'Retail')", "VIP"),
			("default(a, b)", "second"),
			("divide(amount, `100`)", "12.5"),
			("first || last", "Alder"),
			("!(a)", "1"),
			("upper(last)", "ALDER"),
			("last", "Alder"),
		):
			with self.subTest(text):
				self.setUp()
				flow = self.flow(make.row("brand", "id"), make.row("description", text))
				found = record_values(inflow.load(flow.name), self.RECORD, creating=True)
				self.assertIn(str(found["description"]), (value, str(value == "1")))
				sides.load(flow.name)

	def test_a_null_empties_a_field_only_by_a_plain_path(self):
		make.account(self.receiver.url())
		flow = make.flow(
			"Brand",
			make.rest("/brands"),
			[
				make.row("brand", "last"),
				make.row("description", "a"),
				make.row("image", "upper(a)", direction="Incoming"),
			],
			direction="Both",
			inbound_id_expression="id",
		)
		self.assertEqual(
			record_values(inflow.load(flow.name), self.RECORD, creating=False),
			{"brand": "Alder", "description": None},
		)

	def test_what_only_goes_out_and_is_not_compared_may_be_any_expression(self):
		flow = self.flow(
			make.row("brand", "last"),
			make.row("if(description, 'x', 'y')", "stamp", direction="Outgoing", not_compared=1),
		)
		sides.load(flow.name)
