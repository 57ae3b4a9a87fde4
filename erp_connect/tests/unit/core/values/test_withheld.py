"""What a reader may not have is neither given nor taken for empty."""

from __future__ import annotations

import pytest

from erp_connect.core.errors import ConnectError
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.expressions.path_template import render_path
from erp_connect.core.mapping.rows import Row, compile_mapping
from erp_connect.core.payload.serialise import normalise
from erp_connect.core.values.withheld import Guarded


class Closed(ConnectError):
	default_code = "closed"


def guarded(values: dict, *names: str) -> Guarded:
	return Guarded(values, names, lambda name: Closed("{closed}", closed=name))


RECORD = guarded(
	{
		"name": "A",
		"limit": 5,
		"items": [guarded({"code": "x", "cost": 3}, "cost"), guarded({"code": "y"}, "cost")],
	},
	"limit",
)


@pytest.mark.parametrize(
	"expression",
	[
		"limit",
		"limit || `0`",
		"[name, limit]",
		"name == 'A' && limit",
		"items[].cost",
		"items[?cost > `1`].code",
	],
)
def test_a_closed_field_is_refused_wherever_it_is_asked_for(expression):
	with pytest.raises(Closed):
		compile_expression(expression).search(RECORD)


def test_open_fields_and_the_whole_record_are_there():
	assert compile_expression("items[].code").search(RECORD) == ["x", "y"]
	assert normalise(compile_expression("@").search(RECORD)) == {
		"name": "A",
		"items": [{"code": "x"}, {"code": "y"}],
	}


def test_rows_that_see_their_record_keep_their_own_closed():
	open_row = [Row(source="items[].code", target="lines[].code")]
	assert compile_mapping(open_row).apply(RECORD, creating=False)["lines"] == [{"code": "x"}, {"code": "y"}]
	for source in ("items[].cost", "items[]._parent.limit"):
		mapping = compile_mapping([Row(source=source, target="lines[].value")])
		with pytest.raises(ConnectError) as raised:
			mapping.apply(RECORD, creating=False)
		assert raised.value.code == "closed"


def test_a_path_is_refused_as_well():
	assert render_path("/x/{name}", RECORD) == "/x/A"
	with pytest.raises(ConnectError):
		render_path("/x/{limit}", RECORD)
