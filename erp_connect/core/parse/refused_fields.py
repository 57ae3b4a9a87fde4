"""What is wrong with a field that a model refuses, in words: the form that is taken, and neither patterns nor types of Python.

A model that wants a form of its own says it beside its schema (`Said`), a rule over several fields raises `fault`.
For all else pydantic's errors are told by their kind (https://docs.pydantic.dev/latest/errors/validation_errors/).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from erp_connect.core.errors import Whole

OBJECT = "{field} must be an object with named fields."
LIST = "{field} must be a list."
TEXT = "{field} must be text."
NUMBER = "{field} must be a number such as 12.50."
WHOLE_NUMBER = "{field} must be a whole number such as 12."
FLAG = "{field} must be true or false."
ONE_OF = "{field} must be one of {choices}."
DAY = "{field} must be a date such as 2026-11-29."
TIME_OF_DAY = "{field} must be a time of day such as 09:30."
DAY_OR_TIME = "{field} must be a date or time such as 2026-11-29 or 2026-11-29T10:00:00Z."
NEGATIVE = "{field} must not be below zero."
TOO_LONG = "{field} is longer than {limit} characters."
EMPTY = "{field} must not be empty."
OTHER = "{field} cannot be used as it is. The description of the call (OpenAPI) says what it takes."

# By the kind of error, or else by its first word.
_WORDS = {
	"missing": "{field} is missing.",
	"extra_forbidden": "{field} is not a field of this call. Leave it out, or correct its name.",
	"finite_number": NUMBER,
	"int": WHOLE_NUMBER,
	"float": NUMBER,
	"decimal": NUMBER,
	"bool": FLAG,
	"string": TEXT,
	"date": DAY,
	"time": TIME_OF_DAY,
	"datetime": DAY_OR_TIME,
	"timezone": DAY_OR_TIME,
	"list": LIST,
	"dict": OBJECT,
	"model": OBJECT,
}
# With the limit that the error names.
_BY_LIMIT = {
	"string_too_long": ("max_length", TOO_LONG),
	"string_too_short": ("min_length", "{field} has fewer than {limit} characters."),
	"too_long": ("max_length", "{field} has more than {limit} entries."),
	"too_short": ("min_length", "{field} has fewer than {limit} entries."),
	"greater_than": ("gt", "{field} must be more than {limit}."),
	"greater_than_equal": ("ge", "{field} must not be below {limit}."),
	"less_than": ("lt", "{field} must be less than {limit}."),
	"less_than_equal": ("le", "{field} must not be more than {limit}."),
}
_WITHOUT_LIMIT = {
	("string_too_short", 1): EMPTY,
	("too_short", 1): EMPTY,
	("greater_than_equal", 0): NEGATIVE,
}
_QUOTED = re.compile(r"'([^']*)'")


def fault(code: str, template: str = "", *, at: str = "", **params: Any) -> PydanticCustomError:
	"""What is wrong with a value. template: with `{field}` and `params`; at: the field, if not where it is raised."""
	return PydanticCustomError(code, template or code, {"template": template, "at": at, "params": params})


@dataclass(frozen=True)
class Said:
	"""Annotation of a kind of value: whatever is wrong with it is said by one template with `{field}`."""

	template: str
	code: str = "form"

	def __get_pydantic_core_schema__(
		self, source: Any, handler: GetCoreSchemaHandler
	) -> core_schema.CoreSchema:
		return core_schema.custom_error_schema(
			handler(source),
			custom_error_type=self.code,
			custom_error_message=self.template,
			custom_error_context={"template": self.template},
		)


def place(mistake: Mapping[str, Any]) -> tuple[str | int, ...]:
	"""Where the field is that one of pydantic's errors is about; empty for the whole."""
	at = (mistake.get("ctx") or {}).get("at")
	return (*mistake["loc"], *((at,) if at else ()))


def in_words(mistake: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
	"""Template with `{field}`, and what fills its other places, for one of pydantic's errors."""
	kind, context = mistake["type"], mistake.get("ctx") or {}
	if template := context.get("template"):
		return template, dict(context.get("params") or {})
	if kind == "literal_error":
		return ONE_OF, {"choices": Whole(", ".join(_QUOTED.findall(context["expected"])))}
	if kind in _BY_LIMIT:
		name, template = _BY_LIMIT[kind]
		limit = context[name]
		without = _WITHOUT_LIMIT.get((kind, limit))
		return (without, {}) if without else (template, {"limit": limit})
	return _WORDS.get(kind) or _WORDS.get(kind.partition("_")[0], OTHER), {}
