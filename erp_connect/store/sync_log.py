"""The only writer of Sync Log and Sync Attempt.

Rows are written with plain SQL: an insert through the document layer costs more than the whole budget of a
save, and results are written for a whole batch at once. `due_at` is the engine of it all: an epoch second of
the database's clock from which a row may be taken; while a worker has it, the end of its lease; NULL when
nothing is left to do.
"""

import hashlib
import os
import time
from collections.abc import Iterator
from typing import Any

import frappe
from frappe.utils import now

from erp_connect.core.values.ids import new_event_id

# `event` of what came in by a webhook.
WEBHOOK = "webhook"
# `event` of many records that came in by one call, which have a job of their own.
BULK = "bulk_upsert"
# `event` of a record that was fetched, and of a pull that failed.
PULL, PULL_RUN = "pull", "pull_run"
QUEUE_COLUMNS = (
	"name", "creation", "modified", "owner", "modified_by", "direction", "status", "integration", "field_mapping",
	"company", "event", "reference_doctype", "reference_name", "order_key", "snapshot", "subject", "idempotency_key", "trace_id",
	"backfill", "replay_of", "edited", "method", "path", "operation", "request_body", "content_type",
)  # fmt: skip
RECEIVE_COLUMNS = (
	"name", "creation", "modified", "owner", "modified_by", "direction", "status", "integration", "field_mapping",
	"company", "event", "reference_doctype", "reference_name", "external_id", "order_key", "dedupe_key", "fingerprint",
	"trace_id", "request_body",
)  # fmt: skip
ATTEMPT_COLUMNS = (
	"name", "creation", "modified", "owner", "modified_by", "sync_log", "integration", "attempt", "started",
	"duration_ms", "outcome", "response_status", "error", "method", "url", "request_headers", "request_body",
	"response_headers", "response_body",
)  # fmt: skip

STATEMENT_CHARACTERS = 2_000_000


def new_id() -> str:
	return new_event_id(int(time.time() * 1000), os.urandom(10))


def order_key(flow: str, doctype: str, name: str) -> str:
	"""Events with one order key are sent in order and collapse into one another."""
	return hashlib.sha1(f"{flow}\n{doctype}\n{name}".encode(), usedforsecurity=False).hexdigest()


def queue(events: list[dict]) -> list[str]:
	"""Insert outgoing events, due at once, in one statement. Returns their names.

	Each event has `integration, field_mapping, event, reference_doctype, reference_name, order_key` and may
	have any other of QUEUE_COLUMNS.
	"""
	stamp, user, names, values = now(), frappe.session.user, [], []
	for event in events:
		name = new_id()
		names.append(name)
		row = {
			"name": name, "creation": stamp, "modified": stamp, "owner": user, "modified_by": user,
			"direction": "Outgoing", "status": "Queued", "idempotency_key": name, "trace_id": name, "edited": 0, **event,
		}  # fmt: skip
		values.extend(row.get(column) for column in QUEUE_COLUMNS)
	one = f"({', '.join(['%s'] * len(QUEUE_COLUMNS))}, UNIX_TIMESTAMP())"
	frappe.db.sql(
		f"INSERT INTO `tabSync Log` ({_columns(QUEUE_COLUMNS)}, `due_at`) VALUES {', '.join([one] * len(events))}",
		values,
	)
	return names


def receive(event: dict) -> str:
	"""Insert an incoming event; with `due`, a worker is to take it. Returns its name."""
	stamp, user = now(), frappe.session.user
	row = {
		"name": new_id(),
		"creation": stamp,
		"modified": stamp,
		"owner": user,
		"modified_by": user,
		"direction": "Incoming",
		**event,
	}
	row.setdefault("trace_id", row["name"])
	due = "UNIX_TIMESTAMP()" if row.pop("due", False) else "NULL"
	columns = tuple(row)
	frappe.db.sql(
		f"INSERT INTO `tabSync Log` ({_columns(columns)}, `due_at`)"
		f" VALUES ({', '.join(['%s'] * len(columns))}, {due})",
		list(row.values()),
	)
	return row["name"]


