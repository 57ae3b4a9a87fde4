"""The units of rows of articles that came in: those of the articles, and what the quantities were meant in.

For a unit that an item does not have, ERPNext takes the factor 1: two boxes become two pieces. Where no unit is said, it
takes the one in which the item is usually sold or bought: three pieces become three boxes. And it keeps the factor of a
row of which the unit changes. Promises that the first is held, and that the others count as they were said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import frappe

from erp_connect.config.inflow import InFlow
from erp_connect.records import units
from erp_connect.records.discounts import PRICES
from erp_connect.records.errors import HeldForReview
from erp_connect.records.values import mapped_columns

ARTICLE, QUANTITY, UOM, FACTOR = "item_code", "qty", "uom", "conversion_factor"
COLUMNS = (ARTICLE, UOM, FACTOR)


def fill(doc, values: Mapping[str, Any]) -> None:
	"""Let quantities without a unit, in new rows of the tables among `values`, count in the stock units of their articles, and
	those in a unit by its factor, which some documents of ERPNext take for 1 or demand."""
	for row in _rows(doc, values):
		if row.get(FACTOR):
			continue
		if row.is_new() and row.get(QUANTITY) and not row.get(UOM):
			row.set(UOM, _stock_unit(row))
		if row.get(UOM) and (unit := units.find(row.item_code, row.uom, _stock_unit(row) or "")):
			row.set(FACTOR, unit.factor)


def counted(flow: InFlow) -> frozenset[str]:
	"""The tables of a flow that says quantities, and no units: they count in stock units, also where a person chose another.

	Of a flow that goes both ways, what stands here was told in the unit that stands here.
	"""
	columns = {} if flow.two_way else mapped_columns(flow.mapping.targets())
	return frozenset(
		table for table, said in columns.items() if QUANTITY in said and not {UOM, FACTOR} & said
	)


def forget(row, values: Mapping[str, Any], *, counted: bool = False) -> None:
	"""Empty what a row that is there says of another article or unit than `values`, which are about to be set in it.

	ERPNext fills what is empty at the save. counted: the quantity is one of stock units.
	"""
	if not all(map(row.meta.has_field, COLUMNS)) or not row.get(ARTICLE):
		return
	stale: list[str] = []
	if _differs(row, values, ARTICLE):
		stale = [field.fieldname for field in row.meta.fields]
	elif _differs(row, values, UOM):
		stale = [FACTOR, *PRICES]
	elif counted and _differs(row, values, QUANTITY) and row.get(UOM) != _stock_unit(row):
		row.set(UOM, _stock_unit(row))
		stale = [FACTOR, *PRICES]
	for column in stale:
		if column not in values:
			row.set(column, None)


def _stock_unit(row) -> str:
	return frappe.get_cached_value("Item", row.item_code, "stock_uom")


def _differs(row, values: Mapping[str, Any], column: str) -> bool:
	return bool(values.get(column)) and values[column] != row.get(column)


def _rows(doc, values: Mapping[str, Any]) -> Iterator[Any]:
	"""The rows of articles in the tables among `values`."""
	for table, said in values.items():
		for row in doc.get(table) or () if isinstance(said, list) else ():
			if all(map(row.meta.has_field, COLUMNS)) and row.item_code:
				yield row


def require(doc, values: Mapping[str, Any]) -> None:
	"""Raises `HeldForReview` where a row stands in a unit, said without its factor, that its item does not have."""
	for row in _rows(doc, {table: said for table, said in values.items() if _says_unit_alone(said)}):
		if row.uom and row.get(FACTOR) == 1:
			_require_unit(row.item_code, row.uom, _stock_unit(row))


def _says_unit_alone(said: Any) -> bool:
	rows = said if isinstance(said, list) else ()
	columns = {column for row in rows if isinstance(row, dict) for column in row}
	return UOM in columns and FACTOR not in columns


def _require_unit(item: str, uom: str, stock_uom: str) -> None:
	if units.find(item, uom, stock_uom):
		return
	raise HeldForReview(
		"Item {item} has no unit {uom}. Add {uom} with its conversion factor to the table of units in the item, or let the "
		"flow send one of the item's units by a Value Map; then {again}.",
		code="unknown_unit",
		item=item,
		uom=uom,
	)
