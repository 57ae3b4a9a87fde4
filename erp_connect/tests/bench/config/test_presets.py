"""Presets on a site: what they fill into accounts, the flows they make, and presets of other apps."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from unittest.mock import patch

import frappe
from standardwebhooks.webhooks import Webhook

from erp_connect.api import flows, presets
from erp_connect.config import preset_files
from erp_connect.config.exchange_format import export
from erp_connect.config.presets import lacking
from erp_connect.core.presets.flow import PresetFlow
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.fakes.fault_server import Reply


def elsewhere(flow: PresetFlow) -> bool:
	"""Whether a flow says that it is of an app, which this site does not have."""
	return bool(flow.app and lacking(flow))


SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"
FOREIGN = {
	"format": "erp_connect.preset",
	"version": 1,
	"name": "Foreign Shop",
	"title": "A shop of another app",
	"settings": {"auth_type": "API Key", "rate_limit": 2.5, "success_expression": "ok", "no_such_field": 1},
	"parameters": [{"place": "Header", "key": "Accept-Version", "value": "2"}],
	"flows": [
		{
			"mapping": {
				"mapping_name": "Brands",
				"document_type": "Brand",
				"remote_entity": "brand",
				"external_id_expression": "",
				"requests": [{"event": "Insert", "method": "POST", "path": "/brands"}],
				"rows": [
					{
						"source": "name",
						"target": "name",
						"transform": "Value Map",
						"value_map": "Foreign Names",
					}
				],
			},
			"value_maps": {"Foreign Names": [{"erp_value": "*", "remote_value": "all"}]},
		}
	],
}


class PresetTestCase(ConnectTestCase):
	def add_flow(self, preset: str, flow: str, **changes) -> str:
		name = presets.add_flows(make.ACCOUNT, preset, [flow])[0]
		doc = frappe.get_doc("Field Mapping", name)
		doc.update({"enabled": 1, **changes})
		doc.save()
		self.commit()
		return name

	def other_app(self, **files: object) -> None:
		"""Presets in a folder as another app would name it by the hook."""
		folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
		for name, content in files.items():
			text = content if isinstance(content, str) else json.dumps(content)
			(folder / f"{name}.json").write_text(text, encoding="utf-8")
		self.enterContext(patch.object(preset_files, "_folders_of_others", lambda: [folder]))


class TestAccounts(PresetTestCase):
	def test_every_preset_is_offered_and_described(self):
		offered = {option["value"]: option for option in presets.options()}
		self.assertLessEqual({"ERPNext", "Standard Webhooks", "Custom REST API"}, set(offered))
		for name in offered:
			told = presets.describe(name)
			self.assertTrue(told["title"] and (told["flows"] or told["calls"]) and told["notes"], name)

	def test_a_preset_fills_what_nobody_has_set(self):
		make.account(self.receiver.url(), test_path="/mine", read_timeout=7)
		changed = presets.apply_to_account(make.ACCOUNT, "Standard Webhooks")
		doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
		self.assertEqual((doc.system, doc.deadline), ("Standard Webhooks", 10))  # 10 was set by the factory
		self.assertEqual((doc.test_path, doc.read_timeout), ("/mine", 7))
		self.assertEqual(changed, {"system": "Standard Webhooks"})
		self.assertEqual(presets.apply_to_account(make.ACCOUNT, "Standard Webhooks"), {})

	def test_unsaved_values_are_filled_and_not_saved(self):
		values = {
			"account_name": "New",
			"base_url": "https://example.com",
			"auth_type": "",
			"sign_requests": 1,
		}
		changed = presets.apply_to_account(json.dumps(values), "ERPNext")
		self.assertEqual((changed["auth_type"], changed["sign_requests"]), ("Frappe Token", 0))
		self.assertFalse(frappe.db.exists("Integration Settings", "New"))
		kept = presets.apply_to_account({**values, "auth_type": "Basic"}, "ERPNext")
		self.assertNotIn("auth_type", kept)

	def test_an_unknown_preset_is_told_with_those_there_are(self):
		with self.assertRaisesRegex(frappe.ValidationError, "ERPNext"):
			presets.describe("Nothing")


class TestFlows(PresetTestCase):
	def test_every_flow_of_every_preset_can_be_added_and_is_disabled(self):
		asked = {one.key: one for preset in preset_files.load_all().values() for one in preset.inputs}
		rows = [{"key": key, "title": one.title, "value": one.example or "x"} for key, one in asked.items()]
		make.account(self.receiver.url(), inputs=rows)
		for option in presets.options():
			preset = preset_files.load_all()[option["value"]]
			names = [flow["value"] for flow in presets.describe(option["value"])["flows"]]
			# Those of an app that this site does not have are refused, in words.
			names = [name for name in names if not elsewhere(preset.flow(name))]
			for name in presets.add_flows(make.ACCOUNT, option["value"], names):
				self.assertFalse(frappe.db.get_value("Field Mapping", name, "enabled"))

	def test_the_roles_of_a_flow_are_enough_for_its_documents(self):
		users: dict[tuple[str, ...], str] = {}  # of which Frappe makes only so many in an hour
		for preset in preset_files.load_all().values():
			for flow in preset.flows:
				if flow.roles not in users:
					users[flow.roles] = make.user(f"{frappe.generate_hash(length=8)}@example.com", flow.roles)
				user = users[flow.roles]
				inward = flow.mapping.get("direction") in ("Both", "Incoming")
				document = flow.mapping.get("purpose") in (None, "", "Document")
				if flow.mapping["document_type"] == "Comment":
					continue  # as visible as what it is about: records/rights.py
				if elsewhere(flow):
					continue  # of an app that this site does not have
				for right in ("read", "write", "create") if inward and document else ("read",):
					with self.subTest(f"{preset.name}: {flow.name}: {right}"):
						self.assertTrue(flow.roles)
						self.assertTrue(
							frappe.has_permission(flow.mapping["document_type"], right, user=user)
						)

	def test_a_flow_that_is_added_again_gets_a_name_of_its_own(self):
		make.account(self.receiver.url())
		for name in (f"{make.ACCOUNT}: Items", f"{make.ACCOUNT}: Items (2)"):
			self.assertEqual(presets.add_flows(make.ACCOUNT, "ERPNext", '["Items"]'), [name])

	def test_one_unknown_flow_and_none_is_added(self):
		make.account(self.receiver.url())
		with self.assertRaisesRegex(frappe.ValidationError, "Customers"):
			presets.add_flows(make.ACCOUNT, "ERPNext", ["Items", "Nothing"])
		self.assertEqual(frappe.get_all("Field Mapping"), [])

	def test_a_flow_is_the_same_after_export_and_import(self):
		make.account(self.receiver.url())
		for preset, flow in (("ERPNext", "Sales Orders"), ("Standard Webhooks", "Customer events")):
			name = presets.add_flows(make.ACCOUNT, preset, [flow])[0]
			text = flows.export_mapping(name)
			copy = flows.import_mapping(text, make.ACCOUNT, mapping_name="Copy")
			first, second = json.loads(text), json.loads(export(frappe.get_doc("Field Mapping", copy)))
			self.assertEqual(first["mapping"].pop("mapping_name"), name)
			self.assertEqual(second["mapping"].pop("mapping_name"), copy)
			self.assertEqual(first, second)
			frappe.delete_doc("Field Mapping", copy)


class TestWebhooks(PresetTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url("/hooks/erp"), signing_secret=SECRET)

	def test_each_change_is_one_signed_post_to_the_address_as_it_is(self):
		self.receiver.script("/hooks/erp", Reply(204, ""))
		self.add_flow("Standard Webhooks", "Customer events")
		doc = make.customer()
		self.deliver()
		doc.website = "https://example.com"  # is not sent, but the customer was saved
		doc.save()
		self.deliver()
		doc.delete()
		self.deliver()
		self.assertEqual(set(self.statuses()), {"Delivered"}, self.history())
		self.assertEqual({(sent.method, sent.path) for sent in self.arrived()}, {("POST", "/hooks/erp")})
		told = [Webhook(SECRET).verify(sent.body, dict(sent.headers)) for sent in self.arrived()]
		self.assertEqual(
			[event["type"] for event in told], ["customer.created", "customer.updated", "customer.deleted"]
		)
		self.assertEqual({event["data"]["name"] for event in told}, {doc.name})
		self.assertRegex(told[0]["timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
		self.assertEqual(len({sent.header("webhook-id") for sent in self.arrived()}), 3)

	def test_whole_documents_of_any_type(self):
		self.add_flow("Standard Webhooks", "Whole document events", document_type="Brand")
		doc = make.brand("hello")
		self.deliver()
		sent = self.arrived()[0].json
		self.assertEqual((sent["doctype"], sent["type"]), ("Brand", "document.created"))
		self.assertEqual((sent["data"]["name"], sent["data"]["description"]), (doc.name, "hello"))


class TestCustomRest(PresetTestCase):
	def test_records_and_their_orders(self):
		make.account(self.receiver.url("/v1"))
		for flow in ("Customers", "Products", "Orders"):
			self.add_flow("Custom REST API", flow)
		self.receiver.script("/v1/customers", Reply(201, {"data": {"id": 7}}))
		self.receiver.script("/v1/products", Reply(201, {"id": "P-1"}))
		self.receiver.script("/v1/orders", Reply(201, {"id": "O/1"}))
		customer, item = make.customer(), make.item()
		order = make.sales_order(customer.name, [(item.name, 2, 10)])
		self.deliver()
		order.reload()
		order.cancel()
		self.deliver()
		# ERPNext writes to an order more than once while it is cancelled: one call all the same.
		self.assertEqual(set(self.statuses()) - {"Superseded"}, {"Delivered"}, self.history())
		sent = self.arrived("/v1/orders")[0].json
		self.assertEqual((sent["customer_id"], sent["total"]), ("7", 20))
		self.assertEqual(sent["lines"], [{"product_id": "P-1", "quantity": 2, "price": 10, "amount": 20}])
		last = self.arrived()[-1]
		self.assertEqual((last.method, last.path, last.body), ("POST", "/v1/orders/O%2F1/cancel", b""))
		self.assertIs(self.arrived("/v1/customers")[0].json["active"], True)


class TestOtherApps(PresetTestCase):
	def test_a_preset_of_another_app_is_offered_and_used(self):
		self.other_app(shop=FOREIGN)
		self.assertIn("Foreign Shop", [option["value"] for option in presets.options()])
		make.account(self.receiver.url(), auth_type="None")
		changed = presets.apply_to_account(make.ACCOUNT, "Foreign Shop")
		self.assertEqual(changed["rate_limit"], 2.5)
		self.assertNotIn("no_such_field", changed)
		presets.apply_to_account(make.ACCOUNT, "Foreign Shop")
		doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
		self.assertEqual(
			[(row.place, row.key, row.value) for row in doc.parameters], [("Header", "Accept-Version", "2")]
		)
		name = presets.add_flows(make.ACCOUNT, "Foreign Shop", ["Brands"])[0]
		self.assertEqual(frappe.db.get_value("Field Mapping", name, "external_id_expression") or "", "")
		self.assertTrue(frappe.db.exists("Value Map", f"{make.ACCOUNT}: Foreign Names"))

	def test_a_broken_file_is_logged_and_does_not_take_the_others_along(self):
		self.other_app(broken="{", secret={**FOREIGN, "settings": {"token": "x"}}, shop=FOREIGN)
		offered = [option["value"] for option in presets.options()]
		self.assertIn("Foreign Shop", offered)
		self.assertIn("ERPNext", offered)
		logged = frappe.get_all("Error Log", filters={"method": ("like", "%preset broken.json%")})
		self.assertTrue(logged)

	def test_another_app_may_replace_a_preset(self):
		self.other_app(erpnext={**FOREIGN, "name": "ERPNext", "title": "Mine"})
		self.assertEqual([o["label"] for o in presets.options() if o["value"] == "ERPNext"], ["Mine"])

	def test_places_named_by_the_hook(self):
		package = preset_files._folders("erp_connect", "erp_connect.tests")[0]
		self.assertTrue(package.samefile(preset_files.OWN.parent / "tests"))
		folder = preset_files._folders("erp_connect", "tests/unit")[0]
		self.assertTrue(folder.samefile(preset_files.OWN.parent / "tests" / "unit"))
		self.assertEqual(preset_files._folders("erp_connect", "no_such_app.presets"), [])
