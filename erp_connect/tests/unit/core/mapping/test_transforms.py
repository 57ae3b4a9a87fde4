"""Transforms: each one outwards and back, its argument checked, and values it cannot use refused in words."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erp_connect.core.errors import MappingError
from erp_connect.core.mapping.transform_types import TransformContext
from erp_connect.core.mapping.transforms import (
	TRANSFORMS,
	argument_help,
	prepare,
)

STATUS = {"Draft": "open", "Completed": "done", "5": 5, "": "none"}
CONTEXT = TransformContext(
	time_zone="Asia/Kolkata",
	value_map=STATUS,
	lookup=lambda kind, name: {
		("Customer", "C1"): "77",
		("Customer", "77"): "C1",
		("Employee.device", "HR-1"): "9",
		("Employee.device", "9"): "HR-1",
	}.get((kind, name)),
)

# transform, value, argument, outwards, and back again (... when that direction is not meant)
VALUES = [
	("Value Map", "Draft", "", "open", "Draft"),
	("Value Map", 5.0, "", 5, "5"),
	("Value Map", None, "", "none", ""),
	("Value Map", ["Draft", "Completed"], "", ["open", "done"], ["Draft", "Completed"]),
	("Value Map", "Other", "keep", "Other", "Other"),
	("External ID", "C1", "Customer", "77", "C1"),
	("External ID", None, "Customer", None, None),
	("External ID", "", "Customer", None, None),
	("External ID", "C1", "Supplier | Customer", "77", "C1"),
	("Linked Type", "C1", "Supplier | Customer", "Customer", ...),
	("Linked Type", "", "Customer", None, None),
	("Lookup", "HR-1", "Employee.device", "9", "HR-1"),
	("Lookup", "", " Employee . device ", None, None),
	("Lookup", "HR-2", "Employee.device", None, None),
	("Round", 2.675, "2", 2.68, ...),
	("Round", -2.675, "2", -2.68, ...),
	("Round", 1.005, "", 1.01, ...),
	("Round", "7.5", "0", 8, ...),
	("Round", [1.25, None], "1", [1.3, None], ...),
	("Number", " 12.50 ", "", 12.5, 12.5),
	("Number", "1e3", "", 1000, 1000),
	("Number", "", "", None, None),
	("Integer", "12.0", "", 12, 12),
	("Minor Units", 12.5, "EUR", 1250, 12.5),
	("Minor Units", 0.29, "usd", 29, 0.29),
	("Minor Units", 500, "JPY", 500, 500),
	("Minor Units", 1.234, "KWD", 1234, 1.234),
	("Minor Units", 19.99, "", 1999, 19.99),
	("Minor Units", 1.5, "3", 1500, 1.5),
	("Date", "2024-01-31", "", "2024-01-31", "2024-01-31"),
	("Date", "2024-01-31 10:20:30", "%d.%m.%Y", "31.01.2024", "2024-01-31"),
	("Date", "2024-03-05", "%d %B %Y", "05 March 2024", "2024-03-05"),
	("Date", "2024-05-05", "%b %d, %y", "May 05, 24", "2024-05-05"),
	("Date", "2024-02-29", "%A, %j", "Thursday, 060", ...),
	("Date", "", "", None, None),
	("Datetime", "2024-01-31 10:20:30.123456", "", "2024-01-31T10:20:30+05:30", "2024-01-31 10:20:30"),
	("Datetime", "2024-01-31T10:20:30", "UTC", "2024-01-31T04:50:30Z", "2024-01-31 10:20:30"),
	("Datetime", "2024-07-01 00:00:00", "Europe/Berlin", "2024-06-30T20:30:00+02:00", "2024-07-01 00:00:00"),
	("Datetime", "2024-01-31 15:20:30", "%Y%m%d%H%M%S", "20240131152030", "2024-01-31 15:20:30"),
	(
		"Datetime",
		"2024-01-31 15:20:00",
		"UTC %d/%m/%Y %I:%M %p",
		"31/01/2024 09:50 AM",
		"2024-01-31 15:20:00",
	),
	(
		"Datetime",
		"2024-01-31 15:20:00",
		"UTC %Y-%m-%dT%H:%M:%S%z",
		"2024-01-31T09:50:00+0000",
		"2024-01-31 15:20:00",
	),
	("Timestamp", "2024-01-31 05:30:00", "", 1706659200, "2024-01-31 05:30:00"),
	("Timestamp", "2024-01-31 05:30:00", "ms", 1706659200000, "2024-01-31 05:30:00"),
	("Boolean", 1, "", True, 1),
	("Boolean", "No", "", False, 0),
	("Boolean", 0, "yes/no", "no", 0),
	("Boolean", True, "1/0", 1, 1),
	("Boolean", None, "yes/no", None, None),
	("Text", 10.0, "", "10", "10"),
	("Text", True, "", "true", "true"),
	("Upper", "straße", "", "STRASSE", ...),
	("Lower", "ABC", "", "abc", "abc"),
	("Title", "red hot", "", "Red Hot", "Red Hot"),
	("Trim", " a b ", "", "a b", "a b"),
	("Truncate", "abcdef", "3", "abc", "abc"),
	("Truncate", None, "3", None, None),
	("Split", "a, b,,c ", ",", ["a", "b", "c"], "a,b,c"),
	("Split", "a\nb", "\\n", ["a", "b"], "a\nb"),
	("Multi-select", ["Draft", "Completed"], ";", "done;open", ["Completed", "Draft"]),
	("Join", ["a", None, "", 2], '", "', "a, 2", ["a", "2"]),
	("Join", "alone", ",", "alone", ["alone"]),
	("Replace", "a-b-c", "-=>", "abc", "abc"),
	("Replace", "a b", '" "=>_', "a_b", "a_b"),
	(
		"Strip HTML",
		"<p>Hi <b>you</b> &amp; me</p><script>x()</script><ul><li>1<li>2</ul>",
		"",
		"Hi you & me\n1\n2",
		...,
	),
	("Strip HTML", "<div class='ql-editor'><p>a<br>b</p></div>", "", "a\nb", ...),
	("Strip HTML", "1 < 2 &lt;b&gt;", "", "1 < 2 <b>", ...),
	("JSON", {"a": [1, None]}, "", '{"a":[1,null]}', {"a": [1, None]}),
	("JSON", ["x", "ü"], "", '["x","ü"]', ["x", "ü"]),
]


def applied(name: str, value, argument: str, context: TransformContext, direction: str = "out"):
	return prepare(name, argument, context.value_map, direction)(value, context)


@pytest.mark.parametrize(("name", "value", "argument", "outwards", "inwards"), VALUES)
def test_value(name, value, argument, outwards, inwards):
	result = applied(name, value, argument, CONTEXT)
	assert result == outwards and type(result) is type(outwards)
	if inwards is not ...:
		back = applied(name, result, argument, CONTEXT, "in")
		assert back == inwards and type(back) is type(inwards)


def test_every_transform_is_covered_above():
	assert {case[0] for case in VALUES} == set(TRANSFORMS)


@pytest.mark.parametrize("name", [name for name in TRANSFORMS if name != "Value Map"])
def test_none_stays_none(name):
	arguments = {
		"External ID": "Customer",
		"Linked Type": "Customer",
		"Lookup": "Employee.device",
		"Truncate": "5",
		"Split": ",",
		"Join": ",",
		"Replace": "a=>b",
	}
	for direction in ("out", "in"):
		assert applied(name, None, arguments.get(name, ""), CONTEXT, direction) is None


BAD_ARGUMENTS = [
	("Value Map", "maybe", "keep"),
	("External ID", " ", "DocType"),
	("External ID", "Customer |", "DocType"),
	("Linked Type", ": lead", "DocType"),
	("Lookup", "Employee", "field"),
	("Lookup", ".device", "DocType"),
	("Round", "-1", "0 to 9"),
	("Round", "10", "0 to 9"),
	("Round", "²", "0 to 9"),
	("Number", "2", "takes no argument"),
	("Minor Units", "EURO", "currency code"),
	("Minor Units", "5", "0 to 4"),
	("Date", "%Q", "%Q"),
	("Date", "%Y-%", "holds %"),
	("Datetime", "Mars/City", "not a time zone"),
	("Datetime", "../etc/passwd", "not a time zone"),
	("Datetime", "America", "not a time zone"),
	("Datetime", "UTC now", "not a date pattern"),
	("Timestamp", "hours", "seconds"),
	("Boolean", "yes", "two different words"),
	("Boolean", "y/Y", "two different words"),
	("Upper", "x", "takes no argument"),
	("Truncate", "", "whole number"),
	("Truncate", "0", "whole number"),
	("Split", "", "separator"),
	("Replace", "a", "old=>new"),
	("Replace", "=>b", "old=>new"),
	("JSON", "x", "takes no argument"),
]


@pytest.mark.parametrize(("name", "argument", "part"), BAD_ARGUMENTS)
def test_bad_argument(name, argument, part):
	with pytest.raises(MappingError) as caught:
		prepare(name, argument, STATUS)
	assert caught.value.field == "argument"
	assert part in str(caught.value)


BAD_VALUES = [
	("Value Map", "Other", "", "unmapped_value", "no entry for Other"),
	("External ID", "C2", "Customer", "missing_link", "Customer C2 is not linked"),
	("External ID", "C2", "Supplier | Customer", "missing_link", "Supplier / Customer C2 is not linked"),
	("Linked Type", "C2", "Customer", "missing_link", "Customer C2 is not linked"),
	("Round", "abc", "2", "value", "not a number"),
	("Round", float("nan"), "2", "value", "not a finite number"),
	("Number", "1,234", "", "value", "not a number"),
	("Number", [["1"]], "", "value", "not a number"),
	("Integer", 1.5, "", "value", "has a fraction"),
	("Date", "31.01.2024", "", "value", "not a date"),
	("Date", "2024-02-30", "", "value", "not a date"),
	("Date", 20240131, "", "value", "not a date"),
	("Timestamp", "soon", "s", "value", "not a date"),
	("Boolean", "maybe", "", "value", "neither yes nor no"),
	("Text", {"a": 1}, "", "value", "not a text"),
	("Replace", "x" * 1000, "x=>" + "y" * 2000, "value", "too long"),
	("Strip HTML", "<" * 200_001, "", "value", "too long"),
	("JSON", {"a": float("inf")}, "", "value", ""),
]


@pytest.mark.parametrize(("name", "value", "argument", "code", "part"), BAD_VALUES)
def test_bad_value(name, value, argument, code, part):
	with pytest.raises(MappingError) as caught:
		applied(name, value, argument, CONTEXT)
	assert caught.value.code == code
	assert part in str(caught.value)
	assert len(str(caught.value)) < 400


BAD_INWARDS = [
	("Date", "2024-01-31", "%d.%m.%Y", "does not fit"),
	("Date", "32.01.2024", "%d.%m.%Y", "day"),
	("Boolean", "oui", "yes/no", "neither yes nor no"),
	("JSON", "{", "", "not JSON"),
	("JSON", "NaN", "", "NaN"),
	("Timestamp", 1e15, "s", "out of range"),
	("Timestamp", "x", "s", "not a number"),
]


@pytest.mark.parametrize(("name", "value", "argument", "part"), BAD_INWARDS)
def test_bad_value_inwards(name, value, argument, part):
	with pytest.raises(MappingError) as caught:
		applied(name, value, argument, CONTEXT, "in")
	assert part in str(caught.value)


@pytest.mark.parametrize("pattern", ["%H:%M", "%Y %Y-%m", "%d %A %Y"])
def test_a_pattern_that_cannot_be_read_back_is_refused_inwards_only(pattern):
	prepare("Date", pattern)
	with pytest.raises(MappingError, match="cannot be read back"):
		prepare("Date", pattern, None, "in")


def test_value_map_needs_entries_and_reads_backwards_only_when_unique():
	with pytest.raises(MappingError, match="no entries"):
		prepare("Value Map", "", {})
	twice = {"Draft": "open", "On Hold": "open"}
	assert prepare("Value Map", "", twice)("On Hold", CONTEXT) == "open"
	with pytest.raises(MappingError, match="cannot be read backwards"):
		prepare("Value Map", "", twice, "in")


def test_value_map_star_catches_others_but_not_none():
	work = prepare("Value Map", "", {"a": 1, "*": 0})
	assert [work(value, CONTEXT) for value in ("a", "z", None)] == [1, 0, None]


def test_value_map_star_is_no_value_to_go_back_to():
	assert prepare("Value Map", "", {"a": 0, "*": 0}, "in")(0, CONTEXT) == "a"


def test_external_id_without_a_lookup_is_a_missing_link():
	with pytest.raises(MappingError) as caught:
		applied("External ID", "C1", "Customer", TransformContext())
	assert caught.value.code == "missing_link"


def test_a_time_that_does_not_exist_or_exists_twice_is_still_sent():
	context = TransformContext(time_zone="Europe/Berlin")
	assert applied("Datetime", "2024-03-31 02:30:00", "UTC", context) == "2024-03-31T01:30:00Z"
	assert applied("Datetime", "2024-10-27 02:30:00", "UTC", context) == "2024-10-27T00:30:00Z"


def test_no_name_passes_and_an_unknown_name_is_refused():
	assert prepare("")([1], CONTEXT) == [1]
	with pytest.raises(MappingError) as caught:
		prepare("Uppercase")
	assert caught.value.code == "unknown_transform"
	with pytest.raises(MappingError):
		argument_help("Uppercase")
	assert "currency" in argument_help("Minor Units")


moments = st.datetimes(min_value=dt.datetime(1971, 1, 1), max_value=dt.datetime(2200, 1, 1))


@settings(deadline=None)
@given(moments, st.sampled_from(["UTC", "", "%Y-%m-%d %H:%M:%S", "UTC %d.%m.%y %I:%M:%S %p %Y"]))
def test_moments_come_back(moment, argument):
	# A zone without daylight saving, where each wall-clock time exists once.
	written = moment.replace(microsecond=0).strftime("%Y-%m-%d %H:%M:%S")
	sent = applied("Datetime", written, argument, CONTEXT)
	assert applied("Datetime", sent, argument, CONTEXT, "in") == written


@settings(deadline=None)
@given(st.integers(-(10**12), 10**12), st.sampled_from(["EUR", "JPY", "KWD", "CLF"]))
def test_amounts_come_back(cents, currency):
	amount = applied("Minor Units", cents, currency, CONTEXT, "in")
	assert applied("Minor Units", amount, currency, CONTEXT) == cents


@settings(deadline=None)
@given(
	st.dictionaries(st.text(min_size=1, max_size=5).filter(lambda key: key != "*"), st.integers(), min_size=1)
)
def test_value_maps_come_back(table):
	unique = {key: f"v{number}" for number, key in enumerate(table)}
	out, back = prepare("Value Map", "", unique), prepare("Value Map", "", unique, "in")
	assert all(back(out(key, CONTEXT), CONTEXT) == key for key in unique)
