"""Whether a walk by offsets or page numbers may have missed records, because the source lost some meanwhile.

When a record of a page that was read is removed, those behind it move up by one place, and one of them moves from the
next page onto the one that was read. The total tells of it, where the source gives one.
"""

from __future__ import annotations

from erp_connect.core.paging import page as styles
from erp_connect.core.paging.page import PageFacts, Paging, Position, total_of

NUMBERED = (styles.OFFSET, styles.PAGE, styles.SEARCH_CRITERIA)
# A walk that may have missed something is repeated this many times.
REPETITIONS = 2

_TOTAL, _SHRUNK, _REPETITION = "total", "shrunk", "repetition"


def noted(paging: Paging, before: Position, after: Position, page: PageFacts) -> Position:
	"""The position `after` a page that was asked for at `before`, with what the page says about the total."""
	total = total_of(paging, page)
	if paging.style not in NUMBERED or total is None:
		return after
	return {**after, _TOTAL: total, _SHRUNK: missed(paging, before, page)}


def missed(paging: Paging, position: Position, page: PageFacts) -> bool:
	"""Whether a walk up to `page`, which was asked for at `position`, may have missed records."""
	if paging.style not in NUMBERED:
		return False
	total, known = total_of(paging, page), position.get(_TOTAL)
	return bool(position.get(_SHRUNK)) or (total is not None and known is not None and total < known)


def repeated(position: Position, start: Position) -> Position | None:
	"""The position to begin again from after a walk that ended at `position`; None when that was done often enough.

	start: the position before the first page.
	"""
	count = position.get(_REPETITION, 0)
	return {**start, _REPETITION: count + 1} if count < REPETITIONS else None
