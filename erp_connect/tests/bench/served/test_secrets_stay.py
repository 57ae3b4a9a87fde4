"""Secrets of an account do not go to an address of somebody's own: asked over HTTP, as an Integration Manager."""

from __future__ import annotations

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.http_case import SECRET, HttpTestCase
from erp_connect.tests.fakes.fault_server import FaultServer

PLACE = f"/api/resource/Integration Settings/{make.ACCOUNT}"


class TestSecretsStay(HttpTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.thief = FaultServer().start()
		self.addCleanup(self.thief.stop)
		self.manager = self.people["manager"]

	def save(self, **values):
		return self.manager.put(self.site.url + PLACE, json=values, timeout=60)

	def assert_nothing_gets_out(self) -> None:
		answer = self.call("manager", "accounts.test_connection", account=make.ACCOUNT)
		self.assertEqual(answer.status_code, 200)
		for request in self.thief.requests:
			self.assertNotIn(SECRET, f"{request.path} {request.headers} {request.body!r}")

	def test_a_changed_base_url(self):
		answer = self.save(base_url=self.thief.url())
		self.assertEqual(answer.status_code, 200, answer.text)
		self.assertIn("emptied", answer.text)
		self.assert_nothing_gets_out()
		frappe.db.rollback()
		doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
		self.assertFalse(doc.get_password("token", raise_exception=False))
		self.assertTrue(doc.paused)

	def test_a_changed_base_url_with_the_stars_of_the_form(self):
		values = self.manager.get(self.site.url + PLACE, timeout=60).json()["data"]
		answer = self.save(**{**values, "base_url": self.thief.url()})
		self.assertEqual(answer.status_code, 200, answer.text)
		self.assert_nothing_gets_out()

	def test_a_sandbox_of_his_own(self):
		self.save(sandbox_base_url=self.thief.url(), environment="Sandbox")
		self.assert_nothing_gets_out()

	def test_one_field_set_alone(self):
		answer = self.manager.post(
			f"{self.site.url}/api/method/frappe.client.set_value",
			json={
				"doctype": "Integration Settings",
				"name": make.ACCOUNT,
				"fieldname": "base_url",
				"value": self.thief.url(),
			},
			timeout=60,
		)
		self.assertEqual(answer.status_code, 200, answer.text)
		self.assert_nothing_gets_out()

	def test_many_edited_at_once(self):
		answer = self.manager.post(
			f"{self.site.url}/api/method/frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs",
			json={
				"doctype": "Integration Settings",
				"docnames": [make.ACCOUNT],
				"action": "update",
				"data": {"base_url": self.thief.url()},
			},
			timeout=60,
		)
		self.assertEqual(answer.status_code, 200, answer.text)
		self.assert_nothing_gets_out()

	def test_the_secret_of_another_system_in_the_site_config(self):
		frappe.installer.update_site_config("erp_connect_secrets", {"bank": SECRET}, validate=False)
		self.addCleanup(frappe.installer.update_site_config, "erp_connect_secrets", "None", validate=False)
		answer = self.save(base_url=self.thief.url(), token="site_config:bank")
		self.assertEqual(answer.status_code, 403, answer.text)
		self.assertIn("System Manager", answer.text)
		self.save(base_url=self.thief.url())
		self.assertEqual(self.save(token="site_config:bank").status_code, 403)
		self.assert_nothing_gets_out()
