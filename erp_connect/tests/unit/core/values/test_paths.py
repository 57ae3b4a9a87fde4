"""Target paths: what they mean, that they are the inverse of their text, and that bad ones say where."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erp_connect.core.errors import MappingError
from erp_connect.core.values.paths import EACH, format_path, parse_path, set_path

VALID = [
	("a", ("a",)),
	("a.b.c", ("a", "b", "c")),
	(" a.b ", ("a", "b")),
	("lines[].sku", ("lines", EACH, "sku")),
	("packages[].items[].sku", ("packages", EACH, "items", EACH, "sku")),
	("codes[]", ("codes", EACH)),
	("tags[0]", ("tags", 0)),
	("m[0][1].x", ("m", 0, 1, "x")),
	('"odd key".x', ("odd key", "x")),
	('"a.b[]"', ("a.b[]",)),
	('"say \\"hi\\""', ('say "hi"',)),
	("@id", ("@id",)),
	("#text", ("#text",)),
	("soap:Body.x-y_z", ("soap:Body", "x-y_z")),
	("größe", ("größe",)),
]


@pytest.mark.parametrize(("text", "path"), VALID)
def test_parse(text, path):
	assert parse_path(text) == path
	assert parse_path(format_path(path)) == path


INVALID = [
	("", "empty"),
	(None, "empty"),
	("a..b", "character 3"),
	(".a", "character 1"),
	("a.", "character 3"),
	("[0]", "character 1"),
	("a[-1]", "character 2"),
	("a[x]", "character 2"),
	("a[1", "character 2"),
	("a b", "character 2"),
	('"a', "character 1"),
	('""', "character 1"),
	("a[?x].b", "character 2"),
	("a[*]", "character 2"),
	("a[100]", "99"),
	("a" * 501, "500"),
	(".".join("a" * 21), "20"),
]


@pytest.mark.parametrize(("text", "part"), INVALID)
def test_refused(text, part):
	with pytest.raises(MappingError) as caught:
		parse_path(text)
	assert caught.value.field == "target"
	assert part in str(caught.value)


def test_set_makes_what_is_missing():
	target = {"a": None}
	set_path(target, "a.b", 1)
	set_path(target, "tags[1].name", "x")
	set_path(target, "tags[0]", "first")
	assert target == {"a": {"b": 1}, "tags": ["first", {"name": "x"}]}


@pytest.mark.parametrize("path", ["a.b.c", "a[0]", "list.x", "list[0].x"])
def test_set_refuses_what_is_in_the_way(path):
	with pytest.raises(MappingError, match="already holds something else"):
		set_path({"a": {"b": 5}, "list": ["text"]}, path, 1)


def test_set_refuses_each():
	with pytest.raises(MappingError, match="not a single place"):
		set_path({}, "a[].b", 1)


segments = st.lists(st.one_of(st.text(min_size=1, max_size=8), st.integers(0, 5)), max_size=6)
paths = st.tuples(st.text(min_size=1, max_size=8), segments).map(lambda pair: (pair[0], *pair[1]))


@settings(deadline=None)
@given(paths)
def test_text_and_back(path):
	assert parse_path(format_path(path)) == path


@settings(deadline=None)
@given(paths, st.integers())
def test_what_is_set_is_found(path, value):
	target: dict = {}
	set_path(target, path, value)
	found = target
	for segment in path:
		found = found[segment]
	assert found == value
