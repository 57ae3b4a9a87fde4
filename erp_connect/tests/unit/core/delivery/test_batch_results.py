"""Which result of a batch belongs to which record."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_connect.core.delivery.batch_results import by_key, by_order, key_of


@pytest.mark.parametrize(
	"value, key",
	[
		("A-1", "A-1"),
		(7, "7"),
		(7.0, "7"),
		("", None),
		(None, None),
		(True, None),
		(1.5, None),
		(["a"], None),
	],
)
def test_what_can_be_a_key(value, key):
	assert key_of(value) == key


@given(st.lists(st.text(min_size=1, max_size=5), unique=True, max_size=6).flatmap(
	lambda keys: st.tuples(st.just(keys), st.permutations(keys))
))  # fmt: skip
def test_in_whatever_order_results_come_each_finds_its_record(lists):
	sent, received = lists
	assert [received[place] for place in by_key(sent, received)] == sent


@pytest.mark.parametrize(
	"sent, received, places",
	[
		(["a", "b"], ["b"], [None, 0]),
		(["a", "b"], ["b", "x", "a"], [2, 0]),
		(["a", "b"], ["a", "b", "a"], [None, 1]),
		(["a", "a"], ["a", "b"], [None, None]),
		(["a", None], ["a", None], [0, None]),
		(["Ab"], ["aB"], [None]),
	],
)
def test_what_cannot_be_told_has_no_result(sent, received, places):
	assert by_key(sent, received) == places


class TestOrder:
	def test_it_is_believed_where_nothing_speaks_against_it(self):
		assert by_order([{"name": "a"}, {"name": "b"}], [{"id": 1}, {"id": 2}]) == [0, 1]
		assert by_order([{"name": "a"}, {"name": "b"}], [{"id": 1, "name": "A"}, {"id": 2, "name": "B"}]) == [
			0,
			1,
		]

	def test_a_field_that_comes_back_in_another_order_speaks_against_it(self):
		sent = [{"properties": {"email": "a@example.com"}}, {"properties": {"email": "b@example.com"}}]
		received = [{"id": 2, **sent[1]}, {"id": 1, **sent[0]}]
		assert by_order(sent, received) == [None, None]

	def test_equal_values_and_other_fields_do_not(self):
		assert by_order([{"group": "x"}, {"group": "x"}], [{"group": "x"}, {"group": "x"}]) == [0, 1]
		assert by_order([{"quantity": 1}, {"quantity": 2}], [{"place": 2}, {"place": 1}]) == [0, 1]

	def test_another_number_of_results(self):
		assert by_order([{}, {}], [{}]) == [None, None]

	def test_what_is_no_record_is_not_looked_into(self):
		assert by_order([None, "x"], [1, 2]) == [0, 1]
