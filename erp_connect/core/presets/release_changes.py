"""What a newer release of a preset changes of a flow that was made from an older one, and the flow with it taken over.

Three states are compared: the flow as the preset had it when it was taken, as it is now, and as the preset has it now.
What nobody changed here follows the preset. What was changed here and in the preset is a conflict: the value here
stands, unless a person chooses the preset's. Rows of tables are told apart by what they are about; their order is
that of the flow here.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
CHANGED = "changed"
ADDED = "added"
REMOVED = "removed"


@dataclass(frozen=True)
class Table:
	"""Rows in their order. keys: the columns that say what a row is about."""

	keys: tuple[str, ...]
	rows: tuple[Row, ...]

	def named(self) -> dict[str, Row]:
		"""The rows by what they are about; several about the same thing are numbered."""
		found: dict[str, Row] = {}
		for row in self.rows:
			parts = [str(row[key]) for key in self.keys]
			number = 1
			while (name := json.dumps([*parts, number], ensure_ascii=False)) in found:
				number += 1
			found[name] = row
		return found


@dataclass(frozen=True)
class Content:
	"""A flow in its normal form: every field with a value, so that two can be compared."""

	fields: Mapping[str, Any]
	tables: Mapping[str, Table]


@dataclass(frozen=True)
class Change:
	"""One thing that the preset changed. field: a field or a table; row, column: within the table.

	before: as the preset had it. yours: as it is here. now: as the preset has it. A whole row, or None for one that is not
	there, where `column` is empty and `row` is not.
	"""

	kind: str
	field: str
	before: Any
	yours: Any
	now: Any
	row: str = ""
	column: str = ""

	@property
	def id(self) -> str:
		"""By which a person chooses it."""
		return json.dumps([self.field, self.row, self.column], ensure_ascii=False)

	@property
	def conflict(self) -> bool:
		"""Whether it was changed here as well, and otherwise."""
		return self.yours != self.before


def changes(base: Content, mine: Content, new: Content) -> tuple[Change, ...]:
	"""What the preset changed since, and is not so here already."""
	return (*_of_fields(base, mine, new), *_of_tables(base, mine, new))


def accepted(found: Collection[Change], chosen: Collection[str]) -> tuple[Change, ...]:
	"""The changes that are taken over: all that are no conflict, and of those the chosen ones, by their ids."""
	return tuple(change for change in found if not change.conflict or change.id in chosen)


def taken_over(mine: Content, new: Content, accepted: Collection[Change]) -> Content:
	"""The flow with some changes of the preset."""
	fields = dict(mine.fields)
	for change in accepted:
		if not change.row:
			fields[change.field] = change.now
	tables = {
		name: _table(table, new.tables.get(name), [change for change in accepted if change.field == name])
		for name, table in {**new.tables, **mine.tables}.items()
	}
	return Content(fields, tables)


def _of_fields(base: Content, mine: Content, new: Content) -> Iterator[Change]:
	for name, now in new.fields.items():
		before, yours = base.fields.get(name), mine.fields.get(name)
		if now not in (before, yours):
			yield Change(CHANGED, name, before, yours, now)


def _of_tables(base: Content, mine: Content, new: Content) -> Iterator[Change]:
	for name in new.tables:
		before, yours, now = (_named(content, name) for content in (base, mine, new))
		for row in now:
			yield from _of_row(name, row, before.get(row), yours.get(row), now[row])
		for row in before:
			if row not in now and row in yours:
				yield Change(REMOVED, name, before[row], yours[row], None, row)


def _of_row(table: str, name: str, before: Row | None, yours: Row | None, now: Row) -> Iterator[Change]:
	if yours is None:
		if now != before:
			yield Change(ADDED, table, before, None, now, name)
		return
	for column, value in now.items():
		was, own = (before or {}).get(column), yours.get(column)
		if value not in (was, own):
			yield Change(CHANGED, table, was, own, value, name, column)


def _named(content: Content, table: str) -> dict[str, Row]:
	return content.tables[table].named() if table in content.tables else {}


def _table(mine: Table, new: Table | None, accepted: Collection[Change]) -> Table:
	rows: dict[str, Row] = dict(mine.named())
	for change in accepted:
		if change.column:
			rows[change.row] = {**rows[change.row], change.column: change.now}
		elif change.kind == REMOVED:
			del rows[change.row]
	order = list(new.named()) if new else []
	for change in sorted(
		(change for change in accepted if change.kind == ADDED), key=lambda change: order.index(change.row)
	):
		rows = _inserted(rows, change.row, change.now, order)
	return Table(mine.keys, tuple(rows.values()))


def _inserted(rows: dict[str, Row], name: str, row: Row, order: list[str]) -> dict[str, Row]:
	"""The row behind the nearest one that stands before it in the preset; first where there is none."""
	before = [other for other in order[: order.index(name)] if other in rows]
	names = list(rows)
	place = names.index(before[-1]) + 1 if before else 0
	names.insert(place, name)
	return {known: row if known == name else rows[known] for known in names}
