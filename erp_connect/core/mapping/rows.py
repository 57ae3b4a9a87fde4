"""Field mapping: rows say which expression fills which place of a payload; documents in, payloads out.

	Row("currency", "currency")
	Row("items[?qty > `0`].item_code", "lines[].sku")
	Row("items[?qty > `0`].qty", "lines[].quantity", transform="Integer")
	Row("currency", "lines[].currency")          repeated in each element

Promises: compiling refuses what cannot work; applying changes neither document nor rows, keeps the order of
rows, and never shifts elements of a list against each other when a value is missing. An element of a table
sees the record above it as `_parent`. A list is filled from exactly one table.
What is missing: None takes the row's default, else it is left out (`omit_none`), except as an element of
`codes[]`, where it holds its place. What comes in may say null, which empties a field (`keep_null`). "" is sent: an emptied field must be emptied on the other side too.
Never sends, reads a clock or looks anything up except through `lookup`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from erp_connect.core.errors import ConnectError
from erp_connect.core.expressions.expression import Expression, compile_expression
from erp_connect.core.expressions.levels import Level, ListLevel, split_levels
from erp_connect.core.expressions.tree import Node
from erp_connect.core.mapping.nodes import PARENT, Filling, Leaf, blame
from erp_connect.core.mapping.transform_types import Apply, Lookup, TransformContext
from erp_connect.core.mapping.transforms import gives_list, prepare
from erp_connect.core.mapping.tree import Tree, build_tree
from erp_connect.core.values.number_formats import PLAIN, NumberFormat
from erp_connect.core.values.paths import EACH, Path, parse_path


@dataclass(frozen=True)
class Row:
	"""One row of a Field Mapping.

	source: JMESPath over the document; unused when `constant` is set. target: a path (see `paths`).
	transform, argument, value_map: see `transforms`. default: sent, untransformed, for None and "".
	required: missing is an error. on_create_only: left out of updates.
	"""

	source: str
	target: str
	transform: str = ""
	argument: str = ""
	value_map: Mapping[str, Any] | None = None
	default: Any = None
	constant: Any = None
	required: bool = False
	on_create_only: bool = False


class CompiledMapping:
	"""Rows ready to be applied to any number of documents. Immutable and safe to share between threads."""

	def __init__(self, leaves: Sequence[Leaf]) -> None:
		self._leaves = tuple(leaves)
		self._on_create = build_tree(self._leaves)
		self._on_update = build_tree(
			[leaf for leaf in self._leaves if not leaf.on_create_only], tables=self._on_create.tables
		)

	def apply(
		self,
		document: dict[str, Any],
		*,
		creating: bool = True,
		lookup: Lookup | None = None,
		time_zone: str = "UTC",
		numbers: NumberFormat = PLAIN,
		omit_none: bool = True,
		keep_null: bool = False,
		unread: Callable[[Any], Any] | None = None,
	) -> dict[str, Any]:
		"""The payload for a JSON-like document (see `payload.normalise`).

		creating: False leaves out rows that count only on create. lookup: (doctype, name) → external id.
		time_zone: IANA zone of the site's naive times. numbers: how numbers stand in text. omit_none: False sends missing values as null.
		keep_null: a null that the document holds is kept, what it does not hold is left out, and has no default where nothing is
		created; see `Expression.says_null`.
		unread: what stands for an element of a list that holds something, but nothing that a row names; not in an
		update where some rows count only on create, which may name it.
		Raises MappingError with the row when a required value is missing, an expression fails on this document,
		or a transform cannot use the value.
		"""
		tree: Tree = self._on_create if creating else self._on_update
		if not creating and any(leaf.on_create_only for leaf in self._leaves):
			unread = None
		context = TransformContext(time_zone, lookup, numbers)
		updating = keep_null and not creating
		return tree.fill(document, Filling(context, omit_none, keep_null, updating, unread))

	def source_fields(self) -> set[str]:
		"""Fields of the document the rows read; "*" among them when a row reads the document as a whole."""
		return {field for leaf in self._leaves for field in _fields_of(leaf)}

	def targets(self) -> tuple[str, ...]:
		"""The target paths, in the order of rows."""
		return tuple(leaf.target for leaf in self._leaves)


def compile_mapping(rows: Sequence[Row], direction: str = "out") -> CompiledMapping:
	"""Compile rows; `direction` "in" reverses their transforms.

	Raises MappingError whose `row` counts from 1: an expression or path that cannot be read, an unknown
	transform, two rows for one place, a list without a table or with two, or list levels that do not fit.
	"""
	return CompiledMapping([compile_row(row, number, direction) for number, row in enumerate(rows, 1)])


def compile_row(row: Row, number: int, direction: str = "out") -> Leaf:
	"""One row by itself, `number` being its place in the table. Raises MappingError."""
	with _blaming(number, "target"):
		path = parse_path(row.target)
	with _blaming(number, "transform"):
		change = prepare(row.transform, row.argument, row.value_map, direction) if row.transform else None
	if direction == "in" and _fills_rows(row, path):
		# Each element of the list fills a row; the transform has been at work by then.
		levels, value, change = (*_of_list(row, number, change), None)
	else:
		levels, value = _source(row, number)
	return Leaf(
		row=number,
		source=row.source,
		target=row.target,
		path=path,
		levels=levels,
		value=value,
		constant=row.constant,
		change=change,
		default=row.default,
		required=row.required,
		on_create_only=row.on_create_only,
	)


def _fills_rows(row: Row, path: Path) -> bool:
	"""Whether one value that comes in, such as `a;b;c`, is a list whose elements fill the rows of a table."""
	return (
		row.constant is None and path.count(EACH) == 1 and "[" not in row.source and gives_list(row.transform)
	)


def _of_list(row: Row, number: int, change: Apply) -> tuple[tuple[ListLevel, ...], Expression]:
	with _blaming(number, "source"):
		value = compile_expression(row.source)
	return (ListLevel(value, lambda found: change(found, TransformContext())),), compile_expression("@")


def _source(row: Row, number: int) -> tuple[tuple[Level, ...], Expression | None]:
	if row.constant is not None:
		return (), None
	with _blaming(number, "source"):
		expression = compile_expression(row.source)
		# A plain target takes the expression's own result, a list if it is one.
		return split_levels(expression) if "[]" in row.target else ((), expression)


@contextmanager
def _blaming(row: int, field: str) -> Iterator[None]:
	"""Turns any error inside into a MappingError of this row and column."""
	try:
		yield
	except ConnectError as error:
		raise blame(error, row, field) from None


def _fields_of(leaf: Leaf) -> Iterator[str]:
	for depth, expression in leaf.expressions():
		yield from _fields_above(expression.node, depth) if depth else expression.root_fields


def _fields_above(root: Node, depth: int) -> Iterator[str]:
	"""Fields of the document that an expression inside `depth` tables reaches through `_parent`."""
	open_ = [root]
	while open_:
		node = open_.pop()
		chain = node["children"] if node["type"] == "subexpression" else [node]
		climbs = _leading_parents(chain)
		if climbs == 0:
			open_.extend(child for child in node["children"] if isinstance(child, dict))
			continue
		following = chain[climbs] if climbs < len(chain) else None
		if climbs == depth or following is None:
			yield following["value"] if following and following["type"] == "field" else "*"
		open_.extend(chain[climbs + 1 :])


def _leading_parents(chain: list[Node]) -> int:
	climbs = 0
	while climbs < len(chain) and chain[climbs]["type"] == "field" and chain[climbs]["value"] == PARENT:
		climbs += 1
	return climbs
