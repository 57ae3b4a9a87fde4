"""Rows of tables that a record says, and that a document does not have after it was saved: ERPNext took them out.

Of an invoice that nothing of a payment is for, say. Rows that ERPNext put together, split, or has already are not gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from frappe.utils import flt

from erp_connect.records import comparing

LINKS, NUMBERS = ("Link", "Dynamic Link"), ("Currency", "Float", "Int", "Percent")
EMPTY = (None, "", 0)
# Of which ERPNext takes out what is no change, such as articles that were counted as they are.
ONLY_CHANGES = frozenset(("Stock Reconciliation Item",))
Row = Mapping[str, Any]


def find(meta: Any, wanted: list[Row], now: list[Row]) -> Iterator[Row]:
	"""These rows, of those that were wanted. meta: of the table's rows. now: rows that stand."""
	if meta.name in ONLY_CHANGES:
		return
	free = list(now)
	left = [row for row in wanted if not _take(free, row, row)]
	links = _columns(meta, LINKS)
	for row in left:
		about = {name: value for name, value in row.items() if name in links and value not in EMPTY}
		if all(value in EMPTY for value in row.values()) or any(comparing.same(one, row) for one in now):
			continue
		if not _take(free, row, about) and not _is_in_others(meta, about, wanted, now):
			yield row


def _take(free: list[Row], row: Row, about: Row) -> bool:
	"""Whether a row that is free says what a wanted one is about, or anything that it says where that is nothing known."""
	for number, one in enumerate(free):
		if comparing.same(one, about) if about else _is_alike(one, row):
			del free[number]
			return True
	return False


def _is_alike(one: Row, row: Row) -> bool:
	return any(value not in EMPTY and comparing.same(one.get(name), value) for name, value in row.items())


def _is_in_others(meta: Any, about: Row, wanted: list[Row], now: list[Row]) -> bool:
	"""Whether the rows that are about the same come to what was wanted of them, in other rows."""
	if not about:
		return False
	before, after = ([row for row in rows if comparing.same(row, about)] for rows in (wanted, now))
	sums = [(_sum(before, name), _sum(after, name)) for name in _columns(meta, NUMBERS)]
	return any(one for one, _other in sums) and all(one == other for one, other in sums if one)


def _sum(rows: Iterable[Row], name: str) -> float:
	return flt(sum(flt(row.get(name)) for row in rows), comparing.DIGITS)


def _columns(meta: Any, types: tuple[str, ...]) -> set[str]:
	return {field.fieldname for field in meta.fields if field.fieldtype in types}
