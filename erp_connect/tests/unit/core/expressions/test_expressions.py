"""Expressions: what is found, what is refused when compiled, and that hostile ones cost and reach nothing."""

from __future__ import annotations

import pickle
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erp_connect.core.errors import ExpressionError, MappingError
from erp_connect.core.expressions.expression import MAX_LENGTH, compile_expression
from erp_connect.core.expressions.expression import REFUSED as IN_ITS_WORDS
from erp_connect.core.expressions.interpreter import BoundedInterpreter, OutOfBudget, weigh

ORDER = {
	"name": "SO-1",
	"status": "Draft",
	"disabled": 0,
	"is_free": 1,
	"grand_total": 1234.5,
	"note": None,
	"empty": "",
	"date": "2024-01-31",
	"modified": "2024-01-31 10:20:30.123456",
	"customer_doc": {"email": "a@example.com"},
	"items": [
		{"item_code": "A", "qty": 2, "amount": 0.1, "is_free": 0},
		{"item_code": "B", "qty": 0, "amount": 0.2, "is_free": 1},
	],
}

VALUES = [
	("name", "SO-1"),
	("customer_doc.email", "a@example.com"),
	("customer_doc.nothing.deeper", None),
	("name.anything", None),
	("items[].item_code", ["A", "B"]),
	("items[?qty > `0`].item_code", ["A"]),
	("items[?is_free].item_code", ["B"]),
	("items[?!is_free].item_code", ["A"]),
	("!disabled", True),
	("disabled || 'x'", "x"),
	("default(disabled, 'x')", 0),
	("default(empty, note)", None),
	("default(note, 'x')", "x"),
	("upper(name)", "SO-1"),
	("upper(status)", "DRAFT"),
	("upper(note)", None),
	("md5('urist.mcvankab@freddiesjokes.com')", "62eeb292278cc15f5817cb78f7790b08"),
	("md5(note)", None),
	("lower(status)", "draft"),
	("title('red hot')", "Red Hot"),
	("trim('  a ')", "a"),
	("split('a,b', ',')", ["a", "b"]),
	("replace(name, '-', '_')", "SO_1"),
	("truncate(status, `3`)", "Dra"),
	("substring(status, `1`, `2`)", "ra"),
	("concat([name, ' ', note, `5`])", "SO-1 5"),
	("sum_by(items, 'item_code', ['qty'])[].qty", [2, 0]),
	(
		"sum_by([items, items][], 'item_code', ['qty', 'amount'])[].[item_code, qty, amount]",
		[["A", 4, 0.2], ["B", 0, 0.4]],
	),
	("sum_by(note, 'item_code', ['qty'])", None),
	("sum_by([items[0], {item_code: 'A', qty: note}], 'item_code', ['qty'])[].qty", [2]),
	("join_present(', ', [name, note, empty, status])", "SO-1, Draft"),
	("round(`2.675`, `2`)", 2.68),
	("round(`-0.5`, `0`)", -1),
	("add(`0.1`, `0.2`)", 0.3),
	("subtract(grand_total, `0.5`)", 1234),
	("multiply(items[0].amount, items[0].qty)", 0.2),
	("divide(`1`, `8`)", 0.125),
	("add(note, `1`)", None),
	("sum(items[].amount)", 0.3),
	("avg(items[].amount)", 0.15),
	("minor_units(grand_total, 'EUR')", 123450),
	("from_json('[1, {\"a\": 2}]')[1].a", 2),
	("from_json('no json')", None),
	("from_json('NaN')", None),
	("from_json(missing)", None),
	("strip_html('<b>A</b> &amp; B<script>x</script>')", "A & B"),
	("strip_html(missing)", None),
	("minor_units(grand_total, 'JPY')", 1235),
	("minor_units(`1.2345`, 'KWD')", 1235),
	("number('12.50')", 12.5),
	("number(' 7 ')", 7),
	("number(empty)", None),
	("string(`10.0`)", "10"),
	("string(`1e16`)", "10000000000000000"),
	("string(`true`)", "true"),
	("to_number('nan')", None),
	("date(date, '%d.%m.%y')", "31.01.24"),
	("date(modified, '%d %b %Y %I:%M %p')", "31 Jan 2024 10:20 AM"),
	("year(date)", 2024),
	("month(modified)", 1),
	("day(note)", None),
	("to_timestamp('2024-01-31T00:00:00Z', 's')", 1706659200),
	("to_timestamp('2024-01-31 00:00:00.250', 'ms')", 1706659200250),
	("if(is_free, 'yes', 'no')", "yes"),
	("join('-', ['a', 'b'])", "a-b"),
	("if(!disabled, default(note, name), upper(items))", "SO-1"),
	("default(name, upper(items))", "SO-1"),
	("if(disabled, upper(items), 'lazy')", "lazy"),
	('get(`{"Draft": "open"}`, status, \'other\')', "open"),
	('get(`{"5": "five"}`, `5`, \'other\')', "five"),
	("get(`{}`, status, 'other')", "other"),
	("'a' > `1`", None),
	("name == 'SO-1' && grand_total >= `1000`", True),
	("length(items)", 2),
	("map(&upper(item_code), items)", ["A", "B"]),
	("sort_by(items, &qty)[0].item_code", "B"),
	("*.email", ["a@example.com"]),
]


