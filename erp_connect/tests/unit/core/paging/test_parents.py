"""Walks over the children of parents: what is asked after what, and where an interrupted walk goes on."""

from __future__ import annotations

import json

import pytest

from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.paging import parents as nested
from erp_connect.core.paging.check import check_values
from erp_connect.core.paging.page import PageFacts, PagingError
from erp_connect.core.paging.parents import parents_from
from erp_connect.core.paging.request import request_from

FLOW = {
	"pull_path": "/products/{_parent.id}/variations",
	"pull_method": "GET",
	"paging": "Offset",
	"page_size": 2,
	"parent_path": "/products",
	"parent_paged": 1,
}
OPEN = {"a": 3, "b": 0, "c": 2, "d": 5, "e": 1}


def children_of(parent: str, count: int) -> list[str]:
	return [f"{parent}{number}" for number in range(count)]


class Shop:
	"""Parents with so many children each. A walk over them, with its position stored as JSON after each page."""

	def __init__(self, parents: dict[str, int], *, known: bool = False, **values: object) -> None:
		"""known: records have ids, so that pages can be told from others."""
		self.parents, self.known = dict(parents), known
		self.exchanged: set[str] = set()
		self.spec, self.list = request_from({**FLOW, **values}), parents_from({**FLOW, **values}).request
		self.seen: list[str] = []
		self.asked: list[tuple] = []
		self.stored = json.dumps(nested.first(self.list.paging))

	@property
	def position(self) -> dict:
		return json.loads(self.stored)

	def page(self) -> bool:
		"""One page; False when the walk is over."""
		position = self.position
		if nested.is_listing(position):
			start = position["list"].get("at", 0)
			names = list(self.parents)[start : start + 2]
			facts = self.facts(names, len(self.parents))
			self.asked.append(("list", start))
			after = nested.after_list(self.list.paging, position, facts, names)
		else:
			parent = position["parents"][0]
			start = nested.child_position(self.spec.paging, position)["at"]
			found = children_of(parent, self.parents.get(parent, 0))
			if parent in self.exchanged:
				found = [*found[1:], f"{parent}-new"]
			facts = self.facts(found[start : start + 2], len(found))
			self.asked.append((parent, start))
			self.seen += facts.records
			after = nested.after_children(self.spec.paging, position, facts)
		self.stored = json.dumps(after)
		return not nested.is_over(after)

	def facts(self, records: list[str], total: int) -> PageFacts:
		return PageFacts(records=records, ids=records if self.known else [], data={"total": total})

	def walk(self) -> Shop:
		while self.page():
			assert len(self.asked) < 100
		return self


EVERY = [child for parent, count in OPEN.items() for child in children_of(parent, count)]


def test_every_child_of_every_parent_once_and_in_order():
	assert Shop(OPEN).walk().seen == EVERY


def test_no_parents_is_no_children():
	assert Shop({}).walk().asked == [("list", 0)]


def test_pages_of_children_come_before_the_next_parent_and_parents_before_the_next_page_of_parents():
	asked = Shop(OPEN, page_total="total").walk().asked
	assert asked == [
		("list", 0),
		("a", 0), ("a", 2), ("b", 0),
		("list", 2),
		("c", 0), ("d", 0), ("d", 2), ("d", 4),
		("list", 4),
		("e", 0),
	]  # fmt: skip


@pytest.mark.parametrize("failing", range(1, 12))
def test_a_page_that_was_not_stored_is_asked_for_again_and_nothing_else(failing):
	shop = Shop(OPEN, page_total="total")
	for number in range(1, 100):
		before, seen = shop.stored, list(shop.seen)
		more = shop.page()
		if number == failing:  # killed before this page was stored
			shop.stored, shop.seen = before, seen
			more = True
		if not more:
			break
	assert shop.seen == EVERY
	assert shop.asked[failing - 1] == shop.asked[failing]


def test_parents_that_wait_are_asked_although_the_list_moved_meanwhile():
	shop = Shop(OPEN, page_total="total")
	shop.page()
	del shop.parents["e"]  # after the first page was read
	shop.parents = {"new": 1, **shop.parents}
	shop.walk()
	assert {child for child in shop.seen if child[0] in "abcd"} == {
		child for child in EVERY if child[0] != "e"
	}


