"""Splits a source expression into the tables it goes through and what it takes from each element.

	items[?qty > `0`].item_code     one level (items, with its filter), leaf item_code
	packages[].items[].sku          two levels (packages, then items of a package), leaf sku
	customer_doc.emails[].address   one level (customer_doc.emails), leaf address
	currency                        no level

Why: JMESPath's own projection drops null results, so two columns of one table evaluated separately can come
out with different lengths. Walking the levels first and evaluating the leaf on each element keeps rows
together. Never evaluates a leaf here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from erp_connect.core.errors import ExpressionError
from erp_connect.core.expressions.expression import Expression, from_node
from erp_connect.core.expressions.tree import Node


@dataclass(frozen=True)
class Level:
	"""One table on the way. `table` finds the list; `condition` keeps elements; `flattens` opens nested lists."""

	table: Expression
	condition: Expression | None = None
	flattens: bool = False

	def same_as(self, other: Level) -> bool:
		"""Whether both levels walk the same elements."""
		return self._shape() == other._shape()

	def elements(self, scope: Any) -> list[Any] | None:
		"""The elements in `scope`; None when the table is missing there.

		A single object is a table of one row: so XML says it, and many an API. Raises ExpressionError when what is found is
		neither, also for an object of objects, which may be rows by their keys.
		"""
		found = self.table.search(scope)
		if found is None:
			return None
		if _is_row(found):
			return [found]
		if not isinstance(found, list):
			raise ExpressionError(
				"{expression} is not a table in this record. Remove the [] or choose a table.",
				code="not_a_table",
				expression=self.table.text,
			)
		return flat(found) if self.flattens else found

	def keeps(self, scope: Any) -> bool:
		"""Whether the element passes the filter of the level."""
		return self.condition is None or self.condition.is_true(scope)

	def _shape(self) -> tuple[Any, Any]:
		# `items[]` and `items[*]` walk the same elements of a child table.
		return self.table.node, self.condition and self.condition.node


@dataclass(frozen=True)
class ListLevel:
	"""A list that stands in one value, such as a text: `table` finds the value, `read` makes a list of it, or None."""

	table: Expression
	read: Callable[[Any], list[Any] | None]
	condition: Expression | None = None

	def same_as(self, other: Level | ListLevel) -> bool:
		"""Whether both levels walk the same elements: nothing else fills rows from such a list."""
		return self is other

	def elements(self, scope: Any) -> list[Any] | None:
		"""The elements; None when the value is missing. Raises as `read` does."""
		return self.read(self.table.search(scope))

	def keeps(self, scope: Any) -> bool:
		return True


def _is_row(value: Any) -> bool:
	return isinstance(value, dict) and any(not isinstance(inner, dict) for inner in value.values())


def flat(values: list[Any]) -> list[Any]:
	"""`values` with nested lists opened by one level, as `[]` does."""
	if not any(isinstance(value, list) for value in values):
		return values
	opened: list[Any] = []
	for value in values:
		opened.extend(value if isinstance(value, list) else (value,))
	return opened


def split_levels(expression: Expression) -> tuple[tuple[Level, ...], Expression]:
	"""The levels of an expression, outermost first, and its leaf."""
	nodes, leaf = _split(expression.node)
	text = expression.text
	levels = tuple(
		Level(from_node(text, table), from_node(text, condition) if condition else None, flattens)
		for table, condition, flattens in nodes
	)
	return levels, from_node(text, leaf) if levels else expression


_Raw = tuple[Node, "Node | None", bool]


def _split(node: Node) -> tuple[list[_Raw], Node]:
	splitter: Callable[[Node], tuple[list[_Raw], Node]] | None = _SPLITTERS.get(node["type"])
	return splitter(node) if splitter else ([], node)


def _split_projection(node: Node) -> tuple[list[_Raw], Node]:
	left, right = node["children"][:2]
	condition = node["children"][2] if node["type"] == "filter_projection" else None
	flattens = left["type"] == "flatten"
	outer, table = _split(left["children"][0] if flattens else left)
	inner, leaf = _split(right)
	if outer and table["type"] == "identity":
		# `items[?qty][]`: the second bracket opens nested lists, it is not another table.
		above, condition, _ = outer[-1]
		return [*outer[:-1], (above, condition, True), *inner], leaf
	return [*outer, (table, condition, flattens), *inner], leaf


_SPLITTERS = {"projection": _split_projection, "filter_projection": _split_projection}
