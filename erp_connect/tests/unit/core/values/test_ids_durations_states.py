"""Ids, durations and states: small, pure, and relied upon everywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_connect.core.delivery import states
from erp_connect.core.errors import ConfigurationError
from erp_connect.core.values.durations import format_duration, parse_duration, parse_durations
from erp_connect.core.values.ids import new_event_id

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


class TestStates:
	@pytest.mark.parametrize(
		"old, new",
		[
			("Queued", "Sending"),
			("Sending", "Delivered"),
			("Sending", "Retrying"),
			("Retrying", "Sending"),
			("Failed", "Queued"),
			("Received", "Processing"),
			("Processing", "Processed"),
			("Delivered", "Delivered"),
		],
	)
	def test_legal_moves(self, old, new):
		assert states.can_move(old, new)

	@pytest.mark.parametrize(
		"old, new",
		[
			("Delivered", "Queued"),
			("Delivered", "Failed"),
			("Superseded", "Sending"),
			("Queued", "Delivered"),
			("Processed", "Received"),
			("Queued", "Processing"),
			("Nowhere", "Nowhere"),
			("Queued", "Nowhere"),
		],
	)
	def test_illegal_moves(self, old, new):
		assert not states.can_move(old, new)

	def test_a_direction_narrows_what_is_legal(self):
		assert states.can_move("Failed", "Queued", direction="Outgoing")
		assert not states.can_move("Failed", "Queued", direction="Incoming")
		assert states.can_move("Failed", "Received", direction="Incoming")

	@pytest.mark.parametrize("table", [states.OUTGOING, states.INCOMING])
	def test_every_open_state_leads_to_an_end_and_no_move_leads_out_of_the_table(self, table):
		ends = {state for state, moves in table.items() if not moves}
		for state, moves in table.items():
			assert moves <= set(table)
			assert state not in moves
			if state not in ends:
				assert ends & _reachable(table, state)

	def test_unresolved_rows_are_the_open_and_the_failed(self):
		assert {"Failed"} == states.UNRESOLVED - states.OPEN
		assert not states.UNRESOLVED & {"Delivered", "Processed", "Superseded", "Cancelled", "Skipped"}
		assert states.CLAIMABLE <= states.OPEN


def _reachable(table, start):
	seen, ahead = set(), [start]
	while ahead:
		state = ahead.pop()
		if state not in seen:
			seen.add(state)
			ahead.extend(table[state])
	return seen
