"""Change times of odd kinds, clocks that go back, and answers that hold half a character."""

from __future__ import annotations

import json

import pytest

from erp_connect.core.guard.redaction import Redactor
from erp_connect.core.parse.answer import read_answer
from erp_connect.core.values.cursor import is_local, latest, repeated

TIME = "2024-01-01T00:00:00Z"
HALVES = {
	rb'{"a":"x\ud83d"}': {"a": "x\ufffd"},
	rb'{"\udc00":["\ude00\ud83d"]}': {"\ufffd": ["\ufffd\ufffd"]},
	rb'{"a":"\ud83d\ude00"}': {"a": "\U0001f600"},
	rb'{"a":"\\ud83d","b":1.5,"c":12345678901234567890}': {
		"a": "\\ud83d",
		"b": 1.5,
		"c": 12345678901234567890,
	},
}


@pytest.mark.parametrize("odd", ["n/a", "99999-01-01", "", 0, 7, None, "0000-00-00 00:00:00"])
def test_what_is_no_time_never_counts_beside_one(odd):
	assert latest(TIME, odd) == TIME
	assert latest(odd, TIME) == TIME


def test_times_and_counters_count_among_themselves():
	assert latest(TIME, "2024-01-02T00:00:00Z") == "2024-01-02T00:00:00Z"
	assert latest("9", 10) == 10
	assert latest(None, "n/a") == "n/a"
	# 15:00 in India is 09:30 in UTC.
	assert latest("2024-01-01 15:00:00", "2024-01-01T12:00:00Z", "Asia/Kolkata") == "2024-01-01T12:00:00Z"


@pytest.mark.parametrize(
	("time", "zone", "seconds"),
	[
		("2024-10-27 02:00:00", "Europe/Berlin", 3600),
		("2024-10-27T02:59:59.5", "Europe/Berlin", 3600),
		("2024-10-27 01:59:59", "Europe/Berlin", 0),
		("2024-10-27 03:00:00", "Europe/Berlin", 0),
		("2024-03-31 02:30:00", "Europe/Berlin", 0),
		("2024-10-27T02:30:00+02:00", "Europe/Berlin", 0),
		("2024-10-27 02:30:00", "UTC", 0),
		("2024-04-07 01:45:00", "Australia/Lord_Howe", 1800),
		("2024-10-27", "Europe/Berlin", 0),
		(1729989000, "Europe/Berlin", 0),
		("1729989000", "Europe/Berlin", 0),
		("n/a", "Europe/Berlin", 0),
		(None, "Europe/Berlin", 0),
	],
)
def test_times_that_come_twice(time, zone, seconds):
	assert repeated(time, zone) == seconds


def test_which_times_depend_on_a_zone():
	assert is_local("2024-01-01") and is_local("2024-01-01 10:00:00")
	assert not any(map(is_local, (TIME, "2024-01-01T00:00+05:30", 1704067200, "1704067200", "n/a", None)))


@pytest.mark.parametrize("raw", HALVES)
def test_half_a_character_becomes_a_whole_one(raw):
	assert read_answer(raw).data == HALVES[raw]
	assert json.loads(Redactor().body(raw.decode()).encode()) == HALVES[raw]
