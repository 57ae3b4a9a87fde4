"""Loads in windows of time: every record is read, whatever a source cuts off or refuses, and wherever a load stops."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.paging import windows as core
from erp_connect.core.paging.check import check_values
from erp_connect.core.paging.page import PagingError
from erp_connect.core.paging.windows import Windows
from erp_connect.core.values import cursor as times

START, DAYS = 1_700_000_000, 40
UNTIL = START + DAYS * core.DAY


@dataclass
class Source:
	"""Records by the second of their creation. As search interfaces do, it gives at most `cap` for one query.

	ends: whether records at the start, and at the end, of a window belong to it. counts: tells a total, up to the cap.
	refuses: answers a query that finds more than the cap with an error.
	"""

	records: list[int]
	cap: int
	size: int
	ends: tuple[bool, bool] = (True, True)
	counts: bool = False
	refuses: bool = False

	def page(self, window: tuple, skip: int) -> tuple[list[int], int, bool]:
		"""Places of the records, the total or 0, and whether there are more pages."""
		start, end = (int(moment) for moment in window)
		found = [
			place
			for place, second in enumerate(self.records)
			if (start < second < end)
			or (second == start and self.ends[0])
			or (second == end and self.ends[1])
		]
		if self.refuses and len(found) > self.cap:
			raise PagingError("too many")
		found = found[: self.cap]
		rest = len(found) > skip + self.size
		return found[skip : skip + self.size], len(found) if self.counts else 0, rest


def load(source: Source, windows: Windows, position: dict, steps: int = 100_000) -> tuple[set[int], dict]:
	"""Read page after page, the place kept as JSON between them. Returns what was read, and the place reached."""
	read: set[int] = set()
	for _step in range(steps):
		if core.is_over(position):
			break
		place = position["at"] or {"seen": 0}
		try:
			rows, total, more = source.page(core.asked_window(position), place["seen"])
		except PagingError:
			position = core.refused(position)
			assert position is not None
			continue
		read |= set(rows)
		seen = place["seen"] + len(rows)
		if core.is_cut(windows, total=total, seen=seen):
			position = core.halved(position)
		elif more:
			position = core.within(position, {"seen": seen})
		else:
			position = core.after_window(windows, position, seen=seen)
		position = json.loads(json.dumps(position))
	return read, position


records = st.lists(st.integers(0, DAYS * core.DAY - 1), max_size=60, unique=True).map(
	lambda found: sorted(START + second for second in found)
)
sources = st.builds(
	Source,
	records=records,
	cap=st.integers(5, 12),
	size=st.integers(1, 5),
	ends=st.tuples(st.booleans(), st.booleans()),
	counts=st.booleans(),
)


class TestLoads:
	@settings(max_examples=60, deadline=None)
	@given(sources, st.integers(1, 50))
	def test_every_record_is_read_whatever_the_source_cuts_off(self, source, days):
		windows = Windows(days * core.DAY, source.cap)
		read, position = load(source, windows, core.first(windows, str(START), str(UNTIL)))
		assert read == set(range(len(source.records)))
		assert core.is_over(position)
		assert core.progress(str(START), position, "UTC") == 100

	@settings(max_examples=40, deadline=None)
	@given(sources, st.lists(st.integers(0, 9), max_size=8))
	def test_a_load_that_stops_anywhere_goes_on_there(self, source, stops):
		windows = Windows(10 * core.DAY, source.cap)
		position, read = core.first(windows, str(START), str(UNTIL)), set()
		for steps in [*stops, 100_000]:
			more, position = load(source, windows, position, steps)
			read |= more
		assert read == set(range(len(source.records)))

	@settings(max_examples=40, deadline=None)
	@given(records, st.integers(5, 20))
	def test_a_source_that_refuses_what_is_too_much_is_asked_for_less(self, seconds, cap):
		spread = [
			second for place, second in enumerate(seconds) if not place or second - seconds[place - 1] > 3600
		]
		source = Source(spread, cap, size=5, refuses=True)
		windows = Windows(DAYS * core.DAY)
		read, position = load(source, windows, core.first(windows, str(START), str(UNTIL)))
		assert read == set(range(len(spread)))
		assert core.is_over(position)

	def test_many_records_of_one_second_at_a_seam_are_read(self):
		seam = START + 10 * core.DAY
		for ends in ((True, True), (True, False), (False, True), (False, False)):
			source = Source([seam] * 4, cap=9, size=2, ends=ends)
			windows = Windows(10 * core.DAY, 9)
			read, _ = load(source, windows, core.first(windows, str(START), str(UNTIL)))
			assert read == {0, 1, 2, 3}, ends

	def test_more_records_of_one_second_than_the_source_gives_are_told(self):
		source = Source([START + 5] * 9, cap=9, size=3)
		windows = Windows(core.DAY, 9)
		with pytest.raises(PagingError) as caught:
			load(source, windows, core.first(windows, str(START), str(UNTIL)))
		assert caught.value.code == "window"


class TestWindows:
	def walked(self, start: str, until: str, days: int) -> list[tuple]:
		windows, found = Windows(days * core.DAY), []
		position = core.first(windows, start, until)
		while not core.is_over(position):
			found.append(core.asked_window(position))
			position = core.after_window(windows, position)
		return found

	def test_they_follow_each_other_and_overlap_by_a_second(self):
		assert self.walked("2024-01-01T00:00:00Z", "2024-03-01T12:00:00Z", 30) == [
			("2023-12-31T23:59:59Z", "2024-01-31T00:00:00Z"),
			("2024-01-30T23:59:59Z", "2024-03-01T00:00:00Z"),
			("2024-02-29T23:59:59Z", "2024-03-01T12:00:00Z"),
		]

	def test_of_days_they_overlap_by_a_day(self):
		assert self.walked("2024-01-01", "2024-01-15", 10) == [
			("2023-12-31", "2024-01-11"),
			("2024-01-10", "2024-01-15"),
		]

	@pytest.mark.parametrize("start", ["2024-03-01T00:00:00Z", "2024-03-02T00:00:00Z"])
	def test_a_start_that_is_not_before_the_end_is_an_empty_load(self, start):
		assert self.walked(start, "2024-03-01T00:00:00Z", 10) == []

	@pytest.mark.parametrize(
		("cap", "seen", "lengths"),
		[
			(0, 0, [2, 2, 2, 2, 4, 8, 8]),
			(90, 30, [2, 4, 8, 8]),
			(90, 31, [2, 2, 2, 2]),
		],
	)
	def test_a_shortened_window_grows_again_where_there_is_room(self, cap, seen, lengths):
		windows = Windows(8 * core.DAY, cap)
		position = core.halved(core.halved(core.first(windows, str(START), str(UNTIL))))
		found = []
		for _window in lengths:
			found.append(position["length"] // core.DAY)
			position = core.after_window(windows, position, seen=seen)
		assert found == lengths

	def test_a_refusal_shortens_only_so_often_until_a_window_was_read(self):
		windows = Windows(30 * core.DAY)
		position, tries = core.first(windows, str(START), str(UNTIL)), 0
		while shorter := core.refused(position):
			position, tries = shorter, tries + 1
		assert tries == core.MOST_REFUSALS
		assert core.refused(core.after_window(windows, position)) is not None

	def test_a_window_of_a_day_is_not_halved_where_times_are_days(self):
		position = core.first(Windows(core.DAY), "2024-01-01", "2024-02-01")
		with pytest.raises(PagingError):
			core.halved(position)
		assert core.refused(position) is None

	def test_other_settings_begin_the_window_again(self):
		position = core.within(core.first(Windows(30 * core.DAY), str(START), str(UNTIL)), {"offset": 50})
		position = core.after_window(Windows(30 * core.DAY), position)
		again = core.restarted(Windows(7 * core.DAY), core.within(position, {"offset": 100}))
		assert (again["at"], again["length"], again["start"]) == (None, 7 * core.DAY, position["start"])

	def test_what_a_person_should_know_is_kept_to_the_end(self):
		windows = Windows(30 * core.DAY)
		position = core.first(windows, str(START), str(UNTIL))
		position = core.after_window(windows, position, in_doubt=True, remark="a parent is gone")
		position = core.after_window(windows, position)
		assert (position["doubtful"], position["remark"], position["windows"]) == (1, "a parent is gone", 2)

	def test_progress_is_that_of_the_time(self):
		windows = Windows(10 * core.DAY)
		position = core.after_window(windows, core.first(windows, str(START), str(UNTIL)))
		assert core.progress(str(START), position, "UTC") == 25

	@pytest.mark.parametrize("text", ["", "soon", "n/a", "12"])
	def test_what_is_no_time_cannot_be_a_start(self, text):
		with pytest.raises(ConfigurationError):
			core.check_start(text, "UTC")


class TestNotations:
	NOW = dt.datetime(2024, 7, 1, 12, 0, 0, 600_000, tzinfo=dt.timezone.utc)

	@pytest.mark.parametrize(
		("like", "written"),
		[
			("2020-01-01T00:00:00Z", "2024-07-01T12:00:00Z"),
			("2020-01-01T00:00:00+02:00", "2024-07-01T14:00:00+02:00"),
			("2020-01-01", "2024-07-01"),
			("1577836800", "1719835200"),
			("1577836800000", "1719835200000"),
			(1577836800, 1719835200),
			# Summer time lies between the two: the clock on the wall shows 14:00 in Berlin.
			("2020-01-01 00:00:00", "2024-07-01 14:00:00"),
			("2020-07-01 00:00", "2024-07-01 14:00"),
			("later", "later"),
		],
	)
	def test_a_moment_is_written_as_another_one_is(self, like, written):
		assert times.written_as(self.NOW, like, "Europe/Berlin") == written

	@given(st.datetimes(dt.datetime(2001, 1, 1), dt.datetime(2037, 1, 1), timezones=st.just(dt.timezone.utc)))
	def test_it_is_never_later_than_the_moment(self, moment):
		for like in ("2020-01-01T00:00:00Z", "2020-01-01", "1577836800", "2020-01-01T00:00:00.000Z"):
			assert times.as_moment(times.written_as(moment, like, "UTC"), "UTC") <= moment


class TestSettings:
	ROWS = (
		{"place": "Query", "key": "after", "value": "{window_start}"},
		{"place": "Query", "key": "before", "value": "{window_end}"},
	)

	def problems(self, **values) -> list[str]:
		values = {"pull_path": "/orders", "paging": "None", "pull_parameters": [], **values}
		return [problem.field for problem in check_values(values)]

	def test_a_window_longer_than_a_century_is_one(self):
		assert core.windows_from({"window_days": 9_999_999}).length == core.MOST_DAYS * core.DAY

	def test_windows_that_are_asked_for_are_right(self):
		assert self.problems(window_days=30, pull_parameters=list(self.ROWS)) == []
		asks = {"after": "{window_start}", "before": "{window_end}"}
		assert self.problems(window_days=30, pull_method="POST", pull_body=json.dumps(asks)) == []

	@pytest.mark.parametrize("rows", [(), ROWS[:1], ROWS[1:]])
	def test_a_window_whose_ends_are_not_asked_for_is_told(self, rows):
		assert self.problems(window_days=30, pull_parameters=list(rows)) == ["window_days"]

	def test_ends_of_windows_that_nothing_is_loaded_in_are_told(self):
		assert self.problems(pull_parameters=list(self.ROWS)) == ["window_days"]
		assert self.problems(window_records=100) == ["window_days"]

	def test_a_comparison_in_windows_needs_a_beginning(self):
		rows = list(self.ROWS)
		asks = {"window_days": 30, "window_compare": 1, "pull_parameters": rows}
		assert self.problems(**asks) == ["window_since"]
		assert self.problems(**asks, window_since="2015-01-01T00:00:00Z") == []

	def test_windows_may_be_asked_for_in_the_list_of_parents(self):
		values = {
			"parent_path": "/orders",
			"pull_path": "/orders/{_parent.id}/refunds",
			"parent_parameters": self.ROWS,
		}
		assert self.problems(window_days=30, **values) == []
		assert self.problems(window_days=30, **{**values, "parent_parameters": ()}) == ["window_days"]

	def test_documents_here_are_not_loaded_in_windows(self):
		values = {
			"parent_doctype": "Delivery Note",
			"pull_path": "/tracking/{_parent.number}",
			"parent_records": "[]",
		}
		assert self.problems(window_days=30, **values) == ["window_days"]
		assert self.problems(**values) == []
