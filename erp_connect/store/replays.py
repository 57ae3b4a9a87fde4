"""Repetitions of outgoing events in Sync Log: what is known of their documents, and what ends along with them.

Never commits. The decisions are in `core/delivery/replays.py`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import frappe

from erp_connect.core.delivery.replays import History, Recorded
from erp_connect.core.delivery.states import (
	FAILED,
	IN,
	OUT,
	OUTGOING,
	PROCESSED,
	QUEUED,
	RETRYING,
	SUPERSEDED,
)
from erp_connect.store import moves, sync_log

# `decision` of a repetition that a person wanted although the other side has a newer state.
SEND_OLDER = "send_older"
COLUMNS = "name, seq, status, COALESCE(outcome, ''), direction, frozen, COALESCE(replay_of, ''), edited"
# Order keys in one statement.
AT_ONCE = 500


def histories(rows: list[Any]) -> dict[str, History]:
	"""The history of each row's document in its flow, by order key.

	rows: with `order_key, field_mapping, reference_doctype, reference_name`. What a two-way flow wrote here is a part
	of it.
	"""
	found: dict[str, list[Recorded]] = defaultdict(list)
	keys = list({row.order_key for row in rows})
	for start in range(0, len(keys), AT_ONCE):
		part = tuple(keys[start : start + AT_ONCE])
		for key, *values in frappe.db.sql(
			f"SELECT order_key, {COLUMNS} FROM `tabSync Log` WHERE order_key IN %s AND direction = %s",
			(part, OUT),
		):
			found[key].append(_recorded(values))
	for key, event in _came_in(rows):
		found[key].append(event)
	return {key: History(events) for key, events in found.items()}


def _came_in(rows: list[Any]) -> list[tuple[str, Recorded]]:
	"""(order key, event) of the records from outside that changed these documents by the same flow."""
	found = []
	for flow, doctype in {(row.field_mapping, row.reference_doctype) for row in rows}:
		names = {
			row.reference_name: row.order_key
			for row in rows
			if (row.field_mapping, row.reference_doctype) == (flow, doctype)
		}
		written = frappe.db.sql(
			f"SELECT reference_name, {COLUMNS} FROM `tabSync Log` WHERE reference_doctype = %s"
			" AND reference_name IN %s AND field_mapping = %s AND direction = %s AND event = %s AND status = %s"
			" AND response_body LIKE %s",
			(doctype, tuple(names), flow, IN, sync_log.PULL, PROCESSED, '%"action": "updated"%'),
		)
		found += [(names[name], _recorded(values)) for name, *values in written if name in names]
	return found


def _recorded(values: list[Any]) -> Recorded:
	name, seq, status, outcome, direction, frozen, replay_of, edited = values
	return Recorded(name, seq, status, outcome, direction, bool(frozen), replay_of, bool(edited))


def allow_older(names: list[str]) -> None:
	"""Let repetitions go out although the other side has a newer state: a person was asked."""
	for name in names:
		sync_log.set_values(name, decision=SEND_OLDER)


def delivered(rows: list[Any]) -> None:
	"""The failed events that delivered repetitions carried are done: each names the one that carried it.

	rows: the repetitions, as `histories` takes them.
	"""
	for key, history in histories(rows).items():
		for row in (row for row in rows if row.order_key == key and row.name in history.events):
			_carried(row.name, history.family(row.name) - {row.name}, (FAILED,))


def give_way(row: Any) -> None:
	"""Repetitions of an event that is built anew are not needed any more, except where one may have arrived.

	row: as `histories` takes it.
	"""
	history = histories([row])[row.order_key]
	family = history.family(row.name) - {row.name}
	others = {name for name in family if not (history.events[name].frozen or history.events[name].edited)}
	_carried(row.name, others & _repetitions(history), (QUEUED, RETRYING, FAILED))


def _repetitions(history: History) -> set[str]:
	return {event.name for event in history.events.values() if event.replay_of}


def _carried(by: str, names: set[str], statuses: tuple[str, ...]) -> None:
	if names:
		moves.move(
			OUTGOING,
			SUPERSEDED,
			"name IN %s",
			[tuple(names)],
			only_from=statuses,
			due_in=None,
			next_attempt=None,
			superseded_by=by,
		)
