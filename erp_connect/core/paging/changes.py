"""Pages of a source that is asked for what changed since a time, in the order of change: `Changed since`.

Each page asks from the time of the last record before it. Only while a whole page shares one time is there
an offset besides, and then each page begins with the last record of the page before: if another record stands
there, the list has moved, and the group is read again from its beginning.

Promises: no record is left out, also when records are changed (they move to the end), removed or added during the
walk, and when many share one time across pages. Some records come twice, which is for the receiver to see by
their version. Records out of order, a filter that leaves out the time itself (`>` where `>=` is needed), and
records of one time that change places raise PagingError.
Never sees a record that is stored late with a time long past: that is what the overlap of the next walk is for.
"""

from __future__ import annotations

from erp_connect.core.paging.page import (
	PageFacts,
	Paging,
	PagingError,
	Position,
	counted,
	is_short,
	says_more,
)
from erp_connect.core.values.cursor import minus, older

MAX_REPEATS = 20


def advance_changes(paging: Paging, position: Position, page: PageFacts) -> Position | None:
	"""The position after `page`; None when it was the last. `page.changed` holds the time of each record."""
	_check_times(page)
	after = counted(position, page)
	if position["skip"] and not _continues(position, page):
		return _again(paging, after)
	_check_filter(position, page)
	if _lost_its_start(position, page):
		return _look_back(after)
	more = says_more(paging, page, pages=after["pages"], covered=position["skip"] + len(page.records))
	if more is False or (more is None and is_short(after, page)):
		return None
	moved = _moved(after, page)
	if moved is None and more:
		raise PagingError(
			"The source says that there are more records, but gives none. Check the expression for more pages.",
			code="contradiction",
		)
	return moved and _sendable(paging, moved)


def _moved(after: Position, page: PageFacts) -> Position | None:
	"""The position behind the last record of the page; None when the page has brought nothing new."""
	if not page.records:
		return None
	count, last = len(page.records), page.changed[-1]
	moved = {**after, "last": page.print_of(count - 1)}
	if after["since"] is None or older(after["since"], last):
		# Everything before `last` lies behind. A page of one time is the beginning of that time's group.
		whole = not after["skip"] and not older(page.changed[0], last)
		moved |= {"since": last, "skip": count - 1 if whole else 0, "repeats": 0}
		return moved if older(last, moved.get("doubt")) else _without_doubt(moved)
	return {**moved, "skip": after["skip"] + count - 1} if count > 1 else None


def _sendable(paging: Paging, moved: Position) -> Position:
	if moved["skip"] and not paging.parameter:
		raise PagingError(
			"More records than fit on a page share the time {time}. Write the parameter for the offset, "
			"or ask for more records per page.",
			code="one_time",
			time=moved["since"],
		)
	return moved


def _check_times(page: PageFacts) -> None:
	if len(page.changed) != len(page.records) or any(time in (None, "") for time in page.changed):
		raise PagingError(
			"A record has no time of its last change, so pages cannot be turned by it. "
			"Correct the expression for the time, or choose another way to turn pages.",
			code="no_time",
		)
	for earlier, time in zip(page.changed, page.changed[1:], strict=False):
		if older(time, earlier):
			raise PagingError(
				"The source gives {time} after {earlier}. Ask it to sort by the time of the last change, ascending.",
				code="order",
				time=time,
				earlier=earlier,
			)


def _continues(position: Position, page: PageFacts) -> bool:
	"""Whether the page begins with the record that ended the page before."""
	return bool(page.records) and page.print_of(0) == position["last"]


def _again(paging: Paging, after: Position) -> Position:
	repeats = after.get("repeats", 0) + 1
	if repeats > MAX_REPEATS:
		raise PagingError(
			"The records of {time} come in another order each time, so some would be missed. "
			"Check that the source knows the parameter {parameter}, and ask it to sort by a second field too, "
			"such as the id.",
			code="unstable",
			parameter=paging.parameter,
			time=after["since"],
		)
	return {**after, "skip": 0, "repeats": repeats}


def _lost_its_start(position: Position, page: PageFacts) -> bool:
	"""Whether none of the records that share the time asked from came back, though there was one just before.

	They may all have changed meanwhile, or the filter leaves out the time itself.
	"""
	since = position["since"]
	if position["skip"] or not position.get("last") or "doubt" in position or minus(since, 1) == since:
		return False
	return not page.records or older(since, page.changed[0])


def _look_back(after: Position) -> Position:
	"""Ask from a little earlier: that shows which of the two it was."""
	since = after["since"]
	return {**after, "since": minus(since, 1), "doubt": since, "held": after["last"]}


def _check_filter(position: Position, page: PageFacts) -> None:
	"""Raise when the record in doubt comes back: the filter had left it out for its own time."""
	if "doubt" not in position:
		return
	if any(page.print_of(place) == position["held"] for place in range(len(page.records))):
		raise PagingError(
			"The source leaves out records of the very time it is asked from ({time}), so some would be missed. "
			"Ask for changes at or after the time, not only after it.",
			code="exclusive",
			time=position["doubt"],
		)


def _without_doubt(position: Position) -> Position:
	return {key: value for key, value in position.items() if key not in ("doubt", "held")}
