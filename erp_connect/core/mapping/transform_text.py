"""Transforms on text. Arguments in double quotes are taken literally: `", "` is a comma and a space.

Promises: texts come out no longer than `MAX_TEXT`; HTML is reduced to readable lines.
Never raises for None: it stays None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from erp_connect.core.errors import MappingError
from erp_connect.core.mapping.transform_types import Apply, TransformContext
from erp_connect.core.values import numbers
from erp_connect.core.values.html import plain_text

MAX_TEXT = 1_000_000
_ESCAPES = {"\\n": "\n", "\\t": "\t", "\\s": " "}


def bad_argument(template: str, **params: Any) -> MappingError:
	"""The error for an argument that does not fit its transform."""
	return MappingError(template, field="argument", code="argument", **params)


def no_argument(name: str, argument: str) -> None:
	"""Refuse an argument where a transform takes none, rather than ignore what somebody meant."""
	if argument.strip():
		raise bad_argument("{transform} takes no argument. Empty the argument.", transform=name)


def whole_number(name: str, argument: str, lowest: int, highest: int) -> int:
	"""The argument as an integer between two bounds."""
	digits = argument.strip()
	if not (digits.isascii() and digits.isdigit()) or not lowest <= int(digits[:9]) <= highest:
		raise bad_argument(
			"{transform} needs a whole number from {lowest} to {highest} as argument.",
			transform=name,
			lowest=lowest,
			highest=highest,
		)
	return int(digits)


def unquoted(argument: str) -> str:
	"""A separator as meant: quotes removed; \\n, \\t and \\s stand for new line, tab and space."""
	if len(argument) >= 2 and argument[0] == argument[-1] == '"':
		argument = argument[1:-1]
	for written, meant in _ESCAPES.items():
		argument = argument.replace(written, meant)
	return argument


def as_text(value: Any) -> str:
	"""A scalar as text; raises ValueError for lists and objects."""
	if isinstance(value, list | dict):
		raise ValueError("a list or an object is not a text")
	return numbers.text_of(value)


def _plain(name: str, change: Callable[[str], str]) -> Callable[[str, Mapping[str, Any] | None], Apply]:
	def prepare(argument: str, value_map: Mapping[str, Any] | None) -> Apply:
		no_argument(name, argument)
		return lambda value, context: None if value is None else change(as_text(value))

	return prepare


text = _plain("Text", str)
upper = _plain("Upper", str.upper)
lower = _plain("Lower", str.lower)
title = _plain("Title", str.title)
trim = _plain("Trim", str.strip)


def truncate(argument: str, value_map: Mapping[str, Any] | None) -> Apply:
	length = whole_number("Truncate", argument, 1, MAX_TEXT)
	return lambda value, context: None if value is None else as_text(value)[:length]


def split(argument: str, value_map: Mapping[str, Any] | None) -> Apply:
	"""Text → list of its trimmed, non-empty parts."""
	separator = unquoted(argument)
	if not separator:
		raise bad_argument("Split needs a separator as argument, for example a comma.")

	def work(value: Any, context: TransformContext) -> Any:
		if value is None:
			return None
		return [part.strip() for part in as_text(value).split(separator) if part.strip()]

	return work


def join(argument: str, value_map: Mapping[str, Any] | None) -> Apply:
	"""List → text of its elements that are not empty; a single value is a list of one."""
	separator = unquoted(argument)

	def work(value: Any, context: TransformContext) -> Any:
		if value is None:
			return None
		parts = value if isinstance(value, list) else [value]
		return separator.join(as_text(part) for part in parts if part not in (None, ""))

	return work


def replace(argument: str, value_map: Mapping[str, Any] | None) -> Apply:
	old, arrow, new = argument.partition("=>")
	old, new = unquoted(old), unquoted(new)
	if not arrow or not old:
		raise bad_argument("Replace needs old=>new as argument, for example -=>_.")

	def work(value: Any, context: TransformContext) -> Any:
		if value is None:
			return None
		source = as_text(value)
		if len(source) + source.count(old) * (len(new) - len(old)) > MAX_TEXT:
			raise ValueError("the text would become too long")
		return source.replace(old, new)

	return work


def strip_html(argument: str, value_map: Mapping[str, Any] | None) -> Apply:
	no_argument("Strip HTML", argument)
	return lambda value, context: None if value is None else plain_text(as_text(value))
