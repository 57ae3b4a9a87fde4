"""A small shop in memory that speaks REST, for tests of both ways: lists, single records, and writes.

	GET    /<things>?limit=&offset=   {"records": [...], "total": n}
	GET    /<things>/<id>             {"data": {...}}, or 404
	POST   /<things>                  201 {"data": {...}} with an id of its own
	PUT    /<things>/<id>             {"data": {...}}; only what is sent changes
	DELETE /<things>/<id>             204

In lists, records have the fields of `listed` only, where that is set. Every record has `id`, `version` (the number of
its changes) and `modified`. With `etags`, the answer about one record has an `ETag`, and a write with an `If-Match` that is
not that one is refused with 412. `fail` makes the n-th page of a list fail.
"""

from __future__ import annotations

import json
import threading
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

# How a flow fetches a list.
from erp_connect.tests.fakes.quiet_http import FakeSystem, QuietHandler

PAGES = {
	"pull_records": "records",
	"paging": "Offset",
	"page_size": 50,
	"page_size_parameter": "limit",
	"page_parameter": "offset",
	"page_total": "total",
}


class Shop(FakeSystem):
	"""The shop, in a thread of this process. things: name of the entity → id → record."""

	def __init__(self) -> None:
		self.things: dict[str, dict[str, dict[str, Any]]] = {}
		self.listed: tuple[str, ...] = ()
		self.etags = False
		self.conditions: list[tuple[str, str | None]] = []
		self.calls: list[tuple[str, str]] = []
		self.pages = 0
		self._failing: dict[int, int] = {}
		self._numbers = 0
		self._lock = threading.RLock()
		self.serve(_Handler)

	def add(self, kind: str, **values: Any) -> str:
		"""A new record; its id."""
		with self._lock:
			self._numbers += 1
			id_ = str(values.pop("id", f"S-{self._numbers:06d}"))
			self.things.setdefault(kind, {})[id_] = {**values, "id": id_, "version": 1, "modified": _now()}
			return id_

	def change(self, kind: str, id_: str, **values: Any) -> None:
		with self._lock:
			record = self.things[kind][id_]
			record.update(values)
			record.update(version=record["version"] + 1, modified=_now())

	def remove(self, kind: str, id_: str) -> None:
		with self._lock:
			self.things[kind].pop(id_, None)

	def fail(self, page: int, status: int = 503) -> None:
		"""Let the page of this number, counted from 1 over all lists, fail once."""
		self._failing[page] = status

	def count(self, method: str, start: str = "/") -> int:
		return sum(1 for how, path in self.calls if how == method and path.startswith(start))

	def etag(self, path: str) -> str | None:
		"""What names the state of the record at a path, if there is one."""
		kind, _, id_ = path.strip("/").partition("/")
		record = self.things.get(kind, {}).get(unquote(id_))
		return f'W/"{record["id"]}.{record["version"]}"' if self.etags and record else None

	def refuses(self, method: str, path: str, if_match: str | None) -> bool:
		"""Whether a write is meant for another state of the record than it has."""
		if method != "GET":
			self.conditions.append((method, if_match))
		return bool(self.etags and if_match and if_match != self.etag(path))

	def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
		kind, _, id_ = path.strip("/").partition("/")
		id_ = unquote(id_)
		if method == "GET" and not id_:
			return self._page(kind, query)
		with self._lock:
			return getattr(self, f"_{method.lower()}")(kind, id_, body)

	def _page(self, kind: str, query: dict[str, list[str]]) -> tuple[int, Any]:
		self.pages += 1
		if status := self._failing.pop(self.pages, None):
			return status, {"message": "not now"}
		limit, offset = (
			int(query.get(name, [default])[0]) for name, default in (("limit", "50"), ("offset", "0"))
		)
		with self._lock:
			records = list(self.things.get(kind, {}).values())
		page = [self._as_listed(record) for record in records[offset : offset + limit]]
		return 200, {"records": page, "total": len(records)}

	def _as_listed(self, record: dict[str, Any]) -> dict[str, Any]:
		return {name: record[name] for name in self.listed if name in record} if self.listed else dict(record)

	def _get(self, kind: str, id_: str, body: Any) -> tuple[int, Any]:
		record = self.things.get(kind, {}).get(id_)
		return (200, {"data": record}) if record else (404, {"message": "not found"})

	def _post(self, kind: str, id_: str, body: Any) -> tuple[int, Any]:
		created = self.add(kind, **body)
		return 201, {"data": self.things[kind][created]}

	def _put(self, kind: str, id_: str, body: Any) -> tuple[int, Any]:
		if id_ not in self.things.get(kind, {}):
			return 404, {"message": "not found"}
		self.change(kind, id_, **body)
		return 200, {"data": self.things[kind][id_]}

	def _delete(self, kind: str, id_: str, body: Any) -> tuple[int, Any]:
		self.remove(kind, id_)
		return 204, None


class _Handler(QuietHandler):
	def do_GET(self) -> None:
		address = urlsplit(self.path)
		raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
		shop: Shop = self.server.system
		shop.calls.append((self.command, address.path))
		body = json.loads(raw) if raw else None
		if shop.refuses(self.command, address.path, self.headers.get("If-Match")):
			status, answer = 412, {"message": "not the version that you mean"}
		else:
			status, answer = shop.answer(self.command, address.path, parse_qs(address.query), body)
		data = b"" if answer is None else json.dumps(answer).encode()
		self.send_response(status)
		if status < 300 and (etag := shop.etag(_place(address.path, answer))):
			self.send_header("ETag", etag)
		if data:
			self.send_header("Content-Type", "application/json")
			self.send_header("Content-Length", str(len(data)))
		self.end_headers()
		self.wfile.write(data)

	do_POST = do_PUT = do_DELETE = do_GET


def _place(path: str, answer: Any) -> str:
	"""Where the record of an answer is found: what was created is not where it was sent to."""
	record = answer.get("data") if isinstance(answer, dict) else None
	created = isinstance(record, dict) and path.strip("/").count("/") == 0
	return f"{path}/{record['id']}" if created else path


def _now() -> str:
	return datetime.now(timezone.utc).isoformat()
