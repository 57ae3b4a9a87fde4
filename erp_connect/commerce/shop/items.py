"""The catalogue: items page by page, with what a shop shows of them. Only reads, as the session's user."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import frappe

from erp_connect.commerce.shop import paging
from erp_connect.records.failures import ApiError

FIELDS = (
	"item_name", "description", "item_group", "brand", "stock_uom", "sales_uom", "is_stock_item", "has_variants",
	"variant_of", "image", "weight_per_unit", "weight_uom", "disabled", "modified",
)  # fmt: skip
FLAGS = ("is_stock_item", "has_variants", "disabled")


@dataclass(frozen=True)
class Query:
	"""item_codes: these items; empty: all for sale. variant_of: only the variants of this template."""

	limit: int
	item_codes: tuple[str, ...] = ()
	item_group: str | None = None
	variant_of: str | None = None
	include_disabled: bool = False
	modified_after: datetime | None = None
	after: str | None = None


def items(query: Query) -> dict[str, Any]:
	"""Items for sale in the order of their codes. Raises `ApiError` 404 for an unknown item group."""
	paging.require_read("Item")
	limit = max(query.limit, len(query.item_codes))
	page = paging.by_name(paging.Wanted("Item", FIELDS, limit, query.after, _filters(query)))
	names = [row.name for row in page.rows]
	barcodes, attributes = _barcodes(names), _attributes(names)
	return {
		"items": [_answer(row, barcodes, attributes) for row in page.rows],
		"next": page.next,
	}


def _filters(query: Query) -> list:
	filters: list = [["Item", "is_sales_item", "=", 1]]
	if not query.include_disabled:
		filters.append(["Item", "disabled", "=", 0])
	if query.item_codes:
		filters.append(["Item", "name", "in", query.item_codes])
	if query.variant_of:
		filters.append(["Item", "variant_of", "=", query.variant_of])
	if query.item_group:
		filters.append(["Item", "item_group", "in", _groups(query.item_group)])
	if query.modified_after:
		time = paging.local_time(query.modified_after, "modified_after")
		filters.append(["Item", "modified", ">", time])
	return filters


def _groups(name: str) -> list[str]:
	"""The group and all below it."""
	bounds = frappe.db.get_value("Item Group", name, ["lft", "rgt"])
	if not bounds:
		raise ApiError(404, "not_found", "There is no such item group.", field="item_group")
	return frappe.get_all(
		"Item Group", filters={"lft": (">=", bounds[0]), "rgt": ("<=", bounds[1])}, pluck="name"
	)


def _barcodes(names: list[str]) -> dict[str, list]:
	rows = _children("Item Barcode", names, ["parent", "barcode", "barcode_type", "uom"])
	return _by_item(
		rows, lambda row: {"barcode": row.barcode, "type": row.barcode_type or None, "uom": row.uom}
	)


def _attributes(names: list[str]) -> dict[str, list]:
	rows = _children("Item Variant Attribute", names, ["parent", "attribute", "attribute_value"])
	return _by_item(rows, lambda row: {"attribute": row.attribute, "value": row.attribute_value})


def _children(table: str, names: list[str], fields: list[str]) -> list:
	if not names:
		return []
	return frappe.get_all(
		table, filters={"parent": ("in", names), "parenttype": "Item"}, fields=fields, order_by="parent, idx"
	)


def _by_item(rows: list, read) -> dict[str, list]:
	found: dict[str, list] = {}
	for row in rows:
		found.setdefault(row.parent, []).append(read(row))
	return found


def _answer(row, barcodes: dict[str, list], attributes: dict[str, list]) -> dict[str, Any]:
	answer: dict[str, Any] = {"item_code": row.name, **{name: row.get(name) for name in FIELDS}}
	for name in FLAGS:
		answer[name] = bool(answer[name])
	answer["image"] = frappe.utils.get_url(row.image) if row.image else None
	answer["barcodes"] = barcodes.get(row.name, [])
	answer["attributes"] = attributes.get(row.name, [])
	return answer
