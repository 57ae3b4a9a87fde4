"""Whether the units that came in for rows of articles are units of those articles.

For a unit that an item does not have, ERPNext takes the factor 1: two boxes become two pieces. Promises that such a
document is held.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.records.errors import HeldForReview

COLUMNS = ("item_code", "uom", "conversion_factor")
FACTOR = "conversion_factor"


def require(doc, values: Mapping[str, Any]) -> None:
	"""Raises `HeldForReview` where a row stands in a unit, said without its factor, that its item does not have."""
	for table, rows in values.items():
		mapped = (
			{column for row in rows if isinstance(row, dict) for column in row}
			if isinstance(rows, list)
			else set()
		)
		if "uom" not in mapped or FACTOR in mapped:
			continue
		for row in doc.get(table) or ():
			if all(map(row.meta.has_field, COLUMNS)) and row.item_code and row.uom and row.get(FACTOR) == 1:
				_require_unit(row.item_code, row.uom)


def _require_unit(item: str, uom: str) -> None:
	stock_uom, template = frappe.get_cached_value("Item", item, ("stock_uom", "variant_of"))
	if (
		uom == stock_uom
		or _has(item, template, uom)
		or _converts(uom, stock_uom)
		or _converts(stock_uom, uom)
	):
		return
	raise HeldForReview(
		"Item {item} has no unit {uom}. Add {uom} with its conversion factor to the table of units in the item, or let the "
		"flow send one of the item's units by a Value Map; then {again}.",
		code="unknown_unit",
		item=item,
		uom=uom,
	)


def _has(item: str, template: str | None, uom: str) -> bool:
	parents = ("in", [item, template or item])
	return bool(
		frappe.db.exists("UOM Conversion Detail", {"parent": parents, "parenttype": "Item", "uom": uom})
	)


def _converts(one: str, other: str) -> bool:
	return bool(frappe.db.exists("UOM Conversion Factor", {"from_uom": one, "to_uom": other}))
