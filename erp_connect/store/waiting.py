"""What waits of a document in a flow that goes both ways: asked for, released, built anew. Never commits.

Rows that somebody else holds are left alone: they are being sent, and whoever waited for them while holding a link
would stand in the way of writing down what came of it.
"""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.core.delivery.states import (
	CANCELLED,
	DELIVERED,
	FAILED,
	IN,
	ON_HOLD,
	OUT,
	OUTGOING,
	PROCESSED,
	PROCESSING,
	QUEUED,
	RECEIVED,
	RETRYING,
	SENDING,
)
from erp_connect.store import moves, sync_log
from erp_connect.store.keys import new_id

# `outcome` of a record that waits for a person, and of a document that waits for that decision, or for a record
# that came in and is not written yet.
CONFLICT, CONFLICT_OPEN, CHANGED_OUTSIDE = "both_changed", "conflict_open", "changed_outside"
# Of the deletion of a document whose record a person wants to stand.
OUTSIDE_TAKEN = "outside_taken"

# Events that bring a record by themselves.
CAME = (sync_log.PULL, sync_log.WEBHOOK)

# The outside does not know of these events, or not for certain.
UNDELIVERED = (QUEUED, SENDING, RETRYING, ON_HOLD, FAILED)


def coming(flows: list[str], doctype: str, names: list[str]) -> list[tuple[str, str, str]]:
	"""(flow, document, status) of records that came in and are not written yet; see `refused` for those that failed.

	A webhook is among them where it was known, when it came, which document it is about.
	"""
	if not flows or not names:
		return []
	return frappe.db.sql(
		"SELECT field_mapping, reference_name, status FROM `tabSync Log`"
		" WHERE reference_doctype = %s AND reference_name IN %s AND field_mapping IN %s AND direction = %s"
		" AND event IN %s AND (status IN %s OR status = %s AND outcome = %s)",
		(doctype, tuple(names), tuple(flows), IN, CAME, (RECEIVED, PROCESSING, RETRYING), ON_HOLD, CONFLICT),
	)


def being_made(account: str, paths: list[str], but: list[str]) -> list[str]:
	"""Those of these paths at which a record is being made, or may be. but: names of events that do not count."""
	return frappe.db.sql_list(
		"SELECT DISTINCT path FROM `tabSync Log` WHERE integration = %s AND direction = %s AND due_at IS NOT NULL"
		" AND operation = 'Create' AND method IS NOT NULL AND path IN %s AND name NOT IN %s",
		(account, OUT, tuple(paths), tuple(but)),
	)


def refused(flows: list[str], doctype: str, names: list[str]) -> list[tuple[str, str]]:
	"""(flow, document) of changes outside that could not be written here, with nothing sent or written of it since."""
	if not flows or not names:
		return []
	return frappe.db.sql(
		"SELECT log.field_mapping, log.reference_name FROM `tabSync Log` log"
		" LEFT JOIN `tabSync Log` later ON later.reference_doctype = log.reference_doctype"
		" AND later.reference_name = log.reference_name AND later.field_mapping = log.field_mapping"
		" AND later.seq > log.seq AND (later.direction = %s AND later.status = %s"
		" OR later.direction = %s AND later.status = %s AND later.event IN %s)"
		" WHERE log.reference_doctype = %s AND log.reference_name IN %s AND log.field_mapping IN %s"
		" AND log.direction = %s AND log.event IN %s AND log.status = %s AND later.name IS NULL",
		(OUT, DELIVERED, IN, PROCESSED, CAME, doctype, tuple(names), tuple(flows), IN, CAME, FAILED),
	)


def release(order_key: str) -> bool:
	"""Queue the events of a document that waited for what came in; whether there were any."""
	return _queue(
		frappe.db.sql_list(
			"SELECT name FROM `tabSync Log` WHERE order_key = %s AND (status = %s AND outcome = %s"
			" OR status = %s AND outcome = %s) FOR UPDATE SKIP LOCKED",
			(order_key, ON_HOLD, CONFLICT_OPEN, RETRYING, CHANGED_OUTSIDE),
		)
	)


