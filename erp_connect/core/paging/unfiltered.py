"""What a page held, as against the records that a flow takes from it.

A flow may filter (`orders[?status == 'refunded']`), open (`edges[].node`) or cut what came. Pages are turned by what
the source counts, so by the list that the expression goes through, before anything is left out of it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from erp_connect.core.errors import ConnectError
from erp_connect.core.expressions.expression import Expression, from_node
from erp_connect.core.expressions.levels import Level, split_levels
from erp_connect.core.expressions.tree import Node, walk

_PROJECTIONS = frozenset({"projection", "filter_projection"})
_PASSES_ON = frozenset(
	{"or_expression", "function_expression", "index_expression", "subexpression", "expref"}
)


def unfiltered(records: Expression, data: Any) -> list[Any] | None:
	"""The records of a page with those that the expression `records` leaves out; None where it leaves none out.

	data: the parsed answer. A place whose record is empty holds None. Of lists within a list, those of the outer one,
	unless that has a single element, which then is but an envelope.
	"""
	found = _compiled(records)
	if found is None:
		return None
	levels, leaf = found
	try:
		return _opened(levels, leaf, data)
	except ConnectError:
		return None


def _opened(levels: tuple[Level, ...], leaf: Expression, data: Any) -> list[Any] | None:
	scope = data
	for number, level in enumerate(levels, 1):
		elements = level.elements(scope)
		if elements is None:
			return None
		if number == len(levels):
			return [leaf.search(element) for element in elements]
		if len(elements) != 1:
			return elements
		scope = elements[0]
	return None


@lru_cache(maxsize=256)
def _compiled(records: Expression) -> tuple[tuple[Level, ...], Expression] | None:
	node = _list_of(records.node)
	if node is None:
		return None
	levels, leaf = split_levels(from_node(records.text, node))
	return (tuple(map(_whole, levels)), leaf) if levels else None


def _list_of(node: Node) -> Node | None:
	"""The part of an expression that goes through a list; what comes after it only rearranges or cuts."""
	if node["type"] in _PROJECTIONS:
		return node
	children = [child for child in node["children"] if isinstance(child, dict)]
	if node["type"] == "pipe":
		left, right = children
		if _goes_through_list(left):
			return _list_of(left)
		inner = _list_of(right)
		return inner and _after(left, inner)
	if node["type"] not in _PASSES_ON:
		return None
	return next((found for child in children if (found := _list_of(child)) is not None), None)


def _after(left: Node, node: Node) -> Node:
	"""A list expression `node` that begins where `left` leads."""
	if node["type"] in _PROJECTIONS or node["type"] == "flatten":
		inner, *others = node["children"]
		return {**node, "children": [_after(left, inner), *others]}
	return {"type": "pipe", "children": [left, node]}


def _goes_through_list(node: Node) -> bool:
	return any(part["type"] in _PROJECTIONS for part in walk(node))


def _whole(level: Level) -> Level:
	"""The level without a slice: `orders[:10]` cuts what the page held."""
	node = level.table.node
	if node["type"] == "index_expression" and node["children"][-1]["type"] == "slice":
		return Level(from_node(level.table.text, node["children"][0]), None, level.flattens)
	return level
