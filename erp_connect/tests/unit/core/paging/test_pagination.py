"""The rules of a walk over pages: when it ends, when it must not, and what it refuses."""

from __future__ import annotations

import json

import pytest

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.paging.walk import (
	MAX_EMPTY_PAGES,
	PageFacts,
	PagePart,
	PagingError,
	advance,
	check,
	expected,
	first,
	paging_from,
	place,
)

BASE = "https://api.example.com/v1"


def page(*ids, data=None, headers=None, **more):
	"""A page of records with these ids."""
	values = {"records": [{"id": id_} for id_ in ids], "ids": list(ids), "base_url": BASE, **more}
	return PageFacts(data=data, headers=headers or {}, **values)


def walk(values, *pages, largest=0):
	"""Positions after each page, until the end."""
	paging = paging_from(values)
	position, found = first(paging, largest=largest), []
	for one in pages:
		assert position is not None, "the walk had ended"
		position = advance(paging, position, one)
		found.append(position)
	return found


def ends_after(values, *pages, **more):
	*before, last = walk(values, *pages, **more)
	return last is None and None not in before


def refusal(values, *pages):
	with pytest.raises(PagingError) as caught:
		walk(values, *pages)
	return caught.value


OFFSET = {"paging": "Offset", "page_size": 3}
PAGE = {"paging": "Page", "page_size": 3}


class TestEndOfNumberedPages:
	@pytest.mark.parametrize("values", [OFFSET, PAGE])
	def test_a_shorter_page_ends_it(self, values):
		assert ends_after(values, page("a", "b", "c"), page("d", "e"))

	@pytest.mark.parametrize("values", [OFFSET, PAGE])
	def test_an_empty_page_ends_it(self, values):
		assert ends_after(values, page())
		assert ends_after(values, page("a", "b", "c"), page())

	@pytest.mark.parametrize("values", [OFFSET, PAGE])
	def test_the_first_page_is_not_the_last_because_it_is_short(self, values):
		assert ends_after(values, page("a", "b"), page("c", "d"), page("e"))
		assert ends_after(values, page("a", "b"), page())

	@pytest.mark.parametrize("values", [OFFSET, PAGE])
	def test_unless_the_source_is_known_to_give_what_it_is_asked_for(self, values):
		assert ends_after(values, page("a", "b"), largest=3)
		# Fewer than are asked for now prove nothing.
		assert not ends_after(values, page("a", "b"), largest=2)
		assert not ends_after({**values, "page_size_parameter": "-"}, page("a", "b"), largest=3)

	def test_the_offset_goes_on_by_what_came(self):
		positions = walk(OFFSET, page("a", "b"), page("c", "d", "e", "f"))
		assert [position["at"] for position in positions] == [2, 6]

	@pytest.mark.parametrize(("values", "at"), [({"page_start": "0"}, [0, 1]), ({"page_start": "1"}, [1, 2])])
	def test_pages_start_where_it_is_said(self, values, at):
		paging = paging_from({**PAGE, **values})
		position = first(paging)
		following = advance(paging, position, page("a", "b", "c"))
		assert [place(paging, found).query["page"] for found in (position, following)] == list(map(str, at))

	def test_a_total_of_records(self):
		values = {**PAGE, "page_total": "total"}
		assert ends_after(values, page("a", "b", "c", data={"total": 3}))
		assert ends_after(values, page("a", "b", data={"total": 4}), page("c", "d", data={"total": 4}))
		# What cannot be read is not known.
		for total in (None, "many", True, -1, 1e400, [3]):
			assert not ends_after(values, page("a", "b", "c", data={"total": total}))
		assert ends_after(values, page("a", "b", "c", data={"total": "3"}))

	def test_a_total_in_a_header_in_any_case(self):
		assert ends_after({**PAGE, "page_total": "header:X-Total"}, page("a", headers={"x-total": "1"}))

	def test_a_total_that_counts_records_never_shown(self):
		values = {**OFFSET, "page_total": "total"}
		assert ends_after(values, page("a", "b", data={"total": 9}), page(data={"total": 9}))

	def test_places_count_where_pages_have_gaps(self):
		"""Magento counts what it then does not show, and past the end repeats the last page."""
		values = {**PAGE, "page_total": "total"}
		assert ends_after(values, page("a", "b", "c", data={"total": 6}), page("d", "e", data={"total": 6}))

	def test_a_total_of_pages(self):
		values = {**PAGE, "page_total": "pages:total"}
		assert ends_after(values, page("a", data={"total": 2}), page("b", "c", data={"total": 2}))
		assert ends_after({**values, "page_start": "0"}, page("a", data={"total": 1}))

	def test_a_total_below_the_first_page_counts_something_else(self):
		error = refusal({**PAGE, "page_total": "total"}, page("a", "b", "c", data={"total": 2}))
		assert error.code == "total" and "pages:" in str(error)

	def test_the_flag_counts_before_everything(self):
		values = {**PAGE, "page_more": "more", "page_total": "total"}
		for more in (False, "false", 0, "0", "No", ""):
			assert ends_after(values, page("a", "b", "c", data={"more": more, "total": 9}))
		for more in (True, "true", 1, "1", "yes", [1]):
			assert not ends_after(values, page("a", data={"more": more, "total": 1}))

	def test_a_flag_that_is_missing_says_nothing(self):
		assert ends_after({**PAGE, "page_more": "more"}, page("a", "b", "c", data={}), page("d", data={}))

	def test_an_empty_page_in_between(self):
		more = {"more": True}
		values = {**PAGE, "page_more": "more"}
		assert ends_after(values, page("a", data=more), page(data=more), page("b", data={"more": False}))
		error = refusal(values, *[page(data=more)] * (MAX_EMPTY_PAGES + 1))
		assert error.code == "empty"

	def test_an_offset_cannot_go_on_from_an_empty_page(self):
		error = refusal({**OFFSET, "page_more": "more"}, page(data={"more": True}))
		assert error.code == "contradiction"


