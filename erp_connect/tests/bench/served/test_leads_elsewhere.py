"""Nothing that an outside system answers, and nothing that a manager types into a path, leads a secret elsewhere."""

from __future__ import annotations

import json
from typing import Any

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.http_case import SECRET, HttpTestCase
from erp_connect.tests.fakes.fault_server import FaultServer, Reply
from erp_connect.tests.fakes.woocommerce import WooCommerce

ACCOUNT = f"/api/resource/Integration Settings/{make.ACCOUNT}"
FLOW = "/api/resource/Field Mapping/Test Brand"


class TestLeadsElsewhere(HttpTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.thief = FaultServer().start()
		self.addCleanup(self.thief.stop)

	def put(self, place: str, **values: Any):
		return self.people["manager"].put(self.site.url + place, json=values, timeout=60)

	def assert_nothing_stolen(self) -> None:
		self.assertEqual([f"{request.method} {request.path}" for request in self.thief.requests], [])

	def test_a_redirect_is_not_followed(self):
		elsewhere = Reply(302, "", headers={"Location": self.thief.url("/steal")})
		for path in ("/ping", "/brands"):
			self.receiver.script(path, elsewhere)
		told = self.call("manager", "accounts.test_connection", account=make.ACCOUNT).json()["message"]
		self.assertFalse(told["ok"])
		make.brand("redirected")
		self.deliver()
		self.assert_nothing_stolen()

	def test_a_next_page_at_another_host_is_not_asked_for(self):
		doc = frappe.get_doc("Field Mapping", "Test Brand")
		doc.rows[0].direction = "Outgoing"
		doc.update(
			{
				"direction": "Both", "pull_path": "/list", "paging": "Link header", "inbound_id_expression": "id",
			}
		)  # fmt: skip
		doc.save()
		self.commit()
		link = {"Link": f'<{self.thief.url("/list?page=2")}>; rel="next"'}
		self.receiver.script("/list", Reply(200, [{"id": "B-1", "name": "one", "text": "t"}], headers=link))
		answer = self.call("manager", "pulls.preview", mapping="Test Brand")
		self.assertEqual(answer.status_code, 200, answer.text[:300])
		self.assertIn("another", json.dumps(answer.json()))
		self.assert_nothing_stolen()

	def test_no_path_is_an_address(self):
		host = self.thief.url().removeprefix("http://").rstrip("/")
		for path in (self.thief.url("/x"), f"//{host}/x", f"@{host}/x", f"/\\{host}/x", f":80@{host}/"):
			with self.subTest(path):
				self.put(ACCOUNT, test_path=path)
				self.call("manager", "accounts.test_connection", account=make.ACCOUNT)
				requests = [make.request("Insert", "POST", path)]
				self.put(FLOW, requests=requests)
				self.put(FLOW, fetch_path=path)
				frappe.db.rollback()
				make.brand(f"by {path}"[:100])
				self.deliver()
				self.assert_nothing_stolen()

	def test_a_header_brings_no_second_one_and_no_other_host(self):
		for key, value in (("X-A", "1\r\nX-Evil: 1"), ("X-A\r\nX-Evil", "1"), ("Host", "thief.example")):
			answer = self.put(ACCOUNT, parameters=[{"place": "Header", "key": key, "value": value}])
			told = self.call("manager", "accounts.test_connection", account=make.ACCOUNT)
			with self.subTest(key):
				sent = [request.headers for request in self.receiver.requests]
				self.assertFalse(any("x-evil" in {name.lower() for name in headers} for headers in sent))
				hosts = {headers.get("Host", headers.get("host")) for headers in sent}
				self.assertNotIn("thief.example", hosts, f"{answer.status_code} {told.text[:200]}")

	def test_registration_elsewhere_tells_no_secret_of_here(self):
		flow = frappe.get_doc("Field Mapping", "Test Brand")
		flow.rows[0].direction = "Outgoing"
		flow.update({"direction": "Both", "topics": "order.created", "inbound_id_expression": "id"})
		flow.save()
		doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
		known = SECRET + "-webhooks"
		doc.update({"inbound_enabled": 1, "verification": "woocommerce", "verification_secret": known})
		doc.save()
		self.commit()
		thief = WooCommerce()
		self.addCleanup(thief.stop)
		own = {"auth_type": "Basic", "username": "ck_fake", "password": "cs_fake"}
		self.put(ACCOUNT, system="WooCommerce", base_url=thief.url, **own)
		answer = self.call("manager", "webhook_subscriptions.register", account=make.ACCOUNT)
		self.assertEqual(answer.json()["message"]["made"], ["order.created"], answer.text[:300])
		self.assertNotIn(SECRET, str(thief.calls))
		self.assertTrue(thief.webhooks.made)

	def test_what_is_registered_is_not_written_by_hand(self):
		manager = self.people["manager"]
		values = {"integration": make.ACCOUNT, "topic": "x", "remote_id": "1", "made_at": self.thief.url()}
		answer = manager.post(f"{self.site.url}/api/resource/Webhook Subscription", json=values, timeout=60)
		self.assertEqual(answer.status_code, 403, answer.text[:300])
		frappe.db.rollback()
		self.assertEqual(frappe.db.count("Webhook Subscription"), 0)

	def test_a_manager_makes_no_user_by_connecting(self):
		before = frappe.db.count("User")
		answer = self.call(
			"manager",
			"presets.connect",
			preset="ERPNext",
			values=json.dumps({"account_name": "Grown", "company": make.company()}),
			entries=json.dumps({"address": self.thief.url(), "api_key": "k", "api_secret": "s"}),
			flows=json.dumps(["Items, both ways"]),
			own_user=True,
		)
		self.assertEqual(answer.status_code, 403, answer.text[:300])
		frappe.db.rollback()
		self.assertEqual(frappe.db.count("User"), before)
		self.assertFalse(frappe.db.exists("Integration Settings", "Grown"))
