"""What waits of a document in a flow that goes both ways: asked for, released, built anew. Never commits.

Rows that somebody else holds are left alone: they are being sent, and whoever waited for them while holding a link
would stand in the way of writing down what came of it.
"""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.store import sync_log

# `outcome` of a record that waits for a person, and of a document that waits for that decision, or for a record
# that came in and is not written yet.
CONFLICT, CONFLICT_OPEN, CHANGED_OUTSIDE = "both_changed", "conflict_open", "changed_outside"

# Of what the outside was not told.
UNTOLD = ("Queued", "Sending", "Retrying", "On Hold", "Failed")


def coming(flows: list[str], doctype: str, names: list[str]) -> list[tuple[str, str, bool]]:
	"""(flow, document, whether it waits for a person) of records that came in and are not written yet."""
	if not flows or not names:
		return []
	return frappe.db.sql(
		"SELECT field_mapping, reference_name, status = 'On Hold' FROM `tabSync Log`"
		" WHERE reference_doctype = %s AND reference_name IN %s AND field_mapping IN %s AND direction = 'Incoming'"
		" AND event = %s AND (status IN ('Received', 'Processing')"
		" OR status = 'Retrying' AND decision IS NOT NULL OR status = 'On Hold' AND outcome = %s)",
		(doctype, tuple(names), tuple(flows), sync_log.PULL, CONFLICT),
	)


def release(order_key: str) -> bool:
	"""Queue the events of a document that waited for what came in; whether there were any."""
	return _queue(
		frappe.db.sql_list(
			"SELECT name FROM `tabSync Log` WHERE order_key = %s AND (status = 'On Hold' AND outcome = %s"
			" OR status = 'Retrying' AND outcome = %s) FOR UPDATE SKIP LOCKED",
			(order_key, CONFLICT_OPEN, CHANGED_OUTSIDE),
		)
	)


def release_decided() -> bool:
	"""Queue all events that wait for a decision which nobody has to make any more; whether there were any.

	`release` does that when a decision is written, but an event may have been held just then.
	"""
	return _queue(
		frappe.db.sql_list(
			"SELECT log.name FROM `tabSync Log` log LEFT JOIN `tabSync Log` open"
			" ON open.field_mapping = log.field_mapping AND open.status = 'On Hold' AND open.direction = 'Incoming'"
			" AND open.outcome = %s AND open.reference_name = log.reference_name"
			" WHERE log.status = 'On Hold' AND log.direction = 'Outgoing' AND log.outcome = %s AND open.name IS NULL",
			(CONFLICT, CONFLICT_OPEN),
		)
	)


def _queue(names: list[str]) -> bool:
	if names:
		frappe.db.sql(
			"UPDATE `tabSync Log` SET status = 'Queued', outcome = '', error = '', next_attempt = NULL,"
			" due_at = UNIX_TIMESTAMP() WHERE name IN %s AND status IN ('On Hold', 'Retrying')",
			(tuple(names),),
		)
	return bool(names)


def build_anew(order_key: str) -> None:
	"""Requests of a document that were built, and wait to be repeated, are built anew; not where one may have arrived."""
	for name in frappe.db.sql_list(
		"SELECT name FROM `tabSync Log` WHERE order_key = %s AND status IN ('Queued', 'Retrying', 'On Hold')"
		" AND direction = 'Outgoing' AND method IS NOT NULL AND frozen = 0 AND replay_of IS NULL FOR UPDATE SKIP LOCKED",
		order_key,
	):
		key = sync_log.new_id()
		sync_log.set_values(name, method=None, path=None, request_body=None, idempotency_key=key)


def deleting(order_key: str) -> bool:
	"""Whether the deletion of a document is still to be told to the outside."""
	return _is_going_out(order_key=order_key, event="delete", status=("in", UNTOLD))


def creating(flow: str) -> bool:
	"""Whether records of a flow are being created outside at this moment."""
	return _is_going_out(field_mapping=flow, status="Sending", operation="Create")


def _is_going_out(**filters: Any) -> bool:
	return bool(frappe.db.exists("Sync Log", {"direction": "Outgoing", **filters}))
