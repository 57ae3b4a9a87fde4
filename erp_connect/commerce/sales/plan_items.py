"""Which Item each planned row of an order is."""

from __future__ import annotations

import frappe

from erp_connect.commerce.sales import gift_cards
from erp_connect.commerce.sales.articles import items_of
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.order.parts import GIFT_CARD
from erp_connect.core.commerce.order.plan import OrderPlan, PlannedItem
from erp_connect.records.errors import HeldForReview

Items = dict[PlannedItem, str]


def items_of_plan(settings: CommerceSettings, plan: OrderPlan) -> Items:
	"""The Item by planned row. Missing ones are made where the account allows that. Raises `HeldForReview`."""
	goods = items_of(settings, {row.sku: row.name for row in plan.items if row.kind != GIFT_CARD})
	_require_unit_of_barcodes(
		{row.sku: goods[row.sku] for row in plan.items if row.sku in goods and not row.uom}
	)
	return {
		row: gift_cards.item_of(settings, row) if row.kind == GIFT_CARD else goods[row.sku]
		for row in plan.items
	}


def _require_unit_of_barcodes(articles: dict[str, str]) -> None:
	"""Raises `HeldForReview` where a code is the barcode of another unit than pieces. articles: Item by code, of rows without unit."""
	asked = [code for code, item in articles.items() if code and code != item]
	rows = (
		frappe.get_all(
			"Item Barcode", {"barcode": ("in", asked), "parenttype": "Item"}, ["barcode", "parent", "uom"]
		)
		if asked
		else []
	)
	for row in rows:
		stock_uom = frappe.get_cached_value("Item", row.parent, "stock_uom")
		if articles.get(row.barcode) == row.parent and row.uom and row.uom != stock_uom:
			raise HeldForReview(
				"Article {sku} is the barcode of a {uom} of item {item}, and its line names no unit. Let the source or the flow say "
				"the unit of the line ({uom} or {stock_uom}), or take the unit off the barcode in the item; then {again}.",
				code="unknown_unit",
				sku=row.barcode,
				uom=row.uom,
				item=row.parent,
				stock_uom=stock_uom,
			)
