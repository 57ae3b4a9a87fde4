"""In which unit an item is sold, and how many of its stock unit that is: as the source says, never as ERPNext guesses.

Without a unit, ERPNext takes the item's Default Sales Unit of Measure, so that one piece becomes a box; and for a unit
that the item does not have it takes the factor 1.
"""

from __future__ import annotations

from collections.abc import Iterable

import frappe

from erp_connect.records.errors import HeldForReview
from erp_connect.records.units import Unit, find


def units_of(wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Unit]:
	"""Units by (Item, unit of the source; empty: pieces, which is the item's stock unit). Raises `HeldForReview`."""
	wanted = set(wanted)
	items = {item for item, _uom in wanted}
	stock = dict(
		frappe.get_all("Item", filters={"name": ("in", items)}, fields=["name", "stock_uom"], as_list=True)
		if items
		else ()
	)
	return {(item, uom): _unit(item, uom, stock[item]) for item, uom in wanted}


def _unit(item: str, uom: str, stock_uom: str) -> Unit:
	unit = find(item, uom, stock_uom)
	if unit is None:
		raise HeldForReview(
			"Item {item} is not sold by {uom}: it has no such unit. Add {uom} with its conversion factor to the table of units in "
			"the item, or let the flow send one of the item's units by a Value Map; then {again}.",
			code="unknown_unit",
			item=item,
			uom=uom,
		)
	return unit
