"""Records asked for by documents here: each document once, by the account's rights, and one never keeps back another."""

from __future__ import annotations

import json

import frappe

from erp_connect.api import reconciliation
from erp_connect.config import exchange_format
from erp_connect.inbound.process import process
from erp_connect.operate import pull_preview
from erp_connect.store import sync_cursor
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.bench.pull_case import FLOW, PullCase
from erp_connect.tests.fakes.fault_server import Reply

WAITING = "waiting"
KEPT = "[?starts_with(brand, 'R-')].{name: name, number: brand}"
ROWS = [make.row("name", "_parent.name", is_match_key=1), make.row("description", "state")]
TRACKED = {
	"pull_path": "/track/{_parent.number}",
	"pull_records": "",
	"paging": "None",
	"parent_doctype": "Brand",
	"parent_filters": json.dumps([["Brand", "description", "=", WAITING]]),
	"parent_records": KEPT,
	"inbound_id_expression": "_parent.number",
	"inbound_version_expression": "",
	"on_missing": "Ignore",
	"rows": ROWS,
}


class DocumentsCase(PullCase):
	def start(self, count: int = 3, **values: object) -> list[str]:
		make.account(self.receiver.url(), breaker_threshold=0, retry_schedule="2s, 2s")
		names = [make.brand(WAITING, f"R-{number:03}").name for number in range(1, count + 1)]
		for name in names:
			self.receiver.script(f"/track/{name}", Reply(200, {"state": f"{name} delivered"}))
		self.pulls(**{**TRACKED, **values})
		return names

	def work_off(self) -> None:
		self.commit()
		while not self.settled():
			process(make.ACCOUNT)

	def states(self) -> dict[str, str]:
		return dict(
			frappe.get_all("Brand", {"name": ("like", "R-%")}, ["name", "description"], as_list=True, limit=0)
		)

	def asked(self) -> list[str]:
		return [request.path.removeprefix("/track/") for request in self.arrived()]


