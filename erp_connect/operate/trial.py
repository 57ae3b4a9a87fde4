"""What would become of one record that comes in: the real writing, of which nothing is kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import frappe

from erp_connect import compat
from erp_connect.calls.fetcher import NotNow
from erp_connect.config.inflow import DOCUMENT, InFlow
from erp_connect.core.errors import ConnectError
from erp_connect.core.expressions.expression import Expression
from erp_connect.core.payload.serialise import diff, normalise
from erp_connect.core.values import samples
from erp_connect.inbound import routing
from erp_connect.records import comparing, failures, finder, gone, identity, own_file, received_files, values
from erp_connect.records import missed as missed_values
from erp_connect.records.errors import HeldForReview, NotYet, OnItsWay
from erp_connect.records.write import CANCELLED, CREATED, IGNORED, SKIPPED, STALE, UNCHANGED, UPDATED, Written
from erp_connect.store import dry_run

CREATE, UPDATE, SAME, HOLD, WAIT, IGNORE, OLDER, CANCEL, REMOVE, FAIL = (
	"create", "update", "same", "hold", "wait", "ignore", "older", "cancel", "remove", "fail",
)  # fmt: skip
ACTION_OF = {
	CREATED: CREATE,
	UPDATED: UPDATE,
	UNCHANGED: SAME,
	STALE: OLDER,
	IGNORED: IGNORE,
	CANCELLED: CANCEL,
	SKIPPED: IGNORE,
}


def of_record(
	flow: InFlow, record: Any, mapped: list[Expression], topic: str | None = None
) -> dict[str, Any]:
	"""Within `dry_run.nothing_kept`: what the flow would do with a whole record, as the session's user.

	mapped: expressions of the rows over the record. topic: of the webhook that brings it.
	Returns `action` (one of the words above), `external_id`, `version`, `values` by field, `document` where there is one,
	`changes` [{path, old, new}] of it, `done` (what else would be written), and `error` or `warning` in words.
	Files are not fetched; those that cannot be used whatever comes of that are told.
	"""
	compat.forget_between_records()
	told: dict[str, Any] = {"warning": _not_meant(record, mapped)}
	with_files, flow = flow, replace(flow, files=None, fetches_files=False)
	try:
		told |= {"external_id": identity.required(flow, record), "version": identity.version_of(flow, record)}
		with dry_run.each_undone():
			if gone.is_told(flow, record, topic):
				done = routing.carry_out(routing.Task(flow, record, alone=True, gone=True, topic=topic))
				return told | {"action": REMOVE, "done": _listed(done), "document": _first(done)}
			told |= _before(flow, record, told["external_id"])
			done = routing.carry_out(routing.Task(flow, record, alone=True, topic=topic))
			return told | _after(flow, done, told, _unusable(with_files, record, done, told.get("document")))
	except Exception as error:  # shown beside the record it is about
		return told | {"action": _action(error), "error": failures.detail(error, frappe._("preview again"))}
	finally:
		told.pop("current", None)


def _action(error: Exception) -> str:
	if isinstance(error, HeldForReview):
		return HOLD
	return WAIT if isinstance(error, NotYet | OnItsWay | NotNow) else FAIL


def _not_meant(record: Any, mapped: list[Expression]) -> str:
	"""What is said of a record in which nothing stands of what the flow maps; empty where something does."""
	if not mapped or any(_found(expression, record) for expression in mapped):
		return ""
	names = ", ".join(expression.text for expression in mapped[:5])
	text = frappe._("Nothing of what the rows map stands in this record ({0}).").format(names)
	if place := samples.inside(record):
		return f"{text} " + frappe._(
			"It looks like the wrapper of the records, which stand in {0}. Enter that in Records in the answer (tab Pull), or "
			"of a webhook in Record in the event (tab Incoming)."
		).format(place)
	return text


def _found(expression: Expression, record: Any) -> bool:
	try:
		return expression.search(record) not in (None, "", [], {})
	except ConnectError:
		return False


def _before(flow: InFlow, record: Any, external_id: str | None) -> dict[str, Any]:
	if flow.purpose != DOCUMENT:
		return {"values": values.canonical(flow, record)}
	name, _link = finder.find(flow, record, external_id, external_id, to_write=False)
	brought = normalise(values.record_values(flow, record, creating=name is None))
	return {"values": brought, "document": name, "current": _current(flow, name, brought)}


def _after(
	flow: InFlow, done: list[Written], told: dict[str, Any], lost: Iterable[missed_values.Missed]
) -> dict[str, Any]:
	shown: dict[str, Any] = {"action": _action_of(done), "done": _listed(done)}
	if reasons := [one.reason for one in done if one.reason]:
		shown["error"] = " ".join(reasons)
	if flow.purpose == DOCUMENT and told.get("document"):
		shown["changes"] = diff(told["current"], _current(flow, told["document"], told["values"]))
	if missed := [*(one for written in done for one in written.missed), *lost]:
		shown["error"] = missed_values.told(missed)
	return shown


def _unusable(
	flow: InFlow, record: Any, done: list[Written], name: str | None
) -> Iterable[missed_values.Missed]:
	if own_file.is_meant(flow) or not any(one.action in (CREATED, UPDATED, UNCHANGED) for one in done):
		return ()
	return received_files.unusable(flow, record, creating=name is None)


def _current(flow: InFlow, name: str | None, brought: dict[str, Any]) -> dict[str, Any]:
	"""The values that a document has in the fields which a record brings."""
	if not name or not frappe.db.exists(flow.document_type, name):
		return {}
	return comparing.of_document(frappe.get_doc(flow.document_type, name), brought, brought)


def _action_of(done: list[Written]) -> str:
	actions = [ACTION_OF.get(one.action, FAIL) for one in done]
	for action in (FAIL, CREATE, UPDATE, CANCEL, SAME, OLDER, IGNORE):
		if action in actions:
			return action
	return IGNORE


def _listed(done: list[Written]) -> list[dict[str, Any]]:
	"""What would be written. A document that is new has no name yet: the one of the trial is given to another."""
	return [
		{
			"action": ACTION_OF.get(one.action, one.action),
			"doctype": one.doctype,
			"name": None if one.action == CREATED else one.name,
		}
		for one in done
	]


def _first(done: list[Written]) -> str | None:
	return next((one.name for one in done if one.name), None)
