"""Each field type reads what it can hold, and refuses the rest."""

from __future__ import annotations

from decimal import Decimal

import pytest

from erp_connect.core.values.field_types import Reading, read
from erp_connect.core.values.number_formats import FORMATS, NumberFormat

BERLIN = Reading("Europe/Berlin")


@pytest.mark.parametrize(
	("fieldtype", "value", "expected"),
	[
		("Float", "1.5", 1.5),
		("Float", 7, 7),
		("Currency", " 12.50 ", 12.5),
		("Currency", "", ""),
		("Date", " ", ""),
		("JSON", "", None),
		("Percent", "19 %", 19),
		("Percent", 7.5, 7.5),
		("Int", "12", 12),
		("Int", 12.0, 12),
		("Long Int", 2**40, 2**40),
		("Check", "true", 1),
		("Check", True, 1),
		("Check", "No", 0),
		("Check", "", 0),
		("Check", 1.0, 1),
		("Rating", 0.8, 0.8),
		("Rating", 1 / 3, 0.33),
		("Float", 10 / 3, 3.333333333),
		("Currency", "0.0000000005", 0.000000001),
		("Percent", 200 / 3, 66.666666667),
		("Date", "2026-05-01", "2026-05-01"),
		("Date", "2026-05-01 23:30:00", "2026-05-01"),
		("Date", "2026-05-01T23:30:00Z", "2026-05-02"),
		("Datetime", "2026-05-01", "2026-05-01 00:00:00"),
		("Datetime", "2026-05-01T10:00:00Z", "2026-05-01 12:00:00"),
		("Datetime", "2026-05-01T10:00:00.25+02:00", "2026-05-01 10:00:00.250000"),
		("Time", "9:05", "09:05:00"),
		("Time", "23:59:59.5", "23:59:59"),
		("Duration", 90, 90),
		("Duration", "1d 2h 3m 4s", 93784),
		("Duration", "PT1H30M", 5400),
		("JSON", {"a": [1]}, '{"a": [1]}'),
		("JSON", "[1]", "[1]"),
		("Data", "1,5", "1,5"),
		("Small Text", "", ""),
		("Int", None, None),
	],
)
def test_what_fits_is_read(fieldtype, value, expected):
	found = read(fieldtype, value, BERLIN)
	assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
	("fieldtype", "value"),
	[
		("Float", "1,5"),
		("Currency", "1.234,56"),
		("Currency", "abc"),
		("Currency", "12 EUR"),
		("Currency", True),
		("Currency", 1e12),
		("Float", "NaN"),
		("Float", float("inf")),
		("Int", 12.7),
		("Int", "12.7"),
		("Int", "0x10"),
		("Int", 2**31),
		("Long Int", 2**63),
		("Percent", "10 % off"),
		("Check", "abc"),
		("Check", 2),
		("Check", "maybe"),
		("Rating", 4),
		("Date", "01.05.2026"),
		("Date", "2026-02-30"),
		("Date", 20260501),
		("Datetime", "yesterday"),
		("Datetime", "9999-12-31T23:59:59-12:00"),
		("Time", "25:00"),
		("Time", 9),
		("Duration", "soon"),
		("Duration", -1),
		("Duration", "P"),
		("JSON", "{not json"),
	],
)
def test_what_does_not_fit_is_refused_with_a_reason(fieldtype, value):
	with pytest.raises(ValueError, match=r"."):
		read(fieldtype, value, BERLIN)


@pytest.mark.parametrize(
	("name", "text", "expected"),
	[
		("#.###,##", "1.234,56", "1234.56"),
		("#.###,##", "1,5", "1.5"),
		("#.###,##", "-12", "-12"),
		("#,###.##", "1,234,567.8", "1234567.8"),
		("# ###,##", "1\u00a0234,5", "1234.5"),
		("#'###.##", "1\u2019234.50", "1234.50"),
		("#,##,###.##", "12,34,567.8", "1234567.8"),
	],
)
def test_a_named_number_format_is_read(name, text, expected):
	assert NumberFormat(name).read(text) == Decimal(expected)


@pytest.mark.parametrize(
	("name", "text"),
	[
		("#.###,##", "1.5"),
		("#.###,##", "12.34.567"),
		("#,###.##", "1,5"),
		("#,###.##", "1,23,456"),
		("#.###,##", "1,2,3"),
		("#.###,##", ""),
		("#.###,##", "1" * 100),
	],
)
def test_what_is_not_of_the_format_is_refused(name, text):
	with pytest.raises(ValueError, match="written as"):
		NumberFormat(name).read(text)


def test_numbers_of_json_are_numbers_in_each_format():
	assert all(NumberFormat(name).read(12.5) == pytest.approx(12.5) for name in FORMATS)


def test_the_reason_names_the_flows_number_format_where_that_helps():
	with pytest.raises(ValueError, match="name the format"):
		read("Float", "1,5", BERLIN)
	with pytest.raises(ValueError, match="not a number"):
		read("Float", "abc", BERLIN)
