"""Whether a document has the values that a record brings: numbers, dates and rows of tables by what they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import frappe

from erp_connect.config.inflow import InFlow
from erp_connect.core.mapping.merge import Base
from erp_connect.core.payload.serialise import normalise
from erp_connect.records.values import as_set, mapped_columns
from erp_connect.store import synced

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,6})?", re.ASCII)

NO_SETS: Mapping[str, set[str]] = {}
# Decimals of a number that the database keeps.
DIGITS = 9


def says_another(field: str, values: Mapping[str, Any], before: Mapping[str, Any] | None) -> bool:
	"""Whether `values` say something of a field, and something else than a document had in it. before: that; None of a new one."""
	return values.get(field) not in (None, "") and values[field] != (before or {}).get(field)


def sets_of(flow: InFlow) -> dict[str, set[str]]:
	"""The tables of a flow whose rows have no order, with the columns that it fills."""
	if not flow.sets:
		return {}
	columns = mapped_columns(flow.mapping.targets())
	return {table: columns[table] for table in flow.sets}


def equal(
	doc, values: Mapping[str, Any], base: Base | None = None, sets: Mapping[str, set[str]] = NO_SETS
) -> bool:
	"""Whether the document has these values already: then it is not saved, and nobody is told of a change.

	base: what both sides had when they were brought together last. ERPNext may write a value in a way of its own, as
	where it cleans HTML; that is no difference while both stay as they were. sets: see `of_document`.
	"""
	there = normalise(dict(values))
	here = of_document(doc, there, there, sets)
	return all(
		same(here.get(field), value) or _as_before(base, field, here.get(field), value)
		for field, value in there.items()
	)


def as_before(
	doc, values: Mapping[str, Any], base: Base | None, sets: Mapping[str, set[str]] = NO_SETS
) -> set[str]:
	"""Those of `values` that a record says as it said them before, of which the document has what it had then.

	They are no news, though the two differ. base, sets: see `equal`.
	"""
	if base is None:
		return set()
	there = normalise(dict(values))
	here = of_document(doc, there, there, sets)
	return {field for field, value in there.items() if _as_before(base, field, here.get(field), value)}


def _as_before(base: Base | None, field: str, here: Any, there: Any) -> bool:
	if base is None or field not in base.here or field not in base.there:
		return False
	return same(base.here[field], here) and same(base.there[field], there)


def written_differently(
	doc, values: Mapping[str, Any], before: str | None, sets: Mapping[str, set[str]] = NO_SETS
) -> str | None:
	"""What a link remembers where ERPNext writes what was just taken in differently; None: nothing new to remember.

	before: what the link remembered so far.
	"""
	if before is None and all(doc.get(field) == value for field, value in values.items()):
		return None  # as nearly always, and told fast
	there = normalise(dict(values))
	here = of_document(doc, there, there, sets)
	if before is None and all(same(here.get(field), value) for field, value in there.items()):
		return None
	base = synced.base_of(before) or Base(here={}, there={})
	return synced.as_text({**base.here, **here}, {**base.there, **there}, synced.own_of(before))


def same(have: Any, want: Any) -> bool:
	"""Whether two values of a field mean the same. Of a row, only the columns that `want` has are looked at."""
	if isinstance(want, list):
		return (
			isinstance(have, list)
			and len(have) == len(want)
			and all(same(one, other) for one, other in zip(have, want, strict=True))
		)
	if isinstance(want, dict):
		return isinstance(have, dict) and all(same(have.get(name), value) for name, value in want.items())
	if isinstance(have, str) and isinstance(want, str) and have != want:
		return bool(_moment(have)) and _moment(have) == _moment(want)
	if isinstance(have, int | float):
		number = want if isinstance(want, int | float) else frappe.utils.flt(want)
		return round(have - number, DIGITS) == 0
	return (have or "") == (want or "") if not isinstance(want, int | float) else have == want


def _moment(text: str) -> str:
	"""A date with a time, to the second and in one way of writing; empty for any other text."""
	return text[:10] + "T" + text[11:19] if _MOMENT.fullmatch(text) else ""


def of_document(
	doc, fields: Iterable[str], shape: Mapping[str, Any], sets: Mapping[str, set[str]] = NO_SETS
) -> dict[str, Any]:
	"""The values that a document has in `fields`; of tables, the columns that `shape` has in its rows.

	sets: tables whose rows have no order, with the columns that count; they come as `as_set` has them.
	"""
	current = normalise(doc.as_dict())
	return {
		field: as_set(_columns(current.get(field), [dict.fromkeys(sets[field])]))
		if field in sets
		else _columns(current.get(field), shape.get(field))
		for field in fields
	}


def of_flow(flow: InFlow, doc) -> dict[str, Any]:
	"""The values that a document has in all fields that may come in by a flow."""
	shape = {
		field: [dict.fromkeys(columns)] for field, columns in mapped_columns(flow.mapping.targets()).items()
	}
	return of_document(doc, flow.fields, shape, sets_of(flow))


def _columns(value: Any, shape: Any) -> Any:
	if not isinstance(value, list):
		return value
	rows = shape if isinstance(shape, list) else []
	names = {name for row in rows if isinstance(row, dict) for name in row}
	return [{name: item for name, item in row.items() if name in names} for row in value]
