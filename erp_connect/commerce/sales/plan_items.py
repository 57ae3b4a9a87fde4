"""Which Item each planned row of an order is."""

from __future__ import annotations

from erp_connect.commerce.sales import gift_cards
from erp_connect.commerce.sales.articles import items_of
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.order.parts import GIFT_CARD
from erp_connect.core.commerce.order.plan import OrderPlan, PlannedItem

Items = dict[PlannedItem, str]


def items_of_plan(settings: CommerceSettings, plan: OrderPlan) -> Items:
	"""The Item by planned row. Missing ones are made where the account allows that. Raises `HeldForReview`."""
	goods = items_of(settings, {row.sku: row.name for row in plan.items if row.kind != GIFT_CARD})
	return {
		row: gift_cards.item_of(settings, row) if row.kind == GIFT_CARD else goods[row.sku]
		for row in plan.items
	}
