"""A planned row as the fields of an ERPNext row: plain JSON values in ERPNext's own names.

Promises the switches that keep ERPNext from changing the row again.
"""

from __future__ import annotations

from typing import Any

from erp_connect.core.commerce.order.plan import PlannedItem

Fields = dict[str, Any]


def item_fields(item: PlannedItem) -> Fields:
	"""The fields of an item row that decide its amount."""
	return {
		"item_name": item.name[:140],
		"qty": float(item.quantity),
		"rate": float(item.rate),
		"price_list_rate": float(item.list_price),
		# ERPNext fills a rate of zero from the price list unless the discount is 100 %.
		"discount_percentage": 0.0 if item.rate else 100.0,
		"discount_amount": float(item.list_price - item.rate),
		"margin_type": "",
		"margin_rate_or_amount": 0.0,
		"item_tax_template": "",
		"is_free_item": int(item.is_free and not item.rate),
	}
