"""The parsed tree of an expression: its nodes, how deep it is, and which names it reads of the document itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Node = dict[str, Any]

_WHOLE = frozenset({"current", "identity"})
# Of these, only the first part is evaluated on the document; the rest on what the part before it found.
_PATHS = frozenset({"subexpression", "index_expression", "pipe"})
_CHAINS = frozenset({"subexpression", "index_expression", "pipe", "projection", "filter_projection"})


def walk(node: Node) -> Iterator[Node]:
	"""Each node of a parsed expression, parents first."""
	open_ = [node]
	while open_:
		current = open_.pop()
		yield current
		open_.extend(child for child in reversed(current["children"]) if isinstance(child, dict))


def depth(root: Node) -> int:
	"""How many levels a tree has."""
	deepest, level = 0, [root]
	while level:
		deepest += 1
		level = [child for node in level for child in node["children"] if isinstance(child, dict)]
	return deepest


def root_fields(root: Node) -> Iterator[str]:
	"""Names an expression looks up in the document itself, not in a value found on the way; "*" for all."""
	open_ = [root]
	while open_:
		node = open_.pop()
		if node["type"] == "field":
			yield node["value"]
		elif node["type"] in _WHOLE:
			yield "*"
		open_.extend(_same_scope(node))


def _same_scope(node: Node) -> list[Node]:
	children = [child for child in node["children"] if isinstance(child, dict)]
	if node["type"] == "value_projection":
		return children[:1]
	if node["type"] in _CHAINS:
		# `@ | a` and `@.a` read only a: a leading `@` hands the document to the next part.
		leading = 0 if len(children) == 1 or children[0]["type"] not in _WHOLE else 1
		return children[leading : leading + 1]
	return [] if node["type"] == "expref" else children


def paths(root: Node) -> Iterator[tuple[str | int, ...]]:
	"""The places that an expression reads in the document itself, each as `steps` has it."""
	open_ = [root]
	while open_:
		node = open_.pop()
		if found := steps(node):
			yield found
		else:
			open_.extend(_same_scope(node))


def steps(node: Node) -> tuple[str | int, ...] | None:
	"""The names and places of an expression that is nothing but a path, such as `a.b[0].c`; else None."""
	if node["type"] in ("field", "index"):
		return (node["value"],)
	if node["type"] == "identity":
		return ()
	if node["type"] not in _PATHS:
		return None
	found: list[str | int] = []
	for child in node["children"]:
		if (inner := steps(child)) is None:
			return None
		found.extend(inner)
	return tuple(found)


def plain_keys(node: Node) -> tuple[str, ...] | None:
	"""The names of an expression that is nothing but names with dots between them; else None."""
	if node["type"] == "field":
		return (node["value"],)
	if node["type"] == "subexpression" and all(child["type"] == "field" for child in node["children"]):
		return tuple(child["value"] for child in node["children"])
	return None
