"""Pulls of a source that answers for so many days at most: one window after the other, none left out, up to now."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from unittest.mock import patch

import frappe

from erp_connect.api import pulls as calls
from erp_connect.operate import pull_preview
from erp_connect.pull.walk import Walk
from erp_connect.tests.bench.pull_case import FLOW, PullCase
from erp_connect.tests.fakes.paged_windows import CHANGED_PATH

# Around which the records lie; a whole run begins long before these tests.
NOW = dt.datetime.now(dt.timezone.utc).replace(microsecond=0)
DAY = dt.timedelta(days=1)
DAYS = 30


def written(moment: dt.datetime) -> str:
	return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def read(text: str) -> dt.datetime:
	return dt.datetime.fromisoformat(text)


OLDEST = NOW - 80 * DAY
FIELDS = {
	"pull_path": CHANGED_PATH,
	"pull_records": "data",
	"paging": "Offset",
	"page_size": 2,
	"changed_expression": "modified",
	"window_days": DAYS,
	"window_pull": 1,
	"window_since": "{input.first_day}",
	"pull_parameters": [
		{"place": "Query", "key": "from", "value": "{window_start}"},
		{"place": "Query", "key": "to", "value": "{replace(window_end, 'Z', '+00:00')}"},
	],
}


def now() -> dt.datetime:
	return dt.datetime.now(dt.timezone.utc)


class WindowedCase(PullCase):
	"""Records of 70 days ago and of the last ten days; in between, nothing changed."""

	def start(self, **values: Any) -> None:
		inputs = [{"key": "first_day", "value": written(OLDEST)}]
		self.serve(0, account={"inputs": inputs, "time_zone": "UTC"})
		for ago, count in ((70, 4), (10, 3)):
			self.changed(ago, count)
		self.pulls(**{**FIELDS, **values})

	def changed(self, ago: float, count: int = 1) -> None:
		"""New records, so many days ago."""
		self.source.records.move_clock(NOW - ago * DAY)
		self.source.records.add(count)

	def windows(self) -> list[tuple[dt.datetime, dt.datetime]]:
		"""The windows that were asked for, each once, in their order."""
		asked = dict.fromkeys((asked["from"], asked["to"]) for asked in self.asked(CHANGED_PATH))
		return [(read(start), read(end)) for start, end in asked]

	def assert_without_gap(self) -> None:
		windows = self.windows()
		self.assertEqual(windows[0][0], OLDEST - dt.timedelta(seconds=1))
		for (_, reached), (start, end) in zip(windows, windows[1:], strict=False):
			self.assertEqual(start, reached - dt.timedelta(seconds=1))
			self.assertLessEqual(end - start, (DAYS + 1) * DAY)
		self.assertLess(abs(windows[-1][1] - now()), dt.timedelta(minutes=1))


class TestFirstLoad(WindowedCase):
	def test_it_goes_window_by_window_from_the_oldest_record_to_now_also_through_an_empty_one(self):
		self.start()
		cursor = self.pull()
		self.assertEqual((cursor.status, cursor.error or ""), ("Idle", ""))
		self.assert_stored_once()
		self.assertEqual(len(self.windows()), 3)
		self.assert_without_gap()
		self.assertEqual(cursor.since, written(NOW - 10 * DAY + dt.timedelta(seconds=1)))
		self.work()
		self.assert_written_once()

	def test_a_worker_that_is_killed_anywhere_costs_nothing_but_time(self):
		self.start()
		store, runs = Walk._store, 0

		def killed_at_the_second(walk: Walk, *args: Any) -> bool:
			if pages:
				raise SystemExit
			pages.append(1)
			return store(walk, *args)

		with patch.object(Walk, "_store", killed_at_the_second):
			while runs < 30:
				pages: list[int] = []
				runs += 1
				try:
					self.pull() if runs == 1 else self.go_on()
				except SystemExit:
					self.assertEqual(self.cursor().status, "Running")
					self.lease_runs_out()
				else:
					break
		self.assertEqual(self.cursor().status, "Idle")
		self.assertGreater(runs, 5)
		self.assert_stored_once()
		self.assert_without_gap()

	def test_a_page_that_is_refused_twice_begins_its_window_again_and_none_before_it(self):
		self.start()
		self.source.fail(CHANGED_PATH, page=5, times=2, status=400)
		self.assertIn("400", self.pull().error)
		before = self.windows()
		self.pull()
		self.assertIsNone(json.loads(self.cursor().position)["at"])
		self.assertEqual(self.pull().status, "Idle")
		self.assertEqual(self.windows()[: len(before)], before)
		self.assertEqual(len(self.windows()), 3)
		self.assert_stored_once()

	def test_what_the_source_takes_to_be_too_long_goes_on_once_fewer_days_are_entered(self):
		self.start()
		self.source.fail(CHANGED_PATH, page=5, status=400)
		self.pull()
		self.source.windows.days = 11
		self.change(window_days=10)
		self.assertEqual(self.pull().status, "Idle")
		self.assert_stored_once()
		self.assertEqual(self.windows()[0][0], OLDEST - dt.timedelta(seconds=1))
		lengths = [round((end - start) / DAY) for start, end in self.windows()]
		self.assertEqual(lengths[:7], [30, 30, *[10] * 5])

	def test_a_window_with_more_than_the_source_gives_is_halved(self):
		self.start(window_records=5)
		self.changed(5, 3)
		self.assertEqual(self.pull().status, "Idle")
		self.assert_stored_once()
		self.assertGreater(len(self.windows()), 3)

	def test_the_window_under_way_and_how_far_it_is_are_shown(self):
		self.start()
		self.source.fail(CHANGED_PATH, page=5)
		self.pull()
		told = calls.state(FLOW)
		self.assertEqual(told["window_start"], written(OLDEST + DAYS * DAY))
		self.assertEqual(told["window_end"], written(OLDEST + 2 * DAYS * DAY))
		self.assertTrue(30 < told["progress"] < 45, told["progress"])
		self.assertNotIn("position", told)
		self.lease_runs_out()
		self.assertEqual(self.go_on().progress, 100)
		self.assertNotIn("window_start", calls.state(FLOW))

	def test_everything_is_walked_in_windows_again_and_nothing_comes_twice(self):
		self.start()
		self.pull()
		before = len(self.asked(CHANGED_PATH))
		self.assertEqual(self.pull(whole=True).status, "Idle")
		self.assertEqual(read(self.asked(CHANGED_PATH)[before]["from"]), OLDEST - dt.timedelta(seconds=1))
		self.assert_stored_once()

	def test_a_preview_shows_the_last_window(self):
		self.start()
		told = pull_preview.run(frappe.get_doc("Field Mapping", FLOW))
		self.assertTrue(told["ok"], told)
		self.assertEqual(told["count"], 2)
		self.assertEqual(read(self.asked(CHANGED_PATH)[0]["to"]).date(), now().date())


class TestCatchingUp(WindowedCase):
	def test_after_a_pause_that_is_longer_than_a_window(self):
		self.start()
		self.pull(since=written(NOW - 75 * DAY))
		(first, *_) = self.windows()
		self.assertEqual(first[0], NOW - 75 * DAY - dt.timedelta(seconds=1))
		self.assert_stored_once()

	def test_changes_are_asked_for_from_before_by_the_overlap(self):
		self.start(pull_overlap="5d")
		since = self.pull().since
		before = len(self.asked(CHANGED_PATH))
		self.changed(8)
		self.assertEqual(self.pull().status, "Idle")
		asked = read(self.asked(CHANGED_PATH)[before]["from"])
		self.assertEqual(asked, read(since) - 5 * DAY - dt.timedelta(seconds=1))
		self.assert_stored_once()

	def test_where_nothing_happens_no_more_windows_are_asked_for_each_time(self):
		self.start()
		self.source.records.remove(*self.source.records.ids)
		since = self.pull().since
		self.assertLess(abs(read(since) - (now() - DAYS * DAY)), dt.timedelta(minutes=1))
		before = len(self.asked(CHANGED_PATH))
		self.pull()
		self.assertLessEqual(len(self.asked(CHANGED_PATH)) - before, 2)

	def test_a_time_ahead_asks_for_no_window_that_has_not_begun(self):
		self.start()
		ahead = now() + dt.timedelta(minutes=4)
		cursor = self.pull(since=written(ahead))
		self.assertEqual((cursor.status, cursor.error or ""), ("Idle", ""))
		self.assertEqual(len(self.windows()), 1)

	def test_a_day_that_a_person_chose_is_written_as_the_source_writes_times(self):
		self.start()
		day = (NOW - 40 * DAY).date()
		self.assertEqual(self.pull(since=str(day)).status, "Idle")
		(first, *_) = self.windows()
		self.assertEqual(first[0], dt.datetime.fromisoformat(f"{day}T00:00:00Z") - dt.timedelta(seconds=1))
		self.assertEqual(len(self.stored()), 3)

	def test_without_a_beginning_the_first_pull_asks_without_a_window(self):
		self.start(window_since="")
		self.assertIn("400", self.pull().error)
		self.assertEqual(self.asked(CHANGED_PATH)[0], {"limit": "2", "offset": "0"})


class TestSettings(WindowedCase):
	def test_an_input_that_is_not_set_is_told_as_the_flow_is_saved(self):
		self.serve(0)
		with self.assertRaisesRegex(frappe.ValidationError, "first_day"):
			self.pulls(**FIELDS)

	def test_pages_by_the_time_of_change_have_no_windows(self):
		self.start()
		with self.assertRaisesRegex(frappe.ValidationError, "Changed since"):
			self.change(paging="Changed since")

	def test_other_settings_under_way_begin_the_walk_again(self):
		self.start()
		self.source.fail(CHANGED_PATH, page=5)
		self.assertEqual(self.pull().status, "Retrying")
		self.change(page_size=3)
		self.lease_runs_out()
		self.assertEqual(self.go_on().status, "Idle")
		starts = [asked for asked in self.asked(CHANGED_PATH) if read(asked["from"]) < OLDEST]
		self.assertEqual({asked["limit"] for asked in starts}, {"2", "3"})
		self.assert_stored_once()
