"""What a person does with events: retry what failed, send again what was sent, put aside what waits."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

import frappe
from frappe import _

from erp_connect.config import flow as flows
from erp_connect.core.delivery import states
from erp_connect.core.delivery.progress import progress_of
from erp_connect.core.errors import ConnectError
from erp_connect.core.values.json_text import problem_of
from erp_connect.jobs import doorbell
from erp_connect.jobs.wakeup import INBOUND, PULL
from erp_connect.outbound import already_there
from erp_connect.store import inbox, interventions, keys, leftovers, replays, sync_cursor, sync_link, sync_log

BY_HAND = (
	"{0} events were left out: their payload was written by hand, and a newer state of the document was sent since."
	" To send such a payload all the same, open the event and choose Replay."
)
NO_ACCOUNT = "{0} events were left out: their account was deleted, so nobody would send or write them."
TO_ANOTHER = (
	"{0} events were left out: their requests were built for the system to which the account led before, and hold ids of its"
	" records. To have the documents sent to this one, save them once more, or use Send Existing Documents in the flow."
)
IN_STEPS = (
	"{0} events were left out: they are sent in several steps, and only the last request is kept. Retry goes on with the step"
	" that is missing; to have all of them sent again, save the document once more."
)
# Of an event of which the record was changed outside and could not be looked at: a person did, and writes over it.
WRITTEN_OVER = "changed_unread"
IF_MATCH = "if-match"
# Why an event was put aside: a person settled it otherwise, or wants nothing done about it.
RESOLVED, PUT_ASIDE = "resolved_by_hand", "left_out"
REPLAYABLE = (states.DELIVERED, states.FAILED, states.SUPERSEDED)


@dataclass
class Replayed:
	"""What became of the events that were to be sent once more.

	created: names of the new events. older: events left out because the other side has a newer state of the document,
	or is about to get it. repeated: left out because a repetition of them was delivered or is under way.
	"""

	created: list[str] = field(default_factory=list)
	older: list[str] = field(default_factory=list)
	repeated: list[str] = field(default_factory=list)


def retry(names: list[str]) -> int:
	"""Queue events that failed or wait for their next try, outgoing and received. Returns how many.

	The payload is built anew, under a new key, so that a corrected document or flow takes effect. Where the
	outcome of the last try is unknown, or the event repeats another one, the same bytes go out under the same key
	instead, unless a newer state has gone out since: stored bytes would put the other side back.
	"""
	names = _of_existing_accounts(names)
	received = _retry_incoming(names)
	rows = _of_this_system(interventions.lock(names, states.RETRYABLE, states.OUT))
	histories = replays.histories([row for row in rows if row.frozen or row.replay_of])
	by_hand = [row for row in rows if row.edited and _overtaken(row, histories)]
	again = [row for row in rows if row not in by_hand]
	for row in again:
		# A step of unknown outcome is never sent under another key: the ones before it stand.
		anew = not (row.frozen and row.steps) and (
			row.order_key not in histories or _overtaken(row, histories)
		)
		if anew:
			replays.give_way(row)
		interventions.queue_again(row.name, anew=anew)
		if anew and (_asks_anew(row) or progress_of(row.steps).batch):
			sync_log.set_values(row.name, steps=None)
		if row.outcome == WRITTEN_OVER:
			sync_link.forget_etag(row.field_mapping, *_sent_document(row))
			sync_log.set_values(row.name, request_headers=_headers(row, None))
	if by_hand:
		frappe.msgprint(_(BY_HAND).format(len(by_hand)), title=_("Left out"))
	_wake(again)
	return len(again) + received


def _asks_anew(row) -> bool:
	"""Whether only questions were answered of an event so far: what a person corrected may answer them otherwise."""
	try:
		return bool(row.steps) and already_there.asks_anew(row, flows.load(row.field_mapping))
	except (ConnectError, frappe.DoesNotExistError):
		return False  # told when it is sent


def _of_existing_accounts(names: list[str]) -> list[str]:
	"""The events that somebody could take up. For the others a message says why not."""
	filters = {"name": ("in", names or [""])}
	accounts = dict(frappe.get_all("Sync Log", filters, ["name", "integration"], as_list=True))
	existing = set(frappe.get_all("Integration Settings", pluck="name"))
	left = [name for name in names if accounts.get(name) in existing]
	if len(left) < len(accounts):
		frappe.msgprint(_(NO_ACCOUNT).format(len(accounts) - len(left)), title=_("Left out"))
	return left


def _of_this_system(rows: list) -> list:
	"""Without repetitions of what was built for another system than the account leads to now. A message tells of them."""
	kept = [row for row in rows if not (row.replay_of and row.outcome in leftovers.OF_ANOTHER)]
	_tell_of_another(len(rows) - len(kept))
	return kept


def _tell_of_another(count: int) -> None:
	if count:
		frappe.msgprint(_(TO_ANOTHER).format(count), title=_("Left out"))


def _sent_document(row) -> tuple[str, str]:
	"""Type and name of the document that an event sends."""
	return row.payload_doctype or row.reference_doctype, row.payload_name or row.reference_name


def _overtaken(row, histories: dict) -> bool:
	"""Whether a newer state of its document was sent since. One that still waits goes out after it."""
	return bool(row.order_key in histories and histories[row.order_key].newer(row.name, ahead=False))


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


def replay(names: list[str], *, older: bool = False) -> Replayed:
	"""Send the stored bytes of events once more, each as a new event with the same key.

	older: a person wants it also where the other side has a newer state, or a repetition went out already. Otherwise
	such events are left out: sent again, they would put the other side back, or say the same twice.
	"""
	rows, done = _replayable(names), Replayed()
	if in_steps := frappe.db.count("Sync Log", {"name": ("in", names), "step": ("is", "set")}):
		frappe.msgprint(_(IN_STEPS).format(in_steps), title=_("Left out"))
	_tell_of_another(
		frappe.db.count(
			"Sync Log",
			{"name": ("in", names), "status": ("in", REPLAYABLE), "outcome": ("in", leftovers.OF_ANOTHER)},
		)
	)
	histories = replays.histories(rows)
	wanted = []
	for row in rows:
		if not older and _would_put_back(row, histories):
			done.older.append(row.name)
		elif not older and _is_repeated(row, histories):
			done.repeated.append(row.name)
		else:
			wanted.append(row)
	if wanted:
		copies = [_copy(row, row.request_body, row.idempotency_key, edited=0) for row in wanted]
		done.created = sync_log.queue(copies)
	if older:
		replays.allow_older(done.created)
	_wake(wanted)
	return done


def older_than_sent(names: list[str]) -> int:
	"""How many of the events `replay` leaves out unless a person insists. Locks them until the transaction ends."""
	rows = _replayable(names)
	histories = replays.histories(rows)
	return sum(_would_put_back(row, histories) or _is_repeated(row, histories) for row in rows)


def _would_put_back(row, histories: dict) -> bool:
	"""Whether the other side has a newer state of the document, or one waits, behind which a repetition would go."""
	return bool(histories[row.order_key].newer(row.name, ahead=True))


def _is_repeated(row, histories: dict) -> bool:
	"""Whether somebody repeated it already. What was delivered can be wanted once more, but not twice at a time."""
	history = histories[row.order_key]
	repetition = history.repeated(row.name)
	return bool(repetition) and not (
		row.status == states.DELIVERED and history.events[repetition].status == states.DELIVERED
	)


def replay_edited(name: str, payload: str) -> str:
	"""Send an event with another payload, under a key of its own. Returns the new event's name."""
	rows = _replayable([name])
	if not rows:
		if frappe.db.get_value("Sync Log", name, "step"):
			frappe.throw(_(IN_STEPS).format(1))
		if frappe.db.get_value("Sync Log", name, "outcome") in leftovers.OF_ANOTHER:
			frappe.throw(_(TO_ANOTHER).format(1))
		frappe.throw(
			_("{0} was never built as a request, so there is nothing to edit. Use Retry instead.").format(
				name
			)
		)
	row = rows[0]
	if "json" in (row.content_type or ""):
		payload = _compact_json(payload)
	if (row.content_type or "").startswith("multipart/"):
		payload = re.sub(r"\r?\n", "\r\n", payload)  # a browser ends lines in a way of its own
	created = sync_log.queue([_copy(row, payload, keys.new_id(), edited=1)])
	_wake(rows)
	return created[0]


