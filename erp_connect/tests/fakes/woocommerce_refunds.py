"""Refunds that are given by the API of the fake of WooCommerce.

https://developer.woocommerce.com/docs/apis/rest-api/v3/order-refunds/ and `wc_create_refund` of its source: the amount
goes before the lines, more than is left is refused, and what its gateway refuses leaves nothing behind.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from erp_connect.tests.fakes.woocommerce_rules import Refused, invalid

LINE = {"id": int, "quantity": int, "refund_total": (int, float), "refund_tax": list}
NAMES = {int: "integer", list: "array", (int, float): "number"}


def create(shop: Any, order: dict[str, Any], body: Any) -> dict[str, Any]:
	"""A refund of an order. `gateway` of the shop is what its payment gateway paid back. Raises `Refused`."""
	given = body or {}
	for name, kind in (("amount", str), ("reason", str), ("api_refund", bool), ("api_restock", bool)):
		if name in given and not isinstance(given[name], kind):
			raise invalid(name, f"{name} is not of type {'string' if kind is str else 'boolean'}.")
	lines = given.get("line_items", [])
	for number, line in enumerate(lines):
		_shaped(number, line)
	amount = _amount(given, lines)
	if amount < 0 or amount > _left(order):
		raise _refused("Invalid refund amount.")
	# Both are yes, unless they are said to be no.
	if given.get("api_refund", True):
		if not shop.gateway_refunds:
			raise _refused("The payment gateway for this order does not support automatic refunds.")
		shop.gateway.append(amount)
	record = {
		"id": shop.number(),
		"parent_id": order["id"],
		"date_created_gmt": shop.stamp()["date_modified_gmt"],
		"amount": f"{amount:.2f}",
		"reason": given.get("reason", ""),
		"refunded_payment": given.get("api_refund", True),
		"meta_data": [],
		"line_items": [_line(shop, order, line) for line in lines],
		"shipping_lines": [],
		"tax_lines": [],
		"fee_lines": [],
	}
	shop.refund(order["id"], record, restock=given.get("api_restock", True))
	return record


def _shaped(number: int, line: dict[str, Any]) -> None:
	for name, value in line.items():
		kind = LINE.get(name)
		if kind and (not isinstance(value, kind) or isinstance(value, bool)):
			raise invalid("line_items", f"line_items[{number}][{name}] is not of type {NAMES[kind]}.")


def _amount(given: dict[str, Any], lines: list[dict[str, Any]]) -> Decimal:
	if "amount" in given:
		return Decimal(given["amount"])
	taxes = [tax for line in lines for tax in line.get("refund_tax", ())]
	return sum((Decimal(str(one["refund_total"])) for one in (*lines, *taxes)), Decimal(0))


def _left(order: dict[str, Any]) -> Decimal:
	return Decimal(order["total"]) + sum((Decimal(one["total"]) for one in order["refunds"]), Decimal(0))


def _line(shop: Any, order: dict[str, Any], line: dict[str, Any]) -> dict[str, Any]:
	owner = next(one for one in order["line_items"] if one["id"] == line["id"])
	taxes = [{"id": one["id"], "total": f"-{one['refund_total']}"} for one in line.get("refund_tax", ())]
	return {
		"id": shop.number(),
		"name": owner["name"],
		"quantity": -line["quantity"],
		"total": f"-{line['refund_total']}",
		"taxes": taxes,
		"meta_data": [{"key": "_refunded_item_id", "value": str(line["id"])}],
	}


def _refused(told: str) -> Refused:
	return Refused(500, "woocommerce_rest_cannot_create_order_refund", told)
