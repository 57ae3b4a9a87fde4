"""Webhooks of the fake shop: registered by its API, pinged when made, delivered once and signed.

https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import requests

from erp_connect.tests.fakes.woocommerce_rules import Refused

TOPIC = {
	f"{kind}.{event}"
	for kind in ("coupon", "customer", "order", "product")
	for event in ("created", "updated", "deleted", "restored")
}
FAILURES = 5
TIMEOUT = 60


class Webhooks:
	"""`made` by id; `deliveries` are the (topic, status of the answer) in their order. `hush` keeps them to itself."""

	def __init__(self, shop: Any) -> None:
		self.shop = shop
		self.made: dict[int, dict[str, Any]] = {}
		self.deliveries: list[tuple[str, int]] = []
		self.pings: list[int] = []
		self.hush = False

	def answer(
		self, method: str, parts: list[str], query: dict[str, str], body: Any
	) -> tuple[int, Any, dict[str, str]]:
		if not parts:
			if method == "GET":
				return self.shop.page([_shown(one) for one in self.made.values()], query, "webhooks")
			return 201, _shown(self._create(body or {})), {}
		if not parts[0].isdigit() or int(parts[0]) not in self.made:
			raise Refused(404, "woocommerce_rest_shop_webhook_invalid_id", "Invalid ID.")
		found = self.made[int(parts[0])]
		if method == "DELETE":
			if query.get("force") != "true":
				told = "Webhooks do not support trashing."
				raise Refused(501, "woocommerce_rest_trash_not_supported", told)
			del self.made[found["id"]]
		return 200, _shown(found), {}

	def _create(self, body: dict[str, Any]) -> dict[str, Any]:
		for name in ("topic", "delivery_url"):
			if not body.get(name):
				told = f"Missing parameter(s): {name}"
				raise Refused(400, "rest_missing_callback_param", told, params=[name])
		if body["topic"] not in TOPIC and not body["topic"].startswith("action."):
			told = "Webhook topic is required and must be valid."
			raise Refused(400, "woocommerce_rest_shop_webhook_invalid_topic", told)
		if not body["delivery_url"].startswith(("http://", "https://")):
			told = "Webhook delivery URL must be a valid URL starting with http:// or https://."
			raise Refused(400, "woocommerce_rest_shop_webhook_invalid_delivery_url", told)
		resource, _, event = body["topic"].partition(".")
		id_ = self.shop.number()
		self.made[id_] = {
			"id": id_, "name": body.get("name", ""), "status": body.get("status", "active"), "topic": body["topic"], "resource": resource,
			"event": event, "hooks": [], "delivery_url": body["delivery_url"], "secret": body.get("secret", ""), "failed": 0, **self.shop.stamp(),
		}  # fmt: skip
		# An unsigned form, before anything is delivered.
		ping = requests.post(body["delivery_url"], data={"webhook_id": id_}, timeout=TIMEOUT)
		self.pings.append(ping.status_code)
		return self.made[id_]

	def fire(self, topic: str, record: dict[str, Any]) -> None:
		"""Deliver to every active webhook of a topic, once."""
		if self.hush:
			return
		raw = json.dumps(record).encode()
		for hook in [
			one for one in self.made.values() if one["topic"] == topic and one["status"] == "active"
		]:
			self.deliver(hook, raw)

	def deliver(self, hook: dict[str, Any], raw: bytes, **headers: str) -> int:
		"""Status of the answer. headers: in place of the usual ones."""
		answer = requests.post(
			hook["delivery_url"], data=raw, headers={**self.headers(hook, raw), **headers}, timeout=TIMEOUT
		)
		self.deliveries.append((hook["topic"], answer.status_code))
		hook["failed"] = 0 if 200 <= answer.status_code < 300 else hook["failed"] + 1
		if hook["failed"] > FAILURES:
			hook["status"] = "disabled"
		return answer.status_code

	def headers(self, hook: dict[str, Any], raw: bytes) -> dict[str, str]:
		proof = hmac.new(hook["secret"].encode(), raw, hashlib.sha256).digest()
		# As the vendor: one id for all deliveries of a webhook within a second.
		delivery = hashlib.md5(f"{hook['id']}{self.shop.clock:%s}".encode()).hexdigest()
		return {
			"Content-Type": "application/json", "User-Agent": "WooCommerce/9.8.5 Hookshot (WordPress/6.8)",
			"X-WC-Webhook-Source": f"{self.shop.url}/", "X-WC-Webhook-Topic": hook["topic"], "X-WC-Webhook-Resource": hook["resource"],
			"X-WC-Webhook-Event": hook["event"], "X-WC-Webhook-ID": str(hook["id"]), "X-WC-Webhook-Delivery-ID": delivery,
			"X-WC-Webhook-Signature": base64.b64encode(proof).decode(),
		}  # fmt: skip


def _shown(hook: dict[str, Any]) -> dict[str, Any]:
	return {name: value for name, value in hook.items() if name not in ("secret", "failed")}
