"""The workspace in a real browser: how each account stands in words, and what waits for a person."""

from __future__ import annotations

import time

import frappe

from erp_connect.calls import switch
from erp_connect.operate.overview import facts
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.desk_case import EVIL, SHOWN, DeskCase
from erp_connect.tests.fakes.fault_server import Reply

NARROW = (390, 900)


class WorkspaceCase(DeskCase):
	def setUp(self) -> None:
		super().setUp()
		frappe.cache.delete_keys(facts.DAY)

	def connected(self) -> None:
		make.account(self.receiver.url(), error_expression="error")
		make.brand_flow()
		self.commit()

	def refused(self, count: int = 1, error: str = "No such group") -> None:
		for _ in range(count):
			make.brand()
		self.receiver.script("/brands", Reply(422, {"error": error}))
		self.deliver()

	def open(self) -> None:
		frappe.cache.delete_keys(facts.DAY)
		self.desk.open("/app/erp-connect")
		self.desk.until(
			lambda: self.desk.run("return !!document.querySelector('.erp-connect-overview')"), "the overview"
		)

	def set_onboarding(self, enabled: int) -> None:
		frappe.db.set_single_value("System Settings", "enable_onboarding", enabled)
		self.commit()

	def card(self, account: str = make.ACCOUNT) -> str:
		return self.desk.run(
			"return document.querySelector(`[data-account='${arguments[0]}']`).innerText", account
		)

	def set_scheduler(self, enabled: int) -> None:
		frappe.db.set_single_value("System Settings", "enable_scheduler", enabled)
		self.commit()

	def assert_narrow(self, element: str) -> None:
		"""On a narrow screen the place of the state is no wider than the screen."""
		self.in_window(*NARROW)
		self.open()
		self.desk.see("2 events failed")
		self.desk.run(f"document.querySelector('{element}').scrollIntoView({{ block: 'start' }})")
		self.shot("narrow")
		wide = (
			f"return document.querySelector('{element}').scrollWidth - document.documentElement.clientWidth"
		)
		self.assertLessEqual(self.desk.run(wide), 0)

	def in_window(self, width: int, height: int) -> None:
		size = self.desk.driver.get_window_size()
		self.desk.driver.set_window_size(width, height)
		self.addCleanup(self.desk.driver.set_window_size, size["width"], size["height"])


class TestWorkspace(WorkspaceCase):
	def test_where_nothing_is_connected_it_starts_the_set_up(self):
		before = frappe.db.get_single_value("System Settings", "enable_onboarding")
		self.addCleanup(self.set_onboarding, before)
		self.set_onboarding(0)
		self.open()
		self.desk.see("Nothing is connected yet")
		self.shot("empty")
		self.desk.click("Connect a System")
		self.desk.see("Which system?")

	def test_a_user_who_may_not_connect_is_told_who_does(self):
		self.as_user()
		self.open()
		self.desk.see("An Integration Manager connects a system")
		self.assertNotIn("Connect a System", self.buttons())

	def test_a_healthy_account(self):
		self.connected()
		self.receiver.script("/brands", Reply(201, {"id": "B-1"}))
		make.brand()
		self.deliver()
		self.open()
		self.desk.see("Nothing waits for a person.")
		for text in ("Healthy", "100 %"):
			self.assertIn(text, self.card())
		self.shot("healthy")

	def test_what_failed_is_told_by_reason_and_leads_there(self):
		self.connected()
		self.refused(3, error=EVIL)
		self.open()
		self.desk.see("3 events failed")
		self.desk.see(SHOWN)
		self.assertIn("0 %", self.card())
		self.shot("failed")
		self.desk.press("[data-reason='0']")
		self.desk.until(
			lambda: self.desk.run("return window.cur_list?.doctype === 'Sync Log' && cur_list.data.length"),
			"them",
		)
		self.assertEqual(self.desk.run("return cur_list.data.length"), 3)

	def test_numbers_lead_to_the_filtered_list(self):
		self.connected()
		self.refused()
		self.open()
		self.desk.press("[data-wait='failed']")
		self.desk.until(
			lambda: self.desk.run("return window.cur_list?.doctype === 'Sync Log' && cur_list.data.length"),
			"it",
		)
		filters = self.desk.run("return cur_list.get_filters_for_args().map((row) => row.slice(1, 4))")
		self.assertEqual(filters, [["status", "=", "Failed"]])

	def test_a_paused_account_says_why_and_is_not_green(self):
		self.connected()
		switch.pause(make.ACCOUNT, f"The key was refused {EVIL}")
		self.commit()
		self.open()
		self.desk.see("Paused: The key was refused")
		self.assertNotIn("Healthy", self.card())
		green = "return document.querySelectorAll('[data-account] .green').length"
		self.assertEqual(self.desk.run(green), 0)
		self.desk.see("account stands still")
		self.assertNotIn("Nothing waits for a person.", self.desk.text())
		self.shot("paused")
		self.desk.click("Resume")
		self.desk.click("Yes", ".modal-footer button")
		self.desk.until(lambda: "Paused" not in self.card(), "it to go on")
		frappe.db.rollback()
		self.assertFalse(frappe.db.get_value("Integration Settings", make.ACCOUNT, "paused"))

	def test_an_open_breaker_says_until_when(self):
		self.connected()
		frappe.db.sql(
			"UPDATE `tabIntegration State` SET breaker = 'Open', failures = 5, open_until = UNIX_TIMESTAMP() + 600"
			" WHERE integration = %s",
			make.ACCOUNT,
		)
		self.commit()
		self.open()
		self.desk.see("Stopped after 5 failures until ")

	def test_a_scheduler_that_is_off_is_seen(self):
		self.connected()
		before = frappe.db.get_single_value("System Settings", "enable_scheduler")
		self.addCleanup(self.set_scheduler, before)
		self.set_scheduler(0)
		self.open()
		self.desk.see("The scheduler is switched off")
		self.shot("scheduler")

	def test_a_window_that_is_resized_while_the_chart_is_drawn(self):
		"""A chart that moves as it appears is not where it looks for itself when it is drawn anew meanwhile."""
		self.connected()
		self.refused()
		self.desk.driver.get(f"{self.desk.url}/app/erp-connect")
		self.desk.run("setInterval(() => window.dispatchEvent(new Event('resize')), 20)")
		self.desk.until(
			lambda: self.desk.run("return !!document.querySelector('.frappe-chart .dataset-0')"), "the chart"
		)
		for width in (NARROW[0], 1400) * 3:
			self.in_window(width, 900)
			time.sleep(0.3)  # as long as a chart would move
		self.assertEqual(self.desk.errors(), [])
		self.assertEqual(self.desk.run("return document.querySelectorAll('.frappe-chart').length"), 1)

	def test_dark_and_narrow(self):
		self.connected()
		self.refused(2)
		self.open()
		self.assert_readable()
		self.assert_narrow(".erp-connect-overview")
