"""Closes older states of an order that wait for a person, once a newer one is booked, or waits for a person itself.

Newer is what its version says, and without versions what came later. An older state is closed only where the newer one
says all that it says: a part of an order, another kind of event (a refund, a cancellation), and what cannot be read
leave it where it is. Never commits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from frappe import _

from erp_connect.commerce import handlers
from erp_connect.core.delivery.newer import says_all_of
from erp_connect.core.delivery.states import ON_HOLD, PROCESSED
from erp_connect.core.errors import ConnectError
from erp_connect.inbound import routing
from erp_connect.jobs import steps
from erp_connect.records import identity, values
from erp_connect.records.write import CREATED, UNCHANGED, UPDATED, Written
from erp_connect.store import former_states, locks

STANDS = frozenset({CREATED, UPDATED, UNCHANGED})
BOOKED = "Nothing is left to do here: a newer state of this order came in, and was booked."
WAITS = "Nothing is left to do here: a newer state of this order came in, and waits for a person instead."


@dataclass(frozen=True)
class State:
	"""What an event says of an order. said: by the names of an order's fields; record: as it came.

	fetched: it came in part, and is fetched whole each time it is tried. place: in the order of arrival.
	"""

	account: str
	id: str
	version: str | None
	place: int
	said: Mapping[str, Any]
	flow: str = ""
	record: Any = None
	fetched: bool = False

	def replaces(self, older: State) -> bool:
		"""Whether this state is newer than the other, and says all that it says."""
		if identity.is_outdated(self.account, self.version, older.version):
			return False
		if not identity.is_outdated(self.account, older.version, self.version) and self.place <= older.place:
			return False
		if self.fetched or older.fetched:
			return True
		same_flow = self.flow and self.flow == older.flow
		return says_all_of(self.said, older.said) or bool(
			same_flow and says_all_of(self.record, older.record)
		)


def of(tasks: list[routing.Task]) -> State | None:
	"""What an event says of the one order that it brings; None for one that brings anything else."""
	if len(tasks) != 1 or tasks[0].gone or tasks[0].flow.purpose != handlers.ORDER:
		return None
	(task,) = tasks
	flow, record = task.flow, task.record
	try:
		identity.require_object(record)
		known, said = identity.identify(flow, record), values.canonical(flow, record)
		version = identity.version_of(flow, record) or said.get("version")
	except ConnectError:  # the event says it itself
		return None
	found = said.get("id") or known
	if not found or task.arrived is None:
		return None
	return State(
		flow.account,
		str(found),
		str(version) if version else None,
		task.arrived,
		said,
		flow.name,
		record,
		fetched=flow.is_part(record),
	)


def of_call(account: str, said: Mapping[str, Any], place: int) -> State:
	"""What a call says of an order. said: its fields that the caller has given."""
	return State(account, str(said.get("id") or ""), said.get("version") or None, place, said)


def close_former(tasks: list[routing.Task], done: list[Written], event: str) -> None:
	"""`booked` for an event that was worked off, if it brought an order, and that is written now, or was before."""
	if [one.action in STANDS for one in done] == [True] and (state := of(tasks)):
		booked(state, event)


def booked(state: State, event: str) -> None:
	"""An event has written this state, in this transaction: close what is older."""
	_close(state, event, _(BOOKED))


def kept_for_a_person(state: State, event: str) -> None:
	"""An event with this state is held, in this transaction: a person decides on it, and on none that is older."""
	_close(state, event, _(WAITS))


def successor(state: State, event: str) -> tuple[str, str] | None:
	"""A newer event that stands for one that is about to be held, with what to tell of it: (name, text).

	Nobody else books, closes or holds states of the order until the transaction ends. Work under
	`transactions.read_committed`, so that what somebody booked before is seen. Raises `locks.Busy` where
	somebody does for too long.
	"""
	locks.until_commit(f"order:{state.account}:{state.id}")
	for row in reversed(former_states.written_or_held(state.account, state.id, event)):
		if row.status == PROCESSED and not _stands(row):
			continue
		newer = _read(state.account, state.id, row)
		if newer and newer.replaces(state):
			return row.name, _(WAITS) if row.status == ON_HOLD else _(BOOKED)
	return None


def _close(state: State, event: str, told: str) -> None:
	for row in former_states.lock_stopped(state.account, state.id, event):
		older = _read(state.account, state.id, row)
		if older and state.replaces(older):
			former_states.supersede(row, event, told)


def _stands(row: Any) -> bool:
	"""Whether an event that was worked off has written what it brought, or found it written."""
	try:
		done = json.loads(row.response_body or "null")
	except ValueError:
		return False
	return isinstance(done, list) and [one.get("action") in STANDS for one in done] == [True]


def _read(account: str, order_id: str, row: Any) -> State | None:
	"""What a stored event says of that order; None where it says something else, or cannot be read."""
	try:
		if row.event == former_states.CREATE_ORDER:
			found = of_call(account, json.loads(row.request_body or "null") or {}, row.seq)
		else:
			found = of(steps.run(routing.tasks(account, row, None)))
	except (ConnectError, ValueError, AttributeError):
		return None
	return found if found and found.id == order_id else None
