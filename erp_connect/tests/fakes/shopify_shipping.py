"""Parcels, cancellations and closed orders of the fake of Shopify, as its API makes them.

https://shopify.dev/docs/apps/build/orders-fulfillment/order-management-apps/build-fulfillment-solutions
"""

from __future__ import annotations

from typing import Any

OPEN, IN_PROGRESS, CLOSED = "OPEN", "IN_PROGRESS", "CLOSED"


def fulfillment_orders(shop: Any, order: dict[str, Any]) -> list[dict[str, Any]]:
	"""Those of an order: one with all its lines, unless a test gave it others."""
	if "fulfillmentOrders" not in order:
		order["fulfillmentOrders"] = [fulfillment_order(shop, order["lineItems"])]
	return order["fulfillmentOrders"]


def fulfillment_order(shop: Any, lines: list[dict[str, Any]], status: str = OPEN) -> dict[str, Any]:
	"""One for these lines of an order, with all their pieces."""
	return {
		"id": f"gid://shopify/FulfillmentOrder/{shop.number()}",
		"status": status,
		"lineItems": [
			{
				"id": f"gid://shopify/FulfillmentOrderLineItem/{shop.number()}",
				"remainingQuantity": line["quantity"],
				"totalQuantity": line["quantity"],
				"lineItem": line,
			}
			for line in lines
		],
	}


def create(shop: Any, given: dict[str, Any]) -> dict[str, Any]:
	"""A fulfilment of what is left of fulfilment orders. A call that is repeated makes another one, as long as there is."""
	(wanted,) = given["lineItemsByFulfillmentOrder"]
	order, found = _find(shop, wanted["fulfillmentOrderId"])
	if found is None:
		return _refused(
			"fulfillment", "Fulfillment order does not exist.", "fulfillment", "lineItemsByFulfillmentOrder"
		)
	if found["status"] not in (OPEN, IN_PROGRESS):
		return _refused("fulfillment", f"Fulfillment order {found['id']} has an unfulfillable status.")
	lines = {line["id"]: line for line in found["lineItems"]}
	# Left blank, all lines are fulfilled.
	pieces = wanted.get("fulfillmentOrderLineItems") or [
		{"id": id_, "quantity": line["remainingQuantity"]} for id_, line in lines.items()
	]
	for piece in pieces:
		line = lines.get(piece["id"])
		if line is None or not 0 < piece["quantity"] <= line["remainingQuantity"]:
			return _refused("fulfillment", "Invalid fulfillment order line item quantity requested.")
	for piece in pieces:
		lines[piece["id"]]["remainingQuantity"] -= piece["quantity"]
	found["status"] = IN_PROGRESS if any(line["remainingQuantity"] for line in lines.values()) else CLOSED
	return {"fulfillment": _made(shop, order, given, pieces, lines), "userErrors": []}


def _made(
	shop: Any,
	order: dict[str, Any],
	given: dict[str, Any],
	pieces: list[dict[str, Any]],
	lines: dict[str, Any],
) -> dict[str, Any]:
	number, told = shop.number(), given.get("trackingInfo")
	now = f"{shop.clock:%Y-%m-%dT%H:%M:%SZ}"
	record = {
		"id": f"gid://shopify/Fulfillment/{number}",
		"legacyResourceId": str(number),
		"status": "SUCCESS",
		"createdAt": now,
		"updatedAt": now,
		"trackingInfo": [{"company": told.get("company"), "number": told.get("number")}] if told else [],
		"totalQuantity": sum(piece["quantity"] for piece in pieces),
		"fulfillmentLineItems": [
			{"quantity": piece["quantity"], "lineItem": lines[piece["id"]]["lineItem"]} for piece in pieces
		],
	}
	shop.notified += [record["id"]] if given.get("notifyCustomer") else []
	return shop.follow(order, "fulfillments", record)


def track(shop: Any, id_: str, told: dict[str, Any], notify: bool | None) -> dict[str, Any]:
	"""The tracking of a fulfilment that is there, in place of what it had; the buyer is told each time that it is asked for."""
	record = shop.node(id_)
	if record is None:
		return _refused("fulfillment", "Fulfillment does not exist.", "fulfillmentId")
	record["trackingInfo"] = [{"company": told.get("company"), "number": told.get("number")}]
	record["updatedAt"] = f"{shop.clock:%Y-%m-%dT%H:%M:%SZ}"
	shop.notified += [record["id"]] if notify else []
	shop.change("orders", record["order"])
	return {"fulfillment": record, "userErrors": []}


def cancel_parcel(shop: Any, id_: str) -> dict[str, Any]:
	record = shop.node(id_)
	if record is None:
		return _refused("fulfillment", "Fulfillment not found.", "id")
	if record["status"] == "CANCELLED":
		return _refused("fulfillment", "Fulfillment is already cancelled.", "id")
	record["status"] = "CANCELLED"
	order = record["order"]
	again = [{**one["lineItem"], "quantity": one["quantity"]} for one in record["fulfillmentLineItems"]]
	fulfillment_orders(shop, order).append(fulfillment_order(shop, again))
	shop.change("orders", order)
	return {"fulfillment": record, "userErrors": []}


def cancel_order(shop: Any, id_: str, reason: str) -> dict[str, Any]:
	order = shop.records["orders"].get(id_)
	told = "" if order else "Order does not exist"
	if order and order["cancelledAt"]:
		told = "Order has already been cancelled"
	if order and any(one["status"] == "SUCCESS" for one in order["fulfillments"]):
		told = "Cannot cancel an order with outstanding fulfillments"
	if told:
		return {"job": None, "orderCancelUserErrors": [{"field": ["orderId"], "message": told}]}
	shop.change(
		"orders", order, "cancelled", cancelledAt=f"{shop.clock:%Y-%m-%dT%H:%M:%SZ}", cancelReason=reason
	)
	return {
		"job": {"id": f"gid://shopify/Job/{shop.number()}", "done": False},
		"orderCancelUserErrors": [],
	}


def close_order(shop: Any, id_: str) -> dict[str, Any]:
	order = shop.records["orders"].get(id_)
	if order is None:
		return _refused("order", "Order does not exist", "id")
	shop.change("orders", order, closedAt=f"{shop.clock:%Y-%m-%dT%H:%M:%SZ}")
	return {"order": order, "userErrors": []}


def _find(shop: Any, id_: str) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
	for order in shop.records["orders"].values():
		for found in fulfillment_orders(shop, order):
			if found["id"] == id_:
				return order, found
	return None, None


def _refused(record: str, message: str, *place: str) -> dict[str, Any]:
	return {record: None, "userErrors": [{"field": list(place) or [record], "message": message}]}