class TestRepetition:
	@pytest.mark.parametrize("values", [OFFSET, PAGE, {**PAGE, "page_total": "total"}])
	def test_the_same_page_again(self, values):
		same = page("a", "b", "c", data={"total": 5})
		error = refusal(values, same, same)
		assert error.code == "repeated" and error.params["parameter"] in ("offset", "page")

	def test_records_without_ids_are_compared_as_a_whole(self):
		rows = {"ids": [], "records": [{"n": 1}, {"n": 2}, {"n": 3}]}
		assert refusal(OFFSET, page(**rows), page(**rows)).code == "repeated"
		assert walk(OFFSET, page(**rows), page(**{**rows, "records": [{"n": 2}, {"n": 1}, {"n": 3}]}))[1]

	def test_a_page_asked_for_again_after_a_crash_is_no_repetition(self):
		paging = paging_from(OFFSET)
		position = json.loads(json.dumps(advance(paging, first(paging), page("a", "b", "c"))))
		once = advance(paging, position, page("d", "e", "f"))
		assert advance(paging, position, page("d", "e", "f")) == once

	CURSOR = {"paging": "Body cursor", "page_next": "next"}

	def test_a_cursor_that_repeats(self):
		error = refusal(self.CURSOR, page("a", data={"next": "x"}), page("b", data={"next": "x"}))
		assert error.code == "repeated"

	@pytest.mark.parametrize("length", [2, 3, 7, 30])
	def test_cursors_that_go_round_in_a_circle(self, length):
		paging, position = paging_from(self.CURSOR), None
		position = first(paging)
		with pytest.raises(PagingError) as caught:
			for number in range(10 * length + 10):
				position = advance(paging, position, page(number, data={"next": f"c{number % length}"}))
		assert caught.value.code == "repeated"

	def test_cursors_that_differ_each_time_over_one_page(self):
		error = refusal(self.CURSOR, page("a", "b", data={"next": "x"}), page("a", "b", data={"next": "y"}))
		assert error.code == "repeated"

	def test_a_cursor_that_stays_where_there_is_nothing_left(self):
		pages = (page("a", data={"next": "x", "more": True}), page(data={"next": "x", "more": True}))
		assert ends_after(self.CURSOR, *pages)
		assert refusal({**self.CURSOR, "page_more": "more"}, *pages).code == "repeated"

	def test_an_address_that_repeats(self):
		data = {"next": "/v1/orders?page=2"}
		values = {"paging": "Next URL", "page_next": "next"}
		error = refusal(values, page("a", data=data), page("b", data=data))
		assert error.code == "repeated" and "address" in str(error)

	def test_empty_pages_without_end(self):
		pages = [page(data={"next": f"c{number}"}) for number in range(MAX_EMPTY_PAGES + 1)]
		assert refusal(self.CURSOR, *pages).code == "empty"


