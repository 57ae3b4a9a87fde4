"""Webhooks of the fake of Shopify: subscribed to by the API, signed with the app's secret, with the REST shape of records.

https://shopify.dev/docs/apps/build/webhooks
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from typing import Any

import requests

TIMEOUT = 60


def told_of(kind: str, record: dict[str, Any]) -> dict[str, Any]:
	"""What a webhook says of a record, as far as a receiver has to know it before it asks for the whole."""
	if kind == "product":
		return _product(record)
	told = {
		"id": _number(record),
		"admin_graphql_api_id": record["id"],
		"created_at": record.get("createdAt"),
	}
	if kind == "order":
		reason = (record["cancelReason"] or "").lower() or None
		told |= {
			"cancelled_at": record["cancelledAt"],
			"cancel_reason": reason,
			"test": record["test"],
			"updated_at": record["updatedAt"],
		}
	if kind in ("refund", "fulfillment", "transaction"):
		told["order_id"] = _number(record["order"])
	if kind == "refund":
		told["note"] = record.get("note")
	if kind in ("fulfillment", "transaction"):
		told["status"] = record["status"].lower()
	if kind == "transaction":
		told |= {"kind": record["kind"].lower(), "test": record["order"]["test"]}
	return told


def _product(record: dict[str, Any]) -> dict[str, Any]:
	"""Of a product, or of a variant that changes with its product."""
	product = record.get("product") or record
	variants = [record] if "product" in record else record["variants"]
	return {
		"id": _number(product),
		"admin_graphql_api_id": product["id"],
		"title": product["title"],
		"updated_at": product["updatedAt"],
		"options": [{"name": one["name"], "values": one["values"]} for one in product["options"]],
		"variants": [_variant(product, one) for one in variants],
	}


def _variant(product: dict[str, Any], variant: dict[str, Any]) -> dict[str, Any]:
	return {
		"id": _number(variant), "admin_graphql_api_id": variant["id"], "product_id": _number(product),
		"inventory_item_id": _number(variant["inventoryItem"]), "sku": variant["sku"], "title": variant["title"],
		"updated_at": variant["updatedAt"],
	}  # fmt: skip


def _number(record: dict[str, Any]) -> int:
	return int(record["id"].rsplit("/", 1)[1])


class Webhooks:
	"""`made` by id; `deliveries` are the (topic, status of the answer) in their order."""

	def __init__(self, shop: Any) -> None:
		self.shop = shop
		self.made: dict[str, dict[str, Any]] = {}
		self.deliveries: list[tuple[str, int]] = []

	def create(self, topic: str, given: dict[str, Any]) -> dict[str, Any]:
		uri = given.get("uri") or ""
		if not uri.startswith(("https://", "http://127.0.0.1", "http://localhost")):
			return _refused("Address is invalid")
		if any((one["topic"], one["uri"]) == (topic, uri) for one in self.made.values()):
			return _refused("Address for this topic has already been taken")
		id_ = f"gid://shopify/WebhookSubscription/{self.shop.number()}"
		self.made[id_] = {"id": id_, "topic": topic, "uri": uri, "format": given.get("format", "JSON")}
		return {"webhookSubscription": self.made[id_], "userErrors": []}

	def delete(self, id_: str) -> dict[str, Any]:
		if not self.made.pop(id_, None):
			told = {"field": ["id"], "message": "Webhook subscription does not exist"}
			return {"deletedWebhookSubscriptionId": None, "userErrors": [told]}
		return {"deletedWebhookSubscriptionId": id_, "userErrors": []}

	def fire(self, topic: str, told: dict[str, Any]) -> None:
		"""Deliver to every subscription of a topic, once."""
		raw = json.dumps(told).encode()
		for one in list(self.made.values()):
			if one["topic"] == topic.upper().replace("/", "_"):
				self.deliver(one["uri"], topic, raw)

	def deliver(self, uri: str, topic: str, raw: bytes, **headers: str) -> int:
		"""Status of the answer. headers: in place of the usual ones."""
		sent = {**self.headers(topic, raw), **headers}
		answer = requests.post(uri, data=raw, headers=sent, timeout=TIMEOUT)
		self.deliveries.append((topic, answer.status_code))
		return answer.status_code

	def headers(self, topic: str, raw: bytes) -> dict[str, str]:
		proof = hmac.new(self.shop.secret.encode(), raw, hashlib.sha256).digest()
		return {
			"Content-Type": "application/json", "X-Shopify-Topic": topic, "X-Shopify-Shop-Domain": "our-shop.myshopify.com",
			"X-Shopify-API-Version": "2026-04", "X-Shopify-Webhook-Id": str(uuid.uuid4()), "X-Shopify-Event-Id": str(uuid.uuid4()),
			"X-Shopify-Hmac-Sha256": base64.b64encode(proof).decode(),
		}  # fmt: skip


def _refused(message: str) -> dict[str, Any]:
	told = {"field": ["webhookSubscription", "callbackUrl"], "message": message}
	return {"webhookSubscription": None, "userErrors": [told]}
