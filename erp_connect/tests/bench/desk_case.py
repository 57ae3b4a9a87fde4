"""Base of the tests of Desk: the site served, a browser logged in, and text from outside that must stay text."""

from __future__ import annotations

import json
import os
from typing import Any

import frappe
from frappe.utils.password import update_password

from erp_connect.inbound import process as processing
from erp_connect.store import inbox, keys
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import browser, contrast
from erp_connect.tests.bench import factories as make

PASSWORD = "correct-horse-battery-9!"
MANAGER = ("desk-manager@example.com", ("Integration Manager", *make.ROLES))
USER = ("desk-user@example.com", ("Integration User", "Item Manager", "Stock User"))
EVIL = '<img src=x onerror="window.pwned=1"><script>window.pwned=2</script>'
SHOWN = "<img src=x onerror="


class DeskCase(ConnectTestCase):
	"""`self.desk`: a browser in which MANAGER is logged in. No test may leave an error in its console."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		browser.require()
		for email, roles in (MANAGER, USER):
			make.user(email, roles)
			update_password(email, PASSWORD)
		frappe.db.commit()
		cls.desk = browser.opened(frappe.local.site)
		cls.desk.login(MANAGER[0], PASSWORD)

	def setUp(self) -> None:
		super().setUp()
		self.desk.errors()

	def tearDown(self) -> None:
		self.assertEqual(self.desk.errors(), [])
		self.assertIsNone(self.desk.run("return window.pwned"), "a script from outside has run")
		self.desk.driver.get("about:blank")  # a page that is left asks no more
		super().tearDown()

	def came_in(self, *, topic: str = "customers/create", **record: Any) -> str:
		"""A webhook of the account has brought a record, and a worker has had it. The name of its event."""
		name = inbox.receive(
			{
				"integration": make.ACCOUNT,
				"company": make.company(),
				"event": "webhook",
				"topic": topic,
				"dedupe_key": keys.new_id(),
				"request_body": json.dumps(record),
			}
		)
		self.commit()
		processing.process(make.ACCOUNT)
		frappe.db.rollback()
		return name

	def as_user(self) -> None:
		"""The browser is USER's until the test ends."""
		self.desk.login(USER[0], PASSWORD)
		self.addCleanup(self.desk.login, MANAGER[0], PASSWORD)

	def shot(self, name: str) -> None:
		"""Keep a picture of the page, where `ERP_CONNECT_SCREENSHOTS` names a folder."""
		if folder := os.environ.get("ERP_CONNECT_SCREENSHOTS"):
			self.desk.driver.save_screenshot(f"{folder}/{type(self).__name__}-{name}.png")

	def assert_readable(self, name: str = "dark") -> None:
		"""On the dark theme, which stays, the texts of the app can be read."""
		self.desk.run(contrast.DARK)
		self.shot(name)
		self.assertEqual(self.desk.run(contrast.HARD_TO_READ, contrast.LEAST), [])

	def buttons(self) -> list[str]:
		"""Labels of the buttons; not of the tabs, which are buttons in Frappe 16."""
		return self.desk.run(
			"return [...document.querySelectorAll('button:not(.nav-link)')].map((b) => b.innerText.trim())"
		)

	def assert_inert(self, path: str) -> None:
		"""On this page, text from outside is shown and is text."""
		self.desk.open(path)
		self.desk.see(SHOWN[:4])
		for selector in ("img[src=x]", "a[href^=javascript]"):
			self.assertEqual(
				self.desk.run("return document.querySelectorAll(arguments[0]).length", selector), 0
			)
