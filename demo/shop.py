"""The outside shop as a caller: it sends an order by the API and a payment by a signed webhook.

Nothing of Frappe in here: this is what a shop's own program does.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

API = "/api/method/erp_connect.api.v1."
WEBHOOK = "/api/method/erp_connect.api.webhook.receive/"

# Who orders, as the shop knows that customer: in all runs the same.
CUSTOMER_ID = "shop-customer-7"
CUSTOMER = {"name": "Rowan Hazel", "type": "individual", "group": "Individual", "region": "United States"}


class Refused(Exception):
	"""The site answered with an error; the message is its own."""


class Shop:
	"""key, secret: the account's pair of headers. webhook_secret: what webhooks are signed with."""

	def __init__(self, url: str, site: str, key: str, secret: str, webhook_secret: str) -> None:
		self.url = url
		self.headers = {"Host": site, "Content-Type": "application/json"}
		self.keys = {"X-Api-Key": key, "X-Api-Secret": secret}
		self.webhook_secret = webhook_secret
		self.order_id = f"shop-{int(time.time())}"

	def send_order(self, items: list[tuple[str, float]]) -> dict[str, Any]:
		"""An order of two pieces of each item, with tax and shipping. Returns the site's answer."""
		goods = sum(2 * price for _, price in items)
		tax, shipping = round(goods * 0.1, 2), 12.5
		order = {
			"id": self.order_id,
			"number": f"#{self.order_id}",
			"date": time.strftime("%Y-%m-%d"),
			"currency": "USD",
			"customer": {"id": CUSTOMER_ID, "first_name": "Rowan", "last_name": "Hazel", "email": "rowan@example.com"},
			"billing_address": {"line1": "7 Mill Lane", "city": "Springfield", "postcode": "62701", "country": "US"},
			"lines": [
				{"id": str(place), "sku": sku, "name": sku, "quantity": 2, "unit_price": str(price)}
				for place, (sku, price) in enumerate(items, 1)
			],
			"shipping": [{"id": "s1", "title": "Parcel", "amount": str(shipping)}],
			"tax_lines": [{"title": "Sales tax", "rate": "10", "amount": str(tax)}],
			"total": str(round(goods + tax + shipping, 2)),
		}  # fmt: skip
		self.total = order["total"]
		return self._post(
			API + "create_order", json.dumps(order).encode(), {**self.keys, "Idempotency-Key": self.order_id}
		)

	def send_payment(self, webhook_key: str) -> dict[str, Any]:
		"""The webhook that tells of the order's payment, signed over its bytes."""
		event = {
			"type": "payment.captured",
			"payment": {"id": f"pay-{self.order_id}", "order": self.order_id, "amount": self.total, "at": time.strftime("%Y-%m-%d")},
		}  # fmt: skip
		body, moment, number = json.dumps(event).encode(), str(int(time.time())), f"evt-{self.order_id}"
		key = base64.b64decode(self.webhook_secret.removeprefix("whsec_"))
		signed = hmac.new(key, f"{number}.{moment}.".encode() + body, hashlib.sha256).digest()
		headers = {
			"webhook-id": number,
			"webhook-timestamp": moment,
			"webhook-signature": "v1," + base64.b64encode(signed).decode(),
		}
		return self._post(WEBHOOK + webhook_key, body, headers)

	def _post(self, path: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
		try:
			with urlopen(
				Request(self.url + path, data=body, headers={**self.headers, **headers}), timeout=60
			) as answer:
				return json.load(answer)
		except HTTPError as error:
			raise Refused(f"{error.code} {error.read().decode(errors='replace')[:400]}") from None
