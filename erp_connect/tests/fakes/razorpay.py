"""An account at Razorpay in memory, behaving as its documentation and SDK say: https://razorpay.com/docs/api

Promises: believes a key pair by Basic authentication only; takes JSON, and refuses fields it does not know; pages by
count and skip, newest first; refunds no more than was captured, and once for each idempotency key; signs what it tells
with the secret that the webhook was made with. Objects are complete, from the preset's fixtures.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import re
import threading
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import requests

from erp_connect.tests.fakes.provider_http import Handler, Refused, Request
from erp_connect.tests.fakes.quiet_http import FakeSystem
from erp_connect.tests.fakes.troubles import Trouble

FIXTURES = Path(__file__).parents[2] / "presets" / "razorpay" / "fixtures"
KINDS = ("payments", "orders", "refunds", "disputes", "settlements", "customers")
OF_REFUND = {"amount", "speed", "notes", "receipt"}
OF_WEBHOOK = {"url", "secret", "events"}
IDEMPOTENCY_KEY = re.compile(r"[A-Za-z0-9_-]{10,}")


def fixture(name: str) -> Any:
	"""An object as the documentation shows it, with made-up details."""
	return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def signature(payload: bytes, secret: str) -> str:
	"""The header X-Razorpay-Signature: https://razorpay.com/docs/webhooks/validate-test/"""
	return hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest()


def wrong(description: str, status: int = 400, **more: Any) -> Refused:
	error = {"code": "BAD_REQUEST_ERROR", "description": description, "source": "business"}
	return Refused(status, {"error": {**error, "step": "payment_initiation", "metadata": {}, **more}})


