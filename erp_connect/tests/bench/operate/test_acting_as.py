"""A person presses Preview, which acts as the account's user: afterwards they are still who they were, and logged in.

Over HTTP with a session cookie, since it is at the end of a request that Frappe keeps the session.
"""

from __future__ import annotations

import time

import frappe
import requests

from erp_connect import compat
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.http_case import PASSWORD, PEOPLE, HttpTestCase
from erp_connect.tests.bench.pull_case import FLOW, OFFSET, RECORDS, ROWS
from erp_connect.tests.fakes.fault_server import Reply

MANAGER = PEOPLE["manager"][0]
ACCOUNT_USER = "acting-account@example.com"


class TestPersonStaysLoggedIn(HttpTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.user(ACCOUNT_USER, ("Item Manager", "Stock User"))
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "user", ACCOUNT_USER)
		make.flow("Brand", [], ROWS, name=FLOW, direction="Incoming", inbound_id_expression="id", **OFFSET)
		self.receiver.script("/offset", *[Reply(200, {"data": RECORDS})] * 8)
		self.commit()
		self.browser = requests.Session()
		self.addCleanup(self.browser.close)
		answer = self.ask("login", usr=MANAGER, pwd=PASSWORD)
		self.assertEqual(answer.status_code, 200, answer.text)

	def test_after_a_preview(self):
		for _again in range(2):
			self.preview()
			self.assert_logged_in()

	def test_after_a_preview_of_a_pull(self):
		for _again in range(2):
			self.preview_pull()
			self.assert_logged_in()

	def test_when_the_preview_is_the_first_request_of_a_reloaded_session(self):
		for preview in (self.preview, self.preview_pull):
			self.forget_in_cache()
			preview()
			self.assert_logged_in()
			self.forget_in_cache()
			self.assert_logged_in()  # what stands in the database is whole, too

	def preview(self) -> None:
		answer = self.ask("erp_connect.api.flows.preview", mapping="Test Brand", document=self.brand.name)
		self.assertTrue(answer.json()["message"]["condition"], answer.text)

	def preview_pull(self) -> None:
		answer = self.ask("erp_connect.api.pulls.preview", mapping=FLOW)
		self.assertEqual(answer.json()["message"]["count"], len(RECORDS), answer.text)

	def ask(self, function: str, **values: str) -> requests.Response:
		return self.browser.post(f"{self.site.url}/api/method/{function}", json=values, timeout=60)

	def forget_in_cache(self) -> None:
		"""As a restart of Redis does, and ten minutes for what 15 keeps apart: the next request reads the database."""
		for key in ("session", "last_db_session_update"):
			frappe.cache.hdel(key, self.browser.cookies["sid"])

	def assert_logged_in(self) -> None:
		# Several times, as 16 keeps the session after it has answered.
		for _moment in range(4):
			answer = self.browser.get(f"{self.site.url}/api/method/frappe.auth.get_logged_user", timeout=60)
			self.assertEqual(answer.json().get("message"), MANAGER, answer.text)
			time.sleep(0.15)


class TestActingAs(ConnectTestCase):
	def test_everything_is_as_before_also_after_an_error(self):
		make.user(ACCOUNT_USER, ("Item Manager", "Stock User"))
		session, data = frappe.local.session, frappe._dict(csrf_token="a token")
		before = {"user": session.user, "sid": session.sid, "data": session.data}
		self.addCleanup(session.update, before)
		session.update(sid="a sid", data=data)
		frappe.local.form_dict = form_dict = frappe._dict(document="D-1")
		with self.assertRaises(ZeroDivisionError), compat.acting_as(ACCOUNT_USER):
			self.assertEqual(frappe.session.user, ACCOUNT_USER)
			self.assertFalse(frappe.has_permission("Integration Settings", "write"))
			with compat.acting_as("Guest"):
				self.assertEqual(frappe.session.user, "Guest")
			self.assertEqual(frappe.session.user, ACCOUNT_USER)
			raise ZeroDivisionError
		self.assertEqual((session.user, session.sid), (before["user"], "a sid"))
		self.assertIs(frappe.local.session.data, data)
		self.assertEqual(data, {"csrf_token": "a token"})
		self.assertIs(frappe.local.form_dict, form_dict)
		self.assertTrue(frappe.has_permission("Integration Settings", "write"))
