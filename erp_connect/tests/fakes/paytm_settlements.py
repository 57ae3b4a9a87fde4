"""What a merchant account at Paytm tells of its payouts: https://paytmpayments.com/docs/api/settlement-detail-api

Promises: believes a token (JWT) by the client's secret only, as https://business.paytm.com/docs/settlement-api-authentication-process
shows; wants a message id that never was; lists a week at once, 20 on a page, of the last 180 days; answers an empty
list by a code of its own. Names of the fields are those of the documentation; where they stand in the answer is read
from a client that is published (https://pypi.org/project/iflow-mcp-paytm-payment-mcp/, services/settlement_service.py).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

import jwt

from erp_connect.tests.fakes.paytm_lists import IST
from erp_connect.tests.fakes.provider_http import Refused, Request

PATH = "/merchant-settlement/SettlementDetail"
CLIENT, SECRET = "4A75FAKECLIENT3434", "ee00fakesecretofatleast32letters9eaa"
LARGEST, LONGEST, OLDEST = 20, dt.timedelta(days=7), dt.timedelta(days=180)
TAKE = ("REFUND", "CHARGEBACK")
_MESSAGE = re.compile(r"[0-9a-f-]{36}\w*")


class Settlements:
	"""Beside an account: what was settled. settled: rows as they are listed."""

	def __init__(self) -> None:
		self.client, self.client_secret = CLIENT, SECRET
		self.settled: list[dict[str, Any]] = []
		self._messages: set[str] = set()

	def row(self, shown: Mapping[str, Any], gross: float, fee: float = 0, **changes: Any) -> dict[str, Any]:
		"""Something to be settled. shown: a row as the documentation has it. gross, fee: in rupees, above zero."""
		sign = -1 if changes.get("transactionType") in TAKE else 1
		money = {
			"amount": f"{gross:.2f}",
			"commission": f"{fee:.2f}",
			"gst": "0.00",
			# What is taken, is written with its sign in the one and without it in the other.
			"settledAmount": f"{sign * (gross - fee):.2f}",
		}
		return {**shown, **money, **changes}

	def pay_out(
		self, payout: str, rows: Sequence[dict[str, Any]], at: dt.datetime | None = None
	) -> list[dict[str, Any]]:
		"""Rows leave for the bank with a payout. at: when, with an offset; now where it is not said."""
		when = (at or dt.datetime.now(IST)).astimezone(IST).isoformat(timespec="seconds")
		named = {"payoutId": payout, "payoutDate": when, "settledDate": when, "utrNo": f"UTR{payout}"}
		found = [{**row, **named} for row in rows]
		self.settled += found
		return found

	def listed(self, request: Request, mid: str, whole: Any) -> dict[str, Any]:
		"""The answer to a request that came."""
		self._believe(request)
		head, body = whole["request"]["head"], whole["request"]["body"]
		if not _MESSAGE.fullmatch(head.get("reqMsgId", "")) or head["reqMsgId"] in self._messages:
			return _answer(head, "FAILURE", "00000004", "PARAM_ILLEGAL")
		self._messages.add(head["reqMsgId"])
		if not {"mid", "startDate"} <= set(body) <= {"mid", "startDate", "endDate", "pageNum", "pageSize"}:
			return _answer(head, "FAILURE", "00000004", "PARAM_ILLEGAL")
		if body["mid"] != mid:
			return _answer(head, "FAILURE", "12014163", "Platform internal id does not exist")
		start = dt.date.fromisoformat(body["startDate"])
		end = dt.date.fromisoformat(body.get("endDate", body["startDate"]))
		if dt.datetime.now(IST).date() - start > OLDEST:
			return _answer(head, "FAILURE", "12014162", "Max query time is 180 days")
		number, size = int(body.get("pageNum", 1)), int(body.get("pageSize", LARGEST))
		if not start <= end <= start + LONGEST or number < 1 or not 1 <= size <= LARGEST:
			return _answer(head, "FAILURE", "00000004", "PARAM_ILLEGAL")
		found = [one for one in self.settled if start <= dt.date.fromisoformat(one["payoutDate"][:10]) <= end]
		rows = found[(number - 1) * size : number * size]
		if not rows:
			return _answer(head, "FAILURE", "10010007", "No records found")
		return _answer(head, "SUCCESS", "00000000", "SUCCESS", settlementSummaryList=rows)

	def _believe(self, request: Request) -> None:
		token = request.headers.get("Authorization", "").removeprefix("Bearer ")
		wanted = {"algorithms": ["HS256"], "issuer": "PAYTM", "options": {"require": ["iat", "iss"]}}
		try:
			jwt.decode(token, self.client_secret, **wanted)
		except jwt.PyJWTError:
			raise Refused(401, {"message": "Unauthorized"}) from None
		if request.headers.get("clientId") != self.client:
			raise Refused(401, {"message": "Unauthorized"})


def _answer(head: Mapping[str, Any], code: str, id_: str, message: str, **more: Any) -> dict[str, Any]:
	told = {"reqMsgId": head.get("reqMsgId"), "respTime": dt.datetime.now(IST).isoformat(timespec="seconds")}
	return {
		"response": {
			"head": told,
			"body": {"resultCode": code, "resultCodeId": id_, "resultMsg": message, **more},
		}
	}
