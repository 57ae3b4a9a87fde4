"""What stands here as it came, and is written otherwise outside: an update says it as the outside has it.

ERPNext writes some of what it takes in in a way of its own: numbers rounded, HTML made harmless. Sent back like that, it would
stand over the original whenever something else of the document is edited here. Never writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from erp_connect.config.inflow import InFlow
from erp_connect.records.comparing import same
from erp_connect.store import synced

Row = dict[str, Any]


def of(flow: InFlow, values: Mapping[str, Any], before: str | None) -> dict[str, Any]:
	"""Fields of a document that stand unchanged, and are written otherwise outside: field → as the outside has it.

	Of a table: all of its rows, those columns that stand unchanged as the outside has them. What the flow does not say of
	itself, and only decides by, counts as it stands here. values: of the document, as plain values. before: what the
	link remembers.
	"""
	base = synced.base_of(before)
	if base is None:
		return {}
	as_here = flow.unsent | synced.overruled_of(before) | synced.lessened_of(before)
	return {
		name: rather
		for name, there in base.there.items()
		if name in values
		and name not in as_here
		and (rather := _rather(values[name], base.here.get(name), there, flow.row_keys.get(name, ())))
		is not None
	}


def _rather(now: Any, here: Any, there: Any, key: Sequence[str]) -> Any:
	"""What is said instead of a value; None where it is said as it stands. here, there: what both sides had."""
	if isinstance(there, list):
		return _rows(now, here, there, key)
	if isinstance(there, str | int | float) and not same(here, there) and same(now, here):
		return there
	return None


def _rows(now: Any, here: Any, there: list, key: Sequence[str]) -> list[Row] | None:
	if not (_are_rows(now) and _are_rows(here) and _are_rows(there)) or same(here, there):
		return None
	original = dict(enumerate(_counterparts(here, there, key)))
	stood = _counterparts(now, here, key)
	said = [
		row
		if place is None or original[place] is None
		else row | _columns(row, here[place], there[original[place]])
		for row, place in zip(now, stood, strict=True)
	]
	return said if said != now else None


def _columns(row: Row, here: Row, there: Row) -> Row:
	rather = {name: _rather(row.get(name), here.get(name), value, ()) for name, value in there.items()}
	return {name: value for name, value in rather.items() if value is not None}


def _counterparts(rows: list[Row], others: list[Row], key: Sequence[str]) -> list[int | None]:
	"""Which of `others` each row is: by its key; without one by its place, or by all that it says where rows came or went."""
	if not key and len(rows) == len(others):
		return list(range(len(rows)))
	free, found = list(range(len(others))), []
	for row in rows:
		place = next((place for place in free if _is_same_row(row, others[place], key)), None)
		if place is not None:
			free.remove(place)
		found.append(place)
	return found


def _is_same_row(row: Row, other: Row, key: Sequence[str]) -> bool:
	return all(same(row.get(name), other.get(name)) for name in key or other)


def _are_rows(value: Any) -> bool:
	return isinstance(value, list) and all(isinstance(row, dict) for row in value)
