"""A merchant account at Authorize.net in memory, behaving as its API reference documents.

https://developer.authorize.net/api/reference/

Promises: believes credentials in the body, first of all elements, and by Basic authentication where webhooks are managed;
refuses elements out of the schema's order; answers errors with status 200, and everything after a byte order mark; pages
by page numbers; refunds what is settled, no more than that, and by the last digits of the card only; takes a repeated
request within its duplicate window for a duplicate and then names the first transaction; signs with the Signature Key.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import threading
import uuid
from base64 import b64encode
from pathlib import Path
from typing import Any

import requests

from erp_connect.tests.fakes.authorize_net_api import (
	messages,
	refused,
	require_credentials,
	require_schema,
	settled_between,
)
from erp_connect.tests.fakes.authorize_net_customers import Customers
from erp_connect.tests.fakes.provider_http import Handler, Refused, Request
from erp_connect.tests.fakes.quiet_http import FakeSystem
from erp_connect.tests.fakes.troubles import Trouble

FIXTURES = Path(__file__).parents[2] / "presets" / "authorize_net" / "fixtures"
API, WEBHOOKS = "/xml/v1/request.api", "/rest/v1/webhooks"
LOGIN, KEY, SIGNATURE_KEY = "5KP3u95bQpv", "346HZ32z3fP4hTG2", "0A1B2C3D4E5F6789" * 8
SETTLED = {
	"capturedPendingSettlement": "settledSuccessfully",
	"refundPendingSettlement": "refundSettledSuccessfully",
}
# What the card's bank moved, and the amount of a batch's statistics in which it stands.
BY_BANKS = {"chargeback": "chargeChargeBackAmount", "chargebackReversal": "refundChargeBackAmount"}


def fixture(name: str) -> Any:
	"""An object as the API reference shows it, with made-up details."""
	return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def signature(payload: bytes, key: str) -> str:
	"""The header X-ANET-Signature: https://developer.authorize.net/api/reference/features/webhooks.html"""
	return "sha512=" + hmac.new(key.encode(), payload, hashlib.sha512).hexdigest().upper()


class MarkedHandler(Handler):
	mark = b"\xef\xbb\xbf"


