"""What is held for a person, as the review desk shows it: of which kind it is, and what there is to choose from."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.commerce import handlers
from erp_connect.commerce.sales import order_search
from erp_connect.config.inflow import DOCUMENT
from erp_connect.core.delivery.states import IN, ON_HOLD
from erp_connect.core.errors import ConnectError
from erp_connect.inbound import routing
from erp_connect.jobs import steps
from erp_connect.operate import record_pages
from erp_connect.records import identity, matching
from erp_connect.records.values import record_values

SHOWN = 200
CONFLICT, MATCH, ORDER, OTHER, DIFFERENCE = "conflict", "match", "order", "other", "difference"
# By the reason of an event.
KINDS = {
	"both_changed": CONFLICT,
	"several_match": MATCH,
	"contradicts": MATCH,
	"fits_linked": MATCH,
	"total_differs": ORDER,
}
EVENT_FIELDS = [
	"name", "status", "direction", "event", "topic", "integration", "field_mapping", "reference_doctype",
	"reference_name", "external_id", "outcome", "error", "creation",
]  # fmt: skip
DIFFERENCE_FIELDS = [
	"name", "kind", "status", "integration", "field_mapping", "document_type", "document_name", "external_id", "message",
	"creation",
]  # fmt: skip
# What a person compares at a glance.
CANDIDATES, COLUMNS = 20, 12


def items() -> dict[str, Any]:
	"""What waits, as far as the session's user may see it: `events` with their `kind`, the oldest first, `differences`, and
	whether there is `more` of either. `external_url` of each: where people see its record outside, where that is known."""
	events = frappe.get_list(
		"Sync Log",
		filters={"status": ON_HOLD, "direction": IN},
		fields=EVENT_FIELDS,
		order_by="creation asc",
		limit=SHOWN + 1,
	)
	differences = frappe.get_list(
		"Sync Difference",
		filters={"status": "Open"},
		fields=DIFFERENCE_FIELDS,
		order_by="creation asc",
		limit=SHOWN + 1,
	)
	_describe(events[:SHOWN])
	for row in differences:
		row["remote_entity"] = row["field_mapping"] and frappe.get_cached_value(
			"Field Mapping", row["field_mapping"], "remote_entity"
		)
	record_pages.fill_held([*events[:SHOWN], *differences[:SHOWN]])
	return {
		"events": events[:SHOWN],
		"differences": differences[:SHOWN],
		"more": len(events) > SHOWN or len(differences) > SHOWN,
	}


def _describe(events: list[dict[str, Any]]) -> None:
	"""Of which kind each event is, entity and id of what came in (a row has no id before it is written), and the document
	that it is by now, as `known_as`."""
	names = tuple(event["name"] for event in events) or ("",)
	rows = frappe.db.sql(
		"SELECT name, event, topic, integration, field_mapping, request_body, decision, fingerprint, seq, trace_id"
		" FROM `tabSync Log` WHERE name IN %s",
		(names,),
		as_dict=True,
	)
	whole = {row.name: row for row in rows}
	links: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
	for event in events:
		tasks = _tasks(whole[event["name"]]) if event["name"] in whole else []
		commerce = bool(tasks) and all(task.flow.purpose != DOCUMENT for task in tasks)
		event["held_as"] = KINDS.get(event["outcome"], ORDER if commerce else OTHER)
		if len(tasks) == 1:
			event["remote_entity"] = tasks[0].flow.remote_entity
			event["external_id"] = event["external_id"] or _id(tasks[0])
		if len(tasks) == 1 and event["external_id"] and (kind := _linked_as(tasks[0])):
			links.setdefault((event["integration"], *kind), []).append(event)
	for (account, entity, doctype), waiting in links.items():
		_name_documents(account, entity, doctype, waiting)


def _linked_as(task: routing.Task) -> tuple[str, str] | None:
	"""Entity and DocType by which the record of an event is linked, if it is one that is linked by its own id."""
	if task.flow.purpose == DOCUMENT:
		return task.flow.remote_entity, task.flow.document_type
	return (order_search.ENTITY, order_search.DOCTYPE) if task.flow.purpose == handlers.ORDER else None


def _name_documents(account: str, entity: str, doctype: str, events: list[dict[str, Any]]) -> None:
	"""Tell of each event which document its record is by now, where the session's user may see the link."""
	found = frappe.get_list(
		"Sync Link",
		filters={
			"integration": account,
			"remote_entity": entity,
			"document_type": doctype,
			"external_id": ("in", [event["external_id"] for event in events]),
		},
		fields=["external_id", "document_name"],
	)
	names = {link.external_id: link.document_name for link in found}
	for event in events:
		if name := names.get(event["external_id"]):
			event["known_as"] = {"doctype": doctype, "name": name}


