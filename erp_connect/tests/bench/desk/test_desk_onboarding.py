"""The onboarding in a real browser: it begins with choosing a system, and ticks what is done."""

from __future__ import annotations

import unittest

import frappe

from erp_connect.compat import VERSION
from erp_connect.operate import onboarding
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.desk_case import DeskCase

NARROW = (390, 844)
STEPS = """
return [...document.querySelectorAll(".onboarding-step")].filter((step) => step.offsetParent)
	.map((step) => [step.querySelector(".step-text").innerText.trim(), step.classList.contains("complete")]);
"""
CORNER = """
return [...document.querySelectorAll(".onb-steps .onb-step-text")].filter((step) => step.offsetParent)
	.map((step) => [step.innerText.trim(), !!step.closest(".is_complete")]);
"""
ROUTE = "return frappe.get_route()[1]"
CONNECT, FLOWS, EVENTS, ALERTS = (
	"Connect a system",
	"Choose what goes across, and switch it on",
	"See what went across",
	"Decide who is told when something fails",
)


class TestOnboarding(DeskCase):
	def setUp(self) -> None:
		super().setUp()
		before = frappe.db.get_single_value("System Settings", "enable_onboarding")
		self.addCleanup(self.enable, before)
		self.enable(1)

	def enable(self, enabled: int) -> None:
		frappe.db.set_single_value("System Settings", "enable_onboarding", enabled)
		frappe.db.set_value("Module Onboarding", "ERP Connect", "is_complete", 0)
		frappe.db.set_value(
			"Onboarding Step", {"name": ("in", onboarding.STEPS)}, {"is_complete": 0, "is_skipped": 0}
		)
		self.commit()
		frappe.clear_cache()

	def done(self) -> dict[str, int]:
		rows = frappe.get_all("Onboarding Step", {"name": ("in", onboarding.STEPS)}, ["title", "is_complete"])
		return {row.title: row.is_complete for row in rows}

	def open(self) -> None:
		self.desk.open("/app/erp-connect")
		overview = "return !!document.querySelector('.erp-connect-overview')"
		self.desk.until(lambda: self.desk.run(overview), "the overview")

	def test_steps_are_ticked_by_what_is_there(self):
		make.account(self.receiver.url())
		self.assertEqual(self.done(), {CONNECT: 1, FLOWS: 0, EVENTS: 0, ALERTS: 0})
		flow = make.brand_flow(enabled=0)
		self.assertEqual(self.done()[FLOWS], 0)
		flow.enabled = 1
		flow.save()
		self.assertEqual(self.done()[FLOWS], 1)
		make.alert_receiver()
		self.assertEqual(self.done(), {CONNECT: 1, FLOWS: 1, EVENTS: 0, ALERTS: 1})

	@unittest.skipIf(VERSION >= 16, "in the corner of the page there")
	def test_it_begins_with_the_system_and_ticks_what_is_done(self):
		self.open()
		self.desk.until(lambda: self.desk.run(STEPS), "the steps")
		self.assertEqual(self.desk.run(STEPS), [[step, False] for step in (CONNECT, FLOWS, EVENTS, ALERTS)])
		self.assertNotIn("Nothing is connected yet", self.desk.text())
		self.shot("begin")
		self.desk.click("Connect a System", ".onboarding-step-footer button")
		self.desk.see("Which system?")
		self.shot("system")
		make.account(self.receiver.url())
		self.commit()
		self.open()
		self.desk.until(lambda: self.desk.run(STEPS), "the steps")
		self.assertEqual([done for _, done in self.desk.run(STEPS)], [True, False, False, False])
		self.desk.click("Show Flow List", ".onboarding-step-body a")
		self.desk.until(lambda: self.desk.run("return cur_list?.doctype") == "Field Mapping", "the flows")

	@unittest.skipIf(VERSION >= 16, "in the corner of the page there")
	def test_each_step_leads_there(self):
		make.account(self.receiver.url())
		self.commit()
		for step, button, doctype in (
			(FLOWS, "New Flow", "Field Mapping"),
			(EVENTS, "Show Events", "Sync Log"),
			(ALERTS, "New Alert Receiver", "Alert Receiver"),
		):
			with self.subTest(step):
				self.open()
				self.desk.until(lambda: self.desk.run(STEPS), "the steps")
				self.desk.click(step, ".onboarding-step .step-text")
				self.desk.click(button, ".onboarding-step-footer button")
				self.desk.until(lambda doctype=doctype: self.desk.run(ROUTE) == doctype, doctype)
				self.desk.settle()
				self.assertEqual(self.desk.errors(), [])

	@unittest.skipIf(VERSION >= 16, "in the corner of the page there")
	def test_on_a_phone_which_shows_none_the_overview_says_how_to_begin(self):
		size = self.desk.driver.get_window_size()
		self.desk.driver.set_window_size(*NARROW)
		self.addCleanup(self.desk.driver.set_window_size, size["width"], size["height"])
		self.open()
		self.desk.see("Nothing is connected yet")
		self.assertEqual(self.desk.run(STEPS), [])
		self.shot("narrow")

	@unittest.skipIf(VERSION >= 16, "in the corner of the page there")
	def test_where_its_first_step_was_skipped_the_overview_says_how_to_begin(self):
		frappe.db.set_value("Onboarding Step", "ERP Connect Account", "is_skipped", 1)
		self.commit()
		self.open()
		self.desk.until(lambda: self.desk.run(STEPS), "the steps")
		self.desk.see("Nothing is connected yet")

	@unittest.skipIf(VERSION < 16, "above the overview there")
	def test_in_the_corner_it_begins_with_the_system_and_ticks_what_is_done(self):
		self.open()
		self.desk.until(lambda: self.desk.run(CORNER), "the steps")
		labels = ["Connect a System", "New Flow", "Show Events", "New Alert Receiver"]
		self.assertEqual(self.desk.run(CORNER), [[label, False] for label in labels])
		self.desk.click("Connect a System", ".onb-step-left")
		self.desk.see("Which system?")
		self.shot("corner")
		make.account(self.receiver.url())
		self.commit()
		for label, doctype in zip(labels[1:], ("Field Mapping", "Sync Log", "Alert Receiver"), strict=True):
			with self.subTest(label):
				self.open()
				self.desk.until(lambda: self.desk.run(CORNER), "the steps")
				self.assertEqual(self.desk.run(CORNER)[0], [labels[0], True])
				self.desk.click(label, ".onb-step-left")
				self.desk.until(lambda doctype=doctype: self.desk.run(ROUTE) == doctype, doctype)
				self.desk.settle()
				self.assertEqual(self.desk.errors(), [])

	def test_who_may_not_configure_does_not_see_it(self):
		self.as_user()
		self.open()
		self.desk.see("An Integration Manager connects a system")
		self.assertEqual(self.desk.run(STEPS), [])
		self.assertEqual(self.desk.run(CORNER), [])
