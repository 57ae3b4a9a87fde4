"""An attendance system with a plain REST API: punches in pages, and what it is told of employees and days.

It takes a bearer token, refuses what lacks the number of a person, and knows a repetition by its `Idempotency-Key`.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from erp_connect.tests.fakes.quiet_http import FakeSystem, QuietHandler

TOKEN = "token-of-the-attendance-system"
NEEDED = {"employees": ("user_id", "name"), "attendance": ("user_id", "date", "status")}


class Attendance(FakeSystem):
	"""records: what it was told, by table and id. punches: what it lists, oldest first."""

	base = "/api"

	def __init__(self) -> None:
		self.records: dict[str, dict[str, dict[str, Any]]] = {table: {} for table in NEEDED}
		self.punches: list[dict[str, Any]] = []
		self.asked: list[str] = []
		self._by_key: dict[str, str] = {}
		self.serve(_Handler)

	def answer(self, method: str, address: str, headers: Any, body: bytes) -> tuple[int, Any]:
		"""Status and body."""
		if headers.get("Authorization") != f"Bearer {TOKEN}":
			return 401, {"message": "Token unknown"}
		parts = urlsplit(address)
		_, _, table, *rest = parts.path.split("/")
		query = {key: values[0] for key, values in parse_qs(parts.query).items()}
		if table == "checkins" and method == "GET":
			self.asked.append(parts.query)
			return 200, {"data": self._page(query)}
		if table not in NEEDED:
			return 404, {"message": "Not found"}
		return self._tell(method, table, rest[0] if rest else "", headers.get("Idempotency-Key"), body)

	def _page(self, query: dict[str, str]) -> list[dict[str, Any]]:
		since = query.get("since", "")[:19].replace("T", " ")
		known = [punch for punch in self.punches if punch["time"] >= since]
		size, page = int(query.get("limit", 100)), int(query.get("page", 1))
		return known[(page - 1) * size : page * size]

	def _tell(self, method: str, table: str, id_: str, key: str | None, body: bytes) -> tuple[int, Any]:
		records = self.records[table]
		if method == "DELETE":
			return (204, None) if records.pop(id_, None) else (404, {"message": "Not found"})
		said = json.loads(body)
		if lacking := [name for name in NEEDED[table] if said.get(name) in (None, "")]:
			return 422, {"message": f"{', '.join(lacking)} is missing"}
		if method == "PUT" and id_ not in records:
			return 404, {"message": "Not found"}
		if method == "POST":
			id_ = self._by_key.setdefault(key or "", f"{table[:1].upper()}-{len(records) + 1}")
		records[id_] = said
		return 200 if method == "PUT" else 201, {"id": id_}


class _Handler(QuietHandler):
	def _answer(self) -> None:
		status, data = self.server.system.answer(self.command, self.path, self.headers, self.body())
		self.send_json(status, data)

	do_GET = do_POST = do_PUT = do_DELETE = _answer
