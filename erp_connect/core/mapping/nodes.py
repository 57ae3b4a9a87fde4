"""What a payload is built from: objects, fixed lists, lists filled from a table, and leaves (one per row).

Promises: filling changes neither document nor rows, keeps the order of rows, and keeps the elements of a list
together. Failures name their row and element.
Never parses text: paths and expressions arrive compiled.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from erp_connect.core.errors import ConnectError, MappingError, shown
from erp_connect.core.expressions.expression import Expression
from erp_connect.core.expressions.levels import Level, ListLevel
from erp_connect.core.mapping.transform_types import TransformContext
from erp_connect.core.values.paths import EACH, EachElement, Path

PARENT = "_parent"
MAX_ELEMENTS = 200_000
MISSING = object()
Scopes = tuple[Any, ...]
# A row may say what to send instead; then these failures are not failures.
_OF_LINKED = re.compile(r"\b_link\.external_id\b")
_DEFAULTED = frozenset({"unmapped_value", "missing_link"})


@dataclass
class Filling:
	"""One application to one document: its settings, and how many list elements it may still make.

	keep_null: with `omit_none`, a null that the document holds is kept; what it does not hold is left out. updating: of what
	the document leaves out, no default is said either; in elements of lists it is, since they may be new.
	unread: what stands for an element of a list that holds something, but nothing that a row names.
	"""

	context: TransformContext
	omit_none: bool
	keep_null: bool = False
	updating: bool = False
	unread: Callable[[Any], Any] | None = None
	elements_left: int = MAX_ELEMENTS

	def count(self, elements: int, row: int) -> None:
		"""Lists in lists multiply; a mapping slip must not fill the memory of a worker."""
		self.elements_left -= elements
		if self.elements_left < 0:
			raise MappingError(
				"The lists would have more than {limit} elements. Filter the table, or map fewer lists in lists.",
				row=row,
				field="source",
				code="too_many_elements",
				limit=MAX_ELEMENTS,
			)


@dataclass(frozen=True)
class Leaf:
	"""A compiled row. `value` is None for a constant; `change` is the prepared transform."""

	row: int
	source: str
	target: str
	path: Path
	levels: tuple[Level | ListLevel, ...]
	value: Expression | None
	constant: Any
	change: Callable[[Any, TransformContext], Any] | None
	default: Any
	required: bool
	on_create_only: bool

	def fill(self, scopes: Scopes, run: Filling) -> Any:
		"""The value for this place; MISSING when it is left out."""
		if self.value is None:
			return copy.deepcopy(self.constant)
		scope = scopes[len(self.levels)]
		found, said = self._found(scope, run.context)
		if found is None or found == "":
			if self.default is not None:
				return MISSING if self._stays(scope, run) else copy.deepcopy(self.default)
			if self.required:
				raise self._missing(found)
		if found is None and run.omit_none:
			return None if run.keep_null and (said or self.value.says_null(scope)) else MISSING
		return found

	def _stays(self, scope: Any, run: Filling) -> bool:
		"""Whether an update says nothing of this place, so that what stands there stays."""
		return run.updating and not self.levels and self.value.leaves_out(scope)

	def expressions(self) -> list[tuple[int, Expression]]:
		"""Each expression of the row with the depth of the scope it is evaluated in."""
		found = []
		for depth, level in enumerate(self.levels):
			found.append((depth, level.table))
			if level.condition:
				found.append((depth + 1, level.condition))
		if self.value:
			found.append((len(self.levels), self.value))
		return found

	def _found(self, scope: Any, context: TransformContext) -> tuple[Any, bool]:
		"""The value, and whether the document holds one, of which the transform may have made nothing."""
		try:
			value = self.value.search(scope)
			return self.change(value, context) if self.change else value, value is not None
		except ConnectError as error:
			if error.code in _DEFAULTED and self.default is not None:
				return None, False
			raise blame(error, self.row, "source") from None

	def _missing(self, found: Any) -> MappingError:
		return MappingError(
			"{source} is required for {target}, but the record holds {value} there. "
			"Fill the field, or give the row a default.",
			row=self.row,
			field="source",
			# The id of a record that goes out as well is waited for, as in paths.
			code="missing_link" if _OF_LINKED.search(self.source) else "required",
			source=self.source,
			target=self.target,
			value=shown(repr(found)) if found is not None else "nothing",
		)


@dataclass
class ObjectNode:
	"""An object of the payload; left out when all of its values are."""

	children: dict[str, Any] = field(default_factory=dict)

	def fill(self, scopes: Scopes, run: Filling) -> Any:
		result = {}
		for name, child in self.children.items():
			value = child.fill(scopes, run)
			if value is not MISSING:
				result[name] = value
		return result or MISSING


@dataclass
class FixedListNode:
	"""A list whose places are written out as [0], [1] …; missing ones are null, or cut off at the end.

	A place of which only nulls are kept is a missing one: a list of which nothing else is said is empty.
	"""

	children: dict[int, Any] = field(default_factory=dict)

	def fill(self, scopes: Scopes, run: Filling) -> Any:
		result: list[Any] = []
		emptied = False
		for place, child in sorted(self.children.items()):
			value = child.fill(scopes, run)
			if run.keep_null and _only_null(value):
				emptied = True
			elif value is not MISSING:
				result.extend([None] * (place - len(result)))
				result.append(value)
		return result or ([] if emptied else MISSING)


@dataclass
class EachNode:
	"""A list with one element for each element of a table. `depth` counts the tables around it."""

	depth: int
	children: dict[EachElement, Any] = field(default_factory=dict)
	level: Level | ListLevel | None = None
	row: int = 0
	sees_parent: bool = False

	def fill(self, scopes: Scopes, run: Filling) -> Any:
		scopes = scopes[: self.depth + 1]
		try:
			elements = self._elements(scopes[-1])
		except ConnectError as error:
			raise blame(error, self.row, "source") from None
		if elements is None:
			said = run.keep_null and self.level.table.says_null(scopes[-1])
			return MISSING if run.omit_none and not said else []
		run.count(len(elements), self.row)
		result = []
		for position, scope in elements:
			try:
				result.append(self._element((*scopes, scope), run))
			except MappingError as error:
				error.elements = (position, *error.elements)
				raise
		return result

	def _elements(self, above: Any) -> list[tuple[int, Any]] | None:
		found = self.level.elements(above)
		if found is None:
			return None
		scopes = ((place, self._scope(element, above)) for place, element in enumerate(found, 1))
		return [(place, scope) for place, scope in scopes if self.level.keeps(scope)]

	def _element(self, scopes: Scopes, run: Filling) -> Any:
		child = self.children[EACH]
		value = child.fill(scopes, run)
		if value is not MISSING:
			return value
		if run.unread and _says_something_else(scopes[-1], child):
			return run.unread(scopes[-1])
		if run.keep_null and not isinstance(scopes[-1], dict | type(None)):
			raise MappingError(
				"An element of the list is {element}, in which there are no fields. Write the list alone (tags[] for tags[].name), or correct the "
				"record.",
				row=self.row,
				field="source",
				code="no_fields",
				element=shown(repr(scopes[-1])),
			)
		return {} if isinstance(child, ObjectNode) else None

	def _scope(self, element: Any, above: Any) -> Any:
		return element | {PARENT: above} if self.sees_parent and isinstance(element, dict) else element


def _says_something_else(element: Any, node: Any) -> bool:
	"""Whether an element holds something, but none of the names that the rows below `node` read."""
	if not isinstance(element, dict):
		return element not in (None, "", [])
	names = element.keys() - {PARENT}
	return bool(names) and names.isdisjoint(_names(node))


def _names(node: Any) -> Iterator[str]:
	"""The names that the rows below a node read of an element itself."""
	if isinstance(node, EachNode):
		yield from node.level.table.root_fields
	elif isinstance(node, ObjectNode | FixedListNode):
		for child in node.children.values():
			yield from _names(child)
	elif node.value:
		yield from node.value.root_fields


def _only_null(value: Any) -> bool:
	return value is None or (isinstance(value, dict) and all(inner is None for inner in value.values()))


def blame(error: ConnectError, row: int, column: str) -> MappingError:
	"""`error` as a MappingError of this row; `column` unless the error already names one."""
	blamed = MappingError(
		error.template, row=row, field=getattr(error, "field", "") or column, code=error.code, **error.params
	)
	blamed.elements = getattr(error, "elements", ())
	return blamed
