"""Reading a quantity that moved elsewhere."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from erp_connect.core.commerce.errors import OrderError
from erp_connect.core.commerce.movements import Movement

SMALLEST = {"id": "m", "item_code": "A", "warehouse": "W"}


def test_pieces_and_counts():
	moved = Movement.read({**SMALLEST, "quantity": "-2.5"})
	assert moved.model_dump(exclude_defaults=True) == {**SMALLEST, "quantity": Decimal("-2.5")}
	counted = Movement.read({**SMALLEST, "id": 7, "quantity": 0, "level": "0", "rate": 1.1})
	assert (counted.id, counted.level, counted.rate) == ("7", Decimal(0), Decimal("1.1"))
	assert Movement.read({**SMALLEST, "cancelled": "1"}).cancelled


@pytest.mark.parametrize(
	("day", "clock", "moment", "has_time"),
	[
		("", "", None, False),
		(None, None, None, False),
		("2026-01-31", "", datetime(2026, 1, 31), False),
		("2026-01-31", "9:05:06.25", datetime(2026, 1, 31, 9, 5, 6, 250000), True),
		("2026-01-31", "09:05", datetime(2026, 1, 31, 9, 5), True),
		("2026-01-31T10:00:00", "", datetime(2026, 1, 31, 10), True),
		("2026-01-31T10:00:00Z", "11:00", datetime(2026, 1, 31, 11, tzinfo=timezone(timedelta(0))), True),
	],
)
def test_times(day, clock, moment, has_time):
	read = Movement.read({**SMALLEST, "quantity": 1, "posting_date": day, "posting_time": clock})
	assert (read.moment, read.has_time) == (moment, has_time)


def test_ids_of_any_length():
	first, second = (Movement.read({**SMALLEST, "id": "x" * 200 + end, "quantity": 1}).id for end in "ab")
	assert first != second and len(first) == len(second) == 64
	assert Movement.read({**SMALLEST, "id": "x" * 140, "quantity": 1}).id == "x" * 140


@pytest.mark.parametrize(
	("values", "field"),
	[
		({"id": ""}, "id"),
		({"item_code": None}, "item_code"),
		({"warehouse": "w" * 141}, "warehouse"),
		({"quantity": None}, "quantity"),
		({"quantity": "many"}, "quantity"),
		({"level": -1}, "level"),
		({"rate": "-0.01"}, "rate"),
		({"posting_date": "31.01.2026"}, "posting_date"),
		({"posting_time": "10:00"}, "posting_date"),
		({"posting_date": "2026-01-31", "posting_time": "25:00"}, "posting_time"),
		({"posting_date": "2026-01-31", "posting_time": "soon"}, "posting_time"),
		({"cancelled": "perhaps"}, "cancelled"),
		({"qty": 1}, "qty"),
	],
)
def test_what_cannot_be_read(values, field):
	with pytest.raises(OrderError) as caught:
		Movement.read({**SMALLEST, "quantity": 1, **values})
	assert caught.value.params["field"] == field
	assert field in str(caught.value)


@pytest.mark.parametrize("data", [None, [], "x"])
def test_no_record_at_all(data):
	with pytest.raises(OrderError):
		Movement.read(data)
