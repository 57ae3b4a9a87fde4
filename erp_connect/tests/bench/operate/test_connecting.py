"""From a preset and what a person enters to an account with its flows: all of it, or nothing."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

import frappe

from erp_connect.api import presets
from erp_connect.config import account as settled
from erp_connect.config import preset_files
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.http_case import other_company, restrict

PRESET = {
	"format": "erp_connect.preset",
	"version": 2,
	"name": "Fair Shop",
	"title": "Fair Shop",
	"inputs": [
		{
			"key": "shop",
			"title": "Shop",
			"prefix": "https://",
			"suffix": ".fair.example",
			"pattern": "[a-z-]+",
		},
		{"key": "key", "title": "Key", "fills": "username", "auth": ["keys"]},
		{"key": "secret", "title": "Secret", "secret": True, "fills": "password", "auth": ["keys"]},
		{"key": "pin", "title": "Pin", "secret": True, "fills": "header:X-Pin", "auth": ["pin"]},
		{"key": "list", "title": "List", "flows": ["Brands"], "example": "L-1"},
		{
			"key": "warehouse",
			"title": "Warehouse",
			"doctype": "Warehouse",
			"fills": "warehouse",
			"required": False,
		},
	],
	"auth": [
		{"key": "keys", "title": "Key and secret", "settings": {"auth_type": "Basic"}},
		{
			"key": "pin",
			"title": "Pin",
			"settings": {"auth_type": "API Key"},
			"parameters": [{"place": "Header", "key": "X-Way", "value": "pin"}],
		},
	],
	"environments": [
		{"name": "Production", "base_url": "https://{input.shop}.fair.example/api"},
		{"name": "Sandbox", "base_url": "https://{input.shop}.test.fair.example/api"},
	],
	"settings": {"payload_format": "JSON", "test_path": "/me"},
	"limits": {"rate": 2.5, "burst": 5, "at_once": 4},
	"answers": [{"statuses": "429", "verdict": "Slow down"}],
	"webhooks": {
		"secret": "made here",
		"schemes": {"fair_shop": {"kind": "hmac", "signature": {"header": "X-Fair", "encoding": "hex"}}},
	},
	"flows": [
		{
			"needs": ["Groups"],
			"roles": ["Item Manager", "Fleet Manager"],
			"mapping": {
				"mapping_name": "Brands",
				"document_type": "Brand",
				"remote_entity": "brand",
				"requests": [{"event": "Insert", "method": "POST", "path": "/lists/{input.list}"}],
				"rows": [
					{"source": "name", "target": "name", "transform": "Value Map", "value_map": "Names"},
				],
			},
			"value_maps": {"Names": [{"erp_value": "*", "remote_value": "all"}]},
		},
		{
			"mapping": {
				"mapping_name": "Groups",
				"document_type": "Item Group",
				"remote_entity": "group",
				"requests": [{"event": "Insert", "method": "POST", "path": "/groups"}],
				"rows": [{"source": "name", "target": "name"}],
			}
		},
	],
}
ENTRIES = {"shop": "https://my-shop.fair.example/", "key": "ck_1", "secret": "cs_4711", "list": "L-7"}


class TestConnecting(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		folder = Path(self.enterContext(tempfile.TemporaryDirectory())) / "fair_shop"
		folder.mkdir()
		(folder / "preset.json").write_text(json.dumps(PRESET), encoding="utf-8")
		self.enterContext(patch.object(preset_files, "_folders_of_others", lambda: [folder.parent]))

	def connect(
		self, name: str = "Fair", flows: tuple[str, ...] = ("Brands",), **changes: Any
	) -> dict[str, Any]:
		values = {"account_name": name, "company": make.company(), "user": make.user()}
		given = {"auth": "keys", **changes}
		entries = {**ENTRIES, **given.pop("entries", {})}
		return presets.connect(
			"Fair Shop",
			json.dumps({**values, **given.pop("values", {})}),
			entries,
			flows=list(flows),
			**given,
		)

	def test_the_account_knows_what_was_entered_and_what_the_preset_knows(self):
		made = self.connect()
		doc = frappe.get_doc("Integration Settings", made["account"])
		self.assertEqual(
			(doc.auth_type, doc.username, doc.get_password("password")), ("Basic", "ck_1", "cs_4711")
		)
		self.assertEqual([(row.key, row.value) for row in doc.inputs], [("shop", "my-shop"), ("list", "L-7")])
		self.assertEqual((doc.rate_limit, doc.burst, doc.concurrency, doc.test_path), (2.5, 5, 4, "/me"))
		self.assertEqual([(row.statuses, row.verdict) for row in doc.answer_rules], [("429", "Slow down")])
		self.assertEqual((doc.inbound_enabled, doc.verification), (1, "fair_shop"))
		self.assertGreaterEqual(len(doc.get_password("verification_secret")), 32)
		self.assertEqual(settled.load(doc.name).base_url, "https://my-shop.fair.example/api")
		doc.environment = "Sandbox"
		self.assertEqual(settled.base_url(doc), "https://my-shop.test.fair.example/api")

	def test_the_flows_come_with_those_they_need_and_are_disabled(self):
		made = self.connect()
		self.assertEqual(made["flows"], ["Fair: Groups", "Fair: Brands"])
		self.assertEqual(frappe.get_all("Field Mapping", {"integration": "Fair"}, pluck="enabled"), [0, 0])
		self.assertEqual(made["lacking"], ["Fleet Manager"])

	def test_another_way_to_authenticate_asks_for_other_things(self):
		made = self.connect(auth="pin", entries={"pin": "0815"})
		doc = frappe.get_doc("Integration Settings", made["account"])
		rows = {row.key: (row.value, bool(row.secret)) for row in doc.parameters}
		self.assertEqual(rows, {"X-Pin": (None, True), "X-Way": ("pin", False)})
		self.assertEqual((doc.auth_type, doc.username or ""), ("API Key", ""))

	def test_two_accounts_of_a_system_share_nothing(self):
		self.connect("First", entries={"list": "one"})
		self.connect("Second", entries={"list": "two"})
		self.assertTrue(frappe.db.exists("Value Map", "First: Names"))
		rows = frappe.get_all(
			"Field Mapping Row", {"parent": ("in", ("First: Brands", "Second: Brands"))}, pluck="value_map"
		)
		self.assertEqual(sorted(rows), ["First: Names", "Second: Names"])

	def test_what_does_not_fit_leaves_nothing_behind(self):
		for changes, told in (
			({"entries": {"shop": ""}}, "Shop is missing"),
			({"entries": {"shop": "My Shop!"}}, "Shop does not look right"),
			({"entries": {"list": " "}}, "It looks like this: L-1"),
			({"auth": "magic"}, "no way to authenticate called magic"),
			({"flows": ("Nothing",)}, "no flow Nothing"),
			({"values": {"user": "Administrator"}}, "cannot act as Administrator"),
		):
			with self.subTest(told), self.assertRaisesRegex(frappe.ValidationError, told):
				self.connect(**changes)
			frappe.db.rollback()
			self.assertFalse(frappe.db.exists("Integration Settings", "Fair"))

	def test_no_field_but_those_asked_for_is_set_by_a_caller(self):
		made = self.connect(values={"token": "x", "paused": 1, "base_url": "https://evil.example"})
		doc = frappe.get_doc("Integration Settings", made["account"])
		self.assertEqual((doc.token, doc.paused), (None, 0))
		self.assertIn("fair.example", doc.base_url)

	def test_it_can_act_as_a_user_of_its_own_with_the_roles_of_the_flows(self):
		made = self.connect("Fair & Söhne", own_user=True, values={"user": ""})
		user = frappe.get_doc("User", frappe.db.get_value("Integration Settings", made["account"], "user"))
		self.assertEqual(user.name, "fair---s-hne@erp-connect.invalid")
		self.assertLessEqual({"Item Manager", "Fleet Manager"}, set(frappe.get_roles(user.name)))
		self.assertNotIn("System Manager", frappe.get_roles(user.name))
		self.assertEqual(made["lacking"], [])
		self.assertFalse(frappe.db.exists("Email Queue Recipient", {"recipient": user.name}))
		self.assertFalse(
			frappe.db.sql("SELECT 1 FROM `__Auth` WHERE doctype = 'User' AND name = %s", user.name)
		)
		again = self.connect("Fair + Söhne", own_user=True, values={"user": ""})
		other = frappe.db.get_value("Integration Settings", again["account"], "user")
		self.assertEqual(other, "fair---s-hne-2@erp-connect.invalid")

	def test_nobody_makes_a_user_who_may_not(self):
		manager = make.user("manager-only@example.com", ("Integration Manager", *make.ROLES))
		frappe.set_user(manager)
		self.addCleanup(frappe.set_user, "Administrator")
		with self.assertRaises(frappe.PermissionError):
			self.connect(own_user=True, values={"user": ""})
		self.assertFalse(frappe.db.exists("Integration Settings", "Fair"))

	def test_its_flows_are_switched_on_each_by_itself(self):
		account = self.connect()["account"]
		flow = frappe.get_doc("Field Mapping", "Fair: Brands")
		flow.rows[0].db_set("source", "brand[")
		told = presets.switch_on(account)
		self.assertEqual(told["on"], ["Fair: Groups"])
		self.assertEqual(list(told["refused"]), ["Fair: Brands"])
		self.assertIn("brand[", told["refused"]["Fair: Brands"])
		flow.rows[0].db_set("source", "brand")
		self.assertEqual(presets.switch_on(account), {"on": ["Fair: Brands"], "refused": {}})

	def test_who_may(self):
		frappe.set_user(make.user("no-manager@example.com", ("Item Manager",)))
		self.addCleanup(frappe.set_user, "Administrator")
		with self.assertRaises(frappe.PermissionError):
			self.connect()

	def test_not_for_a_company_that_is_closed_to_oneself(self):
		manager = make.user("manager-elsewhere@example.com", ("Integration Manager", *make.ROLES))
		restrict(self, manager, "Company", other_company())
		frappe.set_user(manager)
		self.addCleanup(frappe.set_user, "Administrator")
		with self.assertRaises(frappe.PermissionError):
			self.connect()
		self.assertFalse(frappe.db.exists("Integration Settings", "Fair"))

	def test_what_is_asked_is_described(self):
		told = presets.describe("Fair Shop")
		self.assertEqual([asked["key"] for asked in told["inputs"]][:2], ["shop", "key"])
		self.assertEqual([way["key"] for way in told["auth"]], ["keys", "pin"])
		self.assertEqual(told["environments"], ["Production", "Sandbox"])
		self.assertNotIn("fills", told["inputs"][0])
