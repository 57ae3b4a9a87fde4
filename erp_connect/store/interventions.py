"""What a person does with events in Desk: take them up again, or put them aside. Never commits."""

from __future__ import annotations

from collections.abc import Collection

import frappe

from erp_connect.core.delivery.states import (
	CANCELLABLE,
	CANCELLED,
	INCOMING,
	OUTGOING,
	QUEUED,
	RETRYABLE,
	LifeCycle,
)
from erp_connect.store import moves, sync_log
from erp_connect.store.keys import new_id


def lock(names: list[str], statuses: Collection[str], direction: str) -> list:
	"""Those of the events that are in one of `statuses`, whole rows in their order, locked until the transaction ends."""
	if not names:
		return []
	return frappe.db.sql(
		# Not `status IN`: see `moves`.
		"SELECT * FROM `tabSync Log` WHERE name IN %s AND FIND_IN_SET(status, %s) AND direction = %s ORDER BY seq"
		" FOR UPDATE",
		(tuple(names), ",".join(statuses), direction),
		as_dict=True,
	)


def queue_again(name: str, *, anew: bool) -> None:
	"""Queue a locked event from its first attempt on. anew: its request is built again, under a new key.

	Raises `moves.IllegalMove`.
	"""
	request = (
		{"method": None, "path": None, "request_body": None, "idempotency_key": new_id()} if anew else {}
	)
	moves.move_one(
		OUTGOING,
		QUEUED,
		name,
		only_from=RETRYABLE,
		due_in=0,
		next_attempt=None,
		**moves.AFRESH,
		**request,
	)


def cancel(names: list[str], outcome: str) -> list:
	"""Put events aside that wait or failed, and let what stood behind them go on. Returns their rows.

	outcome: why, as a word; what they said of their failure stays.
	"""
	rows = lock(names, CANCELLABLE, OUTGOING.direction)
	_cancel(OUTGOING, rows, outcome)
	if rows:
		sync_log.hurry({row.order_key for row in rows})
	return rows


def cancel_received(names: list[str], outcome: str) -> list:
	"""Put records aside that came in and could not be written. Returns their rows. outcome: as in `cancel`.

	Not where both sides changed: there a person chooses a side.
	"""
	rows = lock(names, CANCELLABLE, INCOMING.direction)
	rows = [row for row in rows if row.event in (sync_log.WEBHOOK, sync_log.PULL) and not row.conflict]
	_cancel(INCOMING, rows, outcome)
	return rows


def _cancel(life: LifeCycle, rows: list, outcome: str) -> None:
	if rows:
		moves.move(
			life,
			CANCELLED,
			"name IN %s",
			[tuple(row.name for row in rows)],
			only_from=CANCELLABLE & life.moves.keys(),
			due_in=None,
			next_attempt=None,
			outcome=outcome,
		)
