"""Static check of expressions and rows against the fields of a DocType, when a mapping is saved.

A schema is `{"doctype": "Sales Order", "fields": {"customer": {"type": "Link"}, "items": {"type": "Table",
"fields": {…}}, "customer_doc": {"type": "Document", "fields": {…}}}}`; a field without `type` is taken as known
but unexamined.

Promises: never raises for user input, answers a list of `Problem`; reports only what is certainly wrong. Where
the type is not known (a function's result, a JSON field, a name such as `_link`) nothing below is judged.
Never reads a record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from erp_connect.core.errors import MappingError
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.expressions.shapes import Checker, Shape
from erp_connect.core.expressions.tree import walk
from erp_connect.core.mapping.nodes import PARENT
from erp_connect.core.mapping.rows import Row, compile_mapping, compile_row
from erp_connect.core.problems import Problem, from_error

_NUMERIC = frozenset({"Int", "Float", "Currency", "Percent", "Check", "Rating", "Duration", "Long Int"})
_DATES = frozenset({"Date", "Datetime"})

# Only clear cases: what these transforms can never use.
_UNUSABLE = {
	**dict.fromkeys(("Round", "Number", "Integer", "Minor Units"), _DATES | {"Time"}),
	**dict.fromkeys(("Date", "Datetime", "Timestamp"), _NUMERIC),
	"Boolean": _DATES,
	**dict.fromkeys(("External ID", "Linked Type"), (_NUMERIC | _DATES) - {"Int", "Long Int"}),
}


def check_rows(rows: Sequence[Row], schema: Mapping[str, Any], direction: str = "out") -> list[Problem]:
	"""What is wrong with the rows of a mapping: each row by itself, then the rows together."""
	problems = [
		problem
		for number, row in enumerate(rows, 1)
		for problem in _check_row(row, number, schema, direction)
	]
	# When rows are broken by themselves, how they fit together says nothing more.
	return problems or _check_together(rows, direction)


def _check_together(rows: Sequence[Row], direction: str) -> list[Problem]:
	try:
		compile_mapping(rows, direction)
	except MappingError as error:
		return [from_error(error)]
	return []


def _check_row(row: Row, number: int, schema: Mapping[str, Any], direction: str) -> list[Problem]:
	try:
		leaf = compile_row(row, number, direction)
	except MappingError as error:
		return [from_error(error, number)]
	if leaf.value is None or direction == "in":
		return []
	shape, problems = Checker().run_levels(row.source, leaf.levels, leaf.value, schema)
	problems = problems or _check_parent(row, schema) or _check_value(row, shape)
	return [replace(problem, row=number) for problem in problems]


def _check_parent(row: Row, schema: Mapping[str, Any]) -> list[Problem]:
	if "[]" in row.target or PARENT in schema.get("fields", {}):
		return []
	nodes = walk(compile_expression(row.source).node)
	if not any(node["type"] == "field" and node["value"] == PARENT for node in nodes):
		return []
	return [Problem(None, "source", "parent", _PARENT_UNKNOWN, {"source": row.source, "target": row.target})]


def _check_value(row: Row, shape: Shape) -> list[Problem]:
	if shape.kind == "table" and row.transform != "JSON":
		return [
			Problem(
				None,
				"source",
				"table_as_value",
				_TABLE_AS_VALUE,
				{"source": row.source, "field": shape.label},
			)
		]
	element = shape.item if shape.kind == "list" and shape.item else shape
	if element.kind != "scalar" or element.type not in _UNUSABLE.get(row.transform, ()):
		return []
	params = {"transform": row.transform, "source": row.source, "type": element.type}
	return [Problem(None, "transform", "transform_type", _TRANSFORM_TYPE, params)]


_PARENT_UNKNOWN = (
	"{source} uses _parent, which only rows that fill a list know. "
	"Write [] in the target, or take the field directly."
)
_TABLE_AS_VALUE = "{source} would send all columns of the table {field}. Write {field}[].column, or choose the transform JSON."
_TRANSFORM_TYPE = "{transform} cannot be used on {source}, which is a {type} field. Choose another transform."
