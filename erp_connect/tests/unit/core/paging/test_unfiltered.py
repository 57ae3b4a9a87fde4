"""What a page held, whatever a flow takes from it; and walks whose total shrinks."""

from __future__ import annotations

import pytest

from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.paging import gaps
from erp_connect.core.paging.unfiltered import unfiltered
from erp_connect.core.paging.walk import PageFacts, advance, first, paging_from

ORDERS = [{"id": 1, "status": "paid"}, {"id": 2, "status": "refunded", "refunds": [{"id": 9}, {"id": 8}]}]
DATA = {
	"orders": ORDERS,
	"data": {"edges": [{"node": order} for order in ORDERS]},
	"envelope": [{"orders": ORDERS}],
}


@pytest.mark.parametrize(
	"expression",
	[
		"orders[?status == 'refunded']",
		"orders[?status == 'void']",
		"orders[?status == 'void'] || `[]`",
		"orders[?status == 'void'] | [0]",
		"orders[?status == 'refunded'] | [?id == `1`]",
		"@ | orders[?status == 'void']",
		"sort_by(orders[?id == `1`], &id)",
		"orders[:1]",
		"orders[]",
		"data.edges[?node.status == 'void'].node",
		"data.edges[].node",
		"envelope[].orders[?id == `7`]",
		"envelope[].orders[]",
	],
)
def test_a_filter_leaves_nothing_out_of_what_is_counted(expression):
	assert unfiltered(compile_expression(expression), DATA) == ORDERS


def test_of_lists_within_records_the_records_count():
	assert unfiltered(compile_expression("orders[].refunds[]"), DATA) == ORDERS
	assert unfiltered(compile_expression("orders[].refunds"), DATA) == [None, ORDERS[1]["refunds"]]


@pytest.mark.parametrize(
	"expression", ["orders", "data.nothing[?x]", "orders[0]", "@", "not_null(a, orders)"]
)
def test_where_nothing_is_left_out_the_records_themselves_count(expression):
	assert unfiltered(compile_expression(expression), DATA) is None


def walked(style: str, totals: list[int], size: int = 2) -> list[bool]:
	"""Whether a walk whose pages give these totals may have missed something, after each page."""
	paging = paging_from({"paging": style, "page_size": size, "page_total": "total"})
	position, found = first(paging), []
	for number, total in enumerate(totals):
		records = [{"id": number * size + place} for place in range(size)]
		page = PageFacts(data={"total": total}, records=records, ids=[record["id"] for record in records])
		found.append(gaps.missed(paging, position, page))
		position = advance(paging, position, page) or position
	return found


@pytest.mark.parametrize("style", gaps.NUMBERED)
def test_a_total_that_shrinks_tells_of_a_gap_and_is_not_forgotten(style):
	assert walked(style, [9, 8, 8]) == [False, True, True]
	assert walked(style, [9, 8, 9]) == [False, True, True]
	assert walked(style, [9, 9, 10]) == [False, False, False]


def test_what_is_not_turned_by_numbers_has_no_gap():
	assert walked("Last id", [9, 8, 7]) == [False] * 3


def test_a_walk_is_repeated_no_more_than_twice():
	start = {"pages": 0}
	again = gaps.repeated({"pages": 3}, start)
	assert again["pages"] == 0
	assert gaps.repeated(gaps.repeated(again, start), start) is None
