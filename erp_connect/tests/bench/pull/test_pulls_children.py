"""Records that lie below others: every child of every parent, once, also when a worker dies or a page fails."""

from __future__ import annotations

import frappe

from erp_connect.api import reconciliation
from erp_connect.config import exchange_format
from erp_connect.inbound.process import process
from erp_connect.operate import pull_preview
from erp_connect.reconcile import run as compare
from erp_connect.store import sync_cursor
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.bench.pull_case import FLOW, SINCE, PullCase
from erp_connect.tests.fakes.paged_children import children_path, parent_of
from erp_connect.tests.fakes.paged_records import number_of

COUNT = 120
ROWS = [make.row("brand", "id", is_match_key=1), make.row("description", "_parent.title")]
CHILDREN = {
	"pull_path": "/parents/{_parent.id}/children",
	"pull_records": "data",
	"paging": "Offset",
	"page_size": 5,
	"parent_path": "/parents",
	"parent_records": "data[].{id: id, title: title}",
	"rows": ROWS,
}


class ChildrenCase(PullCase):
	def start(self, **values: object) -> None:
		self.serve(COUNT)
		self.pulls(**{**CHILDREN, **values})

	def titles(self) -> dict[str, str]:
		rows = frappe.get_all("Brand", {"name": ("like", "R-%")}, ["name", "description"], limit=0)
		return {row.name: row.description for row in rows}

	def work_off(self) -> None:
		self.commit()
		while not self.settled():
			process(make.ACCOUNT)


class TestChildren(ChildrenCase):
	def test_every_child_is_written_with_what_its_parent_says(self):
		self.start()
		cursor = self.pull()
		self.assertEqual(
			(cursor.status, cursor.fetched, cursor.position), ("Idle", COUNT, None), cursor.error
		)
		self.work_off()
		self.assert_written_once()
		expected = {id_: f"Parent {parent_of(number_of(id_))}" for id_ in self.source.records.ids}
		self.assertEqual(self.titles(), expected)

	def test_a_page_of_children_that_fails_is_asked_for_again_and_no_other_parent(self):
		self.start()
		path = children_path(12)
		self.source.fail(path, page=2)
		self.assertEqual(self.pull().status, "Retrying")
		asked = len(self.source.requests)
		self.lease_runs_out()
		self.assertEqual(self.go_on().status, "Idle")
		again = self.source.requests[asked]
		self.assertEqual((again.path, again.values["offset"]), (path, "5"))
		self.assert_stored_once()

	def test_parents_that_did_not_change_are_not_asked_again(self):
		self.start(
			parent_records="data[].{id: id, title: title, modified: modified}",
			parent_changed="modified",
			parent_parameters=[SINCE],
		)
		self.pull()
		self.assertEqual(self.asked("/parents")[0].get("since"), None)
		self.source.records.mutate("R-000040")
		self.source.requests.clear()
		self.pull()
		self.assertTrue(self.asked("/parents")[0]["since"])
		self.assertTrue(self.source.count(children_path(parent_of(40))))
		self.assertEqual(self.source.count(children_path(3)), 0)
		self.assertEqual(len(self.records(external_id="R-000040")), 2)

	def test_a_parent_that_is_gone_meanwhile_is_passed_over_and_told(self):
		self.start()
		self.source.gone_parents = {7}
		cursor = self.pull()
		self.assertEqual((cursor.status, cursor.fetched), ("Idle", COUNT - 7))
		self.assertIn("1 of the parents", cursor.error)

	def test_an_address_that_is_wrong_for_all_is_an_error_and_not_an_empty_list(self):
		self.start(pull_path="/parents/{_parent.id}/variants")
		cursor = self.pull()
		self.assertNotEqual(cursor.status, "Idle")
		self.assertTrue(self.trouble().error)

	def test_preview_shows_children_of_the_first_parent_that_has_any(self):
		self.start()
		told = pull_preview.run(self.flow)
		self.assertTrue(told["ok"], told["message"])
		self.assertIn(children_path(1), told["called"])
		self.assertEqual(told["records"][0]["values"]["description"], "Parent 1")
		self.assertEqual(self.source.count("/parents"), 1)

	def test_preview_tells_what_is_wrong_with_the_list_by_its_own_field(self):
		self.start(parent_records="items")
		told = pull_preview.run(self.flow)
		self.assertFalse(told["ok"])
		self.assertIn("Parents in the answer", told["message"])

	def test_an_export_carries_everything_of_it(self):
		self.start(parent_parameters=[SINCE], parent_paged=0)
		name = exchange_format.import_(exchange_format.export(self.flow), make.ACCOUNT, "Copy of children")
		self.addCleanup(frappe.delete_doc, "Field Mapping", name)
		copy = frappe.get_doc("Field Mapping", name)
		for field in ("parent_path", "parent_records", "parent_paged"):
			self.assertEqual(copy.get(field), self.flow.get(field), field)
		self.assertEqual(copy.parent_parameters[0].value, "{since}")

	def test_records_that_are_fetched_each_keep_their_parent(self):
		self.start(fetch_path="/records/{external_id}", fetch_each=1)
		self.pull()
		self.work_off()
		self.assertEqual(self.titles()["R-000004"], "Parent 3")

	def test_other_parents_start_the_walk_over(self):
		self.start()
		self.source.fail(children_path(12), page=2)
		self.pull()
		self.change(parent_records="data[?count > `0`].{id: id, title: title}")
		self.source.requests.clear()
		self.lease_runs_out()
		self.go_on()
		self.assertEqual(self.source.requests[0].path, "/parents")


class TestComparedChildren(ChildrenCase):
	def test_a_comparison_walks_through_the_parents(self):
		self.start()
		self.pull()
		self.work_off()
		gone = "R-000050"
		self.source.records.remove(gone)
		self.source.records.mutate("R-000060")
		name = reconciliation.start(FLOW)
		self.commit()
		compare.run(name)
		run = frappe.get_doc("Sync Reconciliation", name)
		self.assertEqual((run.status, run.checked_there), ("Completed", COUNT - 1), run.error)
		found = frappe.get_all("Sync Difference", {"reconciliation": name}, ["kind", "external_id"])
		self.assertEqual([(row.kind, row.external_id) for row in found], [("Missing there", gone)])


class TestKilledAmongChildren(PullCase):
	def dies(self, place: str, when: str) -> None:
		self.serve(COUNT)
		self.pulls(**CHILDREN)
		sync_cursor.make_due(FLOW)
		self.commit()
		victim = self.worker(die=place, when=when)
		services.scheduler_tick()
		self.wait_for(lambda: not victim.running, 20, "the worker did not die")
		self.assertFalse(self.done())
		self.worker()
		self.lease_runs_out()
		self.sweep_until_done()
		self.assert_written_once()

	def test_between_storing_a_page_of_children_and_the_commit(self):
		self.dies("erp_connect.store.sync_cursor:advance", "third")

	def test_right_after_the_commit_of_a_page_of_children(self):
		self.dies("erp_connect.jobs.wakeup:Wakeup.wake", "before")
		self.assertEqual(self.cursor().known, 0)  # no page was fetched twice
