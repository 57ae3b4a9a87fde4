"""Change times in every notation: compared as moments, handed back as they were written."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_connect.core.values.cursor import as_moment, from_before, later, minus, older

UTC = dt.timezone.utc

EARLIER = [
	("2024-01-01", "2024-01-02"),
	("2024-01-01", "2024-01-01 00:00:01"),
	("2024-01-01 10:00:00.000001", "2024-01-01 10:00:00.000002"),
	("2024-01-01T10:00:00.123456788Z", "2024-01-01T10:00:00.123456789Z"),
	("2024-01-01T10:00:00Z", "2024-01-01T10:00:00.1Z"),
	# As text these would be the other way round.
	("2024-01-01T10:00:00+05:30", "2024-01-01T05:00:00Z"),
	("2024-01-01T10:00:00+0200", "2024-01-01T09:00:00.5+0000"),
	("2024-01-01T9:59:00Z", "2024-01-01T10:00:00Z"),
	(1_700_000_000, 1_700_000_001),
	("999999999", "1000000000"),
	("1700000000.1", "1700000000.12"),
	(1_700_000_000_000, "1700000000001"),
	(1_700_000_000, "2023-11-14T22:13:21Z"),
	(1_700_000_000_000, "2023-11-14T22:13:20.001Z"),
	# No times: counters, and names.
	(9, 10),
	("9", "10"),
	("0000000000abc", "0000000000abd"),
	(None, "2024-01-01"),
	(None, 1),
]


@pytest.mark.parametrize(("a", "b"), EARLIER)
def test_order(a, b):
	assert older(a, b) and not older(b, a)
	assert later(a, b) == b and later(b, a) == b


@pytest.mark.parametrize(
	("a", "b"),
	[
		("2024-01-01T10:00:00Z", "2024-01-01T12:00:00+02:00"),
		("2024-01-01 10:00:00", "2024-01-01T10:00:00.000"),
		(1_700_000_000, 1_700_000_000_000),
		("2024-01-01T10:00:00.1Z", "2024-01-01T10:00:00.100000000Z"),
		(None, None),
		("x", "x"),
	],
)
def test_equal(a, b):
	assert not older(a, b) and not older(b, a)
	assert later(a, b) == a and later(b, a) == b


def test_a_time_without_an_offset_beside_one_with():
	assert older("2024-01-01T10:00:00", "2024-01-01T09:00:00Z", "Asia/Kolkata")
	assert not older("2024-01-01T10:00:00", "2024-01-01T09:00:00Z")


@pytest.mark.parametrize(
	("value", "seconds", "result"),
	[
		("2024-01-01T00:00:00Z", 300, "2023-12-31T23:55:00Z"),
		("2024-01-01 00:00:10.123456", 10, "2024-01-01 00:00:00.123456"),
		("2024-01-01T00:00:10.123456789+05:30", 11, "2023-12-31T23:59:59.123456789+05:30"),
		("2024-01-01T00:00:10.000+0000", 5, "2024-01-01T00:00:05.000+0000"),
		("2024-01-01T00:00:10,5 -03:00", 5, "2024-01-01T00:00:05,5 -03:00"),
		("2024-01-01T9:05:00", 600, "2024-01-01T8:55:00"),
		# What the notation cannot hold is rounded down.
		("2024-01-01T10:00", 1, "2024-01-01T09:59"),
		("2024-01-02", 1, "2024-01-01"),
		("2024-03-01", 86400, "2024-02-29"),
		(1_700_000_300, 300, 1_700_000_000),
		("1700000300", 300, "1700000000"),
		("1700000300.123456", 300, "1700000000.123456"),
		(1_700_000_300.5, 300, 1_700_000_000.5),
		(1_700_000_300_000, 300, 1_700_000_000_000),
		(1_700_000_300_000_000, 300, 1_700_000_000_000_000),
		("2024-01-01", 0, "2024-01-01"),
		# No times.
		(17, 300, 17),
		("20240131", 300, "20240131"),
		("abc", 300, "abc"),
		("2024-02-31", 300, "2024-02-31"),
		("0001-01-01", 300, "0001-01-01"),
		(None, 300, None),
		(True, 300, True),
	],
)
def test_minus(value, seconds, result):
	found = minus(value, seconds)
	assert found == result and type(found) is type(result)


@pytest.mark.parametrize(
	("value", "zone", "moment"),
	[
		("2024-01-01", "UTC", dt.datetime(2024, 1, 1, tzinfo=UTC)),
		("2024-01-01 05:30:00", "Asia/Kolkata", dt.datetime(2024, 1, 1, tzinfo=UTC)),
		("2024-01-01 05:30:00+01:00", "Asia/Kolkata", dt.datetime(2024, 1, 1, 4, 30, tzinfo=UTC)),
		(1_704_067_200, "Asia/Kolkata", dt.datetime(2024, 1, 1, tzinfo=UTC)),
		("1704067200000", "UTC", dt.datetime(2024, 1, 1, tzinfo=UTC)),
		(dt.datetime(2024, 1, 1), "UTC", dt.datetime(2024, 1, 1, tzinfo=UTC)),
		(17, "UTC", None),
		("", "UTC", None),
		("yesterday", "UTC", None),
		("0001-01-01T00:00:00+05:30", "UTC", None),
		(10**18, "UTC", None),
		(float("nan"), "UTC", None),
		(None, "UTC", None),
		([1], "UTC", None),
	],
)
def test_as_moment(value, zone, moment):
	found = as_moment(value, zone)
	assert found == moment and (found is None or found.tzinfo is not None)


def test_an_unknown_time_zone():
	with pytest.raises(ValueError):
		as_moment("2024-01-01", "Mars/Olympus")


MOMENTS = st.datetimes(dt.datetime(1975, 1, 1), dt.datetime(2100, 1, 1))
WRITERS = [
	lambda moment: moment.isoformat(),
	lambda moment: moment.isoformat(" ") + "Z",
	lambda moment: moment.isoformat() + "+0530",
	lambda moment: int(moment.replace(tzinfo=UTC).timestamp()),
	lambda moment: str(int(moment.replace(tzinfo=UTC).timestamp() * 1000)),
]


@given(MOMENTS, st.integers(1, 30 * 86400), st.sampled_from(WRITERS))
def test_minus_is_that_much_earlier_in_the_same_notation(moment, seconds, write):
	before, after = minus(write(moment), seconds), write(moment)
	assert as_moment(after, "UTC") - as_moment(before, "UTC") == dt.timedelta(seconds=seconds)
	assert older(before, after) and type(before) is type(after)
	if isinstance(after, str) and not after.isdigit():
		assert len(before) == len(after)


@given(MOMENTS, MOMENTS, st.sampled_from(WRITERS))
def test_later_is_the_later_moment(a, b, write):
	first, second = write(a), write(b)
	found = later(first, second)
	assert as_moment(found, "UTC") == max(as_moment(first, "UTC"), as_moment(second, "UTC"))


@given(
	st.one_of(st.none(), st.integers(), st.floats(), st.text()),
	st.one_of(st.none(), st.integers(), st.text()),
)
def test_anything_can_be_compared(a, b):
	assert later(a, b) in (a, b) or a != a
	assert not (older(a, b) and older(b, a))


@pytest.mark.parametrize(
	("value", "asked_from"),
	[
		("2026-03-08T03:05:00", "2026-03-08T01:55:00"),
		("2026-03-08 03:09:59.5", "2026-03-08 01:59:59.5"),
		("2026-03-08T03:10:00", "2026-03-08T03:00:00"),
		("2026-03-08T03:05:00-04:00", "2026-03-08T02:55:00-04:00"),
		("2026-11-01T01:30:00", "2026-11-01T00:20:00"),
		("2026-07-01T03:05:00", "2026-07-01T02:55:00"),
		("2026-03-08", "2026-03-07"),
	],
)
def test_changes_are_not_asked_for_from_a_time_that_never_is(value, asked_from):
	"""02:55 of that night would be read as 03:55 by many, and what changed before that be left out."""
	assert from_before(value, 600, "America/New_York") == asked_from
