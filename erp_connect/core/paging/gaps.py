"""Whether a walk by offsets or page numbers may have missed records, because the source lost some meanwhile.

When a record of a page that was read is removed, or moves to the end as it is changed, those behind it move up by one
place, and one of them moves from the next page onto the one that was read. The total tells of it, where the source gives
one and nothing came instead. Otherwise a second look does: at the end, the pages that were read are asked for once more,
and each has to hold the records that it held. In a list with the newest first, what comes moves all others down, so
that its pages differ anyway: there, the total tells of all that moves up, and without one the second look finds it,
since whatever a page holds is stored. Addresses of next pages may hold an offset as well, which only the source knows: there,
the total tells, and no page is asked for twice, since most such addresses are cursors that pass. More pages than `MOST_LOOKS` are not asked for twice, which `is_too_long` tells.
"""

from __future__ import annotations

from typing import Any

from erp_connect.core.paging import page as styles
from erp_connect.core.paging.page import PageFacts, Paging, Position, total_of

NUMBERED = (styles.OFFSET, styles.PAGE, styles.SEARCH_CRITERIA)
# Their addresses may hold an offset.
_ADDRESSED = (styles.LINK_HEADER, styles.NEXT_URL)
# A walk that may have missed something is repeated this many times.
REPETITIONS = 2
# Pages of a walk that are asked for once more.
MOST_LOOKS = 20

_TOTAL, _SHRUNK, _REPETITION = "total", "shrunk", "repetition"
# Of each page that was read: where it begins, its mark, and how many records it had. While they are looked at again, those left.
_PAGES, _LOOKS = "read", "looks"
# The pages are asked for once more for what they hold now, whatever they held.
_FOR_ITSELF = "for_itself"
# All pages so far had the newest record first.
_NEWEST_FIRST = "newest_first"


def noted(paging: Paging, before: Position, after: Position, page: PageFacts) -> Position:
	"""The position `after` a page that was asked for at `before`, with what the page says about the total."""
	if paging.style not in NUMBERED + _ADDRESSED:
		return after
	if paging.style in NUMBERED:
		newest_first = before.get(_NEWEST_FIRST, True) and (_falls(page) or len(page.records) < 2)
		after = {**after, _PAGES: _with(before.get(_PAGES, []), before, page), _NEWEST_FIRST: newest_first}
	total = total_of(paging, page)
	if total is None:
		return after
	return {**after, _TOTAL: total, _SHRUNK: missed(paging, before, page)}


def _with(read: list | None, before: Position, page: PageFacts) -> list | None:
	"""The pages that were read, with one more; None where a second look would tell nothing, or be too long."""
	ids = [known for known in page.ids if known not in (None, "")]
	if read is None or len(read) > MOST_LOOKS or len(ids) != len(page.records):
		return None
	return [*read, [before["at"], page.print_of_all(), len(page.records), _falls(page)]]


def _falls(page: PageFacts) -> bool:
	"""Whether the records stand with the newest first."""
	for values in (page.changed, page.ids):
		first, last = (values[0], values[-1]) if len(values) > 1 else (None, None)
		numbers = [_number(first), _number(last)]
		if None not in numbers:
			return numbers[0] > numbers[1]
		if first and last and isinstance(first, str) and isinstance(last, str) and first != last:
			return first > last
	return False


def _number(value: Any) -> int | float | None:
	if isinstance(value, int | float) and not isinstance(value, bool):
		return value
	return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else None


def second_look(position: Position, page: PageFacts) -> Position | None:
	"""The position of the first page that is looked at again after a walk that ended with `page`; None where none is."""
	read = position.get(_PAGES)
	if read and not page.records:
		read = read[:-1]  # what was behind it did not move onto it: nothing was
	if not read or len(read) > MOST_LOOKS:
		return None
	newest_first = all(falls for *_page, falls in read)
	if newest_first and _TOTAL in position:
		return None
	look = _look(position, [one[:3] for one in read], position["seen"] + len(page.records))
	return {**look, _FOR_ITSELF: newest_first}


def is_too_long(paging: Paging, position: Position, page: PageFacts) -> bool:
	"""Whether a walk that ended with `page`, asked for at `position`, has too many pages for a second look."""
	if paging.style not in NUMBERED or is_look(position):
		return False
	told = position.get(_NEWEST_FIRST) and _TOTAL in position
	return position["pages"] > MOST_LOOKS and not told


def is_look(position: Position) -> bool:
	"""Whether a page that was read is asked for once more at `position`."""
	return bool(position.get(_LOOKS))


def looked(position: Position) -> Position | None:
	"""The position of the next page that is looked at again; None after the last one."""
	left = position[_LOOKS]
	return _look(position, left[1:], position["seen"] + left[0][2]) if len(left) > 1 else None


def _look(position: Position, left: list, seen: int) -> Position:
	at, _print, count = left[0]
	# With the page itself, as many as the walk has seen.
	return {**position, _PAGES: None, _LOOKS: left, "at": at, "seen": seen - count}


def missed(paging: Paging, position: Position, page: PageFacts) -> bool:
	"""Whether a walk up to `page`, which was asked for at `position`, may have missed records."""
	if paging.style not in NUMBERED + _ADDRESSED:
		return False
	if is_look(position):
		return not position.get(_FOR_ITSELF) and page.print_of_all() != position[_LOOKS][0][1]
	total, known = total_of(paging, page), position.get(_TOTAL)
	return bool(position.get(_SHRUNK)) or (total is not None and known is not None and total < known)


def repeated(position: Position, start: Position) -> Position | None:
	"""The position to begin again from after a walk that ended at `position`; None when that was done often enough.

	start: the position before the first page.
	"""
	count = position.get(_REPETITION, 0)
	return {**start, _REPETITION: count + 1} if count < REPETITIONS else None
