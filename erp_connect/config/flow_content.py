"""A flow in the normal form in which it is compared with what a preset says of it, and written back from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import frappe
from frappe.model import no_value_fields
from frappe.utils import cast

from erp_connect.config.exchange_format import LEFT_OUT
from erp_connect.config.request_rules import OPERATION_OF_EVENT
from erp_connect.core.presets.release_changes import Content, Row, Table

FLOW = "Field Mapping"
ENTRIES = "Value Map Entry"
# The columns that say what a row is about.
KEYS = {
	"requests": ("event", "step"),
	"answer_rules": ("statuses", "condition"),
	"rows": ("source", "target"),
	"linked_documents": ("alias",),
	"triggers": ("trigger_doctype", "table_field"),
	"pull_parameters": ("place", "key"),
	"request_parameters": ("place", "key"),
	"write_back": ("fieldname", "file_name"),
}
ENTRY_KEYS = ("erp_value",)
# The name is the flow's own.
NOT_COMPARED = LEFT_OUT | {"mapping_name"}
NUMBERS = ("Check", "Int", "Float", "Percent")


def content_of(mapping: Mapping[str, Any], value_maps: Mapping[str, Iterable[Mapping[str, Any]]]) -> Content:
	"""The content of a flow as a preset, an export or a document as a dict has it. value_maps: entries by the maps' names."""
	tables = {
		fieldname: Table(keys, tuple(_rows(fieldname, mapping.get(fieldname) or ())))
		for fieldname, keys in KEYS.items()
	}
	for name, entries in value_maps.items():
		rows = tuple(_row(ENTRIES, entry) for entry in entries)
		tables[name] = Table(ENTRY_KEYS, rows)
	return Content(_row(FLOW, mapping), tables)


def write(doc, content: Content) -> None:
	"""Put a content into a Field Mapping. Does not save. Rows that stay keep their names."""
	doc.update(content.fields)
	for fieldname in KEYS:
		rows = _documents(doc, fieldname, content.tables[fieldname])
		doc.set(fieldname, [])
		for number, row in enumerate(rows, 1):
			doc.append(fieldname, row).idx = number


def _documents(doc, fieldname: str, table: Table) -> list[Any]:
	before = Table(table.keys, tuple(_rows(fieldname, (row.as_dict() for row in doc.get(fieldname)))))
	known = dict(zip(before.named(), doc.get(fieldname), strict=True))
	rows = []
	for name, row in table.named().items():
		if name in known:
			known[name].update(row)
		rows.append(known.get(name) or dict(row))
	return rows


def _rows(fieldname: str, rows: Iterable[Mapping[str, Any]]) -> Iterable[Row]:
	doctype = frappe.get_meta(FLOW).get_field(fieldname).options
	for row in rows:
		plain = _row(doctype, row)
		if fieldname == "requests" and not plain["operation"]:
			plain["operation"] = OPERATION_OF_EVENT[frappe.scrub(plain["event"])]
		yield plain


def _row(doctype: str, values: Mapping[str, Any]) -> dict[str, Any]:
	return {
		field.fieldname: _value(field, values.get(field.fieldname))
		for field in frappe.get_meta(doctype).fields
		if field.fieldtype not in no_value_fields and field.fieldname not in NOT_COMPARED
	}


def _value(field, value: Any) -> Any:
	if value is None:
		value = field.default
	return cast(field.fieldtype, value) if field.fieldtype in NUMBERS else str(value or "")
