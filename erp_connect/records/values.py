"""What a mapping made of a record, held against the document type: only mapped fields, each with a fitting shape.

The last gate before a document: whatever a mapping lets through, each value is read as its field's type is, or
refused with field and value; no number reaches a field of text, and a row of a table gets the mapped columns and
nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from typing import Any

import frappe
from frappe.model import child_table_fields, default_fields, optional_fields, table_fields

from erp_connect.config.flow_fields import ATTACH_FIELDS, CONTENTS_OF_FILE
from erp_connect.config.inflow import InFlow
from erp_connect.config.inflow_rows import PROTECTED
from erp_connect.core.errors import ConnectError, Whole
from erp_connect.core.parse.texts import bad_text, storable
from erp_connect.core.values import field_types
from erp_connect.core.values.field_types import Reading
from erp_connect.core.values.paths import parse_path
from erp_connect.records import item_attributes, lookups, names, private_files
from erp_connect.records.exact import TEXT

_made: ContextVar[dict[tuple[str, int, bool], dict[str, Any]] | None] = ContextVar(
	"erp_connect_values", default=None
)

# Columns of every document, which are no fields of its DocType.
STANDARD = frozenset((*default_fields, *child_table_fields, *optional_fields))


class BadValue(ConnectError):
	"""A value does not fit its field."""

	default_code = "bad_value"


@contextmanager
def once() -> Iterator[None]:
	"""Inside the block, which is about one record, its values are made once: for what it is recognised by, and to be written."""
	token = _made.set({})
	try:
		yield
	finally:
		_made.reset(token)


def record_values(flow: InFlow, record: dict[str, Any], *, creating: bool) -> dict[str, Any]:
	"""The values that a record brings for the fields of its document. Raises `MappingError` and `BadValue`."""
	made, key = _made.get(), (flow.name, id(record), creating)
	if made is None or flow.make_attributes:
		return _values(flow, record, creating=creating)
	if key not in made:
		made[key] = _values(flow, record, creating=creating)
	return dict(made[key])


def _values(flow: InFlow, record: dict[str, Any], *, creating: bool) -> dict[str, Any]:
	zone = frappe.utils.get_system_timezone()
	values = flow.mapping.apply(
		record,
		creating=creating,
		time_zone=zone,
		numbers=flow.numbers,
		lookup=lookups.inwards(flow.account),
		keep_null=True,
	)
	found = checked(flow.document_type, values, flow.mapping.targets(), Reading(zone, flow.numbers))
	found = item_attributes.spelled(flow.document_type, found)
	return (
		{name: as_set(value) if name in flow.sets else value for name, value in found.items()}
		if flow.sets
		else found
	)


def canonical(flow: InFlow, record: dict[str, Any]) -> dict[str, Any]:
	"""What a record of a business event says, by the names of the event's fields. Raises `MappingError`."""
	return flow.mapping.apply(
		record,
		time_zone=frappe.utils.get_system_timezone(),
		numbers=flow.numbers,
		lookup=lookups.inwards(flow.account),
	)


def checked(doctype: str, values: dict[str, Any], targets: Iterable[str], reading: Reading) -> dict[str, Any]:
	"""`values` (field → value) as they may be written into a document of `doctype`.

	targets: the mapped paths, such as `customer_name` and `items[].qty`. reading: the site's zone, and how numbers
	are written. Raises `BadValue`.
	"""
	columns = mapped_columns(targets)
	meta = frappe.get_meta(doctype)
	tables = {field.fieldname: field.options for field in meta.fields if field.fieldtype in table_fields}
	return {
		field: _rows(field, tables[field], value, columns[field], reading)
		if field in tables
		else single(meta, field, value, reading)
		for field, value in values.items()
		if field in columns and field not in PROTECTED
	}


def mapped_columns(targets: Iterable[str]) -> dict[str, set[str]]:
	"""Mapped fields, each with its mapped columns where it is a table."""
	columns: dict[str, set[str]] = {}
	for target in targets:
		names = [part for part in parse_path(target) if isinstance(part, str)]
		columns.setdefault(names[0], set()).update(names[1:2])
	return columns


def _rows(field: str, doctype: str, value: Any, columns: set[str], reading: Reading) -> list[dict[str, Any]]:
	if value is None:
		return []
	meta = frappe.get_meta(doctype)
	if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
		raise BadValue("{field} takes a list of rows. Check its mapping.", field=field)
	return [
		{
			name: single(meta, name, item, reading, place=f"{field}[{place}].{name}")
			for name, item in row.items()
			if name in columns and name not in PROTECTED
		}
		for place, row in enumerate(value)
	]


def as_set(rows: Any) -> Any:
	"""Rows of which the order means nothing, in one order, each once."""
	if not isinstance(rows, list):
		return rows
	keyed = {json.dumps(row, sort_keys=True, default=str): row for row in rows}
	return [keyed[key] for key in sorted(keyed)]


def single(meta, field: str, value: Any, reading: Reading, place: str = "") -> Any:
	"""`value` as the field of a document type takes it. place: what the field is called in an error. Raises `BadValue`."""
	known = meta.get_field(field)
	if known is None and field not in STANDARD:  # Frappe keeps such a value nowhere, and says nothing
		raise BadValue(
			"{doctype} has no field {field}, so it cannot be written. Correct its row in the flow, then {again}.",
			doctype=meta.name,
			field=place or field,
		)
	kind = known.fieldtype if known else ""
	if isinstance(value, list | dict | tuple) and not field_types.structured(kind):
		raise BadValue(
			"{field} takes a single value, but the record holds a list or an object there. Check its mapping.",
			field=place or field,
		)
	if kind in TEXT and isinstance(value, int | float | Decimal):
		value = number_as_text(value)
	try:
		value = field_types.read(kind, value, reading)
		if value and isinstance(value, str):
			value = _readable(value)
			if kind in ATTACH_FIELDS or (meta.name, field) == CONTENTS_OF_FILE:
				private_files.require_open(value)
			return _linked(known, value) if kind == "Link" else value
	except ValueError as error:
		raise BadValue(
			"{field} ({type}) cannot be {value}: {reason}.",
			field=place or field,
			type=kind,
			value=storable(value) if isinstance(value, str) else value,
			reason=Whole(str(error)),
		) from None
	return value


def _readable(text: str) -> str:
	"""The text, when the database can keep it. Raises ValueError."""
	if bad_text(text):
		raise ValueError("it holds signs that are no text")
	return text


def _linked(field, name: str) -> str:
	"""The name of a linked document, as it was sent. Raises ValueError where it would be taken for another one.

	The database finds "Muller" by "Müller". One that is not there is refused by Frappe, when the document is saved.
	"""
	if field.options and (found := names.other_than(field.options, name)):
		raise ValueError(f"there is no such {field.options}, only {found}")
	return name


def number_as_text(value: float | Decimal) -> str:
	"""A number or a truth value as a field of text keeps it: `12`, `1.5`, `1`."""
	return str(int(value)) if value == value // 1 else str(value)
