"""Texts that no database column can hold: with a NUL, or with half of a surrogate pair. JSON can say both."""

from __future__ import annotations

import json
import re
from typing import Any

from erp_connect.core.parse.limits import InputError

REASON = "{field} holds a NUL character or half of a character. Remove it before sending."
_IMPOSSIBLE = re.compile("[\0\ud800-\udfff]")
_PLAIN_NAME = re.compile(r"\w{1,60}", re.ASCII)
_WHOLE = "The text"


def bad_text(value: Any) -> str | None:
	"""Where the first impossible text in parsed data stands, as in `records[2].name`; None where there is none.

	Of a name that is impossible itself, the place is that of its object.
	"""
	open_: list[tuple[str, Any]] = [("", value)]
	while open_:
		place, current = open_.pop()
		if isinstance(current, dict):
			if any(_is_bad(name) for name in current):
				return place or _WHOLE
			open_.extend((_member(place, name), item) for name, item in reversed(current.items()))
		elif isinstance(current, list):
			open_.extend(
				(f"{place}[{number}]", current[number]) for number in range(len(current) - 1, -1, -1)
			)
		elif _is_bad(current):
			return place or _WHOLE
	return None


def require_texts(value: Any) -> None:
	"""Raises InputError `text`, which names the place, for parsed data with an impossible text."""
	if place := bad_text(value):
		raise InputError("text", REASON, field=place)


def with_texts(items: Any) -> Any:
	"""A list of records in which an impossible name of a member is one that can be said, with an impossible text."""
	if not isinstance(items, list):
		return items
	return [
		{storable(name): "\0" if _is_bad(name) else value for name, value in item.items()}
		if isinstance(item, dict) and any(_is_bad(name) for name in item)
		else item
		for item in items
	]


def as_json(value: Any) -> str:
	"""Parsed data as JSON that a database holds, whatever its texts are."""
	text = json.dumps(value, ensure_ascii=False)
	return json.dumps(value) if _IMPOSSIBLE.search(text) else text


def storable(text: str) -> str:
	"""A text with `?` for each impossible character."""
	return _IMPOSSIBLE.sub("?", text)


def _is_bad(value: Any) -> bool:
	return isinstance(value, str) and bool(_IMPOSSIBLE.search(value))


def _member(place: str, name: str) -> str:
	shown = name if _PLAIN_NAME.fullmatch(name) else json.dumps(name[:60])
	return f"{place}.{shown}" if place else shown
