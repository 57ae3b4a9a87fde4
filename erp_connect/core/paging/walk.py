"""A walk over the pages of a source: what the next page asks for, and whether there is one.

	position = first(paging, since)
	while position is not None:
		part = place(paging, position)           what the page adds to the request
		…                                        ask, and make PageFacts of the answer
		position = advance(paging, position, facts)

Promises: a position is plain JSON and all that is needed to go on after a crash; a page that failed is asked for
again from the same position. A walk ends, and ends early only where the source says so: contradictions (a cursor
that repeats, the same page twice, more announced than given) raise PagingError instead.

How the end is known, in this order: the flag (`more`); the total; a page without records; for offsets, page
numbers, ids and change times a page shorter than another page was. The first page is never taken for the last
because it is shorter than asked for, unless it is empty: many sources give fewer records per page than they are
asked for. Such a walk asks once more. Cursors and addresses end where there is none.

Never changes what it is given, and never asks anything itself. Offsets and page numbers, also in addresses of
next pages, may miss records of a source that changes during the walk, which a total that shrinks tells of (`gaps`); cursors, ids and `Changed since`
(`changes`) do not.
"""

from __future__ import annotations

from typing import Any

from erp_connect.core.paging import gaps
from erp_connect.core.paging import page as styles
from erp_connect.core.paging.changes import advance_changes
from erp_connect.core.paging.links import next_address, next_link
from erp_connect.core.paging.page import (
	PageFacts,
	PagePart,
	Paging,
	PagingError,
	Position,
	counted,
	is_short,
	mark_text,
	more_flag,
	says_more,
	size_is_honoured,
	total_of,
	truth,
)
from erp_connect.core.paging.settings import check, paging_from
from erp_connect.core.values.numbers import text_of

__all__ = [
	"PageFacts",
	"PagePart",
	"Paging",
	"PagingError",
	"Position",
	"advance",
	"check",
	"expected",
	"first",
	"paging_from",
	"place",
]

# Empty pages with a further cursor do occur; without end it would be a fault of the source.
# https://api.slack.com/apis/pagination
MAX_EMPTY_PAGES = 100
_VARIABLES = "variables."


def first(paging: Paging, since: Any = None, *, largest: int = 0) -> Position:
	"""The position before the first page.

	since: change time to start from, as the source writes it; None for all records.
	largest: records on the largest page of earlier walks, if known. It shows that the source gives as many
	records as it is asked for, so that a shorter page needs no further request to be known as the last.
	"""
	position: Position = {
		"since": since,
		"pages": 0,
		"seen": 0,
		"most": paging.size if size_is_honoured(paging, largest) else 0,
		"empty": 0,
	}
	if paging.style == styles.CHANGED_SINCE:
		return {**position, "skip": 0}
	return position if paging.start is None else {**position, "at": paging.start}


def place(paging: Paging, position: Position) -> PagePart:
	"""What the page at `position` adds to the request."""
	if position.get("url"):
		return PagePart(url=position["url"])
	values = _values(paging, position)
	if paging.style == styles.GRAPHQL_CURSOR:
		return PagePart(body={_variable(name): value for name, value in values.items()})
	if paging.place == "Body":
		return PagePart(body=values)
	written = {name: text_of(value) for name, value in values.items()}
	return PagePart(headers=written) if paging.place == "Header" else PagePart(query=written)


def advance(paging: Paging, position: Position, page: PageFacts) -> Position | None:
	"""The position after `page`, which was asked for at `position`; None when it was the last page.

	Raises PagingError when the source repeats or contradicts itself, leads to another origin, or does not give
	what its style needs.
	"""
	if paging.style == styles.NONE:
		return None
	if paging.style == styles.CHANGED_SINCE:
		return advance_changes(paging, position, page)
	if gaps.is_look(position):
		return None if gaps.missed(paging, position, page) else gaps.looked(position)
	after = gaps.noted(paging, position, counted(position, page), page)
	if after["empty"] > MAX_EMPTY_PAGES:
		raise PagingError(
			"The source gave {count} pages without records and says that there are more. "
			"Check the expressions for the records and for the next page.",
			code="empty",
			count=MAX_EMPTY_PAGES,
		)
	if page.records:
		after["print"] = page.print_of_all()
		if after["print"] == position.get("print"):
			raise _repeated(paging)
	if paging.style in gaps.NUMBERED:
		return _by_number(paging, position, after, page)
	return _by_pointer(paging, position, after, page)


def expected(paging: Paging, position: Position, page: PageFacts) -> int | None:
	"""How many records the whole walk has at most, by the source's own word, for showing progress; else None."""
	total = total_of(paging, page)
	if total is None or not paging.total_is_pages:
		return total
	return total * max(position.get("most", 0), len(page.records))


def _values(paging: Paging, position: Position) -> dict[str, Any]:
	values: dict[str, Any] = {}
	if paging.size and paging.size_parameter:
		values[paging.size_parameter] = paging.size
	at = position.get("skip") or None if paging.style == styles.CHANGED_SINCE else position.get("at")
	if paging.parameter and at is not None:
		values[paging.parameter] = at
	return values


def _variable(name: str) -> str:
	return name if name.startswith(_VARIABLES) else _VARIABLES + name


