"""URL path templates: `/products/{external_id}/variants/{items[0].sku}?notify={customer}`.

Each `{…}` is an expression (see `expressions`) over the same data the mapping sees; `{{` and `}}` are braces.

Promises: a value fills exactly the place it stands in. It is percent-encoded, so it can add neither a path
segment, a query parameter, a fragment nor a host; a value that would climb (`..`), in whatever encoding, is
refused, and so are missing values and control characters. A rendered path never names a scheme or a host.
Never sends anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote

from erp_connect.core.errors import ConnectError, MappingError
from erp_connect.core.expressions.check import check_expression
from erp_connect.core.expressions.expression import Expression, compile_expression
from erp_connect.core.problems import Problem, from_error
from erp_connect.core.values.numbers import text_of

MAX_LENGTH = 2000
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_EXTERNAL_ID = re.compile(r"\bexternal_id\b")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
# What may stand unencoded in the fixed part of a template, besides letters and digits. RFC 3986.
_LITERAL_SAFE = "/?&=:@!$'()*+,;-._~%"
_QUOTES = "'\"`"
_DECODINGS = 3
# What paths read beside the fields of a document, and its name. Other names of this kind begin with an underscore.
_BESIDE = frozenset(("name", "doctype", "external_id", "input"))


def render_path(template: str, context: Mapping[str, Any]) -> str:
	"""The path, with query if the template has one, for JSON-like `context`.

	Raises MappingError (field "path") when the template cannot be used, a value is missing or is no text or
	number, or the result would leave its place.
	"""
	parts = _compile(template)
	data = context if isinstance(context, dict) else dict(context)
	path = ""
	for part in parts:
		path += part if isinstance(part, str) else _encoded(template, part, data, in_query="?" in path)
	_refuse_escape(template, path)
	return path


def check_template(template: str, schema: Mapping[str, Any]) -> list[Problem]:
	"""What is wrong with a template, before any record is sent."""
	try:
		parts = _compile(template)
	except MappingError as error:
		return [from_error(error, None, "path")]
	return [
		Problem(None, "path", problem.code, problem.template, problem.params)
		for expression in parts
		if isinstance(expression, Expression)
		for problem in check_expression(expression.text, schema)
	]


def template_fields(template: str) -> set[str]:
	"""Fields of the document a template reads. Raises MappingError as `render_path` does."""
	return {
		field for part in _compile(template) if isinstance(part, Expression) for field in part.root_fields
	}


def template_values(template: str, context: Mapping[str, Any]) -> list[Any]:
	"""What a template reads of the document itself, in its order: not its name, its id outside, or what stands beside it.

	Raises MappingError as `render_path` does, but not for a value that is missing.
	"""
	return [
		part.search(context)
		for part in _compile(template)
		if isinstance(part, Expression) and not all(map(_is_beside, part.root_fields))
	]


def standing_for(name: str, template: str, named: str) -> Expression | None:
	"""What stands in a path where another one, that is else the same up to its query, has the value `name` alone; None where
	nothing does. Raises MappingError as `render_path` does."""
	one, other = (_compile(text.partition("?")[0]) for text in (template, named))
	if len(one) != len(other):
		return None
	pairs = [(left, right) for left, right in zip(one, other, strict=True) if _text(left) != _text(right)]
	if len(pairs) != 1 or not all(isinstance(part, Expression) for part in pairs[0]):
		return None
	return pairs[0][0] if _text(pairs[0][1]) == name else None


def _text(part: str | Expression) -> str:
	return part if isinstance(part, str) else part.text.strip()


def _is_beside(field: str) -> bool:
	return field in _BESIDE or field.startswith("_")


def join_url(base_url: str, path: str) -> str:
	"""`path`, as `render_path` gives it, below `base_url`; a path cannot change the host of the base.

	Raises MappingError when the base has a query or a fragment, in which a path would get lost.
	"""
	if "?" in base_url or "#" in base_url:
		raise _error(
			"The base address {base} may not hold ? or #. Put parameters into the path.", base=base_url
		)
	_refuse_escape(path, path)
	base = base_url.rstrip("/")
	if not path or path.startswith("?"):
		return base_url + path
	return f"{base}/{path.lstrip('/')}"


@lru_cache(maxsize=512)
def _compile(template: str) -> tuple[str | Expression, ...]:
	if len(template) > MAX_LENGTH:
		raise _error("The path has more than {limit} characters. Shorten it.", limit=MAX_LENGTH)
	if _CONTROL.search(template):
		raise _error("The path {path} holds a line break or a control character. Remove it.", path=template)
	parts = tuple(
		_literal(template, part) if isinstance(part, str) else part for part in split_template(template)
	)
	# With a harmless value, the fixed parts must already keep their place.
	_refuse_escape(template, "".join(part if isinstance(part, str) else "x" for part in parts))
	return parts


def split_template(template: str) -> Iterator[str | Expression]:
	"""The fixed texts and the expressions of a template, in their order, the texts as they are written.

	Raises MappingError (field "path") for a single brace or an expression that cannot be compiled.
	"""
	position, literal = 0, ""
	while position < len(template):
		character = template[position]
		if template[position : position + 2] in ("{{", "}}"):
			literal, position = literal + character, position + 2
		elif character == "{":
			end = _closing(template, position)
			yield literal
			yield _expression(template, template[position + 1 : end])
			literal, position = "", end + 1
		elif character == "}":
			raise _unbalanced(template, position)
		else:
			literal, position = literal + character, position + 1
	yield literal


def _closing(template: str, start: int) -> int:
	depth, quoted = 0, ""
	for position in range(start, len(template)):
		character = template[position]
		if quoted:
			quoted = "" if character == quoted else quoted
		elif character in _QUOTES:
			quoted = character
		elif character in "{}":
			depth += 1 if character == "{" else -1
			if not depth:
				return position
	raise _unbalanced(template, start)


def _expression(template: str, text: str) -> Expression:
	try:
		return compile_expression(text.strip())
	except ConnectError as error:
		raise MappingError(error.template, field="path", code=error.code, **error.params) from None


def _literal(template: str, text: str) -> str:
	if "#" in text or "\\" in text:
		raise _error(
			"The path {path} holds # or a backslash, which a request cannot carry. Remove it.", path=template
		)
	return quote(text, safe=_LITERAL_SAFE)


def _encoded(template: str, expression: Expression, data: dict[str, Any], in_query: bool) -> str:
	try:
		value = expression.search(data)
	except ConnectError as error:
		raise MappingError(error.template, field="path", code=error.code, **error.params) from None
	if value is None or value == "":
		raise _error(
			"The path {path} needs {expression}, which this record does not have. "
			"Fill the field, or send the record that gives it first.",
			# The id of a record that goes out as well is waited for; what else is missing comes by a change only.
			code="missing_link" if _EXTERNAL_ID.search(expression.text) else "missing",
			path=template,
			expression=expression.text,
		)
	if isinstance(value, list | dict):
		raise _error(
			"In the path {path}, {expression} is a list or an object. Choose a single value.",
			code="value",
			path=template,
			expression=expression.text,
		)
	text = text_of(value)
	if _CONTROL.search(text) or (not in_query and _climbs(text)):
		raise _unsafe(template)
	try:
		return quote(text, safe="")
	except UnicodeEncodeError:
		raise _unsafe(template) from None


def _refuse_escape(template: str, path: str) -> None:
	way = path.partition("?")[0]
	if way.startswith("//") or _SCHEME.match(path.partition("/")[0]):
		raise _error("The path {path} names a host. Write only what follows the base address.", path=template)
	if _CONTROL.search(path) or "\\" in path or "#" in path or any(map(_climbs, way.split("/"))):
		raise _unsafe(template)


def _climbs(text: str) -> bool:
	"""Whether `text`, decoded as often as a careless server might, has a `.` or `..` segment.

	`;` counts as an end because some servers cut path parameters before they resolve `..`.
	"""
	for _ in range(_DECODINGS):
		segments = re.split(r"[/\\]", text)
		if any(segment.partition(";")[0].strip() in (".", "..") for segment in segments):
			return True
		text = unquote(text)
	return False


def _unbalanced(template: str, position: int) -> MappingError:
	return _error(
		"{path} has a single brace at character {position}. Close it, or write it twice to mean a brace.",
		path=template,
		position=position + 1,
	)


def _unsafe(template: str) -> MappingError:
	return _error(
		"The path {path} would leave its place with this value. Remove .., control characters and backslashes.",
		code="unsafe_path",
		path=template,
	)


def _error(template: str, code: str = "path", **params: Any) -> MappingError:
	return MappingError(template, field="path", code=code, **params)
