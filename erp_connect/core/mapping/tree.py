"""Builds the tree of a payload from compiled rows.

Promises: two rows never write one place, and each list has exactly one table; what clashes is refused with
both rows named. Never reads a document.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from erp_connect.core.errors import MappingError
from erp_connect.core.expressions.expression import Expression
from erp_connect.core.expressions.levels import Level
from erp_connect.core.expressions.tree import walk
from erp_connect.core.mapping.nodes import MISSING, PARENT, EachNode, Filling, FixedListNode, Leaf, ObjectNode
from erp_connect.core.values.paths import EACH, EachElement, Path, format_path

Tables = dict[Path, tuple[Level, int]]


class Tree:
	"""The whole payload. `tables`: which table fills each list, by its path."""

	def __init__(self, root: ObjectNode, tables: Tables) -> None:
		self._root = root
		self.tables = tables

	def fill(self, document: dict[str, Any], run: Filling) -> dict[str, Any]:
		result = self._root.fill((document,), run)
		return {} if result is MISSING else result


def build_tree(leaves: Sequence[Leaf], tables: Tables | None = None) -> Tree:
	"""The tree of some rows. `tables` given: lists keep these tables even if the row that named them is absent.

	Raises MappingError when rows clash, or a list has no table, two tables, or too many levels.
	"""
	known = _tables(leaves) if tables is None else tables
	root = ObjectNode()
	owners: dict[Path, Leaf] = {}
	for leaf in leaves:
		_insert(root, leaf, owners, known)
	if tables is None:
		_refuse_gaps(leaves)
	return Tree(root, known)


def _tables(leaves: Sequence[Leaf]) -> Tables:
	"""Which level fills each list path; the row number says who named it first."""
	found: Tables = {}
	for leaf in leaves:
		lists = _lists(leaf.path)
		if len(leaf.levels) > len(lists):
			raise _refused(
				leaf,
				"{source} goes through {levels} tables, but {target} has only {lists} lists. "
				"Write as many [] in the target.",
				levels=len(leaf.levels),
				lists=len(lists),
			)
		for prefix, level in zip(lists, leaf.levels, strict=False):
			first, row = found.setdefault(prefix, (level, leaf.row))
			if not level.same_as(first):
				raise _refused(
					leaf,
					"{source} fills {list} from another table or filter than row {other}. "
					"Use one table for one list, written the same way in each row.",
					list=format_path(prefix),
					other=row,
				)
	return found


def _lists(path: Path) -> list[Path]:
	return [path[: place + 1] for place, segment in enumerate(path) if segment == EACH]


def _insert(root: ObjectNode, leaf: Leaf, owners: dict[Path, Leaf], tables: Tables) -> None:
	node: Any = root
	for place, segment in enumerate(leaf.path):
		if not isinstance(node, _holder_of(segment)):
			raise _clash(leaf, owners[leaf.path[:place]])
		here = leaf.path[: place + 1]
		owners.setdefault(here, leaf)
		last = place + 1 == len(leaf.path)
		if last and segment in node.children:
			raise _clash(leaf, owners[here])
		if isinstance(node, EachNode):
			_prepare_list(node, leaf, here, tables)
		if segment not in node.children:
			node.children[segment] = leaf if last else _new_node(leaf.path, place + 1)
		node = node.children[segment]


def _prepare_list(node: EachNode, leaf: Leaf, path: Path, tables: Tables) -> None:
	if path not in tables:
		raise _refused(
			leaf,
			"No row says which table fills {list}. Add a row such as items[].item_code for it.",
			list=format_path(path),
		)
	node.level, node.row = tables[path]
	expressions = [expression for _, expression in leaf.expressions()]
	if node.level.condition:
		expressions.append(node.level.condition)
	node.sees_parent = node.sees_parent or any(map(_names_parent, expressions))


def _names_parent(expression: Expression) -> bool:
	return any(node["type"] == "field" and node["value"] == PARENT for node in walk(expression.node))


def _holder_of(segment: Any) -> type:
	if isinstance(segment, EachElement):
		return EachNode
	return FixedListNode if isinstance(segment, int) else ObjectNode


def _new_node(path: Path, place: int) -> Any:
	holder = _holder_of(path[place])
	return EachNode(len(_lists(path[:place]))) if holder is EachNode else holder()


def _refuse_gaps(leaves: Sequence[Leaf]) -> None:
	places = {leaf.path[: place + 1] for leaf in leaves for place in range(len(leaf.path))}
	for leaf in leaves:
		for place, segment in enumerate(leaf.path):
			if isinstance(segment, int) and segment and (*leaf.path[:place], segment - 1) not in places:
				raise _refused(
					leaf,
					"{target} leaves a gap: no row fills [{place}] before it. Number the places from 0.",
					place=segment - 1,
				)


def _clash(leaf: Leaf, other: Leaf) -> MappingError:
	return _refused(
		leaf,
		"{target} clashes with {other_target} of row {other}: both write the same place. Change one of them.",
		other_target=other.target,
		other=other.row,
	)


def _refused(leaf: Leaf, template: str, **params: Any) -> MappingError:
	return MappingError(
		template,
		row=leaf.row,
		field="target",
		code="target",
		source=leaf.source,
		target=leaf.target,
		**params,
	)
