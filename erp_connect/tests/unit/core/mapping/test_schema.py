"""Static checks: what is certainly wrong is found, what may be right passes."""

from __future__ import annotations

import pytest

from erp_connect.core.expressions.check import check_expression
from erp_connect.core.mapping.rows import Row
from erp_connect.core.mapping.schema import check_rows

SCHEMA = {
	"doctype": "Sales Order",
	"fields": {
		"name": {"type": "Data"},
		"customer": {"type": "Link"},
		"customer_name": {"type": "Data"},
		"grand_total": {"type": "Currency"},
		"transaction_date": {"type": "Date"},
		"status": {"type": "Select"},
		"disabled": {"type": "Check"},
		"extra": {"type": "JSON"},
		"bare": {},
		"items": {
			"type": "Table",
			"fields": {
				"item_code": {"type": "Link"},
				"qty": {"type": "Float"},
				"delivery_date": {"type": "Date"},
				"taxes": {"type": "Table", "fields": {"rate": {"type": "Float"}}},
			},
		},
		"customer_doc": {
			"type": "Document",
			"fields": {
				"email_id": {"type": "Data"},
				"accounts": {"type": "Table", "fields": {"account": {"type": "Link"}}},
			},
		},
	},
}

RIGHT = [
	"name",
	"@.name",
	"customer_doc.email_id",
	"customer_doc.accounts[].account",
	"items",
	"items[].item_code",
	"items[*].item_code",
	"items[?qty > `0`].item_code",
	"items[?qty > `0`].item_code | [0]",
	"items[0].item_code",
	"items[-1:].item_code",
	"items[].taxes[].rate",
	"items[*].taxes[*].rate",
	"items[].upper(item_code)",
	"items[].{a: item_code, b: qty}",
	"items[][].qty",
	"items == `[]`",
	"length(items)",
	"sum(items[].qty)",
	"map(&qty, items)",
	"sort_by(items, &qty)[0].whatever",
	"contains(items[].item_code, 'A')",
	"extra.anything.below[0].it",
	"bare.below",
	"split(name, '-')[0]",
	"status == 'Draft' && !disabled",
	"if(disabled, name, customer)",
	"_link.external_id",
	"_account.name",
	"_event.kind",
	"_parent.name",
	"{a: name, b: [customer, status]}",
]


@pytest.mark.parametrize("text", RIGHT)
def test_right(text):
	assert check_expression(text, SCHEMA) == []


WRONG = [
	("customer_nme", "unknown_field", "Did you mean customer_name?"),
	("xyz", "unknown_field", "not a field of Sales Order. Choose"),
	("customer_doc.emial_id", "unknown_field", "Did you mean email_id?"),
	("items[].item_cod", "unknown_field", "not a field of items. Did you mean item_code?"),
	("items[?qtty > `0`].qty", "unknown_field", "Did you mean qty?"),
	("items[?qty].qt", "unknown_field", "Did you mean qty?"),
	("items[0].itm", "unknown_field", "itm"),
	("items[0:2].itm", "unknown_field", "itm"),
	("items[*].taxes[*].rat", "unknown_field", "Did you mean rate?"),
	("items[].upper(item_cod)", "unknown_field", "item_cod"),
	("items | [].qt", "unknown_field", "qt"),
	("sum(items[].qtty)", "unknown_field", "qtty"),
	("map(&qtty, items)", "unknown_field", "qtty"),
	("sort_by(items, &qtty)", "unknown_field", "qtty"),
	("if(disabled, nme, name)", "unknown_field", "Did you mean name?"),
	("{a: nme}", "unknown_field", "Did you mean name?"),
	("[name, nme]", "unknown_field", "Did you mean name?"),
	("nme || name", "unknown_field", "Did you mean name?"),
	('status == "Draft"', "unknown_field", "Text goes in single quotes"),
	("items.item_code", "table_as_value", "Write items[].item_code"),
	("items[].taxes.rate", "table_as_value", "rate"),
	("upper(items)", "table_as_value", "items is a table"),
	("items == name", "table_as_value", "length(items)"),
	("customer[].x", "scalar_as_table", "customer is a Link field, not a table"),
	("customer[0]", "scalar_as_table", "customer"),
	("name[?x]", "scalar_as_table", "name"),
	("customer_doc[].email_id", "scalar_as_table", "customer_doc"),
	("sum(grand_total)", "scalar_as_table", "works on lists"),
	("customer.email_id", "scalar_as_document", "customer_doc.email_id"),
	("foo(name)", "unknown_function", "foo()"),
	("name ==", "syntax", "character 8"),
]


