"""An account exported as a preset, installed again: the same flows, and nothing of the first account's own."""

from __future__ import annotations

import copy
import json
from typing import Any

import frappe

from erp_connect.api import presets
from erp_connect.config import exchange_format, flow_content, preset_files
from erp_connect.config.presets import lacking
from erp_connect.core.presets.reading import read_preset
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.http_case import other_company, restrict
from erp_connect.tests.bench.preset_case import PresetFolder

SECRETS = ("pass-word-1", "header-secret-2", "signing-secret-3", "whsec-4", "in-secret-5")
FLOW = {
	"mapping_name": "Bins",
	"document_type": "Bin",
	"remote_entity": "stock",
	"requests": [{"event": "Update", "operation": "Update", "method": "POST", "path": "/stock/{item_code}"}],
	"rows": [{"source": "actual_qty", "target": "level"}],
}


class TestExport(PresetFolder, ConnectTestCase):
	def account(self, **changes: Any):
		self.company = make.company()
		self.warehouse = frappe.get_all(
			"Warehouse", {"is_group": 0, "company": self.company}, pluck="name", limit=1
		)[0]
		doc = make.account(
			self.receiver.url("/own-path"),
			auth_type="Basic",
			username="the-user-of-ours",
			password=SECRETS[0],
			signing_secret="whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY",
			sign_requests=1,
			company=self.company,
			warehouse=self.warehouse,
			inbound_enabled=1,
			inbound_key="our-own-key",
			inbound_secret=SECRETS[4],
			payload_format="XML",
			xml_root="shop",
			idempotency_header="",
			rate_limit=2.5,
			inputs=[{"key": "store", "title": "Store", "value": "store-of-ours"}],
			parameters=[
				{"place": "Header", "key": "X-Api-Pin", "secret": SECRETS[1]},
				{"place": "Header", "key": "Accept-Version", "value": "2"},
				{"place": "Query", "key": "tenant", "value": "tenant-of-ours"},
				{"place": "Header", "key": "X-Store", "value": "{input.store}"},
			],
			answer_rules=[{"statuses": "429", "verdict": "Slow down"}],
			**changes,
		)
		return frappe.get_doc("Integration Settings", doc.name)

	def flow(self, account: str, **changes: Any):
		doc = frappe.get_doc(
			{
				"doctype": "Field Mapping",
				"integration": account,
				"enabled": 0,
				**copy.deepcopy(FLOW),
				**changes,
			}
		)
		return doc.insert()

	def exported(self, account: str, name: str = "Own Shop") -> tuple[dict[str, Any], list[str]]:
		found = presets.export_account(account, name)
		self.assertEqual(read_preset(found["content"], "it").name, name)
		return json.loads(found["content"]), found["left"]

	def test_it_is_a_preset_with_inputs_and_without_anything_of_the_account(self):
		doc = self.account()
		self.flow(
			doc.name,
			mapping_name=f"{doc.name}: Bins",
			condition=f"warehouse == '{self.warehouse}'",
			rows=[
				{"source": "actual_qty", "target": "level"},
				{"source": "", "target": "place", "constant": self.warehouse},
				{"source": "", "target": "firm", "constant": self.company},
			],
		)
		whole, left = self.exported(doc.name)
		text = json.dumps(whole, ensure_ascii=False)
		for own in (*SECRETS, "the-user-of-ours", "our-own-key", "own-path", "store-of-ours", "tenant-of-ours",
			"QUJDREVGR0", self.warehouse, self.company, doc.name, doc.user, doc.endpoint_key):  # fmt: skip
			self.assertNotIn(own, text)
		self.assertEqual(left, [])
		asked = {one["key"]: one for one in whole["inputs"]}
		self.assertEqual(
			{key: one.get("fills", "") for key, one in asked.items()},
			{
				"address": "base_url", "store": "", "x_api_pin": "header:X-Api-Pin", "tenant": "query:tenant",
				"username": "username", "password": "password", "signing_secret": "signing_secret",
				"inbound_key": "inbound_key", "inbound_secret": "inbound_secret", "warehouse": "warehouse",
				"warehouse_2": "", "company": "",
			},
		)  # fmt: skip
		self.assertEqual(
			{key for key, one in asked.items() if one.get("secret")},
			{"x_api_pin", "password", "signing_secret", "inbound_secret"},
		)
		self.assertEqual(asked["warehouse_2"]["doctype"], "Warehouse")
		(flow,) = whole["flows"]
		self.assertEqual(flow["mapping"]["mapping_name"], "Bins")
		self.assertEqual(flow["mapping"]["condition"], "warehouse == _input.warehouse_2")
		self.assertEqual([row.get("constant", "") for row in flow["mapping"]["rows"]],
			["", "{input.warehouse_2}", "{input.company}"])  # fmt: skip
		self.assertEqual(
			whole["parameters"],
			[
				{"place": "Header", "key": "Accept-Version", "value": "2"},
				{"place": "Header", "key": "X-Store", "value": "{input.store}"},
			],
		)
		self.assertEqual(whole["limits"]["rate"], 2.5)
		self.assertEqual(whole["settings"]["idempotency_header"], "")

	def test_installed_again_it_makes_an_account_that_sends_the_same(self):
		doc = self.account()
		self.flow(doc.name, mapping_name=f"{doc.name}: Bins", rows=[
			{"source": "actual_qty", "target": "level"}, {"target": "place", "constant": self.warehouse},
		])  # fmt: skip
		whole, _left = self.exported(doc.name)
		self.ship(whole)
		entries = {
			"address": self.receiver.url("/other"), "store": "s2", "x_api_pin": "p2", "tenant": "t2", "username": "u2",
			"password": "w2", "signing_secret": "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY", "inbound_key": "k2",
			"inbound_secret": "i2", "warehouse": self.warehouse, "warehouse_2": self.warehouse,
		}  # fmt: skip
		made = presets.connect(
			"Own Shop",
			{
				"account_name": "Second",
				"company": self.company,
				"user": doc.user,
				"environment": "Production",
			},
			entries,
			flows=["Bins"],
		)
		second = frappe.get_doc("Integration Settings", made["account"])
		for name in ("auth_type", "payload_format", "xml_root", "idempotency_header", "rate_limit", "inbound_enabled",
			"sign_requests", "concurrency", "retry_schedule", "deadline"):  # fmt: skip
			self.assertEqual(second.get(name) or "", doc.get(name) or "", name)
		self.assertEqual((second.username, second.get_password("password"), second.base_url),
			("u2", "w2", self.receiver.url("/other")))  # fmt: skip
		self.assertEqual(
			sorted((row.place, row.key) for row in second.parameters),
			sorted((row.place, row.key) for row in doc.parameters),
		)
		self.assertEqual([row.verdict for row in second.answer_rules], ["Slow down"])
		flow = frappe.get_doc("Field Mapping", made["flows"][0])
		self.assertEqual(flow.rows[1].constant, "{input.warehouse_2}")
		self.assertEqual(frappe.db.get_value("Integration Input", {"parent": "Second", "key": "warehouse_2"}, "value"),
			self.warehouse)  # fmt: skip

	def test_every_shipped_preset_comes_back_with_the_same_flows(self):
		for system, preset in preset_files.load_all().items():
			with self.subTest(system):
				if not preset.flows:
					continue
				name, again = f"Of {system}", f"Again {system}"[:100]
				rows = [
					{"key": one.key, "title": one.title, "value": one.example or "x"}
					for one in preset.inputs
					if not one.fills
				]
				make.account(self.receiver.url(), name=name, system=system, inputs=rows)
				here = [flow for flow in preset.flows if not lacking(flow)]
				first = presets.add_flows(name, system, [flow.name for flow in here])
				whole, _left = self.exported(name, f"Own {system}")
				self.assertEqual(whole.get("pages", {}), dict(preset.pages))
				self.assertEqual(whole.get("sandbox_pages", {}), dict(preset.sandbox_pages))
				self.ship(whole)
				make.account(self.receiver.url(), name=again, inputs=rows)
				names = [flow["mapping"]["mapping_name"] for flow in whole["flows"]]
				second = presets.add_flows(again, f"Own {system}", names)
				for one, other in zip(first, second, strict=True):
					self.assertEqual(self.content(one, name), self.content(other, again), one)
				told = {flow["mapping"]["mapping_name"]: flow for flow in whole["flows"]}
				for flow in here:
					for key in ("roles", "needs", "needs_one_of", "instead_of"):
						self.assertEqual(
							tuple(told[flow.name].get(key, ())), getattr(flow, key), (flow.name, key)
						)

	def content(self, flow: str, account: str):
		"""What a flow does, without its name and those of its value maps."""
		mapping, maps = exchange_format.content(frappe.get_doc("Field Mapping", flow))
		mapping["rows"] = [
			{**row, "value_map": (row.get("value_map") or "").removeprefix(f"{account}: ")}
			for row in mapping["rows"]
		]
		return flow_content.content_of(
			mapping, {name.removeprefix(f"{account}: "): rows for name, rows in maps.items()}
		)

	def test_what_an_input_cannot_replace_is_told(self):
		doc = self.account()
		self.flow(
			doc.name,
			document_type="Sales Order",
			remote_entity="order",
			condition=f"items[?warehouse == '{self.warehouse}'] && company == '{self.company}'",
			requests=[{"event": "Submit", "operation": "Create", "method": "POST", "path": "/orders"}],
			rows=[{"source": "name", "target": "id"}],
			request_parameters=[{"place": "Header", "key": "X-Secret", "value": "shown-in-plain-text"}],
		)
		whole, left = self.exported(doc.name)
		self.assertNotIn("shown-in-plain-text", json.dumps(whole))
		self.assertIn("X-Secret", left[0])
		self.assertIn("flows.0.mapping.condition", left[1])
		# Nothing is asked for that no place takes.
		self.assertFalse([one for one in whole["inputs"] if one["key"] in ("company", "warehouse_2")])

	def test_values_of_a_map_that_are_documents_of_this_site_are_asked_for(self):
		doc = self.account()
		name = f"{doc.name}: Places"
		frappe.get_doc({"doctype": "Value Map", "map_name": name, "entries": [
			{"erp_value": self.warehouse, "remote_value": "main"}, {"erp_value": "*", "remote_value": "all"},
		]}).insert()  # fmt: skip
		self.flow(doc.name, rows=[
			{"source": "warehouse", "target": "place", "transform": "Value Map", "value_map": name},
		])  # fmt: skip
		whole, _left = self.exported(doc.name)
		(flow,) = whole["flows"]
		self.assertEqual(
			flow["value_maps"]["Places"][0], {"erp_value": "{input.warehouse_2}", "remote_value": "main"}
		)
		self.assertEqual(flow["mapping"]["rows"][0]["value_map"], "Places")

	def test_a_connected_app_and_ledger_accounts_become_what_is_asked_for(self):
		company = make.company()
		accounts = frappe.get_all(
			"Account", {"company": company, "is_group": 0, "root_type": "Income"}, pluck="name", limit=2
		)
		app = frappe.get_doc(
			{
				"doctype": "Connected App",
				"provider_name": "Ours",
				"client_id": "client-of-ours",
				"client_secret": "secret-of-ours",
				"authorization_uri": "https://login.example.com/authorize",
				"token_uri": "https://login.example.com/token",
				"scopes": [{"scope": "orders"}],
				"query_parameters": [{"key": "access_type", "value": "offline"}],
			}
		).insert()
		doc = make.account(
			"https://api.example.com",
			auth_type="OAuth 2 Authorization Code",
			connected_app=app.name,
			commerce_accounts=[
				{"kind": "Shipping", "title": "*", "account": accounts[0]},
				{"kind": "Fee", "title": "*", "account": accounts[0]},
				{"kind": "Tax", "title": "VAT", "account": accounts[-1]},
			],
		)
		whole, left = self.exported(doc.name)
		text = json.dumps(whole)
		for own in ("client-of-ours", "secret-of-ours", "api.example.com/", *accounts):
			self.assertNotIn(own, text)
		self.assertIn("Tax with the title VAT", left[0])
		asked = {one["key"]: one for one in whole["inputs"]}
		self.assertEqual(asked["shipping_fee"]["fills"], "commerce_accounts:Shipping,Fee")
		self.assertEqual(asked["client_secret"]["fills"], "oauth:client_secret")
		self.ship(whole)
		made = presets.connect(
			"Own Shop",
			{"account_name": "Second", "company": company, "user": doc.user},
			{
				"address": "https://eu.example.com",
				"client_id": "c2",
				"client_secret": "s2",
				"shipping_fee": accounts[0],
			},
		)
		second = frappe.get_doc("Integration Settings", made["account"])
		self.assertEqual([(row.kind, row.account) for row in second.commerce_accounts],
			[("Shipping", accounts[0]), ("Fee", accounts[0])])  # fmt: skip
		again = frappe.get_doc("Connected App", second.connected_app)
		for name in ("authorization_uri", "token_uri"):
			self.assertEqual(again.get(name), app.get(name))
		self.assertEqual([row.scope for row in again.scopes], ["orders"])
		self.assertEqual(
			[(row.key, row.value) for row in again.query_parameters], [("access_type", "offline")]
		)

	def test_secrets_in_plain_text_do_not_leave(self):
		doc = self.account(
			login_path="/login",
			login_fields=json.dumps({"shop": "a", "more": [{"password": "nested-in-json"}]}),
			test_path="/me?api_key=query-in-path&page=1",
		)
		whole, left = self.exported(doc.name)
		self.assertNotIn("nested-in-json", json.dumps(whole))
		told = " ".join(left)
		self.assertIn(doc.meta.get_label("login_fields"), told)
		self.assertIn("settings.test_path in the file has a value of api_key", told)
		flow = self.flow(doc.name)
		flow.requests[0].path = f"/stock/{SECRETS[1]}/x"
		flow.save()
		with self.assertRaisesRegex(frappe.ValidationError, "flows.0.mapping.requests.0.path") as refused:
			presets.export_account(doc.name, "Own Shop")
		self.assertNotIn(SECRETS[1], str(refused.exception))

	def test_who_may(self):
		doc = self.account()
		manager = make.user("export-manager@example.com", ("Integration Manager",))
		user = make.user("export-user@example.com", ("Integration User",))
		other = make.user("export-restricted@example.com", ("Integration Manager",))
		restrict(self, other, "Company", other_company())
		self.addCleanup(frappe.set_user, "Administrator")
		frappe.set_user(manager)
		self.assertIn("Own Shop", presets.export_account(doc.name, "Own Shop")["content"])
		for who in (user, other):
			frappe.set_user(who)
			with self.assertRaises(frappe.PermissionError):
				presets.export_account(doc.name, "Own Shop")

	def test_a_name_is_needed(self):
		doc = self.account()
		with self.assertRaisesRegex(frappe.ValidationError, "name"):
			presets.export_account(doc.name, "  ")
