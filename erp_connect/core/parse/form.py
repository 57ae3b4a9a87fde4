"""Forms from outside: `application/x-www-form-urlencoded`, with PHP's brackets for what is nested.

	type=subscribe&data[email]=a@b.c&data[merges][FNAME]=Ann    {"type": …, "data": {"email": …, "merges": {…}}}
	ids[]=1&ids[]=2, rows[0][sku]=x                              lists

Promises: the number of fields and the depth are limited, values are text, and a name stands for one value.
Never lets a later field silently replace an earlier one.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from erp_connect.core.parse.limits import DEFAULT_LIMITS, InputError, Limits, check_size, decode_text
from erp_connect.core.parse.texts import require_texts

_NAME = re.compile(r"([^\[\]]{1,200})((?:\[[^\[\]]{0,200}\])*)")
_PART = re.compile(r"\[([^\[\]]*)\]")


def parse_form(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> dict[str, Any]:
	"""The fields of a form as nested dicts and lists of text.

	Raises InputError: `too_large`, `charset`, `keys`, `depth`, `duplicate`, `text`, or `form` for a name that
	contradicts another (`a=1&a[b]=2`).
	"""
	root: dict[str, Any] = {}
	for name, value in form_pairs(raw, limits):
		_put(root, _path(name, limits), value, name)
	return {name: _with_lists(value) for name, value in root.items()}


def form_pairs(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> list[tuple[str, str]]:
	"""The fields of a form as they came: decoded names and values, in order, repeated ones too.

	Raises InputError: `too_large`, `charset`, `keys` or `text`.
	"""
	check_size(raw, limits)
	text = decode_text(raw)
	if text.count("&") >= limits.max_fields:
		raise InputError(
			"keys", "The form has more than {limit} fields. Send less at once.", limit=limits.max_fields
		)
	try:
		pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
	except UnicodeDecodeError:
		raise InputError("charset", "A field of the form is not UTF-8. Send it in UTF-8.") from None
	for name, value in pairs:
		require_texts({name: value})
	return pairs


def _path(name: str, limits: Limits) -> list[str]:
	found = _NAME.fullmatch(name)
	# A name with stray brackets is taken as it is.
	path = [found[1], *_PART.findall(found[2])] if found else [name]
	if len(path) > limits.max_depth:
		raise InputError(
			"depth", "The form is nested deeper than {limit} levels. Flatten it.", limit=limits.max_depth
		)
	return path


def _put(root: dict[str, Any], path: list[str], value: str, name: str) -> None:
	holder = root
	for part in path[:-1]:
		part = _numbered(holder, part)
		inner = holder.setdefault(part, {})
		if not isinstance(inner, dict):
			raise _contradiction(name)
		holder = inner
	last = _numbered(holder, path[-1])
	if isinstance(holder.get(last), dict):
		raise _contradiction(name)
	if last in holder:
		raise InputError("duplicate", "The field {name} stands twice. Write {name}[] for a list.", name=name)
	holder[last] = value


def _numbered(holder: dict[str, Any], part: str) -> str:
	"""`[]` takes the next number, as in PHP."""
	return part or str(len(holder))


def _contradiction(name: str) -> InputError:
	return InputError(
		"form", "The field {name} is a single value and a group at once. Rename one.", name=name
	)


def _with_lists(value: Any) -> Any:
	"""The same with dicts whose names are 0, 1, 2 … as lists. The depth is known to be limited here."""
	if not isinstance(value, dict):
		return value
	inner = {name: _with_lists(item) for name, item in value.items()}
	is_list = bool(inner) and all(name == str(place) for place, name in enumerate(inner))
	return list(inner.values()) if is_list else inner
