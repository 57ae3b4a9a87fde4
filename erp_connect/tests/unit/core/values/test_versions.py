"""Versions as text: what has an order is told apart from what has none."""

import pytest

from erp_connect.core.values.versions import is_ambiguous_date, is_before


@pytest.mark.parametrize(
	("older", "newer"),
	[
		("rev-9", "rev-10"),
		("2026W09", "2026W10"),
		("v1.9", "v1.10"),
		("r0999", "r1000"),
		("30.12.2026", "31.12.2026"),
	],
)
def test_one_number_that_grows(older, newer):
	assert is_before(older, newer)
	assert not is_before(newer, older)
	assert not is_before(newer, newer)


@pytest.mark.parametrize(
	("one", "other"),
	[
		("2-967a00dff5e02add", "10-aabb00dff5e02add"),
		("9f86d081884c7d65", "60303ae22b998861"),
		("31.12.2026", "01.01.2027"),
		("draft", "final"),
		("rev-9", "9"),
		("", "1"),
	],
)
def test_what_has_no_order_is_never_called_older(one, other):
	assert not is_before(one, other)
	assert not is_before(other, one)


def test_dates_of_which_day_and_month_cannot_be_told():
	assert is_ambiguous_date("02.12.2026 10:00")
	assert is_ambiguous_date("2/12/26")
	assert is_ambiguous_date("1.12.3")
	assert not is_ambiguous_date("2026-12-02T10:00:00Z")
	assert not is_ambiguous_date("Tue, 3 Jun 2008 11:05:30 GMT")
