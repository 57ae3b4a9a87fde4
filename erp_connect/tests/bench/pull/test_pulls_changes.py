"""What a pull takes for news, over many runs: changes, late ones, returns, failures that were corrected, schedules."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import frappe
from frappe.utils import get_datetime, now_datetime

from erp_connect.api import events, pulls
from erp_connect.config import inflow
from erp_connect.operate import sweep
from erp_connect.records import deletion
from erp_connect.store import sync_cursor
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.bench.pull_case import CHANGED, FLOW, SINCE, PullCase, ScriptedCase
from erp_connect.tests.fakes.fault_server import Reply

REQUIRED = [make.row("brand", "id", is_match_key=1), make.row("description", "name", required=1)]


class ChangesCase(PullCase):
	def alter(self, external_id: str, **values: Any) -> None:
		"""Let the source give another content of a record, with no other version or time."""
		original = self.source.records._record

		def altered(number: int) -> dict[str, Any]:
			record = original(number)
			return {**record, **values} if record["id"] == external_id else record

		self.source.records._record = altered

	def described(self, external_id: str) -> str:
		frappe.db.rollback()
		return frappe.db.get_value("Brand", external_id, "description")


class TestNews(ChangesCase):
	def test_ten_more_runs_over_unchanged_records_make_no_event(self):
		for values in ({}, CHANGED, {**CHANGED, "pull_overlap": "1d"}, {"inbound_version_expression": ""}):
			with self.subTest(values):
				self.setUp()
				self.serve(120)
				self.pulls(**values)
				self.pull()
				self.work()
				for number in range(10):
					cursor = self.pull(whole=number % 2)
					self.assertEqual((cursor.status, cursor.queued), ("Idle", 0), cursor.error)
					self.work()
				self.assert_written_once()
				self.doCleanups()

	def test_only_what_changed_is_asked_for_and_written(self):
		self.serve(300)
		self.pulls(**CHANGED)
		self.pull()
		self.work()
		asked = len(self.asked("/changed-since"))
		self.source.records.mutate("R-000007", "R-000200")
		new = self.source.records.add(2)
		cursor = self.pull()
		self.assertEqual((cursor.queued, cursor.pages), (4, 1), cursor)
		self.assertTrue(self.asked("/changed-since")[asked]["since"])
		self.work()
		self.assertEqual(len(self.records()), 304)
		self.assertTrue(all(frappe.db.exists("Brand", name) for name in new))
		self.assertEqual(self.links(external_id="R-000007")[0].remote_version, "2")

	def told(self, change) -> list[str]:
		frappe.clear_messages()
		change()
		self.commit()
		messages = map(frappe.parse_json, frappe.get_message_log())
		return [message["message"] for message in messages if message.get("title") == "Older records"]

	def input(self, value: str) -> None:
		account = frappe.get_doc("Integration Settings", make.ACCOUNT)
		account.inputs[0].value = value
		account.save()

	def test_who_asks_for_other_records_is_told_that_older_ones_do_not_come(self):
		self.serve(3, account={"inputs": [{"key": "list", "value": "A"}, {"key": "other", "value": "1"}]})
		of_list = {"place": "Query", "key": "list", "value": "{input.list}"}
		with_list = {**CHANGED, "pull_parameters": [*CHANGED["pull_parameters"], of_list]}
		self.pulls(**with_list)
		self.assertEqual(self.told(lambda: self.input("B")), [], "nothing was fetched yet")
		self.pull()
		self.assertEqual(self.told(lambda: self.change(page_size=7, pull_overlap="1h")), [])
		[message] = self.told(lambda: self.input("C"))
		self.assertIn("Pull Everything", message)
		[message] = self.told(lambda: self.change(pull_parameters=CHANGED["pull_parameters"]))
		self.assertIn(self.cursor().since, message)
		self.assertEqual(self.told(lambda: self.input("D")), [], "the flow does not name it any more")

	def test_a_change_that_was_stored_late_is_found_by_the_overlap(self):
		for overlap, found in (("1h", 1), ("0s", 0)):
			with self.subTest(overlap):
				self.setUp()
				self.serve(300)
				self.pulls(**{**CHANGED, "pull_overlap": overlap})
				self.pull()
				late = self.source.records.add()[0]
				self.source.records.share_time("R-000001", late)
				self.assertEqual(self.pull().queued, found)
				self.assertEqual(late in self.stored(), bool(found))
				self.doCleanups()

	def test_changed_content_is_written_although_version_and_time_are_the_same(self):
		self.serve(60)
		self.pulls()
		self.pull()
		self.work()
		self.alter("R-000007", name="Corrected")
		self.assertEqual(self.pull().queued, 1)
		self.work()
		self.assertEqual(self.described("R-000007"), "Corrected")
		self.assertEqual(self.pull().queued, 0)

	def test_a_state_that_comes_back_is_written_again(self):
		self.serve(10)
		self.pulls()
		for name in ("Record 7", "Other", "Record 7"):
			self.alter("R-000007", name=name)
			self.pull()
			self.work()
			self.assertEqual(self.described("R-000007"), name)
		self.assertEqual(len(self.records(external_id="R-000007")), 3)

	def test_a_record_twice_on_a_page_is_one_event_with_the_later_state(self):
		self.serve(10)
		self.pulls()
		self.source.records._by_number.insert(3, 1)
		self.assertEqual(self.pull().queued, 10)
		self.assertEqual(self.stored().count("R-000001"), 1)

	def test_a_change_time_far_ahead_hides_no_later_change(self):
		self.serve(20)
		self.pulls(**CHANGED)
		self.alter("R-000020", modified="2099-01-01T00:00:00Z")
		cursor = self.pull()
		self.assertEqual(cursor.status, "Idle", cursor.error)
		self.assertLess(cursor.since, "2025")
		self.source.records.mutate("R-000003")
		self.source.records.mutate("R-000020")  # stays last in the list
		self.pull()
		self.assertEqual(self.stored().count("R-000003"), 2)


class TestNewestFirst(ScriptedCase):
	"""A source that lists every change of a record, the newest first."""

	STATES = tuple({"id": "R-000001", "name": f"state {number}", "version": number} for number in (3, 2, 1))
	OTHERS = tuple({"id": f"R-00000{number}", "name": "other", "version": 1} for number in (2, 3, 4))

	def lists(self, *pages: tuple[dict[str, Any], ...]) -> None:
		self.receiver.script(
			"/items", *(Reply(200, {"data": list(page)}) for page in pages), Reply(200, {"data": []})
		)

	def assert_newest(self) -> None:
		self.work()
		self.assertEqual(frappe.db.get_value("Brand", "R-000001", "description"), "state 3", self.history())
		self.assertEqual(self.links(external_id="R-000001")[0].remote_version, "3")

	def test_on_one_page(self):
		self.lists(self.STATES)
		self.pulls(pull_path="/items", pull_records="data", paging="None")
		self.assertEqual(self.pull().queued, 1)
		self.assert_newest()

	def test_over_several_pages_that_are_stored_before_anything_is_written(self):
		pages = list(zip(self.STATES, self.OTHERS, strict=True))
		self.lists(*pages)
		self.pulls(pull_path="/items", pull_records="data", paging="Page", page_size=2)
		self.assertEqual(self.pull().status, "Idle")
		self.assertEqual(self.stored().count("R-000001"), 1)
		self.assert_newest()
		self.lists(*pages)
		self.assertEqual(self.pull(whole=True).queued, 0)  # nothing is news again, however often it is listed

	def test_one_that_was_deleted_and_is_made_anew_begins_anew(self):
		self.lists(({"id": "R-000001", "name": "the first one", "version": 57},))
		self.pulls(pull_path="/items", pull_records="data", paging="None", allow_delete=1)
		self.pull()
		self.work()
		deletion.delete(inflow.load(FLOW), "R-000001")
		self.commit()
		self.lists(({"id": "R-000001", "name": "another one", "version": 1},))
		self.pull()
		self.work()
		self.assertEqual(
			frappe.db.get_value("Brand", "R-000001", "description"), "another one", self.history()
		)


class TestSinceAndWhole(ChangesCase):
	def test_the_first_run_starts_where_the_flow_says(self):
		self.serve(70)
		self.pulls(**{**CHANGED, "pull_since": "2024-01-01T00:00:08Z"})
		self.assertEqual(self.pull().queued, 14)
		self.assertEqual(self.asked("/changed-since")[0]["since"], "2024-01-01T00:00:08Z")

	def test_a_long_mark_is_asked_for_whole(self):
		"""Some systems give a mark where others have a time."""
		mark = "9" * 600
		self.serve(10)
		self.pulls(**CHANGED)
		self.pull()
		asked = len(self.asked("/changed-since"))
		self.assertEqual(self.pull(since=mark).since, mark)
		self.assertEqual(self.asked("/changed-since")[asked]["since"], mark)

	def test_since_a_time_and_everything_on_demand(self):
		self.serve(70)
		self.pulls(**CHANGED)
		self.pull()
		end = self.cursor().since
		pulls.pull_now(FLOW, since="2024-01-01T00:00:08Z")
		self.assertEqual((self.go_on().fetched, self.cursor().since), (14, end))
		pulls.pull_now(FLOW, whole=True)
		asked = len(self.asked("/changed-since"))
		cursor = self.go_on()
		self.assertEqual((cursor.fetched, cursor.queued, cursor.whole, cursor.since), (70 + 1, 0, 0, end))
		self.assertNotIn("since", self.asked("/changed-since")[asked])

	def test_a_flow_that_asks_in_another_way_starts_its_walk_over(self):
		self.serve(200)
		self.pulls(paging="Page", pull_path="/page", pull_records="", page_size=10, pull_parameters=[SINCE])
		self.source.fail("/page", page=8)
		self.assertEqual(self.pull().pages, 7)
		self.change(page_size=25)
		self.lease_runs_out()
		self.assertEqual(self.go_on().status, "Idle")
		self.assert_stored_once()

	def test_another_flow_setting_lets_the_walk_go_on(self):
		self.serve(200)
		self.pulls()
		self.source.fail("/offset", page=3)
		self.pull()
		self.change(on_missing="Hold for review")
		self.lease_runs_out()
		self.go_on()
		# Then what was read is looked at again.
		self.assertEqual(
			[asked["offset"] for asked in self.asked("/offset")][:6], ["0", "50", "100", "100", "150", "200"]
		)


class TestFailingRecords(ChangesCase):
	def setUp(self) -> None:
		super().setUp()
		self.serve(20)

	def one_fails(self) -> Any:
		self.alter("R-000007", name=None)
		self.pulls(rows=REQUIRED)
		self.pull()
		self.work()
		row = self.record("R-000007")
		self.assertEqual(row.status, "Failed", self.history())
		self.assertTrue(row.error)
		self.assertEqual(len(self.records(status="Processed")), 19)
		return row

	def test_one_stays_failed_and_visible_while_the_others_go_on(self):
		row = self.one_fails()
		for _ in range(3):
			self.assertEqual(self.pull().queued, 0)
			self.work()
		self.assertEqual(self.record("R-000007").name, row.name)
		self.assertEqual(self.record("R-000007").status, "Failed")

	def test_corrected_and_retried_it_is_written(self):
		row = self.one_fails()
		self.change(rows=[make.row("brand", "id", is_match_key=1), make.row("description", "email")])
		events.retry([row.name])
		self.work()
		self.assertEqual(self.record("R-000007").status, "Processed", self.history())
		self.assertEqual(self.described("R-000007"), "record7@example.com")

	def test_a_newer_state_takes_its_place(self):
		row = self.one_fails()
		self.source.records.mutate("R-000007")
		self.alter("R-000007", name="Right")
		self.pull()
		self.work()
		old, new = self.records(external_id="R-000007")
		self.assertEqual((old.name, old.status, old.superseded_by), (row.name, "Superseded", new.name))
		self.assertEqual((new.status, self.described("R-000007")), ("Processed", "Right"))
		self.assertEqual(events.retry([row.name]), 0)

	def test_a_newer_state_takes_the_place_of_one_on_hold_or_not_written_yet(self):
		for on_missing, before in (("Hold for review", "On Hold"), ("Create", "Received")):
			with self.subTest(before):
				self.pulls(on_missing=on_missing)
				self.pull()
				if before == "On Hold":
					self.work()
				self.assertEqual({row.status for row in self.records()}, {before})
				self.source.records.mutate("R-000007")
				self.pull()
				old, new = self.records(external_id="R-000007")
				self.assertEqual((old.status, new.status), ("Superseded", "Received"))
				self.work()
				self.assertEqual(self.record("R-000007", status=("!=", "Superseded")).name, new.name)
				frappe.delete_doc("Field Mapping", FLOW, force=True)
				frappe.db.delete("Sync Log")
				self.commit()


class TestSchedule(ChangesCase):
	def due(self) -> float:
		"""Seconds until the cursor is due, by the database's clock."""
		frappe.db.rollback()
		return frappe.db.sql("SELECT due_at - UNIX_TIMESTAMP() FROM `tabSync Cursor`")[0][0]

	def test_the_sweep_starts_what_is_due_and_the_next_run_follows_the_schedule(self):
		self.serve(60)
		self.pulls(pull_schedule="Cron", pull_cron="17 * * * *")
		upcoming = self.expected(minute=17)
		self.assertAlmostEqual(self.due(), (upcoming - now_datetime()).total_seconds(), delta=5)
		self.assertEqual(get_datetime(self.cursor().next_run).minute, 17)
		sweep.sweep()
		self.assertEqual(services.waiting("long"), [])
		frappe.db.sql("UPDATE `tabSync Cursor` SET due_at = UNIX_TIMESTAMP()")
		self.commit()
		sweep.sweep()
		sweep.sweep()
		self.assertEqual([job["flow"] for job in services.waiting("long")], [FLOW])
		self.go_on()
		self.assertEqual(len(self.stored()), 60)
		self.assertAlmostEqual(
			self.due(), (self.expected(minute=17) - now_datetime()).total_seconds(), delta=5
		)

	def expected(self, minute: int):
		now = now_datetime()
		upcoming = now.replace(minute=minute, second=0, microsecond=0)
		return upcoming if upcoming > now else upcoming + timedelta(hours=1)

	def test_a_changed_schedule_counts_at_once_and_a_disabled_flow_has_none(self):
		self.serve(10)
		self.pulls(pull_schedule="Daily")
		self.assertGreater(self.due(), 0)
		self.change(pull_schedule="Every Minute")
		self.assertLessEqual(self.due(), 60)
		self.change(enabled=0)
		self.assertIsNone(self.cursor().due_at)
		self.change(enabled=1, pull_schedule="")
		self.assertIsNone(self.cursor().due_at)
		self.change(pull_path="")
		self.assertEqual(frappe.db.count("Sync Cursor"), 0)

	def test_flows_of_accounts_and_flows_that_are_off_are_left_alone(self):
		self.serve(10)
		self.pulls()
		sync_cursor.make_due(FLOW)
		self.commit()
		self.assertEqual(sync_cursor.due_flows(), [FLOW])
		for doctype, name, field, off in (
			("Integration Settings", make.ACCOUNT, "enabled", 0),
			("Integration Settings", make.ACCOUNT, "paused", 1),
			("Field Mapping", FLOW, "enabled", 0),
		):
			frappe.db.set_value(doctype, name, field, off)
			self.assertEqual(sync_cursor.due_flows(), [], field)
			frappe.db.set_value(doctype, name, field, int(not off))
