"""What a person does with events: retry what failed, send again what was sent, cancel what waits."""

from __future__ import annotations

import json

import frappe
from frappe import _

from erp_connect.core.delivery import states
from erp_connect.jobs import doorbell
from erp_connect.jobs.wakeup import INBOUND, PULL
from erp_connect.store import inbox, interventions, keys, sync_cursor, sync_log

REPLAYABLE = (states.DELIVERED, states.FAILED, states.SUPERSEDED)


def retry(names: list[str]) -> int:
	"""Queue events that failed or wait for their next try, outgoing and received. Returns how many.

	The payload is built anew, under a new key, so that a corrected document or flow takes effect. Where the
	outcome of the last try is unknown, the same bytes go out under the same key instead.
	"""
	received = _retry_incoming(names)
	rows = interventions.lock(names, states.RETRYABLE, states.OUT)
	for row in rows:
		interventions.queue_again(row.name, anew=not row.frozen and not row.replay_of)
	_wake(rows)
	return len(rows) + received


def _retry_incoming(names: list[str]) -> int:
	# A failed call of the API is repeated by its caller, who got the error.
	found = interventions.lock(names, states.RETRYABLE, states.IN)
	for row in found:
		if row.event == sync_log.PULL_RUN:
			sync_cursor.make_due(row.field_mapping)
			PULL.after_commit(row.field_mapping)
	rows = [row for row in found if row.event in (sync_log.WEBHOOK, sync_log.PULL)]
	for row in rows:
		inbox.receive_again(row.name)
	for account in {row.integration for row in rows}:
		INBOUND.after_commit(account)
	return len(rows) + sum(row.event == sync_log.PULL_RUN for row in found)


def decide(name: str, decision: str | dict[str, str]) -> None:
	"""Let a held event be written with the decision of a person: `here`, `there`, or a side for each field."""
	row = next(iter(interventions.lock([name], (states.ON_HOLD,), states.IN)), None)
	if row is None or not row.conflict:
		frappe.throw(_("{0} does not wait for a decision any more. Reload the page.").format(name))
	inbox.receive_again(name, decision=json.dumps(decision))
	INBOUND.after_commit(row.integration)


def replay(names: list[str]) -> list[str]:
	"""Send the stored bytes of events once more, each as a new event with the same key. Returns new names."""
	rows = _replayable(names)
	created = (
		sync_log.queue([_copy(row, row.request_body, row.idempotency_key, edited=0) for row in rows])
		if rows
		else []
	)
	_wake(rows)
	return created


def replay_edited(name: str, payload: str) -> str:
	"""Send an event with another payload, under a key of its own. Returns the new event's name."""
	rows = _replayable([name])
	if not rows:
		frappe.throw(
			_("{0} was never built as a request, so there is nothing to edit. Use Retry instead.").format(
				name
			)
		)
	row = rows[0]
	if "json" in (row.content_type or ""):
		payload = _compact_json(payload)
	created = sync_log.queue([_copy(row, payload, keys.new_id(), edited=1)])
	_wake(rows)
	return created[0]


def cancel(names: list[str]) -> int:
	"""Give up events that wait or failed. Returns how many."""
	rows = interventions.cancel(names)
	_wake(rows)
	return len(rows)


def _replayable(names: list[str]) -> list:
	"""Those of the events that went out, or were built as a request at least."""
	return [row for row in interventions.lock(names, REPLAYABLE, states.OUT) if row.method]


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
