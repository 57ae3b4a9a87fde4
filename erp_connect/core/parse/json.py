"""JSON from outside: only what every reader would read the same way.

Promises: depth and size are known before the parser runs, so that no input can exhaust the stack; what JSON
readers disagree about (NaN, infinities, repeated names, lone surrogates, NUL) is refused. Never returns part of
a document.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from erp_connect.core.parse.limits import DEFAULT_LIMITS, InputError, Limits, check_size, decode_text
from erp_connect.core.parse.texts import require_texts

# Always matches once it stands on a quote, also when the string has no end: so it cannot backtrack, and the
# whole scan takes time in proportion to the bytes.
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_OPENING = frozenset(b"[{")
_DOUBTFUL_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_MAX_FLOAT_LENGTH = 100


def parse_json(raw: bytes, limits: Limits = DEFAULT_LIMITS, *, any_text: bool = False) -> Any:
	"""The value of a JSON document in UTF-8: dicts, lists, text, int, float, bool or None.

	any_text: texts with lone surrogates and NUL are left to the caller, who asks `texts.bad_text` of each record. Raises InputError: `too_large`, `charset`, `depth`, `keys`, `items`, `number`, `duplicate`, `text`, or `json`
	with the line and column where reading stopped.
	"""
	check_size(raw, limits)
	text = decode_text(raw)
	_check_shape(raw, limits)
	try:
		value = json.loads(
			text,
			object_pairs_hook=_object,
			parse_int=lambda digits: _integer(digits, limits.max_digits),
			parse_float=_float,
			parse_constant=_constant,
		)
	except json.JSONDecodeError as error:
		raise InputError(
			"json",
			"The body is not JSON: reading stopped in line {line}, column {column}.",
			line=error.lineno,
			column=error.colno,
		) from None
	if not any_text and _DOUBTFUL_ESCAPE.search(text):
		require_texts(value)
	return value


def _check_shape(raw: bytes, limits: Limits) -> None:
	"""Count brackets, colons and commas outside of strings: that bounds what the parser can build."""
	bare = _STRING.sub(b"", raw)
	if bare.count(b":") > limits.max_keys:
		raise InputError(
			"keys", "The body has more than {limit} names in all. Send less at once.", limit=limits.max_keys
		)
	brackets = bare.translate(None, _NOT_BRACKETS)
	if bare.count(b",") + len(brackets) // 2 > limits.max_items:
		raise InputError(
			"items",
			"The body has more than {limit} elements in all. Send less at once.",
			limit=limits.max_items,
		)
	depth = 0
	for bracket in brackets:
		depth += 1 if bracket in _OPENING else -1
		if depth > limits.max_depth:
			raise InputError(
				"depth", "The body is nested deeper than {limit} levels. Flatten it.", limit=limits.max_depth
			)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
	members = dict(pairs)
	if len(members) != len(pairs):
		seen: set[str] = set()
		name = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
		raise InputError("duplicate", "The name {name} stands twice in one object. Send it once.", name=name)
	return members


def _integer(digits: str, limit: int) -> int:
	if len(digits.lstrip("-")) > limit:
		raise InputError(
			"number", "A number has more than {limit} digits. Send it as text, in quotes.", limit=limit
		)
	return int(digits)


def _float(digits: str) -> float:
	number = float(digits) if len(digits) <= _MAX_FLOAT_LENGTH else math.inf
	if math.isinf(number):
		raise InputError("number", "A number is too large or too long. Send it as text, in quotes.")
	return number


def _constant(name: str) -> float:
	raise InputError("number", "{name} is not a JSON number. Send null instead.", name=name)
