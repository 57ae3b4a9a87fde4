"""Payloads: what becomes JSON-safe, the exact bytes per format, fingerprints and differences."""

from __future__ import annotations

import datetime as dt
import json
from collections import OrderedDict
from decimal import Decimal
from enum import IntEnum

import pytest
import xmltodict
from hypothesis import given, settings
from hypothesis import strategies as st

from erp_connect.core.errors import PayloadError
from erp_connect.core.payload.serialise import diff, fingerprint, graphql_body, normalise, serialise


class Level(IntEnum):
	HIGH = 3


class Name(str):
	pass


NORMAL = [
	(dt.datetime(2024, 1, 31, 10, 20, 30, 999), "2024-01-31T10:20:30"),
	(dt.datetime(2024, 1, 31, tzinfo=dt.timezone.utc), "2024-01-31T00:00:00+00:00"),
	(dt.date(2024, 1, 31), "2024-01-31"),
	(dt.time(9, 5, 1, 5), "09:05:01"),
	(dt.timedelta(hours=26, minutes=5, seconds=1), "26:05:01"),
	(dt.timedelta(seconds=-61), "-00:01:01"),
	(Decimal("0.10"), 0.1),
	(Decimal("5.000"), 5),
	(Decimal("1E+3"), 1000),
	(-0.0, 0.0),
	((1, [2]), [1, [2]]),
	(OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
	({1: "x", False: "y"}, {"1": "x", "false": "y"}),
	(Level.HIGH, 3),
	(Name("x"), "x"),
	(True, True),
	(None, None),
]


@pytest.mark.parametrize(("value", "expected"), NORMAL)
def test_normalise(value, expected):
	result = normalise(value)
	assert result == expected and type(result) is type(expected)


REFUSED = [
	({"a": {"b": [b"x"]}}, "a.b[0] holds a value of type bytes"),
	({"a": float("nan")}, "a holds a number that is not finite"),
	(float("-inf"), "The payload holds"),
	(Decimal("NaN"), "not finite"),
	(Decimal("1E+999999"), "not finite"),
	({"a": {1, 2}}, "type set"),
	({"a": object()}, "type object"),
	({(1,): 2}, "must be text, not tuple"),
]


@pytest.mark.parametrize(("value", "part"), REFUSED)
def test_normalise_refuses(value, part):
	with pytest.raises(PayloadError) as caught:
		normalise(value)
	assert part in str(caught.value)


def test_endless_nesting_is_refused():
	loop: list = []
	loop.append(loop)
	with pytest.raises(PayloadError, match="levels deep"):
		normalise(loop)
	with pytest.raises(PayloadError, match="levels deep"):
		normalise(json.loads("[" * 900 + "]" * 900))


def test_normalise_leaves_its_input_alone():
	source = {"a": [Decimal("1.5")]}
	result = normalise(source)
	result["a"].append(1)
	assert source == {"a": [Decimal("1.5")]}


ORDER = {
	"id": "SO-1",
	"note": None,
	"ok": True,
	"total": 10.0,
	"lines": [{"sku": "ü&<", "qty": 2}, {"sku": "b", "qty": 1}],
}


def test_json_bytes():
	assert serialise(ORDER) == (
		'{"id":"SO-1","note":null,"ok":true,"total":10.0,"lines":[{"sku":"ü&<","qty":2},{"sku":"b","qty":1}]}'.encode(),
		"application/json",
	)
	assert serialise([1])[0] == b"[1]"


def test_xml_bytes():
	body, content_type = serialise({**ORDER, "@version": 2, "empty": []}, "XML", xml_root="order")
	assert content_type == "application/xml; charset=utf-8"
	assert body.decode().split("\n") == [
		'<?xml version="1.0" encoding="utf-8"?>',
		'<order version="2"><id>SO-1</id><note></note><ok>true</ok><total>10</total>'
		"<lines><sku>ü&amp;&lt;</sku><qty>2</qty></lines><lines><sku>b</sku><qty>1</qty></lines></order>",
	]


def test_xml_text_beside_attributes():
	body, _ = serialise({"price": {"@currency": "EUR", "#text": 9.5}}, "XML")
	assert b'<request><price currency="EUR">9.5</price></request>' in body


XML_REFUSED = [
	([1], "one root"),
	({"a b": 1}, "a b"),
	({"1a": 1}, "1a"),
	({"": 1}, "cannot be the name"),
	({"a><b": 1}, "cannot be the name"),
	({"a:b:c": 1}, "cannot be the name"),
	({"@a b": 1}, "cannot be the name"),
	({"#comment": 1}, "cannot be the name"),
	({"a": "x\x00"}, "request.a holds a character"),
	({"@a": "\x1b"}, "holds a character"),
	({"a": {"@b": [1]}}, "single value"),
	({"a": [[1]]}, "list in a list"),
]


@pytest.mark.parametrize(("payload", "part"), XML_REFUSED)
def test_xml_refuses(payload, part):
	with pytest.raises(PayloadError) as caught:
		serialise(payload, "XML")
	assert part in str(caught.value)


def test_xml_root_is_checked():
	with pytest.raises(PayloadError, match="cannot be the name"):
		serialise({"a": 1}, "XML", xml_root="a><!--")


def test_form_bytes():
	payload = {"a": {"b": [1, {"c": "x y"}]}, "none": None, "flag": False, "ü": "&="}
	assert serialise(payload, "Form") == (
		b"a%5Bb%5D%5B0%5D=1&a%5Bb%5D%5B1%5D%5Bc%5D=x+y&flag=false&%C3%BC=%26%3D",
		"application/x-www-form-urlencoded",
	)
	with pytest.raises(PayloadError, match="named values"):
		serialise([1], "Form")


def test_size_is_checked_in_bytes():
	assert serialise({"a": "üü"}, max_bytes=12)[0] == '{"a":"üü"}'.encode()
	with pytest.raises(PayloadError) as caught:
		serialise({"a": "üü"}, max_bytes=11)
	assert (caught.value.code, caught.value.params["size"]) == ("too_large", 12)


def test_unknown_format_and_broken_text():
	with pytest.raises(PayloadError, match="YAML"):
		serialise({}, "YAML")
	for fmt in ("JSON", "Form"):
		with pytest.raises(PayloadError, match="not Unicode"):
			serialise({"a": "\ud800"}, fmt)


def test_fingerprint():
	first = fingerprint({"a": 1, "b": [1.0, {"x": None}], "d": dt.date(2024, 1, 1)})
	assert first == fingerprint({"d": "2024-01-01", "b": [1, {"x": None}], "a": 1.0})
	assert len(first) == 64
	others = [{"a": 1}, {"a": "1"}, {"a": True}, {"a": None}, {"a": [1]}, {"a": 1.5}, {}, []]
	assert len({fingerprint(other) for other in others}) == len(others)


def test_diff():
	old = {
		"same": 1,
		"n": 1,
		"lines": [{"sku": "A", "q": 1}],
		"gone": {"x": 1, "y": []},
		"kind": {"a": 1},
		"flag": 1,
	}
	new = {
		"same": 1.0,
		"n": 2,
		"lines": [{"sku": "A", "q": 1}, {"sku": "B"}],
		"kind": "text",
		"new": {},
		"flag": True,
	}
	assert [tuple(change.values()) for change in diff(old, new)] == [
		("n", "changed", 1, 2),
		("lines[1].sku", "added", None, "B"),
		("kind", "changed", {"a": 1}, "text"),
		("new", "added", None, {}),
		("flag", "changed", 1, True),
		("gone.x", "removed", 1, None),
		("gone.y", "removed", [], None),
	]
	assert diff(None, None) == [] and diff({}, {}) == []
	assert diff(None, {"a": 1}) == [{"path": "", "kind": "changed", "old": None, "new": {"a": 1}}]


def test_graphql_body():
	body = graphql_body(" mutation($d: Date) { x(d: $d) } ", {"d": dt.date(2024, 1, 1)})
	assert body == {"query": "mutation($d: Date) { x(d: $d) }", "variables": {"d": "2024-01-01"}}
	assert graphql_body("{ shop }") == {"query": "{ shop }", "variables": {}}
	with pytest.raises(PayloadError, match="empty"):
		graphql_body("  ")


scalars = st.one_of(
	st.none(), st.booleans(), st.integers(-(10**9), 10**9), st.floats(allow_nan=False, allow_infinity=False)
)
payloads = st.recursive(
	st.one_of(scalars, st.text(st.characters(exclude_categories=["Cs"]), max_size=5)),
	lambda inner: (
		st.lists(inner, max_size=3)
		| st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), inner, max_size=3)
	),
	max_leaves=10,
)


@settings(deadline=None)
@given(payloads)
def test_json_comes_back_and_is_deterministic(payload):
	body = serialise(payload)[0]
	assert json.loads(body) == payload
	assert serialise(json.loads(body))[0] == body
	assert diff(payload, json.loads(body)) == []
	assert fingerprint(payload) == fingerprint(json.loads(body))


@settings(deadline=None)
@given(payloads, payloads)
def test_diff_is_empty_exactly_when_fingerprints_agree(old, new):
	assert (diff(old, new) == []) == (fingerprint(old) == fingerprint(new))


words = st.text("abcXYZ019<>&\"' üé✓", min_size=1, max_size=10).map(str.strip).filter(bool)


@settings(deadline=None)
@given(
	st.dictionaries(
		st.sampled_from(["a", "b-c", "d_1", "x:y"]),
		words | st.lists(words, min_size=2, max_size=3),
		min_size=1,
	)
)
def test_xml_comes_back(payload):
	assert xmltodict.parse(serialise(payload, "XML")[0]) == {"request": payload}
