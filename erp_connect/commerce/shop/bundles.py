"""Product Bundles as goods: how many can be made of what is there of their components.

A bundle has no stock of its own; ERPNext takes its components from the warehouse of the row that sells it. Hence
so many of it can be sold from a warehouse as the scarcest component there allows, in whole bundles.
"""

from __future__ import annotations

import frappe
from frappe.utils import flt

DOCTYPE = "Product Bundle"
# A whole bundle is not missed for a binary fraction.
DIGITS = 6

# Stock of items: warehouse → (actual, reserved), by item.
Stock = dict[str, dict[str, tuple[float, float]]]


def components(names: list[str] | None = None) -> dict[str, dict[str, float]]:
	"""Bundles that the user may read: {item code of the bundle: {component that is kept in stock: pieces in one}}.

	names: only these item codes. A bundle of services only is none of goods, and left out.
	"""
	if not frappe.has_permission(DOCTYPE, "read"):
		return {}
	filters: dict = {"disabled": 0}
	if names is not None:
		filters["new_item_code"] = ("in", names or [""])
	bundles = {row.name: row.new_item_code for row in frappe.get_list(
		DOCTYPE, filters=filters, fields=["name", "new_item_code"], limit=0)}  # fmt: skip
	rows = frappe.get_all(
		"Product Bundle Item",
		filters={"parent": ("in", list(bundles) or [""]), "parenttype": DOCTYPE},
		fields=["parent", "item_code", "qty"],
	)
	stocked = set(
		frappe.get_all(
			"Item",
			filters={"name": ("in", list({row.item_code for row in rows}) or [""]), "is_stock_item": 1},
			pluck="name",
		)
	)
	found: dict[str, dict[str, float]] = {}
	for row in rows:
		if row.item_code in stocked and row.qty > 0:
			parts = found.setdefault(bundles[row.parent], {})
			parts[row.item_code] = parts.get(row.item_code, 0) + flt(row.qty)
	return found


def makeable(parts: dict[str, float], stock: Stock, warehouse: str) -> tuple[float, float]:
	"""(bundles that are there, bundles of them that are reserved) in a warehouse."""
	there, free = [], []
	for item, pieces in parts.items():
		actual, reserved = stock.get(item, {}).get(warehouse, (0.0, 0.0))
		there.append(flt(actual / pieces, DIGITS) // 1)
		free.append(flt((actual - reserved) / pieces, DIGITS) // 1)
	return min(there), min(there) - min(free)
