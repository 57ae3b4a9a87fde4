"""Lists within a record that have pages of their own: GraphQL connections, whose `pageInfo` says that there is more.

https://relay.dev/graphql/connections.htm

Promises: a list that its source calls unfinished is completed or told, never taken for the whole. Never changes what it is
given, and never asks anything itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from erp_connect.core.errors import ConnectError

# What the template of the next request calls the cursors that the lists of a record have come to: `_after.lineItems`.
AFTER = "_after"
INFO, MORE, CURSOR = "pageInfo", "hasNextPage", "endCursor"
CONTENTS = ("nodes", "edges")
# Pages of one record; beyond them it is told instead of read on.
MAX_PAGES = 200


class ListGoesOn(ConnectError):
	"""A list of a record has more entries than are there."""

	default_code = "list_goes_on"


@dataclass(frozen=True)
class Connection:
	"""path: names that lead to the list from the record. held: its object. within: it is one of each entry of another list,
	so that no single cursor leads on.
	"""

	path: tuple[str, ...]
	held: Mapping[str, Any]
	within: bool

	@property
	def goes_on(self) -> bool:
		return self.held[INFO].get(MORE) is True

	@property
	def cursor(self) -> Any:
		return self.held[INFO].get(CURSOR)

	@property
	def name(self) -> str:
		return ".".join(self.path)


def unfinished(record: Any) -> list[Connection]:
	"""The lists of a record, wherever they stand in it, that have more entries than came."""
	return [one for one in _connections(record) if one.goes_on]


def cursors(record: Any) -> dict[str, Any]:
	"""How far each list of a record has come, as objects in objects: `_after` of the next request."""
	found: dict[str, Any] = {}
	for one in _connections(record):
		if not one.within and one.cursor is not None:
			*way, last = one.path
			level = found
			for name in way:
				level = level.setdefault(name, {})
			level[last] = one.cursor
	return found


def joined(record: dict[str, Any], further: Any, lists: list[Connection]) -> dict[str, Any]:
	"""`record` with what a further answer holds of these lists behind what they hold.

	lists: of the record, each with its cursor. Raises `ListGoesOn` where the answer does not lead on.
	"""
	for one in lists:
		found = next((other for other in _connections(further) if other.path == one.path), None)
		if found is None or (found.goes_on and found.cursor in (None, one.cursor)):
			raise ListGoesOn(
				"The list {list} of the record goes on, but the page after {cursor} does not lead on. Check where the Body for "
				"a single record (tab Pull) takes {after}.",
				list=one.name,
				cursor=str(one.cursor),
				after=f"{{{AFTER}.{one.name}}}",
			)
		record = _replaced(record, one.path, _appended(one.held, found.held))
	return record


def require_whole(record: Any) -> None:
	"""Raises `ListGoesOn` for a record of which a list has more entries than came."""
	for one in unfinished(record):
		raise goes_on(one)


def goes_on(one: Connection) -> ListGoesOn:
	"""Why a record with such a list is not taken, and what to do."""
	if one.within:
		return ListGoesOn(
			"The list {list}, one for each entry of another list, has more entries than came, so nothing was written. Ask for "
			"more of them at once, or leave its pageInfo out of the query if the rest is not needed; then {again}.",
			list=one.name,
		)
	return ListGoesOn(
		"The list {list} of the record has more entries than came, so nothing was written. Have each record fetched by itself, "
		"with {after} as the cursor of the list in the Body for a single record (tab Pull), or leave its pageInfo out of the "
		"query if the rest is not needed; then {again}.",
		list=one.name,
		after=f"{{{AFTER}.{one.name}}}",
	)


def _connections(value: Any, path: tuple[str, ...] = (), within: bool = False) -> Iterator[Connection]:
	if isinstance(value, list):
		for entry in value:
			yield from _connections(entry, path, True)
	elif isinstance(value, dict):
		if path and isinstance(value.get(INFO), dict):
			yield Connection(path, value, within)
		for name, part in value.items():
			if isinstance(part, dict | list):
				yield from _connections(part, (*path, name), within)


def _appended(held: Mapping[str, Any], further: Mapping[str, Any]) -> dict[str, Any]:
	more = {
		name: [*held[name], *further[name]]
		for name in CONTENTS
		if isinstance(held.get(name), list) and isinstance(further.get(name), list)
	}
	return {**held, **more, INFO: further[INFO]}


def _replaced(value: dict[str, Any], path: tuple[str, ...], part: Any) -> dict[str, Any]:
	name, *rest = path
	return {**value, name: _replaced(value[name], tuple(rest), part) if rest else part}
