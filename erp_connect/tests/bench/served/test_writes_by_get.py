"""Writes by GET with a body: from callers with the account's own headers, and from nobody else. Lists in XML."""

from __future__ import annotations

import json
from typing import Any

import frappe
import requests
from frappe.utils.password import update_password

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.http_case import PASSWORD
from erp_connect.tests.bench.inbound_case import API, HEADERS, InboundTestCase


class TestWritesByGet(InboundTestCase):
	def by_get(
		self, name: str, body: Any, headers: dict[str, str] | None = None, **given: Any
	) -> requests.Response:
		raw = body if isinstance(body, bytes) else json.dumps(body).encode()
		kind = "application/xml" if isinstance(body, bytes) else "application/json"
		sent = {"Content-Type": kind, **(HEADERS if headers is None else headers)}
		return requests.get(f"{self.site.url}{API}{name}", data=raw, headers=sent, timeout=60, **given)

	def customers(self, name: str) -> int:
		frappe.db.rollback()
		return frappe.db.count("Customer", {"customer_name": name})

	def test_a_customer_by_get_with_a_body_in_json_and_xml(self):
		for number, body in enumerate(
			(
				{"customer_name": "{name}", "external_id": "{id}"},
				b"<customer><customer_name>{name}</customer_name><external_id>{id}</external_id><phone/></customer>",
			)
		):
			with self.subTest(number):
				name, id_ = make.unique("By Get"), frappe.generate_hash(length=8)
				text = body if isinstance(body, bytes) else json.dumps(body).encode()
				raw = text.replace(b"{name}", name.encode()).replace(b"{id}", id_.encode())
				sent = raw if isinstance(body, bytes) else json.loads(raw)
				for status in (201, 200):
					answer = self.by_get("create_customer", sent)
					self.assertEqual(answer.status_code, status, answer.text)
					self.assertEqual(answer.headers["Cache-Control"], "no-store")
				self.assertEqual(self.customers(name), 1)

	def test_neither_a_session_nor_a_token_nor_basic_writes_by_get(self):
		name = make.unique("Nobody")
		body = {"customer_name": name}
		user = frappe.get_doc("User", make.USER)
		keys = {"api_key": frappe.generate_hash(length=15), "api_secret": frappe.generate_hash(length=15)}
		user.update(keys)
		user.save()
		update_password(make.USER, PASSWORD)
		frappe.db.commit()
		token = {"Authorization": f"token {keys['api_key']}:{keys['api_secret']}"}
		refused = [
			self.by_get("create_customer", body, token),
			self.by_get("create_customer", body, {}, auth=(keys["api_key"], keys["api_secret"])),
		]
		browser = requests.Session()
		answer = browser.post(
			f"{self.site.url}/api/method/login", data={"usr": make.USER, "pwd": PASSWORD}, timeout=60
		)
		self.assertEqual(answer.status_code, 200, answer.text)
		# Also where the page of another site adds the headers: the session came first.
		for headers in ({}, HEADERS):
			refused.append(
				browser.get(f"{self.site.url}{API}create_customer", json=body, headers=headers, timeout=60)
			)
		for answer in refused:
			self.assertEqual(
				(answer.status_code, answer.json()["error"]["code"]), (405, "method"), answer.text
			)
		self.assertEqual(self.by_get("create_customer", body, {}).status_code, 401)
		self.assertEqual(self.customers(name), 0)

	def test_other_writes_are_not_taken_by_get(self):
		for name in ("update_customer", "record_payment", "upsert"):
			self.assertEqual(self.by_get(name, {}).status_code, 403, name)

	def test_a_read_by_get_takes_its_body(self):
		item = make.item().name
		self.commit()
		answer = self.by_get("items", {"item_codes": [item]})
		self.assertEqual([row["item_code"] for row in answer.json()["items"]], [item])
		self.assertEqual(self.by_get("items", {"item_code": item}).status_code, 422)
