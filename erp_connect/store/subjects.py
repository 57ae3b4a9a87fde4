"""Events that a trigger made: they name their document by values of fields, until it is looked up. Never commits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.core.delivery.states import FAILED, ON_HOLD, OUT, QUEUED, RETRYING, SENDING
from erp_connect.store.keys import order_key, subject_key

NAME = "name"
# Of which the document is still to be looked up.
AHEAD = (QUEUED, SENDING, RETRYING, ON_HOLD, FAILED)


def text(doctype: str, where: Mapping[str, Any]) -> str:
	"""What an event keeps of its document. where: values of its fields, or its name alone."""
	return json.dumps({"doctype": doctype, "where": where}, default=str)


def after_rename(doctype: str, old: str, new: str) -> None:
	"""After a rename or merge: what waits for a document that is found by the name `old` finds it by `new`."""
	for flow, subject in frappe.db.sql(
		"SELECT DISTINCT field_mapping, subject FROM `tabSync Log`"
		" WHERE status IN %s AND direction = %s AND subject IS NOT NULL",
		(AHEAD, OUT),
	):
		wanted = json.loads(subject)
		where = {
			field: new if value == old and _leads_to(wanted["doctype"], field, doctype) else value
			for field, value in wanted["where"].items()
		}
		if where != wanted["where"]:
			frappe.db.sql(
				"UPDATE `tabSync Log` SET order_key = %s, subject = %s"
				" WHERE field_mapping = %s AND direction = %s AND subject = %s AND status IN %s",
				(
					subject_key(flow, wanted["doctype"], where), text(wanted["doctype"], where),
					flow, OUT, subject, AHEAD,
				),
			)  # fmt: skip


def look_up(rows: list[Any]) -> bool:
	"""Let locked events name their document, where there is one, so that they stand in one order with those of its own.

	Whether any does so only now.
	"""
	found: dict[tuple[str, str], list[str]] = {}
	for row in rows:
		if row.subject:
			found.setdefault((row.field_mapping, row.subject), []).append(row.name)
	return any([_look_up(flow, json.loads(subject), names) for (flow, subject), names in found.items()])


def _look_up(flow: str, wanted: dict[str, Any], events: list[str]) -> bool:
	doctype, where = wanted["doctype"], wanted["where"]
	if set(where) == {NAME} or not all(_is_field(doctype, field) for field in where):
		return False
	names = frappe.get_all(doctype, where, pluck=NAME, limit=2)
	if len(names) != 1:
		return False  # of several, each gets an event of its own when it is sent
	name = names[0]
	frappe.db.sql(
		"UPDATE `tabSync Log` SET order_key = %s, subject = %s WHERE name IN %s",
		(order_key(flow, doctype, str(name)), text(doctype, {NAME: str(name)}), tuple(events)),
	)
	return True


def _field(doctype: str, field: str) -> Any:
	return frappe.get_meta(doctype).get_field(field) if frappe.db.exists("DocType", doctype) else None


def _is_field(doctype: str, field: str) -> bool:
	return bool(_field(doctype, field))


def _leads_to(holder: str, field: str, doctype: str) -> bool:
	"""Whether a field of a document of type `holder` says which document of type `doctype` is meant."""
	if field == NAME:
		return holder == doctype
	found = _field(holder, field)
	return bool(found and found.fieldtype == "Link" and found.options == doctype)
