"""Mapping: rows to payloads. The traps are lists with missing values, clashes, and defaults."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erp_connect.core.errors import MappingError
from erp_connect.core.mapping.rows import Row, compile_mapping

ORDER = {
	"name": "SO-1",
	"currency": "EUR",
	"customer": "C1",
	"nothing": None,
	"empty": "",
	"zero": 0,
	"customer_doc": {"email": None, "phones": [{"no": "1"}, {"no": "2"}]},
	"items": [
		{"item_code": "A", "qty": 2, "rate": 9.995},
		{"item_code": None, "qty": 0, "rate": 1},
		{"item_code": "C", "qty": 1, "rate": 3},
	],
	"packages": [
		{"no": 1, "items": [{"sku": "s1"}, {"sku": "s2"}]},
		{"no": 2, "items": []},
		{"no": 3, "items": [{"sku": "s3"}]},
	],
	"none_table": None,
	"empty_table": [],
}


def apply(*rows, document=ORDER, **options):
	return compile_mapping(rows).apply(document, **options)


def test_nested_objects_in_the_order_of_rows():
	payload = apply(
		Row("name", "id"), Row("currency", "total.currency"), Row("name", "ref"), Row("zero", "total.amount")
	)
	assert json.dumps(payload) == '{"id": "SO-1", "total": {"currency": "EUR", "amount": 0}, "ref": "SO-1"}'


def test_a_null_in_one_element_does_not_shift_the_others():
	payload = apply(Row("items[].item_code", "lines[].sku"), Row("items[].qty", "lines[].quantity"))
	assert payload == {"lines": [{"sku": "A", "quantity": 2}, {"quantity": 0}, {"sku": "C", "quantity": 1}]}


def test_a_null_element_of_a_plain_list_holds_its_place():
	assert apply(Row("items[].item_code", "codes[]")) == {"codes": ["A", None, "C"]}


def test_a_target_without_list_takes_the_expression_as_it_is():
	assert apply(Row("items[].item_code", "codes")) == {"codes": ["A", "C"]}


def test_filtered_elements():
	rows = [Row("items[?qty > `0`].item_code", "l[].sku"), Row("items[?qty > `0`].rate", "l[].rate")]
	assert apply(*rows) == {"l": [{"sku": "A", "rate": 9.995}, {"sku": "C", "rate": 3}]}


@pytest.mark.parametrize(
	"source",
	[
		"items[].item_code",
		"items[*].item_code",
		"items[][].item_code",
		"items[:].item_code",
		"to_array(items)[].item_code",
	],
)
def test_ways_to_write_a_table(source):
	assert apply(Row(source, "l[].sku")) == {"l": [{"sku": "A"}, {}, {"sku": "C"}]}


@pytest.mark.parametrize("source", ["m[].a", "m[*][].a"])
def test_nested_lists_are_opened_by_brackets(source):
	document = {"m": [[{"a": 1}], [{"a": 2}, {"a": None}], {"a": 4}]}
	assert apply(Row(source, "l[].x"), document=document) == {"l": [{"x": 1}, {"x": 2}, {}, {"x": 4}]}


def test_expressions_in_each_element():
	payload = apply(
		Row("items[].string(qty)", "l[].quantity"),
		Row("items[].not_null(item_code, 'none')", "l[].sku"),
		Row("items[].{r: rate}", "l[].more"),
	)
	assert payload["l"][1] == {"quantity": "0", "sku": "none", "more": {"r": 1}}


def test_root_values_and_constants_repeat_in_each_element():
	payload = apply(
		Row("currency", "l[].currency"), Row("items[].qty", "l[].q"), Row("", "l[].kind", constant="goods")
	)
	assert payload["l"] == [{"currency": "EUR", "q": quantity, "kind": "goods"} for quantity in (2, 0, 1)]


def test_tables_in_tables():
	payload = apply(
		Row("packages[].no", "p[].number"),
		Row("packages[].items[].sku", "p[].contents[].sku"),
		Row("packages[].no", "p[].contents[].box"),
		Row("name", "p[].contents[].order"),
	)
	assert payload == {
		"p": [
			{
				"number": 1,
				"contents": [
					{"sku": "s1", "box": 1, "order": "SO-1"},
					{"sku": "s2", "box": 1, "order": "SO-1"},
				],
			},
			{"number": 2, "contents": []},
			{"number": 3, "contents": [{"sku": "s3", "box": 3, "order": "SO-1"}]},
		]
	}


def test_projections_in_projections_are_two_levels():
	assert apply(Row("packages[*].items[*].sku", "p[].i[]")) == {
		"p": [{"i": ["s1", "s2"]}, {"i": []}, {"i": ["s3"]}]
	}


def test_table_of_a_linked_document():
	assert apply(Row("customer_doc.phones[].no", "contact.phones[]")) == {"contact": {"phones": ["1", "2"]}}


def test_parent():
	payload = apply(
		Row("items[].concat([_parent.name, '/', item_code])", "l[].key"),
		Row("packages[].items[].concat([_parent._parent.name, string(_parent.no)])", "p[].i[].key"),
		Row("items[?item_code == _parent.wanted].qty", "wanted[].q"),
		document={**ORDER, "wanted": "C"},
	)
	assert [line["key"] for line in payload["l"]] == ["SO-1/A", "SO-1/", "SO-1/C"]
	assert payload["p"][0]["i"][1]["key"] == "SO-11"
	assert payload["wanted"] == [{"q": 1}]


def test_missing_and_empty_tables():
	rows = [
		Row("none_table[].a", "none[].a"),
		Row("empty_table[].a", "empty[].a"),
		Row("absent[].a", "x.absent[].a"),
	]
	assert apply(*rows) == {"empty": []}
	assert apply(*rows, omit_none=False) == {"none": [], "empty": [], "x": {"absent": []}}


def test_missing_values():
	rows = [
		Row("nothing", "a"),
		Row("empty", "b"),
		Row("zero", "c"),
		Row("customer_doc.email", "contact.email"),
	]
	assert apply(*rows) == {"b": "", "c": 0}
	assert apply(*rows, omit_none=False) == {"a": None, "b": "", "c": 0, "contact": {"email": None}}


def kept(*rows, document):
	return apply(*rows, document=document, keep_null=True)


@pytest.mark.parametrize(
	("source", "document"),
	[
		("a", {"a": None}),
		("a.b", {"a": {"b": None}}),
		('"a b".c', {"a b": {"c": None}}),
		("a[0].b", {"a": [{"b": None}]}),
		("a[-1]", {"a": [1, None]}),
		("a | b", {"a": {"b": None}}),
	],
)
def test_a_null_that_came_in_empties_the_field(source, document):
	assert kept(Row(source, "x"), document=document) == {"x": None}
	assert apply(Row(source, "x"), document=document) == {}
	assert kept(Row(source, "x", default="d"), document=document) == {"x": "d"}


@pytest.mark.parametrize(
	("source", "document"),
	[
		("a", {}),
		("a", {"b": None}),
		("a.b", {"a": None}),
		("a.b", {"a": {}}),
		("a.b", {"a": [None]}),
		("a[0]", {"a": []}),
		("a[0]", {"a": {"0": None}}),
		("a || b", {"a": None, "b": None}),
		("upper(a)", {"a": None}),
		("a[?b].c | [0]", {"a": [{"b": 1, "c": None}]}),
		("@", None),
	],
)
def test_what_came_in_and_is_not_said_leaves_the_field_alone(source, document):
	assert kept(Row(source, "x"), document=document) == {}


def test_what_a_transform_makes_nothing_of_empties_the_field():
	row = Row("on", "x", transform="Date", argument="%d.%m.%Y")
	assert compile_mapping([row], "in").apply({"on": ""}, keep_null=True) == {"x": None}
	assert compile_mapping([row], "in").apply({}, keep_null=True) == {}


def test_a_null_in_rows_that_came_in():
	rows = [Row("lines[].sku", "items[].item_code"), Row("lines[].note", "items[].description")]
	assert kept(*rows, document={"lines": [{"sku": "A", "note": None}, {"sku": "B"}]}) == {
		"items": [{"item_code": "A", "description": None}, {"item_code": "B"}]
	}
	assert kept(*rows, document={"lines": None}) == {"items": []}
	assert kept(*rows, document={}) == {}


def test_a_text_in_a_table_of_objects_is_no_empty_row():
	row = Row("lines[].sku", "items[].item_code")
	with pytest.raises(MappingError, match="no fields") as refused:
		kept(row, document={"lines": [{"sku": "A"}, "B"]})
	assert refused.value.elements == (2,)
	assert kept(row, document={"lines": [{}, None]}) == {"items": [{}, {}]}
	assert kept(Row("lines[]", "items[].item_code"), document={"lines": ["B"]}) == {
		"items": [{"item_code": "B"}]
	}


def test_a_place_of_a_table_of_which_only_null_came_in_is_no_row():
	row = Row("mail", "email_ids[0].email_id")
	assert kept(row, document={"mail": None}) == {"email_ids": []}
	assert kept(row, document={"mail": "a@b.c"}) == {"email_ids": [{"email_id": "a@b.c"}]}
	assert kept(row, document={}) == {}


def test_default_stands_for_null_and_empty_but_not_zero():
	rows = [Row(source, source, default="-") for source in ("nothing", "empty", "zero", "name")]
	assert apply(*rows) == {"nothing": "-", "empty": "-", "zero": 0, "name": "SO-1"}


def test_an_update_that_leaves_a_place_out_has_no_default_there():
	rows = [
		Row("a.group", "group", default="-", required=True),
		Row("a.group || b", "other", default="-"),
		Row("list[].b", "rows[].b", default="-"),
	]

	def update(document: dict, creating: bool = False) -> dict:
		return compile_mapping(rows, "in").apply(document, creating=creating, keep_null=True)

	known = {"other": "-", "rows": [{"b": "-"}]}
	assert update({"list": [{}]}) == update({"a": {}, "list": [{}]}) == known
	assert update({"a": {"group": None}, "list": [{}]}) == {"group": "-", **known}
	assert update({"a": {"group": ""}, "list": [{}]}) == {"group": "-", "other": "-", "rows": [{"b": "-"}]}
	assert update({"list": [{}]}, creating=True) == {"group": "-", **known}


def test_fixed_places():
	rows = [
		Row("name", "tags[0]"),
		Row("nothing", "tags[1]"),
		Row("currency", "tags[2]"),
		Row("name", "a[0].city"),
	]
	assert apply(*rows) == {"tags": ["SO-1", None, "EUR"], "a": [{"city": "SO-1"}]}


def test_on_create_only():
	mapping = compile_mapping(
		[
			Row("name", "id"),
			Row("currency", "currency", on_create_only=True),
			Row("items[].item_code", "l[].sku", on_create_only=True),
			Row("currency", "l[].currency"),
			Row("items[].qty", "first[].q", on_create_only=True),
		]
	)
	assert set(mapping.apply(ORDER)) == {"id", "currency", "l", "first"}
	# The list keeps its table although the row that named it is left out.
	assert mapping.apply(ORDER, creating=False) == {"id": "SO-1", "l": [{"currency": "EUR"}] * 3}


@pytest.mark.parametrize("source", ["nothing", "empty", "absent.deep"])
def test_required(source):
	with pytest.raises(MappingError) as caught:
		apply(Row("name", "id"), Row(source, "buyer.id", required=True))
	error = caught.value
	assert (error.row, error.field, error.code) == (2, "source", "required")
	assert source in str(error) and "buyer.id" in str(error) and "Fill the field" in str(error)


def test_required_in_a_list_names_the_element():
	with pytest.raises(MappingError) as caught:
		apply(Row("items[].item_code", "l[].sku", required=True))
	assert caught.value.elements == (2,)
	assert str(caught.value).startswith("Row 1, element 2: ")


def test_required_is_met_by_a_default_and_by_zero():
	assert apply(Row("nothing", "a", required=True, default="x"), Row("zero", "b", required=True)) == {
		"a": "x",
		"b": 0,
	}


def test_links_are_looked_up():
	seen = []

	def lookup(doctype, name):
		seen.append((doctype, name))
		return {"C1": "77"}.get(name)

	rows = [Row("customer", "buyer.id", transform="External ID", argument="Customer")]
	assert apply(*rows, lookup=lookup) == {"buyer": {"id": "77"}}
	assert seen == [("Customer", "C1")]
	with pytest.raises(MappingError) as caught:
		apply(*rows, document={"customer": "C2"}, lookup=lookup)
	assert (caught.value.code, caught.value.row) == ("missing_link", 1)
	assert caught.value.params["doctype"] == "Customer" and caught.value.params["name"] == "C2"


def test_default_stands_for_a_missing_link_and_an_unmapped_value():
	rows = [
		Row("customer", "a", transform="External ID", argument="Customer", default="guest"),
		Row("currency", "b", transform="Value Map", value_map={"USD": 1}, default=9),
	]
	assert apply(*rows) == {"a": "guest", "b": 9}


def test_time_zone_reaches_the_transforms():
	row = Row("at", "at", transform="Datetime", argument="UTC")
	document = {"at": "2024-01-31 10:20:30"}
	assert apply(row, document=document, time_zone="Asia/Kolkata") == {"at": "2024-01-31T04:50:30Z"}


REFUSED = [
	([Row("a", "x"), Row("b", "x")], 2, "target", "clashes with x of row 1"),
	([Row("a", "x"), Row("b", "x.y")], 2, "target", "clashes"),
	([Row("a", "x.y"), Row("b", "x")], 2, "target", "clashes"),
	([Row("a", "x[0]"), Row("b[].c", "x[]")], 2, "target", "clashes"),
	([Row("a[].b", "x[]"), Row("a[].c", "x[].y")], 2, "target", "clashes"),
	([Row("a[].b", "x[].b"), Row("c[].d", "x[].d")], 2, "target", "another table"),
	([Row("a[?q].b", "x[].b"), Row("a[].d", "x[].d")], 2, "target", "another table or filter"),
	([Row("a[?q].b", "x[].b"), Row("a[?p].d", "x[].d")], 2, "target", "another table or filter"),
	([Row("a[].b[].c", "x[].y[].c"), Row("a[].z[].c", "x[].y[].d")], 2, "target", "x[].y[]"),
	([Row("a", "x[].y")], 1, "target", "No row says which table fills x[]"),
	([Row("a[].b", "x[].y[].z")], 1, "target", "No row says which table fills x[].y[]"),
	([Row("a[].b[].c", "x[].y")], 1, "target", "only 1 lists"),
	([Row("", "x[].y", constant=1)], 1, "target", "No row says"),
	([Row("a", "x[1]")], 1, "target", "no row fills [0]"),
	([Row("a", "x"), Row("b[", "y")], 2, "source", "cannot be read"),
	([Row("a", "x"), Row("", "y")], 2, "source", "empty"),
	([Row("foo(a)", "x")], 1, "source", "foo()"),
	([Row("a", "x..y")], 1, "target", "character 3"),
	([Row("a", "")], 1, "target", "empty"),
	([Row("a", "x", transform="Nope")], 1, "transform", "does not exist"),
	([Row("a", "x", transform="Round", argument="many")], 1, "argument", "whole number"),
	([Row("a", "x", transform="Value Map")], 1, "value_map", "no entries"),
]


@pytest.mark.parametrize(("rows", "row", "field", "part"), REFUSED)
def test_refused_when_compiled(rows, row, field, part):
	with pytest.raises(MappingError) as caught:
		compile_mapping(rows)
	assert (caught.value.row, caught.value.field) == (row, field)
	assert part in str(caught.value)


def test_failures_on_a_document_name_the_row():
	for row, part in (
		(Row("upper(zero)", "x"), "upper()"),
		(Row("name[].a", "x[].a"), "not a table"),
		(Row("name", "x", transform="Number"), "Number cannot use SO-1"),
	):
		with pytest.raises(MappingError) as caught:
			apply(Row("name", "id"), row)
		assert caught.value.row == 2
		assert part in str(caught.value)


def test_lists_in_lists_have_a_limit():
	big = {"a": [{"n": number} for number in range(1000)]}
	with pytest.raises(MappingError) as caught:
		apply(Row("a[].n", "x[].n"), Row("a[]._parent.a[].n", "x[].y[].n"), document=big)
	assert caught.value.code == "too_many_elements"


@pytest.mark.parametrize(
	("row", "fields"),
	[
		(Row("name", "a"), {"name"}),
		(Row("items[?qty > `0`].item_code", "l[].a"), {"items"}),
		(Row("items[]._parent.currency", "l[].a"), {"items", "currency"}),
		(Row("items[].concat([_parent.name, item_code])", "l[].a"), {"items", "name"}),
		(Row("items[?uom != _parent.uom].qty", "l[].a"), {"items", "uom"}),
		(Row("packages[].items[]._parent._parent.name", "p[].i[]"), {"packages", "name"}),
		(Row("packages[].items[]._parent.no", "p[].i[]"), {"packages"}),
		(Row("items[].to_string(_parent)", "l[]"), {"items", "*"}),
		(Row("to_string(@)", "a"), {"*"}),
		(Row("", "a", constant=1), set()),
	],
)
def test_source_fields(row, fields):
	assert compile_mapping([row]).source_fields() == fields


def test_neither_document_nor_rows_are_changed():
	document = copy.deepcopy(ORDER)
	constant = {"list": [1]}
	mapping = compile_mapping(
		[
			Row("", "c", constant=constant),
			Row("items[]._parent.name", "l[].a"),
			Row("nothing", "d", default=[1]),
		]
	)
	first = mapping.apply(document)
	first["c"]["list"].append(2)
	first["d"].append(2)
	assert mapping.apply(document)["c"] == {"list": [1]}
	assert mapping.apply(document)["d"] == [1]
	assert document == ORDER


def test_inwards_reverses_transforms():
	rows = [
		Row("state", "status", transform="Value Map", value_map={"Open": "open", "Closed": "done"}),
		Row("cents", "amount", transform="Minor Units", argument="EUR"),
	]
	assert compile_mapping(rows, direction="in").apply({"state": "done", "cents": 1250}) == {
		"status": "Closed",
		"amount": 12.5,
	}


cells = st.one_of(st.none(), st.integers(), st.text(max_size=5))
tables = st.lists(st.fixed_dictionaries({"a": cells, "b": cells}), max_size=8)


@settings(deadline=None)
@given(tables)
def test_columns_always_stay_together(table):
	payload = apply(Row("t[].a", "l[].x"), Row("t[].b", "l[].y"), document={"t": table}, omit_none=False)
	assert payload["l"] == [{"x": row["a"], "y": row["b"]} for row in table]


@settings(deadline=None)
@given(tables)
def test_there_and_back(table):
	there = [Row("t[].a", "out.l[].x"), Row("t[].b", "out.l[].deep.y"), Row("n", "n")]
	back = [Row("out.l[].x", "t[].a"), Row("out.l[].deep.y", "t[].b"), Row("n", "n")]
	document = {"t": table, "n": 1}
	assert apply(*back, document=apply(*there, document=document), omit_none=False) == document


@pytest.mark.parametrize("element", ("x", 5, False, {"A": 1}, {"A": None}))
def test_an_element_that_holds_nothing_of_what_the_rows_name_may_be_told(element):
	assert _of_elements({"a": 1}, element) == [{"a": 1}, f"unread {element}"]


@pytest.mark.parametrize("element", (None, "", {}, {"a": None}, {"b": None}, {"b": {"d": 1}}))
def test_an_element_that_holds_nothing_at_all_or_empty_names_is_an_empty_one(element):
	assert _of_elements({"a": 1}, element) == [{"a": 1}, {}]


def test_what_a_row_names_that_counts_only_on_create_is_not_told_in_an_update():
	create_only = Row("l[].d", "x[].d", on_create_only=True)
	assert _of_elements({"a": 1}, {"d": 2}, more=[create_only], creating=False) == [{"a": 1}, {}]


def _of_elements(*elements, more=(), creating=True):
	rows = [Row("l[].a", "x[].a"), Row("l[].b.c", "x[].c"), *more]
	found = compile_mapping(rows).apply(
		{"l": list(elements)}, creating=creating, unread=lambda one: f"unread {one}"
	)
	return found["x"]
