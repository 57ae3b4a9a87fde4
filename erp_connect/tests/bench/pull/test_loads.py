"""Loads in windows of time: all of years, once, whatever the source cuts off, while changes go on coming."""

from __future__ import annotations

import datetime as dt
import json

import frappe

from erp_connect.api import loads as calls
from erp_connect.compat import acting_as
from erp_connect.core.values import cursor as times
from erp_connect.operate import sweep
from erp_connect.pull import loading, run
from erp_connect.store import loads
from erp_connect.tests.bench import services
from erp_connect.tests.bench.load_case import BEGIN, LOAD, LoadCase
from erp_connect.tests.bench.pull_case import FLOW, OFFSET, SINCE
from erp_connect.tests.fakes.paged_windows import PATH


def moment(text: str) -> dt.datetime:
	return times.as_moment(text, "UTC")


class TestLoads(LoadCase):
	def test_every_record_of_years_comes_once_though_each_query_gives_but_a_few(self):
		self.start()
		load = self.go_on_loading()
		self.assertEqual((load.status, load.error or "", load.failures), ("Completed", "", 0))
		self.assert_stored_once()
		self.assertEqual((load.progress, load.queued), (100, 150))
		self.assertIsNone(load.window_start)
		starts = [start for start, _end in self.windows()]
		self.assertEqual(starts, sorted(starts), "not from old to new")
		self.assertGreater(load.windows, 3)
		self.assertEqual(self.source.count(PATH), load.pages)
		self.assertFalse([asked for asked in self.of_load() if "since" in asked])

	def test_windows_leave_no_gap(self):
		self.start()
		self.go_on_loading()
		reached = BEGIN
		for start, end in self.windows():
			self.assertLess(moment(start), moment(reached))
			reached = max(reached, end)
		self.assertLess(abs((moment(reached) - moment(self.load().up_to)).total_seconds()), 1)

	def test_the_place_and_the_window_under_way_are_shown(self):
		self.start()
		self.source.fail(PATH, page=12)
		load = self.go_on_loading()
		self.assertEqual(load.status, "Retrying")
		self.assertTrue(0 < load.progress < 100, load.progress)
		self.assertTrue(BEGIN < load.window_start < load.window_end < load.up_to)

	def test_a_page_that_fails_is_asked_for_again_in_the_same_window(self):
		self.start()
		self.source.fail(PATH, page=9)
		self.assertEqual(self.go_on_loading().status, "Retrying")
		before = self.asked(PATH)
		self.wait_passes()
		self.assertEqual(self.go_on_loading().status, "Completed")
		self.assertEqual(self.asked(PATH)[len(before)], before[-1])
		self.assert_stored_once()
		self.assertEqual(self.event(event="load_run").status, "Processed")

	def test_a_refused_window_is_halved(self):
		self.start(window_records=0)
		self.source.windows.longest = 35
		load = self.go_on_loading()
		self.assertEqual((load.status, load.error or ""), ("Completed", ""))
		self.assert_stored_once()
		self.assertGreater(len(self.windows()), 3)

	def test_pages_beyond_those_that_the_source_gives_are_a_refusal(self):
		self.start(window_records=0, page_total="", page_size=20)
		self.assertEqual(self.go_on_loading().status, "Completed")
		self.assert_stored_once()

	def test_a_source_that_is_too_slow_is_asked_for_less_at_the_second_time(self):
		self.start(window_records=0)
		self.source.windows.longest, self.source.windows.refusal = 35, 504
		states = []
		for _try in range(20):
			states.append(self.go_on_loading().status)
			if states[-1] == "Completed":
				break
			self.wait_passes()
		self.assertEqual((states[0], states[-1]), ("Retrying", "Completed"), states)
		self.assert_stored_once()

	def test_what_is_refused_however_short_waits_for_a_person(self):
		self.start()
		self.source.windows.longest, self.source.windows.refusal = -1, 400
		load = self.go_on_loading()
		self.assertEqual(load.status, "Stopped")
		self.assertIn("400", load.error)
		self.assertLess(self.source.count(PATH), 15)
		self.assertEqual(self.event(event="load_run").status, "Failed")
		self.source.windows.longest = 0
		calls.resume(self.name)
		self.assertEqual(self.go_on_loading().status, "Completed")
		self.assert_stored_once()
		self.assertEqual(self.event(event="load_run").status, "Processed")

	def test_a_place_among_pages_that_has_expired_begins_its_window_again_on_resume(self):
		self.start()
		self.source.fail(PATH, page=9, status=404)
		load = self.go_on_loading()
		self.assertEqual((load.status, json.loads(load.position)["at"]), ("Stopped", None), load.error)
		calls.resume(self.name)
		self.assertEqual(self.go_on_loading().status, "Completed")
		self.assert_stored_once()

	def test_other_settings_in_the_middle_begin_the_window_again_and_lose_nothing(self):
		self.start()
		self.source.fail(PATH, page=9)
		self.go_on_loading()
		self.change(window_days=100, page_size=7)
		self.wait_passes()
		self.assertEqual(self.go_on_loading().status, "Completed")
		self.assert_stored_once()

	def test_a_flow_that_leads_elsewhere_stops_the_load(self):
		self.start()
		self.change(window_days=0, window_records=0, pull_parameters=[SINCE])
		load = self.go_on_loading()
		self.assertEqual(load.status, "Stopped")
		self.assertIn("give it up", load.error)
		self.assertEqual(self.asked(PATH), [])


