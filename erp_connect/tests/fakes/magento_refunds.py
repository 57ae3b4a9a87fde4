"""Refunds that are given by the API of the fake of Magento: of an order, or of an invoice by its payment gateway.

https://developer.adobe.com/commerce/webapi/rest/tutorials/orders/order-issue-refund/
The totals are those of `Creditmemo` in its source: the lines by pieces, shipping, and the adjustments.
"""

from __future__ import annotations

from typing import Any

from erp_connect.tests.fakes import magento_rules as rules
from erp_connect.tests.fakes.magento_search import Refused


def of_order(shop: Any, _query: Any, body: Any, id_: str) -> str:
	"""The id of the new credit memo, a bare text; all that is left where no pieces are named."""
	return _given(shop, shop._order(id_), rules.checked(body or {}, rules.REFUND), {})


def of_invoice(shop: Any, _query: Any, body: Any, id_: str) -> str:
	asked = rules.checked(body or {}, rules.REFUND_OF_INVOICE)
	invoice = shop.records["invoices"].get(int(id_))
	if invoice is None:
		raise Refused(404, "No such entity with %fieldName = %fieldValue", {"fieldName": "id"})
	held = {one["order_item_id"]: one["qty"] for one in invoice["items"]}
	for one in asked.get("items", ()):
		if one["qty"] > held.get(one["order_item_id"], 0):
			raise _refused("The creditmemo contains product item that is not part of the original order.")
	order = shop._order(str(invoice["order_id"]))
	made = _given(shop, order, asked, {"invoice_id": invoice["entity_id"]})
	if asked.get("isOnline"):
		shop.gateway.append(shop.records["creditmemos"][int(made)]["grand_total"])
	return made


def _given(shop: Any, order: dict[str, Any], asked: dict[str, Any], more: dict[str, Any]) -> str:
	lines = {line["item_id"]: line for line in order["items"] if "parent_item_id" not in line}
	left = {id_: line["qty_invoiced"] - line["qty_refunded"] for id_, line in lines.items()}
	wanted = {one["order_item_id"]: one["qty"] for one in asked.get("items", ())} or left
	if not any(wanted.values()) or any(qty > left.get(id_, 0) for id_, qty in wanted.items()):
		raise _refused("The quantity to refund must not be greater than the unrefunded quantity.")
	arguments = asked.get("arguments", {})
	total = sum(_worth(lines[id_], qty) for id_, qty in wanted.items())
	total += arguments.get("shipping_amount", order["shipping_amount"])
	total += arguments.get("adjustment_positive", 0) - arguments.get("adjustment_negative", 0)
	total = round(total, 2)
	given = sum(
		one["grand_total"]
		for one in shop.records["creditmemos"].values()
		if one["order_id"] == order["entity_id"]
	)
	if round(given + total, 2) > order["total_paid"]:
		raise _refused(f"The most money available to refund is {round(order['total_paid'] - given, 2)}.")
	for id_, qty in wanted.items():
		lines[id_]["qty_refunded"] += qty
	comments = [asked["comment"]] if "comment" in asked else []
	items = [
		{"order_item_id": id_, "qty": qty, "row_total": lines[id_]["price"] * qty}
		for id_, qty in wanted.items()
	]
	return shop._made(
		"creditmemo", order, items=items, comments=comments, grand_total=total, base_grand_total=total, **more
	)


def _worth(line: dict[str, Any], qty: float) -> float:
	return (line["row_total_incl_tax"] - line["discount_amount"]) / line["qty_ordered"] * qty


def _refused(told: str) -> Refused:
	return Refused(400, f"Creditmemo Document Validation Error(s):\n{told}")
