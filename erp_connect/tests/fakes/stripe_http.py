"""The wire of the fake of Stripe: forms in, JSON out, keys of idempotency, and what may go wrong between."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from erp_connect.tests.fakes.quiet_http import QuietHandler
from erp_connect.tests.fakes.troubles import Trouble, met

VERSION = "2026-10-28.endive"
FORM = "application/x-www-form-urlencoded"


class Refused(Exception):
	"""An error as the API reference shows them: https://docs.stripe.com/api/errors"""

	def __init__(self, status: int, message: str, kind: str = "invalid_request_error", **more: Any) -> None:
		super().__init__(message)
		self.status = status
		self.body = {"error": {"message": message, "type": kind, **more}}


def missing(what: str, id_: str, status: int = 404) -> Refused:
	return Refused(status, f"No such {what}: '{id_}'", code="resource_missing", param="id")


def unknown(name: str) -> Refused:
	return Refused(400, f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def read_form(raw: bytes) -> dict[str, Any]:
	"""`a[b]=1` as objects, `a[0]=x` and `a[]=x` as lists."""
	found: dict[str, Any] = {}
	for name, value in parse_qsl(raw.decode(), keep_blank_values=True):
		first, *rest = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name)
		if not rest:
			found[first] = value
		elif rest[0].isdigit() or not rest[0]:
			found.setdefault(first, []).append(value)
		else:
			found.setdefault(first, {})[rest[0]] = value
	return found


class Handler(QuietHandler):
	def do_GET(self) -> None:
		stripe, address = self.server.system, urlsplit(self.path)
		raw = self.body()
		query = parse_qs(address.query, keep_blank_values=True)
		headers: dict[str, str] = {}
		with stripe.lock:
			trouble = met(stripe.troubles, self.command, address.path)
			try:
				status, data = self._answered(stripe, address.path, query, raw, trouble, headers)
			except Refused as refused:
				status, data = refused.status, refused.body
		if trouble and trouble.lose_answer:
			self.close_connection = True
			return
		self.send_json(status, data, headers)

	do_POST = do_DELETE = do_GET

	def _answered(
		self,
		stripe: Any,
		path: str,
		query: dict,
		raw: bytes,
		trouble: Trouble | None,
		headers: dict[str, str],
	) -> tuple[int, Any]:
		body = read_form(raw)
		stripe.calls.append((self.command, path, query, body))
		self._check(stripe, raw)
		if trouble and trouble.status:
			headers.update(trouble.headers)
			raise Refused(
				trouble.status, "Trouble.", "rate_limit_error" if trouble.status == 429 else "api_error"
			)
		key = self.headers.get("Idempotency-Key") if self.command == "POST" else None
		if key in stripe.keys:
			asked, answer = stripe.keys[key]
			if asked != (path, body):
				raise Refused(
					400,
					"Keys for idempotent requests can only be used with the same parameters.",
					"idempotency_error",
				)
			headers["Idempotent-Replayed"] = "true"
			return answer
		found = stripe.answer(self.command, path.split("/")[2:], query, body)
		if key:
			stripe.keys[key] = ((path, body), (200, found))
		return 200, found

	def _check(self, stripe: Any, raw: bytes) -> None:
		if self.headers.get("Authorization") != f"Bearer {stripe.key}":
			raise Refused(401, "Invalid API Key provided: sk_test_****")
		if self.headers.get("Stripe-Account", "") != stripe.account:
			raise Refused(
				403, "The provided key does not have access to this account.", code="account_invalid"
			)
		if self.headers.get("Stripe-Version") != VERSION:
			raise Refused(400, "Invalid Stripe API version.")
		if raw and self.headers.get("Content-Type", "").split(";")[0] != FORM:
			raise Refused(400, "Send the request's body as a form.")
