"""A sample of what the outside sends: its paths with examples, a schema of it, and how much of it is kept.

Promises: paths as `core.values.paths` writes them, which are expressions too; what is cut is only made smaller.
Never judges what a value means.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from erp_connect.core.values.paths import EACH, Path, format_path

DEPTH = 8
MOST_PATHS = 1000
EXAMPLE = 60
# Of what is kept: enough to tell paths and kinds, and no store of the records themselves.
KEPT_TEXT, KEPT_ROWS, KEPT_NAMES = 200, 3, 300
TEXT, NUMBER, FLAG, LIST, EMPTY = "Text", "Number", "Yes or No", "List", "Empty"


def paths(record: Any) -> list[dict[str, str]]:
	"""The places of single values, as `{path, type, example}`; those of lists stand for all their elements."""
	found: dict[Path, Any] = {}
	for path, value in _places(record, ()):
		if found.get(path) in (None, "") and (path in found or len(found) < MOST_PATHS):
			found[path] = value
	return [
		{"path": format_path(path), "type": _type(value), "example": _example(value)}
		for path, value in found.items()
	]


def schema(record: Any, name: str) -> dict[str, Any]:
	"""The sample as a schema of `core.mapping.schema`. name: what its messages call it."""
	return {"doctype": name, "fields": _fields([record], 0)}


def cut(record: Any, depth: int = 0) -> Any:
	"""The record with long texts, lists and objects made short."""
	if depth > DEPTH:
		return None
	if isinstance(record, dict):
		return {str(key): cut(value, depth + 1) for key, value in list(record.items())[:KEPT_NAMES]}
	if isinstance(record, list):
		return [cut(value, depth + 1) for value in record[:KEPT_ROWS]]
	return record[:KEPT_TEXT] if isinstance(record, str) else record


def inside(wrapper: Any) -> str:
	"""Where the records seem to stand in what is only their wrapper; empty where it does not look like one.

	A wrapper has one list of objects, or nothing but one object.
	"""
	if not isinstance(wrapper, dict):
		return ""
	lists = [path for path, value in _branches(wrapper, ()) if _is_list_of_objects(value)]
	if len(lists) == 1:
		return format_path(lists[0])
	objects = [key for key, value in wrapper.items() if isinstance(value, dict) and value]
	return format_path((objects[0],)) if len(objects) == 1 == len(wrapper) else ""


def _branches(value: dict, path: Path) -> Iterator[tuple[Path, Any]]:
	for key, inner in value.items():
		yield (*path, key), inner
		if isinstance(inner, dict) and not path:
			yield from _branches(inner, (key,))


def _is_list_of_objects(value: Any) -> bool:
	return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _places(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
	if isinstance(value, dict) and value and len(path) < DEPTH:
		for key, inner in value.items():
			if key:
				yield from _places(inner, (*path, str(key)))
	elif isinstance(value, list) and value and path and len(path) < DEPTH:
		for inner in value[:KEPT_ROWS]:
			yield from _places(inner, (*path, EACH))
	elif path:
		yield path, value


def _fields(objects: list[dict], depth: int) -> dict[str, Any]:
	"""The names of several objects of one place, each with all its values."""
	values: dict[str, list[Any]] = {}
	for one in objects:
		for key, value in one.items() if isinstance(one, dict) else ():
			values.setdefault(str(key), []).append(value)
	return {key: _field(given, depth) for key, given in values.items()}


def _field(given: list[Any], depth: int) -> dict[str, Any]:
	"""What is known of a place; nothing where it is empty, or holds several kinds of things."""
	given = [value for value in given if value not in (None, "", [], {})]
	if not given or depth >= DEPTH:
		return {}
	if all(isinstance(value, dict) for value in given):
		return {"type": "Document", "fields": _fields(given, depth + 1)}
	if all(_is_list_of_objects(value) for value in given):
		rows = [row for value in given for row in value]
		return {"type": "Table", "fields": _fields(rows, depth + 1)}
	return {}


def _type(value: Any) -> str:
	if value is None or value in ("", {}):
		return EMPTY
	if isinstance(value, bool):
		return FLAG
	if isinstance(value, int | float):
		return NUMBER
	return LIST if isinstance(value, list | dict) else TEXT


def _example(value: Any) -> str:
	if value is None or isinstance(value, list | dict):
		return ""
	text = ("false", "true")[value] if isinstance(value, bool) else str(value)
	return text if len(text) <= EXAMPLE else text[: EXAMPLE - 1] + "…"
