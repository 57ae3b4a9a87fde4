"""What belongs to one site is taken out of constants and expressions, and told where it stays."""

from __future__ import annotations

import pytest

from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.presets import own_values

KEYS = {"Stores - A": "warehouse", "ACME": "company"}


def test_a_constant_that_is_a_name_becomes_an_input():
	assert own_values.constant("Stores - A", KEYS) == "{input.warehouse}"
	assert own_values.constant("Stores - AB", KEYS) == "Stores - AB"


@pytest.mark.parametrize(
	("text", "changed"),
	[
		("warehouse == 'Stores - A' && qty > `0`", "warehouse == _input.warehouse && qty > `0`"),
		("if(company == 'ACME', 'ACME', 'other')", "if(company == _input.company, _input.company, 'other')"),
		("company != 'Acme'", "company != 'Acme'"),
		# What stands in a literal is no operator.
		("company == 'ACME' || title == 'a|b[?c]'", "company == _input.company || title == 'a|b[?c]'"),
		# Behind these, inputs are not found.
		("items[?warehouse == 'Stores - A']", "items[?warehouse == 'Stores - A']"),
		("items[].{w: 'ACME'}", "items[].{w: 'ACME'}"),
		("", ""),
	],
)
def test_a_literal_becomes_an_input_where_inputs_are_found(text, changed):
	new = own_values.expression(text, KEYS)
	assert new == changed
	if new:
		compile_expression(new)


def test_a_replaced_expression_finds_the_same():
	document = {"warehouse": "Stores - A", "_input": {"warehouse": "Stores - A"}}
	text = "warehouse == 'Stores - A'"
	for one in (text, own_values.expression(text, KEYS)):
		assert compile_expression(one).search(document) is True


def test_what_still_names_something_is_told_with_its_place():
	data = {
		"flows": [
			{
				"mapping": {
					"condition": "x[?company == 'ACME']",
					"notes": "Not ACMEX",
					"rows": [{"constant": "AB"}],
				}
			}
		]
	}
	found = list(own_values.mentions(data, frozenset({"ACME", "AB"})))
	assert found == [("flows.0.mapping.condition", "ACME"), ("flows.0.mapping.rows.0.constant", "AB")]


def test_values_in_queries_that_are_secret_by_their_name():
	data = {
		"a": "/x?api_key=abc&page=1",
		"b": "/x?token={input.t}&password=",
		"c": ["/y?page=2&access_token=z"],
	}
	assert list(own_values.secrets_in_queries(data)) == [("a", "api_key"), ("c.0", "access_token")]
	assert own_values.places_of(data, "abc") == ["a"]
