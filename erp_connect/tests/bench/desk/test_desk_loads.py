"""Desk for loads in windows of time: begun in a dialog, watched, stopped, resumed and given up, in a real browser."""

from __future__ import annotations

import frappe

from erp_connect.pull import load_run, run
from erp_connect.store import loads, sync_cursor
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.desk_case import EVIL, SHOWN, DeskCase
from erp_connect.tests.fakes.fault_server import Reply

FLOW = "Test Brand"
FORM = f"/app/field-mapping/{FLOW}"
DOCTYPE = "return cur_frm?.doctype"


class TestDeskLoads(DeskCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url(), error_expression="error", breaker_threshold=0)
		make.brand_flow_in_windows()
		self.commit()

	def outside(self, *records: dict) -> None:
		self.receiver.script("/list", Reply(200, {"data": list(records)}))

	def begun(self, since: str) -> str:
		"""Begin a load in the dialog. Returns its name."""
		self.desk.open(FORM)
		self.desk.choose("Actions", "Load in Windows…")
		self.desk.see("Oldest record")
		self.desk.fill("since", since)
		self.shot("dialog")
		self.desk.click("Load", ".modal-footer button")
		self.desk.until(lambda: self.desk.run(DOCTYPE) == "Sync Load", "the load")
		frappe.db.rollback()
		return self.desk.run("return cur_frm.docname")

	def test_a_load_is_begun_watched_stopped_and_resumed(self):
		self.outside(
			{"id": "B-1", "name": make.unique("Brand"), "text": "a", "changed": "2026-01-01T00:00:00Z"}
		)
		name = self.begun("2026-01-01T00:00:00Z")
		self.desk.see("Running")
		self.desk.see("0 windows loaded")
		self.desk.click("Stop")
		self.desk.see("Stopped")
		frappe.db.rollback()
		self.assertEqual(frappe.db.get_value("Sync Load", name, "status"), "Stopped")
		self.desk.open(FORM)
		self.desk.choose("Actions", "Load in Windows…")
		self.desk.until(lambda: self.desk.run("return cur_frm?.docname") == name, "the load that is not over")
		self.desk.click("Resume")
		self.desk.see("Running")
		self.shot("running")
		load_run.run(name)
		self.desk.open(f"/app/sync-load/{name}")
		self.desk.see("Completed")
		self.desk.see("1 new or changed")
		self.shot("completed")
		for label in ("Stop", "Resume", "Cancel Load"):
			self.assertNotIn(label, self.buttons())
		self.desk.open("/app/sync-load")
		self.desk.see("Completed")

	def test_a_load_that_failed_says_why_and_is_given_up(self):
		self.receiver.script("/list", Reply(404, {"error": EVIL}))
		name = self.begun("2026-01-01T00:00:00Z")
		load_run.run(name)
		self.desk.open(f"/app/sync-load/{name}")
		self.desk.see("Stopped by an error")
		self.desk.see(SHOWN)
		self.shot("failed")
		self.desk.click("Cancel Load")
		self.desk.click("Yes", ".modal-footer button")
		self.desk.see("Cancelled")
		frappe.db.rollback()
		self.assertIsNone(loads.unfinished(FLOW))
		self.assertEqual(self.event(event="load_run").status, "Cancelled")

	def test_a_bad_time_is_told_and_the_dialog_stays(self):
		self.desk.open(FORM)
		self.desk.choose("Actions", "Load in Windows…")
		self.desk.see("Oldest record")
		self.desk.fill("since", "long ago")
		self.desk.click("Load", ".modal-footer button")
		self.desk.see("is no time")
		self.desk.errors()  # of the refused call
		self.assertEqual(frappe.db.count("Sync Load"), 0)

	def test_a_pull_in_windows_shows_the_one_under_way(self):
		doc = frappe.get_doc("Field Mapping", FLOW)
		doc.update({"window_pull": 1, "window_since": "2026-01-01T00:00:00Z"})
		doc.save()
		self.receiver.script("/list", Reply(200, {"data": []}), Reply(503))
		sync_cursor.make_due(FLOW)
		self.commit()
		run.run(FLOW)
		frappe.db.set_value("Sync Cursor", {"field_mapping": FLOW}, "status", "Running")
		self.commit()
		self.desk.open(FORM)
		self.desk.click("Pull", ".nav-link")
		self.desk.see("· now 2026-01-")
		self.desk.see_folded("Pull in windows, too")
		self.shot("pull")
