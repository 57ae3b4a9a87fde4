"""A merchant account at Paytm in memory, behaving as its documentation says: https://paytmpayments.com/docs

Promises: believes a body by its checksum in the head only; answers errors with status 200; registers a refund once for
each refId, no more than was paid, and says no more than that it is registered; signs what it tells of payments as a
form with CHECKSUMHASH, of refunds as JSON with head.signature; lists as `paytm_lists` says. Checksums are made by `core.delivery.aes_checksum`, which unit tests judge by Paytm's own library.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
from base64 import b64decode
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import requests

from erp_connect.core.delivery.aes_checksum import aes_key, checksum, checksum_fits, initial_vector
from erp_connect.tests.fakes import paytm_lists as lists
from erp_connect.tests.fakes import paytm_settlements as settlements
from erp_connect.tests.fakes.provider_http import Handler, Refused, Request
from erp_connect.tests.fakes.quiet_http import FakeSystem
from erp_connect.tests.fakes.troubles import Trouble

FIXTURES = Path(__file__).parents[2] / "presets" / "paytm" / "fixtures"
MID, KEY, IV = "INTEGR77698636129383", "kbzk1DSbJiV_O3p5", "@@@@&&&&####$$$$"
OF_STATUS, OF_REFUND_STATUS = {"mid", "orderId"}, {"mid", "orderId", "refId"}
OF_REFUND = {"mid", "txnType", "orderId", "txnId", "refId", "refundAmount"}


def fixture(name: str) -> Any:
	"""An object as the documentation shows it, with made-up details."""
	return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def sealed(text: str, key: str) -> str:
	return checksum(aes_key(key), initial_vector(IV), text.encode(), b"a1B2")


def form(values: dict[str, str], key: str) -> bytes:
	"""A webhook: the values by the order of their names are what is signed."""
	text = "|".join(values[name] for name in sorted(values))
	return urlencode({**values, "CHECKSUMHASH": sealed(text, key)}).encode()


def document(values: dict[str, Any], key: str) -> bytes:
	"""A webhook of a refund: what is signed is the body as it travels."""
	text = json.dumps(values)
	head = json.dumps({"signature": sealed(text, key), "version": "v1"})
	return f'{{"head":{head},"body":{text}}}'.encode()


def said(status: str, code: str, message: str, **more: Any) -> dict[str, Any]:
	info = {"resultStatus": status, "resultCode": code, "resultMsg": message}
	return {"head": {"version": "v1"}, "body": {**more, "resultInfo": info}}


class Paytm(settlements.Settlements, FakeSystem):
	"""The account, in a thread of this process. orders: by Paytm's order id. calls: (path, body) that came."""

	def __init__(self) -> None:
		super().__init__()
		self.mid, self.key, self.address = MID, KEY, ""
		self.orders: dict[str, dict[str, Any]] = {}
		self.refunds: dict[str, dict[str, Any]] = {}
		self.told: list[dict[str, str]] = []
		self.calls: list[tuple[str, Any]] = []
		self.troubles: list[Trouble] = []
		self._last = 0
		self.lock = threading.RLock()
		self.serve(Handler)

	def pay(
		self, order: str, amount: str, status: str = "TXN_SUCCESS", at: dt.datetime | None = None
	) -> dict[str, Any]:
		"""at: when, with an offset; now where it is not said."""
		found = {**fixture("order_status"), "orderId": order, "txnAmount": amount, "mid": self.mid}
		found["txnId"] = self._number("20251125111212800110168470")
		found["txnDate"] = lists.wall(at or dt.datetime.now(lists.IST)) + ".0"
		found["resultInfo"] = {**found["resultInfo"], "resultStatus": status}
		self.orders[order] = found
		self.tell(order)
		return found

	def _number(self, before: str) -> str:
		with self.lock:
			self._last += 1
		return f"{before}1{self._last:08d}"

	def give_back(
		self, order: str, amount: str, ref_id: str = "", at: dt.datetime | None = None
	) -> dict[str, Any]:
		"""Somebody gives a refund in the Dashboard. It is accepted, and on its way."""
		paid, number = self.orders[order], self._number("20251125111212801300168821")
		refund = {
			**fixture("refund"),
			**{name: paid[name] for name in ("orderId", "txnId", "mid", "txnAmount")},
			"refId": ref_id or f"REFUND_{number}",
			"refundId": number,
			"refundAmount": amount,
		}
		self.refunds[refund["refId"]] = refund
		self.accept(refund["refId"], at)
		return refund

	def accept(self, ref_id: str, at: dt.datetime | None = None) -> None:
		when = lists.wall(at or dt.datetime.now(lists.IST)) + ".0"
		told = {"merchantRefundRequestTimestamp": when, "acceptRefundTimestamp": when}
		self.refunds[ref_id].update({**told, "acceptRefundStatus": "SUCCESS"})
		self.told.append({**self._told_of(ref_id), "status": "SUCCESS"})

	def reject(self, ref_id: str) -> None:
		"""There is not enough to pay it from."""
		when = lists.wall(dt.datetime.now(lists.IST)) + ".0"
		info = {"resultStatus": "TXN_FAILURE", "resultCode": "631", "resultMsg": "Refund failed."}
		told = {"merchantRefundRequestTimestamp": when, "acceptRefundTimestamp": when}
		self.refunds[ref_id].update({**told, "acceptRefundStatus": "FAILED", "resultInfo": info})
		reason = {"rejectRefundReasonCode": "1", "rejectRefundReasonMessage": "Insufficient balance"}
		self.told.append({**self._told_of(ref_id), "status": "FAILED", **reason})

	def credit(self, ref_id: str) -> None:
		"""The bank of the buyer has it."""
		info = {"resultStatus": "TXN_SUCCESS", "resultCode": "10", "resultMsg": "Refund Successfull"}
		when = lists.wall(dt.datetime.now(lists.IST)) + ".0"
		done = {"userCreditInitiateStatus": "SUCCESS", "userCreditInitiateTimestamp": when}
		self.refunds[ref_id].update({**done, "resultInfo": info})
		self.told.append({**self._told_of(ref_id), "userCreditInitiateTimestamp": when, "source": "MERCHANT"})

	def _told_of(self, ref_id: str) -> dict[str, Any]:
		names = (
			"orderId", "txnId", "mid", "refId", "refundId", "refundAmount", "txnTimestamp", "acceptRefundTimestamp",
			"merchantRefundRequestTimestamp",
		)  # fmt: skip
		return {name: self.refunds[ref_id][name] for name in names}

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
		is_refund = "refundId" in event
		headers = {"Content-Type": "application/json" if is_refund else "application/x-www-form-urlencoded"}
		sent = payload or (document if is_refund else form)(event, self.key)
		return requests.post(self.address, data=sent, headers=headers, timeout=30).status_code

	@staticmethod
	def told_of(status: int) -> dict[str, Any]:
		"""The body of an error that is nobody's fault."""
		return said("U", "501", "System Error.")

	def answered(self, request: Request) -> tuple[int, Any]:
		text = request.raw.decode()
		whole = json.loads(text)
		if request.path == settlements.PATH:
			self.calls.append((request.path, whole["request"]["body"]))
			return 200, self.listed(request, self.mid, whole)
		self.calls.append((request.path, whole["body"]))
		# What is signed is the body as it travels.
		signed = text[text.index('"body":') + 7 : -1]
		seal = b64decode(whole["head"]["signature"])
		if not checksum_fits(aes_key(self.key), initial_vector(IV), signed.encode(), seal):
			raise Refused(200, said("TXN_FAILURE", "330", "Paytm checksum mismatch."))
		if whole["body"].get("mid") != self.mid:
			raise Refused(200, said("TXN_FAILURE", "335", "Mid is invalid."))
		answer = {
			"/v3/order/status": self._status,
			"/refund/apply": self._refund,
			"/v2/refund/status": self._refund_status,
			"/merchant-passbook/search/list/order/v2": self._orders,
			"/merchant-passbook/api/v1/refundList": self._refunds,
		}.get(request.path)
		if "merchant-passbook" in request.path and whole["head"].get("tokenType") != "CHECKSUM":
			raise Refused(200, said("FAILURE", "4001", "Invalid token type."))
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

	def _refund_status(self, body: dict[str, Any]) -> dict[str, Any]:
		found = self.refunds.get(body.get("refId"))
		if set(body) != OF_REFUND_STATUS or found is None or found["orderId"] != body["orderId"]:
			return said("TXN_FAILURE", "600", "Invalid refund request.")
		return {"head": {"version": "v1"}, "body": found}

	def _orders(self, body: dict[str, Any]) -> dict[str, Any]:
		if not lists.OF_ORDERS <= set(body) <= {*lists.OF_ORDERS, "isSort"}:
			return said("FAILURE", "4002", "Mandatory parameter missing.")
		try:
			lists.require_recent(body, dt.datetime.now(lists.IST))
			names = ("fromDate", "toDate", "pageNumber", "pageSize")
			found = [self._listed(one) for one in self.orders.values()]
			wanted = [
				one for one in found if one["orderSearchStatus"] in body["orderSearchStatus"].split("|")
			]
			orders = lists.page(wanted, "orderCreatedTime", body, names)
		except lists.BadList as error:
			return said("FAILURE", "4003", str(error))
		return said("SUCCESS", "0000", "Success", orders=orders)

	@staticmethod
	def _listed(order: dict[str, Any]) -> dict[str, Any]:
		status = {"TXN_SUCCESS": "SUCCESS", "TXN_FAILURE": "FAILURE"}
		return {
			"mid": order["mid"],
			"txnId": order["txnId"],
			"merchantOrderId": order["orderId"],
			"orderCreatedTime": order["txnDate"][:19],
			"orderCompletedTime": order["txnDate"][:19],
			"orderSearchType": "TRANSACTION",
			"orderSearchStatus": status.get(order["resultInfo"]["resultStatus"], "PENDING"),
			"payMode": "CREDIT_CARD",
			"amount": order["txnAmount"],
		}

	def _refunds(self, body: dict[str, Any]) -> dict[str, Any]:
		found = [
			{
				**{
					name: one[name]
					for name in ("orderId", "refundId", "refId", "refundAmount", "acceptRefundStatus")
				},
				"txnAmount": self.orders[one["orderId"]]["txnAmount"],
				"txnTimeStamp": one["txnTimestamp"],
				"acceptRefundTimeStamp": one["acceptRefundTimestamp"],
				"merchantRefundRequestTimeStamp": one["merchantRefundRequestTimestamp"],
			}
			for one in self.refunds.values()
			if "acceptRefundStatus" in one
		]
		names = ("startDate", "endDate", "pageNum", "pageSize")
		try:
			if not lists.OF_REFUNDS <= set(body) <= {*lists.OF_REFUNDS, "isSort", *names}:
				raise lists.BadList("Mandatory parameter missing.")
			orders = lists.page(found, "acceptRefundTimeStamp", body, names)
			total = lists.count(found, "acceptRefundTimeStamp", body)
		except lists.BadList as error:
			return {"status": "FAILURE", "resultCode": "00000900", "errorMessage": str(error)}
		return {"status": "SUCCESS", "resultCode": "00000000", "count": total, "orders": orders}