@pytest.mark.parametrize(("text", "expected"), VALUES)
def test_value(text, expected):
	assert compile_expression(text).search(ORDER) == expected


REFUSED = [
	("", "empty", "name of a field"),
	("   ", "empty", ""),
	("a" * (MAX_LENGTH + 1), "too_long", "2000"),
	("qty > 0", "syntax", "character 7. Write numbers in backticks"),
	("status = 'x'", "syntax", "character 8. Compare with =="),
	("a and b", "syntax", "&&"),
	("foo(", "syntax", "character 5"),
	("items.[]", "syntax", "items[].rate"),
	("'open", "syntax", "quotes"),
	("uper(name)", "unknown_function", "Did you mean upper()?"),
	("__import__('os')", "unknown_function", "__import__()"),
	("eval('1')", "unknown_function", "eval()"),
	("items[?open(x)]", "unknown_function", "open()"),
	("().__class__", "syntax", ""),
	("{{ frappe.db }}", "syntax", ""),
	("upper()", "arguments", "takes 1 values and got 0"),
	("upper(a, b)", "arguments", "got 2"),
	("not_null()", "arguments", "1 or more"),
	("map(qty, items)", "arguments", "&"),
	("upper(&a)", "arguments", "&"),
	("`1e999`", "literal", "not finite"),
	("`[NaN]`", "literal", "not finite"),
	("items[::0]", "literal", "step 0"),
	("!" * 200 + "a", "too_deep", "Split it"),
	("(" * 900 + "a" + ")" * 900, "too_deep", "Split it"),
	("[" * 900 + "a" + "]" * 900, "too_deep", "Split it"),
]


@pytest.mark.parametrize(("text", "code", "part"), REFUSED)
def test_refused_when_compiled(text, code, part):
	with pytest.raises(ExpressionError) as caught:
		compile_expression(text)
	assert caught.value.code == code
	assert part in str(caught.value)


def test_syntax_error_gives_the_position():
	with pytest.raises(ExpressionError) as caught:
		compile_expression("name == 'x' )")
	assert caught.value.params["position"] == 13


FAILING = [
	("upper(grand_total)", "upper() cannot work with 1234.5"),
	("length(note)", "length() cannot work with an empty field"),
	("number('1,234')", "not a number"),
	("number('1_0')", "not a number"),
	("date(name, '%Y')", "not a date"),
	("date('2024-02-31', '%Y')", "not a date"),
	("date(date, '%Q')", "%Q is not a letter of date patterns"),
	("divide(`1`, `0`)", "division by zero"),
	("round(`1`, `50`)", "digits"),
	("truncate(name, `-1`)", "whole number"),
	("to_timestamp(date, 'h')", "'s' or 'ms'"),
	("split(name, '')", "separator is empty"),
	("concat([items])", "only texts and numbers"),
]


@pytest.mark.parametrize(("text", "part"), FAILING)
def test_failure_on_a_record_says_why(text, part):
	with pytest.raises(ExpressionError) as caught:
		compile_expression(text).search(ORDER)
	assert caught.value.code == "type"
	assert part in str(caught.value)
	assert "Correct the field or the expression" in str(caught.value)


BOMBS = [
	"|".join(["[@,@]"] * 25),
	"|".join(["[@,@]", "[]"] * 25),
	"|".join(["[@,@]"] * 15) + "|to_string(@)",
	"|".join(["{a:@,b:@}"] * 25),
	"|".join(["join('',[@,@])"] * 25),
	"|".join(["concat([@,@])"] * 25),
	"|".join(["replace(@, 'x', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxx')"] * 25),
	"map(&map(&map(&map(&`1`, N), N), N), N)".replace("N", "`[" + ",".join(["1"] * 200) + "]`"),
	"map(&N, map(&N, N)[])[][]".replace("N", "`[" + ",".join(["1"] * 250) + "]`"),
]