class AuthorizeNet(Customers, FakeSystem):
	"""The account, in a thread of this process. calls: (name of the request or path, body) that came."""

	fixture = staticmethod(fixture)

	def __init__(self, now: float = 1764057600) -> None:
		super().__init__()
		self.login, self.key, self.signature_key, self.now = LOGIN, KEY, SIGNATURE_KEY, now
		self.transactions: dict[str, dict[str, Any]] = {}
		self.batches: dict[str, dict[str, Any]] = {}
		self.webhooks: dict[str, dict[str, Any]] = {}
		self.told: list[dict[str, Any]] = []
		self.calls: list[tuple[str, Any]] = []
		self.troubles: list[Trouble] = []
		self._sent: dict[str, tuple[float, str]] = {}
		self._last = 60000000000
		self.lock = threading.RLock()
		self.serve(MarkedHandler)

	# What happens at Authorize.net

	def _number(self) -> str:
		with self.lock:
			self._last += 1
			self.now += 1
			return str(self._last)

	def _time(self) -> dt.datetime:
		return dt.datetime.fromtimestamp(self.now, dt.timezone.utc)

	def _add(self, **values: Any) -> dict[str, Any]:
		id_ = self._number()
		at = {
			"submitTimeUTC": f"{self._time():%Y-%m-%dT%H:%M:%S}.39Z",
			"submitTimeLocal": f"{self._time() - dt.timedelta(hours=7):%Y-%m-%dT%H:%M:%S}.39",
		}
		self.transactions[id_] = {**fixture("transaction"), **at, "transId": id_, **values}
		return self.transactions[id_]

	def pay(self, amount: float, invoice: str, *, captured: bool = True, **values: Any) -> dict[str, Any]:
		kind, state = (
			("authCapture", "capturedPendingSettlement")
			if captured
			else ("authOnly", "authorizedPendingCapture")
		)
		found = self._add(
			authAmount=amount, settleAmount=amount, order={"invoiceNumber": invoice},
			transactionType=f"{kind}Transaction", transactionStatus=state, **values,
		)  # fmt: skip
		self.tell("authcapture.created" if captured else "authorization.created", found)
		return found

	def capture(self, transaction: str, amount: float) -> dict[str, Any]:
		"""An authorised transaction is captured, wholly or in part, and keeps its number."""
		return self.change(
			transaction,
			"priorAuthCapture.created",
			settleAmount=amount,
			transactionStatus="capturedPendingSettlement",
		)

	def void(self, transaction: str) -> dict[str, Any]:
		return self.change(transaction, "void.created", transactionStatus="voided")

	def change(self, transaction: str, event: str = "", **values: Any) -> dict[str, Any]:
		"""Without an event nothing is told: so it is with what banks take back."""
		found = self.transactions[transaction]
		found.update(values)
		if event:
			self.tell(event, found)
		return found

	def refund(self, transaction: str, amount: float, invoice: str = "", ref_id: str = "") -> dict[str, Any]:
		found = self._add(
			refTransId=transaction, authAmount=amount, settleAmount=amount, transactionType="refundTransaction",
			transactionStatus="refundPendingSettlement", order={"invoiceNumber": invoice} if invoice else {},
		)  # fmt: skip
		self.tell("refund.created", found, **({"merchantReferenceId": ref_id} if ref_id else {}))
		return found

	def take_back(self, transaction: str, *, given: bool = False) -> dict[str, Any]:
		"""The card's bank takes a payment back, or gives it back after all: a transaction of the next batch, without an event."""
		paid = self.transactions[transaction]
		state = "chargebackReversal" if given else "chargeback"
		same = {
			"authAmount": paid["settleAmount"],
			"settleAmount": paid["settleAmount"],
			"order": paid["order"],
		}
		return self._add(**same, transactionStatus=state)

	def settle(self) -> dict[str, Any]:
		"""The end of the day: all that waits becomes a batch."""
		id_ = self._number()
		settled = [one for one in self.transactions.values() if one["transactionStatus"] in SETTLED]
		banks = {
			state: [
				one
				for one in self.transactions.values()
				if one["transactionStatus"] == state and one.get("batch") is None
			]
			for state in BY_BANKS
		}
		refunds = [one["settleAmount"] for one in settled if one["transactionType"] == "refundTransaction"]
		refunded, charged = sum(refunds), sum(one["settleAmount"] for one in settled) - sum(refunds)
		for one in settled:
			one.update(transactionStatus=SETTLED[one["transactionStatus"]], batch={"batchId": id_})
		moved: dict[str, float] = {}
		for state, found in banks.items():
			for one in found:
				one["batch"] = {"batchId": id_}
				moved[BY_BANKS[state]] = moved.get(BY_BANKS[state], 0) + one["settleAmount"]
		at = self._time()
		statistic = {**fixture("statistic"), "chargeAmount": charged, "refundAmount": refunded, **moved}
		self.batches[id_] = {
			**fixture("batch"),
			"batchId": id_,
			"settlementTimeUTC": f"{at:%Y-%m-%dT%H:%M:%SZ}",
			"settlementTimeLocal": f"{at - dt.timedelta(hours=7):%Y-%m-%dT%H:%M:%S}",
			"statistics": [statistic],
		}
		return self.batches[id_]

	# What it tells

	def tell(self, kind: str, found: dict[str, Any], **more: Any) -> None:
		event = {**fixture("event"), "notificationId": str(uuid.uuid4())}
		payload = {**event["payload"], "id": found["transId"], "authAmount": found["authAmount"], **more}
		self.told.append({**event, "eventType": f"net.authorize.payment.{kind}", "payload": payload})

	def send(self, event: dict[str, Any], payload: bytes = b"") -> list[int]:
		"""Deliver an event to the webhooks that take it. payload: instead of the event's. Statuses."""
		raw = json.dumps(event).encode()
		headers = {"X-ANET-Signature": signature(raw, self.signature_key), "Content-Type": "application/json"}
		return [
			requests.post(webhook["url"], data=payload or raw, headers=headers, timeout=30).status_code
			for webhook in self.webhooks.values()
			if webhook["status"] == "active" and event["eventType"] in webhook["eventTypes"]
		]

	# What its API does

	@staticmethod
	def told_of(status: int) -> dict[str, Any]:
		"""The body of an error that is nobody's fault."""
		return messages("E00001", "An error occurred during processing. Please try again.")

	def answered(self, request: Request) -> tuple[int, Any]:
		body = json.loads(request.raw) if request.raw else {}
		if request.path.startswith(WEBHOOKS):
			self.calls.append((request.path, body))
			return 200, self._webhook(request, body)
		if (request.method, request.path) != ("POST", API) or len(body) != 1:
			raise Refused(404, None)
		((name, value),) = body.items()
		self.calls.append((name, value))
		require_credentials(value, self.login, self.key)
		require_schema(name, value)
		return 200, {**getattr(self, f"_{name}")(value), **messages()}

	def _authenticateTestRequest(self, value: dict[str, Any]) -> dict[str, Any]:
		return {}

	def _getTransactionDetailsRequest(self, value: dict[str, Any]) -> dict[str, Any]:
		if value["transId"] not in self.transactions:
			raise refused("E00040", "The record cannot be found.")
		return {"transaction": self.transactions[value["transId"]]}

	def _getSettledBatchListRequest(self, value: dict[str, Any]) -> dict[str, Any]:
		first, last = settled_between(value, self._time() + dt.timedelta(minutes=1))
		found = [
			one
			for one in self.batches.values()
			if first <= dt.datetime.fromisoformat(one["settlementTimeUTC"].replace("Z", "+00:00")) <= last
		]
		if not value.get("includeStatistics"):
			found = [{name: one[name] for name in one if name != "statistics"} for one in found]
		return {"batchList": found} if found else {}

	def _getTransactionListRequest(self, value: dict[str, Any]) -> dict[str, Any]:
		paging = value.get("paging", {"limit": 1000, "offset": 1})
		if not 1 <= int(paging["limit"]) <= 1000 or int(paging["offset"]) < 1:
			raise refused("E00013", "Paging is invalid.")
		found = [
			one
			for one in self.transactions.values()
			if one.get("batch", {}).get("batchId") == value["batchId"]
		]
		start = (int(paging["offset"]) - 1) * int(paging["limit"])
		page = [self._summary(one) for one in found[start : start + int(paging["limit"])]]
		return {"transactions": page, "totalNumInResultSet": len(page)} if page else {}

	@staticmethod
	def _summary(one: dict[str, Any]) -> dict[str, Any]:
		same = {name: one[name] for name in ("transId", "submitTimeUTC", "transactionStatus", "settleAmount")}
		return {**fixture("summary"), **same, "invoiceNumber": one["order"].get("invoiceNumber", "")}

	def _createTransactionRequest(self, value: dict[str, Any]) -> dict[str, Any]:
		asked = value["transactionRequest"]
		setting = asked.get("transactionSettings", {}).get("setting", {})
		told = setting.get("settingName") == "duplicateWindow"
		window = int(setting["settingValue"]) if told else 120
		same = json.dumps(asked, sort_keys=True)
		at, first = self._sent.get(same, (0.0, ""))
		if self.now - at <= window:
			raise self._failed("11", "A duplicate transaction has been submitted.", first if told else "0")
		paid = self.transactions.get(asked.get("refTransId"))
		card = asked.get("payment", {}).get("creditCard", {})
		left = self._refundable(paid, card) if paid else 0.0
		if not 0 < float(asked["amount"]) <= left or asked["transactionType"] != "refundTransaction":
			raise self._failed(
				"54", "The referenced transaction does not meet the criteria for issuing a credit.", "0"
			)
		found = self.refund(
			paid["transId"],
			float(asked["amount"]),
			asked.get("order", {}).get("invoiceNumber", ""),
			value.get("refId", ""),
		)
		self._sent[same] = (self.now, found["transId"])
		response = {
			**fixture("transaction_response"),
			"transId": found["transId"],
			"refTransID": paid["transId"],
		}
		return {"transactionResponse": response, "refId": value.get("refId")}

	def _refundable(self, paid: dict[str, Any], card: dict[str, str]) -> float:
		if card != {"cardNumber": paid["payment"]["creditCard"]["cardNumber"][-4:], "expirationDate": "XXXX"}:
			return 0.0
		if paid["transactionStatus"] != "settledSuccessfully":
			return 0.0
		refunds = [one for one in self.transactions.values() if one.get("refTransId") == paid["transId"]]
		return paid["settleAmount"] - sum(one["settleAmount"] for one in refunds)

	@staticmethod
	def _failed(code: str, text: str, transaction: str) -> Refused:
		response = {
			"responseCode": "3",
			"transId": transaction,
			"errors": [{"errorCode": code, "errorText": text}],
		}
		return refused("E00027", "The transaction was unsuccessful.", transactionResponse=response)

	def _webhook(self, request: Request, body: dict[str, Any]) -> Any:
		known = "Basic " + b64encode(f"{self.login}:{self.key}".encode()).decode()
		if request.headers.get("Authorization") != known:
			raise Refused(401, {"status": 401, "reason": "AUTH_FAILED", "message": "Authentication failed."})
		if request.method == "GET":
			return list(self.webhooks.values())
		if request.method == "DELETE":
			return self.webhooks.pop(request.parts[-1], None) and None
		if extra := set(body) - {"name", "url", "eventTypes", "status"}:
			raise Refused(400, {"status": 400, "reason": "INVALID_DATA", "message": f"Unknown: {min(extra)}"})
		id_ = str(uuid.uuid4())
		self.webhooks[id_] = {**fixture("webhook"), "webhookId": id_, **body}
		return self.webhooks[id_]
