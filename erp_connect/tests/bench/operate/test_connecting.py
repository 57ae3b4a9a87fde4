"""From a preset and what a person enters to an account with its flows: all of it, or nothing."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, parse_qsl, urlsplit

import frappe

from erp_connect.api import accounts, presets
from erp_connect.config import account as settled
from erp_connect.config import preset_files
from erp_connect.tests.base import ConnectTestCase, wipe
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.http_case import other_company, restrict
from erp_connect.tests.fakes.fault_server import Reply

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
		{
			"key": "pin",
			"title": "Pin",
			"secret": True,
			"fills": ["header:X-Pin", "body:*?.pin"],
			"auth": ["pin"],
		},
		{"key": "list", "title": "List", "flows": ["Brands"], "example": "L-1"},
		{
			"key": "warehouse",
			"title": "Warehouse",
			"doctype": "Warehouse",
			"fills": "warehouse",
			"required": False,
		},
		{
			"key": "income",
			"title": "Income",
			"doctype": "Account",
			"fills": "commerce_accounts:Shipping,Fee",
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
# An app at another site, whose addresses hold what was entered.
APP_PRESET = {
	"format": "erp_connect.preset",
	"version": 2,
	"name": "Fair CRM",
	"title": "Fair CRM",
	"inputs": [
		{"key": "site", "title": "Site", "fills": "base_url"},
		{"key": "server", "title": "Server"},
		{"key": "tenant", "title": "Tenant"},
		{"key": "id", "title": "Client id", "fills": "oauth:client_id"},
		{"key": "secret", "title": "Client secret", "secret": True, "fills": "oauth:client_secret"},
	],
	"auth": [
		{
			"key": "client",
			"title": "As the app",
			"settings": {
				"auth_type": "OAuth 2 Client Credentials",
				"token_request_auth": "As Basic authentication",
			},
			"oauth": {
				"token_url": "{input.server}/{input.tenant}/token",
				"scopes": ["read", "write"],
				"parameters": {"audience": "tenant-{input.tenant}"},
				"sandbox": {"token_url": "{input.server}/sandbox/{input.tenant}/token"},
			},
		},
		{
			"key": "person",
			"title": "As a person",
			"settings": {"auth_type": "OAuth 2 Authorization Code"},
			"oauth": {
				"authorization_url": "{input.server}/{input.tenant}/authorize",
				"token_url": "{input.server}/{input.tenant}/token",
				"scopes": ["read"],
				"parameters": {"access_type": "offline"},
			},
		},
	],
	"environments": [{"name": "Sandbox", "base_url": "{input.server}/sandbox"}],
	"flows": [],
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

	def test_an_entry_is_the_ledger_account_of_several_kinds(self):
		income = frappe.db.get_value(
			"Account", {"company": make.company(), "is_group": 0, "root_type": "Income"}
		)
		made = self.connect(entries={"income": income})
		rows = frappe.get_doc("Integration Settings", made["account"]).commerce_accounts
		self.assertEqual(
			[(row.kind, row.title, row.account) for row in rows],
			[("Shipping", "*", income), ("Fee", "*", income)],
		)

	def test_the_flows_come_with_those_they_need_and_are_disabled(self):
		made = self.connect()
		self.assertEqual(made["flows"], ["Fair: Groups", "Fair: Brands"])
		self.assertEqual(frappe.get_all("Field Mapping", {"integration": "Fair"}, pluck="enabled"), [0, 0])
		self.assertEqual(made["lacking"], ["Fleet Manager"])

	def test_another_way_to_authenticate_asks_for_other_things(self):
		made = self.connect(auth="pin", entries={"pin": "0815"})
		doc = frappe.get_doc("Integration Settings", made["account"])
		rows = {row.key: (row.value, bool(row.secret)) for row in doc.parameters}
		self.assertEqual(rows, {"X-Pin": (None, True), "*?.pin": (None, True), "X-Way": ("pin", False)})
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

	def test_what_is_most_likely_meant_is_suggested(self):
		company, warehouse = make.company(), make.warehouse()
		stock = frappe.db.get_single_value("Stock Settings", "default_warehouse")
		self.addCleanup(frappe.db.set_single_value, "Stock Settings", "default_warehouse", stock)
		frappe.db.set_single_value("Stock Settings", "default_warehouse", warehouse)
		self.assertEqual(presets.suggestions("Fair Shop", company), {"warehouse": warehouse})
		# Of another company it is not that one.
		self.assertNotEqual(presets.suggestions("Fair Shop", other_company()).get("warehouse"), warehouse)

	def test_who_sees_no_such_documents_gets_none_suggested(self):
		manager = make.user("manager-no-stock@example.com", ("Integration Manager",))
		company = make.company()
		frappe.set_user(manager)
		self.addCleanup(frappe.set_user, "Administrator")
		with self.assertRaises(frappe.PermissionError):
			presets.suggestions("Fair Shop", company)

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


class TestConnectingByOAuth(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		folder = Path(self.enterContext(tempfile.TemporaryDirectory())) / "fair_crm"
		folder.mkdir()
		(folder / "preset.json").write_text(json.dumps(APP_PRESET), encoding="utf-8")
		self.enterContext(patch.object(preset_files, "_folders_of_others", lambda: [folder.parent]))
		self.remove_apps()
		self.addCleanup(self.remove_apps)

	def remove_apps(self, called: str = "CRM%") -> None:
		frappe.set_user("Administrator")
		wipe()
		for name in frappe.get_all("Connected App", {"provider_name": ("like", called)}, pluck="name"):
			frappe.db.delete("Token Cache", {"connected_app": name})
			frappe.delete_doc("Connected App", name)
		frappe.db.commit()

	def connect(self, name: str = "CRM", auth: str = "client", environment: str = "", **entries: str):
		values = {
			"account_name": name, "company": make.company(), "user": make.user(), "environment": environment,
		}  # fmt: skip
		given = {
			"site": self.receiver.url(), "server": self.receiver.url(""), "tenant": "t 1", "id": "client-4711",
			"secret": "secret-4711",
		}  # fmt: skip
		made = presets.connect("Fair CRM", values, {**given, **entries}, auth=auth)
		return made, frappe.get_doc("Integration Settings", made["account"])

	def test_the_app_is_made_of_what_was_entered(self):
		made, doc = self.connect()
		app = frappe.get_doc("Connected App", doc.connected_app)
		self.assertEqual(
			(app.provider_name, app.client_id, app.get_password("client_secret")),
			("CRM", "client-4711", "secret-4711"),
		)
		self.assertEqual(app.token_uri, self.receiver.url("/t%201/token"))
		self.assertEqual(app.get_scopes(), ["read", "write"])
		self.assertEqual(app.get_query_params(), {"audience": "tenant-t 1"})
		self.assertEqual((doc.token_request_auth, made["redirect"]), ("As Basic authentication", ""))
		self.assertEqual([row.key for row in doc.inputs], ["server", "tenant"])
		self.assertNotIn("secret-4711", doc.as_json() + app.as_json())

	def test_the_account_that_was_connected_sends(self):
		self.receiver.script(
			"/t%201/token", Reply(200, {"access_token": "token-of-app", "token_type": "Bearer"})
		)
		_, doc = self.connect(make.ACCOUNT)
		self.addCleanup(self.remove_apps, make.ACCOUNT)
		make.brand_flow()
		make.brand()
		self.deliver()
		self.assertEqual(self.statuses(), ["Delivered"])
		self.assertEqual(self.arrived("/brands")[0].header("Authorization"), "Bearer token-of-app")
		(asked,) = self.arrived("/t%201/token")
		self.assertEqual(
			parse_qs(asked.body.decode()),
			{"grant_type": ["client_credentials"], "scope": ["read write"], "audience": ["tenant-t 1"]},
		)
		self.assertTrue(asked.header("Authorization").startswith("Basic "))

	def test_a_sandbox_has_a_server_of_its_own(self):
		_, doc = self.connect(environment="Sandbox")
		token_uri = frappe.db.get_value("Connected App", doc.connected_app, "token_uri")
		self.assertEqual(token_uri, self.receiver.url("/sandbox/t%201/token"))

	def test_access_is_granted_by_a_person(self):
		made, doc = self.connect(auth="person")
		app = frappe.get_doc("Connected App", doc.connected_app)
		self.assertEqual(made["redirect"], app.redirect_uri)
		address = urlsplit(accounts.grant_access(doc.name))
		self.assertEqual(f"http://{address.netloc}{address.path}", self.receiver.url("/t%201/authorize"))
		asked = dict(parse_qsl(address.query))
		self.assertEqual(
			(asked["client_id"], asked["scope"], asked["access_type"], asked["redirect_uri"]),
			("client-4711", "read", "offline", app.redirect_uri),
		)

	def test_a_person_grants_access_and_the_account_sends(self):
		made, doc = self.connect(make.ACCOUNT, auth="person")
		self.addCleanup(self.remove_apps, make.ACCOUNT)
		asked = dict(parse_qsl(urlsplit(accounts.grant_access(doc.name)).query))
		self.receiver.script(
			"/t%201/token",
			Reply(200, {"access_token": "granted-1", "refresh_token": "r-1", "token_type": "Bearer"}),
		)
		path = urlsplit(made["redirect"]).path
		frappe.local.request = SimpleNamespace(path=path, url=made["redirect"])
		# Its module cannot be imported before a site is there.
		callback = frappe.get_attr("frappe.integrations.doctype.connected_app.connected_app.callback")
		try:
			callback(code="c-1", state=asked["state"])
		finally:
			del frappe.local.request  # a worker has none
		make.brand_flow()
		make.brand()
		self.deliver()
		self.assertEqual(self.statuses(), ["Delivered"])
		self.assertEqual(self.arrived("/brands")[0].header("Authorization"), "Bearer granted-1")
		exchanged = parse_qs(self.arrived("/t%201/token")[0].body.decode())
		self.assertEqual((exchanged["code"], exchanged["client_secret"]), (["c-1"], ["secret-4711"]))

	def test_the_own_app_is_used_again(self):
		_, doc = self.connect()
		first = doc.connected_app
		frappe.delete_doc("Integration Settings", doc.name)
		_, again = self.connect(secret="secret-2")
		self.assertEqual(again.connected_app, first)
		app = frappe.get_doc("Connected App", first)
		self.assertEqual((app.get_password("client_secret"), len(app.scopes)), ("secret-2", 2))

	def test_no_app_but_the_own_one_is_touched(self):
		_, doc = self.connect()
		kept = doc.connected_app
		for name, entries in (("CRM 2", {}), ("CRM 3", {"id": "another"}), ("CRM 4", {"tenant": "t2"})):
			with self.subTest(name):
				frappe.db.set_value("Connected App", kept, "provider_name", name)  # as if it were called so
				_, other = self.connect(name, **entries)
				self.assertNotEqual(other.connected_app, kept)
		self.assertEqual(frappe.get_doc("Connected App", kept).get_password("client_secret"), "secret-4711")

	def test_who_may_make_no_app_connects_nothing(self):
		manager = make.user("manager-only@example.com", ("Integration Manager", *make.ROLES))
		frappe.set_user(manager)
		self.addCleanup(frappe.set_user, "Administrator")
		with self.assertRaisesRegex(frappe.PermissionError, "Ask a System Manager to connect it"):
			self.connect()
		self.assertFalse(frappe.db.exists("Connected App", {"provider_name": "CRM"}))

	def test_what_does_not_fit_leaves_no_app_behind(self):
		for entries, told in (
			({"id": ""}, "Client id is missing"),
			({"secret": " "}, "Client secret is missing"),
		):
			with self.subTest(told), self.assertRaisesRegex(frappe.ValidationError, told):
				self.connect(**entries)
			frappe.db.rollback()
			self.assertFalse(frappe.db.exists("Connected App", {"provider_name": "CRM"}))
