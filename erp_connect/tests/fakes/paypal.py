"""A business account at PayPal in memory: what happens there, and what it tells. Its API is in `paypal_api`.

Objects are complete, from the preset's fixtures. Webhooks are signed by a key that only the fake has: whoever wants to
know whether one is genuine has to ask, as PayPal recommends.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import zlib
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

from erp_connect.tests.fakes.paypal_api import API, PayPalApi
from erp_connect.tests.fakes.provider_http import Handler
from erp_connect.tests.fakes.quiet_http import FakeSystem
from erp_connect.tests.fakes.troubles import Trouble

FIXTURES = Path(__file__).parents[2] / "presets" / "paypal" / "fixtures"


def fixture(name: str) -> Any:
	"""An object as the API reference shows it, with made-up details."""
	return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def signed_text(transmission: str, at: str, webhook: str, payload: bytes) -> str:
	"""What PayPal signs: https://developer.paypal.com/api/rest/webhooks/rest/"""
	return f"{transmission}|{at}|{webhook}|{zlib.crc32(payload)}"


class PayPal(FakeSystem, PayPalApi):
	"""The account, in a thread of this process. captures, refunds: by id. transactions: what moved the balance."""

	def __init__(self, now: int = 1764057600) -> None:
		super().__init__()
		self.now = now
		self.told: list[dict[str, Any]] = []
		self.troubles: list[Trouble] = []
		self._key, self._last = secrets.token_bytes(32), 0
		self.serve(Handler)

	def number(self) -> str:
		"""An id of 17 capital letters and digits."""
		with self.lock:
			self._last += 1
			self.now += 1
			return f"{self._last:04d}ALDERBIRCH{self._last:03d}"

	def at(self, offset: str = "Z") -> str:
		return datetime.fromtimestamp(self.now, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S") + offset

	# What happens at PayPal

	def capture(
		self, amount: str, fee: str = "0.00", currency: str = "USD", **changes: Any
	) -> dict[str, Any]:
		"""A capture that is completed at once, or as `changes` say."""
		id_ = self.number()
		values = {
			"id": id_,
			"amount": _money(amount, currency),
			"create_time": self.at(),
			"update_time": self.at(),
		}
		found = {**fixture("capture"), **values, **changes}
		self.captures[id_] = found
		self._break_down(found, fee)
		self.tell(f"PAYMENT.CAPTURE.{found['status']}", "capture", found)
		self._move(id_, "T0006", amount, currency, fee, found)
		return found

	def _break_down(self, capture: dict[str, Any], fee: str) -> None:
		"""The breakdown is not there while a capture is pending."""
		amount, currency = capture["amount"]["value"], capture["amount"]["currency_code"]
		capture["seller_receivable_breakdown"] = {
			"gross_amount": capture["amount"],
			"paypal_fee": _money(fee, currency),
			"net_amount": _money(str(Decimal(amount) - Decimal(fee)), currency),
		}
		if capture["status"] != "COMPLETED":
			del capture["seller_receivable_breakdown"]

	def complete(self, capture: str, fee: str) -> dict[str, Any]:
		"""A capture that was pending is completed."""
		found = self.captures[capture]
		found.update(status="COMPLETED")
		self._break_down(found, fee)
		self.tell("PAYMENT.CAPTURE.COMPLETED", "capture", found)
		return found

	def refund(self, capture: str, amount: str, **changes: Any) -> dict[str, Any]:
		paid, id_ = self.captures[capture], self.number()
		currency = paid["amount"]["currency_code"]
		up = {"href": f"{API}/captures/{capture}", "rel": "up", "method": "GET"}
		values = {"id": id_, "amount": _money(amount, currency), "create_time": self.at(), "links": [up]}
		found = {**fixture("refund"), **values, "custom_id": paid["custom_id"], **changes}
		self.refunds[id_] = found
		back = self.left_of(capture) <= 0
		paid["status"] = "REFUNDED" if back else "PARTIALLY_REFUNDED"
		self.tell("PAYMENT.CAPTURE.REFUNDED", "refund", found)
		self._move(id_, "T1107", f"-{amount}", currency, "0.00", found, reference=capture)
		return found

	def move(self, code: str, amount: str, fee: str = "0.00", **changes: Any) -> dict[str, Any]:
		"""Something else that moves the balance: a withdrawal, a chargeback. fee: what PayPal takes for it."""
		return self._move(self.number(), code, amount, "USD", fee, {}, **changes)

	def _move(
		self, id_: str, code: str, amount: str, currency: str, fee: str, of: dict[str, Any], **changes: Any
	) -> dict[str, Any]:
		values = {
			"transaction_id": id_,
			"transaction_event_code": code,
			"transaction_initiation_date": self.at("+0000"),
			"transaction_updated_date": self.at("+0000"),
			"transaction_amount": _money(amount, currency),
			"fee_amount": _money(str(-Decimal(fee)), currency),
		}
		named = {"custom_field": of.get("custom_id"), "invoice_id": of.get("invoice_id")}
		if reference := changes.pop("reference", None):
			named["paypal_reference_id"] = reference
		found = {**fixture("transaction"), **values, **{key: value for key, value in named.items() if value}}
		self.transactions[id_] = {**found, **changes}
		return self.transactions[id_]

	# What it tells

	def tell(self, kind: str, resource_type: str, resource: dict[str, Any]) -> None:
		values = {"id": f"WH-{self.number()}", "create_time": self.at(".000Z"), "event_type": kind}
		copied = json.loads(json.dumps(resource))
		self.told.append({**fixture("event"), **values, "resource_type": resource_type, "resource": copied})

	def send(self, event: dict[str, Any], **how: Any) -> list[int]:
		"""Deliver an event to the webhooks that take it. how: `payload` instead of the event's, `key` that signs."""
		payload = json.dumps(event).encode()
		found = []
		for id_, webhook in self.webhooks.items():
			if event["event_type"] in [one["name"] for one in webhook["event_types"]]:
				headers = self.signed(id_, payload, how.get("key"))
				sent = how.get("payload", payload)
				answer = requests.post(webhook["url"], data=sent, headers=headers, timeout=30)
				found.append(answer.status_code)
		return found

	def signed(self, webhook: str, payload: bytes, key: bytes | None = None) -> dict[str, str]:
		"""The headers of a webhook."""
		transmission, at = secrets.token_hex(16), self.at()
		text = signed_text(transmission, at, webhook, payload)
		return {
			"PAYPAL-AUTH-ALGO": "SHA256withRSA",
			"PAYPAL-CERT-URL": "https://api.paypal.com/v1/notifications/certs/CERT-360caa42",
			"PAYPAL-TRANSMISSION-ID": transmission,
			"PAYPAL-TRANSMISSION-SIG": self._signature(text, key),
			"PAYPAL-TRANSMISSION-TIME": at,
			"Content-Type": "application/json",
		}

	def _signature(self, text: str, key: bytes | None = None) -> str:
		return base64.b64encode(hmac.digest(key or self._key, text.encode(), hashlib.sha256)).decode()

	def is_genuine(self, asked: dict[str, Any], payload: bytes) -> bool:
		"""What PayPal answers about a webhook. payload: the event as it stands in the question."""
		text = signed_text(asked["transmission_id"], asked["transmission_time"], asked["webhook_id"], payload)
		known = asked["webhook_id"] in self.webhooks and asked["auth_algo"] == "SHA256withRSA"
		return known and hmac.compare_digest(self._signature(text), asked["transmission_sig"])


def _money(value: str, currency: str) -> dict[str, str]:
	return {"currency_code": currency, "value": value}
