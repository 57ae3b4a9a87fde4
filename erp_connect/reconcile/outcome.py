"""What came of repairs: read off the events that carry them out, whenever somebody looks. Never commits."""

from __future__ import annotations

import json
from typing import Any

import frappe

from erp_connect.core.delivery import states
from erp_connect.core.errors import capped
from erp_connect.records.write import IGNORED, STALE
from erp_connect.store import sync_difference
from erp_connect.store.sync_difference import FAILED, REPAIRED, REPAIRING

DONE = (states.DELIVERED, states.PROCESSED)
WAITING = states.CLAIMABLE | states.IN_FLIGHT
# An event that was joined with later ones is followed to the one that stood in for it, this far.
HOPS = 10


def refresh(run: str) -> None:
	"""Bring the findings of a comparison in line with the events of their repairs."""
	rows = sync_difference.under_repair(run)
	events = _events([row.repair_log for row in rows])
	for row in rows:
		event = _final(events.get(row.repair_log))
		status, message = _outcome(event)
		if (status, message) != (row.status, row.message or ""):
			values = {"repair_log": event.name} if event else {}
			sync_difference.set_values(row.name, status=status, message=message, **values)


def _outcome(event: Any) -> tuple[str, str]:
	if event is None:
		return FAILED, frappe._("The event of the repair is not kept any more. Compare again.")
	if event.status in DONE:
		return _written(event)
	if event.status in WAITING:
		return REPAIRING, event.error or ""
	if event.status == states.ON_HOLD:
		text = frappe._("Event {0} waits for a person: {1}").format(event.name, event.error or event.outcome)
		return REPAIRING, capped(text)
	if event.outcome == "nothing_changed":
		return REPAIRED, ""
	return FAILED, capped(event.error or _in_words(event))


def _in_words(event: Any) -> str:
	"""Why an event did nothing, of those that say it by a word only."""
	gone = frappe._("The document is gone. Compare again.")
	words = {
		"document_not_found": gone,
		"document_deleted": gone,
		"condition_not_met": frappe._("The flow does not send this document: see Only if in the flow."),
		"no_request_for_event": frappe._(
			"The flow has no request for it. Add one to Requests, then repair again."
		),
		"newer_version": frappe._("The record has a later version meanwhile. Compare again."),
	}
	return words.get(event.outcome) or event.outcome or frappe._(event.status)


def _written(event: Any) -> tuple[str, str]:
	"""An event may be through without having written what it brought."""
	done = json.loads(event.response_body or "null") if event.direction == states.IN else None
	last = done[-1] if isinstance(done, list) and done else {}
	if last.get("action") == IGNORED:
		return FAILED, last.get("reason") or frappe._("The flow ignores records that are new.")
	if last.get("action") == STALE:
		return FAILED, frappe._("The record has a later version meanwhile. Compare again.")
	return REPAIRED, ""


def _final(event: Any) -> Any:
	for _hop in range(HOPS):
		if not event or event.status != states.SUPERSEDED or not event.superseded_by:
			return event
		event = _events([event.superseded_by]).get(event.superseded_by)
	return event


def _events(names: list[str]) -> dict[str, Any]:
	if not names:
		return {}
	rows = frappe.db.sql(
		"SELECT name, direction, status, outcome, error, superseded_by, response_body FROM `tabSync Log`"
		" WHERE name IN %s",
		(tuple(names),),
		as_dict=True,
	)
	return {row.name: row for row in rows}
