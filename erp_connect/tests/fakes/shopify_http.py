"""The wire of the fake of Shopify: tokens, one address for all queries, and what may go wrong between."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from erp_connect.tests.fakes.quiet_http import QuietHandler
from erp_connect.tests.fakes.shopify_graphql import operation_of

GRAPHQL = "/admin/api/2026-04/graphql.json"
TOKEN = "/admin/oauth/access_token"


@dataclass
class Trouble:
	"""What the next call of an operation meets: a status, or a connection closed after the work was done."""

	operation: str
	status: int = 0
	lose_answer: bool = False


class Handler(QuietHandler):
	json_type = "application/json; charset=utf-8"

	def do_POST(self) -> None:
		shop = self.server.system
		raw = self.body()
		if self.path == TOKEN:
			return self.send_json(*self._token(shop, raw))
		if self.path != GRAPHQL:
			return self.send_json(404, {"errors": "Not Found"})
		if self.headers.get("X-Shopify-Access-Token") not in shop.tokens:
			told = "[API] Invalid API key or access token (unrecognized login or wrong password)"
			return self.send_json(401, {"errors": told})
		try:
			body = json.loads(raw)
			query, variables = body["query"], body.get("variables") or {}
			operation = operation_of(query)
		except Exception:  # no JSON, no query, or one that cannot be parsed
			return self.send_json(400, {"errors": {"query": "Required parameter missing or invalid"}})
		shop.calls.append((operation, variables))
		trouble = next((one for one in shop.troubles if one.operation == operation), None)
		if trouble:
			shop.troubles.remove(trouble)
			if trouble.status:
				return self.send_json(trouble.status, {"errors": "Internal Server Error"})
		answer = shop.answer(query, variables)
		if trouble and trouble.lose_answer:
			self.close_connection = True
			return None
		return self.send_json(200, answer)

	def do_GET(self) -> None:
		"""Pictures; the vendor has them at another address, open to everybody."""
		found = self.server.system.pictures.get(self.path)
		if found is None:
			self.send_json(404, {"errors": "Not Found"})
			return
		self.send_content(200, found, "image/png")

	@staticmethod
	def _token(shop: Any, raw: bytes) -> tuple[int, Any]:
		given = dict(parse_qsl(raw.decode()))
		if given.get("grant_type") != "client_credentials":
			return 400, {"error": "unsupported_grant_type"}
		if (given.get("client_id"), given.get("client_secret")) != shop.client:
			return 400, {"error": "application_cannot_be_found"}
		token = f"shpat_{shop.number()}"
		shop.tokens.add(token)
		return 200, {"access_token": token, "scope": "read_orders,write_inventory", "expires_in": 86399}
