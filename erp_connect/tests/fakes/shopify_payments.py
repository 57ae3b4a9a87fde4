"""Shopify Payments of the fake: the balance of the shop, what was paid out of it, and what each payout took along.

https://shopify.dev/docs/api/admin-graphql/2026-04/objects/ShopifyPaymentsAccount
"""

from __future__ import annotations

import operator
import re
from decimal import Decimal
from typing import Any

# Searches that are known here: by time, and by payout.
TERM = re.compile(r"(issued_at|processed_at):(>=|<=)['\"]([^'\"]+)['\"]")
OF_PAYOUT = re.compile(r"payments_transfer_id:(\d+)")
COMPARE = {">=": operator.ge, "<=": operator.le}
FEES = ("adjustmentsFee", "advanceFees", "chargesFee", "refundsFee", "reservedFundsFee", "retriedPayoutsFee")
IN_SUMMARY = {"CHARGE": "chargesFee", "REFUND": "refundsFee"}
CURRENCY = "USD"


def money(amount: Decimal | str) -> dict[str, str]:
	return {"amount": f"{Decimal(amount):.2f}", "currencyCode": CURRENCY}


class Payments:
	"""What the account of a shop at Shopify Payments holds."""

	def __init__(self, shop: Any) -> None:
		self._shop = shop
		self.moves: list[dict[str, Any]] = []
		self.paid_out: list[dict[str, Any]] = []

	def move(
		self, kind: str, amount: str, fee: str = "0", transaction: str = "", order: Any = None, **values: Any
	) -> dict[str, Any]:
		"""A transaction of the balance. transaction: global id of the order's transaction that it comes of."""
		of = {"id": order["id"], "name": order["name"]} if order else None
		record = {
			"id": f"gid://shopify/ShopifyPaymentsBalanceTransaction/{self._shop.number()}",
			"type": kind,
			"test": False,
			"transactionDate": f"{self._shop.clock:%Y-%m-%dT%H:%M:%SZ}",
			"amount": money(amount),
			"fee": money(fee),
			"net": money(Decimal(amount) - Decimal(fee)),
			"adjustmentReason": None,
			"associatedOrder": of,
			"sourceOrderTransactionId": transaction.rsplit("/", 1)[-1] or None,
			"payout": None,
			**values,
		}
		self.moves.append(record)
		return record

	def pay_out(self, *moves: dict[str, Any], status: str = "PAID", **values: Any) -> dict[str, Any]:
		"""A payout that takes these along; it shows as a transaction of its own as well."""
		number = str(self._shop.number())
		for one in moves:
			one["payout"] = number
		net = sum((Decimal(one["net"]["amount"]) for one in moves), Decimal(0))
		summary = dict.fromkeys(FEES, Decimal(0))
		for one in moves:
			summary[IN_SUMMARY.get(one["type"], "adjustmentsFee")] += Decimal(one["fee"]["amount"])
		record = {
			"id": f"gid://shopify/ShopifyPaymentsPayout/{number}",
			"legacyResourceId": number,
			"issuedAt": f"{self._shop.clock:%Y-%m-%dT%H:%M:%SZ}",
			"status": status,
			"net": money(net),
			"transactionType": "WITHDRAWAL" if net < 0 else "DEPOSIT",
			"externalTraceId": None,
			"summary": {name: money(fee) for name, fee in summary.items()},
			**values,
		}
		self.paid_out.append(record)
		self.move("TRANSFER", str(-net), payout=number)
		return record

	# What the API does

	@property
	def id(self) -> str:
		return "gid://shopify/ShopifyPaymentsAccount/1"

	def payouts(self, info: Any, query: str = "", **_: Any) -> list[dict[str, Any]]:
		return _found(self.paid_out, query, "issuedAt")

	def balanceTransactions(self, info: Any, query: str = "", **_: Any) -> list[dict[str, Any]]:
		of_payout = OF_PAYOUT.fullmatch(query or "")
		if of_payout:
			return [one for one in self.moves if one["payout"] == of_payout[1]]
		return _found(self.moves, query, "transactionDate")


def _found(records: list[dict[str, Any]], query: str | None, field: str) -> list[dict[str, Any]]:
	found = sorted(records, key=lambda one: (one[field], one["id"]))
	terms = TERM.findall(query or "")
	if TERM.sub("", query or "").strip():
		raise ValueError(f"the fake does not know the search {query}")
	for _name, comparison, moment in terms:
		found = [one for one in found if COMPARE[comparison](one[field], moment)]
	return found
