"""Lists and forms of what is completed, in a real browser: green only once the events behind it are done as well."""

from __future__ import annotations

import json

import frappe

from erp_connect.api import events, flows
from erp_connect.inbound.process import process
from erp_connect.outbound import backfill
from erp_connect.pull import load_run, loading
from erp_connect.pull import run as pulling
from erp_connect.store import sync_cursor
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.desk_case import DeskCase
from erp_connect.tests.fakes.fault_server import Reply

FLOW = "Test Brand"
# Colour and words of the first row of a list, as a person sees them.
PILL = """
const pill = [...document.querySelectorAll(".list-row .indicator-pill")].find((one) => one.offsetParent);
return pill && [["red", "green", "blue", "orange", "gray"].find((one) => pill.classList.contains(one)), pill.innerText.trim()];
"""
HEAD = """
const pill = [...document.querySelectorAll(".page-head .indicator-pill")].find((one) => one.offsetParent);
return pill && [["red", "green", "blue", "orange", "gray"].find((one) => pill.classList.contains(one)), pill.innerText.trim()];
"""
LISTED = "return cur_list?.doctype === 'Sync Log' && cur_list.data.map((row) => row.name)"
FAILED = "One event failed"
# With filters of its own: a list remembers those it was left with.
EVENTS = f"/app/sync-log?integration={make.ACCOUNT}"


class TestDeskLeft(DeskCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url(), error_expression="error", breaker_threshold=0)

	def incoming(self) -> None:
		make.brand_flow_in_windows()
		self.commit()
		good, bad = ({"id": f"B-{number}", "changed": "2026-11-01T00:00:00Z"} for number in (1, 2))
		self.receiver.script("/list", Reply(200, {"data": [good | {"name": make.unique("Brand")}, bad]}))

	def sees(self, script: str, *wanted: str) -> None:
		self.desk.until(lambda: self.desk.run(script) == list(wanted), f"{wanted}: {self.desk.run(script)}")

	def leads_to(self, event: str) -> None:
		self.desk.until(lambda: self.desk.run(LISTED) == [event], "the event that failed, and no other")

	def shown(self, path: str, event: str, picture: str) -> None:
		"""List and form of a record, which is the only one, say in red that an event failed, and lead to it."""
		self.desk.open(path)
		self.sees(PILL, "red", "1 failed")
		self.shot(f"{picture}-list")
		self.desk.click("Events", ".list-row .btn-action")
		self.leads_to(event)
		self.desk.open(f"{path}/{self.name_of(path)}")
		self.sees(HEAD, "red", FAILED)
		self.shot(f"{picture}-form")
		self.desk.click(FAILED, ".form-message a, .form-dashboard a")
		self.leads_to(event)

	def name_of(self, path: str) -> str:
		frappe.db.rollback()
		return frappe.get_all(frappe.unscrub(path.split("/")[-1].replace("-", "_")), pluck="name")[0]

	def test_a_backfill_is_green_once_its_events_are_delivered(self):
		make.brand_flow()
		brands = [make.brand(text).name for text in ("good", "bad")]
		frappe.db.delete("Sync Log")
		self.receiver.script(
			"/brands", Reply(422, {"error": "no"}), Reply(201, {"id": "1"}), Reply(201, {"id": "2"})
		)
		name = flows.start_backfill(FLOW, json.dumps([["name", "in", brands]]))
		self.commit()
		backfill.run(name)
		self.desk.open("/app/sync-backfill")
		self.sees(PILL, "blue", "2 under way")
		self.deliver()
		self.commit()
		failed = self.event(status="Failed").name
		self.shown("/app/sync-backfill", failed, "backfill")
		events.retry([failed])
		self.commit()
		self.deliver()
		self.commit()
		self.desk.open("/app/sync-backfill")
		self.sees(PILL, "green", "Completed")
		self.desk.open(f"/app/sync-backfill/{name}")
		self.sees(HEAD, "green", "Completed")

	def test_a_load_is_green_once_its_records_are_written(self):
		self.incoming()
		name = loading.begin(FLOW, "2026-11-01T00:00:00Z")
		self.commit()
		load_run.run(name)
		process(make.ACCOUNT)
		self.commit()
		failed = self.event(status="Failed").name
		self.shown("/app/sync-load", failed, "load")

	def test_a_pull_is_green_once_its_records_are_written(self):
		self.incoming()
		sync_cursor.ensure(FLOW, make.ACCOUNT)
		sync_cursor.make_due(FLOW)
		self.commit()
		pulling.run(FLOW)
		process(make.ACCOUNT)
		self.commit()
		failed = self.event(status="Failed").name
		self.shown("/app/sync-cursor", failed, "pull")

	def test_what_was_taken_in_part_is_not_green(self):
		self.incoming()
		frappe.db.set_value("Field Mapping", FLOW, "topics", "brands/create")
		name = self.came_in(topic="brands/create", id="B-7", name=make.unique("Brand"))
		self.desk.open(EVENTS)
		self.sees(PILL, "green", "Processed")
		frappe.db.set_value("Sync Log", name, "outcome", "not_all_taken")
		self.commit()
		self.desk.open(EVENTS)
		self.sees(PILL, "orange", "Not all taken")
		self.shot("in-part")
		failed = self.came_in(topic="brands/create", id="B-8")
		self.assertEqual(self.event(name=failed).status, "Failed", self.history())
		self.desk.run("erp_connect.events.act('retry', arguments[0])", [name, failed])
		self.desk.see("1 of 2 events queued again.")
		self.assertTrue(self.desk.run("return Boolean(document.querySelector('.desk-alert.orange'))"))

	def test_it_is_told_to_those_who_see_the_events(self):
		make.brand_flow()
		name = flows.start_backfill(FLOW)
		self.commit()
		self.addCleanup(frappe.set_user, "Administrator")
		self.assertEqual(list(events.not_done("Sync Backfill", [name])), [name])
		with self.assertRaises(frappe.ValidationError):
			events.not_done("User", ["Administrator"])
		frappe.set_user(make.user("left-nobody@example.com", ("Stock User",)))
		with self.assertRaises(frappe.PermissionError):
			events.not_done("Sync Backfill", [name])