class TestChangesMeanwhile(LoadCase):
	def test_changes_are_pulled_beside_it_from_before_it_began(self):
		self.start()
		cursor = self.cursor()
		self.assertEqual(cursor.status, "Running")
		began = moment(self.load().up_to)
		self.assertEqual(began - moment(cursor.since), loading.SEAM)
		run.run(FLOW)
		self.assertEqual([asked["since"] for asked in self.of_pull()], [cursor.since])
		self.assertEqual(self.stored(), [])
		self.assertEqual(self.go_on_loading().status, "Completed")
		self.assert_stored_once()

	def test_what_changes_during_the_load_comes_and_nothing_older_after_it(self):
		self.start()
		changed = ("R-000001", "R-000120")

		def change_and_pull() -> None:
			self.source.records.mutate(*changed)
			self.pull()

		self.in_the_middle(change_and_pull)
		self.assertEqual(self.go_on_loading().status, "Completed")
		self.pull()
		self.work_off()
		for id_ in changed:
			link = frappe.get_all("Sync Link", {"external_id": id_}, ["remote_version"])[0]
			self.assertEqual(link.remote_version, "2", id_)

	def test_a_page_that_was_asked_for_before_a_change_came_does_not_undo_it(self):
		# Without a version, nothing but the time tells which state is the newer one.
		self.start(inbound_version_expression="", window_days=60)

		def change_and_pull() -> None:
			"""The page with the old state came, and the pull is quicker."""
			self.source.records.mutate("R-000001")
			self.pull()

		self.in_the_middle(change_and_pull, after=1)
		self.assertEqual(self.go_on_loading().status, "Completed")
		states = [json.loads(row.request_body)["version"] for row in self.records(external_id="R-000001")]
		self.assertEqual(states, [2], "an older state came after the newer one")

	def test_a_first_pull_of_everything_is_left_to_the_load(self):
		self.serve(150)
		self.pulls(**{**OFFSET, "changed_expression": "modified", "page_size": 10})
		self.source.fail("/offset", page=3)
		self.assertEqual(self.pull().status, "Retrying")
		self.change(**{**LOAD, "pull_parameters": LOAD["pull_parameters"]})
		self.name = loading.begin(FLOW, BEGIN)
		self.commit()
		cursor = self.cursor()
		self.assertEqual((cursor.status, cursor.position, cursor.whole), ("Running", None, 0))
		self.assertTrue(cursor.since)

	def test_a_pull_of_changes_keeps_its_time(self):
		self.serve(10)
		self.pulls(**LOAD)
		self.pull()
		before = self.cursor()
		self.assertTrue(before.since)
		self.name = loading.begin(FLOW, BEGIN)
		self.commit()
		self.assertEqual(self.cursor().since, before.since)

	def test_a_flow_that_tells_no_changes_keeps_fetching_everything(self):
		self.start(changed_expression="", pull_parameters=LOAD["pull_parameters"][1:])
		self.assertFalse(self.cursor().since)


