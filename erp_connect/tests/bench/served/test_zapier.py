"""The app for Zapier (integrations/zapier): valid to Zapier's own platform, and each part of it run against the site."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import tools
from erp_connect.tests.bench.http_case import _session
from erp_connect.tests.bench.inbound_case import InboundTestCase

APP = Path(frappe.get_app_path("erp_connect")).parent / "integrations" / "zapier"
PLATFORM = "zapier-platform-core"
CLIENT = Path(__file__).with_name("zapier_client.cjs")


class TestZapier(InboundTestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.modules = tools.npm_package(PLATFORM) / "node_modules"

	def setUp(self) -> None:
		super().setUp()
		make.flow(
			"Brand", [], [make.row("brand", "name", required=1, is_match_key=1), make.row("description", "text")],
			direction="Incoming", remote_entity="brand",
		)  # fmt: skip
		key, secret = (
			_session(make.USER, make.ROLES).headers["Authorization"].removeprefix("token ").split(":")
		)
		self.auth = {"site": f"{self.site.url}/", "api_key": key, "api_secret": secret}
		self.commit()

	def ask(self, *calls: tuple[str, dict[str, Any]], app: Path = APP) -> list[dict[str, Any]]:
		"""What Zapier's platform makes of parts of the app, each with the bundle that it would give them."""
		questions = [{"place": place, "bundle": {"authData": self.auth, **bundle}} for place, bundle in calls]
		done = subprocess.run(
			["node", str(CLIENT), str(app)],
			input=json.dumps({"calls": questions}), capture_output=True, text=True, timeout=120,
			env={**os.environ, "NODE_PATH": str(self.modules), "LOG_TO_STDOUT": "false"},
		)  # fmt: skip
		_, found, answers = done.stdout.rpartition("\nANSWERS")
		self.assertTrue(found, done.stderr[-2000:])
		return json.loads(answers)

	def answer(self, place: str, **bundle: Any) -> Any:
		(one,) = self.ask((place, bundle))
		self.assertTrue(one["ok"], one["answer"])
		return one["answer"]

	def test_it_is_valid_and_what_is_not_is_found(self):
		self.assertEqual(self.answer("validate"), [])
		with tempfile.TemporaryDirectory() as folder:
			broken = Path(folder) / "app"
			shutil.copytree(APP, broken)
			trigger = broken / "triggers" / "record.js"
			trigger.write_text(trigger.read_text().replace('noun: "Record",', ""))
			(one,) = self.ask(("validate", {}), app=broken)
			self.assertTrue(one["answer"])

	def test_credentials_are_tried(self):
		told = self.answer("authentication.test")
		self.assertEqual((told["account"], told["user"]), (make.ACCOUNT, make.USER))
		self.auth["api_secret"] = "wrong"
		(one,) = self.ask(("authentication.test", {}))
		self.assertFalse(one["ok"])

	def test_kinds_of_record_and_their_fields_are_offered(self):
		self.assertEqual(
			self.answer("triggers.entities.operation.perform"), [{"id": "brand", "name": "brand (Brand)"}]
		)
		fields = self.answer("creates.upsert.operation.inputFields.2", inputData={"entity": "brand"})
		self.assertEqual(
			[(field["key"], field["type"]) for field in fields], [("name", "string"), ("text", "text")]
		)
		self.assertIn("found by it", fields[0]["helpText"])

	def test_a_record_is_created_updated_and_found(self):
		name = make.unique("Zapped")
		entered = {"entity": "brand", "id": "Z-1", "name": name, "text": "first"}
		made = self.answer("creates.upsert.operation.perform", inputData=entered)
		self.assertEqual((made["action"], made["name"]), ("created", name))
		again = self.answer("creates.upsert.operation.perform", inputData={**entered, "text": "second"})
		self.assertEqual(again["action"], "updated")
		(found,) = self.answer(
			"searches.find.operation.perform", inputData={"entity": "brand", "external_id": "Z-1"}
		)
		self.assertEqual((found["id"], found["description"]), (name, "second"))
		missing = {"entity": "brand", "external_id": "Z-2"}
		self.assertEqual(self.answer("searches.find.operation.perform", inputData=missing), [])

	def test_what_is_refused_is_told_in_the_sites_words(self):
		(one,) = self.ask(
			("creates.upsert.operation.perform", {"inputData": {"entity": "nothing", "id": "1"}})
		)
		self.assertFalse(one["ok"])
		self.assertIn("Call describe", one["answer"])

	def test_a_zap_is_told_until_it_is_switched_off(self):
		chosen = {"entity": "brand", "event": "created"}
		target = self.receiver.url("/hooks/standard/1/abc")
		place = "triggers.record.operation."
		subscribed = self.answer(place + "performSubscribe", inputData=chosen, targetUrl=target)
		self.commit()
		frappe.clear_cache(doctype="Brand")
		brand = make.brand("told")
		self.deliver()
		(told,) = self.arrived("/hooks/standard/1/abc")
		(shown,) = self.answer(place + "perform", inputData=chosen, cleanedRequest=told.json)
		self.assertEqual((shown["id"], shown["description"], shown["event"]), (brand.name, "told", "created"))
		sample = self.answer(place + "performList", inputData=chosen)
		self.assertEqual(set(sample[0]), set(shown))
		self.answer(place + "performUnsubscribe", subscribeData=subscribed)
		self.commit()
		frappe.clear_cache(doctype="Brand")
		make.brand()
		self.deliver()
		self.assertEqual(len(self.arrived("/hooks/standard/1/abc")), 1)
