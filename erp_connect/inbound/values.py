"""What a mapping made of a record, held against the document type: only mapped fields, each with a fitting shape.

The last gate before a document: whatever a mapping lets through, no object reaches a plain field, and a row of a
table gets the mapped columns and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import frappe
from frappe.model import table_fields

from erp_connect.config.inflow import PROTECTED
from erp_connect.core.errors import ConnectError
from erp_connect.core.paths import parse_path


class BadValue(ConnectError):
	"""A value does not fit its field."""

	default_code = "bad_value"


def checked(doctype: str, values: dict[str, Any], targets: Iterable[str]) -> dict[str, Any]:
	"""`values` (field → value) as they may be written into a document of `doctype`.

	targets: the mapped paths, such as `customer_name` and `items[].qty`. Raises `BadValue`.
	"""
	columns = mapped_columns(targets)
	meta = frappe.get_meta(doctype)
	tables = {field.fieldname for field in meta.fields if field.fieldtype in table_fields}
	return {
		field: _rows(field, value, columns[field]) if field in tables else _single(field, value)
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


def _rows(field: str, value: Any, columns: set[str]) -> list[dict[str, Any]]:
	if value is None:
		return []
	if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
		raise BadValue("{field} takes a list of rows. Check its mapping.", field=field)
	return [
		{
			name: _single(f"{field}.{name}", item)
			for name, item in row.items()
			if name in columns and name not in PROTECTED
		}
		for row in value
	]


def _single(field: str, value: Any) -> Any:
	if isinstance(value, list | dict | tuple):
		raise BadValue(
			"{field} takes a single value, but the record holds a list or an object there. Check its mapping.",
			field=field,
		)
	return value