def receive_many(events: list[dict]) -> None:
	"""Insert incoming events of RECEIVE_COLUMNS, due at once; each has a `name` by `new_id`.

	Their `order_key`s tell which are about one record: `replace` takes older ones out of the way first.
	"""
	stamp, user = now(), frappe.session.user
	fixed = {
		"creation": stamp, "modified": stamp, "owner": user, "modified_by": user, "direction": "Incoming",
		"status": "Received",
	}  # fmt: skip
	rows = [{**fixed, "trace_id": event["name"], **event} for event in events]
	one = f"({', '.join(['%s'] * len(RECEIVE_COLUMNS))}, UNIX_TIMESTAMP())"
	for part in _parts(rows):
		frappe.db.sql(
			f"INSERT INTO `tabSync Log` ({_columns(RECEIVE_COLUMNS)}, `due_at`) VALUES {', '.join([one] * len(part))}",
			[row.get(column) for row in part for column in RECEIVE_COLUMNS],
		)


def latest(order_keys: list[str]) -> dict[str, Any]:
	"""The latest event of each record, by order key; locked until the transaction ends.

	Each has `integration`, `fingerprint`, `status` and `last_attempt`.
	"""
	if not order_keys:
		return {}
	rows = frappe.db.sql(
		"SELECT order_key, integration, fingerprint, status, last_attempt FROM `tabSync Log`"
		" WHERE order_key IN %s AND dedupe_key IS NOT NULL FOR UPDATE",
		(tuple(order_keys),),
		as_dict=True,
	)
	return {row.order_key: row for row in rows}


def replace(successors: dict[str, str]) -> None:
	"""Newer events of these records are about to be inserted: what waits or failed of them is superseded.

	successors: order key → name of the newer event.
	"""
	for order_key, name in successors.items():
		frappe.db.sql(
			"UPDATE `tabSync Log` SET status = 'Superseded', superseded_by = %s, due_at = NULL, next_attempt = NULL"
			" WHERE order_key = %s AND status IN ('Received', 'Retrying', 'Failed', 'On Hold')",
			(name, order_key),
		)
		# Only the latest event of a record holds its key, so that a state that comes back later is news again.
		frappe.db.sql(
			"UPDATE `tabSync Log` SET dedupe_key = NULL WHERE order_key = %s AND dedupe_key IS NOT NULL",
			order_key,
		)


def hurry_parked(integration: str, external_ids: list[str]) -> None:
	"""Let updates that came before the creation of these records be tried again at once."""
	if external_ids:
		frappe.db.sql(
			"UPDATE `tabSync Log` SET due_at = UNIX_TIMESTAMP() WHERE integration = %s AND status = 'Retrying'"
			" AND direction = 'Incoming' AND outcome = 'parked' AND external_id IN %s",
			(integration, tuple(external_ids)),
		)


def newest(order_keys: list[str]) -> dict[str, int]:
	"""Place (`seq`) of the latest event of each record, by order key, as committed now."""
	if not order_keys:
		return {}
	return dict(
		frappe.db.sql(
			"SELECT order_key, MAX(seq) FROM `tabSync Log` WHERE order_key IN %s GROUP BY order_key",
			(tuple(order_keys),),
		)
	)


def make_due(name: str, **values) -> None:
	"""Write columns of one event and let a worker take it again."""
	set_values(name, **values)
	frappe.db.sql(
		"UPDATE `tabSync Log` SET due_at = UNIX_TIMESTAMP(), claim_token = NULL WHERE name = %s", name
	)


def set_values(name: str, **values) -> None:
	"""Write columns of one event."""
	assignments = ", ".join(f"`{column}` = %s" for column in values)
	frappe.db.sql(
		f"UPDATE `tabSync Log` SET {assignments}, modified = %s WHERE name = %s",
		[*values.values(), now(), name],
	)


def write_attempts(attempts: list[dict]) -> None:
	"""Insert Sync Attempt rows in one statement. Bodies and headers come redacted and capped."""
	if not attempts:
		return
	stamp, user, values = now(), frappe.session.user, []
	for attempt in attempts:
		row = {
			"name": new_id(),
			"creation": stamp,
			"modified": stamp,
			"owner": user,
			"modified_by": user,
			**attempt,
		}
		values.extend(row.get(column) for column in ATTEMPT_COLUMNS)
	one = f"({', '.join(['%s'] * len(ATTEMPT_COLUMNS))})"
	frappe.db.sql(
		f"INSERT INTO `tabSync Attempt` ({_columns(ATTEMPT_COLUMNS)}) VALUES {', '.join([one] * len(attempts))}",
		values,
	)