@pytest.mark.parametrize(("text", "code", "part"), WRONG)
def test_wrong(text, code, part):
	problems = check_expression(text, SCHEMA)
	assert [problem.code for problem in problems] == [code]
	assert part in str(problems[0])
	assert (problems[0].row, problems[0].field) == (None, "source")


def test_each_problem_of_an_expression_is_reported():
	assert len(check_expression("[nme, items[].qtty, custmer]", SCHEMA)) == 3


ROWS = [
	(Row("name", "id"), None, None),
	(Row("items", "lines", transform="JSON"), None, None),
	(Row("items[].qty", "lines[].q", transform="Round"), None, None),
	(Row("items[]._parent.name", "lines[].order"), None, None),
	(Row("items[?delivery_date == _parent.transaction_date].qty", "lines[].q"), None, None),
	(Row("items[].taxes[]._parent._parent.name", "l[].t[].o"), None, None),
	(Row("items[].taxes[]._parent.qty", "l[].t[].q"), None, None),
	(Row("customer_doc.accounts[]._parent.name", "l[].order"), None, None),
	(Row("", "kind", constant="x"), None, None),
	(Row("grand_total", "t", transform="Integer"), None, None),
	(Row("status", "d", transform="Date"), None, None),
	(Row("nme", "id"), "source", "unknown_field"),
	(Row("items", "lines"), "source", "table_as_value"),
	(Row("items[]", "lines"), "source", "table_as_value"),
	(Row("items[?qty]", "lines[]"), None, None),
	(Row("items[]._parent.nme", "lines[].order"), "source", "unknown_field"),
	(Row("items[].taxes[]._parent.qtty", "l[].t[].q"), "source", "unknown_field"),
	(Row("items[].taxes[]._parent._parent.nme", "l[].t[].q"), "source", "unknown_field"),
	(Row("items[]._parent.name", "orders"), "source", "parent"),
	(Row("items[?nope].qty", "l[].q"), "source", "unknown_field"),
	(Row("customer[].x", "l[].q"), "source", "scalar_as_table"),
	(Row("transaction_date", "t", transform="Round"), "transform", "transform_type"),
	(Row("transaction_date", "t", transform="Minor Units"), "transform", "transform_type"),
	(Row("items[].delivery_date", "l[].d", transform="Number"), "transform", "transform_type"),
	(Row("items[].delivery_date", "dates", transform="Number"), "transform", "transform_type"),
	(Row("grand_total", "t", transform="Date"), "transform", "transform_type"),
	(Row("disabled", "t", transform="Timestamp"), "transform", "transform_type"),
	(Row("grand_total", "t", transform="External ID", argument="Item"), "transform", "transform_type"),
	(Row("name", "x[].y"), "target", "target"),
	(Row("name", "x..y"), "target", "path"),
	(Row("name", "x", transform="Round", argument="z"), "argument", "argument"),
	(Row("name", "x", transform="Nope"), "transform", "unknown_transform"),
	(Row("up(name)", "x"), "source", "unknown_function"),
]


@pytest.mark.parametrize(("row", "field", "code"), ROWS)
def test_rows(row, field, code):
	# In second place, so that the number of the row is seen to be right.
	problems = check_rows([Row("status", "first"), row], SCHEMA)
	assert [(problem.row, problem.field, problem.code) for problem in problems] == (
		[(2, field, code)] if code else []
	)
	assert all(str(problem) and "{" not in str(problem) for problem in problems)


def test_all_rows_are_checked_and_clashes_come_last():
	assert [
		problem.row for problem in check_rows([Row("a1", "x"), Row("name", "y"), Row("b1", "z")], SCHEMA)
	] == [1, 3]
	problems = check_rows([Row("name", "x"), Row("status", "x")], SCHEMA)
	assert [(problem.row, problem.field) for problem in problems] == [(2, "target")]


def test_inwards_only_form_is_checked():
	assert check_rows([Row("remote.unknown", "customer")], SCHEMA, direction="in") == []
	assert check_rows([Row("remote[", "customer")], SCHEMA, direction="in")[0].code == "syntax"
