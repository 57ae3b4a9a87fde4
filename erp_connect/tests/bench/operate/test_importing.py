"""An exported account, brought as a file: checked, made into an account under another name, its secrets asked for."""

from __future__ import annotations

import json
from typing import Any

import frappe

from erp_connect.api import flows, presets
from erp_connect.config import preset_files, preset_import, verification
from erp_connect.operate import preset_releases
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.preset_case import BRANDS, HEAD

ADDRESS = {"key": "address", "title": "Base URL", "fills": "base_url"}
SCHEME = {"kind": "hmac", "signature": {"header": "X-Fair", "encoding": "hex"}}
FILE = {**HEAD, "name": "Far Shop", "title": "Far Shop", "inputs": [ADDRESS], "flows": [BRANDS]}


class TestImporting(ConnectTestCase):
	def connect(self, content: str, name: str = "Brought", **how: Any) -> Any:
		values = {"account_name": name, "company": make.company(), "user": make.user()}
		entries = {"address": self.receiver.url(), **how.pop("entries", {})}
		made = presets.connect("", values, entries, content=content, **how)
		return frappe.get_doc("Integration Settings", made["account"]), made

	def refused(self, changes: dict[str, Any], words: str) -> None:
		with self.assertRaisesRegex(frappe.ValidationError, words):
			presets.describe(content=json.dumps({**FILE, **changes}))

	def test_an_exported_account_becomes_one_here_and_its_secrets_are_asked_for(self):
		doc = make.account(self.receiver.url(), auth_type="Basic", username="u", password="hidden-one")
		presets.add_flows(doc.name, "ERPNext", ["Customers"])
		content = presets.export_account(doc.name, "Our ERP")["content"]
		asked = presets.describe(content=content)
		self.assertEqual({one["key"] for one in asked["inputs"] if one["secret"]}, {"password"})
		self.assertEqual([(flow["value"], flow["on"]) for flow in asked["flows"]], [("Customers", True)])
		with self.assertRaisesRegex(frappe.ValidationError, "Password"):
			self.connect(content, entries={"username": "u2"}, flows=["Customers"])
		frappe.db.rollback()
		entries = {"username": "u2", "password": "own-one"}
		second, made = self.connect(content, entries=entries, flows=["Customers"])
		self.assertEqual((second.username, second.get_password("password")), ("u2", "own-one"))
		self.assertEqual(second.auth_type, doc.auth_type)
		flow = frappe.get_doc("Field Mapping", made["flows"][0])
		self.assertEqual((flow.enabled, flow.mapping_name), (0, "Brought: Customers"))

	def test_an_account_of_that_name_is_left_as_it_is(self):
		before = frappe.get_doc("Integration Settings", make.account(self.receiver.url()).name).as_dict()
		with self.assertRaisesRegex(frappe.ValidationError, "Choose another name"):
			self.connect(json.dumps(FILE), make.ACCOUNT, flows=["Brands"])
		self.assertEqual(frappe.get_doc("Integration Settings", make.ACCOUNT).as_dict(), before)

	def test_mistakes_are_told_with_their_place(self):
		self.refused(
			{"flows": [{"mapping": {"mapping_name": "Brands"}}]},
			r"flows\.0\.mapping: document_type is missing",
		)
		self.refused({"inputs": [{"key": "Bad Key", "title": "x"}]}, r"inputs\.0\.key")
		self.refused({"settings": {"pasword": "x"}}, r"settings\.pasword")
		self.refused({"settings": {"password": "x"}}, "password belongs to an account")
		rows = [{"source": "name", "target": "name", "colour": "red"}]
		changed = {"mapping": {**BRANDS["mapping"], "rows": rows}}
		self.refused(
			{"flows": [BRANDS, {"mapping": {**changed["mapping"], "mapping_name": "b"}}]},
			r"flows\.1\.mapping\.rows\.0\.colour",
		)
		for text, words in (
			("{", "not JSON"),
			("[]", "format"),
			(json.dumps({"format": "erp_connect.field_mapping"}), "list of flows"),
		):
			with self.assertRaisesRegex(frappe.ValidationError, words):
				presets.describe(content=text)

	def test_a_whole_account_is_not_taken_for_a_flow(self):
		doc = make.account(self.receiver.url())
		with self.assertRaisesRegex(frappe.ValidationError, "list of accounts"):
			flows.import_mapping(json.dumps(FILE), doc.name)

	def test_every_shipped_preset_would_be_taken(self):
		for name, preset in preset_files.load_all().items():
			with self.subTest(name):
				text = json.dumps(preset.model_dump(mode="json", exclude_unset=True))
				self.assertEqual(preset_import.read(text).name, name)
				told = preset_import.told(preset)
				self.assertEqual([line for line in told if "roles that the file names" not in line], [])

	def test_where_entries_go_and_what_may_be_a_secret_is_told(self):
		told = presets.describe(
			content=json.dumps(
				{
					**FILE,
					"inputs": [{"key": "shop", "title": "Shop"}],
					"environments": [{"name": "Production", "base_url": "https://{input.shop}.example.com"}],
					"parameters": [{"place": "Header", "key": "X-Api-Key", "value": "4711"}],
					"check": [{"title": "Me", "path": "/me"}],
					"flows": [{**BRANDS, "roles": ["Item Manager"]}],
				}
			)
		)
		self.assertEqual(told["addresses"], ["https://{input.shop}.example.com"])
		self.assertIn("parameters.0.value", told["told"][0])
		self.assertIn("Item Manager", told["told"][1])
		self.assertIn("Far Shop is not installed", told["told"][2])
		self.assertFalse(told["registers_webhooks"])
		self.assertEqual(presets.describe(content=json.dumps(FILE))["addresses"], [])

	def test_webhooks_of_a_system_that_is_not_installed_are_proved_as_the_file_says(self):
		webhooks = {"secret": "made here", "schemes": {"far_shop": SCHEME}}
		doc, _made = self.connect(json.dumps({**FILE, "webhooks": webhooks}))
		self.assertEqual((doc.inbound_enabled, doc.verification), (1, "custom"))
		self.assertEqual(json.loads(doc.verification_scheme), SCHEME)
		self.assertTrue(verification.scheme_of(doc))

	def test_what_was_changed_in_the_file_counts_as_changed_here_when_a_newer_release_comes(self):
		preset = preset_files.load("ERPNext")
		(shipped,) = [flow for flow in preset.flows if flow.name == "Customers"]
		whole = preset.model_dump(mode="json", exclude_unset=True)
		for flow in whole["flows"]:
			if flow["mapping"]["mapping_name"] == "Customers":
				flow["mapping"]["remote_entity"] = "buyer"
		(secret,) = [one.key for one in preset.inputs if one.secret]
		entries = {one.key: "k" for one in preset.inputs} | {"address": self.receiver.url(), secret: "s"}
		_doc, made = self.connect(json.dumps(whole), entries=entries, flows=["Customers"])
		flow = frappe.get_doc("Field Mapping", made["flows"][-1])
		self.assertEqual(flow.remote_entity, "buyer")
		base = json.loads(flow.preset_base)["mapping"]
		self.assertEqual(base["remote_entity"], shipped.mapping["remote_entity"])
		self.assertEqual(preset_releases.of_account(flow.integration).updates, ())
		_doc, made = self.connect(
			json.dumps({**whole, "release": "0.1"}), "Older", entries=entries, flows=["Customers"]
		)
		self.assertFalse(frappe.db.get_value("Field Mapping", made["flows"][-1], "preset"))

	def test_who_may(self):
		content = json.dumps(FILE)
		user = make.user("import-user@example.com", ("Integration User",))
		self.addCleanup(frappe.set_user, "Administrator")
		frappe.set_user(user)
		with self.assertRaises(frappe.PermissionError):
			presets.describe(content=content)
		with self.assertRaises(frappe.PermissionError):
			presets.connect("", {}, {}, content=content)
