"""A second look at the pages that were read: where one is had, and what it tells."""

from __future__ import annotations

from typing import Any

import pytest

from erp_connect.core.paging import gaps, walk
from erp_connect.core.paging.page import PageFacts
from erp_connect.core.paging.settings import paging_from

SIZE = 2


def facts(ids: list[Any], changed: list[Any] = ()) -> PageFacts:
	return PageFacts(records=[{"id": id_} for id_ in ids], ids=ids, changed=list(changed))


def walked(style: str, pages: list[PageFacts]) -> tuple[Any, dict]:
	"""The paging, and the position before the last of these pages."""
	paging = paging_from({"paging": style, "page_size": SIZE})
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
		[facts([5, 4]), facts([3, 2]), facts([1])],
		[facts(["x", "a"], [9, 8]), facts(["k", "b"], [7, 6]), facts(["c"], [5])],
		[facts([1, None]), facts([3, 4]), facts([5])],
		[facts([n, n + 1]) for n in range(0, 2 * gaps.MOST_LOOKS + 4, 2)] + [facts([999])],
	],
	ids=["one page", "newest first", "newest first by time", "without ids", "too many"],
)
def test_where_nothing_is_looked_at_again(pages):
	_paging, position = walked("Page", pages)
	assert gaps.second_look(position, pages[-1]) is None
