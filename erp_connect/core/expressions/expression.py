"""Expressions over a document: JMESPath with a closed set of functions, checked when compiled.

Promises: a compiled expression has no unknown function, no wrong number of arguments and no syntax error;
evaluating it ends (see `interpreter`), changes nothing and reaches nothing but the data it is given.
Never runs Python written by a user: names are keys of dicts, not attributes.
Grammar: https://jmespath.org/specification.html, with one difference: the number 0 is false, because a check
box of ERPNext holds 0 or 1. So `!disabled` and `items[?is_free_item]` mean what they say. Where 0 is a value to
keep, write `default(qty, x)` instead of `qty || x`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from jmespath import exceptions as jmespath_errors
from jmespath.parser import Parser

from erp_connect.core.errors import ExpressionError
from erp_connect.core.expressions.functions import FunctionFailure, Functions
from erp_connect.core.expressions.interpreter import BoundedInterpreter, OutOfBudget

MAX_LENGTH = 2000
MAX_DEPTH = 60
Node = dict[str, Any]

_HINTS = {
	"number": "Write numbers in backticks: `0`.",
	"expref": "Use && for 'and'.",
	"unquoted_identifier": "Use && for 'and', || for 'or' and ! for 'not', and put text in single quotes: 'Draft'.",
	"unknown": "Compare with ==, and put text in single quotes: 'Draft'.",
	"flatten": "Brackets come directly after the name of a table: items[].rate.",
	"eof": "Something is missing at the end, for example a bracket or a quote.",
	"rparen": "Check the brackets.",
	"rbracket": "Check the brackets.",
	"rbrace": "Check the brackets.",
}
_DEFAULT_HINT = "See jmespath.org for the notation."


class Expression:
	"""A compiled expression. Immutable and safe to share between threads.

	text: as written. node: the parsed tree. root_fields: names read from the document itself, with "*" among
	them when the expression reads it as a whole.
	"""

	__slots__ = ("_keys", "node", "root_fields", "text")

	def __init__(self, text: str, node: Node) -> None:
		self.text = text
		self.node = node
		self.root_fields = frozenset(_root_fields(node))
		self._keys = _plain_keys(node)

	def __repr__(self) -> str:
		return f"Expression({self.text!r})"

	def search(self, data: Any) -> Any:
		"""The value the expression has for JSON-like `data`; None where nothing is found.

		Raises ExpressionError when a function meets a value of the wrong kind, or the work has no end in sight.
		"""
		if self._keys is not None:
			return _follow(self._keys, data)
		try:
			return BoundedInterpreter().visit(self.node, data)
		except (
			FunctionFailure,
			OutOfBudget,
			RecursionError,
			ValueError,
			ArithmeticError,
			TypeError,
		) as error:
			raise _failure(self.text, error) from None

	@property
	def plain_path(self) -> tuple[str, ...] | None:
		"""The names of an expression that is nothing but names with dots between them; else None."""
		return self._keys

	def is_true(self, data: Any) -> bool:
		"""Whether the value counts as true: everything but null, false, 0, "", [] and {}. Raises as `search`."""
		return bool(self.search(data))


@lru_cache(maxsize=2048)
def compile_expression(text: str) -> Expression:
	"""Compile an expression of at most `MAX_LENGTH` characters.

	Raises ExpressionError with `code` empty, too_long, syntax, too_deep, unknown_function, arguments or literal;
	`params["position"]` is the column, from 1, where a syntax error was noticed.
	"""
	if not isinstance(text, str) or not text.strip():
		raise ExpressionError("The expression is empty. Write the name of a field.", code="empty")
	if len(text) > MAX_LENGTH:
		raise ExpressionError(
			"The expression has {length} characters; {limit} are allowed. Split it over several rows.",
			code="too_long",
			length=len(text),
			limit=MAX_LENGTH,
		)
	return from_node(text, _parse(text))


def from_node(text: str, node: Node) -> Expression:
	"""An Expression for a part of a parsed tree, checked like any other. `text` is what messages show."""
	_check(text, node)
	return Expression(text, node)


def walk(node: Node) -> Iterator[Node]:
	"""Each node of a parsed expression, parents first."""
	open_ = [node]
	while open_:
		current = open_.pop()
		yield current
		open_.extend(child for child in reversed(current["children"]) if isinstance(child, dict))


def _parse(text: str) -> Node:
	try:
		# A parser of our own: the module-level one shares a cache with every other user of the library.
		return Parser()._do_parse(text).parsed
	except jmespath_errors.ParseError as error:
		raise _syntax_error(text, error) from None
	except RecursionError:
		raise _too_deep(text) from None
	except (jmespath_errors.JMESPathError, ValueError, KeyError, IndexError):
		raise ExpressionError(
			"The expression {expression} cannot be read. {hint}",
			code="syntax",
			expression=text,
			hint=_DEFAULT_HINT,
		) from None


def _syntax_error(text: str, error: jmespath_errors.ParseError) -> ExpressionError:
	kind = (error.token_type or "eof").lower()
	position = (len(text) if kind == "eof" else error.lex_position or 0) + 1
	if isinstance(error, jmespath_errors.LexerError):
		kind = "unknown"
	return ExpressionError(
		"The expression {expression} cannot be read at character {position}. {hint}",
		code="syntax",
		expression=text,
		position=position,
		hint=_HINTS.get(kind, _DEFAULT_HINT),
	)


def _too_deep(text: str) -> ExpressionError:
	return ExpressionError(
		"The expression {expression} is nested too deeply. Split it over several rows.",
		code="too_deep",
		expression=text,
	)


def _check(text: str, root: Node) -> None:
	if _depth(root) > MAX_DEPTH:
		raise _too_deep(text)
	for node in walk(root):
		if node["type"] == "function_expression":
			_check_call(text, node)
		elif node["type"] == "literal":
			_check_literal(text, node["value"])
		elif node["type"] == "slice" and node["children"][2] == 0:
			raise ExpressionError(
				"The expression {expression} has a slice with step 0. Use 1 or more.",
				code="literal",
				expression=text,
			)


def _depth(root: Node) -> int:
	deepest, level = 0, [root]
	while level:
		deepest += 1
		level = [child for node in level for child in node["children"] if isinstance(child, dict)]
	return deepest


def _check_call(text: str, node: Node) -> None:
	name = node["value"]
	known = Functions.FUNCTION_TABLE.get(name)
	if known is None:
		close = get_close_matches(name, Functions.FUNCTION_TABLE, n=1)
		raise ExpressionError(
			"The expression {expression} calls {function}(), which does not exist. {hint}",
			code="unknown_function",
			expression=text,
			function=name,
			hint=f"Did you mean {close[0]}()?"
			if close
			else "See the list of functions in the documentation.",
		)
	_check_arguments(text, node, known["signature"])


def _check_arguments(text: str, node: Node, signature: tuple[dict[str, Any], ...]) -> None:
	given, wanted = node["children"], len(signature)
	variadic = bool(signature) and bool(signature[-1].get("variadic"))
	if len(given) < wanted or (len(given) > wanted and not variadic):
		raise ExpressionError(
			"In {expression}, {function}() takes {wanted} values and got {given}. Add or remove values.",
			code="arguments",
			expression=text,
			function=node["value"],
			wanted=f"{wanted} or more" if variadic else wanted,
			given=len(given),
		)
	for argument, accepted in zip(given, signature, strict=False):
		if (argument["type"] == "expref") != (accepted["types"] == ["expref"]):
			raise ExpressionError(
				"In {expression}, {function}() needs & exactly before the expression it applies to each element.",
				code="arguments",
				expression=text,
				function=node["value"],
			)


def _check_literal(text: str, value: Any) -> None:
	open_ = [value]
	while open_:
		current = open_.pop()
		if isinstance(current, float) and not math.isfinite(current):
			raise ExpressionError(
				"The expression {expression} holds a number that is not finite. Write an ordinary number.",
				code="literal",
				expression=text,
			)
		if isinstance(current, list | dict):
			open_.extend(current.values() if isinstance(current, dict) else current)


def _failure(text: str, error: Exception) -> ExpressionError:
	if isinstance(error, OutOfBudget | RecursionError):
		return ExpressionError(
			"The expression {expression} needs too much work for one record. Make it simpler.",
			code="too_much_work",
			expression=text,
		)
	return ExpressionError(
		"The expression {expression} failed on this record: {reason}. Correct the field or the expression.",
		code="type",
		expression=text,
		reason=_reason(error),
	)


def _reason(error: Exception) -> str:
	if isinstance(error, FunctionFailure):
		return str(error)
	if isinstance(error, jmespath_errors.JMESPathTypeError):
		if error.current_value is None:
			return f"{error.function_name}() cannot work with an empty field"
		value = json.dumps(error.current_value, default=lambda _: "…")[:60]
		return f"{error.function_name}() cannot work with {value}"
	return "a value has the wrong kind"


def _root_fields(root: Node) -> Iterator[str]:
	"""Names an expression looks up in the document itself, not in a value found on the way; "*" for all."""
	open_ = [root]
	while open_:
		node = open_.pop()
		if node["type"] == "field":
			yield node["value"]
		elif node["type"] in _WHOLE:
			yield "*"
		open_.extend(_same_scope(node))


_WHOLE = frozenset({"current", "identity"})
# Of these, only the first part is evaluated on the document; the rest on what the part before it found.
_CHAINS = frozenset({"subexpression", "index_expression", "pipe", "projection", "filter_projection"})


def _same_scope(node: Node) -> list[Node]:
	children = [child for child in node["children"] if isinstance(child, dict)]
	if node["type"] == "value_projection":
		return children[:1]
	if node["type"] in _CHAINS:
		# `@ | a` and `@.a` read only a: a leading `@` hands the document to the next part.
		leading = 0 if len(children) == 1 or children[0]["type"] not in _WHOLE else 1
		return children[leading : leading + 1]
	return [] if node["type"] == "expref" else children


def _plain_keys(node: Node) -> tuple[str, ...] | None:
	if node["type"] == "field":
		return (node["value"],)
	if node["type"] == "subexpression" and all(child["type"] == "field" for child in node["children"]):
		return tuple(child["value"] for child in node["children"])
	return None


def _follow(keys: tuple[str, ...], data: Any) -> Any:
	for key in keys:
		if not isinstance(data, dict):
			return None
		data = data.get(key)
	return data
