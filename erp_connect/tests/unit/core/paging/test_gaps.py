"""A second look at the pages that were read: where one is had, and what it tells."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from erp_connect.core.paging import gaps, walk
from erp_connect.core.paging.page import PageFacts
from erp_connect.core.paging.settings import paging_from

SIZE = 2


def facts(ids: list[Any], changed: list[Any] = (), **data: Any) -> PageFacts:
	return PageFacts(records=[{"id": id_} for id_ in ids], ids=ids, changed=list(changed), data=data)


def walked(style: str, pages: list[PageFacts], **values: Any) -> tuple[Any, dict]:
	"""The paging, and the position before the last of these pages."""
	paging = paging_from({"paging": style, "page_size": SIZE, **values})
	position = walk.first(paging)
	for page in pages[:-1]:
		position = walk.advance(paging, position, page)
	assert walk.advance(paging, position, pages[-1]) is None
	return paging, position


@pytest.mark.parametrize(("style", "places"), [("Offset", [0, 2]), ("Page", [1, 2])])
def test_each_page_but_the_last_is_asked_for_once_more(style, places):
	pages = [facts([1, 2]), facts([3, 4]), facts([5])]
	paging, position = walked(style, pages)
	look, asked = gaps.second_look(position, pages[-1]), []
	while look is not None:
		asked.append(look["at"])
		page = pages[places.index(look["at"])]
		assert look["seen"] + len(page.records) == 5 and not gaps.missed(paging, look, page)
		look = walk.advance(paging, look, page)
	assert asked == places


def test_a_page_that_holds_others_than_it_held_tells_of_a_gap():
	pages = [facts([1, 2]), facts([3, 4]), facts([5])]
	paging, position = walked("Offset", pages)
	look = gaps.second_look(position, pages[-1])
	moved = facts([2, 3])
	assert gaps.missed(paging, look, moved) and walk.advance(paging, look, moved) is None


@pytest.mark.parametrize(
	"pages",
	[
		[facts([1]), facts([])],
		[facts([1, None]), facts([3, 4]), facts([5])],
		[facts([n, n + 1]) for n in range(0, 2 * gaps.MOST_LOOKS + 4, 2)] + [facts([999])],
	],
	ids=["one page", "without ids", "too many"],
)
def test_where_nothing_is_looked_at_again(pages):
	_paging, position = walked("Page", pages)
	assert gaps.second_look(position, pages[-1]) is None


NEWEST_FIRST = {
	"by id": [facts([5, 4]), facts([3, 2]), facts([1])],
	"by time": [facts(["x", "a"], [9, 8]), facts(["k", "b"], [7, 6]), facts(["c"], [5])],
}


@pytest.mark.parametrize("pages", NEWEST_FIRST.values(), ids=NEWEST_FIRST)
def test_with_the_newest_first_what_moved_up_is_read_by_a_second_look(pages):
	"""What comes at the top moves all others down: that pages hold others than before tells nothing."""
	paging, position = walked("Page", pages)
	look, asked = gaps.second_look(position, pages[-1]), []
	while look is not None:
		asked.append(look["at"])
		assert not gaps.missed(paging, look, facts([99, 98]))
		look = walk.advance(paging, look, facts([99, 98]))
	assert asked == [1, 2]


def test_with_the_newest_first_a_total_tells_of_what_moves_up():
	pages = [facts([5, 4], total=5), facts([3, 2], total=5), facts([1], total=5)]
	_paging, position = walked("Page", pages, page_total="total")
	assert gaps.second_look(position, pages[-1]) is None


@pytest.mark.parametrize(
	("count", "falls", "total", "expected"),
	[
		(gaps.MOST_LOOKS, False, None, False),
		(gaps.MOST_LOOKS + 2, False, None, True),
		(gaps.MOST_LOOKS + 2, False, 99, True),
		(gaps.MOST_LOOKS + 2, True, None, True),
		(gaps.MOST_LOOKS + 2, True, 99, False),
	],
)
def test_a_walk_of_too_many_pages_says_so(count, falls, total, expected):
	ids = list(range(2 * count))
	data = {} if total is None else {"total": len(ids) + 1}
	ids = ids[::-1] if falls else ids
	pages = [facts(ids[n : n + 2], **data) for n in range(0, len(ids), 2)] + [
		facts([-1 if falls else 999], **data)
	]
	paging, position = walked("Page", pages, page_total="total")
	assert gaps.is_too_long(paging, position, pages[-1]) is expected


@pytest.mark.parametrize("style", ["Next URL", "Link header"])
@pytest.mark.parametrize(
	("totals", "expected"), [((5, 5, 5), False), ((6, 5, 5), True), ((6, 6, 5), True), ((4, 5, 5), False)]
)
def test_a_total_tells_of_what_moved_up_where_the_next_address_holds_an_offset(style, totals, expected):
	pages = [[1, 2], [3, 4], [5]]
	names = {"page_next": "next"} if style == "Next URL" else {}
	paging = paging_from({"paging": style, **names, "page_total": "total", "page_size": SIZE})
	position = walk.first(paging)
	for number, (ids, total) in enumerate(zip(pages, totals, strict=True), 1):
		address = f"/things?offset={2 * number}" if number < len(pages) else None
		page = replace(
			facts(ids, next=address, total=total),
			base_url="https://shop.example",
			url="https://shop.example/things",
			headers={"Link": f'<{address}>; rel="next"'} if address else {},
		)
		last, position = position, walk.advance(paging, position, page)
	assert position is None
	assert gaps.missed(paging, last, page) is expected
	assert gaps.second_look(last, page) is None
	assert not gaps.is_too_long(paging, last, page)