class TestDocumentsAsked(DocumentsCase):
	def test_each_chosen_document_gets_its_answer(self):
		names = self.start(3)
		other = make.brand("done", "R-900").name
		cursor = self.pull()
		self.assertEqual((cursor.status, cursor.fetched, cursor.error or ""), ("Idle", 3, ""))
		self.work_off()
		self.assertEqual(self.asked(), names)
		self.assertEqual(self.states(), {name: f"{name} delivered" for name in names} | {other: "done"})

	def test_what_is_done_is_not_asked_for_again(self):
		names = self.start(2)
		self.receiver.script("/track/R-002", Reply(200, {"state": WAITING}))
		for _run in range(2):
			self.pull()
			self.work_off()
		self.assertEqual(self.asked(), [*names, "R-002"])

	def test_more_than_a_page_of_documents(self):
		names = self.start(120)
		cursor = self.pull()
		self.assertEqual((cursor.status, cursor.fetched), ("Idle", 120))
		self.assertEqual(self.asked(), names)

	def test_without_any_document_nothing_is_asked(self):
		self.start(0)
		cursor = self.pull()
		self.assertEqual((cursor.status, cursor.fetched, self.asked()), ("Idle", 0, []))
		told = pull_preview.run(self.flow)
		self.assertTrue(told["ok"], told["message"])
		self.assertIn("no document", told["called"])

	def test_one_that_is_not_known_outside_keeps_back_no_other(self):
		self.start(4)
		self.receiver.script("/track/R-001", Reply(404, {"message": "unknown number"}))
		self.receiver.script("/track/R-003", Reply(422, {"message": "no such carrier"}))
		cursor = self.pull()
		self.assertEqual((cursor.status, cursor.fetched), ("Idle", 2))
		self.assertIn("Of 2 documents", cursor.error)
		self.assertIn("no such carrier", cursor.error)
		self.work_off()
		waiting = [name for name, state in self.states().items() if state == WAITING]
		self.assertEqual(waiting, ["R-001", "R-003"])

	def test_a_refusal_with_a_status_of_success_keeps_back_no_other(self):
		names = self.start(3, pull_records="shipments", rows=ROWS[:1] + [make.row("description", "said")])
		for name in names:
			self.receiver.script(f"/track/{name}", Reply(200, {"shipments": [{"said": f"{name} there"}]}))
		self.receiver.script(f"/track/{names[1]}", Reply(200, {"error": "unknown number"}))
		cursor = self.pull()
		self.assertEqual((cursor.status, cursor.fetched), ("Idle", 2), cursor.error)
		self.assertIn("Of 1 documents", cursor.error)

	def test_where_none_is_known_it_is_an_error(self):
		self.start(2, pull_path="/nowhere/{_parent.number}")
		self.receiver.script("/nowhere/R-001", Reply(404, {"message": "no route"}))
		self.receiver.script("/nowhere/R-002", Reply(404, {"message": "no route"}))
		cursor = self.pull()
		self.assertNotEqual(cursor.status, "Idle")
		self.assertIn("none of 2 documents", cursor.error)
		self.assertIn("no route", cursor.error)

	def test_an_outage_is_tried_again_at_the_same_document(self):
		names = self.start(3)
		self.receiver.script("/track/R-002", Reply(503), Reply(200, {"state": "at last"}))
		self.assertEqual(self.pull().status, "Retrying")
		self.lease_runs_out()
		self.assertEqual(self.go_on().status, "Idle")
		self.assertEqual(self.asked(), [names[0], names[1], names[1], names[2]])

	def test_a_worker_that_dies_goes_on_at_the_document_that_was_not_stored(self):
		names = self.start(12)
		sync_cursor.make_due(FLOW)
		self.commit()
		victim = self.worker(die="erp_connect.store.sync_cursor:advance", when="third")
		services.scheduler_tick()
		self.wait_for(lambda: not victim.running, 20, "the worker did not die")
		before = self.asked()
		self.assertFalse(self.done())
		self.lease_runs_out()
		self.assertEqual(self.go_on().status, "Idle")
		self.work_off()
		self.assertEqual(sorted(set(self.asked())), names)
		self.assertLessEqual(len(self.asked()) - len(names), 1, before)
		self.assertNotIn(WAITING, self.states().values())

	def test_the_preview_asks_for_the_first_document(self):
		self.start(2)
		told = pull_preview.run(self.flow)
		self.assertTrue(told["ok"], told["message"])
		self.assertIn("/track/R-001", told["called"])
		self.assertEqual(told["records"][0]["values"]["description"], "R-001 delivered")
		self.assertEqual(told["records"][0]["document"], "R-001")

	def test_an_export_carries_it(self):
		self.start(0)
		name = exchange_format.import_(exchange_format.export(self.flow), make.ACCOUNT, "Copy of tracking")
		self.addCleanup(frappe.delete_doc, "Field Mapping", name)
		copy = frappe.get_doc("Field Mapping", name)
		for field in ("parent_doctype", "parent_filters", "parent_records"):
			self.assertEqual(copy.get(field), self.flow.get(field), field)


class TestRights(DocumentsCase):
	def test_only_documents_are_asked_for_that_the_accounts_user_may_read(self):
		names = self.start(3)
		user = frappe.db.get_value("Integration Settings", make.ACCOUNT, "user")
		values = {"doctype": "User Permission", "user": user, "allow": "Brand", "for_value": names[1]}
		permission = frappe.get_doc(values).insert()
		self.commit()
		try:
			self.pull()
		finally:
			permission.delete()
			self.commit()
		self.assertEqual(self.asked(), [names[1]])

	def test_a_doctype_that_the_user_may_not_read_is_told(self):
		self.start(
			0, parent_doctype="Role", parent_filters="", parent_records="[].{name: name, number: name}"
		)
		self.assertIn("may not read", self.pull().error)


class TestRefusedAtSave(DocumentsCase):
	def refused(self, words: str, **values: object) -> None:
		with self.assertRaisesRegex(frappe.ValidationError, words):
			self.change(**values)
		frappe.db.rollback()

	def test_what_cannot_work_is_told_with_its_field(self):
		self.start(0)
		self.refused("not both", parent_path="/parents")
		self.refused("Parents in the answer", parent_records="")
		self.refused("Nothing here uses _parent", pull_path="/track")
		self.refused("Remove the filter by colour", parent_filters='[["Brand", "colour", "=", "red"]]')
		self.refused("damaged", parent_filters="{")
		self.refused("has no documents of its own", parent_doctype="System Settings", parent_filters="")
		self.refused("schedule of the comparison", reconcile_schedule="Daily")

	def test_it_cannot_be_compared(self):
		self.start(0)
		with self.assertRaisesRegex(frappe.ValidationError, "cannot be compared"):
			reconciliation.start(self.flow.name)
