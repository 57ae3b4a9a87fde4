"""Payloads: documents made JSON-safe, payloads made bytes, compared and fingerprinted.

Promises: the same payload gives the same bytes; numbers come without float artefacts; what a receiver could
not read (NaN, raw bytes, control characters in XML) is refused, not passed on; nothing exceeds `max_bytes`.
Never changes what it is given.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from erp_connect.core.errors import PayloadError
from erp_connect.core.payload.contents import FORM
from erp_connect.core.payload.xml import to_xml
from erp_connect.core.values import numbers

MAX_BYTES = 5_000_000
MAX_DEPTH = 50
_ABSENT = object()


def normalise(value: Any) -> Any:
	"""`value` with only dict, list, str, int, float, bool and None in it, for expressions and for JSON.

	Datetimes become YYYY-MM-DDTHH:MM:SS (with their offset if they have one), dates YYYY-MM-DD, times and
	timedeltas HH:MM:SS (hours may exceed 24), decimals the nearest number. Raises PayloadError naming the place
	for bytes, NaN, infinity, sets, other objects, and nesting deeper than `MAX_DEPTH`.
	"""
	return _normal(value, "", 0)


def serialise(
	payload: Any, fmt: str = "JSON", xml_root: str = "request", max_bytes: int = MAX_BYTES
) -> tuple[bytes, str]:
	"""The body and its content type. fmt: "JSON", "XML" (below `xml_root`) or "Form" (`a[b][0]=…`).

	Keys keep their order. Raises PayloadError for an unknown format, a payload the format cannot carry, or a
	body of more than `max_bytes`.
	"""
	writer = _WRITERS.get(fmt)
	if writer is None:
		raise PayloadError(
			"The format {format} is not known. Choose JSON, XML, Form or Multipart.",
			code="format",
			format=fmt,
		)
	try:
		text, content_type = writer(normalise(payload), xml_root)
		body = text.encode("utf-8")
	except UnicodeEncodeError:
		raise PayloadError(
			"The payload holds broken text that is not Unicode. Correct the field.", code="text"
		) from None
	require_size(len(body), max_bytes)
	return body, content_type


def require_size(size: int, max_bytes: int) -> None:
	"""Raises PayloadError for a body of more bytes than are allowed."""
	if size > max_bytes:
		raise PayloadError(
			"The payload has {size} bytes; {limit} are allowed. Map fewer fields, or raise Largest payload of the account.",
			code="too_large",
			size=size,
			limit=max_bytes,
		)


def fingerprint(payload: Any) -> str:
	"""SHA-256, in hex, of the canonical form: equal for payloads that differ only in key order or 1 and 1.0."""
	text = json.dumps(_canonical(normalise(payload)), sort_keys=True, separators=(",", ":"), allow_nan=False)
	return hashlib.sha256(text.encode("ascii")).hexdigest()


def diff(old: Any, new: Any) -> list[dict[str, Any]]:
	"""What changed, as [{"path", "kind", "old", "new"}] with kind added, removed or changed; for previews.

	Paths are written as in targets: `lines[0].sku`. Order: that of `new`, then what is gone.
	"""
	return list(_differences(normalise(old), normalise(new), ""))


def graphql_body(query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
	"""The body of a GraphQL request; raises PayloadError when the query is empty."""
	if not query or not query.strip():
		raise PayloadError("The GraphQL query is empty. Write the query or mutation to send.", code="graphql")
	return {"query": query.strip(), "variables": normalise(variables or {})}


def _normal(value: Any, path: str, depth: int) -> Any:
	if type(value) in _AS_THEY_ARE:
		return value
	if depth > MAX_DEPTH:
		raise PayloadError(
			"The payload is nested more than {limit} levels deep.", code="too_deep", limit=MAX_DEPTH
		)
	if isinstance(value, Mapping):
		return {
			_name(key): _normal(item, f"{path}.{key}" if path else str(key), depth + 1)
			for key, item in value.items()
		}
	if isinstance(value, list | tuple):
		return [_normal(item, f"{path}[{place}]", depth + 1) for place, item in enumerate(value)]
	for kind, write in _SCALARS:
		if isinstance(value, kind):
			return write(value, path)
	raise _unusable(path, f"a value of type {type(value).__name__}")


def _name(key: Any) -> str:
	if isinstance(key, str):
		return str(key)
	if isinstance(key, int):
		return numbers.text_of(key)
	raise PayloadError("A payload name must be text, not {type}.", code="value", type=type(key).__name__)


def _float(value: float, path: str) -> float:
	if not math.isfinite(value):
		raise _unusable(path, "a number that is not finite")
	# -0.0 would be sent as "-0.0" and differ from 0 in comparisons of text.
	return float(value) if value else 0.0


def _decimal(value: Decimal, path: str) -> Any:
	try:
		return numbers.plain(value)
	except ValueError:
		raise _unusable(path, "a number that is not finite") from None


def _duration(value: dt.timedelta, path: str) -> str:
	seconds = int(value.total_seconds())
	sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
	return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


# Most values are of these: asked first. Types derived from them are made plain below.
_AS_THEY_ARE = frozenset({str, int, bool, type(None)})
# datetime before date: it is one.
_SCALARS: tuple[tuple[type, Callable[[Any, str], Any]], ...] = (
	(str, lambda value, path: str.__str__(value)),
	(int, lambda value, path: int(value)),
	(float, _float),
	(Decimal, _decimal),
	(dt.datetime, lambda value, path: value.replace(microsecond=0).isoformat()),
	(dt.date, lambda value, path: value.isoformat()),
	(dt.time, lambda value, path: value.replace(microsecond=0).isoformat()),
	(dt.timedelta, _duration),
)


def _unusable(path: str, what: str) -> PayloadError:
	return PayloadError(
		"{path} holds {what}, which cannot be sent. Leave it out of the mapping.",
		code="value",
		path=path or "The payload",
		what=what,
	)


def _to_json(payload: Any, xml_root: str) -> tuple[str, str]:
	return json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False), "application/json"


def _to_xml(payload: Any, xml_root: str) -> tuple[str, str]:
	return to_xml(payload, xml_root), "application/xml; charset=utf-8"


def form_fields(payload: Any) -> list[tuple[str, str]]:
	"""The fields of a form, as (name, text): nested values are named `a[b][0]`, missing ones are left out.

	Raises PayloadError for what has no names.
	"""
	if not isinstance(payload, dict):
		raise PayloadError("A form needs named values, not a list. Map the values to names.", code="form")
	return [field for name, value in payload.items() for field in _form_fields(name, value)]


def _to_form(payload: Any, xml_root: str) -> tuple[str, str]:
	return urlencode(form_fields(payload)), FORM


def _form_fields(name: str, value: Any) -> list[tuple[str, str]]:
	if value is None:
		return []
	if isinstance(value, dict | list):
		parts = value.items() if isinstance(value, dict) else enumerate(value)
		return [field for key, item in parts for field in _form_fields(f"{name}[{key}]", item)]
	return [(name, numbers.text_of(value))]


_WRITERS = {"JSON": _to_json, "XML": _to_xml, "Form": _to_form}


def _canonical(value: Any) -> Any:
	if isinstance(value, dict):
		return {key: _canonical(item) for key, item in value.items()}
	if isinstance(value, list):
		return [_canonical(item) for item in value]
	if isinstance(value, float) and value.is_integer():
		# A field read back from the database is 1.0 where the form said 1.
		return int(value)
	return value


def _differences(old: Any, new: Any, path: str):
	if isinstance(old, dict) and isinstance(new, dict):
		names = [*new, *(name for name in old if name not in new)]
		for name in names:
			yield from _differences(
				old.get(name, _ABSENT), new.get(name, _ABSENT), f"{path}.{name}" if path else name
			)
	elif isinstance(old, list) and isinstance(new, list):
		for place in range(max(len(old), len(new))):
			yield from _differences(_at(old, place), _at(new, place), f"{path}[{place}]")
	elif old is _ABSENT or new is _ABSENT or not _same(old, new):
		yield from _change(old, new, path)


def _change(old: Any, new: Any, path: str):
	# A whole part that came or went is shown leaf by leaf, like any other change.
	part = new if old is _ABSENT else old if new is _ABSENT else None
	if part and isinstance(part, dict | list):
		empty: Any = {} if isinstance(part, dict) else []
		yield from _differences(empty if old is _ABSENT else old, empty if new is _ABSENT else new, path)
		return
	kind = "added" if old is _ABSENT else "removed" if new is _ABSENT else "changed"
	yield {
		"path": path,
		"kind": kind,
		"old": None if old is _ABSENT else old,
		"new": None if new is _ABSENT else new,
	}


def _at(values: list[Any], place: int) -> Any:
	return values[place] if place < len(values) else _ABSENT


def _same(old: Any, new: Any) -> bool:
	# True == 1 in Python, but not for a receiver.
	return old == new and isinstance(old, bool) == isinstance(new, bool)