def _by_number(paging: Paging, before: Position, after: Position, page: PageFacts) -> Position | None:
	count = len(page.records)
	at = before["at"] + (count if paging.style == styles.OFFSET else 1)
	# Pages may hold fewer records than they have places, so their number counts too.
	covered = after["seen"] if paging.style == styles.OFFSET else max(after["seen"], _places(after))
	more = says_more(paging, page, pages=after["pages"], covered=covered)
	if more is False or (more is None and is_short(after, page)):
		return None
	if not count and paging.style == styles.OFFSET:
		raise _contradiction("gives none")
	return {**after, "at": at}


def _places(after: Position) -> int:
	return after["pages"] * after["most"]


def _by_pointer(paging: Paging, before: Position, after: Position, page: PageFacts) -> Position | None:
	pointer, more = _POINTERS[paging.style](paging, after, page)
	if more is False:
		return None
	# A cursor of 0 or false stands for the end, as null does.
	if pointer in (None, "", 0):
		if more:
			raise _contradiction("does not say where")
		return None
	if isinstance(pointer, bool) or not isinstance(pointer, str | int | float):
		raise PagingError(
			"The place of the next page holds {kind} instead of an address or a cursor. Correct the expression.",
			code="next",
			kind="a list" if isinstance(pointer, list) else "an object" if pointer is not True else "true",
		)
	key = "at"
	if paging.style in (styles.LINK_HEADER, styles.NEXT_URL):
		key, pointer = "url", next_address(str(pointer), page.base_url, page.url, page.proof)
	seen_mark = mark_text(text_of(pointer))
	if pointer == before.get(key) or seen_mark == before.get("mark"):
		if page.records or more:
			raise _repeated(paging)
		# Nothing is left behind a cursor that leads to itself and gives nothing.
		return None
	# Remembering each power of two finds a circle of any length with a single mark (Brent).
	remembered = seen_mark if after["pages"] & (after["pages"] - 1) == 0 else before.get("mark", "")
	return {**after, key: pointer, "mark": remembered}


def _in_header_or_body(paging: Paging, after: Position, page: PageFacts) -> tuple[Any, bool | None]:
	found = page.header(paging.next_header).strip() if paging.next_header else None
	return (paging.next.search(page.data) if paging.next else found), more_flag(paging, page)


def _in_link_header(paging: Paging, after: Position, page: PageFacts) -> tuple[Any, bool | None]:
	return next_link(page.header("Link")), more_flag(paging, page)


def _in_page_info(paging: Paging, after: Position, page: PageFacts) -> tuple[Any, bool | None]:
	flag = more_flag(paging, page)
	if paging.next_header:
		return _in_header_or_body(paging, after, page)
	info = _page_info(page.data)
	found = paging.next.search(page.data) if paging.next else info
	if isinstance(found, dict):
		info, found = found, found.get("endCursor")
		flag = truth(info.get("hasNextPage")) if flag is None else flag
	elif found is None and flag is None and info:
		flag = truth(info.get("hasNextPage"))
	if found is None and flag is None and not (paging.next and _has_data(page.data)):
		raise PagingError(
			"The answer does not say whether there are more pages. Ask for pageInfo {{ hasNextPage endCursor }} "
			"in the query, and write where it stands, for example data.orders.pageInfo.",
			code="page_info",
		)
	return found, flag


def _has_data(answer: Any) -> bool:
	return isinstance(answer, dict) and isinstance(answer.get("data"), dict)


def _page_info(data: Any) -> Any:
	"""The topmost pageInfo; those of nested lists are not the one that counts."""
	level = [data]
	while level:
		holders = [value for value in level if isinstance(value, dict)]
		found = [value["pageInfo"] for value in holders if isinstance(value.get("pageInfo"), dict)]
		if found:
			return found[0] if len(found) == 1 else None
		level = [child for value in holders for child in value.values()]
	return None


def _last_id(paging: Paging, after: Position, page: PageFacts) -> tuple[Any, bool | None]:
	more = says_more(paging, page, pages=after["pages"], covered=after["seen"])
	if more is None and is_short(after, page):
		return None, False
	if page.records and (len(page.ids) != len(page.records) or page.ids[-1] in (None, "")):
		raise PagingError(
			"The last record of a page has no id to go on from. Write where a record holds its external id.",
			code="id",
		)
	return (page.ids[-1] if page.records else None), more


_POINTERS = {
	styles.LINK_HEADER: _in_link_header,
	styles.NEXT_URL: _in_header_or_body,
	styles.BODY_CURSOR: _in_header_or_body,
	styles.HEADER_CURSOR: _in_header_or_body,
	styles.GRAPHQL_CURSOR: _in_page_info,
	styles.LAST_ID: _last_id,
}


def _repeated(paging: Paging) -> PagingError:
	if not paging.parameter:
		return PagingError(
			"The source names a page as the next one that it gave before, so the walk would never end. "
			"Check where the answer holds the next address, or choose another way to turn pages.",
			code="repeated",
		)
	return PagingError(
		"The source gives the same page again, so the walk would never end. Check that it knows the parameter "
		"{parameter}; if it gives everything at once, choose None for the pages.",
		code="repeated",
		parameter=paging.parameter,
	)


def _contradiction(what: str) -> PagingError:
	return PagingError(
		"The source says that there are more records, but {what}. Check the expressions for the next page and for "
		"more pages.",
		code="contradiction",
		what=what,
	)
