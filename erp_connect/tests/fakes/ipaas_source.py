"""A platform that is a REST source: contacts behind OAuth 2 client credentials, in filtered pages, to be changed too.

It keeps what it is sent, and a clock of its own that moves on by a minute with each change.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from erp_connect.tests.fakes.fault_server import FaultServer, Received, Reply

CONTACTS = "/v2/contacts"
TOKENS = "/oauth/token"
CLIENT = {"client_id": "erpnext", "client_secret": "secret-of-the-client-4711"}


class ContactSource(FaultServer):
	"""`contacts` by id; `tokens` that are valid now. Tests start and stop it as they do a FaultServer."""

	def __init__(self) -> None:
		super().__init__()
		self.contacts: dict[str, dict[str, Any]] = {}
		self.tokens: set[str] = set()
		self.granted = 0
		self._now = datetime(2026, 1, 31, 12)

	def add(self, **values: Any) -> dict[str, Any]:
		contact = {"id": f"c-{len(self.contacts) + 501}", "type": "person", **values}
		self.contacts[contact["id"]] = contact
		return self.change(contact["id"])

	def change(self, id: str, **values: Any) -> dict[str, Any]:
		self._now += timedelta(minutes=1)
		self.contacts[id] |= {**values, "changed_at": f"{self._now.isoformat()}Z"}
		return self.contacts[id]

	def reply_for(self, request: Received) -> Reply:
		address = urlsplit(request.path)
		if address.path == TOKENS:
			return self._token(request)
		kind, _, token = request.header("Authorization").partition(" ")
		if kind != "Bearer" or token not in self.tokens:
			return Reply(401, {"message": "token expired"})
		if address.path == CONTACTS:
			return (
				self._list(dict(parse_qsl(address.query))) if request.method == "GET" else self._make(request)
			)
		return self._one(request, address.path.removeprefix(f"{CONTACTS}/"))

	def _token(self, request: Received) -> Reply:
		asked = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
		if asked != {"grant_type": "client_credentials", "scope": "contacts", **CLIENT}:
			return Reply(400, {"error": "invalid_client"})
		self.granted += 1
		token = f"token-{self.granted}"
		self.tokens = {token}
		return Reply(200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600})

	def _list(self, query: dict[str, str]) -> Reply:
		found = [
			contact
			for contact in self.contacts.values()
			if contact["type"] == query.get("type", contact["type"])
			and contact["changed_at"] >= query.get("changed_since", "")
		]
		found.sort(key=lambda contact: contact["changed_at"])
		page, size = int(query.get("page", 1)), int(query.get("per_page", 50))
		meta = {"page": page, "pages": -(-len(found) // size), "total": len(found)}
		return Reply(200, {"data": found[(page - 1) * size : page * size], "meta": meta})

	def _make(self, request: Received) -> Reply:
		return Reply(201, {"data": self.add(**request.json)})

	def _one(self, request: Received, id: str) -> Reply:
		if id not in self.contacts:
			return Reply(404, {"message": "no such contact"})
		if request.method == "DELETE":
			del self.contacts[id]
			return Reply(204)
		if request.method == "PUT":
			return Reply(200, {"data": self.change(id, **json.loads(request.body))})
		return Reply(200, {"data": self.contacts[id]})
