"""An account at Stripe in memory, behaving as its API reference documents: https://docs.stripe.com/api

Promises: takes forms only, of a version that is named, under a key that is right; refuses parameters that it does not
know; pages newest first; answers a repeated Idempotency-Key as the first time; refunds no more than was captured;
signs what it tells with the secret of the endpoint. Objects are complete, from the preset's fixtures.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import operator
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import requests

from erp_connect.tests.fakes.quiet_http import FakeSystem
from erp_connect.tests.fakes.stripe_http import Handler, Refused, missing, unknown
from erp_connect.tests.fakes.troubles import Trouble

FIXTURES = Path(__file__).parents[2] / "presets" / "stripe" / "fixtures"
VERSION = "2026-10-28.endive"
KINDS = {
	"charges": "charge",
	"refunds": "refund",
	"disputes": "dispute",
	"payouts": "payout",
	"customers": "customer",
}
# Only lists are asked for.
LISTED = {"balance_transactions": "transactions"}
# https://docs.stripe.com/api/charges/list
RANGES = {"created[gte]": operator.ge, "created[lte]": operator.le}
EXPANDED = {"balance_transaction": "transactions", "charge": "charges"}
TAKEN = {
	"refunds": {"charge", "payment_intent", "amount", "reason", "metadata"},
	"customers": {"name", "email", "phone", "description", "metadata"},
	"webhook_endpoints": {"url", "enabled_events", "api_version", "description", "metadata"},
}  # fmt: skip


def fixture(name: str) -> Any:
	"""An object as the API reference shows it, with made-up details."""
	return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def signature(payload: bytes, secret: str, at: int) -> str:
	"""The header Stripe-Signature: https://docs.stripe.com/webhooks#verify-manually"""
	digest = hmac.new(secret.encode(), f"{at}.".encode() + payload, hashlib.sha256).hexdigest()
	return f"t={at},v1={digest}"


