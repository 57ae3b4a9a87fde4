"""The planner of one document's waiting events."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erp_connect.core.delivery.coalesce import ENDINGS, NEVER_SENT, STATES, Event, plan

OPERATIONS = {
	"insert": "POST /orders",
	"update": "PUT /orders/{id}",
	"change": "PUT /orders/{id}",
	"update_after_submit": "PUT /orders/{id}",
	"rename": "PUT /orders/{id}",
	"submit": "POST /orders/{id}/submit",
	"cancel": "POST /orders/{id}/cancel",
	"delete": "DELETE /orders/{id}",
	"replay": "POST /orders",
}


def events(*kinds, operations=OPERATIONS):
	"""Events named 0, 1, 2 … ; a kind with an exclamation mark is frozen."""
	return [
		Event(
			name=str(place),
			kind=kind.strip("!"),
			attempts=int("!" in kind),
			frozen="!" in kind,
			operation=operations[kind.strip("!")],
		)
		for place, kind in enumerate(kinds)
	]


@pytest.mark.parametrize(
	"kinds, linked, send, superseded, skipped",
	[
		(["update"] * 4, True, "3", {"0": "3", "1": "3", "2": "3"}, ""),
		(["update", "change", "update"], True, "2", {"0": "2", "1": "2"}, ""),
		(["insert", "update", "change"], False, "0", {"1": "0", "2": "0"}, ""),
		(["insert", "insert"], False, "0", {"1": "0"}, ""),
		(["insert", "update"], True, "1", {"0": "1"}, ""),
		(["insert", "submit"], False, "01", {}, ""),
		(["update", "submit"], True, "01", {}, ""),
		(["insert", "update", "submit", "update_after_submit"], False, "023", {"1": "0"}, ""),
		(["update", "submit", "cancel"], True, "012", {}, ""),
		(["update", "delete"], True, "1", {"0": "1"}, ""),
		(["update", "submit", "delete"], True, "2", {"0": "2", "1": "2"}, ""),
		(["update", "cancel", "delete"], True, "12", {"0": "2"}, ""),
		(["insert", "cancel"], False, "", {}, "01"),
		(["insert", "update", "delete"], False, "", {}, "012"),
		(["insert", "submit", "cancel", "delete"], False, "", {}, "0123"),
		(["insert", "delete", "insert", "update"], False, "2", {"3": "2"}, "01"),
		(["cancel"], False, "0", {}, ""),
		(["delete"], True, "0", {}, ""),
		(["cancel", "update"], True, "01", {}, ""),
		(["insert!", "update", "update"], False, "02", {"1": "2"}, ""),
		(["insert!", "cancel"], False, "01", {}, ""),
		(["insert!", "update", "delete"], False, "02", {"1": "2"}, ""),
		(["update!", "update"], True, "01", {}, ""),
		(["insert", "insert!", "update"], False, "102", {}, ""),
		(["update", "replay", "update"], True, "012", {}, ""),
		(["replay", "delete"], False, "01", {}, ""),
		([], False, "", {}, ""),
	],
)
def test_plans(kinds, linked, send, superseded, skipped):
	planned = plan(events(*kinds), linked=linked)
	assert planned.send == list(send)
	assert planned.superseded == superseded
	assert planned.skipped == {name: NEVER_SENT for name in skipped}


def test_submit_collapses_with_updates_only_when_the_request_is_the_same():
	same = {**OPERATIONS, "submit": OPERATIONS["update"]}
	assert plan(events("update", "submit", operations=same), linked=True).send == ["1"]
	# The submit says more than the update after it and is the one to keep; its payload is the newest anyway.
	assert plan(events("submit", "update", operations=same), linked=True).superseded == {"1": "0"}


def test_an_attempt_that_surely_failed_gives_way():
	tried = Event("0", "Update", attempts=3, operation="PUT /a")
	assert plan([tried, Event("1", "Update", operation="PUT /a")], linked=True).superseded == {"0": "1"}
	assert plan([tried, Event("1", "Update", operation="PUT /b")], linked=True).send == ["0", "1"]


def test_a_creation_that_was_tried_holds_old_bytes_so_a_newer_state_replaces_it():
	tried = Event("0", "insert", attempts=1, operation="state")
	assert plan([tried, Event("1", "update", operation="state")], linked=False).superseded == {"0": "1"}
	elsewhere = plan([tried, Event("1", "update", operation="PUT /b")], linked=False)
	assert elsewhere.send == ["0", "1"]


def test_an_ending_that_is_reported_twice_is_sent_once():
	twice = [Event("0", "cancel", operation="x"), Event("1", "cancel", operation="x")]
	assert plan(twice, linked=True).superseded == {"1": "0"}


def test_kinds_may_be_written_as_in_desk():
	desk = [
		Event("0", "Update After Submit", operation="x"),
		Event("1", "update_after_submit", operation="x"),
	]
	assert plan(desk, linked=True).send == ["1"]


@st.composite
def waiting(draw):
	kinds = draw(st.lists(st.sampled_from(sorted(OPERATIONS)), max_size=9))
	spread = draw(st.sampled_from([OPERATIONS, dict.fromkeys(OPERATIONS, "POST /all"), _paired()]))
	frozen = draw(st.sets(st.integers(0, 8), max_size=2))
	tried = draw(st.sets(st.integers(0, 8), max_size=2))
	return [
		Event(
			str(place),
			kind,
			attempts=int(place in tried),
			frozen=place in frozen and kind in STATES,
			operation=spread[kind],
		)
		for place, kind in enumerate(kinds)
	]


def _paired():
	return {
		kind: "PUT /b" if kind in ("submit", "update") else operation
		for kind, operation in OPERATIONS.items()
	}


@settings(max_examples=400, deadline=None)
@given(waiting(), st.booleans())
def test_whatever_waits(queue, linked):
	planned = plan(queue, linked=linked)
	every = {event.name: event for event in queue}

	# Each event has exactly one fate, and replacements are really sent.
	assert sorted([*planned.send, *planned.superseded, *planned.skipped]) == sorted(every)
	assert set(planned.superseded.values()) <= set(planned.send)

	# Frozen ones are sent, first; the rest keeps the order in which it happened.
	frozen = [event.name for event in queue if event.frozen]
	assert planned.send[: len(frozen)] == frozen
	rest = [int(name) for name in planned.send[len(frozen) :]]
	assert rest == sorted(rest)

	# The last state survives unless the document ended, and then the end does (or nobody ever heard of it).
	states = [event for event in queue if event.what in STATES]
	if states and not _ends_after(queue, states[-1]):
		carrier = planned.superseded.get(states[-1].name, states[-1].name)
		assert carrier in planned.send
		assert carrier == states[-1].name or not every[carrier].attempts, "its bytes hold an older state"
	for event in queue:
		if event.what in ENDINGS and event.name in planned.superseded:
			assert every[planned.superseded[event.name]].what == event.what

	# Nothing the receiver may know of is ever skipped.
	if linked or frozen:
		assert not planned.skipped

	# Planning what is left changes nothing any more.
	again = plan([every[name] for name in planned.send], linked=linked)
	assert (again.send, again.superseded) == (planned.send, {})


def _ends_after(queue, event):
	return any(later.what in ENDINGS for later in queue[queue.index(event) :])
