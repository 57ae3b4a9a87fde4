"""A row of goods as callers see it, in a quote, an order or an invoice alike."""

from __future__ import annotations

from typing import Any

from frappe.utils import flt


def line_answer(row) -> dict[str, Any]:
	"""What an item row of a selling document costs. Amounts in the document's currency."""
	return {
		"item_code": row.item_code,
		"item_name": row.item_name,
		"quantity": flt(row.qty),
		"uom": row.uom,
		"price_list_rate": flt(row.price_list_rate),
		"discount_percentage": flt(row.discount_percentage),
		"rate": flt(row.rate),
		"amount": flt(row.amount),
		"net_amount": flt(row.net_amount),
	}
