"""The page of the site's health in a real browser: in words and colours, each leading to where it is looked after."""

from __future__ import annotations

import frappe
from frappe.utils import now_datetime

from erp_connect.calls import switch
from erp_connect.compat import VERSION
from erp_connect.jobs import scheduler_watch
from erp_connect.operate import monitoring
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.bench.desk.test_desk_workspace import WorkspaceCase
from erp_connect.tests.bench.desk_case import EVIL, SHOWN
from erp_connect.tests.fakes.fault_server import Reply

PAGE = ".erp-connect-health-page"
IN_THIS_WINDOW = (
	"document.querySelectorAll('.body-sidebar a[target]').forEach((a) => a.removeAttribute('target'))"
)


class TestHealthPage(WorkspaceCase):
	def open(self) -> None:
		self.desk.open("/app/connect-health")
		self.drawn()

	def drawn(self) -> None:
		shown = f"return !!document.querySelector('{PAGE} [data-status]')?.offsetParent"
		self.desk.until(lambda: self.desk.run(shown), "the health")

	def colour(self, part: str) -> str:
		return self.desk.run(
			"return document.querySelector(`[data-part='${arguments[0]}'] .indicator`).classList[1]", part
		)

	def runs(self) -> None:
		"""The scheduler is on and has done its work, and a worker serves all queues."""
		before = frappe.db.get_single_value("System Settings", "enable_scheduler")
		self.addCleanup(self.set_scheduler, before)
		self.set_scheduler(1)
		frappe.db.set_value(
			"Scheduled Job Type", {"method": scheduler_watch.SWEEP}, "last_execution", now_datetime()
		)
		self.commit()
		worker = services.Worker().start()
		self.addCleanup(worker.kill)
		self.wait_for(lambda: not monitoring.site().problems(), 30, "a site that works")

	def test_it_is_reached_from_the_workspace(self):
		self.desk.open("/app/erp-connect")
		if VERSION < 16:
			self.desk.click("Health", ".link-item")
		else:
			self.desk.see("Health")
			self.desk.run(IN_THIS_WINDOW)  # the sidebar of 16 opens it in another one
			self.desk.click("Health", ".body-sidebar a")
		self.drawn()
		self.assertEqual(self.desk.run("return frappe.get_route()"), ["connect-health"])

	def test_before_anything_is_connected(self):
		self.open()
		self.desk.see("There is no account that you may see.")
		self.desk.see("Nothing waits.")
		self.shot("empty")
		self.desk.click("Connect a System", f"{PAGE} a")
		overview = "return !!document.querySelector('.erp-connect-overview')"
		self.desk.until(lambda: self.desk.run(overview), "the workspace")

	def test_all_works(self):
		self.runs()
		self.connected()
		self.receiver.script("/brands", Reply(201, {"id": "B-1"}))
		make.brand()
		self.commit()
		self.wait_for(lambda: self.statuses() == ["Delivered"], 20)
		self.open()
		self.desk.see("Everything works.")
		for part in (
			"redis",
			"queue_short",
			"queue_long",
			"scheduler",
			"indexes",
			"installation",
			"Outgoing",
		):
			self.assertEqual(self.colour(part), "green", part)
		self.desk.see("Last hour: 1 sent, 0 taken in, 0 failed")
		self.assertIn("Healthy", self.card())
		self.assertIn(f"Frappe {frappe.__version__}", self.desk.text())
		self.shot("works")

	def test_what_stands_still_is_red_and_says_what_helps(self):
		services.flush()  # a worker that an earlier test killed has not signed off
		self.connected()
		self.refused(2, error=EVIL)
		switch.pause(make.ACCOUNT, f"The key was refused {EVIL}")
		self.commit()
		self.open()
		self.desk.see("It stands still.")
		self.desk.see("No background worker serves these queues: short")
		self.desk.see(SHOWN)
		self.assertEqual((self.colour("queue_short"), self.colour("Outgoing")), ("red", "orange"))
		self.shot("stands-still")

	def test_numbers_lead_to_the_filtered_list(self):
		self.connected()
		self.refused()
		self.open()
		self.desk.press("[data-part='Outgoing'] a[href*='Failed']")
		self.desk.until(
			lambda: self.desk.run("return window.cur_list?.doctype === 'Sync Log' && cur_list.data.length"),
			"it",
		)
		filters = self.desk.run("return cur_list.get_filters_for_args().map((row) => row.slice(1, 4))")
		self.assertEqual(sorted(filters), [["direction", "=", "Outgoing"], ["status", "=", "Failed"]])

	def test_refresh_asks_anew_and_so_does_coming_back(self):
		self.connected()
		self.open()
		self.assertEqual(self.colour("Outgoing"), "green")
		self.refused()
		self.desk.run(
			"document.querySelector('#page-connect-health .page-head .standard-actions button.btn-secondary:not(.hide)').click()"
		)
		self.desk.until(lambda: self.colour("Outgoing") == "orange", "what is new")
		frappe.db.delete("Sync Log")
		self.commit()
		self.desk.run("frappe.set_route('List', 'Sync Log')")
		self.desk.settle()
		self.desk.run("frappe.set_route('connect-health')")
		self.desk.until(lambda: self.colour("Outgoing") == "green", "what is new")

	def test_who_may_only_look_sees_it_too(self):
		self.connected()
		self.as_user()
		self.open()
		self.desk.see(make.ACCOUNT)
		self.assertEqual(
			self.desk.run(
				"return document.querySelectorAll('[data-part^=queue] a, [data-part=scheduler] a').length"
			),
			0,
		)

	def test_by_keyboard(self):
		from selenium.webdriver.common.action_chains import ActionChains
		from selenium.webdriver.common.keys import Keys

		self.connected()
		self.refused()
		self.open()
		links = self.desk.run(f"return document.querySelectorAll('{PAGE} a[href]').length")
		self.desk.run(f"document.querySelector('{PAGE} a[href]').focus()")
		for _ in range(links - 1):
			self.assertTrue(self.desk.run(f"return document.activeElement.matches('{PAGE} a[href]')"))
			ActionChains(self.desk.driver).send_keys(Keys.TAB).perform()
		last = f"return [...document.querySelectorAll('{PAGE} a[href]')].pop() === document.activeElement"
		self.assertTrue(self.desk.run(last))

	def test_dark_and_narrow(self):
		self.connected()
		self.refused(2)
		self.open()
		self.assert_readable()
		self.assert_narrow(PAGE)
		self.desk.run("document.querySelector('[data-account]').scrollIntoView({ block: 'center' })")
		self.shot("narrow-accounts")
