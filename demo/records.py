"""What the outside system of the demonstration holds: records by entity, in a JSON file.

The same Idempotency-Key never makes a second record, and an id is never given twice. Customers carry the time of
their last change, so that a list of changes can be asked for.
"""

from __future__ import annotations

import json
import re
import threading
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

CUSTOMERS = "customers"
Answer = tuple[int, dict[str, Any]]


class Records:
	"""Safe to use from several threads. Answers are (status, content)."""

	def __init__(self, file: Path) -> None:
		self.file = file
		self.lock = threading.Lock()
		self.data: dict[str, Any] = {"records": {}, "keys": {}, "numbers": {}}
		if file.exists():
			self.data |= json.loads(file.read_text())
		for record in self.of(CUSTOMERS).values():
			record.setdefault("modified", _now())  # kept by a demonstration that did not write it down

	def of(self, entity: str) -> dict[str, dict[str, Any]]:
		return self.data["records"].setdefault(entity, {})

	def change(self, method: str, path: str, key: str, body: Any) -> Answer:
		"""What a request that changes something comes to. key: its Idempotency-Key."""
		with self.lock:
			if key in self.data["keys"]:
				return 200, self.data["keys"][key]  # the same request once more: the same answer
			status, answer = self._change(method, [part for part in path.split("/") if part], body)
			if status < 300:
				self.data["keys"][key] = answer
				self._save()
			return status, answer

	def page(self, since: str, page: int, size: int) -> dict[str, Any]:
		"""Customers that were changed at `since` or later, those changed first before the others."""
		with self.lock:
			found = [_with_id(name, record) for name, record in self.of(CUSTOMERS).items()]
		found = sorted(
			(record for record in found if record["modified"] >= since),
			key=lambda record: (record["modified"], record["id"]),
		)
		end = page * size
		return {"customers": found[end - size : end], "total": len(found), "more": end < len(found)}

	def one(self, name: str) -> Answer:
		with self.lock:
			record = self.of(CUSTOMERS).get(name)
			return (200, _with_id(name, record)) if record else (404, {"message": f"no {name}"})

	def by_staff(self, name: str, values: dict[str, str], *, quietly: bool) -> None:
		"""Somebody at the shop writes a customer, a new one where `name` is not known.

		quietly: as a repair in the database would, which leaves no time of change.
		"""
		with self.lock:
			customers = self.of(CUSTOMERS)
			name = name or self._new_id(CUSTOMERS)
			before = customers.get(name, {"type": "company", "blocked": False, "modified": _now()})
			customers[name] = {**before, **values, **({} if quietly else {"modified": _now()})}
			self._save()

	def lose(self, name: str) -> None:
		with self.lock:
			self.of(CUSTOMERS).pop(name, None)
			self._save()

	def _change(self, method: str, parts: list[str], body: Any) -> Answer:
		if not parts:
			return 404, {"message": "name an entity"}
		entity, name = parts[0], "/".join(parts[1:])
		records = self.of(entity)
		if method == "POST" and not name:
			name = self._new_id(entity)
			records[name] = {}
			return 201, self._write(entity, name, body)[1]
		if method == "POST" and name.endswith("/cancel"):
			return self._write(entity, name.removesuffix("/cancel"), {"status": "Cancelled"})
		if method == "PUT" and entity == "stock":
			records[name] = body  # a stock level needs no birth
			return 200, {}
		if method == "PUT":
			return self._write(entity, name, body)
		if method == "DELETE":
			return (200, {}) if records.pop(name, None) else (404, {"message": f"no {name}"})
		return 405, {"message": f"{method} is not known here"}

	def _write(self, entity: str, name: str, changes: Any) -> Answer:
		records = self.of(entity)
		if entity == "orders" and name.startswith("shop-"):
			records.setdefault(name, {})  # the shop knows what it sent itself
		if name not in records:
			return 404, {"message": f"no {name}"}
		records[name] = {**records[name], **(changes or {})}
		if entity != CUSTOMERS:
			return 200, {"id": name}
		records[name]["modified"] = _now()
		return 200, {"id": name, "modified": records[name]["modified"]}

	def _new_id(self, entity: str) -> str:
		prefix = entity[:3].upper()
		found = (re.fullmatch(rf"{prefix}-(\d+)", name) for name in self.of(entity))
		number = 1 + max([self.data["numbers"].get(entity, 0), *(int(match[1]) for match in found if match)])
		self.data["numbers"][entity] = number
		return f"{prefix}-{number:04}"

	def _save(self) -> None:
		self.file.write_text(json.dumps(self.data))


def _with_id(name: str, record: dict[str, Any]) -> dict[str, Any]:
	return {"id": name, **record}


def _now() -> str:
	return datetime.now(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")
