"""Samples of a flow: where they come from, who sees them, what they are good for, and previews of webhooks."""

from __future__ import annotations

import json
from typing import Any

import frappe

from erp_connect.api import flows, samples
from erp_connect.config.exchange_format import export
from erp_connect.store import inbox, keys
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.fakes.fault_server import Reply

FLOW = "Sampled"


class TestSampling(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url(), breaker_threshold=0)
		self.name = make.unique("Buyer")
		self.flow()

	def flow(self, **values: Any):
		rows = [make.row("customer_name", "person.name"), make.row("customer_type", "kind")]
		doc = make.flow(
			"Customer",
			[],
			rows,
			name=FLOW,
			direction="Incoming",
			topics="customers/create",
			record_expression="data",
			inbound_id_expression="id",
			pull_path="/list",
			**values,
		)
		self.commit()
		return doc

	def record(self, **values: Any) -> dict[str, Any]:
		return {"id": make.unique("c"), "person": {"name": self.name}, "kind": "Company", **values}

	def received(self, **body: Any) -> None:
		"""A webhook whose event nobody has worked off yet."""
		inbox.receive(
			{
				"integration": make.ACCOUNT,
				"company": make.company(),
				"event": "webhook",
				"topic": "customers/create",
				"dedupe_key": keys.new_id(),
				"request_body": json.dumps(body),
			}
		)
		self.commit()

	def paths(self, sample: dict[str, Any]) -> dict[str, str]:
		return {one["path"]: one["example"] for one in sample["paths"]}

	def test_without_any_there_is_none(self):
		self.assertEqual(samples.show(FLOW)["paths"], [])
		for origin in ("Received", "Preset"):
			with self.assertRaisesRegex(frappe.ValidationError, "aste one"):
				samples.take(FLOW, origin)
		with self.assertRaisesRegex(frappe.ValidationError, "Unknown origin"):
			samples.take(FLOW, "Elsewhere")

	def test_one_that_is_fetched_is_kept(self):
		self.receiver.script("/list", Reply(200, [self.record(token="s3cret-token-value")]))
		taken = samples.take(FLOW, "Fetched")
		self.assertEqual(self.paths(taken)["person.name"], self.name)
		self.commit()
		shown = samples.show(FLOW)
		self.assertEqual((shown["origin"], shown["paths"]), ("Fetched", taken["paths"]))
		self.assertNotIn("s3cret", frappe.db.get_value("Sync Sample", {"field_mapping": FLOW}, "record"))

	def test_the_last_one_that_came_is_at_hand(self):
		self.received(data=self.record(kind="Company"))
		self.received(data=self.record(kind="Individual"))
		shown = samples.show(FLOW)
		self.assertEqual((shown["origin"], shown["topic"]), ("Received", "customers/create"))
		self.assertEqual(self.paths(shown)["kind"], "Individual")
		self.assertFalse(frappe.db.count("Sync Sample"))

	def test_what_has_changed_outside_since_then_is_told(self):
		samples.paste(FLOW, json.dumps(self.record()))
		past = frappe.utils.add_to_date(None, hours=-1)
		frappe.db.set_value("Sync Sample", {"field_mapping": FLOW}, "taken_on", past)
		self.assertEqual(samples.show(FLOW)["drift"], {"new": [], "gone": [], "paths": []})
		renamed = {key: value for key, value in self.record(sort="Company").items() if key != "kind"}
		self.received(data=renamed)
		new = {"path": "sort", "type": "Text", "example": "Company"}
		self.assertEqual(samples.show(FLOW)["drift"], {"new": ["sort"], "gone": ["kind"], "paths": [new]})

	def test_the_last_records_are_tried_and_the_last_documents(self):
		self.received(data=self.record())
		self.received(data=self.record(person={}))
		found = samples.test(FLOW)
		self.assertEqual(sorted(one["action"] for one in found["records"]), ["create", "fail"])
		self.assertEqual((found["came"], found["documents"]), (True, []))
		brand = make.brand("here")
		make.brand_flow()
		self.commit()
		(shown,) = samples.test("Test Brand", 1)["documents"]
		self.assertEqual((shown["name"], shown["sends"]), (brand.name, True))
		self.assertIn("text", [one["path"] for one in shown["changes"]])

	def test_the_last_records_are_fetched_where_none_came(self):
		self.receiver.script("/list", Reply(200, [self.record(), self.record(kind="Alien")]))
		doc = frappe.get_doc("Field Mapping", FLOW)
		found = samples.test(doc.as_json())
		self.assertEqual([one["action"] for one in found["records"]], ["create", "fail"])
		self.assertFalse(found["came"])

	def test_one_is_pasted_as_json_or_xml_also_before_the_flow_is_saved(self):
		for text in (
			json.dumps({"data": self.record()}),
			json.dumps(self.record()),
			"<data><kind>x</kind></data>",
		):
			self.assertIn("kind", self.paths(samples.paste(FLOW, text)), text)
		unsaved = json.dumps(
			{**frappe.get_doc("Field Mapping", FLOW).as_dict(), "name": "new-1"}, default=str
		)
		self.assertIn("kind", self.paths(samples.paste(unsaved, json.dumps(self.record()))))
		self.assertEqual(frappe.db.count("Sync Sample"), 1)
		with self.assertRaisesRegex(frappe.ValidationError, "JSON"):
			samples.paste(FLOW, "{broken")

	def test_the_preset_has_examples(self):
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "system", "Shopify")
		frappe.clear_document_cache("Integration Settings", make.ACCOUNT)
		self.assertEqual(samples.take(FLOW, "Preset")["origin"], "Preset")

	def test_an_outside_field_that_the_sample_does_not_have_is_marked_at_the_row(self):
		samples.paste(FLOW, json.dumps(self.record()))
		doc = frappe.get_doc("Field Mapping", FLOW)
		doc.rows[0].target = "person.nam"
		frappe.clear_messages()
		doc.save()  # a sample may lack what others have
		told = frappe.as_json(frappe.get_message_log())
		self.assertIn("row 1", told)
		self.assertIn("person.nam", told)
		frappe.clear_messages()
		(first, second) = samples.rows(doc.as_json(), json.dumps(self.record()))["rows"]
		self.assertIn("person.nam", first["warning"])
		self.assertEqual((second["warning"], second["here"]["value"]), ("", "Company"))

	def test_each_row_tells_what_it_brings_or_why_not(self):
		doc = frappe.get_doc("Field Mapping", FLOW)
		doc.append("rows", make.row("customer_group", "group"))
		doc.append("rows", make.row("default_currency", "money", transform="Upper"))
		text = json.dumps(self.record(kind="Alien", group="No such group", money="usd"))
		found = [one["here"] for one in samples.rows(doc.as_json(), text)["rows"]]
		self.assertEqual(found[0], {"value": self.name, "error": ""})
		self.assertIn("Company", found[1]["error"])
		self.assertIn("No such group", found[2]["error"])
		self.assertEqual(found[3]["value"], "USD")

	def test_what_goes_out_is_told_of_a_document(self):
		brand = make.brand("here")
		make.flow(
			"Brand", make.rest("/brands"), [make.row("brand", "title"), make.row("description", "text.body")]
		)
		self.commit()
		found = samples.rows("Test Brand", "", brand.name)["rows"]
		self.assertEqual([one["outside"]["value"] for one in found], [brand.name, "here"])
		self.assertEqual([one["here"] for one in found], [None, None])

	def test_a_webhook_is_previewed_from_the_last_body_or_a_pasted_one(self):
		with self.assertRaisesRegex(frappe.ValidationError, "paste one"):
			samples.preview(FLOW)
		self.received(data=[self.record(), self.record(kind="Alien")])
		shown = samples.preview(FLOW)
		self.assertEqual([one["action"] for one in shown["records"]], ["create", "fail"], shown)
		self.assertEqual(shown["topic"], "customers/create")
		shown = samples.preview(FLOW, json.dumps({"data": self.record(person={})}))
		self.assertIn("customer_name", shown["records"][0]["error"])
		self.assertFalse(frappe.db.exists("Customer", {"customer_name": self.name}))

	def test_it_goes_with_its_flow_and_is_not_exported(self):
		samples.paste(FLOW, json.dumps(self.record()))
		self.assertNotIn(self.name, export(frappe.get_doc("Field Mapping", FLOW)))
		frappe.rename_doc("Field Mapping", FLOW, "Sampled anew")
		self.assertEqual(samples.show("Sampled anew")["origin"], "Pasted")
		frappe.delete_doc("Field Mapping", "Sampled anew")
		self.assertFalse(frappe.db.count("Sync Sample"))

	def test_only_managers_who_may_steer_the_account(self):
		clerk = make.user("sample-clerk@example.com", ("Integration User",))
		frappe.set_user(clerk)
		try:
			for refused in (samples.show, samples.preview, samples.rows):
				with self.assertRaises(frappe.PermissionError):
					refused(FLOW)
			self.assertFalse(frappe.has_permission("Sync Sample", "read"))
		finally:
			frappe.set_user("Administrator")

	def test_the_fields_are_typed(self):
		offered = {one["value"]: one["type"] for one in flows.field_options("Customer")}
		self.assertEqual(offered["customer_group"], "Link")
