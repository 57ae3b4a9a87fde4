"""The API of the fake of PayPal, as its reference documents it: https://developer.paypal.com/api/rest/

Promises: gives tokens for the client alone, and answers nothing without one; takes JSON, refuses what it does not know;
refunds no more than was captured, and once for each PayPal-Request-Id; searches no more than 31 days, of the last three years, by pages; says of
a webhook whether it is its own, by the bytes of the event.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
from base64 import b64encode
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

from erp_connect.tests.fakes.provider_http import Refused, Request

API = "https://api-m.paypal.com/v2/payments"
OF_REFUND = {"amount", "custom_id", "invoice_id", "note_to_payer"}
OF_SEARCH = {"start_date", "end_date", "fields", "page", "page_size"}
# https://developer.paypal.com/reference/currency-codes/
WITHOUT_DECIMALS = ("HUF", "JPY", "TWD")
LONGEST = timedelta(days=31)
# https://developer.paypal.com/docs/api/transaction-search/v1/#transactions_get
LISTED = timedelta(days=3 * 365 + 1)


def wrong(status: int, name: str, message: str, issue: str = "") -> Refused:
	details = [{"issue": issue, "description": message}] if issue else []
	return Refused(
		status, {"name": name, "message": message, "debug_id": "90957fca61718", "details": details}
	)


def invalid(field: str, description: str) -> Refused:
	detail = {
		"field": field,
		"location": "body",
		"issue": "INVALID_PARAMETER_SYNTAX",
		"description": description,
	}
	return Refused(
		400, {"name": "INVALID_REQUEST", "message": "The request is not well-formed.", "details": [detail]}
	)


class PayPalApi:
	"""calls: (method, path, query, body) that came with a token."""

	def __init__(self) -> None:
		self.client = ("AbFakeClientOfTheTests", "fakesecret")
		self.tokens: set[str] = set()
		self.captures: dict[str, dict[str, Any]] = {}
		self.refunds: dict[str, dict[str, Any]] = {}
		self.transactions: dict[str, dict[str, Any]] = {}
		self.webhooks: dict[str, dict[str, Any]] = {}
		self.keys: dict[str, tuple[Any, Any]] = {}
		self.calls: list[tuple[str, str, dict[str, str], Any]] = []
		self.lock = threading.RLock()

	@staticmethod
	def told_of(status: int) -> dict[str, Any]:
		"""The body of an error that is nobody's fault."""
		name = "RATE_LIMIT_REACHED" if status == 429 else "INTERNAL_SERVER_ERROR"
		return {
			"name": name,
			"message": "An internal server error has occurred.",
			"debug_id": "90957fca61718",
		}

	def answered(self, request: Request) -> tuple[int, Any]:
		if request.parts == ["v1", "oauth2", "token"]:
			return 200, self._token(request)
		if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
			raise Refused(
				401, {"error": "invalid_token", "error_description": "Token signature verification failed"}
			)
		body = self._body(request)
		self.calls.append((request.method, request.path, request.query, body))
		version, area, kind, *rest = [*request.parts, "", ""][: max(3, len(request.parts))]
		if (version, area) == ("v1", "notifications"):
			return self._notifications(request, kind, rest, body)
		if (version, area, kind) == ("v1", "reporting", "transactions"):
			return 200, self._search(request.query)
		if (version, area) == ("v2", "payments"):
			return self._payments(request, kind, rest, body)
		raise wrong(404, "RESOURCE_NOT_FOUND", "The specified resource does not exist.")

	def _token(self, request: Request) -> dict[str, Any]:
		if (
			request.headers.get("Authorization")
			!= "Basic " + b64encode(":".join(self.client).encode()).decode()
		):
			raise Refused(
				401, {"error": "invalid_client", "error_description": "Client Authentication failed"}
			)
		if parse_qs(request.raw.decode()).get("grant_type") != ["client_credentials"]:
			raise Refused(400, {"error": "unsupported_grant_type", "error_description": "Grant Type is NULL"})
		token = f"A21AA{secrets.token_urlsafe(24)}"
		self.tokens.add(token)
		return {
			"scope": "",
			"access_token": token,
			"token_type": "Bearer",
			"app_id": "APP-80W",
			"expires_in": 32400,
		}

	@staticmethod
	def _body(request: Request) -> dict[str, Any]:
		if not request.raw:
			return {}
		if request.headers.get("Content-Type", "").split(";")[0] != "application/json":
			raise wrong(
				415, "UNSUPPORTED_MEDIA_TYPE", "The server does not support the request payload's media type."
			)
		return json.loads(request.raw)

	# Webhooks

	def _notifications(
		self, request: Request, kind: str, rest: list[str], body: dict[str, Any]
	) -> tuple[int, Any]:
		if kind == "verify-webhook-signature":
			return 200, {"verification_status": "SUCCESS" if self._is_own(request, body) else "FAILURE"}
		if kind != "webhooks":
			raise wrong(404, "RESOURCE_NOT_FOUND", "The specified resource does not exist.")
		if request.method == "GET":
			return 200, {"webhooks": list(self.webhooks.values())}
		if request.method == "DELETE":
			if self.webhooks.pop(rest[0], None) is None:
				raise wrong(404, "INVALID_RESOURCE_ID", "Resource id is invalid or not found.")
			return 204, None
		return 201, self._subscribed(body)

	def _subscribed(self, body: dict[str, Any]) -> dict[str, Any]:
		types = body.get("event_types")
		if set(body) != {"url", "event_types"} or not isinstance(types, list) or not types:
			raise wrong(400, "VALIDATION_ERROR", "Invalid data provided", "event_types is required")
		if not all(isinstance(one, dict) and set(one) == {"name"} for one in types):
			raise wrong(400, "VALIDATION_ERROR", "Invalid data provided", "name is required")
		if any(one["url"] == body["url"] for one in self.webhooks.values()):
			raise wrong(400, "WEBHOOK_URL_ALREADY_EXISTS", "Webhook URL already exists")
		id_ = self.number()
		self.webhooks[id_] = {"id": id_, **body, "links": []}
		return self.webhooks[id_]

	def _is_own(self, request: Request, body: dict[str, Any]) -> bool:
		"""The event is cut out of the question as it stands there: PayPal goes by its bytes."""
		found = re.search(rb'"webhook_event"\s*:\s*', request.raw)
		text = request.raw[found.end() :].decode()
		_, end = json.JSONDecoder().raw_decode(text)
		return self.is_genuine(body, text[:end].encode())

	# Transactions

	def _search(self, query: dict[str, str]) -> dict[str, Any]:
		if extra := set(query) - OF_SEARCH:
			raise invalid(min(extra), "Unknown parameter")
		since, until = (self._moment(query, name) for name in ("start_date", "end_date"))
		if until - since > LONGEST:
			raise invalid("end_date", "Date range is greater than 31 days")
		if since < datetime.now(timezone.utc) - LISTED:
			raise invalid("start_date", "Data for the given start date is not available.")
		size, page = int(query.get("page_size", 100)), int(query.get("page", 1))
		if not 1 <= size <= 500:
			raise invalid("page_size", "The page size must be between 1 and 500")
		found = [
			one
			for one in self.transactions.values()
			if since <= datetime.fromisoformat(_colon(one["transaction_initiation_date"])) <= until
		]
		shown = [{"transaction_info": one} for one in found[(page - 1) * size : page * size]]
		pages = max(1, -(-len(found) // size))
		more = {"page": page, "total_items": len(found), "total_pages": pages, "links": []}
		return {"transaction_details": shown, "account_number": "6STWC2LSUYYYE", **more}

	@staticmethod
	def _moment(query: dict[str, str], name: str) -> datetime:
		"""A time by RFC 3339, with seconds and an offset."""
		try:
			moment = datetime.fromisoformat(_colon(query[name]))
		except (KeyError, ValueError):
			raise invalid(name, "Invalid date passed") from None
		if moment.tzinfo is None:
			raise invalid(name, "Invalid date passed")
		return moment

	# Payments

	def _payments(
		self, request: Request, kind: str, rest: list[str], body: dict[str, Any]
	) -> tuple[int, Any]:
		records = {"captures": self.captures, "refunds": self.refunds}.get(kind, {})
		if not rest or rest[0] not in records:
			raise wrong(
				404, "RESOURCE_NOT_FOUND", "The specified resource does not exist.", "INVALID_RESOURCE_ID"
			)
		if request.method == "GET" and len(rest) == 1:
			return 200, records[rest[0]]
		if request.method == "POST" and kind == "captures" and rest[1:] == ["refund"]:
			return 201, self._refund(rest[0], body, request.headers.get("PayPal-Request-Id"))
		raise wrong(404, "RESOURCE_NOT_FOUND", "The specified resource does not exist.")

	def left_of(self, capture: str) -> Decimal:
		"""What of a capture is not refunded."""
		of_it = [one for one in self.refunds.values() if one["links"][0]["href"].endswith(f"/{capture}")]
		whole = Decimal(self.captures[capture]["amount"]["value"])
		return whole - sum(Decimal(one["amount"]["value"]) for one in of_it)

	def _refund(self, capture: str, body: dict[str, Any], key: str | None) -> dict[str, Any]:
		if key not in self.keys:
			answer = self._refunded(self.captures[capture], body)
			if not key:
				return answer
			self.keys[key] = ((capture, body), answer)
		asked, answer = self.keys[key]
		if asked != (capture, body):
			raise wrong(422, "UNPROCESSABLE_ENTITY", "The request differs.", "PREVIOUS_REQUEST_DIFFERS")
		return answer

	def _refunded(self, paid: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
		"""By default a minimal answer: https://developer.paypal.com/docs/api/payments/v2/#captures_refund"""
		if extra := set(body) - OF_REFUND:
			raise invalid(min(extra), "Unknown field")
		left, currency = self.left_of(paid["id"]), paid["amount"]["currency_code"]
		amount = body.get("amount") or {"value": str(left), "currency_code": currency}
		pattern = r"\d+" if currency in WITHOUT_DECIMALS else r"\d+(\.\d{1,2})?"
		if not isinstance(amount["value"], str) or not re.fullmatch(pattern, amount["value"]):
			raise invalid("/amount/value", "The value of a field does not conform to the expected format.")
		if amount["currency_code"] != currency:
			raise wrong(422, "UNPROCESSABLE_ENTITY", "The currencies differ.", "CURRENCY_MISMATCH")
		if not left:
			raise wrong(422, "UNPROCESSABLE_ENTITY", "Fully refunded already.", "CAPTURE_FULLY_REFUNDED")
		if Decimal(amount["value"]) > left:
			raise wrong(422, "UNPROCESSABLE_ENTITY", "More than was captured.", "REFUND_AMOUNT_EXCEEDED")
		kept = {name: body[name] for name in ("custom_id", "note_to_payer") if name in body}
		made = self.refund(paid["id"], amount["value"], **kept)
		return {name: made[name] for name in ("id", "status", "links")}


def _colon(text: str) -> str:
	"""`+0000` as `+00:00`, which all supported Pythons read."""
	return re.sub(r"([+-]\d{2})(\d{2})$", r"\1:\2", text.replace("Z", "+00:00"))
