"""What a person does with events: retry what failed, send again what was sent, cancel what waits."""

from __future__ import annotations

import json

import frappe
from frappe import _

from erp_connect.jobs import doorbell
from erp_connect.jobs.wakeup import INBOUND, PULL
from erp_connect.store import sync_cursor, sync_log

RETRYABLE = ("Failed", "Retrying", "Skipped", "Cancelled", "On Hold")
WAITING = ("Queued", "Retrying", "On Hold", "Failed")
REPLAYABLE = ("Delivered", "Failed", "Superseded")


def retry(names: list[str]) -> int:
	"""Queue events that failed or wait for their next try, outgoing and received. Returns how many.

	The payload is built anew, under a new key, so that a corrected document or flow takes effect. Where the
	outcome of the last try is unknown, the same bytes go out under the same key instead.
	"""
	received = _retry_incoming(names)
	rows = _rows(names, RETRYABLE, "Outgoing")
	for row in rows:
		values = {"status": "Queued", "attempts": 0, "error": "", "outcome": "", "next_attempt": None}
		if not row.frozen and not row.replay_of:
			values.update(method=None, path=None, request_body=None, idempotency_key=sync_log.new_id())
		_queue_again(row.name, values)
	_wake(rows)
	return len(rows) + received


def _retry_incoming(names: list[str]) -> int:
	# A failed call of the API is repeated by its caller, who got the error.
	found = _rows(names, RETRYABLE, "Incoming")
	for row in found:
		if row.event == sync_log.PULL_RUN:
			sync_cursor.make_due(row.field_mapping)
			PULL.after_commit(row.field_mapping)
	rows = [row for row in found if row.event in (sync_log.WEBHOOK, sync_log.PULL)]
	for row in rows:
		sync_log.make_due(row.name, status="Received", attempts=0, error="", outcome="")
	for account in {row.integration for row in rows}:
		INBOUND.after_commit(account)
	return len(rows) + sum(row.event == sync_log.PULL_RUN for row in found)


def decide(name: str, decision: str | dict[str, str]) -> None:
	"""Let a held event be written with the decision of a person: `here`, `there`, or a side for each field."""
	row = next(iter(_rows([name], ("On Hold",), "Incoming")), None)
	if row is None or not row.conflict:
		frappe.throw(_("{0} does not wait for a decision any more. Reload the page.").format(name))
	sync_log.make_due(
		name, status="Received", attempts=0, error="", outcome="", decision=json.dumps(decision)
	)
	INBOUND.after_commit(row.integration)


def replay(names: list[str]) -> list[str]:
	"""Send the stored bytes of events once more, each as a new event with the same key. Returns new names."""
	rows = [row for row in _rows(names, REPLAYABLE, "Outgoing") if row.method]
	created = (
		sync_log.queue([_copy(row, row.request_body, row.idempotency_key, edited=0) for row in rows])
		if rows
		else []
	)
	_wake(rows)
	return created


def replay_edited(name: str, payload: str) -> str:
	"""Send an event with another payload, under a key of its own. Returns the new event's name."""
	rows = [row for row in _rows([name], REPLAYABLE, "Outgoing") if row.method]
	if not rows:
		frappe.throw(
			_("{0} was never built as a request, so there is nothing to edit. Use Retry instead.").format(
				name
			)
		)
	row = rows[0]
	if "json" in (row.content_type or ""):
		payload = _compact_json(payload)
	created = sync_log.queue([_copy(row, payload, sync_log.new_id(), edited=1)])
	_wake(rows)
	return created[0]


def cancel(names: list[str]) -> int:
	"""Give up events that wait or failed. Returns how many."""
	rows = _rows(names, WAITING, "Outgoing")
	if rows:
		frappe.db.sql(
			"UPDATE `tabSync Log` SET status = 'Cancelled', due_at = NULL, next_attempt = NULL WHERE name IN %s",
			(tuple(row.name for row in rows),),
		)
		sync_log.hurry({row.order_key for row in rows})
		_wake(rows)
	return len(rows)


def _rows(names: list[str], statuses: tuple[str, ...], direction: str) -> list:
	if not names:
		return []
	return frappe.db.sql(
		"SELECT * FROM `tabSync Log` WHERE name IN %s AND status IN %s AND direction = %s ORDER BY seq FOR UPDATE",
		(tuple(names), statuses, direction),
		as_dict=True,
	)


def _queue_again(name: str, values: dict) -> None:
	assignments = ", ".join(f"`{column}` = %s" for column in values)
	frappe.db.sql(
		f"UPDATE `tabSync Log` SET {assignments}, due_at = UNIX_TIMESTAMP(), claim_token = NULL WHERE name = %s",
		[*values.values(), name],
	)


def _copy(row, body: str, key: str, edited: int) -> dict:
	kept = (
		"integration", "field_mapping", "company", "event", "reference_doctype", "reference_name", "order_key",
		"subject", "method", "path", "operation", "content_type", "trace_id", "snapshot",
	)  # fmt: skip
	values = {column: row[column] for column in kept}
	return {**values, "request_body": body, "idempotency_key": key, "replay_of": row.name, "edited": edited}


def _compact_json(payload: str) -> str:
	try:
		return json.dumps(json.loads(payload), ensure_ascii=False, separators=(",", ":"))
	except ValueError as error:
		frappe.throw(_("The payload is not valid JSON: {0}. Correct it and send again.").format(str(error)))


def _wake(rows: list) -> None:
	doorbell.after_commit({row.integration for row in rows})
