"""Sync Log: the kinds of its rows, the events that go out, and what all events have in common.

Rows are written with plain SQL: an insert through the document layer costs more than the whole budget of a
save, and results are written for a whole batch at once. `due_at` is the engine of it all: an epoch second of
the database's clock from which a row may be taken; while a worker has it, the end of its lease; NULL when
nothing is left to do. Statuses are changed by `moves` alone. Nothing here commits.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import frappe
from frappe.utils import now

from erp_connect.core.delivery.states import (
	CANCELLED,
	FAILED,
	ON_HOLD,
	OUT,
	QUEUED,
	RETRYING,
	SENDING,
)
from erp_connect.store import statements
from erp_connect.store.keys import new_id

# `event` of what came in by a webhook.
WEBHOOK = "webhook"
# `event` of many records that came in by one call, which have a job of their own.
BULK = "bulk_upsert"
# `event` of a file that was asked for by a call, likewise.
EXPORT = "export"
# `event` of a record that was fetched, of a pull that failed, and of a load in windows that did.
PULL, PULL_RUN, LOAD_RUN = "pull", "pull_run", "load_run"
QUEUE_COLUMNS = (
	"name", "creation", "modified", "owner", "modified_by", "direction", "status", "integration", "field_mapping",
	"company", "event", "reference_doctype", "reference_name", "order_key", "snapshot", "subject", "idempotency_key", "trace_id",
	"backfill", "replay_of", "edited", "old_name", "merged_into", "method", "path", "operation", "request_body",
	"request_headers", "request_files", "content_type", "payload_doctype", "payload_name",
)  # fmt: skip


def queue(events: list[dict[str, Any]]) -> list[str]:
	"""Insert outgoing events, due at once. Returns their names.

	Each event has `integration, field_mapping, event, reference_doctype, reference_name, order_key` and may
	have any other of QUEUE_COLUMNS.
	"""
	fixed = {**statements.standard_values(), "direction": OUT, "status": QUEUED}
	rows = []
	for event in events:
		name = new_id()
		rows.append({"name": name, "idempotency_key": name, "trace_id": name, "edited": 0, **event, **fixed})
	statements.insert("Sync Log", QUEUE_COLUMNS, rows, due_at="UNIX_TIMESTAMP()")
	return [row["name"] for row in rows]


def oldest_due(accounts: Collection[str]) -> dict[str, float]:
	"""For how many seconds the oldest event that is due has been waiting, by account; none for one that is up to date."""
	if not accounts:
		return {}
	rows = frappe.db.sql(
		"SELECT integration, UNIX_TIMESTAMP() - MIN(due_at) FROM `tabSync Log`"
		" WHERE integration IN %s AND due_at <= UNIX_TIMESTAMP() GROUP BY integration",
		(tuple(accounts),),
	)
	return {account: float(seconds) for account, seconds in rows}


def last_seq() -> int:
	"""Place of the latest event in the order of arrival: what is done now is newer than all that has come so far."""
	return frappe.db.sql("SELECT COALESCE(MAX(seq), 0) FROM `tabSync Log`")[0][0]


def first_seq(trace_id: str) -> int:
	"""Place in the order of arrival of the event that all events with this trace id were made of."""
	return frappe.db.sql("SELECT MIN(seq) FROM `tabSync Log` WHERE trace_id = %s", trace_id)[0][0]


# Rows whose request may still be built from the document, by a worker or after a Retry.
MAY_BE_BUILT = (QUEUED, SENDING, RETRYING, ON_HOLD, FAILED, CANCELLED)


def keep_copy(order_keys: list[str], copy: str) -> None:
	"""Give a copy of a document that is being deleted to its events that were not delivered.

	copy: its values as JSON. It takes the place of what a two-way flow would remember, which is over with the document.
	"""
	if order_keys:
		frappe.db.sql(
			"UPDATE `tabSync Log` SET snapshot = %s WHERE order_key IN %s AND direction = %s"
			" AND FIND_IN_SET(status, %s)",
			(copy, tuple(order_keys), OUT, ",".join(MAY_BE_BUILT)),
		)


def copies(names: list[str]) -> dict[str, str]:
	"""The copies of deleted documents that these events were given, as committed now."""
	if not names:
		return {}
	return dict(
		frappe.db.sql(
			"SELECT name, snapshot FROM `tabSync Log` WHERE name IN %s AND snapshot IS NOT NULL",
			(tuple(names),),
		)
	)


def set_values(name: str, **values: Any) -> None:
	"""Write columns of one event. Raises `ValueError` for its status, which `moves` changes."""
	if "status" in values:
		raise ValueError("A status is changed by store.moves.")
	frappe.db.sql(
		f"UPDATE `tabSync Log` SET {statements.assignments(list(values))}, modified = %s WHERE name = %s",
		[*values.values(), now(), name],
	)


def hurry(order_keys: set[str]) -> None:
	"""Let events that stood behind others of these documents be looked at again at once.

	Rows that somebody else holds are left alone: whoever writes them now sees the new state of the others.
	"""
	if not order_keys:
		return
	names = frappe.db.sql_list(
		"SELECT name FROM `tabSync Log` WHERE order_key IN %s AND due_at > UNIX_TIMESTAMP()"
		" AND (status = %s OR (status = %s AND next_attempt <= %s)) FOR UPDATE SKIP LOCKED",
		(tuple(order_keys), QUEUED, RETRYING, now()),
	)
	if names:
		frappe.db.sql("UPDATE `tabSync Log` SET due_at = UNIX_TIMESTAMP() WHERE name IN %s", (tuple(names),))


def documents_of(names: list[str]) -> dict[str, str]:
	"""Which document each event is about now. Waits for a rename that is under way."""
	rows = frappe.db.sql(
		"SELECT name, reference_name FROM `tabSync Log` WHERE name IN %s FOR UPDATE", (tuple(names),)
	)
	return dict(rows)
