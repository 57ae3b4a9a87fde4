"""Evaluates a parsed JMESPath expression under a budget of work.

JMESPath has no loops, no recursion and no user-defined functions, so it always ends; but it can still
multiply: `[@, @] | [@, @] | …` doubles at each step. Therefore every visited node costs one unit, every value
an expression *builds* costs its size, and texts and flattened lists are measured before they are made. What
merely passes through costs nothing, so the work is at most proportional to the document times the length of
the expression. `OutOfBudget` ends what would be more.

Never touches an attribute of a value: only plain dicts and lists are entered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jmespath.visitor import TreeInterpreter

from erp_connect.core.expressions.functions import Functions

BUDGET = 500_000
# Characters of text that cost as much as one node.
_TEXT_UNIT = 64
_FUNCTIONS = Functions()
# Functions whose result can be larger than what they were given.
_BUILDERS = frozenset({"map", "merge", "split"})
_MAX_AS_TEXT = 50_000


class OutOfBudget(Exception):
	"""The expression asks for more work or memory than one record may cost."""


class BoundedInterpreter(TreeInterpreter):
	"""One evaluation: make a new one for each search, since it carries the remaining budget."""

	def __init__(self, budget: int = BUDGET) -> None:
		# The parent's __init__ is skipped: it builds a function table and a method cache each time.
		self._dict_cls = dict
		self._functions = _FUNCTIONS
		self._left = budget

	def visit(self, node, value):
		self._left -= 1
		if self._left < 0:
			raise OutOfBudget
		return _METHODS[node["type"]](self, node, value)

	def visit_field(self, node, value):
		return value.get(node["value"]) if isinstance(value, dict) else None

	def visit_value_projection(self, node, value):
		base = self.visit(node["children"][0], value)
		if not isinstance(base, dict):
			return None
		found = (self.visit(node["children"][1], element) for element in base.values())
		return [element for element in found if element is not None]

	def visit_flatten(self, node, value):
		base = self.visit(node["children"][0], value)
		if not isinstance(base, list):
			return None
		self._spend(sum(len(element) if isinstance(element, list) else 1 for element in base))
		merged: list[Any] = []
		for element in base:
			merged.extend(element if isinstance(element, list) else (element,))
		return merged

	def visit_slice(self, node, value):
		self._spend(len(value) if isinstance(value, list) else 0)
		return super().visit_slice(node, value)

	def visit_multi_select_list(self, node, value):
		return self._charged(super().visit_multi_select_list(node, value))

	def visit_multi_select_dict(self, node, value):
		return self._charged(super().visit_multi_select_dict(node, value))

	def visit_not_expression(self, node, value):
		return not self.visit(node["children"][0], value)

	def _is_false(self, value):
		# Unlike the standard, 0 is false: a check box of ERPNext holds 0 or 1.
		return not value

	def visit_comparator(self, node, value):
		try:
			return super().visit_comparator(node, value)
		except TypeError:
			# Text against number: not comparable, which JMESPath answers with null.
			return None

	def visit_function_expression(self, node, value):
		name, arguments = node["value"], node["children"]
		if name == "if":
			condition = self.visit(arguments[0], value)
			return self.visit(self._functions._func_if(condition, *arguments[1:]), value)
		if name == "default":
			found = self.visit(arguments[0], value)
			chosen = self._functions._func_default(found, arguments[1])
			return self.visit(chosen, value) if chosen is arguments[1] else found
		return self._call(name, [self.visit(argument, value) for argument in arguments])

	def _call(self, name: str, arguments: list[Any]) -> Any:
		for argument in arguments:
			if isinstance(argument, list | dict):
				self._spend(len(argument))
			elif isinstance(argument, str):
				self._spend(len(argument) // _TEXT_UNIT)
		if name == "to_string" and weigh(arguments[0], _MAX_AS_TEXT) > _MAX_AS_TEXT:
			raise OutOfBudget
		result = self._functions.call_function(name, arguments)
		return self._charged(result) if name in _BUILDERS else result

	def _spend(self, units: int) -> None:
		self._left -= units
		if self._left < 0:
			raise OutOfBudget

	def _charged(self, value: Any) -> Any:
		self._spend(weigh(value, self._left))
		return value


def weigh(value: Any, limit: int) -> int:
	"""Size of a JSON value as a tree: a unit for each node and each 64 characters; stops above `limit`."""
	if not isinstance(value, list | dict):
		return 1 + (len(value) // _TEXT_UNIT if isinstance(value, str) else 0)
	total, open_ = 0, [value]
	while open_ and total <= limit:
		node = open_.pop()
		children = node.values() if isinstance(node, dict) else node
		total += 1
		for child in children:
			if isinstance(child, list | dict):
				open_.append(child)
			else:
				total += 1 + (len(child) // _TEXT_UNIT if isinstance(child, str) else 0)
	return total


_METHODS: dict[str, Callable[..., Any]] = {
	name[6:]: getattr(BoundedInterpreter, name)
	for name in dir(BoundedInterpreter)
	if name.startswith("visit_")
}
