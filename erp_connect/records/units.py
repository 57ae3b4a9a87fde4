"""The units of an item, and how many of its stock unit each is: as ERPNext converts, but never by its guess of 1."""

from __future__ import annotations

from dataclasses import dataclass

import frappe
from erpnext.stock.doctype.item.item import get_uom_conv_factor
from frappe.utils import flt

from erp_connect.records import names


@dataclass(frozen=True)
class Unit:
	"""A unit of an item. factor: how many of the item's stock unit it is."""

	uom: str
	stock_uom: str
	factor: float

	def fields(self) -> dict[str, str | float]:
		"""The unit in the fields of a row."""
		return {"uom": self.uom, "stock_uom": self.stock_uom, "conversion_factor": self.factor}


def find(item: str, uom: str, stock_uom: str) -> Unit | None:
	"""The unit of an item, None for one that neither the item nor the table UOM Conversion Factor has."""
	if not uom or uom.casefold() == stock_uom.casefold():
		return Unit(stock_uom, stock_uom, 1.0)
	known = names.alike("UOM", uom)
	name = known and frappe.db.get_value("UOM", {"name": known, "enabled": 1}, "name")
	factor = name and (_own_factor(item, name) or flt(get_uom_conv_factor(name, stock_uom)))
	return Unit(name, stock_uom, factor) if factor else None


def _own_factor(item: str, uom: str) -> float:
	"""The factor in the item's own table of units, else in that of its template."""
	template = frappe.get_cached_value("Item", item, "variant_of")
	for parent in filter(None, (item, template)):
		if factor := frappe.db.get_value(
			"UOM Conversion Detail", {"parent": parent, "parenttype": "Item", "uom": uom}, "conversion_factor"
		):
			return flt(factor)
	return 0.0
