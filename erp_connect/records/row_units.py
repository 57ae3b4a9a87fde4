"""Whether the units that came in for rows of articles are units of those articles.

For a unit that an item does not have, ERPNext takes the factor 1: two boxes become two pieces. Promises that such a
document is held.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.records import units
from erp_connect.records.errors import HeldForReview

UOM, FACTOR = "uom", "conversion_factor"
COLUMNS = ("item_code", UOM, FACTOR)


def require(doc, values: Mapping[str, Any]) -> None:
	"""Raises `HeldForReview` where a row stands in a unit, said without its factor, that its item does not have."""
	for table, said in values.items():
		if not _says_unit_alone(said):
			continue
		for row in doc.get(table) or ():
			if all(map(row.meta.has_field, COLUMNS)) and row.item_code and row.uom and row.get(FACTOR) == 1:
				_require_unit(row.item_code, row.uom)


def _says_unit_alone(said: Any) -> bool:
	rows = said if isinstance(said, list) else ()
	columns = {column for row in rows if isinstance(row, dict) for column in row}
	return UOM in columns and FACTOR not in columns


def _require_unit(item: str, uom: str) -> None:
	if units.find(item, uom, frappe.get_cached_value("Item", item, "stock_uom")):
		return
	raise HeldForReview(
		"Item {item} has no unit {uom}. Add {uom} with its conversion factor to the table of units in the item, or let the "
		"flow send one of the item's units by a Value Map; then {again}.",
		code="unknown_unit",
		item=item,
		uom=uom,
	)
