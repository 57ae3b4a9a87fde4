"""What a table in a record means for the rows that the document has already: the flow says it.

*Remove*: the record has the whole table, and rows that it leaves out are removed. *Keep*, which is the default: rows
that it leaves out stay; a row of the record is the row that has the same key, by the columns that the flow marks as
*Key of the row*. Without a key nobody can tell a changed row from another one: then the record is held, unless its rows
are there already or only new ones come. A table that one value of the record fills (Multi-select) is always the whole one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from erp_connect.config.inflow import InFlow
from erp_connect.core.errors import Whole
from erp_connect.core.payload.serialise import normalise
from erp_connect.records import comparing
from erp_connect.records.errors import HeldForReview

Row = dict[str, Any]


def whole(
	flow: InFlow, values: Mapping[str, Any], present: Any, unchanged: Collection[str] = ()
) -> dict[str, Any]:
	"""`values` of a record, with the tables as they are to be: with the rows that stay. present: the document, or a dict of its values.

	unchanged: fields that come back as they came, see `comparing.as_before`. Raises `HeldForReview` where rows cannot be told apart.
	"""
	if not flow.keep_rows:
		return dict(values)
	return {
		field: _table(flow, field, value, _plain(present.get(field), value))
		if isinstance(value, list) and field not in flow.sets and field not in unchanged
		else value
		for field, value in values.items()
	}


def _plain(rows: Any, wanted: list[Row]) -> list[Row]:
	"""The rows that are there, with the columns that the record brings."""
	columns = list(dict.fromkeys(column for row in wanted for column in row))
	return [{column: normalise(row.get(column)) for column in columns} for row in rows or ()]


def _table(flow: InFlow, field: str, wanted: list[Row], present: list[Row]) -> list[Row]:
	if not wanted or not present:
		return [*present, *wanted] if wanted else _unnamed(present)
	places = _places(flow, field, wanted, present)
	changed = {place: wanted[number] for number, place in places.items()}
	stay = [changed.get(place, row) for place, row in enumerate(present)]
	return [*stay, *(row for number, row in enumerate(wanted) if number not in places)]


def _unnamed(present: list[Row]) -> list[Row]:
	"""An empty table of a record, for which all rows stay: none of their columns is said anything of."""
	return [{} for _row in present]


def _places(flow: InFlow, field: str, wanted: list[Row], present: list[Row]) -> dict[int, int]:
	"""Which row that is there each row of the record is."""
	if key := flow.row_keys.get(field):
		return _by_key(flow, field, key, wanted, present)
	free, found = list(range(len(present))), {}
	for number, row in enumerate(wanted):
		if (
			place := next((place for place in free if comparing.same(present[place], row)), None)
		) is not None:
			found[number] = place
			free.remove(place)
	if free and len(found) < len(wanted):
		raise HeldForReview(
			"{count} rows of {field} are not in the record, which has others: they may be the same rows, changed, or further "
			"ones. In flow {flow}, tick Key of the row for the columns of {field} by which rows are known, or choose Remove for "
			"rows that a record leaves out; then {again}.",
			code="rows_unclear",
			count=len(free),
			field=field,
			flow=flow.name,
		)
	return found


def _by_key(
	flow: InFlow, field: str, key: tuple[str, ...], wanted: list[Row], present: list[Row]
) -> dict[int, int]:
	found: dict[int, int] = {}
	for number, row in enumerate(wanted):
		places = [
			place
			for place, other in enumerate(present)
			if all(comparing.same(other.get(column), normalise(row.get(column))) for column in key)
		]
		if len(places) > 1 or places and places[0] in found.values():
			raise HeldForReview(
				"Two rows of {field} have the same {key}, so it cannot be told which of them is meant. Make them differ, or tick "
				"Key of the row for further columns in flow {flow}; then {again}.",
				code="rows_unclear",
				field=field,
				key=Whole(", ".join(str(row.get(column)) for column in key)),
				flow=flow.name,
			)
		if places:
			found[number] = places[0]
	return found