def test_a_parent_that_moved_over_while_another_one_came_is_found():
	shop = Shop({"a": 1, "b": 1, "c": 1, "d": 1}, known=True, page_total="total")
	shop.page()
	del shop.parents["a"]  # c moves to the first page, which was read
	shop.parents["e"] = 1
	shop.walk()
	assert {"c0", "e0"} <= set(shop.seen)
	assert not shop.position["in_doubt"]


def test_a_child_that_moved_over_while_another_one_came_is_found():
	shop = Shop({"z": 5, "b": 1}, known=True, page_total="total")
	shop.page(), shop.page()
	shop.exchanged.add("z")
	shop.walk()
	assert {"z2", "z-new"} <= set(shop.seen)
	assert shop.asked.count(("list", 0)) == 1


def test_a_second_look_at_the_list_asks_for_no_children_again():
	shop = Shop({"a": 1, "b": 1, "c": 1, "d": 1}, known=True, page_total="total").walk()
	assert shop.seen == ["a0", "b0", "c0", "d0"]
	assert shop.asked.count(("list", 0)) == 2


def test_a_list_of_too_many_pages_says_so():
	shop = Shop({f"p{number:03}": 0 for number in range(60)}, known=True, page_total="total").walk()
	assert shop.position["too_long"]
	assert not Shop(OPEN, known=True, page_total="total").walk().position["too_long"]


def test_a_list_that_shrinks_is_repeated_since_a_parent_may_have_moved_over():
	shop = Shop({"a": 1, "b": 1, "c": 1, "d": 1}, page_total="total")
	shop.page()
	del shop.parents["a"]  # c moves to the first page, which was read
	shop.walk()
	assert "c0" in shop.seen
	assert not shop.position["in_doubt"]


def test_children_that_shrink_are_repeated_of_that_parent_only():
	shop = Shop({"a": 5, "b": 1}, page_total="total")
	shop.page(), shop.page()
	shop.parents["a"] = 4
	shop.walk()
	assert shop.asked.count(("a", 0)) == 2
	assert shop.asked.count(("list", 0)) == 1


def test_a_parent_that_is_gone_is_passed_over_and_counted():
	shop = Shop(OPEN)
	shop.page()
	shop.stored = json.dumps(nested.without_parent(shop.position))
	shop.walk()
	assert shop.seen == [child for child in EVERY if child[0] != "a"]
	assert shop.position["gone"] == 1


def test_parents_that_are_too_much_to_keep_are_refused_with_a_remedy_that_works():
	paging = parents_from(FLOW).request.paging
	found = [{"id": number, "name": "x", "text": "x" * 10_000} for number in range(200)]
	with pytest.raises(PagingError, match="Parents in the answer") as caught:
		nested.after_list(paging, nested.first(paging), PageFacts(records=found), found)
	less = compile_expression(caught.value.params["example"]).search(found)
	assert nested.after_list(paging, nested.first(paging), PageFacts(records=found), less)["parents"] == less


def test_a_full_page_of_children_shows_that_a_shorter_one_is_the_last():
	asked = Shop({"a": 3, "b": 1, "c": 1}).walk().asked
	assert asked.count(("a", 2)) == 1 and ("b", 1) not in asked and ("c", 1) not in asked


def check(**values: object) -> list[tuple]:
	return [
		(problem.field, problem.row, str(problem))
		for problem in check_values({**FLOW, "pull_parameters": [], **values})
	]


def test_a_flow_with_parents_is_right():
	rows = [{"place": "Query", "key": "modified_after", "value": "{since}"}]
	assert check(parent_parameters=rows) == []


def test_without_parents_there_is_no_parent_to_use():
	assert [found[0] for found in check(parent_path="")] == ["pull_path"]


def test_children_that_do_not_say_whose_are_told():
	((field, _row, text),) = check(pull_path="/variations")
	assert field == "pull_path" and "{_parent.id}" in text


@pytest.mark.parametrize(
	("values", "field", "row"),
	[
		({"parent_path": "/products/{nobody}"}, "parent_path", None),
		({"parent_path": "/products/{_parent.id}"}, "parent_path", None),
		(
			{"parent_parameters": [{"place": "Query", "key": "x", "value": "{nobody}"}]},
			"parent_parameters",
			1,
		),
		({"parent_body": "{", "pull_method": "POST"}, "parent_body", None),
		({"page_more": "a["}, "page_more", None),
	],
)
def test_what_is_wrong_with_the_list_is_told_once_at_its_own_field(values, field, row):
	assert [found[:2] for found in check(**values)] == [(field, row)]
