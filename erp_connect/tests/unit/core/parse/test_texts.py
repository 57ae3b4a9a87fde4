"""Texts that no column can hold are found by their place, in one walk."""

import pytest

from erp_connect.core.parse.json import parse_json
from erp_connect.core.parse.limits import InputError
from erp_connect.core.parse.texts import as_json, bad_text, require_texts, storable, with_texts


@pytest.mark.parametrize(
	("value", "place"),
	[
		({"a": "x", "b": [1, None, "y"]}, None),
		("\0", "The text"),
		({"a": {"b": ["x", "\0"]}}, "a.b[1]"),
		({"records": [{"name": "x"}, {"name": "\ud800"}]}, "records[1].name"),
		({"a b": "\0"}, '"a b"'),
		({"a": {"\0": 1}}, "a"),
		([{"first": "\0"}, {"second": "\0"}], "[0].first"),
		("\U0001f600", None),
	],
)
def test_the_first_place_is_told(value, place):
	assert bad_text(value) == place


def test_what_is_told_and_kept():
	with pytest.raises(InputError, match="a holds a NUL") as caught:
		require_texts({"a": "\0"})
	assert (caught.value.code, caught.value.params["field"]) == ("text", "a")
	assert storable("a\0\ud800") == "a??"
	assert as_json({"a": "\ud800"}).isascii() and as_json({"a": "ü"}) == '{"a": "ü"}'
	assert with_texts([{"\0": 1, "b": 2}, 3, {"c": 4}]) == [{"?": "\0", "b": 2}, 3, {"c": 4}]


def test_a_reader_may_take_them_for_who_looks_at_each_record():
	assert parse_json(rb'["\u0000", "\ud800"]', any_text=True) == ["\0", "\ud800"]
