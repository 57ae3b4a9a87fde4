"""A merchant account at Paytm in memory, behaving as its documentation says: https://paytmpayments.com/docs

Promises: believes a body by its checksum in the head only; answers errors with status 200; registers a refund once for
each refId, no more than was paid, and says no more than that it is registered; signs what it tells as a form with
CHECKSUMHASH. Checksums are made by `core.delivery.aes_checksum`, which unit tests judge by Paytm's own library.
"""

from __future__ import annotations

import json
import threading
from base64 import b64decode
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import requests

from erp_connect.core.delivery.aes_checksum import aes_key, checksum, checksum_fits, initial_vector
from erp_connect.tests.fakes.provider_http import Handler, Refused, Request
from erp_connect.tests.fakes.quiet_http import FakeSystem
from erp_connect.tests.fakes.troubles import Trouble

FIXTURES = Path(__file__).parents[2] / "presets" / "paytm" / "fixtures"
MID, KEY, IV = "INTEGR77698636129383", "kbzk1DSbJiV_O3p5", "@@@@&&&&####$$$$"
OF_STATUS, OF_REFUND = {"mid", "orderId"}, {"mid", "txnType", "orderId", "txnId", "refId", "refundAmount"}


def fixture(name: str) -> Any:
	"""An object as the documentation shows it, with made-up details."""
	return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def sealed(text: str, key: str) -> str:
	return checksum(aes_key(key), initial_vector(IV), text.encode(), b"a1B2")


def form(values: dict[str, str], key: str) -> bytes:
	"""A webhook: the values by the order of their names are what is signed."""
	text = "|".join(values[name] for name in sorted(values))
	return urlencode({**values, "CHECKSUMHASH": sealed(text, key)}).encode()


def said(status: str, code: str, message: str, **more: Any) -> dict[str, Any]:
	info = {"resultStatus": status, "resultCode": code, "resultMsg": message}
	return {"head": {"version": "v1"}, "body": {**more, "resultInfo": info}}


class Paytm(FakeSystem):
	"""The account, in a thread of this process. orders: by Paytm's order id. calls: (path, body) that came."""

	def __init__(self) -> None:
		self.mid, self.key, self.address = MID, KEY, ""
		self.orders: dict[str, dict[str, Any]] = {}
		self.refunds: dict[str, dict[str, Any]] = {}
		self.told: list[dict[str, str]] = []
		self.calls: list[tuple[str, Any]] = []
		self.troubles: list[Trouble] = []
		self._last = 0
		self.lock = threading.RLock()
		self.serve(Handler)

	def pay(self, order: str, amount: str, status: str = "TXN_SUCCESS") -> dict[str, Any]:
		with self.lock:
			self._last += 1
		found = {**fixture("order_status"), "orderId": order, "txnAmount": amount, "mid": self.mid}
		found["txnId"] = f"202511251112128001101684701{self._last:08d}"
		found["resultInfo"] = {**found["resultInfo"], "resultStatus": status}
		self.orders[order] = found
		self.tell(order)
		return found

	def settle(self, order: str, status: str) -> None:
		"""A payment that was pending ends."""
		self.orders[order]["resultInfo"]["resultStatus"] = status
		self.tell(order)

	def tell(self, order: str) -> None:
		found = self.orders[order]
		named = {"ORDERID": order, "TXNID": found["txnId"], "TXNAMOUNT": found["txnAmount"], "MID": self.mid}
		self.told.append({**fixture("webhook"), **named, "STATUS": found["resultInfo"]["resultStatus"]})

	def send(self, event: dict[str, str], payload: bytes = b"") -> int:
		"""Deliver an event to the address that was entered. payload: instead of the event's. The status."""
		headers = {"Content-Type": "application/x-www-form-urlencoded"}
		sent = payload or form(event, self.key)
		return requests.post(self.address, data=sent, headers=headers, timeout=30).status_code

	@staticmethod
	def told_of(status: int) -> dict[str, Any]:
		"""The body of an error that is nobody's fault."""
		return said("U", "501", "System Error.")

	def answered(self, request: Request) -> tuple[int, Any]:
		text = request.raw.decode()
		whole = json.loads(text)
		self.calls.append((request.path, whole["body"]))
		# What is signed is the body as it travels.
		signed = text[text.index('"body":') + 7 : -1]
		seal = b64decode(whole["head"]["signature"])
		if not checksum_fits(aes_key(self.key), initial_vector(IV), signed.encode(), seal):
			raise Refused(200, said("TXN_FAILURE", "330", "Paytm checksum mismatch."))
		if whole["body"].get("mid") != self.mid:
			raise Refused(200, said("TXN_FAILURE", "335", "Mid is invalid."))
		answer = {"/v3/order/status": self._status, "/refund/apply": self._refund}.get(request.path)
		if request.method != "POST" or answer is None:
			raise Refused(404, None)
		return 200, answer(whole["body"])

	def _status(self, body: dict[str, Any]) -> dict[str, Any]:
		found = self.orders.get(body["orderId"])
		if set(body) != OF_STATUS or found is None:
			return said("TXN_FAILURE", "334", "Invalid Order Id.")
		return {"head": {"version": "v1"}, "body": found}

	def _refund(self, body: dict[str, Any]) -> dict[str, Any]:
		named = {name: body.get(name) for name in ("mid", "orderId", "txnId", "refId")}
		if set(body) != OF_REFUND or body["txnType"] != "REFUND":
			return said("TXN_FAILURE", "600", "Invalid refund request.", **named)
		if body["refId"] in self.refunds:
			return said("TXN_FAILURE", "617", "Refund Already Raised.", **named)
		paid = self.orders.get(body["orderId"])
		if paid is None or paid["txnId"] != body["txnId"]:
			return said("TXN_FAILURE", "627", "Order Details Mismatch.", **named)
		before = sum(
			float(one["refundAmount"]) for one in self.refunds.values() if one["txnId"] == paid["txnId"]
		)
		if before + float(body["refundAmount"]) > float(paid["txnAmount"]):
			return said("TXN_FAILURE", "619", "Invalid refund amount.", **named)
		amount = {"refundAmount": body["refundAmount"]}
		self.refunds[body["refId"]] = {**fixture("refund"), **named, **amount}
		return {"head": {"version": "v1"}, "body": self.refunds[body["refId"]]}
