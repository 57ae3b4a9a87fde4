"""A load of everything in windows of time, from old to new: which window is asked for, and where the load stands.

Sources give no more than so many records for one query, or need too long for years of them. So the time from the
oldest record to the beginning of the load is cut into windows, each read through all of its pages.

Position: plain JSON. `start`: where the window under way begins; `length`: its seconds; `until`: where the last one
ends; `at`: the place among the pages of the window, None before the first; `refused`: how often the source refused
since a window was read to its end; `calm`: windows read since one was shortened; `windows`: read to their end;
`doubtful`: of these, those in which records may be missing; `remark`: what a person should know in the end.

Promises: every moment from the first to `until` lies in a window; a window that the source cuts off or refuses is
halved and read again from its beginning. Windows overlap by a second, so that it does not matter whether the source
takes records at the very ends of one; what comes twice by that is for the receiver to see. Times keep the notation of
the first one. Never asks anything itself, never asks the clock, and never changes what it is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.paging.page import PagingError, Position
from erp_connect.core.values import cursor as times

# What templates of a request may use for the ends of a window.
START, END = "window_start", "window_end"
NAMES = frozenset({START, END})
OVERLAP = 1
DAY = 86_400
# In a position, where it is kept there: when the first window begins.
BEGIN = "begin"
# A century: a time further ahead cannot be written in every notation.
MOST_DAYS = 36_500
# Windows that are read in a row before the next one is longer, where the source does not say how much it gives.
CALM = 4
# A window is a thousandth of the first one then: it is not its length that the source refuses.
MOST_REFUSALS = 10


@dataclass(frozen=True)
class Windows:
	"""length: of the longest window, in seconds. cap: most records that the source gives for one query, 0 for all.

	oldest: a time before which there are no records, as the source writes times; empty where nobody said.
	"""

	length: int
	cap: int = 0
	oldest: str = ""


def windows_from(values: Mapping[str, Any]) -> Windows | None:
	"""The windows of a flow, from its fields `window_days`, `window_records` and `window_since`; None when it has none."""
	days = min(int(values.get("window_days") or 0), MOST_DAYS)
	if not days:
		return None
	oldest = str(values.get("window_since") or "").strip()
	return Windows(days * DAY, int(values.get("window_records") or 0), oldest)


def check_start(start: str, time_zone: str) -> None:
	"""Raises ConfigurationError for what is no time that a first window could begin at."""
	if times.as_moment(start, time_zone) is None:
		raise ConfigurationError(
			"{text} is no time. Write when the oldest record was made, as the other side writes times, for example "
			"{example}.",
			code="load_start",
			text=start or "-",
			example="2020-01-31T00:00:00Z",
		)


def is_position(position: Position | None) -> bool:
	"""Whether it is a place in windows, and not among the pages of one list."""
	return bool(position) and "until" in position and "length" in position


def first(windows: Windows, start: Any, until: Any) -> Position:
	"""The position before the first page of the first window. start, until: in one notation."""
	return {
		"start": start,
		"until": until,
		"length": windows.length,
		"at": None,
		"refused": 0,
		"calm": CALM,
		"windows": 0,
		"doubtful": 0,
		"remark": "",
	}


def is_over(position: Position) -> bool:
	"""Whether the last window was read to its end."""
	return not times.older(position["start"], position["until"])


def window_of(position: Position) -> tuple[Any, Any]:
	"""Where the window under way begins and ends, without what it overlaps."""
	return position["start"], _end(position)


def asked_window(position: Position) -> tuple[Any, Any]:
	"""Where the window begins and ends that the source is asked for."""
	start, end = window_of(position)
	return times.minus(start, OVERLAP), end


def is_cut(windows: Windows, *, total: int, seen: int) -> bool:
	"""Whether the source may hold more of the window than it gives. total: 0 where unknown; seen: records so far."""
	return bool(windows.cap) and max(total, seen) >= windows.cap


def halved(position: Position) -> Position:
	"""The position before a window of half the length. Raises PagingError where none that short can be asked for."""
	after = {**position, "length": position["length"] // 2, "at": None, "calm": 0}
	if after["length"] < 1 or not times.older(position["start"], _end(after)):
		start, end = window_of(position)
		raise PagingError(
			"The source does not give all records between {start} and {end}, and no shorter window can be asked for. "
			"Give this load up, write Oldest record (tab Pull) with hours, minutes and seconds and start another one, or "
			"enter more as Most records for one query if the source gives more.",
			code="window",
			start=start,
			end=end,
		)
	return after


def refused(position: Position) -> Position | None:
	"""The position before a shorter window once the source refused a page; None when that would not help any more."""
	if position["refused"] >= MOST_REFUSALS:
		return None
	try:
		return {**halved(position), "refused": position["refused"] + 1}
	except PagingError:
		return None


def within(position: Position, following: Position) -> Position:
	"""The position after a page of a window that has more pages."""
	return {**position, "at": following}


def after_window(
	windows: Windows, position: Position, *, seen: int = 0, in_doubt: bool = False, remark: str = ""
) -> Position:
	"""The position after the last page of a window. After one that was shortened, the next ones grow again in time.

	seen: records of it. in_doubt: some of them may be missing. remark: what a person should know of it.
	"""
	calm = position["calm"] + 1
	# Twice as long would be cut again unless there is room for it.
	grows = seen * 3 <= windows.cap if windows.cap else calm >= CALM
	return {
		**position,
		"start": _end(position),
		"length": min(windows.length, position["length"] * (2 if grows else 1)),
		"at": None,
		"refused": 0,
		"calm": calm,
		"windows": position["windows"] + 1,
		"doubtful": position["doubtful"] + in_doubt,
		"remark": remark or position["remark"],
	}


def restarted(windows: Windows, position: Position) -> Position:
	"""The position before the first page of the window under way, for a flow that asks in another way since."""
	return {**at_first_page(position), "refused": 0, "length": min(windows.length, position["length"])}


def at_first_page(position: Position) -> Position:
	"""The position before the first page of the window under way, whose place among its pages is of no use any more."""
	return {**position, "at": None}


def progress(start: Any, position: Position, time_zone: str) -> float:
	"""Percent of the time that is loaded. start: where the first window began."""
	ends = (times.as_moment(moment, time_zone) for moment in (start, position["start"], position["until"]))
	begin, here, until = ends
	if begin is None or here is None or until is None or until <= begin:
		return 100.0
	return min(100.0, 100 * (here - begin) / (until - begin))


def under_way(position: Position | None) -> dict[str, Any]:
	"""For people: the window under way and how far the walk is, of a position that holds its begin; else empty."""
	if not is_position(position) or BEGIN not in position:
		return {}
	start, end = window_of(position)
	# By the clock of the other side, whatever its zone: only the time between counts.
	done = progress(position[BEGIN], position, "UTC")
	return {START: start, END: end, "progress": min(99.0, done)}


def _end(position: Position) -> Any:
	end = times.minus(position["start"], -position["length"])
	return position["until"] if times.older(position["until"], end) else end
