"""Whether a later statement says all that an earlier one says."""

import pytest

from erp_connect.core.delivery.newer import says_all_of


@pytest.mark.parametrize(
	("later", "earlier", "all_of_it"),
	[
		({"a": 2}, {"a": 1}, True),
		({"a": 2, "b": 1}, {"a": 1}, True),
		({"a": 2}, {"a": 1, "b": 1}, False),
		({"a": 2}, {"a": 1, "b": None, "c": "", "d": [], "e": {}}, True),
		({"a": None}, {"a": {"b": 1}}, True),
		({"a": {}}, {"a": {"b": 1}}, False),
		({"a": "x"}, {"a": {"b": 1}}, False),
		({"rows": [1]}, {"rows": [1, 2]}, True),
		({"a": 1}, {"a": 0, "b": 0}, False),
	],
)
def test_names_with_a_value_are_not_left_out(later, earlier, all_of_it):
	assert says_all_of(later, earlier) is all_of_it