def update_claimed(claim_token: str, updates: list[dict]) -> None:
	"""Write different values into many rows in one statement.

	`updates`: dicts with `name` and the same keys each; the value of `due_in` (seconds, None for never) becomes
	`due_at` by the database's clock. Only rows that still carry `claim_token` change: a worker that lost its
	lease cannot overwrite what its successor did.
	"""
	for part in _parts(updates):
		_update_claimed(claim_token, part)


def _parts(updates: list[dict]) -> Iterator[list[dict]]:
	"""Parts that stay well below MariaDB's longest statement (max_allowed_packet, 16 MB by default)."""
	part, size = [], 0
	for update in updates:
		length = sum(len(value) for value in update.values() if isinstance(value, str))
		if part and size + length > STATEMENT_CHARACTERS:
			yield part
			part, size = [], 0
		part.append(update)
		size += length
	if part:
		yield part


def _update_claimed(claim_token: str, updates: list[dict]) -> None:
	columns = list(updates[0])
	select = "SELECT " + ", ".join(f"%s AS `{column}`" for column in columns)
	union = "UNION ALL SELECT " + ", ".join(["%s"] * len(columns))
	assignments = [
		"log.due_at = UNIX_TIMESTAMP() + new.due_in"
		if column == "due_in"
		else f"log.`{column}` = new.`{column}`"
		for column in columns
		if column != "name"
	]
	values = [update[column] for update in updates for column in columns]
	frappe.db.sql(
		f"UPDATE `tabSync Log` log JOIN ({select} {' '.join([union] * (len(updates) - 1))}) new ON new.name = log.name"
		f" SET {', '.join(assignments)}, log.modified = %s WHERE log.claim_token = %s",
		[*values, now(), claim_token],
	)


def hurry(order_keys: set[str]) -> None:
	"""Let events that stood behind others of these documents be looked at again at once.

	Rows that somebody else holds are left alone: whoever writes them now sees the new state of the others.
	"""
	if not order_keys:
		return
	names = frappe.db.sql_list(
		"SELECT name FROM `tabSync Log` WHERE order_key IN %s AND due_at > UNIX_TIMESTAMP()"
		" AND (status = 'Queued' OR (status = 'Retrying' AND next_attempt <= %s)) FOR UPDATE SKIP LOCKED",
		(tuple(order_keys), now()),
	)
	if names:
		frappe.db.sql("UPDATE `tabSync Log` SET due_at = UNIX_TIMESTAMP() WHERE name IN %s", (tuple(names),))


def rename(doctype: str, old: str, new: str) -> None:
	"""After a rename or merge: the events of `old` belong to `new`, and what waits keeps its place in its order."""
	frappe.db.sql(
		"UPDATE `tabSync Log` SET reference_name = %s WHERE reference_doctype = %s AND reference_name = %s",
		(new, doctype, old),
	)
	for row in frappe.db.sql(
		"SELECT name, field_mapping FROM `tabSync Log`"
		" WHERE reference_doctype = %s AND reference_name = %s AND direction = 'Outgoing' AND subject IS NULL"
		" AND (due_at IS NOT NULL OR status IN ('On Hold', 'Failed'))",
		(doctype, new),
		as_dict=True,
	):
		key = order_key(row.field_mapping, doctype, new)
		frappe.db.sql("UPDATE `tabSync Log` SET order_key = %s WHERE name = %s", (key, row.name))


def documents_of(names: list[str]) -> dict[str, str]:
	"""Which document each event is about now. Waits for a rename that is under way."""
	rows = frappe.db.sql(
		"SELECT name, reference_name FROM `tabSync Log` WHERE name IN %s FOR UPDATE", (tuple(names),)
	)
	return dict(rows)


def _columns(names: tuple[str, ...]) -> str:
	return ", ".join(f"`{name}`" for name in names)
