"""The app definition for Make: its requests, with the places filled as Make fills them, run against the live site."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import frappe
import jmespath
import requests

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.ipaas_case import USER, IpaasTestCase

APP = Path(__file__).parents[4] / "integrations" / "make"
PLACE = re.compile(r"\{\{([A-Za-z.]+)\}\}")
COMPANY = "Make of Alder"


def code(path: str) -> Any:
	return json.loads((APP / path).read_text(encoding="utf-8"))


def filled(value: Any, known: dict[str, Any]) -> Any:
	"""A piece of the definition with its places filled; one that is the whole of a text keeps its type."""
	if isinstance(value, dict):
		return {key: filled(one, known) for key, one in value.items()}
	if not isinstance(value, str):
		return value
	if whole := PLACE.fullmatch(value):
		return jmespath.search(whole[1], known)
	return PLACE.sub(lambda place: str(jmespath.search(place[1], known)), value)


class TestMake(IpaasTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url(), "Integration platform", user=USER, inbound_enabled=1)
		self.lead_flow("Integration platform")
		frappe.db.delete("Lead")  # a list shows a hundred, and other tests leave some
		self.addCleanup(self.forget)
		self.commit()
		key, _, secret = self.keys.headers["Authorization"].removeprefix("token ").partition(":")
		self.own = {"site": self.site.url, "apiKey": key, "apiSecret": secret}

	def forget(self) -> None:
		frappe.db.rollback()
		for name in frappe.get_all("Lead", {"company_name": COMPANY}, pluck="name"):
			frappe.delete_doc("Lead", name)
		self.commit()

	def run_code(self, path: str, **known: Any) -> tuple[int, Any, Any]:
		"""Status, body, and what the module gives of it."""
		base, one = code("base.imljson"), code(path)
		known = {"connection": self.own, **known}
		address = one["url"] if "{{" in one["url"] else base["baseUrl"] + one["url"]
		answer = requests.request(
			one["method"],
			filled(address, known),
			headers=filled({**base["headers"], **one.get("headers", {})}, known),
			params=filled(one.get("qs"), known),
			json=filled(one.get("body"), known),
			timeout=60,
		)
		body = answer.json()
		told = {**known, "body": body, "statusCode": answer.status_code}
		return answer.status_code, body, self.given(one.get("response", {}), told)

	@staticmethod
	def given(response: dict[str, Any], told: dict[str, Any]) -> Any:
		if "iterate" in response:
			items = filled(response["iterate"], told)
			return [filled(response["output"], {**told, "item": item}) for item in items]
		return filled(response.get("output") or response.get("data"), told)

	def test_every_file_of_the_definition_is_named_and_there(self):
		manifest = code("makecomapp.json")
		parts = [part for kind in manifest["components"].values() for part in kind.values()]
		files = {*manifest["generalCodeFiles"].values()}.union(
			*(part["codeFiles"].values() for part in parts)
		)
		there = {str(path.relative_to(APP)) for path in APP.rglob("*") if path.is_file()}
		self.assertEqual(files - {None}, there - {"makecomapp.json"})

	def test_a_connection_names_its_account_and_a_wrong_secret_says_why(self):
		status, body, _ = self.run_code("connections/site/api.imljson", parameters=self.own)
		self.assertEqual((status, body["account"]), (200, "Integration platform"))
		status, body, _ = self.run_code(
			"connections/site/api.imljson", parameters={**self.own, "apiSecret": "wrong"}
		)
		self.assertEqual(status, 401)

	def test_records_are_written_listed_and_told_until_the_webhook_is_detached(self):
		_, _, kinds = self.run_code("rpcs/entities.imljson")
		self.assertIn({"label": "lead (Lead)", "value": "lead"}, kinds)
		chosen = {"entity": "lead", "event": "created"}
		hook = {"url": self.receiver.url("/make/hook-1")}
		status, _, data = self.run_code("webhooks/record/attach.imljson", parameters=chosen, webhook=hook)
		self.assertEqual(status, 201)
		self.assertTrue(data["externalHookId"])
		self.commit()
		frappe.clear_cache(doctype="Lead")
		self.lead("Lee", first_name="Ann", company_name=COMPANY)
		self.commit()
		self.deliver("Integration platform")
		(told,) = [json.loads(one.body) for one in self.receiver.received("/make/hook-1")]
		self.assertEqual((told["event"], told["first_name"]), ("created", "Ann"))
		record = {"id": "M-1", "first_name": "Bob", "last_name": "May", "company": COMPANY}
		status, body, _ = self.run_code(
			"modules/upsert/api.imljson", parameters={"entity": "lead", "record": record}
		)
		self.assertIn(status, (200, 201), body)
		_, _, listed = self.run_code("modules/list/api.imljson", parameters={"entity": "lead", "limit": 100})
		self.assertIn("Bob", [one["first_name"] for one in listed])
		status, _, _ = self.run_code("webhooks/record/detach.imljson", webhook=data)
		self.assertEqual(status, 200)
		self.commit()
		self.assertFalse(frappe.db.exists("Field Mapping", {"name": ("like", "Hook%"), "enabled": 1}))

	def test_a_refusal_is_shown_in_words(self):
		status, body, _ = self.run_code(
			"modules/upsert/api.imljson", parameters={"entity": "nothing", "record": {}}
		)
		error = code("base.imljson")["response"]["error"]["message"]
		self.assertIn("[404] ", filled(error, {"body": body, "statusCode": status}))
