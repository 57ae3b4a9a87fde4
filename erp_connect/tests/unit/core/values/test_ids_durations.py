"""Ids and durations: small, pure, and relied upon everywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.values.durations import format_duration, parse_duration, parse_durations
from erp_connect.core.values.ids import ID_LIMIT, as_id, new_event_id

MOMENTS = st.integers(0, 2**48 - 1)
RANDOMNESS = st.binary(min_size=10, max_size=10)


class TestIds:
	def test_a_known_id(self):
		# Time part of the example in the ULID specification.
		assert new_event_id(1469918176385, bytes(10)) == "01ARYZ6S41" + "0" * 16

	@given(MOMENTS, MOMENTS, RANDOMNESS, RANDOMNESS)
	def test_later_ids_sort_later(self, first, second, one, other):
		ids = new_event_id(first, one), new_event_id(second, other)
		if first != second:
			assert (ids[0] < ids[1]) == (first < second)
		assert all(len(event_id) == 26 for event_id in ids)

	@given(RANDOMNESS, RANDOMNESS)
	def test_randomness_tells_ids_apart(self, one, other):
		assert (new_event_id(5, one) == new_event_id(5, other)) == (one == other)

	@pytest.mark.parametrize("moment, randomness", [(-1, bytes(10)), (2**48, bytes(10)), (0, bytes(9))])
	def test_wrong_use_is_a_programming_error(self, moment, randomness):
		with pytest.raises(ValueError):
			new_event_id(moment, randomness)


@pytest.mark.parametrize(
	"value, expected",
	[
		(7, "7"),
		(7.0, "7"),
		("7", "7"),
		(" 7", " 7"),
		(0, "0"),
		("", None),
		("  ", None),
		("\u00a0", None),
		(None, None),
		(True, None),
		(7.5, None),
		("x" * ID_LIMIT, "x" * ID_LIMIT),
		("x" * (ID_LIMIT + 1), None),
	],
)
def test_what_can_be_the_id_of_a_record(value, expected):
	assert as_id(value) == expected


class TestDurations:
	@pytest.mark.parametrize(
		"text, seconds",
		[
			("5s", [5]),
			("5s, 5m, 30m, 2h", [5, 300, 1800, 7200]),
			("10;20\n1d", [10, 20, 86400]),
			(" 1 H ,, 0s", [3600, 0]),
		],
	)
	def test_reading(self, text, seconds):
		assert parse_durations(text) == seconds

	@pytest.mark.parametrize("text", ["", " , ", "5 weeks", "-5s", "1.5h", "five", "31d", "٥s", "5s " * 2])
	def test_what_cannot_be_read_is_refused_with_advice(self, text):
		with pytest.raises(ConfigurationError) as caught:
			parse_durations(text)
		assert any(hint in str(caught.value) for hint in ("for example", "at most"))

	def test_the_entry_at_fault_is_named(self):
		with pytest.raises(ConfigurationError, match="soon is not a duration"):
			parse_durations("5s, soon")

	def test_too_many_entries(self):
		with pytest.raises(ConfigurationError, match="31 waiting times"):
			parse_durations(",".join(["1s"] * 31))

	@given(st.lists(st.integers(0, 30 * 86400), min_size=1, max_size=30))
	def test_what_is_written_can_be_read(self, seconds):
		assert parse_durations(", ".join(map(format_duration, seconds))) == seconds

	def test_the_shortest_writing(self):
		assert [format_duration(seconds) for seconds in (5, 90, 7200, 86400, 0)] == [
			"5s",
			"90s",
			"2h",
			"1d",
			"0s",
		]
		assert parse_duration("90") == 90
