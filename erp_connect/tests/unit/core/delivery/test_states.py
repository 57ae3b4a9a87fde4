"""The life cycles of Sync Log rows: what may follow what, and that no state is a dead end or out of reach."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from erp_connect.core.delivery import states

APP = Path(__file__).resolve().parents[4]
SYNC_LOG = APP / "erp_connect/doctype/sync_log/sync_log.json"
FINAL = {"Delivered", "Processed", "Superseded"}
every_life = pytest.mark.parametrize(
	"life", states.LIFE_CYCLES, ids=["outgoing", "incoming", "call", "interruption", "report"]
)


def can_move(old: str, new: str) -> bool:
	"""Whether any event, in whatever direction, may make the move."""
	return any(life.can_move(old, new) for life in (states.OUTGOING, states.INCOMING))


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
def test_legal_moves(old, new):
	assert can_move(old, new)


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
def test_illegal_moves(old, new):
	assert not can_move(old, new)


def test_a_direction_narrows_what_is_legal():
	assert states.OUTGOING.can_move("Failed", "Queued")
	assert not states.INCOMING.can_move("Failed", "Queued")
	assert states.INCOMING.can_move("Failed", "Received")


def test_a_call_is_repeated_by_its_caller_and_never_waits_for_a_worker():
	assert states.CALL.can_move("Failed", "Processing")
	assert not states.CALL.can_move("Processed", "Failed")
	assert not {"Received", "Retrying"} & set(states.CALL.moves)


def test_a_walk_that_failed_for_good_may_go_on_and_get_through():
	for new in ("Retrying", "Processed"):
		assert states.INTERRUPTION.can_move("Failed", new)
	assert not states.INTERRUPTION.can_move("Processed", "Retrying")


@pytest.mark.parametrize("table", [life.moves for life in states.LIFE_CYCLES])
def test_every_open_state_leads_to_an_end_and_no_move_leads_out_of_the_table(table):
	ends = {state for state, moves in table.items() if not moves}
	for state, moves in table.items():
		assert moves <= set(table)
		assert state not in moves
		if state not in ends:
			assert ends & reachable(table, [state])


@every_life
def test_every_state_is_reached_from_the_start(life):
	assert life.starts
	assert reachable(life.moves, life.starts) == set(life.moves)


@pytest.mark.parametrize("life", [states.OUTGOING, states.INCOMING, states.CALL], ids=["out", "in", "call"])
def test_what_has_had_its_effect_is_final(life):
	assert {state for state, moves in life.moves.items() if not moves} == FINAL & set(life.moves)


@every_life
def test_the_origins_of_a_state_are_the_moves_read_backwards(life):
	for new in life.moves:
		expected = {old for old in life.moves if new in life.moves[old]}
		stays = {new} if life.moves[new] else set()
		assert life.origins(new) == expected | stays
	assert life.origins("Nowhere") == frozenset()


def test_unresolved_rows_are_the_open_and_the_failed():
	assert {"Failed"} == states.UNRESOLVED - states.OPEN
	assert not states.UNRESOLVED & {"Delivered", "Processed", "Superseded", "Cancelled", "Skipped"}
	assert states.CLAIMABLE <= states.OPEN


def test_the_states_are_those_that_the_doctype_offers():
	fields = {field["fieldname"]: field for field in json.loads(SYNC_LOG.read_text("utf-8"))["fields"]}
	named = {state for life in states.LIFE_CYCLES for state in life.moves}
	assert set(fields["status"]["options"].split("\n")) == named
	assert set(fields["direction"]["options"].split("\n")) == {states.OUT, states.IN}
	# The condition of the statements is a list with commas.
	assert not [state for state in named if "," in state]


def reachable(table, starts) -> set[str]:
	seen, ahead = set(), list(starts)
	while ahead:
		state = ahead.pop()
		if state not in seen:
			seen.add(state)
			ahead.extend(table[state])
	return seen
