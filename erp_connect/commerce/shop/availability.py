"""What can be sold: actual stock less what orders have reserved and what the account keeps back, over its warehouses.

Of a Product Bundle: what can be made of its components.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import frappe
from frappe.utils import flt

from erp_connect.commerce.settings import CommerceSettings
from erp_connect.commerce.shop import bundles, paging
from erp_connect.records.failures import ApiError


@dataclass(frozen=True)
class Query:
	"""item_codes: these items; empty: all, page by page. warehouses: only these of the account's."""

	limit: int
	item_codes: tuple[str, ...] = ()
	warehouses: tuple[str, ...] = ()
	by_warehouse: bool = False
	modified_after: datetime | None = None
	after: str | None = None


def stock(settings: CommerceSettings, query: Query) -> dict[str, Any]:
	"""Stock per item, in the order of item codes. Raises `ApiError` for warehouses that are not the account's."""
	paging.require_read("Bin")
	paging.require_read("Item")
	warehouses = _warehouses(settings, query.warehouses)
	items, unknown, following = _items(query, warehouses)
	bins = _bins([item.name for item in items], warehouses)
	bins |= _bins_of_bundles(bundles.components([item.name for item in items]), warehouses)
	return {
		"warehouses": warehouses,
		"stock": [
			_answer(item, bins.get(item.name, []), settings.stock_buffer, query.by_warehouse)
			for item in items
		],
		"unknown": unknown,
		"next": following,
	}


def _warehouses(settings: CommerceSettings, wanted: tuple[str, ...]) -> list[str]:
	"""Warehouses that hold goods: those of the account (groups stand for all in them), else the company's."""
	filters = {"is_group": 0, "disabled": 0}
	if settings.company:
		filters["company"] = settings.company
	names = {
		row.name: row for row in frappe.get_list("Warehouse", filters=filters, fields=["name", "lft", "rgt"])
	}
	if settings.warehouses:
		ranges = frappe.get_all(
			"Warehouse", filters={"name": ("in", settings.warehouses)}, fields=["lft", "rgt"], as_list=True
		)
		names = {
			name: row for name, row in names.items() if any(lft <= row.lft <= rgt for lft, rgt in ranges)
		}
	for name in wanted:
		if name not in names:
			raise ApiError(
				404, "not_found", "The account has no warehouse {name}.", field="warehouses", name=name
			)
	return sorted(wanted or names)


def _items(query: Query, warehouses: list[str]) -> tuple[list, list[str], str | None]:
	"""Items to answer for, codes that name none, and the cursor of the next page."""
	filters: list = [["Item", "has_variants", "=", 0]]
	kinds = [["Item", "is_stock_item", "=", 1], ["Item", "name", "in", list(bundles.components()) or [""]]]
	if query.item_codes:
		filters.append(["Item", "name", "in", query.item_codes])
	else:
		filters.append(["Item", "disabled", "=", 0])
	if query.modified_after:
		filters.append(["Item", "name", "in", _moved(warehouses, query.modified_after)])
	limit = max(query.limit, len(query.item_codes))
	found = paging.by_name(
		paging.Wanted("Item", ("item_name", "stock_uom"), limit, query.after, filters, kinds)
	)
	if query.modified_after or query.after:
		return found.rows, [], found.next
	known = {row.name.casefold() for row in found.rows}
	unknown = [code for code in dict.fromkeys(query.item_codes) if code.casefold() not in known]
	return found.rows, unknown, found.next


def _moved(warehouses: list[str], since: datetime) -> list[str]:
	time = paging.local_time(since, "modified_after")
	filters = {"warehouse": ("in", warehouses), "modified": (">", time)}
	moved = frappe.get_list("Bin", filters=filters, pluck="item_code", distinct=True)
	made_of = bundles.components().items()
	return [*moved, *(bundle for bundle, parts in made_of if not parts.keys().isdisjoint(moved))] or [""]


def _bins(items: list[str], warehouses: list[str]) -> dict[str, list]:
	if not items or not warehouses:
		return {}
	found: dict[str, list] = {}
	for row in frappe.get_list(
		"Bin",
		filters={"item_code": ("in", items), "warehouse": ("in", warehouses)},
		fields=["item_code", "warehouse", "actual_qty", "reserved_qty"],
		order_by="warehouse asc",
	):
		found.setdefault(row.item_code, []).append(row)
	return found


def _bins_of_bundles(made_of: dict[str, dict[str, float]], warehouses: list[str]) -> dict[str, list]:
	"""What bundles would have in their bins, if they had any."""
	stock: bundles.Stock = {}
	for item, rows in _bins(list({item for parts in made_of.values() for item in parts}), warehouses).items():
		stock[item] = {row.warehouse: (flt(row.actual_qty), flt(row.reserved_qty)) for row in rows}
	found: dict[str, list] = {}
	for bundle, parts in made_of.items():
		held = {warehouse for item in parts for warehouse in stock.get(item, {})}
		for warehouse in sorted(held):
			actual, reserved = bundles.makeable(parts, stock, warehouse)
			row = frappe._dict(warehouse=warehouse, actual_qty=actual, reserved_qty=reserved)
			found.setdefault(bundle, []).append(row)
	return found


def _answer(item, bins: list, kept_back: float, by_warehouse: bool) -> dict[str, Any]:
	answer = {
		"item_code": item.name,
		"item_name": item.item_name,
		"uom": item.stock_uom,
		**_quantities(
			sum(flt(row.actual_qty) for row in bins), sum(flt(row.reserved_qty) for row in bins), kept_back
		),
		"warehouses": None,
	}
	if by_warehouse:
		answer["warehouses"] = [
			{"warehouse": row.warehouse, **_quantities(flt(row.actual_qty), flt(row.reserved_qty), kept_back)}
			for row in bins
		]
	return answer


def _quantities(actual: float, reserved: float, kept_back: float) -> dict[str, float]:
	"""What is kept back is not for sale; what is missing already is not more because of it."""
	free = actual - reserved
	sellable = max(0.0, free - kept_back) if free > 0 else free
	return {"actual": flt(actual, 9), "reserved": flt(reserved, 9), "sellable": flt(sellable, 9)}