class Stripe(FakeSystem):
	"""The account, in a thread of this process. records: by kind and id. calls: (method, path, query, body) that came."""

	def __init__(self, key: str = "sk_test_fake", account: str = "", now: int = 1764057600) -> None:
		self.key, self.account, self.now = key, account, now
		self.records: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in (*KINDS, "transactions")}
		self.endpoints: dict[str, dict[str, Any]] = {}
		self.secrets: dict[str, str] = {}
		self.told: list[dict[str, Any]] = []
		self.calls: list[tuple[str, str, dict[str, list[str]], Any]] = []
		self.paid_out: dict[str, str] = {}
		self.keys: dict[str, tuple[Any, tuple[int, Any]]] = {}
		self.troubles: list[Trouble] = []
		self._last = 0
		self.lock = threading.RLock()
		self.serve(Handler)

	# What happens at Stripe

	def number(self, prefix: str) -> str:
		with self.lock:
			self._last += 1
			self.now += 1
			return f"{prefix}_{self._last:08d}Alder"

	def transaction(self, amount: int, fee: int, source: str, kind: str, **more: Any) -> dict[str, Any]:
		"""A balance transaction."""
		id_ = self.number("txn")
		values = {
			"amount": amount,
			"fee": fee,
			"net": amount - fee,
			"source": source,
			"type": kind,
			"created": self.now,
		}
		found = {**fixture("balance_transaction"), "id": id_, "reporting_category": kind, **values, **more}
		self.records["transactions"][id_] = found
		return found

	def charge(self, amount: int, fee: int = 0, *, settled: bool = True, **changes: Any) -> dict[str, Any]:
		"""A charge that succeeds at once, or as `changes` say. settled: its balance transaction is there already."""
		id_, intent = self.number("ch"), self.number("pi")
		captured = {
			"amount": amount,
			"amount_captured": amount,
			"created": self.now,
			"payment_intent": intent,
		}
		found = {**fixture("charge"), "id": id_, **captured, "balance_transaction": None, **changes}
		self.records["charges"][id_] = found
		if settled and found["captured"] and found["paid"]:
			self.settle(id_, fee)
		self.tell("charge.failed" if found["status"] == "failed" else "charge.succeeded", found)
		return found

	def settle(self, charge: str, fee: int, **more: Any) -> dict[str, Any]:
		"""The balance transaction of a charge comes."""
		found = self.records["charges"][charge]
		more = {"currency": found["currency"], **more}
		amount = more.pop("amount", found["amount_captured"])
		found["balance_transaction"] = self.transaction(amount, fee, charge, "charge", **more)["id"]
		return found

	def capture(self, charge: str, amount: int, fee: int) -> dict[str, Any]:
		"""A charge that was authorised is captured, wholly or in part."""
		self.records["charges"][charge].update(captured=True, amount_captured=amount)
		found = self.settle(charge, fee)
		self.tell("charge.captured", found)
		return found

	def refund(self, charge: str, amount: int, status: str = "succeeded", **changes: Any) -> dict[str, Any]:
		paid, id_ = self.records["charges"][charge], self.number("re")
		values = {
			"amount": amount,
			"charge": charge,
			"currency": paid["currency"],
			"created": self.now,
			"status": status,
		}
		transaction = self.transaction(-amount, 0, id_, "refund", currency=paid["currency"])
		found = {**fixture("refund"), "id": id_, "payment_intent": paid["payment_intent"], **values}
		found.update({"balance_transaction": transaction["id"], **changes})
		paid["amount_refunded"] += amount
		paid["refunded"] = paid["amount_refunded"] == paid["amount_captured"]
		self.records["refunds"][id_] = found
		self.tell("refund.created", found)
		return found

	def change(self, kind: str, id_: str, event: str, **changes: Any) -> dict[str, Any]:
		found = self.records[kind][id_]
		found.update(changes)
		self.tell(event, found)
		return found

	def customer(self, **values: Any) -> dict[str, Any]:
		"""One who was entered at Stripe."""
		found = self._customer(self.number("cus"), values)
		self.tell("customer.created", found)
		return found

	def dispute(self, charge: str, fee: int) -> dict[str, Any]:
		"""The amount and a fee are withdrawn."""
		paid, id_ = self.records["charges"][charge], self.number("du")
		taken = self.transaction(-paid["amount_captured"], fee, id_, "adjustment")
		found = {
			**fixture("dispute"),
			"id": id_,
			"charge": charge,
			"amount": paid["amount_captured"],
			"created": self.now,
		}
		found["balance_transactions"] = [taken]
		self.records["disputes"][id_] = found
		self.tell("charge.dispute.funds_withdrawn", found)
		return found

	def win(self, dispute: str, fee: int) -> dict[str, Any]:
		"""The amount comes back, and the fee."""
		found = self.records["disputes"][dispute]
		back = self.transaction(found["amount"], -fee, dispute, "adjustment")
		found.update(balance_transactions=[*found["balance_transactions"], back], status="won")
		self.tell("charge.dispute.funds_reinstated", found)
		return found

	def pay_out(self, amount: int, *, takes: Sequence[str] = (), **changes: Any) -> dict[str, Any]:
		"""takes: sources (charges, refunds, disputes) whose balance transactions the payout takes along."""
		id_ = self.number("po")
		self.transaction(-amount, 0, id_, "payout")
		for one in self.records["transactions"].values():
			if one["source"] in (*takes, id_):
				self.paid_out[one["id"]] = id_
		values = {"amount": amount, "created": self.now, "arrival_date": self.now}
		found = {**fixture("payout"), "id": id_, **values, **changes}
		self.records["payouts"][id_] = found
		self.tell("payout.paid", found)
		return found

	def fail(self, payout: str) -> dict[str, Any]:
		"""The bank sends a payout back: its amount is in the balance again."""
		found = self.records["payouts"][payout]
		back = self.transaction(found["amount"], 0, payout, "payout_failure", currency=found["currency"])
		failed = {
			"status": "failed",
			"failure_code": "account_closed",
			"failure_balance_transaction": back["id"],
		}
		return self.change("payouts", payout, "payout.failed", **failed)

	# What it tells

	def tell(self, kind: str, found: dict[str, Any]) -> None:
		event = {**fixture("event"), "id": self.number("evt"), "type": kind, "created": self.now}
		event["data"] = {"object": json.loads(json.dumps(found))}
		self.told.append(event)

	def send(self, event: dict[str, Any], at: int, **how: Any) -> list[int]:
		"""Deliver an event to the endpoints that take it. how: `payload` instead of the event's. Statuses."""
		payload = json.dumps(event, indent=2).encode()
		found = []
		for id_, endpoint in self.endpoints.items():
			if event["type"] in endpoint["enabled_events"] or "*" in endpoint["enabled_events"]:
				headers = {"Stripe-Signature": signature(payload, self.secrets[id_], at)}
				headers["Content-Type"] = "application/json; charset=utf-8"
				sent = how.get("payload", payload)
				found.append(
					requests.post(endpoint["url"], data=sent, headers=headers, timeout=30).status_code
				)
		return found

	# What its API does

	def answer(self, method: str, parts: list[str], query: dict[str, list[str]], body: dict[str, Any]) -> Any:
		kind = LISTED.get(parts[0], parts[0]) if method == "GET" and len(parts) == 1 else parts[0]
		if unknown_ones := set(body) - TAKEN.get(kind, set()):
			raise unknown(sorted(unknown_ones)[0])
		if kind == "webhook_endpoints":
			return self._endpoint(method, parts[1:], body)
		if kind not in (*KINDS, *LISTED.values()):
			raise Refused(404, f"Unrecognized request URL ({method}: /v1/{'/'.join(parts)}).")
		if method == "GET" and len(parts) == 1:
			return self._page(kind, query)
		if method == "POST" and kind in TAKEN and len(parts) == 1:
			return self._refund(body) if kind == "refunds" else self._customer(self.number("cus"), body)
		if parts[1] not in self.records[kind]:
			raise missing(KINDS[kind], parts[1])
		if method == "POST" and kind == "customers":
			return self._customer(parts[1], body)
		return self._expanded(self.records[kind][parts[1]], query.get("expand[]", []))

	def _page(self, kind: str, query: dict[str, list[str]]) -> dict[str, Any]:
		limit = int(query.get("limit", ["10"])[0])
		if not 1 <= limit <= 100:
			raise Refused(400, "This value must be between 1 and 100.", param="limit")
		found = sorted(self.records[kind].values(), key=lambda one: (one["created"], one["id"]), reverse=True)
		for name, fits in RANGES.items():
			if limit_of := query.get(name):
				found = [one for one in found if fits(one["created"], self._whole(name, limit_of[0]))]
		if payout := query.get("payout", [""])[0]:
			found = self._taken_along(payout, found)
		if after := query.get("starting_after", [""])[0]:
			if after not in self.records[kind]:
				raise missing(KINDS[kind], after, status=400)
			found = found[[one["id"] for one in found].index(after) + 1 :]
		return {"object": "list", "url": f"/v1/{kind}", "has_more": len(found) > limit, "data": found[:limit]}

	def _taken_along(self, payout: str, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
		"""https://docs.stripe.com/api/balance_transactions/list#balance_transaction_list-payout"""
		if not self.records["payouts"].get(payout, {}).get("automatic"):
			told = "Balance transaction history can only be filtered on automatic transfers, not manual."
			raise Refused(400, told)
		return [one for one in found if self.paid_out.get(one["id"]) == payout]

	@staticmethod
	def _whole(name: str, text: str) -> int:
		if not text.isdigit():
			raise Refused(400, f"Invalid integer: {text}", code="parameter_invalid_integer", param=name)
		return int(text)

	def _expanded(self, found: dict[str, Any], names: list[str]) -> dict[str, Any]:
		for name in names:
			if name not in found:
				raise Refused(400, f"This property cannot be expanded ({name}).", param="expand")
			found = {**found, name: self.records[EXPANDED[name]].get(found[name])}
		return found

	def _refund(self, body: dict[str, Any]) -> dict[str, Any]:
		named = {"id": body.get("charge"), "payment_intent": body.get("payment_intent")}
		wanted = {key: value for key, value in named.items() if value}
		if len(wanted) != 1:
			raise Refused(400, "One of the following params should be provided: payment_intent, charge.")
		((key, value),) = wanted.items()
		charge = next((one for one in self.records["charges"].values() if one[key] == value), None)
		if charge is None:
			raise missing("charge", value)
		left = charge["amount_captured"] - charge["amount_refunded"]
		if not left:
			raise Refused(
				400, f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
			)
		amount = int(body.get("amount", left))
		if amount > left:
			raise Refused(400, "Refund amount is greater than unrefunded amount on charge", param="amount")
		return self.refund(charge["id"], amount, metadata=body.get("metadata", {}))

	def delete_customer(self, id_: str) -> None:
		"""The event shows the customer as it was: https://docs.stripe.com/api/events/types#event_types-customer.deleted"""
		self.tell("customer.deleted", self.records["customers"].pop(id_))

	def _customer(self, id_: str, body: dict[str, Any]) -> dict[str, Any]:
		known = self.records["customers"].get(id_) or {**fixture("customer"), "id": id_, "created": self.now}
		self.records["customers"][id_] = {**known, **body}
		return self.records["customers"][id_]

	def _endpoint(self, method: str, rest: list[str], body: dict[str, Any]) -> dict[str, Any]:
		if method == "GET":
			return {
				"object": "list",
				"url": "/v1/webhook_endpoints",
				"has_more": False,
				"data": list(self.endpoints.values()),
			}
		if method == "DELETE":
			if self.endpoints.pop(rest[0], None) is None:
				raise missing("webhook endpoint", rest[0])
			return {"id": rest[0], "object": "webhook_endpoint", "deleted": True}
		if not body.get("url") or not isinstance(body.get("enabled_events"), list):
			raise Refused(400, "Missing required param: enabled_events.", code="parameter_missing")
		id_ = self.number("we")
		self.endpoints[id_] = {**fixture("webhook_endpoint"), "id": id_, **body}
		self.secrets[id_] = f"whsec_{hashlib.sha256(id_.encode()).hexdigest()[:32]}"
		return {**self.endpoints[id_], "secret": self.secrets[id_]}
