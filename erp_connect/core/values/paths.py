"""Target paths: where in a payload a value goes.

	a.b.c                       nested objects
	lines[].sku                 one element for each row of a table
	packages[].items[].sku      nested tables
	codes[]                     the elements themselves
	tags[0]                     a fixed place, 0 to 99
	"odd key".x, "a.b"          quoted names may hold anything; \\" and \\\\ escape

Promises: parsing is strict and says where it stopped; `format_path` is the inverse of `parse_path`.
Never evaluates anything: a path is data.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from erp_connect.core.errors import MappingError

MAX_INDEX = 99
MAX_SEGMENTS = 20
MAX_LENGTH = 500

_NAME = re.compile(r"[^\s.\[\]\"'`{}|&*?!<>=,;\\\x00-\x1f]+")
_QUOTED = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_INDEX = re.compile(r"\[(\d{0,4})\]", re.ASCII)


@dataclass(frozen=True)
class EachElement:
	"""The `[]` of a path: each element of the list."""


EACH = EachElement()
Segment = str | int | EachElement
Path = tuple[Segment, ...]


@lru_cache(maxsize=2048)
def parse_path(text: str) -> Path:
	"""Segments of a path: names as str, fixed places as int, `[]` as `EACH`.

	Raises MappingError (field "target", code "path") with the column, from 1, where reading stopped.
	"""
	if not isinstance(text, str) or not text.strip():
		raise _error("The target path is empty. Write where the value goes, for example customer.name.")
	text = text.strip()
	if len(text) > MAX_LENGTH:
		raise _error("The target path is longer than {limit} characters. Shorten it.", limit=MAX_LENGTH)
	segments, position = _read_name(text, 0)
	while position < len(text):
		more, position = _read_next(text, position)
		segments += more
	if len(segments) > MAX_SEGMENTS:
		raise _error(
			"The target path {path} has more than {limit} parts. Shorten it.", path=text, limit=MAX_SEGMENTS
		)
	return tuple(segments)


def format_path(path: Path) -> str:
	"""The text of a path, quoted where needed; `parse_path` reads it back."""
	text = ""
	for segment in path:
		if isinstance(segment, EachElement):
			text += "[]"
		elif isinstance(segment, int):
			text += f"[{segment}]"
		else:
			name = segment if _NAME.fullmatch(segment) else json.dumps(segment, ensure_ascii=False)
			text += f".{name}" if text else name
	return text


def set_path(target: dict[str, Any], path: Path | str, value: Any) -> None:
	"""Put `value` at `path` in `target`, making objects and lists on the way; lists grow with None.

	A path with `[]` has no single place and is refused. Raises MappingError when something on the way is
	neither an object nor a list as the path needs it.
	"""
	segments = _single_place(path)
	holder: Any = target
	for segment, following in zip(segments, segments[1:], strict=False):
		holder = _step_into(holder, segment, [] if isinstance(following, int) else {}, segments)
	_put(holder, segments[-1], value, segments)


_MISSING = object()


def _lookup(holder: Any, segment: Segment) -> Any:
	if isinstance(segment, int):
		return holder[segment] if isinstance(holder, list) and segment < len(holder) else _MISSING
	return holder.get(segment, _MISSING) if isinstance(holder, dict) else _MISSING


def _step_into(holder: Any, segment: Segment, empty: Any, path: Path) -> Any:
	found = _lookup(holder, segment)
	if found is _MISSING or found is None:
		_put(holder, segment, empty, path)
		return empty
	return found


def _put(holder: Any, segment: Segment, value: Any, path: Path) -> None:
	if isinstance(segment, int) and isinstance(holder, list):
		holder.extend([None] * (segment + 1 - len(holder)))
		holder[segment] = value
	elif isinstance(segment, str) and isinstance(holder, dict):
		holder[segment] = value
	else:
		raise _error(
			"{path} cannot be set: the part before {segment} already holds something else. Use another path.",
			path=format_path(path),
			segment=format_path((segment,)),
		)


def _single_place(path: Path | str) -> Path:
	segments = parse_path(path) if isinstance(path, str) else path
	if not segments or EACH in segments:
		raise _error(
			"{path} is not a single place. Write a number instead of [].", path=format_path(segments)
		)
	return segments


def _read_next(text: str, position: int) -> tuple[list[Segment], int]:
	if text[position] == ".":
		return _read_name(text, position + 1)
	found = _INDEX.match(text, position)
	if not found:
		raise _stopped(text, position)
	if not found[1]:
		return [EACH], found.end()
	if int(found[1]) > MAX_INDEX:
		raise _error(
			"The target path {path} has a place above {limit}. Use [] for a list of any length.",
			path=text,
			limit=MAX_INDEX,
		)
	return [int(found[1])], found.end()


def _read_name(text: str, position: int) -> tuple[list[Segment], int]:
	found = _QUOTED.match(text, position)
	if found:
		return [_unquoted(text, position, found[0])], found.end()
	found = _NAME.match(text, position)
	if not found:
		raise _stopped(text, position)
	return [found[0]], found.end()


def _unquoted(text: str, position: int, quoted: str) -> str:
	try:
		name = json.loads(quoted)
	except ValueError:
		raise _stopped(text, position) from None
	if not name:
		raise _stopped(text, position)
	return name


def _stopped(text: str, position: int) -> MappingError:
	return _error(
		"The target path {path} cannot be read at character {position}. "
		"Write names with dots, [] after a list, and quotes around odd names.",
		path=text,
		position=position + 1,
	)


def _error(template: str, **params: Any) -> MappingError:
	return MappingError(template, field="target", code="path", **params)