class TestCursors:
	@pytest.mark.parametrize("end", [None, "", 0, False])
	def test_no_cursor_is_the_end(self, end):
		assert ends_after({"paging": "Body cursor", "page_next": "next"}, page("a", data={"next": end}))
		assert ends_after({"paging": "Header cursor", "page_next": "X-Next"}, page("a"))

	def test_a_flag_against_a_cursor(self):
		values = {"paging": "Body cursor", "page_next": "next", "page_more": "more"}
		assert ends_after(values, page("a", data={"next": "x", "more": False}))
		assert refusal(values, page("a", data={"more": True})).code == "contradiction"

	@pytest.mark.parametrize("odd", [True, ["x"], {"after": "x"}])
	def test_what_is_no_cursor(self, odd):
		error = refusal({"paging": "Body cursor", "page_next": "next"}, page("a", data={"next": odd}))
		assert error.code == "next"

	def test_a_number_stays_a_number_in_the_body_and_becomes_text_in_the_query(self):
		for where, part in (
			("Body", PagePart(body={"cursor": 17})),
			("Query", PagePart(query={"cursor": "17"})),
		):
			values = {"paging": "Body cursor", "page_next": "next", "page_place": where}
			(position,) = walk(values, page("a", data={"next": 17}))
			assert place(paging_from(values), position) == part

	def test_a_cursor_in_a_header_also_without_the_prefix(self):
		for written in ("header:X-Next", "X-Next"):
			(position,) = walk(
				{"paging": "Header cursor", "page_next": written}, page("a", headers={"x-next": "c"})
			)
			assert position["at"] == "c"


class TestGraphql:
	VALUES = {"paging": "GraphQL cursor", "page_size": 3}

	def info(self, **values):
		return {"data": {"orders": {"nodes": [], "pageInfo": values}}}

	def test_the_topmost_page_info_is_found(self):
		data = self.info(hasNextPage=True, endCursor="x")
		data["data"]["orders"]["extra"] = {"pageInfo": {"hasNextPage": False}}
		(position,) = walk(self.VALUES, page("a", data=data))
		assert place(paging_from(self.VALUES), position).body == {
			"variables.first": 3,
			"variables.after": "x",
		}

	def test_of_two_lists_it_must_be_said_which(self):
		data = {"data": {name: {"pageInfo": {"hasNextPage": True, "endCursor": name}} for name in ("a", "b")}}
		assert refusal(self.VALUES, page("a", data=data)).code == "page_info"
		(position,) = walk({**self.VALUES, "page_next": "data.b.pageInfo"}, page("a", data=data))
		assert position["at"] == "b"

	@pytest.mark.parametrize("data", [{"data": None, "errors": [{}]}, {}, None, {"data": {"orders": {}}}])
	def test_an_answer_that_says_nothing_is_not_the_end(self, data):
		assert refusal(self.VALUES, page(data=data)).code == "page_info"

	def test_an_answer_without_data_is_not_the_end_either(self):
		values = {**self.VALUES, "page_next": "data.orders.pageInfo.endCursor"}
		assert refusal(values, page(data={"data": None, "errors": [{}]})).code == "page_info"
		assert ends_after(values, page(data=self.info(hasNextPage=False, endCursor=None)))

	def test_a_wrong_path_is_not_the_end(self):
		values = {**self.VALUES, "page_next": "data.order.pageInfo"}
		error = refusal(values, page("a", data=self.info(hasNextPage=True, endCursor="x")))
		assert error.code == "contradiction"

	def test_a_flag_of_its_own(self):
		values = {**self.VALUES, "page_next": "data.orders.last", "page_more": "data.orders.more"}
		assert ends_after(
			values,
			page("a", data={"data": {"orders": {"last": "x", "more": True}}}),
			page("b", data={"data": {"orders": {"last": "y", "more": False}}}),
		)


class TestLastId:
	VALUES = {"paging": "Last id", "page_size": 2, "page_parameter": "since_id"}

	def test_without_a_flag_a_shorter_page_ends_it(self):
		assert ends_after(self.VALUES, page("a", "b", data={}), page("c", data={}))

	@pytest.mark.parametrize("ids", [[], ["a", None], ["a", ""]])
	def test_without_an_id_it_cannot_go_on(self, ids):
		assert refusal(self.VALUES, page("a", "b", ids=ids, data={"has_more": True})).code == "id"

	def test_more_announced_but_none_given(self):
		assert refusal(self.VALUES, page(data={"has_more": True})).code == "contradiction"


