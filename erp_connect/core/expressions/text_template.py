"""Text templates: `updated_at:>={since}`, for parameters and for the texts within a JSON body.

Each `{…}` is an expression (see `expressions`); `{{` and `}}` are braces. Unlike a path template (core.template)
nothing is encoded: whoever puts the text into a request does that.

Promises: a template whose value is missing gives no half text, but None or `MISSING`, so that the whole
parameter can be left out. An empty text is a value. Never sends anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from erp_connect.core.errors import ConnectError, MappingError
from erp_connect.core.expressions.check import check_expression
from erp_connect.core.expressions.expression import Expression
from erp_connect.core.expressions.path_template import split_template
from erp_connect.core.problems import Problem, from_error
from erp_connect.core.values.numbers import text_of

MAX_LENGTH = 20_000


class _Missing:
	"""The one value that stands for: nothing there."""

	def __repr__(self) -> str:
		return "MISSING"


MISSING = _Missing()


def render_text(template: str, context: Mapping[str, Any]) -> str | None:
	"""The text for `context`, or None when a value in it is missing (null).

	Raises MappingError (field "value") when the template cannot be used, or a value is a list or an object.
	"""
	text = ""
	for part in _compile(template):
		value = part if isinstance(part, str) else _value(part, context)
		if value is None:
			return None
		if isinstance(value, list | dict):
			raise _error(
				"In {text}, {expression} is a list or an object. Choose a single value.",
				text=template,
				expression=part.text,
			)
		text += text_of(value)
	return text


def render_value(template: str, context: Mapping[str, Any]) -> Any:
	"""The text, or, when the template is a single `{…}` and nothing else, the value itself, of any kind.

	`MISSING` when a value in it is missing. Raises as `render_text`.
	"""
	parts = _compile(template)
	if len(parts) == 1 and isinstance(parts[0], Expression):
		value = _value(parts[0], context)
	else:
		value = render_text(template, context)
	return MISSING if value is None else value


def fill_json(value: Any, context: Mapping[str, Any]) -> Any:
	"""A copy of a JSON value with each text in it rendered; `MISSING` when nothing of it is left.

	Where a value is missing, its name is left out. An entry of a list is left out as a whole, as half a filter
	would mean something else; and so is a list that loses all its entries.
	"""
	return _fill(value, context, within_list=False)


def texts_of(value: Any) -> list[str]:
	"""Every text within a JSON value that `fill_json` would render."""
	if isinstance(value, str):
		return [value]
	parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
	return [text for part in parts for text in texts_of(part)]


def template_roots(template: str) -> frozenset[str]:
	"""The names a template reads from its context, "*" for all. Raises MappingError as `render_text`."""
	found = (part.root_fields for part in _compile(template) if isinstance(part, Expression))
	return frozenset().union(*found)


def check_text(template: str, schema: Mapping[str, Any]) -> list[Problem]:
	"""What is wrong with a template over a document, before any record is sent. schema: see `core.mapping.schema`."""
	try:
		parts = _compile(template)
	except MappingError as error:
		return [from_error(error, None, "value")]
	return [
		problem
		for part in parts
		if isinstance(part, Expression)
		for problem in check_expression(part.text, schema)
	]


def _fill(value: Any, context: Mapping[str, Any], *, within_list: bool) -> Any:
	if isinstance(value, str):
		return render_value(value, context)
	if isinstance(value, list):
		items = [_fill(item, context, within_list=True) for item in value]
		kept = [item for item in items if item is not MISSING]
		return MISSING if value and not kept else kept
	if isinstance(value, dict):
		filled = {key: _fill(item, context, within_list=within_list) for key, item in value.items()}
		kept = {key: item for key, item in filled.items() if item is not MISSING}
		return MISSING if within_list and len(kept) < len(filled) else kept
	return value


def _value(expression: Expression, context: Mapping[str, Any]) -> Any:
	try:
		return expression.search(context if isinstance(context, dict) else dict(context))
	except ConnectError as error:
		raise _error(error.template, code=error.code, **error.params) from None


@lru_cache(maxsize=512)
def _compile(template: str) -> tuple[str | Expression, ...]:
	if len(template) > MAX_LENGTH:
		raise _error("A text has more than {limit} characters. Shorten it.", limit=MAX_LENGTH)
	try:
		return tuple(part for part in split_template(template) if part != "")
	except MappingError as error:
		raise _error(error.template, code=error.code, **error.params) from None


def _error(template: str, code: str = "text", **params: Any) -> MappingError:
	return MappingError(template, field="value", code=code, **params)