def release_decided() -> bool:
	"""Queue all events that wait for a decision which nobody has to make any more; whether there were any.

	`release` does that when a decision is written, but an event may have been held just then.
	"""
	return _queue(
		frappe.db.sql_list(
			"SELECT log.name FROM `tabSync Log` log LEFT JOIN `tabSync Log` open"
			" ON open.field_mapping = log.field_mapping AND open.direction = %s"
			" AND open.reference_name = log.reference_name"
			" AND (open.status = %s AND open.outcome = %s OR open.status = %s AND open.event IN %s)"
			" WHERE log.status = %s AND log.direction = %s AND log.outcome = %s AND open.name IS NULL",
			(IN, ON_HOLD, CONFLICT, FAILED, CAME, ON_HOLD, OUT, CONFLICT_OPEN),
		)
	)


def _queue(names: list[str]) -> bool:
	"""Queue events of these that still wait; whether there were any."""
	return bool(names) and bool(
		moves.move(
			OUTGOING,
			QUEUED,
			"name IN %s",
			[tuple(names)],
			only_from=(ON_HOLD, RETRYING),
			due_in=0,
			outcome="",
			error="",
			next_attempt=None,
		)
	)


def build_anew(order_key: str) -> None:
	"""Requests of a document that were built, and wait to be repeated, are built anew; not where one may have arrived."""
	for name in frappe.db.sql_list(
		"SELECT name FROM `tabSync Log` WHERE order_key = %s AND status IN %s AND direction = %s"
		" AND method IS NOT NULL AND frozen = 0 AND replay_of IS NULL FOR UPDATE SKIP LOCKED",
		(order_key, (QUEUED, RETRYING, ON_HOLD), OUT),
	):
		sync_log.set_values(name, method=None, path=None, request_body=None, idempotency_key=new_id())


def deleting(order_key: str) -> bool:
	"""Whether the deletion of a document is still to be told to the outside."""
	return _is_going_out(order_key=order_key, event="delete", status=("in", UNDELIVERED))


def untold(order_key: str) -> bool:
	"""Whether there is something of a document that the outside was not told, or not for certain."""
	return _is_going_out(order_key=order_key, status=("in", UNDELIVERED))


def under_way(flows: list[str], doctype: str, name: str) -> bool:
	"""Whether something of a document is being sent by one of these flows, or will be by itself."""
	return _is_going_out(
		field_mapping=("in", flows), reference_doctype=doctype, reference_name=name, due_at=("is", "set")
	)


def give_up_deletion(order_key: str) -> bool:
	"""Cancel what is still to be told of a deleted document; whether nothing of it is on its way any more."""
	moves.move(
		OUTGOING,
		CANCELLED,
		"order_key = %s AND direction = %s",
		[order_key, OUT],
		only_from=(QUEUED, RETRYING, ON_HOLD, FAILED),
		due_in=None,
		next_attempt=None,
		outcome=OUTSIDE_TAKEN,
	)
	return not deleting(order_key)


def creating(flow: str) -> bool:
	"""Whether records of a flow are being created outside at this moment."""
	return _is_going_out(field_mapping=flow, status=SENDING, operation="Create")


def by_another_flow(event: Any, flow: Any, which: str, *values: str) -> bool:
	"""Whether another flow of the account has an event of the same document, with the same kind of record outside, that is not
	over. which: a condition on it, as `other`, with its values."""
	return bool(
		frappe.db.sql(
			"SELECT 1 FROM `tabSync Log` other JOIN `tabField Mapping` flow ON flow.name = other.field_mapping"
			" WHERE other.reference_doctype = %s AND other.reference_name = %s AND other.integration = %s"
			" AND other.field_mapping != %s AND flow.remote_entity = %s AND other.direction = %s"
			f" AND other.due_at IS NOT NULL AND {which} LIMIT 1",
			(
				event.reference_doctype, str(event.reference_name), flow.account, flow.name, flow.remote_entity, OUT,
				*values,
			),
		)
	)  # fmt: skip


def _is_going_out(**filters: Any) -> bool:
	return bool(frappe.db.exists("Sync Log", {"direction": OUT, **filters}))
