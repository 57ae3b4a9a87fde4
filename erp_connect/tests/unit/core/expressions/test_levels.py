"""The rows of a table on the way of an expression: also where there is one, and it stands alone."""

from __future__ import annotations

from typing import Any

import pytest

from erp_connect.core.errors import ExpressionError
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.expressions.levels import split_levels


def rows(text: str, record: dict[str, Any]) -> list[Any] | None:
	(level,), leaf = split_levels(compile_expression(text))
	found = level.elements(record)
	return found and [leaf.search(row) for row in found if level.keeps(row)]


@pytest.mark.parametrize(
	("text", "record", "found"),
	[
		("lines.line[].no", {"lines": {"line": [{"no": 1}, {"no": 2}]}}, [1, 2]),
		("lines.line[].no", {"lines": {"line": {"no": 1}}}, [1]),
		("line[*].no", {"line": {"no": 1, "more": {"a": 1}}}, [1]),
		("lines.line[?no].no", {"lines": {"line": {"no": None}}}, []),
		("lines.line[].no", {"lines": None}, None),
	],
)
def test_one_element_alone_is_a_row(text, record, found):
	assert rows(text, record) == found


@pytest.mark.parametrize("value", ["text", 7, True, {}, {"0": {"no": 1}, "1": {"no": 2}}])
def test_what_may_be_something_else_is_refused(value):
	with pytest.raises(ExpressionError, match="is not a table in this record"):
		rows("line[].no", {"line": value})
