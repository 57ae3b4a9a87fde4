"""Puts what came in into a document: fields as they are, rows of tables into the rows they were.

Columns of a row that the record says nothing of stay, and so does the row's name, to which other documents may point.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from erp_connect.core.payload.serialise import normalise
from erp_connect.records import comparing


def fill(doc, values: Mapping[str, Any]) -> None:
	"""Set `values` (field → value, a list of dicts for a table) in a document, without saving it."""
	for field, value in values.items():
		doc.set(field, _rows(doc, field, value) if isinstance(value, list) else value)


def _rows(doc, field: str, wanted: list[dict[str, Any]]) -> list:
	"""The rows of a table as they are to be: those that are there already, those that change, and new ones."""
	present = list(doc.get(field) or ())
	places = _unchanged(present, wanted)
	free = set(range(len(present))) - set(places.values())
	rows = []
	for position, values in enumerate(wanted):
		place = places.get(position, position if position in free else None)
		row = {} if place is None else present[place]
		row.update(values)
		rows.append(row)
	for number, row in enumerate(rows, 1):
		row.update({"idx": number})
	return rows


def _unchanged(present: list, wanted: list[dict[str, Any]]) -> dict[int, int]:
	"""Which wanted rows are there already: position → place, each place once, the same place before others."""
	now = [normalise(row.as_dict()) for row in present]
	free, found = set(range(len(present))), {}
	for position, values in enumerate(wanted):
		places = (position, *sorted(free - {position})) if position in free else sorted(free)
		place = next((place for place in places if comparing.same(now[place], values)), None)
		if place is not None:
			found[position] = place
			free.discard(place)
	return found
