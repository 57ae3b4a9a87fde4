"""Reading settings that came as JSON, strictly: a wrong, missing or unknown entry is named with its place.

Promises: every refusal is a ConfigurationError (code `scheme`) that names the setting and says what to write.
Never ignores an entry it does not know: a misspelt limit would silently be no limit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from erp_connect.core.errors import ConfigurationError, ExpressionError, Told, Whole
from erp_connect.core.expressions.expression import compile_expression

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_|~-]{1,100}")
_MAX_TEXT = 2000


class Settings:
	"""The entries of one JSON object. Take each one out, then call `done`, which refuses what is left."""

	def __init__(self, given: Any, place: str) -> None:
		if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
			raise wrong(place, "must be an object with names and values, in braces")
		self._given = dict(given)
		self.place = place

	def __contains__(self, name: str) -> bool:
		return name in self._given

	def where(self, name: str) -> str:
		return f"{self.place}.{name}" if self.place else name

	def take(self, name: str, default: Any = None) -> Any:
		"""The entry as it is."""
		return self._given.pop(name, default)

	def text(self, name: str, default: str | None = None) -> str:
		"""A text; it may be empty only where there is a default."""
		if name not in self._given and default is None:
			raise wrong(self.where(name), "is missing")
		value = self.take(name, default)
		if not isinstance(value, str) or (not value and default is None) or len(value) > _MAX_TEXT:
			raise wrong(self.where(name), "must be a text")
		return value

	def choice(self, name: str, choices: Sequence[str], default: str | None = None) -> str:
		"""One of the texts in `choices`."""
		value = self.take(name, default)
		if value not in choices:
			raise wrong(self.where(name), "must be one of {choices}", choices=Whole(", ".join(choices)))
		return value

	def header(self, name: str) -> str:
		"""The name of a header."""
		return header_name(self.take(name), self.where(name))

	def seconds(self, name: str, default: int | None) -> int | None:
		"""A number of seconds from 1 to a day, or null for no limit."""
		value = self.take(name, default)
		if value is not None and (type(value) is not int or not 1 <= value <= 86_400):
			raise wrong(self.where(name), "must be a number of seconds from 1 to 86400, or null for no limit")
		return value

	def flag(self, name: str, default: bool) -> bool:
		"""true or false."""
		value = self.take(name, default)
		if type(value) is not bool:
			raise wrong(self.where(name), "must be true or false")
		return value

	def texts(self, name: str) -> tuple[str, ...]:
		"""A text or a list of texts; empty when the entry is missing."""
		value = self.take(name, [])
		values = [value] if isinstance(value, str) else value
		if not isinstance(values, list | tuple) or not all(isinstance(text, str) and text for text in values):
			raise wrong(self.where(name), "must be a text or a list of texts")
		return tuple(values)

	def several(self, name: str) -> list[tuple[Any, str]]:
		"""The entry as a list, each with its place: a single object counts as a list of one."""
		value = self.take(name, [])
		values = value if isinstance(value, list | tuple) else [value]
		return [(item, f"{self.where(name)}[{place}]") for place, item in enumerate(values)]

	def done(self) -> None:
		"""Raises ConfigurationError for an entry nobody took."""
		for name in self._given:
			raise wrong(self.where(name), "is not a setting here; remove it or correct its name")


def header_name(value: Any, place: str) -> str:
	"""`value` if it can be the name of a header."""
	if not isinstance(value, str) or not _HEADER_NAME.fullmatch(value):
		raise wrong(place, "must be the name of a header, such as X-Signature")
	return value


def expression(value: Any, place: str) -> str:
	"""`value` if it is an expression that can be compiled."""
	if not isinstance(value, str):
		raise wrong(place, "must be the path of a field in the body, such as data.id")
	try:
		compile_expression(value)
	except ExpressionError as error:
		raise wrong(place, "cannot be used: {reason}", reason=Told.by(error)) from None
	return value


def wrong(setting: str, problem: str, **params: Any) -> ConfigurationError:
	"""The refusal of one setting. problem: the end of the sentence, with `{named}` places for params."""
	return ConfigurationError(
		"The setting {setting} of the webhook verification {problem}.",
		code="scheme",
		setting=setting or "scheme",
		problem=Told(problem, params),
	)
