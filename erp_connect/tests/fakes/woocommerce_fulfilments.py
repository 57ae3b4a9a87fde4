"""Fulfilments of the fake of WooCommerce: parcels of an order, where the shop has the feature switched on.

https://developer.woocommerce.com/docs/apis/rest-api/v3/order-fulfillments/, `OrderFulfillmentsRestController` and
`FulfillmentsDataStore` of its source: pieces are kept in the entry `_items`, a list of an order has no pages, and the
order tells by its own entry `_fulfillment_status` how far it is.
"""

from __future__ import annotations

from typing import Any

from erp_connect.tests.fakes.woocommerce_rules import NO_ROUTE, Refused

STATUSES = {"fulfilled": True, "unfulfilled": False}


def answer(
	shop: Any, method: str, order: dict[str, Any], parts: list[str], body: Any
) -> tuple[int, Any, dict[str, str]]:
	"""What is answered below `orders/{id}/fulfillments`. Raises `Refused`."""
	if not shop.fulfilments_on:
		raise NO_ROUTE
	kept = shop.children.setdefault(("orders", order["id"], "fulfillments"), {})
	if not parts and method == "GET":
		return 200, [one for one in kept.values() if not one["date_deleted"]], {}
	if not parts:
		return 201, create(shop, order, body), {}
	one = kept.get(int(parts[0]))
	if one is None:
		raise Refused(400, "0", "Fulfillment not found.")
	if method in ("POST", "PUT", "PATCH"):
		return 200, _update(shop, order, one, body), {}
	if method != "DELETE":
		raise NO_ROUTE
	one["date_deleted"] = one["date_deleted"] or _time(shop)
	_tell(shop, order, kept)
	return 200, {"message": "Fulfillment deleted successfully."}, {}


def create(shop: Any, order: dict[str, Any], body: Any) -> dict[str, Any]:
	"""A fulfilment of an order, as its API or a person in the shop makes it. Raises `Refused`."""
	if not isinstance(body, dict) or not isinstance(body.get("meta_data"), list):
		raise Refused(
			400, "rest_missing_callback_param", "Missing parameter(s): meta_data", params=["meta_data"]
		)
	metas = {one["key"]: one["value"] for one in body["meta_data"]}
	_checked(metas.get("_items"))
	status = body.get("status") if body.get("status") in STATUSES else "unfulfilled"
	if STATUSES[status]:
		metas.setdefault("_date_fulfilled", _time(shop))
	record = {
		"id": shop.number(),
		"entity_type": "WC_Order",
		"entity_id": str(order["id"]),
		"status": status,
		"is_fulfilled": STATUSES[status],
		"date_updated": _time(shop),
		"date_deleted": None,
		"meta_data": [{"id": shop.number(), "key": key, "value": value} for key, value in metas.items()],
	}
	if record["is_fulfilled"] and body.get("notify_customer"):
		shop.mails.append(record["id"])
	kept = shop.children.setdefault(("orders", order["id"], "fulfillments"), {})
	kept[record["id"]] = record
	_tell(shop, order, kept)
	return record


def _update(shop: Any, order: dict[str, Any], one: dict[str, Any], body: Any) -> dict[str, Any]:
	"""As `update_fulfillment`: of the entries in `meta_data`, those that are not sent are gone."""
	if not isinstance(body, dict):
		raise Refused(400, "rest_invalid_json", "Invalid JSON body passed.")
	if body.get("status") in STATUSES:
		one.update(status=body["status"], is_fulfilled=STATUSES[body["status"]])
	if isinstance(body.get("meta_data"), list):
		known = {meta["key"]: meta["id"] for meta in one["meta_data"]}
		metas = {meta["key"]: meta["value"] for meta in body["meta_data"]}
		_checked(metas.get("_items"))
		one["meta_data"] = [
			{"id": known.get(key) or shop.number(), "key": key, "value": value}
			for key, value in metas.items()
		]
	one["date_updated"] = _time(shop)
	if one["is_fulfilled"] and body.get("notify_customer"):
		shop.mails.append(one["id"])
	_tell(shop, order, shop.children["orders", order["id"], "fulfillments"])
	return one


def _checked(items: Any) -> None:
	if not items:
		raise Refused(400, "0", "The fulfillment should contain at least one item.")
	for one in items if isinstance(items, list) else [None]:
		number, quantity = (one or {}).get("item_id"), (one or {}).get("qty")
		if type(number) is not int or number <= 0 or type(quantity) not in (int, float) or quantity <= 0:
			raise Refused(400, "0", "Invalid item.")


def _tell(shop: Any, order: dict[str, Any], kept: dict[int, Any]) -> None:
	"""The order's own entry, which changes the order."""
	done = [one for one in kept.values() if one["is_fulfilled"] and not one["date_deleted"]]
	sent = sum(
		item["qty"]
		for one in done
		for meta in one["meta_data"]
		if meta["key"] == "_items"
		for item in meta["value"]
	)
	ordered = sum(line["quantity"] for line in order["line_items"])
	state = "fulfilled" if sent >= ordered else "partially_fulfilled" if done else "unfulfilled"
	others = [one for one in order["meta_data"] if one["key"] != "_fulfillment_status"]
	entry = [{"id": shop.number(), "key": "_fulfillment_status", "value": state}]
	there = any(not one["date_deleted"] for one in kept.values())
	shop.change("orders", order["id"], meta_data=[*others, *(entry if there else [])])


def _time(shop: Any) -> str:
	return shop.clock.strftime("%Y-%m-%d %H:%M:%S")