class Razorpay(FakeSystem):
	"""The account, in a thread of this process. records: by kind and id. calls: (method, path, query, body) that came."""

	def __init__(self, now: int = 1764057600) -> None:
		self.key = ("rzp_test_fake", "fakesecret")
		self.account, self.now = "acc_H3kYHQ635sBwXG", now
		self.records: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in KINDS}
		self.webhooks: dict[str, dict[str, Any]] = {}
		self.secrets: dict[str, str] = {}
		self.told: list[dict[str, Any]] = []
		self.calls: list[tuple[str, str, dict[str, str], Any]] = []
		self.keys: dict[str, tuple[Any, Any]] = {}
		self.troubles: list[Trouble] = []
		self.settled: dict[str, str] = {}
		self._last = 0
		self.lock = threading.RLock()
		self.serve(Handler)

	# What happens at Razorpay

	def number(self, prefix: str) -> str:
		with self.lock:
			self._last += 1
			self.now += 1
			return f"{prefix}{self._last:06d}AlderBir"

	def add(self, kind: str, prefix: str, **values: Any) -> dict[str, Any]:
		id_ = self.number(prefix)
		found = {**fixture(kind.removesuffix("s")), "id": id_, "created_at": self.now, **values}
		self.records[kind][id_] = found
		return found

	def order(self, amount: int, receipt: str | None, **changes: Any) -> dict[str, Any]:
		"""What a shop makes before it is paid."""
		return self.add("orders", "order_", amount=amount, amount_due=amount, receipt=receipt, **changes)

	def payment(self, amount: int, fee: int | None = 0, **changes: Any) -> dict[str, Any]:
		"""A payment that is captured at once, or as `changes` say."""
		values = {"amount": amount, "base_amount": amount, "fee": fee, "tax": 0, **changes}
		found = self.add("payments", "pay_", **values)
		self.tell(f"payment.{found['status']}", payment=found)
		return found

	def authorised(self, amount: int, **changes: Any) -> dict[str, Any]:
		return self.payment(amount, None, status="authorized", captured=False, **changes)

	def capture(self, payment: str, fee: int) -> dict[str, Any]:
		return self.change(payment, "payment.captured", status="captured", captured=True, fee=fee)

	def change(self, payment: str, event: str, **changes: Any) -> dict[str, Any]:
		found = self.records["payments"][payment]
		found.update(changes)
		self.tell(event, payment=found)
		return found

	def refund(self, payment: str, amount: int, status: str = "processed", **changes: Any) -> dict[str, Any]:
		paid = self.records["payments"][payment]
		values = {"amount": amount, "payment_id": payment, "currency": paid["currency"], "status": status}
		found = self.add("refunds", "rfnd_", **values, **changes)
		paid["amount_refunded"] += amount
		whole = paid["amount_refunded"] == paid["amount"]
		paid.update(refund_status="full" if whole else "partial", status="refunded" if whole else "captured")
		self.tell("refund.created", refund=found, payment=paid)
		return found

	def change_refund(self, refund: str, status: str) -> dict[str, Any]:
		found = self.records["refunds"][refund]
		found["status"] = status
		self.tell(f"refund.{status}", refund=found, payment=self.records["payments"][found["payment_id"]])
		return found

	def dispute(self, payment: str, amount: int) -> dict[str, Any]:
		paid = self.records["payments"][payment]
		values = {"payment_id": payment, "amount": amount, "currency": paid["currency"]}
		found = self.add("disputes", "disp_", **values)
		self.tell("payment.dispute.created", payment=paid, dispute=found)
		return found

	def end(self, dispute: str, status: str) -> dict[str, Any]:
		"""A dispute is won or lost; what is deducted is 0 unless it is lost."""
		found = self.records["disputes"][dispute]
		found.update(status=status, amount_deducted=found["amount"] if status == "lost" else 0)
		paid = self.records["payments"][found["payment_id"]]
		self.tell(f"payment.dispute.{status}", payment=paid, dispute=found)
		return found

	def settle(self, amount: int, *, takes: Sequence[str] = (), **changes: Any) -> dict[str, Any]:
		"""takes: payments, refunds and disputes that it takes along."""
		found = self.add("settlements", "setl_", amount=amount, **changes)
		self.settled |= dict.fromkeys(takes, found["id"])
		if found["status"] == "processed":
			self.tell("settlement.processed", settlement=found)
		return found

	def enter_webhook(self, address: str, secret: str, events: list[str]) -> dict[str, Any]:
		"""As in the Dashboard."""
		id_ = self.number("HK")
		values = {"id": id_, "url": address, "events": events, "secret_exists": bool(secret)}
		self.webhooks[id_], self.secrets[id_] = {**fixture("webhook"), **values}, secret
		return self.webhooks[id_]

	# What it tells

	def tell(self, kind: str, **entities: Any) -> None:
		payload = {name: {"entity": json.loads(json.dumps(found))} for name, found in entities.items()}
		self.now += 1
		event = {**fixture("event"), "event": kind, "contains": list(entities), "created_at": self.now}
		self.told.append({**event, "payload": payload})

	def send(self, event: dict[str, Any], **how: Any) -> list[int]:
		"""Deliver an event to the webhooks that take it. how: `payload` instead of the event's, `id` of the delivery."""
		payload = json.dumps(event, separators=(",", ":")).encode()
		found = []
		for id_, webhook in self.webhooks.items():
			if event["event"] in webhook["events"]:
				headers = {
					"X-Razorpay-Signature": signature(payload, self.secrets[id_]),
					"x-razorpay-event-id": how.get("id") or hashlib.sha256(payload).hexdigest()[:14],
					"Content-Type": "application/json",
				}
				sent = how.get("payload", payload)
				answer = requests.post(webhook["url"], data=sent, headers=headers, timeout=30)
				found.append(answer.status_code)
		return found

	# What its API does

	@staticmethod
	def told_of(status: int) -> dict[str, Any]:
		"""The body of an error that is nobody's fault."""
		code = "SERVER_ERROR" if status >= 500 else "BAD_REQUEST_ERROR"
		return {"error": {"code": code, "description": "Please try again after some time."}}

	def answered(self, request: Request) -> tuple[int, Any]:
		if request.headers.get("Authorization") != "Basic " + b64encode(":".join(self.key).encode()).decode():
			raise wrong("Authentication failed", 401)
		body = self._body(request)
		self.calls.append((request.method, request.path, request.query, body))
		version, kind, *rest = request.parts
		if version == "v2" and [kind, *rest[:2]] == ["accounts", self.account, "webhooks"]:
			return 200, self._webhook(request.method, rest[2:], body)
		if version != "v1" or kind not in KINDS:
			raise wrong("The requested URL was not found on the server.")
		if request.method == "GET" and rest in ([], ["recon", "combined"]):
			return 200, self._entries(request.query) if rest else self._page(kind, request.query)
		if not rest or rest[0] not in self.records[kind]:
			raise wrong("The id provided does not exist")
		if request.method == "GET" and len(rest) == 1:
			return 200, self.records[kind][rest[0]]
		if request.method == "POST" and kind == "payments" and rest[1:] == ["refund"]:
			return 200, self._refund(rest[0], body, request.headers.get("X-Refund-Idempotency"))
		raise wrong("The requested URL was not found on the server.")

	@staticmethod
	def _body(request: Request) -> dict[str, Any]:
		if not request.raw:
			return {}
		if request.headers.get("Content-Type", "").split(";")[0] != "application/json":
			raise wrong("Please send the request as JSON")
		return json.loads(request.raw)

	def _page(self, kind: str, query: dict[str, str]) -> dict[str, Any]:
		times = set() if kind == "customers" else {"from", "to"}
		if extra := set(query) - {"count", "skip", *times}:
			raise wrong(f"{min(extra)} is/are not required and should not be sent")
		if not all(value.isdigit() for value in query.values()):
			raise wrong("The from must be an integer.", field="from")
		count, skip = int(query.get("count", 10)), int(query.get("skip", 0))
		if not 1 <= count <= 100:
			raise wrong("The count must be at least 1.", field="count")
		since, until = int(query.get("from", 0)), int(query.get("to", 2**40))
		found = [one for one in self.records[kind].values() if since <= one["created_at"] <= until]
		found.sort(key=lambda one: (one["created_at"], one["id"]), reverse=True)
		items = found[skip : skip + count]
		return {"entity": "collection", "count": len(items), "items": items}

	def _entries(self, query: dict[str, str]) -> dict[str, Any]:
		"""Of the settlements of a month in India: https://razorpay.com/docs/api/settlements/fetch-recon/"""
		if extra := {"year", "month"} - set(query) or set(query) - {"year", "month", "day", "count", "skip"}:
			raise wrong(f"The {min(extra)} field is required or should not be sent.")
		items = [
			self._entry(self.records["settlements"][settlement], id_)
			for id_, settlement in self.settled.items()
		]
		month = f"{int(query['year']):04}-{int(query['month']):02}"
		found = [one for one in items if f"{self._india(one['settled_at']):%Y-%m}" == month]
		count, skip = int(query.get("count", 10)), int(query.get("skip", 0))
		items = found[skip : skip + count]
		return {"entity": "collection", "count": len(items), "items": items}

	def _entry(self, settlement: dict[str, Any], id_: str) -> dict[str, Any]:
		kind = next(kind for kind in ("payments", "refunds", "disputes") if id_ in self.records[kind])
		one = self.records[kind][id_]
		money = {"credit": one["amount"] - one.get("fee", 0), "debit": 0}
		if kind != "payments":
			money = {"credit": 0, "debit": one["amount"]}
		names = {"payments": "payment", "refunds": "refund", "disputes": "adjustment"}
		dispute = id_ if kind == "disputes" else None
		return {
			"entity_id": f"adj_{id_[5:]}" if dispute else id_,
			"type": names[kind],
			**money,
			"amount": one["amount"],
			"currency": one["currency"],
			"fee": one.get("fee", 0),
			"tax": 0,
			"on_hold": False,
			"settled": True,
			"created_at": one["created_at"],
			"settled_at": settlement["created_at"],
			"settlement_id": settlement["id"],
			"dispute_id": dispute,
		}

	@staticmethod
	def _india(at: int) -> dt.datetime:
		return dt.datetime.fromtimestamp(at, dt.timezone(dt.timedelta(hours=5, minutes=30)))

	def _refund(self, payment: str, body: dict[str, Any], key: str | None) -> dict[str, Any]:
		"""Once for each key: https://razorpay.com/docs/api/refunds/normal-refunds-idempotent/"""
		if key and not IDEMPOTENCY_KEY.fullmatch(key):
			raise wrong("The idempotency key is invalid.")
		if key not in self.keys:
			answer = self._refunded(self.records["payments"][payment], body)
			if not key:
				return answer
			self.keys[key] = ((payment, body), answer)
		asked, answer = self.keys[key]
		if asked != (payment, body):
			raise wrong("Different request with the same idempotency key has already been processed.")
		return answer

	def _refunded(self, paid: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
		if extra := set(body) - OF_REFUND:
			raise wrong(f"{min(extra)} is/are not required and should not be sent")
		if not paid["captured"]:
			raise wrong("The payment status should be captured for action to be taken")
		left = paid["amount"] - paid["amount_refunded"]
		if not left:
			raise wrong("The payment has been fully refunded already")
		amount = body.get("amount", left)
		if type(amount) is not int or amount < 100:
			raise wrong("The amount must be at least INR 1.00", field="amount")
		if amount > left:
			raise wrong("The refund amount provided is greater than amount captured", field="amount")
		kept = {name: body[name] for name in ("notes", "receipt") if name in body}
		return dict(self.refund(paid["id"], amount, **kept))

	def _webhook(self, method: str, rest: list[str], body: dict[str, Any]) -> Any:
		if method == "GET":
			return {
				"entity": "collection",
				"count": len(self.webhooks),
				"items": list(self.webhooks.values()),
			}
		if method == "DELETE":
			if self.webhooks.pop(rest[0], None) is None:
				raise wrong("The id provided does not exist")
			return []
		if extra := set(body) - OF_WEBHOOK:
			raise wrong(f"{min(extra)} is/are not required and should not be sent")
		if not body.get("url") or not isinstance(body.get("events"), list):
			raise wrong("The events field is required.", field="events")
		return self.enter_webhook(body["url"], body.get("secret", ""), body["events"])