class TestSteering(LoadCase):
	def test_it_is_stopped_and_resumed_where_it_was(self):
		self.start()
		self.in_the_middle(lambda: self.by_hand(calls.stop))
		self.assertEqual(self.go_on_loading().status, "Stopped")
		before = self.asked(PATH)
		self.go_on_loading()
		self.assertEqual(self.asked(PATH), before, "a stopped load went on")
		calls.resume(self.name)
		self.assertEqual(self.go_on_loading().status, "Completed")
		self.assertEqual(self.asked(PATH)[len(before)], before[-1])
		self.assert_stored_once()

	def by_hand(self, call) -> None:
		"""As a person, while the load acts as the user of its account."""
		with acting_as("Administrator"):
			call(self.name)
		self.commit()

	def test_it_is_given_up_and_another_one_begun(self):
		self.start()
		self.source.fail(PATH, page=9)
		self.go_on_loading()
		with self.assertRaisesRegex(frappe.ValidationError, "not over"):
			calls.start(FLOW, BEGIN)
		self.by_hand(calls.give_up)
		load = self.load()
		self.assertEqual((load.status, load.due_at), ("Cancelled", None))
		self.assertTrue(load.finished)
		self.assertEqual(self.event(event="load_run").status, "Cancelled")
		kept = set(self.stored())
		self.assertTrue(kept)
		for call in (calls.resume, calls.stop, calls.give_up):
			with self.subTest(call.__name__), self.assertRaises(frappe.ValidationError):
				call(self.name)
		self.name = calls.start(FLOW, "2024-06-01T00:00:00Z")
		self.assertEqual(self.go_on_loading().status, "Completed")
		self.assertEqual(moment(self.windows()[-1][0]).year, dt.datetime.now().year)

	def test_what_the_dialog_offers(self):
		self.start()
		self.assertEqual(calls.proposal(FLOW)["unfinished"], self.name)
		self.assertEqual(calls.proposal(FLOW)["days"], 400)
		calls.give_up(self.name)
		self.change(pull_since="2023-05-01T00:00:00Z")
		self.assertEqual(
			calls.proposal(FLOW), {"since": "2023-05-01T00:00:00Z", "days": 400, "unfinished": None}
		)

	def test_a_start_is_written_as_the_other_side_writes_times(self):
		self.serve(1, {"time_zone": "UTC"})
		self.pulls(**{**LOAD, "window_since": "2015-01-01T00:00:00"})
		for typed, written in (
			("2020-01-31", "2020-01-31T00:00:00"),
			("2020-01-31T01:00:00+01:00", "2020-01-31T00:00:00"),
			("1580428800", "2020-01-31T00:00:00"),
		):
			name = calls.start(FLOW, typed)
			with self.subTest(typed):
				load = frappe.get_doc("Sync Load", name)
				self.assertEqual(load.since, written)
				self.assertRegex(load.up_to, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$")
				self.assertRegex(self.cursor_since(), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$")
			loads.give_up(name)
		self.assertEqual(calls.proposal(FLOW)["since"], "2015-01-01T00:00:00")

	def cursor_since(self) -> str:
		return frappe.db.get_value("Sync Cursor", {"field_mapping": FLOW}, "since")

	def test_an_oldest_record_that_is_no_time_is_told_when_the_flow_is_saved(self):
		self.serve(1)
		with self.assertRaisesRegex(frappe.ValidationError, "Oldest record: .* is no time"):
			self.pulls(**{**LOAD, "window_since": "long ago"})

	def test_a_bad_start_is_refused_in_words(self):
		self.serve(1)
		self.pulls(**LOAD)
		for since, words in (("", "no time"), ("soon", "no time"), ("2099-01-01T00:00:00Z", "not come yet")):
			with self.subTest(since), self.assertRaisesRegex(frappe.ValidationError, words):
				calls.start(FLOW, since)
		self.assertEqual(frappe.db.count("Sync Load"), 0)

	def test_a_flow_without_windows_is_refused_in_words(self):
		self.serve(1)
		self.pulls()
		for call in (lambda: calls.start(FLOW, BEGIN), lambda: calls.proposal(FLOW)):
			with self.assertRaisesRegex(frappe.ValidationError, "not loaded in windows"):
				call()

	def test_loads_of_a_deleted_flow_go_with_it(self):
		self.start()
		self.flow.reload()
		self.flow.delete()
		self.assertEqual(frappe.db.count("Sync Load"), 0)

	def test_old_loads_are_forgotten(self):
		self.start()
		for _load in range(loads.KEPT + 2):
			loads.give_up(self.name)
			self.name = loads.create(FLOW, self.flow.integration, BEGIN, BEGIN)
		self.assertEqual(frappe.db.count("Sync Load"), loads.KEPT)


class TestKilled(LoadCase):
	def test_a_worker_that_dies_in_a_window_neither_skips_nor_doubles(self):
		self.start(window_days=60, page_size=7)
		victim = self.worker(die="erp_connect.store.loads:advance", when="third")
		services.scheduler_tick()
		self.wait_for(lambda: not victim.running, 20, "the worker did not die")
		self.assertEqual(self.load().status, "Running")
		self.worker()
		self.wait_passes()
		sweep.sweep()
		self.wait_for(lambda: self.load().status == "Completed" and self.settled(), 40, "not loaded")
		self.assert_written_once()
