"""Inputs of an account on a site: in addresses, headers, paths, rows, value maps and pulls, each account its own."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.api import accounts
from erp_connect.calls.fetcher import Fetcher
from erp_connect.config import account as settled
from erp_connect.config import inflow, pulling
from erp_connect.jobs import steps
from erp_connect.records import write
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.fakes.fault_server import Reply

LIST, ENTRY = "list-7", "a/b?c"


def inputs(**values: str) -> list[dict]:
	return [{"key": key, "title": key, "value": value} for key, value in values.items()]


class InputCase(ConnectTestCase):
	def account(self, path: str = "", **values: Any):
		return make.account(self.receiver.url() + path, **values)


class TestOutwards(InputCase):
	def test_in_address_header_path_row_condition_constant_and_value_map(self):
		self.account(
			"/{input.version}",
			inputs=inputs(version="v9", list=LIST, entry=ENTRY),
			parameters=[{"place": "Header", "key": "X-List", "value": "{input.list}"}],
		)
		frappe.get_doc(
			{
				"doctype": "Value Map",
				"map_name": "Kinds of list",
				"entries": [{"erp_value": "*", "remote_value": "kind of {input.list}"}],
			}
		).insert()
		make.flow(
			"Brand",
			[make.request("Insert", "POST", "/lists/{input.list}/{input.entry}")],
			[
				make.row("_input.list", "list"),
				make.row("", "fixed", constant="L: {input.list}"),
				make.row("name", "kind", transform="Value Map", value_map="Kinds of list"),
			],
			condition=f"_input.list == '{LIST}'",
			external_id_expression="",
		)
		self.commit()
		make.brand()
		self.deliver()
		(request,) = self.arrived()
		self.assertEqual(request.path, f"/v9/lists/{LIST}/a%2Fb%3Fc")
		self.assertEqual(request.headers["X-List"], LIST)
		self.assertEqual(request.json, {"list": LIST, "fixed": f"L: {LIST}", "kind": f"kind of {LIST}"})

	def test_a_changed_input_counts_at_once(self):
		account = self.account(inputs=inputs(list="one"))
		make.flow(
			"Brand",
			[make.request("Insert", "POST", "/lists/{input.list}")],
			[make.row("", "list", constant="{input.list}")],
			external_id_expression="",
		)
		self.commit()
		make.brand()
		self.deliver()
		account.inputs[0].value = "two"
		account.save()
		self.commit()
		make.brand()
		self.deliver()
		self.assertEqual(
			[(request.path, request.json["list"]) for request in self.arrived()],
			[("/lists/one", "one"), ("/lists/two", "two")],
		)

	def test_test_connection(self):
		self.account(inputs=inputs(list=LIST), test_path="/ping/{input.list}")
		self.receiver.script(f"/ping/{LIST}", Reply(200, {}))
		self.commit()
		self.assertTrue(accounts.test_connection(make.ACCOUNT)["ok"])


class TestInwards(InputCase):
	def test_constants_and_addresses_of_records_and_pages(self):
		self.account(inputs=inputs(group="from outside", list=LIST))
		flow = make.flow(
			"Brand",
			[],
			[make.row("brand", "title"), make.row("description", "", constant="{input.group}")],
			direction="Incoming",
			inbound_id_expression="id",
			pull_path="/lists/{input.list}",
			pull_parameters=[{"place": "Query", "key": "group", "value": "{input.group}"}],
		)
		name = make.unique("Brand")
		done = write.upsert(inflow.load(flow.name), {"id": "1", "title": name})
		self.assertEqual(frappe.db.get_value("Brand", done.name, "description"), "from outside")
		self.assertEqual(pulling.load(flow.name).request.path, "/lists/{input.list}")

	def test_a_record_cannot_stand_for_an_input(self):
		self.account(inputs=inputs(list=LIST))
		flow = make.flow(
			"Brand",
			[],
			[make.row("brand", "title")],
			direction="Incoming",
			inbound_id_expression="id",
			fetch_path="/lists/{input.list}/{id}",
		)
		self.commit()
		self.receiver.script(f"/lists/{LIST}/1", Reply(200, {"id": "1", "title": "x"}))
		asking = Fetcher(settled.load(make.ACCOUNT)).ask(
			inflow.load(flow.name), {"id": "1", "input": {"list": "elsewhere"}}
		)
		steps.run(asking)
		self.assertEqual([request.path for request in self.arrived()], [f"/lists/{LIST}/1"])

	def test_what_came_stays_beside_what_was_fetched(self):
		self.account()
		flow = make.flow(
			"Brand",
			[],
			[make.row("brand", "title"), make.row("description", "_event.order_id")],
			direction="Incoming",
			inbound_id_expression="id",
			fetch_path="/orders/{order_id}/refunds/{id}",
			fetch_each=1,
		)
		self.commit()
		self.receiver.script("/orders/7/refunds/1", Reply(200, {"id": 1, "title": make.unique("Brand")}))
		given = {"id": 1, "order_id": 7}
		whole = Fetcher(settled.load(make.ACCOUNT)).whole(inflow.load(flow.name), given)
		self.assertEqual(whole["_event"], given)
		done = write.upsert(inflow.load(flow.name), whole)
		self.assertEqual(frappe.db.get_value("Brand", done.name, "description"), "7")


class TestMistakes(InputCase):
	def refused(self, message: str, path: str = "", **values: Any) -> None:
		with self.assertRaisesRegex(frappe.ValidationError, message):
			self.account(path, **values)
		frappe.db.rollback()

	def test_of_an_account(self):
		self.refused("input shop is not set", "/{input.shop}")
		self.refused("cannot be named", inputs=inputs(**{"Shop Name": "x"}))
		self.refused("there twice", inputs=[*inputs(shop="a"), *inputs(shop="b")])
		self.refused(
			"input shop is not set", parameters=[{"place": "Header", "key": "X", "value": "{input.shop}"}]
		)

	def test_of_a_host(self):
		for value in ("a@evil.example/", "a:80", "a b", "a#", "../a"):
			with self.subTest(value), self.assertRaisesRegex(frappe.ValidationError, "address of a host"):
				make.account("https://{input.shop}.example.com", inputs=inputs(shop=value))

	def test_of_a_flow(self):
		self.account(inputs=inputs(list=LIST))
		for request, row in (
			("/lists/{input.lits}", make.row("name", "name")),
			("/lists", make.row("_input.lits", "name")),
			("/lists", make.row("", "name", constant="{input.lits}")),
		):
			with self.subTest(request), self.assertRaisesRegex(frappe.ValidationError, "lits"):
				make.flow("Brand", [make.request("Insert", "POST", request)], [row])

	def test_a_row_without_an_outside_field_needs_a_constant_that_comes_in(self):
		self.account(inputs=inputs(list=LIST))
		for direction, row in (
			("Outgoing", make.row("name", "")),
			("Outgoing", make.row("", "", constant="x")),
			("Incoming", make.row("brand", "")),
		):
			with self.subTest(direction), self.assertRaisesRegex(frappe.ValidationError, "(?i)row 1"):
				make.flow(
					"Brand", make.rest("/brands"), [row], direction=direction, inbound_id_expression="id"
				)


class TestSeveralAccounts(InputCase):
	def test_each_has_its_own(self):
		for name, value in (("First", "1"), ("Second", "2")):
			self.account(name=name, inputs=inputs(list=value))
			make.flow(
				"Brand",
				[make.request("Insert", "POST", "/lists/{input.list}")],
				[make.row("name", "name")],
				f"Brands of {name}",
				integration=name,
				external_id_expression="",
			)
		self.commit()
		make.brand()
		for name in ("First", "Second"):
			self.deliver(name)
		self.assertEqual(sorted(request.path for request in self.arrived()), ["/lists/1", "/lists/2"])

	def test_settled_account(self):
		self.account(inputs=inputs(list=LIST))
		self.assertEqual(settled.load(make.ACCOUNT).inputs, {"list": LIST})