def cancel(names: list[str], note: str = "") -> list[str]:
	"""Put events aside that wait or failed. Returns their names.

	note: how a person settled the matter otherwise, kept as a comment on each; without one they are just left out.
	"""
	outcome = RESOLVED if note else PUT_ASIDE
	rows = interventions.cancel(names, outcome)
	_wake(rows)
	done = [row.name for row in [*rows, *interventions.cancel_received(names, outcome)]]
	if note:
		for name in done:
			frappe.get_doc("Sync Log", name).add_comment("Comment", frappe.utils.escape_html(note))
	return done


def _replayable(names: list[str]) -> list:
	"""Those of the events that went out, or were built as a request at least, and as one that says all."""
	existing = _of_existing_accounts(names)
	rows = interventions.lock(existing, REPLAYABLE, states.OUT)
	return [row for row in rows if row.method and not row.step and row.outcome not in leftovers.OF_ANOTHER]


def _copy(row, body: str, key: str, edited: int) -> dict:
	kept = (
		"integration", "field_mapping", "company", "event", "reference_doctype", "reference_name", "order_key",
		"subject", "merged_into", "method", "path", "operation", "request_headers", "request_files", "content_type", "trace_id", "snapshot",
		"payload_doctype", "payload_name",
	)  # fmt: skip
	values = {column: row[column] for column in kept}
	values["request_headers"] = _headers(row, sync_link.etag_of(row.field_mapping, *_sent_document(row)))
	return {**values, "request_body": body, "idempotency_key": key, "replay_of": row.name, "edited": edited}


def _headers(row, etag: str | None) -> str | None:
	"""The stored headers of an event, for the state of the record that is known now; without one, for any."""
	stored = json.loads(row.request_headers or "{}")
	kept = {name: value for name, value in stored.items() if name.lower() != IF_MATCH}
	if etag and len(kept) < len(stored):
		kept["If-Match"] = etag
	return json.dumps(kept) if kept else None


def _compact_json(payload: str) -> str:
	try:
		return json.dumps(json.loads(payload), ensure_ascii=False, separators=(",", ":"))
	except ValueError as error:
		frappe.throw(
			_("The payload is not valid JSON: {0}. Correct it and send again.").format(problem_of(error))
		)


def _wake(rows: list) -> None:
	doorbell.after_commit({row.integration for row in rows})
