"""Puts what came in into a document: fields as they are, rows of tables into the rows they were.

Columns of a row that the record says nothing of stay, unless the row is about another article now, and so does the row's
name, to which other documents may point. What is said of one thing is never written into the row of another: where it
cannot be told which row it was, it is a new one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import frappe

from erp_connect.core.payload.serialise import normalise
from erp_connect.records import (
	comparing,
	cost_centers,
	discounts,
	drop_shipping,
	row_origins,
	row_times,
	row_units,
	worked_out,
)

NO_KEYS: Mapping[str, tuple[str, ...]] = {}
LINKS = ("Link", "Dynamic Link")
EMPTY = (None, "")
Row = dict[str, Any]


def fill(
	doc,
	values: Mapping[str, Any],
	keys: Mapping[str, tuple[str, ...]] = NO_KEYS,
	counted: Collection[str] = (),
) -> None:
	"""Set `values` (field → value, a list of dicts for a table) in a document, without saving it.

	keys: by table, the columns by which its rows are known. counted: see `row_units.counted`.
	"""
	for field, value in values.items():
		if isinstance(value, list):
			value = _rows(doc, field, value, keys.get(field, ()), field in counted)
		doc.set(field, value)
	row_units.fill(doc, values)
	row_origins.fill(doc, values)
	worked_out.fill(doc, values)
	drop_shipping.fill(doc, values)
	cost_centers.fill(doc, values)
	_read_days(doc)
	for table in (field for field, value in values.items() if isinstance(value, list)):
		for row in doc.get(table):
			_read_days(row)


def _read_days(doc) -> None:
	"""Let days that came as text be what Frappe reads for those that stand: ERPNext compares them with each other."""
	for field in doc.meta.get("fields", {"fieldtype": "Date"}):
		if (value := doc.get(field.fieldname)) and isinstance(value, str):
			doc.set(field.fieldname, frappe.utils.getdate(value))


def _rows(doc, field: str, wanted: list[Row], key: tuple[str, ...], counted: bool) -> list:
	"""The rows of a table as they are to be: those that are there already, those that change, and new ones."""
	present = list(doc.get(field) or ())
	places = _Places(present, wanted, key).found
	rows = []
	for position, values in enumerate(wanted):
		row = {}
		if position in places:
			row = present[places[position]]
			row_units.forget(row, values, counted=counted)
			row_times.forget(row, values)
			worked_out.forget(row, values)
			discounts.forget_rate(row, values)
		row.update(values)
		discounts.take_off(row, values)
		rows.append(row)
	for number, row in enumerate(rows, 1):
		row.update({"idx": number})
	return rows


class _Places:
	"""Which row that is there each wanted one is. found: position → place, each place once; those without are new.

	A row is known by its key; without one by what it says, and at last by its place, unless rows were taken away.
	"""

	def __init__(self, present: list, wanted: list[Row], key: tuple[str, ...]) -> None:
		self.wanted = wanted
		self.now = [normalise(row.as_dict()) for row in present]
		self.found: dict[int, int] = {}
		self.free = set(range(len(present)))
		self.subject = _subject(present, wanted)
		self._take(self._unchanged)
		if key:
			self._take(lambda position: self._fully_alike(position, dict.fromkeys(key)))
			return
		telling = self._telling()
		self._take(lambda position: self._fully_alike(position, telling))
		self._take(lambda position: self._most_alike(position, telling))
		if len(wanted) >= len(present):
			self._take(lambda position: position if self._may_be(position, position) else None)

	def _take(self, place_of: Any) -> None:
		for position in range(len(self.wanted)):
			if position not in self.found and (place := place_of(position)) is not None:
				self.found[position] = place
				self.free.discard(place)

	def _unchanged(self, position: int) -> int | None:
		return self._first(position, lambda place: comparing.same(self.now[place], self.wanted[position]))

	def _fully_alike(self, position: int, columns: Mapping[str, None]) -> int | None:
		"""A row that says the same in all of these columns, of which some are filled."""
		values = {name: self.wanted[position].get(name) for name in columns}
		if all(value in EMPTY for value in values.values()):
			return None
		return self._first(position, lambda place: comparing.same(self.now[place], values))

	def _most_alike(self, position: int, columns: Mapping[str, None]) -> int | None:
		values = self.wanted[position]
		said = [name for name in columns if values.get(name) not in EMPTY]
		scores = {
			place: sum(comparing.same(self.now[place].get(name), values[name]) for name in said)
			for place in self._ordered(position)
			if self._may_be(place, position)
		}
		best = max(scores, key=scores.__getitem__, default=None)
		return best if best is not None and scores[best] else None

	def _telling(self) -> dict[str, None]:
		"""The columns of text by which rows can be told apart: not those in which all that are there are equal."""
		named = (
			name
			for row in self.wanted
			for name, value in row.items()
			if isinstance(value, str) and value and len({row.get(name) for row in self.now}) > 1
		)
		return dict.fromkeys(named)

	def _may_be(self, place: int, position: int) -> bool:
		"""Whether a free row may be the wanted one, changed: not where it is about another document."""
		if place not in self.free:
			return False
		wanted = self.wanted[position]
		if self.subject not in wanted:
			return True
		before = self.now[place].get(self.subject)
		return before in EMPTY or comparing.same(before, wanted[self.subject])

	def _first(self, position: int, fits: Any) -> int | None:
		if position in self.free and fits(position):
			return position
		return next((place for place in self._ordered(position) if fits(place)), None)

	def _ordered(self, position: int) -> list[int]:
		"""The free places, the same one before others."""
		return sorted(self.free, key=lambda place: (place != position, place))


def _subject(present: list, wanted: list[Row]) -> str | None:
	"""The column that says which document a row is about: the first link among those that are mapped; None without any."""
	if not present:
		return None
	mapped = {name for row in wanted for name in row}
	return next(
		(
			field.fieldname
			for field in present[0].meta.fields
			if field.fieldtype in LINKS and field.fieldname in mapped
		),
		None,
	)
