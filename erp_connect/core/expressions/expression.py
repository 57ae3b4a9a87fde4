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
from functools import lru_cache
from typing import Any

from jmespath import exceptions as jmespath_errors

from erp_connect.core.errors import ExpressionError, Whole
from erp_connect.core.expressions import syntax, tree
from erp_connect.core.expressions.functions import FunctionFailure, Refusal
from erp_connect.core.expressions.interpreter import BoundedInterpreter, OutOfBudget
from erp_connect.core.expressions.tree import Node

MAX_LENGTH = 2000
# What an expression says by refuse(): words for whoever sent the record, not for whoever wrote the flow.
REFUSED = "refused_by_flow"


class Expression:
	"""A compiled expression. Immutable and safe to share between threads.

	text: as written. node: the parsed tree. root_fields: names read from the document itself, with "*" among
	them when the expression reads it as a whole.
	"""

	__slots__ = ("_keys", "_steps", "node", "root_fields", "text")

	def __init__(self, text: str, node: Node) -> None:
		self.text = text
		self.node = node
		self.root_fields = frozenset(tree.root_fields(node))
		self._keys = tree.plain_keys(node)
		self._steps = tree.steps(node)

	def __repr__(self) -> str:
		return f"Expression({self.text!r})"

	def search(self, data: Any) -> Any:
		"""The value the expression has for JSON-like `data`; None where nothing is found.

		Raises ExpressionError when a function meets a value of the wrong kind, the work has no end in sight, or the expression
		itself refuses the data (code `REFUSED`).
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

	def says_null(self, data: Any) -> bool:
		"""Whether null stands in `data` at the place that the expression names, and is not merely found nowhere.

		Only a path (`a.b[0].c`) names a place: of any other expression, null may mean either.
		"""
		return self._names_place(data) is True and self.search(data) is None

	def leaves_out(self, data: Any) -> bool:
		"""Whether `data` has no such place as the expression names; False for anything but a path, see `says_null`."""
		return self._names_place(data) is False

	def _names_place(self, data: Any) -> bool | None:
		"""Whether the place of a path is there; None where the expression is none."""
		if not self._steps:
			return None
		holder = data
		for step in self._steps[:-1]:
			holder = _at(holder, step)
		return _has(holder, self._steps[-1])

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
	return from_node(text, syntax.parse(text))


def from_node(text: str, node: Node) -> Expression:
	"""An Expression for a part of a parsed tree, checked like any other. `text` is what messages show."""
	syntax.check(text, node)
	return Expression(text, node)


def _failure(text: str, error: Exception) -> ExpressionError:
	if isinstance(error, Refusal):
		return ExpressionError("{reason}", code=REFUSED, reason=Whole(error))
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
		reason=Whole(_reason(error)),
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


def _has(holder: Any, step: str | int) -> bool:
	if isinstance(step, int):
		return isinstance(holder, list) and -len(holder) <= step < len(holder)
	return isinstance(holder, dict) and step in holder


def _at(holder: Any, step: str | int) -> Any:
	return holder[step] if _has(holder, step) else None


def _follow(keys: tuple[str, ...], data: Any) -> Any:
	for key in keys:
		if not isinstance(data, dict):
			return None
		data = data.get(key)
	return data