class TestPositions:
	@pytest.mark.parametrize("style", ["Offset", "Page", "Link header", "GraphQL cursor", "Changed since"])
	def test_they_keep_the_time_asked_from(self, style):
		paging = paging_from({"paging": style, "page_size": 3})
		position = first(paging, "2024-01-01")
		assert position["since"] == "2024-01-01" and json.loads(json.dumps(position)) == position

	def test_nothing_given_is_changed(self):
		paging = paging_from(OFFSET)
		position = first(paging)
		before = json.dumps(position)
		advance(paging, position, page("a", "b", "c"))
		assert json.dumps(position) == before

	def test_progress(self):
		records = paging_from({**PAGE, "page_total": "total"})
		pages = paging_from({**PAGE, "page_total": "pages:total"})
		data = {"total": 7}
		assert expected(records, first(records), page("a", data=data)) == 7
		assert expected(pages, {**first(pages), "most": 3}, page("a", data=data)) == 21
		assert expected(pages, first(pages), page("a", data={})) is None


class TestSettings:
	@pytest.mark.parametrize(
		("values", "field", "words"),
		[
			({"paging": "Scroll"}, "paging", "Choose one of"),
			({"paging": "Next URL"}, "page_next", "place of the next one"),
			({"paging": "Body cursor", "page_next": "a["}, "page_next", "cannot be read"),
			({"paging": "Header cursor", "page_next": "header:"}, "page_next", "name of a header"),
			({"paging": "Header cursor", "page_next": "X Next"}, "page_next", "name of a header"),
			({"paging": "Page", "page_more": "foo()"}, "page_more", "does not exist"),
			({"paging": "Page", "page_total": "pages:header:a b"}, "page_total", "name of a header"),
			({"paging": "Page", "page_total": "1 +"}, "page_total", "cannot be read"),
			({"paging": "Page", "page_size": -1}, "page_size", "number from 0"),
			({"paging": "Page", "page_size": "many"}, "page_size", "number from 0"),
			({"paging": "Page", "page_start": "first"}, "page_start", "such as 0 or 1"),
			({"paging": "Page", "page_place": "Cookie"}, "page_place", "no place"),
			(
				{"paging": "Page", "page_place": "Body", "page_parameter": "a..b"},
				"page_parameter",
				"character 3",
			),
			({"paging": "Page", "page_place": "Header", "page_parameter": "a b"}, "page_parameter", "header"),
			({"paging": "Offset", "page_parameter": "-"}, "page_parameter", "Write its name"),
			({"paging": "Changed since", "page_size": 1}, "page_size", "at least 2"),
			({"paging": "Changed since", "changed_expression": ""}, "changed_expression", "time of the last"),
		],
	)
	def test_what_cannot_work(self, values, field, words):
		problems = check(values)
		assert [problem.field for problem in problems] == [field] and words in str(problems[0])
		with pytest.raises(ConfigurationError, match=words):
			paging_from(values)

	def test_all_problems_at_once(self):
		values = {"paging": "Body cursor", "page_size": "x", "page_more": "(", "page_place": "Nowhere"}
		assert sorted(problem.field for problem in check(values)) == [
			"page_more", "page_next", "page_place", "page_size",
		]  # fmt: skip

	def test_left_over_fields_of_another_style_are_not_used(self):
		left_over = {"page_place": "Body", "page_parameter": "offset", "page_start": "0", "page_next": "x["}
		paging = paging_from(
			{**left_over, "paging": "Link header", "page_size": 9, "page_size_parameter": "limit"}
		)
		assert place(paging, first(paging)) == PagePart(query={"limit": "9"})
		assert paging_from({**left_over, "paging": "None"}) == paging_from({})
		assert paging_from({"page_start": "0", "paging": "searchCriteria"}).start == 1

	def test_a_name_may_be_left_out_on_purpose(self):
		paging = paging_from({**PAGE, "page_size_parameter": "-"})
		assert place(paging, first(paging)).query == {"page": "1"}

	def test_a_variable_may_be_written_in_full(self):
		paging = paging_from({"paging": "GraphQL cursor", "page_parameter": "variables.cursor"})
		assert place(paging, {**first(paging), "at": "x"}).body == {"variables.cursor": "x"}
