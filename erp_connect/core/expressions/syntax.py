"""Reading and checking the text of an expression, before it is ever evaluated.

What passes has no syntax error, no unknown function, no wrong number of arguments, and a bounded depth.
"""

from __future__ import annotations

import math
from difflib import get_close_matches
from typing import Any

from jmespath import exceptions as jmespath_errors
from jmespath.parser import Parser

from erp_connect.core.errors import ExpressionError, Whole
from erp_connect.core.expressions.functions import Functions
from erp_connect.core.expressions.tree import Node, depth, walk

MAX_DEPTH = 60

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


def parse(text: str) -> Node:
	"""The tree of an expression. Raises ExpressionError with `code` syntax or too_deep."""
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
			hint=Whole(_DEFAULT_HINT),
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
		hint=Whole(_HINTS.get(kind, _DEFAULT_HINT)),
	)


def _too_deep(text: str) -> ExpressionError:
	return ExpressionError(
		"The expression {expression} is nested too deeply. Split it over several rows.",
		code="too_deep",
		expression=text,
	)


def check(text: str, root: Node) -> None:
	"""Raise ExpressionError with `code` too_deep, unknown_function, arguments or literal. `text` is what messages show."""
	if depth(root) > MAX_DEPTH:
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
			hint=Whole(
				f"Did you mean {close[0]}()?" if close else "See the list of functions in the documentation."
			),
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
