"""What the tab Pull of a flow calls: a look at one page, pull now, stop, and where it stands."""

from __future__ import annotations

import frappe

from erp_connect.api import pulls
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.pull_case import FLOW, PullCase

TOTAL = "header:X-WP-Total"


class TestApi(PullCase):
	def test_preview_shows_a_page_and_writes_nothing(self):
		self.serve(120)
		self.pulls(paging="Page", pull_path="/page-total", pull_records="", page_size=50, page_total=TOTAL)
		found = pulls.preview(FLOW)
		self.assertEqual((found["ok"], found["status"], found["count"]), (True, 200, 50), found["message"])
		self.assertEqual((found["total"], found["more"]), (120, True))
		self.assertIn("GET http://127.0.0.1", found["called"])
		first = found["records"][0]
		self.assertEqual(
			(first["external_id"], first["version"], first["action"]), ("R-000001", "1", "create")
		)
		self.assertEqual(first["values"], {"brand": "R-000001", "description": "Record 1"})
		self.assertEqual((self.events(), self.links()), ([], []))
		self.assertEqual((self.cursor().status, self.cursor().fetched), ("Idle", 0))
		self.pull()
		self.work()
		self.assertEqual(pulls.preview(FLOW)["records"][0]["action"], "same")

	def test_preview_of_unsaved_values_tells_what_is_wrong(self):
		self.serve(10)
		values = {**self.pulls().as_dict(), "pull_records": "nothing", "name": None}
		found = pulls.preview(frappe.as_json(values))
		self.assertFalse(found["ok"])
		self.assertIn("tab Pull", found["message"])
		self.assertIn("R-000001", found["answer"])
		with self.assertRaises(frappe.ValidationError):
			pulls.preview(frappe.as_json({**values, "pull_path": ""}))

	def test_pull_now_and_stop_where_there_is_nothing_to_pull(self):
		self.serve(10)
		self.pulls()
		self.change(enabled=0)
		with self.assertRaisesRegex(frappe.ValidationError, "switched off"):
			pulls.pull_now(FLOW)
		pulls.stop(FLOW)  # also of a disabled flow
		self.change(enabled=1, pull_path="")
		with self.assertRaisesRegex(frappe.ValidationError, "pulls nothing"):
			pulls.pull_now(FLOW)
		self.assertIsNone(pulls.state(FLOW))

	def test_state_shows_how_far_it_is(self):
		self.serve(200)
		self.pulls(paging="Page", pull_path="/page-total", pull_records="", page_size=50, page_total=TOTAL)
		self.source.fail("/page-total", page=3)
		pulls.pull_now(FLOW)
		self.go_on()
		state = pulls.state(FLOW)
		self.assertEqual((state.status, state.pages, state.fetched, state.total), ("Retrying", 2, 100, 200))
		self.assertEqual(state.progress, 50)
		self.assertIn("503", state.error)
		self.lease_runs_out()
		self.go_on()
		state = pulls.state(FLOW)
		self.assertEqual((state.status, state.progress, state.queued, state.error), ("Idle", 100, 200, ""))
		filters = {"field_mapping": FLOW, "direction": "Incoming"}
		self.assertEqual(state.events, {"failed": 0, "held": 0, "waiting": 200, "filters": filters})

	def test_who_may(self):
		self.serve(10)
		self.pulls()
		self.addCleanup(frappe.set_user, "Administrator")
		kinds = {"user": ("Integration User",), "nobody": ("Stock User",)}
		kinds["manager"] = ("Integration Manager", *make.ROLES)
		people = {kind: make.user(f"pull-{kind}@example.com", roles) for kind, roles in kinds.items()}
		frappe.set_user(people["user"])
		self.assertEqual(pulls.state(FLOW).status, "Idle")
		for refused in (pulls.preview, pulls.pull_now, pulls.stop):
			with self.assertRaises(frappe.PermissionError):
				refused(FLOW)
		frappe.set_user(people["nobody"])
		with self.assertRaises(frappe.PermissionError):
			pulls.state(FLOW)
		frappe.set_user(people["manager"])
		self.assertEqual(pulls.preview(FLOW)["count"], 10)
		pulls.pull_now(FLOW)
		pulls.stop(FLOW)
