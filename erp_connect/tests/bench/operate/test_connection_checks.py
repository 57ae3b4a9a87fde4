"""Test Connection by the checks of the account's preset: what each says, and what to do about it."""

from __future__ import annotations

import json
from typing import Any

from erp_connect.api import accounts
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.preset_case import PresetFolder
from erp_connect.tests.fakes.fault_server import Reply

CHECKS = [
	{
		"title": "The key is right",
		"path": "/me/{input.shop}",
		"expect": "active",
		"told": "Make a new key there.",
	},
	{
		"title": "Orders may be read",
		"method": "POST",
		"path": "/graphql",
		"graphql": "query ($n: Int) { orders(first: $n) { id } }",
		"body": {"n": 1},
		"expect": "data.orders",
		"told": "Give the key the right to read orders.",
	},
]


class TestChecks(PresetFolder, ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.ship({"name": "Fair Shop", "check": CHECKS})
		inputs = [{"key": "shop", "value": "a/b"}]
		make.account(self.receiver.url(), system="Fair Shop", inputs=inputs, test_path="/elsewhere")
		self.receiver.script("/me/a%2Fb", Reply(200, {"active": True, "told": "inside"}))
		self.receiver.script("/graphql", Reply(200, {"data": {"orders": [{"id": 1}]}}))

	def answer(self) -> dict[str, Any]:
		return accounts.test_connection(make.ACCOUNT)

	def test_each_is_called_in_its_order_with_its_body(self):
		told = self.answer()
		self.assertEqual([(one["title"], one["ok"], one["status"]) for one in told["checks"]], [
			("The key is right", True, 200),
			("Orders may be read", True, 200),
		])  # fmt: skip
		self.assertEqual((told["ok"], told["message"]), (True, "Connected: status 200."))
		first, second = self.arrived()
		self.assertEqual((first.method, first.path), ("GET", "/me/a%2Fb"))
		self.assertEqual((second.method, second.json["variables"]), ("POST", {"n": 1}))
		self.assertNotIn("inside", json.dumps(told))

	def test_what_is_expected_knows_the_inputs_of_the_account(self):
		for expected, ok in (("told == _input.shop", False), ("_input.shop == 'a/b'", True)):
			self.ship({"name": "Fair Shop", "check": [{**CHECKS[0], "expect": expected}]})
			self.assertEqual(self.answer()["ok"], ok)

	def test_an_answer_of_success_that_is_not_what_is_expected(self):
		self.receiver.script("/graphql", Reply(200, {"data": None}))
		told = self.answer()
		self.assertEqual([one["ok"] for one in told["checks"]], [True, False])
		self.assertFalse(told["ok"])
		self.assertIn("Orders may be read: An answer came (status 200)", told["message"])
		self.assertEqual(told["advice"], "Give the key the right to read orders.")

	def test_one_that_is_refused_does_not_keep_the_next_from_being_called(self):
		self.receiver.script("/me/a%2Fb", Reply(403, {"error": "no"}))
		told = self.answer()
		self.assertEqual([(one["ok"], one["status"]) for one in told["checks"]], [(False, 403), (True, 200)])
		self.assertEqual(told["advice"], "Make a new key there.")

	def test_after_a_refused_key_the_others_are_not_called_and_say_so(self):
		self.receiver.script("/me/a%2Fb", Reply(401, {}))
		told = self.answer()
		self.assertEqual([one["ok"] for one in told["checks"]], [False, None])
		self.assertIn("Not called", told["checks"][1]["message"])
		self.assertEqual(len(self.arrived()), 1)

	def test_a_system_that_is_down_is_not_the_fault_of_the_key(self):
		self.receiver.script("/me/a%2Fb", "503")
		told = self.answer()
		self.assertFalse(told["ok"])
		self.assertNotEqual(told["advice"], "Make a new key there.")
		self.assertTrue(told["advice"])

	def test_without_checks_the_test_path_is_called(self):
		self.ship({"name": "Fair Shop"})
		self.receiver.script("/elsewhere", Reply(200, {}))
		told = self.answer()
		self.assertEqual((told["ok"], told["checks"]), (True, []))
		self.assertEqual([request.path for request in self.arrived()], ["/elsewhere"])

	def test_an_input_that_is_missing_is_told_before_anything_is_called(self):
		self.ship({"name": "Fair Shop", "check": [{"title": "List", "path": "/{input.list}"}]})
		told = self.answer()
		self.assertEqual((told["ok"], told["checks"]), (False, []))
		self.assertIn("The input list is not set", told["message"])
		self.assertEqual(self.arrived(), [])
