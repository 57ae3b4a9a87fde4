"""Days on which documents come into the scope of a flow are read off its expressions."""

import pytest

from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.mapping.turning_days import Turn, turns_of


@pytest.mark.parametrize(
	("text", "turns"),
	[
		("(!valid_from || valid_from <= _today) && (!valid_upto || valid_upto >= _today)",
			{Turn("valid_from", True, 0), Turn("valid_upto", False, 1)}),
		("_today > start && _today < end", {Turn("start", True, 1), Turn("end", False, 0)}),
		("if(valid_from <= _today, rate, old_rate)", {Turn("valid_from", True, 0)}),
		("item.valid_from <= _today || '2026-01-01' <= _today || valid_from == _today", set()),
		("valid_from <= valid_upto", set()),
	],
)  # fmt: skip
def test_turns(text, turns):
	assert turns_of([compile_expression(text)]) == turns
