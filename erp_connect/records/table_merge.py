"""Tables of a two-way flow whose rows stay (*Keep*) and that both sides may have changed: row by row, not as a whole.

A row that was added, changed or removed on one side alone since both were equal is that side's; only where one row was
changed on both sides the table is a conflict, as any other field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from erp_connect.config.inflow import InFlow
from erp_connect.core.mapping.merge import Base
from erp_connect.core.payload.serialise import normalise
from erp_connect.records import comparing, tables

Row = dict[str, Any]
Rows = list[Row]


@dataclass(frozen=True)
class Joined:
	"""values: of the record, with the tables as they are to be.

	lacking: tables of which no row is a conflict, and that hold what the outside does not have yet, with the rows of the
	record: field → rows.
	"""

	values: dict[str, Any]
	lacking: Mapping[str, Rows] = field(default_factory=dict)


def join(flow: InFlow, values: Mapping[str, Any], doc, base: Base | None) -> Joined:
	"""The tables of a record together with those of its document. base: what both had when they were equal last; without
	one, rows that one side alone has are that side's, for nobody has removed them.

	Raises `HeldForReview` where rows cannot be told apart.
	"""
	wanted, lacking = dict(values), {}
	for name in _tables(flow, values):
		change = _Change(flow, name, normalise(values[name]), doc, base)
		if (change.lacking or change.is_first_and_differs) and not change.collides:
			wanted[name], lacking[name] = change.wanted, change.rows
	return Joined(tables.whole(flow, wanted, doc), lacking)


def decided(flow: InFlow, values: Mapping[str, Any], doc) -> Joined:
	"""The tables of a record where it was decided which side's stands."""
	return Joined(tables.whole(flow, dict(values), doc))


def _tables(flow: InFlow, values: Mapping[str, Any]) -> list[str]:
	if not flow.keep_rows:
		return []
	return [name for name, value in values.items() if isinstance(value, list) and name not in flow.sets]


class _Change:
	"""What became of one table on both sides. rows: of the record, as plain values."""

	def __init__(self, flow: InFlow, name: str, rows: Rows, doc, base: Base | None) -> None:
		self.rows = rows
		self._key = flow.row_keys.get(name, ())
		before = (base.here.get(name), base.there.get(name)) if base else (None, None)
		self._is_first = not all(isinstance(one, list) for one in before)
		self._was_here, self._was_there = ([], []) if self._is_first else before
		shape = {name: [*rows, *self._was_there]}
		self._here: Rows = comparing.of_document(doc, [name], shape)[name]

	@property
	def is_first_and_differs(self) -> bool:
		"""Whether the sides were never known to be equal, and are not."""
		return self._is_first and not comparing.same(self._here, self.rows)

	@property
	def collides(self) -> bool:
		"""Whether a row was changed on both sides, or removed here and changed outside; at the first meeting, whether one differs."""
		if self._is_first:
			return any(
				(mine := self._find(self._here, row)) and not comparing.same(mine, row) for row in self.rows
			)
		return any(
			self._find(self._was_there, row) and not self._as_it_was(row) and self._touched_here(row)
			for row in self.rows
		)

	@property
	def wanted(self) -> Rows:
		"""The rows of the record, without those that were removed here, and those that were changed here as they are here."""
		left = []
		for row in self.rows:
			if not (self._as_it_was(row) and self._touched_here(row)):
				left.append(row)
			elif mine := self._find(self._here, row):
				left.append({name: mine.get(name) for name in row})
		return left

	@property
	def lacking(self) -> bool:
		"""Whether a row was added, changed or removed here."""
		return any(self._as_it_was(row) and self._touched_here(row) for row in self.rows) or any(
			not self._find(self.rows, row) and not self._find(self._was_there, row) for row in self._here
		)

	def _as_it_was(self, row: Row) -> bool:
		before = self._find(self._was_there, row)
		return before is not None and comparing.same(before, row)

	def _touched_here(self, row: Row) -> bool:
		"""Whether the row that a row of the record is was changed here, or removed."""
		mine, before = self._find(self._here, row), self._find(self._was_here, row)
		if mine is None or before is None:
			return mine is None and before is not None
		return not comparing.same(mine, before)

	def _find(self, rows: Rows, row: Row) -> Row | None:
		for one in rows:
			if all(comparing.same(one.get(name), row.get(name)) for name in self._key or row):
				return one
		return None
