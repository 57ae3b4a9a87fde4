"""Writes fetched records of one flow many at a time: locks, look-ups and the commit are shared.

Each record still stands for itself: what fails is undone alone, and handed back to be tried by itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import frappe
from frappe.utils import now_datetime

from erp_connect import compat
from erp_connect.calls import switch
from erp_connect.config import inflow
from erp_connect.config.inflow import DOCUMENT, InFlow
from erp_connect.core.delivery.states import PROCESSED, PROCESSING, SKIPPED, SUPERSEDED
from erp_connect.core.errors import capped
from erp_connect.core.paging import nested
from erp_connect.records import exempt, gone, lookups, missed, write
from erp_connect.records.write import CREATED, Written
from erp_connect.store import inbox, sync_log

SAVEPOINT = "erp_connect_record"
# Outcome of an event whose document does not say all that came in.
OUTCOME_IN_PART = "not_all_taken"


def groups(events: list) -> Iterator[list]:
	"""The events in their order; those that may be written together stand in one list."""
	for flow, members in groupby(events, key=_flow_of):
		members = list(members)
		if flow is None:
			yield from ([event] for event in members)
		else:
			yield members


def write_all(events: list) -> list:
	"""Write claimed events of one group. Returns those that have to be tried by themselves. Commits."""
	if len(events) < 2:
		return events
	try:
		flow = inflow.load(events[0].field_mapping)
		if flow.purpose != DOCUMENT or flow.fetch_each or flow.fetches_files or not flow.enabled:
			return events
		mine = _still_mine(events)
		if not switch.takes_in(flow.account, frappe.session.user):
			frappe.db.rollback()  # lets go of the locks; whoever tries each by itself gives it back
			return events
		left = _write(flow, mine)
	except Exception:  # told when each is tried by itself
		frappe.db.rollback()
		return events
	frappe.clear_messages()
	frappe.db.commit()  # documents and the states of their events become true together
	return left


def outdated(event) -> bool:
	"""Whether a newer event of the same record has come since."""
	return inbox.newest([event.order_key]).get(event.order_key, 0) > event.seq


def _flow_of(event) -> str | None:
	alone = event.event != sync_log.PULL or event.status == PROCESSING or event.decision
	return None if alone else event.field_mapping


def _still_mine(events: list) -> list:
	mine = inbox.hold([event.name for event in events], events[0].token)
	return [event for event in events if event.name in mine]


def _write(flow: InFlow, events: list) -> list:
	compat.forget_between_records()
	records = [json.loads(event.request_body or "null") for event in events]
	known = write.look_ahead(flow, records)
	newest = inbox.newest([event.order_key for event in events])
	with lookups.ahead(flow, records), exempt.ahead(flow):
		return _write_each(flow, events, records, known, newest)


def _write_each(flow: InFlow, events: list, records: list, known: set[str], newest: dict[str, int]) -> list:
	updates, left, created = [], [], []
	for event, record in zip(events, records, strict=True):
		if newest.get(event.order_key, 0) > event.seq:
			updates.append(_update(event, SUPERSEDED, "newer_version"))
			continue
		written = _one(flow, event, record, known)
		if written is None:
			left.append(event)
			continue
		if all_skipped([written]):
			updates.append(_update(event, SKIPPED, exempt.OUTCOME, written))
			continue
		updates.append(_update(event, PROCESSED, outcome_of([written]), written))
		if written.action == CREATED and written.external_id:
			created.append(written.external_id)
	if updates:
		inbox.settle_many(events[0].token, updates)
	inbox.hurry_parked(flow.account, created)
	return left


def _one(flow: InFlow, event, record: Any, known: set[str]) -> Written | None:
	if gone.is_told(flow, record):
		return None
	frappe.db.savepoint(SAVEPOINT)
	try:
		nested.require_whole(record)
		return write.upsert(flow, record, known, received_hash=event.fingerprint, arrived=event.seq)
	except frappe.QueryDeadlockError:
		raise  # the database has undone the whole transaction, not just this record
	except Exception:  # told when it is tried by itself
		frappe.db.rollback(save_point=SAVEPOINT)
		return None


def _update(event, status: str, outcome: str, written: Written | None = None) -> dict[str, Any]:
	return {
		"name": event.name,
		"status": status,
		"outcome": outcome,
		"due_in": None,
		"last_attempt": now_datetime(),
		"reference_doctype": written.doctype if written else event.reference_doctype,
		"reference_name": written.name if written else event.reference_name,
		"external_id": written.external_id if written else event.external_id,
		"response_body": as_json([written]) if written else None,
		"error": told([written]) if written else "",
	}


def outcome_of(done: list[Written]) -> str:
	"""Outcome of an event whose records were written; it says so where ERPNext put something back."""
	return OUTCOME_IN_PART if any(one.missed for one in done) else ""


def all_skipped(done: list[Written]) -> bool:
	"""Whether nothing of an event was written, since a person took all its documents out."""
	return bool(done) and all(one.action == write.SKIPPED for one in done)


def told(done: list[Written]) -> str:
	"""The message of an event that was worked off: which of its documents do not say all of it, and why; and why nothing came
	of it."""
	ignored = {one.action for one in done} == {write.IGNORED}
	skipped = [one.reason for one in done if one.action == write.SKIPPED or ignored]
	lost = missed.told([one for written in done for one in written.missed])
	return capped(" ".join(filter(None, [*skipped, lost])))


def as_json(done: list[Written]) -> str:
	"""What was written, as Sync Log keeps it."""
	return json.dumps(
		[
			{"action": one.action, "doctype": one.doctype, "name": one.name, "reason": one.reason}
			for one in done
		]
	)
