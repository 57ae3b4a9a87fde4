"""In which unit an item is sold, and how many of its stock unit that is: as the source says, never as ERPNext guesses.

Without a unit, ERPNext takes the item's Default Sales Unit of Measure, so that one piece becomes a box; and for a unit
that the item does not have it takes the factor 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import frappe
from erpnext.stock.doctype.item.item import get_uom_conv_factor
from frappe.utils import flt

from erp_connect.records import names
from erp_connect.records.errors import HeldForReview


@dataclass(frozen=True)
class Unit:
	"""A unit of an item. factor: how many of the item's stock unit it is."""

	uom: str
	stock_uom: str
	factor: float

	def fields(self) -> dict[str, str | float]:
		"""The unit in the fields of a row."""
		return {"uom": self.uom, "stock_uom": self.stock_uom, "conversion_factor": self.factor}


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


def find(item: str, uom: str, stock_uom: str) -> Unit | None:
	"""The unit of an item, None for one that neither the item nor the table UOM Conversion Factor has."""
	if not uom or uom.casefold() == stock_uom.casefold():
		return Unit(stock_uom, stock_uom, 1.0)
	known = names.alike("UOM", uom)
	name = known and frappe.db.get_value("UOM", {"name": known, "enabled": 1}, "name")
	factor = name and (_own_factor(item, name) or flt(get_uom_conv_factor(name, stock_uom)))
	return Unit(name, stock_uom, factor) if factor else None


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


def _own_factor(item: str, uom: str) -> float:
	"""The factor in the item's own table of units, else in that of its template."""
	template = frappe.get_cached_value("Item", item, "variant_of")
	for parent in filter(None, (item, template)):
		if factor := frappe.db.get_value(
			"UOM Conversion Detail", {"parent": parent, "parenttype": "Item", "uom": uom}, "conversion_factor"
		):
			return flt(factor)
	return 0.0
