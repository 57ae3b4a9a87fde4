"""The records of the paged source as children: each is had only by way of its parent, as variations by their product.

Parent n holds n records, the first one none, so that there are parents with no, one and several pages. A parent
changes when one of its children does.
"""

from __future__ import annotations

from math import ceil, sqrt
from typing import TYPE_CHECKING, Any

from erp_connect.tests.fakes.paged_styles import DEFAULT_SIZE, Answer, Asked, since_of

if TYPE_CHECKING:
	from erp_connect.tests.fakes.paged_source import PagedSource

LIST = "/parents"
PREFIX = "P-"


def parent_of(number: int) -> int:
	"""The number of the parent of record `number`."""
	return ceil((sqrt(8 * number + 1) - 1) / 2)


def children_path(parent: int) -> str:
	return f"{LIST}/{PREFIX}{parent}/children"


def answer(source: PagedSource, asked: Asked) -> Answer:
	"""The answer to a request below `/parents`."""
	groups = _groups(source)
	if asked.path == LIST:
		since = since_of(asked)
		rows = [_parent(number, children) for number, children in groups.items()]
		return _cut(source, asked, [row for row in rows if not since or row["modified"] >= since])
	name = asked.path.removeprefix(LIST + "/").partition("/")[0]
	number = int(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else -1
	if number not in groups or number in source.gone_parents or not asked.path.endswith("/children"):
		return Answer({"message": "not found"}, status=404)
	return _cut(source, asked, [{**row, "modified": None} for row in groups[number]])


def _groups(source: PagedSource) -> dict[int, list[dict[str, Any]]]:
	rows = source.records.slice(0, len(source.records))[0]
	last = max((parent_of(row["number"]) for row in rows), default=0)
	groups: dict[int, list[dict[str, Any]]] = {number: [] for number in range(last + 1)}
	for row in rows:
		groups[parent_of(row["number"])].append(row)
	return groups


def _parent(number: int, children: list[dict[str, Any]]) -> dict[str, Any]:
	modified = max((child["modified"] for child in children), default="2024-01-01T00:00:00Z")
	return {"id": f"{PREFIX}{number}", "title": f"Parent {number}", "count": number, "modified": modified}


def _cut(source: PagedSource, asked: Asked, rows: list[dict[str, Any]]) -> Answer:
	start = int(asked.values.get("offset", 0))
	size = min(int(asked.values.get("limit") or DEFAULT_SIZE), source.largest)
	return Answer({"data": rows[start : start + size], "total": len(rows)})