@pytest.mark.parametrize("text", BOMBS)
def test_work_is_bounded(text):
	data = "x" * 50
	started = time.perf_counter()
	try:
		result = compile_expression(text).search(data)
	except ExpressionError as error:
		assert error.code in ("too_much_work", "type", "too_deep")
	else:
		assert weigh(result, 10**7) < 10**6
	assert time.perf_counter() - started < 5


def test_an_expression_refuses_a_record_in_its_own_words():
	refusing = compile_expression("if(note, name, refuse(concat([name, ' has no note. Enter one.'])))")
	assert refusing.search({**ORDER, "note": "there"}) == "SO-1"
	with pytest.raises(ExpressionError) as caught:
		refusing.search(ORDER)
	assert (str(caught.value), caught.value.code) == ("SO-1 has no note. Enter one.", IN_ITS_WORDS)


def test_each_visited_node_costs_and_the_message_says_so():
	expression = compile_expression("items[].qty")
	items = {"items": [{"qty": 1}] * 100}
	assert BoundedInterpreter(budget=500).visit(expression.node, items) == [1] * 100
	with pytest.raises(OutOfBudget):
		BoundedInterpreter(budget=150).visit(expression.node, items)
	with pytest.raises(ExpressionError) as caught:
		compile_expression("|".join(["[@,@]"] * 25)).search("x")
	assert caught.value.code == "too_much_work"
	assert "Make it simpler" in str(caught.value)


class Trap:
	"""Stands for a framework object: touching its attributes is what an expression must never do."""

	secret = "leaked"

	def get(self, key):
		raise AssertionError("an attribute was called")

	def values(self):
		raise AssertionError("an attribute was called")


@pytest.mark.parametrize(
	"text", ["a.secret", "a.__class__", "a.*", "a.get", "a[0]", "a[].secret", "a.__class__.__init__"]
)
def test_attributes_are_out_of_reach(text):
	assert compile_expression(text).search({"a": Trap()}) is None
	assert compile_expression(f"[{text}]").search({"a": Trap()}) == [None]


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_compiles_or_is_refused_cleanly(text):
	try:
		compile_expression(text).search(ORDER)
	except ExpressionError as error:
		assert error.code and str(error)


@pytest.mark.parametrize(
	("text", "fields"),
	[
		("name", {"name"}),
		("customer_doc.email", {"customer_doc"}),
		("items[?qty > `0`].item_code", {"items"}),
		("items[?qty > `0`] | [0].item_code", {"items"}),
		("if(status == 'Draft', name, customer_doc.email)", {"status", "name", "customer_doc"}),
		("{a: name, b: sum(items[].qty)}", {"name", "items"}),
		("sort_by(items, &qty)[0]", {"items"}),
		("@.name", {"name"}),
		("@ | name", {"name"}),
		("to_string(@)", {"*"}),
		("keys(@)", {"*"}),
		("*.email", {"*"}),
		("'text'", set()),
	],
)
def test_root_fields(text, fields):
	assert compile_expression(text).root_fields == fields


@pytest.mark.parametrize(
	("text", "answer"),
	[
		("name", True),
		("disabled", False),
		("note", False),
		("empty", False),
		("items", True),
		("nope", False),
	],
)
def test_is_true(text, answer):
	assert compile_expression(text).is_true(ORDER) is answer


def test_compiled_once_and_data_untouched():
	text = "items[].{code: item_code, total: multiply(qty, amount)}"
	assert compile_expression(text) is compile_expression(text)
	before = pickle.dumps(ORDER)
	compile_expression(text).search(ORDER)
	compile_expression("sort_by(items, &qty)").search(ORDER)
	assert pickle.dumps(ORDER) == before


def test_errors_survive_pickling_and_cut_long_values():
	error = MappingError("{source} holds {value}.", row=3, field="source", source="a", value="v" * 500)
	copy = pickle.loads(pickle.dumps(error))
	assert (copy.row, copy.field, str(copy)) == (3, "source", str(error))
	assert str(error).startswith("Row 3: a holds vvv")
	assert len(str(error)) < 200


def test_a_template_with_a_missing_place_still_prints():
	assert str(ExpressionError("{a} and {b}", a=1)) == "1 and {b}"
