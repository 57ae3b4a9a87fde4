"""Days on which a document comes into the scope of a flow or leaves it, although nobody saves it.

A condition such as `(!valid_from || valid_from <= _today) && (!valid_upto || valid_upto >= _today)` is another one
each day. Read off its comparisons of a field of the document with `_today`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from erp_connect.core.expressions.expression import Expression
from erp_connect.core.expressions.tree import walk

TODAY = "_today"
# By the comparison of a field with today: whether it becomes true, and how many days after the one in the field it turns.
_TURNS = {"lte": (True, 0), "lt": (True, 1), "gte": (False, 1), "gt": (False, 0)}
_MIRRORED = {"lte": "gte", "gte": "lte", "lt": "gt", "gt": "lt"}


@dataclass(frozen=True)
class Turn:
	"""field: a date of the document. begins: whether something is true from then on, or no more. days: after that date."""

	field: str
	begins: bool
	days: int


def turns_of(expressions: Iterable[Expression]) -> set[Turn]:
	"""The turns that comparisons with today in these expressions tell of."""
	return {turn for expression in expressions for node in walk(expression.node) for turn in _turns(node)}


def _turns(node: dict) -> list[Turn]:
	if node["type"] != "comparator" or node["value"] not in _TURNS:
		return []
	names = [child["value"] if child["type"] == "field" else None for child in node["children"]]
	sign = node["value"]
	if names[0] == TODAY:
		names, sign = names[::-1], _MIRRORED[sign]
	if names[1] != TODAY or names[0] in (None, TODAY):
		return []
	return [Turn(names[0], *_TURNS[sign])]
