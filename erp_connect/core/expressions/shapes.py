"""What an expression finds, in terms of fields: a walk over its tree with the shape of each value.

Promises: reports only what is certainly wrong; a shape that is not known lets everything pass.
Never evaluates an expression and never raises for one that compiled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from erp_connect.core.expressions.expression import Expression
from erp_connect.core.expressions.functions import Functions
from erp_connect.core.expressions.levels import Level
from erp_connect.core.expressions.tree import Node
from erp_connect.core.problems import Problem

ALWAYS_KNOWN = frozenset({"_parent", "_link", "_account", "_event"})
_OPAQUE = frozenset({"", "JSON", "Any"})


@dataclass(frozen=True)
class Shape:
	"""What is known of a value. kind: unknown, scalar, object, table (rows) or list (values made from rows).

	label: the field it came from. item: the shape of an element. parent: what `_parent` is inside an element.
	"""

	kind: str
	type: str = ""
	label: str = ""
	fields: Mapping[str, Any] | None = None
	item: Shape | None = None
	parent: Shape | None = None


UNKNOWN = Shape("unknown")
_SCALAR = Shape("scalar")


def shape_of(spec: Mapping[str, Any], label: str = "") -> Shape:
	"""The shape of a schema entry."""
	kind, fields = spec.get("type") or "", spec.get("fields")
	if kind in ("Table", "Table MultiSelect"):
		element = Shape("object", "Document", label, fields) if fields is not None else UNKNOWN
		return Shape("table", "Table", label, fields, element)
	if fields is not None:
		return Shape("object", "Document", label, fields)
	return UNKNOWN if kind in _OPAQUE else Shape("scalar", kind, label)


class Checker:
	"""Walks a parsed expression with the shape of the value each part is evaluated on."""

	def __init__(self) -> None:
		self.problems: list[Problem] = []
		self.text = ""
		self._root: Mapping[str, Any] = {}

	def run(self, expression: Expression, schema: Mapping[str, Any]) -> tuple[Shape, list[Problem]]:
		self.text = expression.text
		return self.visit(expression.node, self._start(schema)), self.problems

	def run_levels(self, text: str, levels: Sequence[Level], leaf: Expression, schema: Mapping[str, Any]):
		"""Like `run`, for a source that fills a list: an element sees the record above it as `_parent`."""
		self.text = text
		scope = self._start(schema)
		for level in levels:
			element = self._element(self.visit(level.table.node, scope))
			if level.flattens and element.kind in ("table", "list") and element.item:
				element = element.item
			scope = replace(element, parent=scope)
			if level.condition:
				self.visit(level.condition.node, scope)
		return self.visit(leaf.node, scope), self.problems

	def _start(self, schema: Mapping[str, Any]) -> Shape:
		self._root = schema.get("fields") or {}
		return Shape("object", "Document", schema.get("doctype", ""), self._root)

	def visit(self, node: Node, scope: Shape) -> Shape:
		return getattr(self, "visit_" + node["type"], self._each_part)(node, scope)

	def _each_part(self, node: Node, scope: Shape) -> Shape:
		for child in node["children"]:
			if isinstance(child, dict):
				self.visit(child, scope)
		return UNKNOWN

	def _chain(self, node: Node, scope: Shape) -> Shape:
		for child in node["children"]:
			scope = self.visit(child, scope)
		return scope

	visit_subexpression = visit_index_expression = visit_pipe = _chain

	def visit_current(self, node: Node, scope: Shape) -> Shape:
		return scope

	visit_identity = visit_current

	def visit_field(self, node: Node, scope: Shape) -> Shape:
		name = node["value"]
		if scope.kind == "object" and scope.fields is not None:
			return self._field(name, scope)
		if scope.kind == "scalar" and scope.type:
			self._report(
				"scalar_as_document", _SCALAR_AS_DOCUMENT, name=name, field=scope.label, type=scope.type
			)
		elif scope.kind in ("table", "list"):
			self._report("table_as_value", _TABLE_WITHOUT_LIST, field=scope.label, name=name)
		return UNKNOWN

	def _field(self, name: str, scope: Shape) -> Shape:
		spec = scope.fields.get(name)
		if spec is not None:
			return shape_of(spec, name)
		if name == "_parent" and scope.parent:
			return scope.parent
		# Of the document itself only: a linked document has no such things.
		elsewhere = scope.fields is not self._root and not scope.parent
		if name not in ALWAYS_KNOWN or (elsewhere and name != "_parent"):
			self._unknown(name, scope)
		return UNKNOWN

	def visit_index(self, node: Node, scope: Shape) -> Shape:
		return self._element(scope)

	def visit_slice(self, node: Node, scope: Shape) -> Shape:
		self._element(scope)
		return scope

	def visit_flatten(self, node: Node, scope: Shape) -> Shape:
		found = self.visit(node["children"][0], scope)
		element = self._element(found)
		# A list of tables, flattened, is a list of their elements.
		element = element.item if element.kind in ("table", "list") and element.item else element
		return Shape("list", "", found.label, item=element)

	def visit_projection(self, node: Node, scope: Shape) -> Shape:
		left, right = node["children"]
		found = self.visit(left, scope)
		return self._list_of(self.visit(right, self._element(found)), found)

	def visit_filter_projection(self, node: Node, scope: Shape) -> Shape:
		left, right, condition = node["children"]
		found = self.visit(left, scope)
		element = self._element(found)
		self.visit(condition, element)
		return self._list_of(self.visit(right, element), found)

	def visit_value_projection(self, node: Node, scope: Shape) -> Shape:
		self.visit(node["children"][0], scope)
		self.visit(node["children"][1], UNKNOWN)
		return Shape("list", item=UNKNOWN)

	def visit_comparator(self, node: Node, scope: Shape) -> Shape:
		for child in node["children"]:
			shape = self.visit(child, scope)
			if shape.kind == "table" and not any(part["type"] == "literal" for part in node["children"]):
				self._report("table_as_value", _TABLE_COMPARED, field=shape.label)
		return _SCALAR

	def visit_or_expression(self, node: Node, scope: Shape) -> Shape:
		shapes = [self.visit(child, scope) for child in node["children"]]
		return shapes[0] if shapes[0] == shapes[1] else UNKNOWN

	visit_and_expression = visit_or_expression

	def visit_function_expression(self, node: Node, scope: Shape) -> Shape:
		signature = Functions.FUNCTION_TABLE[node["value"]]["signature"]
		arguments = node["children"]
		shapes = [UNKNOWN if child["type"] == "expref" else self.visit(child, scope) for child in arguments]
		# `&expression` is evaluated on the elements of the list beside it.
		elements = [shape.item for shape in shapes if shape.kind in ("table", "list") and shape.item]
		for place, (child, shape) in enumerate(zip(arguments, shapes, strict=True)):
			if child["type"] == "expref":
				self.visit(child["children"][0], elements[0] if elements else UNKNOWN)
			else:
				self._argument(node["value"], shape, signature[min(place, len(signature) - 1)]["types"])
		return UNKNOWN

	def _argument(self, function: str, shape: Shape, types: list[str]) -> None:
		kinds = {kind.partition("-")[0] for kind in types}
		if not kinds:
			return
		if shape.kind in ("table", "list") and "array" not in kinds:
			self._report("table_as_value", _TABLE_IN_FUNCTION, function=function, field=shape.label)
		elif shape.kind == "scalar" and shape.type and kinds <= {"array", "object", "null"}:
			self._report(
				"scalar_as_table", _SCALAR_IN_FUNCTION, function=function, field=shape.label, type=shape.type
			)

	def _element(self, shape: Shape) -> Shape:
		if shape.kind in ("scalar", "object") and shape.type:
			self._report("scalar_as_table", _SCALAR_AS_TABLE, field=shape.label, type=shape.type)
		return shape.item if shape.kind in ("table", "list") and shape.item else UNKNOWN

	@staticmethod
	def _list_of(element: Shape, table: Shape) -> Shape:
		# `items[]` and `items[?qty]` alone still are rows of a table, not values.
		kind = "table" if element.kind == "object" else "list"
		return Shape(kind, "", table.label, item=element)

	def _unknown(self, name: str, scope: Shape) -> None:
		close = get_close_matches(name, scope.fields, n=1, cutoff=0.6)
		self._report(
			UNKNOWN_FIELD,
			_UNKNOWN_QUOTED if f'"{name}"' in self.text else _UNKNOWN_CLOSE if close else _UNKNOWN,
			name=name,
			doctype=scope.label or "the document",
			suggestion=close[0] if close else "",
		)

	def _report(self, code: str, template: str, **params: Any) -> None:
		self.problems.append(Problem(None, "source", code, template, {"expression": self.text, **params}))


UNKNOWN_FIELD = "unknown_field"
_UNKNOWN = "{expression} uses {name}, which is not a field of {doctype}. Choose a field that exists."
_UNKNOWN_CLOSE = "{expression} uses {name}, which is not a field of {doctype}. Did you mean {suggestion}?"
_UNKNOWN_QUOTED = (
	"{expression} uses {name}, which is not a field of {doctype}. "
	"Text goes in single quotes; double quotes name a field."
)
_TABLE_WITHOUT_LIST = (
	"In {expression}, {field} is a table. Write {field}[].{name} to take {name} of each row."
)
_TABLE_COMPARED = (
	"In {expression}, {field} is a table and cannot be compared as a whole. Compare length({field})."
)
_TABLE_IN_FUNCTION = (
	"In {expression}, {function}() works on one value, but {field} is a table. "
	"Write {field}[].{function}(column) for each row."
)
_SCALAR_AS_TABLE = "In {expression}, {field} is a {type} field, not a table. Remove the brackets after it."
_SCALAR_IN_FUNCTION = (
	"In {expression}, {function}() works on lists, but {field} is a {type} field. Use a table."
)
_SCALAR_AS_DOCUMENT = (
	"In {expression}, {field} is a {type} field and has no {name}. "
	"Add {field} to the linked documents and write {field}_doc.{name}."
)