def _id(task: routing.Task) -> str:
	"""The id of a record outside, as far as it can be told."""
	flow, record = task.flow, task.record
	try:
		found = identity.identify(flow, record)
		if not found and flow.purpose != DOCUMENT:
			found = flow.mapping.apply(
				record,
				time_zone=frappe.utils.get_system_timezone(),
				numbers=flow.numbers,
				lookup=lambda doctype, outside: None,
			).get("id")
	except ConnectError:
		return ""
	return str(found or "")


def page(event: Any) -> str:
	"""The page outside of the record that an event is about; empty where none is known. event: a Sync Log."""
	if (event.external_id and event.field_mapping) or event.direction != IN or event.status != ON_HOLD:
		return record_pages.of_event(event)
	tasks = _tasks(event)
	if len(tasks) != 1:
		return ""
	return record_pages.of_record(event.integration, tasks[0].flow.remote_entity, _id(tasks[0]))


def match(event: Any) -> dict[str, Any]:
	"""What a held record may be. event: a Sync Log that came in.

	`document_type`, `remote_entity` and `external_id` of the record; `values`: field → value as it would be written, of
	fields that can be shown beside each other; `labels` of these; `candidates`: documents that the session's user may
	see, each with `name` and the same fields. Empty where it cannot be told.
	"""
	task = _task(event)
	if task is None:
		return {}
	flow = task.flow
	try:
		values = record_values(flow, task.record, creating=True)
		names = matching.candidates(flow, task.record, CANDIDATES)
	except ConnectError:
		return {}  # the event says why itself
	meta = frappe.get_meta(flow.document_type)
	fields = [name for name, value in values.items() if _is_plain(meta, name, value)]
	return {
		"document_type": flow.document_type,
		"remote_entity": flow.remote_entity,
		"external_id": identity.identify(flow, task.record) or "",
		"values": {name: values[name] for name in fields},
		"labels": {name: frappe._(meta.get_label(name)) for name in fields},
		"candidates": _seen(flow.document_type, names, fields[:COLUMNS]),
	}


def _task(event: Any) -> routing.Task | None:
	"""The one record that an event brings for documents of a flow."""
	tasks = [task for task in _tasks(event) if task.flow.purpose == DOCUMENT] if event.direction == IN else []
	return tasks[0] if len(tasks) == 1 else None


def _tasks(event: Any) -> list[routing.Task]:
	"""What an event brings, without asking the outside; nothing where it cannot be read, or its flow is gone."""
	try:
		return steps.run(routing.tasks(event.integration, event, None))
	except (ConnectError, ValueError, frappe.DoesNotExistError):
		return []


def _is_plain(meta: Any, name: str, value: Any) -> bool:
	return not isinstance(value, dict | list) and bool(meta.get_field(name))


def _seen(doctype: str, names: list[str], fields: list[str]) -> list[dict[str, Any]]:
	"""Of these documents, those that the user may see, with the fields that the user may see."""
	if not names or not frappe.has_permission(doctype, "read"):
		return []
	return frappe.get_list(
		doctype, filters={"name": ("in", names)}, fields=["name", *fields], order_by="creation asc"
	)
