"""Refunds that are given by the API of the fake of Shopify.

https://shopify.dev/docs/api/admin-graphql/2026-04/mutations/refundCreate: money moves by transactions alone, each of
them below the sale or capture that it gives back.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any


def create(shop: Any, given: dict[str, Any]) -> dict[str, Any]:
	order = shop.records["orders"].get(given["orderId"])
	if order is None:
		return _refused("Order does not exist", "orderId")
	lines = {line["id"]: line for line in order["lineItems"]}
	for piece in given.get("refundLineItems", ()):
		left = lines[piece["lineItemId"]]["quantity"] - _given_back(order, piece["lineItemId"])
		if not 0 < piece["quantity"] <= left:
			return _refused("Quantity cannot refund more items than were purchased", "refundLineItems")
	made = []
	for money in given.get("transactions", ()):
		parent = shop.node(money["parentId"])
		if Decimal(money["amount"]) > _left(order, parent):
			return _refused("Refund amount is greater than the amount available", "transactions")
		made.append(_transaction(shop, money, parent))
	number = shop.number()
	total = sum((Decimal(one["amount"]) for one in given.get("transactions", ())), Decimal(0))
	refund = {
		"id": f"gid://shopify/Refund/{number}",
		"legacyResourceId": str(number),
		"createdAt": f"{shop.clock:%Y-%m-%dT%H:%M:%SZ}",
		"note": given.get("note"),
		"totalRefundedSet": _money(total, order["currencyCode"]),
		"transactions": made,
		"refundLineItems": [
			{
				"quantity": one["quantity"],
				"restockType": one.get("restockType") or "RETURN",
				"lineItem": lines[one["lineItemId"]],
			}
			for one in given.get("refundLineItems", ())
		],
		"refundShippingLines": [],
	}
	shop.notified += [refund["id"]] if given.get("notify") else []
	return {"order": order, "refund": shop.follow(order, "refunds", refund), "userErrors": []}


def _given_back(order: dict[str, Any], line: str) -> int:
	pieces = [one for refund in order["refunds"] for one in refund["refundLineItems"]]
	return sum(one["quantity"] for one in pieces if one["lineItem"]["id"] == line)


def _left(order: dict[str, Any], parent: dict[str, Any]) -> Decimal:
	given = [one for refund in order["refunds"] for one in refund["transactions"]]
	below = [one for one in given if one.get("parent") == parent["id"]]
	return _amount(parent) - sum((_amount(one) for one in below), Decimal(0))


def _amount(transaction: dict[str, Any]) -> Decimal:
	return Decimal(transaction["amountSet"]["shopMoney"]["amount"])


def _transaction(shop: Any, money: dict[str, Any], parent: dict[str, Any]) -> dict[str, Any]:
	id_ = f"gid://shopify/OrderTransaction/{shop.number()}"
	currency = parent["amountSet"]["shopMoney"]["currencyCode"]
	own = {"id": id_, "kind": "REFUND", "parent": parent["id"]}
	return {**parent, **own, "amountSet": _money(Decimal(money["amount"]), currency)}


def _money(amount: Decimal, currency: str) -> dict[str, Any]:
	one = {"amount": f"{amount:.2f}", "currencyCode": currency}
	return {"shopMoney": one, "presentmentMoney": dict(one)}


def _refused(message: str, place: str) -> dict[str, Any]:
	return {"order": None, "refund": None, "userErrors": [{"field": ["input", place], "message": message}]}
