"""Members of a JSON object put in or read without touching the rest: numbers and texts stay as they were written.

put('{"b": 1.10}', {"a": {"x": "1"}}) gives {"a":{"x":"1"},"b":1.10}
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from erp_connect.core.errors import ConfigurationError, PayloadError

# A step of a path that stands for each member that is an object.
ANY = "*"
# The same, where there may be none: then nothing is put.
ANY_IF = "*?"
# Behind a name: what is beneath it is put only where a body has that member.
IF_THERE = "?"
_SPACE = " \t\r\n"
_MAX_DEPTH = 20
_decode = json.JSONDecoder().raw_decode


def members(text: str) -> list[tuple[str, str]]:
	"""Name and raw text of each member of the object in `text`. Raises PayloadError for anything but an object."""
	position = _after_space(text, 0)
	if not text.startswith("{", position):
		raise _no_object()
	found: list[tuple[str, str]] = []
	try:
		position = _after_space(text, position + 1)
		while not text.startswith("}", position):
			name, position = _decode(text, position)
			start = _after_space(text, _after_space(text, position) + 1)
			_, end = _decode(text, start)
			found.append((str(name), text[start:end]))
			position = _after_space(text, end)
			if text.startswith(",", position):
				position = _after_space(text, position + 1)
	except (ValueError, RecursionError):
		raise _no_object() from None
	return found


def member(text: str, path: Iterable[str]) -> str | None:
	"""The raw text of the member at `path`; None where there is none. Raises PayloadError as `members`."""
	for name in path:
		found = dict(members(text)).get(name)
		if found is None:
			return None
		text = found
	return text


def tree_of(entries: Iterable[tuple[str, str]]) -> dict[str, Any]:
	"""Values by paths such as `profile.key`, as the tree that `put` takes; names keep their order.

	Raises ConfigurationError for a path with an empty step, or one that leads through the place of another.
	"""
	tree: dict[str, Any] = {}
	for path, value in entries:
		steps, place = path.split("."), tree
		for step in steps[:-1]:
			place = place.setdefault(step, {}) if isinstance(place, dict) else place
		if not all(steps) or steps[-1] in (ANY, ANY_IF) or not isinstance(place, dict) or steps[-1] in place:
			raise ConfigurationError(
				"{path} is no place of its own in a body. Write names with dots between them, such as "
				"profile.key, each place once.",
				code="path",
				path=path,
			)
		place[steps[-1]] = value
	return tree


def put(text: str, tree: Mapping[str, Any], depth: int = 0) -> str:
	"""The object in `text` with the texts of `tree` as its members: new ones before all others, known ones replaced.

	Receivers that read XML's sequences as JSON want credentials first. A step `*` stands for each member that is
	an object, and `*?` for each if there is one; `name?` for the member of that name if there is one. Raises PayloadError
	where there is no object to put something into.
	"""
	if depth > _MAX_DEPTH:
		raise _no_object()
	found = members(text)
	names = {name for name, _ in found}
	tree = dict(_of_this_body(tree, names))
	new = [(name, entry) for name, entry in tree.items() if name not in (ANY, ANY_IF, *names)]
	parts = [(name, _written(entry)) for name, entry in new if not _only_if(entry)]
	any_of, inside = tree.get(ANY, tree.get(ANY_IF)), 0
	for name, raw in found:
		entry = tree.get(name)
		if entry is None and any_of is not None and raw.startswith("{"):
			entry, inside = any_of, inside + 1
		if isinstance(entry, Mapping):
			raw = put(raw, entry, depth + 1)
		elif entry is not None:
			raw = _written(entry)
		parts.append((name, raw))
	if ANY in tree and not inside:
		raise _no_object()
	return "{" + ",".join(f"{_written(name)}:{raw}" for name, raw in parts) + "}"


def _of_this_body(tree: Mapping[str, Any], names: set[str]) -> Iterator[tuple[str, Any]]:
	"""The entries of `tree` for a body with these names: `name?` by its name, where it is there."""
	for name, entry in tree.items():
		if name == ANY_IF or not name.endswith(IF_THERE):
			yield name, entry
		elif name.removesuffix(IF_THERE) in names:
			yield name.removesuffix(IF_THERE), entry


def _written(value: Any) -> str:
	if isinstance(value, Mapping) and ANY in value:
		raise _no_object()
	return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _only_if(entry: Any) -> bool:
	"""Whether an entry is for objects that are not there."""
	return isinstance(entry, Mapping) and set(entry) == {ANY_IF}


def _after_space(text: str, position: int) -> int:
	while position < len(text) and text[position] in _SPACE:
		position += 1
	return position


def _no_object() -> PayloadError:
	return PayloadError(
		"The body is not a JSON object, or has no object at the place where something is to be put. Check what the "
		"flow sends, and the places that the account names in the body.",
		code="no_object",
	)
