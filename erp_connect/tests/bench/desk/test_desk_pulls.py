"""Desk for what is fetched: pulls, conflicts and comparisons as people see and decide them, in a real browser."""

from __future__ import annotations

import json

import frappe

from erp_connect.core.paging import page, settings
from erp_connect.inbound.process import process
from erp_connect.pull import run as pulling
from erp_connect.reconcile import run as comparing
from erp_connect.store import sync_cursor
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.desk_case import EVIL, SHOWN, DeskCase
from erp_connect.tests.fakes.fault_server import Reply

FLOW = "Test Brand"
FORM = f"/app/field-mapping/{FLOW}"
# Tabs that can be seen.
TABS = """
return [...document.querySelectorAll(".form-tabs .nav-item")]
	.filter((tab) => tab.offsetParent)
	.map((tab) => tab.innerText.trim());
"""
MENU = "return [...document.querySelectorAll('.inner-group-button .dropdown-item')].map((e) => e.textContent.trim())"


class TestDeskPulls(DeskCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url(), error_expression="error", breaker_threshold=0)

	def pulls(self, **values) -> None:
		"""A flow that fetches Brands, both ways unless told otherwise."""
		make.flow(
			"Brand",
			make.rest("/brands"),
			[make.row("brand", "name"), make.row("description", "text")],
			**{
				"direction": "Both",
				"pull_path": "/list",
				"pull_records": "data",
				"inbound_id_expression": "id",
				"conflict_policy": "Hold for review",
				**values,
			},
		)
		self.commit()

	def outside(self, *records: dict) -> None:
		self.receiver.script("/list", Reply(200, {"data": list(records)}))

	def fetch(self) -> None:
		"""Pull, and write what came."""
		sync_cursor.make_due(FLOW)
		self.commit()
		pulling.run(FLOW)
		process(make.ACCOUNT)
		self.assertEqual(self.events(event="pull", status=("in", ("Retrying", "Failed"))), [], self.history())

	def both_changed(self) -> tuple[str, str]:
		"""A brand that was changed on both sides. Returns its name and the event that waits."""
		name = make.unique("Brand")
		self.outside({"id": "B-1", "name": name, "text": "first"})
		self.fetch()
		doc = frappe.get_doc("Brand", name)
		doc.description = "here"
		doc.save()
		self.outside({"id": "B-1", "name": name, "text": f"there {EVIL}"})
		self.fetch()
		return name, self.event(event="pull", status="On Hold").name

	def test_changes_told_by_a_token(self):
		self.pulls(
			direction="Incoming",
			token_next="nextToken",
			token_expired="error.code == 'resyncRequired'",
			pull_parameters=[{"place": "Query", "key": "token", "value": "{token}"}],
		)
		self.receiver.script("/list", Reply(200, {"data": [], "nextToken": "t-0815"}))
		self.fetch()
		self.desk.open(FORM)
		self.desk.see("Actions")
		self.desk.click("Pull", ".form-tabs .nav-link")
		self.desk.see("by the token of the source")
		self.desk.see("Token for the next run, in the answer")
		self.assertNotIn("t-0815", self.desk.text())
		self.assertIn("Pull Everything", self.desk.run(MENU))
		self.assertNotIn("Pull Changes Since…", self.desk.run(MENU))
		self.desk.run("document.querySelector('[data-fieldname=token_section]').scrollIntoView()")
		self.shot("token")

	def test_what_is_gone_outside_is_told_and_decided_on_the_tab_incoming(self):
		self.pulls(direction="Incoming", gone_expression="removed")
		self.desk.open(FORM)
		self.desk.see("Actions")
		self.desk.click("Incoming", ".form-tabs .nav-link")
		for label in (
			"Records that are gone outside",
			"What is gone outside",
			"Gone outside if",
			"Id of what is gone",
		):
			self.desk.see(label)
		self.desk.run("document.querySelector('[data-fieldname=gone_section]').scrollIntoView()")
		self.shot("gone")
		self.desk.run("return cur_frm.set_value('purpose', 'Payment')")
		self.desk.settle()
		self.assertNotIn("Gone outside if", self.desk.text())

	def test_a_flow_has_the_tabs_of_its_direction(self):
		self.pulls()
		self.desk.open(FORM)
		tabs = self.desk.run(TABS)
		self.assertTrue({"Requests", "Answer", "Incoming", "Pull", "Two-way", "Compare"} <= set(tabs), tabs)
		self.desk.run("return cur_frm.set_value('direction', 'Outgoing')")
		self.assertEqual(self.desk.run(TABS), ["Details", "Requests", "Fields", "Answer", "Notes"])
		self.desk.run("return cur_frm.set_value('direction', 'Incoming')")
		self.assertEqual(self.desk.run(TABS), ["Details", "Fields", "Incoming", "Pull", "Compare", "Notes"])

	def test_the_usual_names_of_each_paging_are_filled_in(self):
		self.pulls(direction="Incoming")
		self.desk.open(FORM)
		read = "const f = cur_frm.doc; return [f.page_parameter, f.page_size_parameter, f.page_more, f.page_total]"
		helps = set()
		for style in page.STYLES:
			usual = settings._USUAL[style]
			self.desk.run("return cur_frm.set_value('paging', arguments[0])", style)
			expected = [usual.parameter, usual.size, usual.more, usual.total]
			self.desk.until(
				lambda expected=expected: [value or "" for value in self.desk.run(read)] == expected,
				f"{style}: {expected}",
			)
			helps.add(self.desk.run("return cur_frm.get_field('paging').$wrapper.find('.help-box').text()"))
		self.assertEqual(len(helps), len(page.STYLES))
		self.desk.run("return cur_frm.set_value('page_parameter', 'my_page')")
		self.desk.run("return cur_frm.set_value('paging', 'Page')")
		self.desk.settle()
		self.assertEqual(self.desk.run(read)[0], "my_page")

	def test_a_pull_is_previewed_with_its_unsaved_values(self):
		self.pulls(pull_path="/nowhere")
		self.outside(
			{"id": "B-1", "name": make.unique("Brand"), "text": EVIL}, {"id": ["x"], "name": "bad id"}
		)
		self.desk.open(FORM)
		self.desk.see("Preview Pull")
		self.desk.run("return cur_frm.set_value('pull_path', '/list')")
		self.desk.click("Preview Pull")
		self.desk.see("Nothing of it has been kept.")
		self.desk.see_folded(
			f"GET {self.receiver.url('/list')}",
			"2 records on this page",
			"Would be created",
			"Would fail",
			SHOWN,
		)
		self.assertEqual(self.events(), [])
		self.assertEqual(frappe.db.get_value("Field Mapping", FLOW, "pull_path"), "/nowhere")

	def test_a_pull_is_started_watched_and_stopped(self):
		self.pulls()
		self.outside(
			{"id": "B-1", "name": make.unique("Brand"), "text": "a"}, {"id": "B-2", "text": "no name"}
		)
		self.desk.open(FORM)
		self.desk.click("Pull", ".nav-link")
		self.desk.see("Not run yet")
		self.desk.choose("Actions", "Pull Now")
		self.desk.see("Running")
		self.desk.until(lambda: "Stop Pull" in self.desk.run(MENU), "Stop Pull")
		self.desk.choose("Actions", "Stop Pull")
		self.desk.see("Stopped")
		self.assertEqual(frappe.db.get_value("Sync Cursor", {"field_mapping": FLOW}, "status"), "Stopped")
		self.desk.choose("Actions", "Pull Now")
		self.desk.see("Running")
		pulling.run(FLOW)
		self.desk.see("1 page · 2 records · 2 new or changed · 0 known")
		self.assertNotIn("Stop Pull", self.desk.run(MENU))
		self.desk.see("2 events are under way.")
		self.assertNotIn("Up to date", self.desk.text())
		process(make.ACCOUNT)
		self.desk.see("One event failed")
		self.assertNotIn("Up to date", self.desk.text())
		self.shot("pull-failed")
		self.desk.open(f"/app/integration-settings/{make.ACCOUNT}")
		self.desk.click("Status", ".nav-link")
		self.desk.see("Failures in a row")
		self.desk.see("One event failed")
		self.shot("account-failed")

	def test_a_pull_that_failed_says_why(self):
		self.pulls()
		self.receiver.script("/list", Reply(422, {"error": EVIL}))
		self.fetch()
		self.desk.open(FORM)
		self.desk.click("Pull", ".nav-link")
		self.desk.see("Stopped by an error")
		self.desk.see(SHOWN)
		self.desk.click("What was asked and answered")
		self.desk.until(lambda: self.desk.run("return cur_frm?.doctype === 'Sync Log'"), "the event")
		self.desk.see("Attempt 1")
		self.desk.click("Retry")
		self.desk.see("The event is queued again.")
		self.assertEqual(frappe.db.get_value("Sync Cursor", {"field_mapping": FLOW}, "status"), "Running")

	def test_an_event_that_came_in_shows_the_record_and_what_was_done(self):
		self.pulls()
		name = make.unique("Brand")
		self.outside({"id": "B-1", "name": name, "text": "x", "more": EVIL})
		self.fetch()
		self.assert_inert(f"/app/sync-log/{self.event(event='pull').name}")
		for text in ("Fetched", "What was done", "Created", name):
			self.desk.see(text)

	def test_a_conflict_is_shown_on_the_document_and_decided_for_one_side(self):
		self.pulls()
		name, event = self.both_changed()
		self.desk.open(f"/app/brand/{name}")
		self.desk.see("This document was changed here and outside.")
		self.desk.click("Decide")
		self.desk.until(lambda: self.desk.run("return cur_frm?.docname") == event, "the event")
		for text in ("When last equal", "first", "here", SHOWN):
			self.desk.see(text)
		self.desk.click("Take Outside")
		self.desk.click("Yes", ".modal-footer button")
		self.desk.see("Decided.")
		process(make.ACCOUNT)
		frappe.db.rollback()
		self.assertEqual(self.event(name=event).status, "Processed")
		self.assertTrue(frappe.db.get_value("Brand", name, "description").startswith("there"))

	def test_a_conflict_is_decided_per_field(self):
		self.pulls()
		name, event = self.both_changed()
		self.desk.open(f"/app/sync-log/{event}")
		self.desk.click("Decide per Field")
		self.desk.click("Apply")
		self.desk.see("Choose a side for each field.")
		self.desk.run("cur_dialog?.hide(); frappe.msg_dialog?.hide()")
		self.desk.press("input[data-field=description][value=here]")
		self.desk.click("Apply")
		self.desk.see("Decided.")
		self.assertEqual(json.loads(self.event(name=event).decision), {"description": "here"})
		process(make.ACCOUNT)
		frappe.db.rollback()
		self.assertEqual(frappe.db.get_value("Brand", name, "description"), "here")

	def test_both_sides_are_compared_and_repaired(self):
		self.pulls(direction="Incoming")
		name = make.unique("Brand")
		self.outside({"id": "B-1", "name": name, "text": "first"})
		self.fetch()
		self.outside({"id": "B-1", "name": name, "text": f"new {SHOWN}"}, {"id": EVIL, "name": "New"})
		frappe.db.set_value("Brand", name, "modified", "2020-01-01", update_modified=False)
		self.commit()
		self.desk.open(FORM)
		self.desk.choose("Actions", "Compare Both Sides")
		run = self.desk.until(
			lambda: self.desk.run("return cur_frm?.doctype === 'Sync Reconciliation' && cur_frm.docname"),
			"the comparison",
		)
		self._compare(run)
		self.desk.see("The sides are not equal. 2 records outside")
		self.desk.see_folded("In ERPNext")
		self.assert_inert(f"/app/sync-reconciliation/{run}")
		self.desk.press("[data-kind='Missing here']")
		self.desk.see("Only: Missing here")
		self.desk.press("[data-difference]")
		self.desk.click("Ignore")
		self.desk.see("1 differences ignored.")
		self.desk.press("[data-clear]")
		self.desk.press("[data-difference]:enabled")
		self.desk.click("Repair")
		self.desk.see("Repair of 1 of 1 differences begun.")
		process(make.ACCOUNT)
		self.desk.see("All that was found is repaired or ignored.")
		self.assertTrue(frappe.db.get_value("Brand", name, "description").startswith("new"))

	def _compare(self, run: str) -> None:
		# What was changed a moment ago may be under way, so it is left to a later comparison.
		frappe.db.set_value("Sync Link", {"integration": make.ACCOUNT}, "last_received", "2020-01-01")
		frappe.db.commit()
		comparing.run(run)

	def test_equal_sides_are_said_to_be_equal(self):
		self.pulls(direction="Incoming")
		self.outside({"id": "B-1", "name": make.unique("Brand"), "text": "first"})
		self.fetch()
		run = self._started()
		comparing.run(run)
		self.desk.open(f"/app/sync-reconciliation/{run}")
		self.desk.see("Both sides are equal.")

	def _started(self) -> str:
		from erp_connect.api import reconciliation

		name = reconciliation.start(FLOW)
		self.commit()
		return name

	def test_what_outside_systems_write_is_text_in_lists_and_reports(self):
		self.pulls(direction="Incoming")
		known = {"id": "B-1", "name": make.unique("Brand"), "text": "a"}
		self.outside(known)
		self.fetch()
		self.outside(known, {"id": f"X{EVIL}", "name": "New"})
		frappe.db.set_value("Sync Cursor", {"field_mapping": FLOW}, {"since": EVIL, "error": EVIL})
		run = self._started()
		comparing.run(run)
		difference = frappe.get_last_doc("Sync Difference", {"reconciliation": run})
		self.assertEqual((difference.kind, difference.external_id), ("Missing here", f"X{EVIL}"))
		cursor = frappe.db.get_value("Sync Cursor", {"field_mapping": FLOW})
		for path in (
			f"/app/sync-cursor/{cursor}",
			"/app/sync-cursor/view/report",
			f"/app/sync-difference/{difference.name}",
			"/app/sync-difference",
			"/app/sync-difference/view/report",
		):
			with self.subTest(path):
				self.assert_inert(path)

	def test_an_integration_user_sees_and_does_not_start(self):
		self.pulls()
		self.outside({"id": "B-1", "name": make.unique("Brand"), "text": "first"})
		self.fetch()
		run = self._started()
		comparing.run(run)
		self.as_user()
		self.desk.open(FORM)
		self.desk.click("Pull", ".nav-link")
		self.desk.see("1 page · 1 record")
		self.assertEqual([button for button in self.buttons() if "Pull" in button], [])
		self.desk.open(f"/app/sync-reconciliation/{run}")
		self.desk.see("Result")
		self.assertNotIn("Compare Again", self.buttons())
		self.desk.open("/app/erp-connect")
		for text in ("Held for Review", "0 in trouble", "Comparisons"):
			self.desk.see(text)
