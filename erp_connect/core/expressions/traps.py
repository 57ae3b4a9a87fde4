"""Expressions that can be read, and mean something else than they look like.

In JMESPath `!` binds tighter than a dot or a comparison: `!a.b` is `(!a).b`, which never finds anything, and
`!a == 'x'` compares true or false with a text. Never evaluates an expression.
"""

from __future__ import annotations

import re

from erp_connect.core.expressions.expression import Expression
from erp_connect.core.expressions.tree import Node, walk
from erp_connect.core.problems import Problem

# Of what ! gives, none of these finds anything.
_LOOKS_INTO = frozenset(
	{"subexpression", "index_expression", "projection", "filter_projection", "value_projection", "flatten"}
)
_NEGATED = re.compile(r"!\s*(?P<path>[^\s()=<>!&|,'`]*[.\[][^\s()=<>!&|,'`]*)")
_DENIED_PATH = "In {expression}, ! belongs to the first name alone, so that what follows finds nothing. Write {better} instead."
_DENIED_COMPARISON = (
	"In {expression}, ! belongs to the value before the comparison, which is then true or false. "
	"Write != instead, or !(…) around the whole comparison."
)


def traps(expression: Expression) -> list[Problem]:
	"""What of an expression does not mean what it looks like; empty for nearly all."""
	found = []
	for node in walk(expression.node):
		if node["type"] in _LOOKS_INTO and _denies(node["children"][0]):
			better = _NEGATED.search(expression.text)
			found.append(
				Problem(
					None,
					"source",
					"denied_path",
					_DENIED_PATH,
					{
						"expression": expression.text,
						"better": f"!({better['path']})" if better else "!(…)",
					},
				)
			)
		elif (
			node["type"] == "comparator"
			and _denies(node["children"][0])
			and not _is_boolean(node["children"][1])
		):
			found.append(
				Problem(
					None, "source", "denied_comparison", _DENIED_COMPARISON, {"expression": expression.text}
				)
			)
	return found


def _denies(node: Node) -> bool:
	return node["type"] == "not_expression"


def _is_boolean(node: Node) -> bool:
	return _denies(node) or (node["type"] == "literal" and isinstance(node["value"], bool))
