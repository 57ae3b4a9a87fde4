"""What the rows of a Sales Order were when its source's last statement was booked, which tells what a person has changed.

The total and the names of rows do not: a piece more of one article and one less of another keep both.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import frappe
from frappe.utils import flt

DIGITS = 6
Booked = dict[str, list[Any]]


def of(rows: Iterable[Any]) -> Booked:
	"""Item, unit, pieces in the item's stock unit, and rate of each row, by its name."""
	return {row.name: [row.item_code, row.uom, *_amounts(row)] for row in rows}


def are_others(booked: Booked, rows: Iterable[Any]) -> bool:
	"""Whether a row has another item, quantity or price than was booked; one of which that was not kept has not."""
	return any(_differs(booked[row.name], row) for row in rows if row.name in booked)


def unit_before(booked: Booked, row: Any) -> str:
	"""The unit in which a row was booked, where it has another one now; else empty."""
	unit = booked[row.name][1] if row.name in booked else row.uom
	return unit if unit != row.uom else ""


def _differs(booked: list[Any], row: Any) -> bool:
	item, _unit, *amounts = booked
	return amounts != _amounts(row) or (item != row.item_code and _is_there(item))


def _amounts(row: Any) -> list[float]:
	return [flt(row.stock_qty, DIGITS), flt(row.rate, DIGITS)]


def _is_there(item: str) -> bool:
	"""Whether an item has this very code: one that was renamed or merged since has not, and its rows followed."""
	return frappe.db.get_value("Item", item, "name") == item
