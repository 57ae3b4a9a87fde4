"""Which failures are one failure."""

from __future__ import annotations

import pytest

from erp_connect.core.delivery.reasons import LIMIT, same


@pytest.mark.parametrize(
	("one", "other"),
	[
		("No item SKU-12/B in the shop", "No item SKU-77/C in the shop"),
		("Brand f1fabe3d has no group", "Brand 0a1b2c3d has no group"),
		("Wrong date 2026-11-28 10:00:01", "Wrong date 2025-01-02 23:59:59"),
		('{"code": 17, "id": "c-1"}', '{"code": 18, "id": "c-2"}'),
		("Two\n lines", "Two lines"),
		("Row 2, element 1.4: empty", "Row 2, element 3: empty"),
	],
)
def test_what_differs_in_the_record_only_is_one(one, other):
	assert same(one) == same(other)


@pytest.mark.parametrize(
	("one", "other"),
	[
		("The shop is closed", "The shop is open"),
		("Row 2: empty", "Row 3: empty"),
		("Customer has no value for: Group", "Customer has no value for: Territory"),
	],
)
def test_another_cause_is_another_reason(one, other):
	assert same(one) != same(other)


def test_names_of_the_record_may_be_words():
	own = [("Miller", "x"), ("Miller & Sons", "y")]
	assert same("Customer Miller is blocked", own[0]) == same("Customer Miller & Sons is blocked", own[1])
	assert same("The Millers are blocked", ["Miller"]) == "The Millers are blocked"


def test_it_is_short_and_takes_nothing():
	assert same("") == "" and same(None) == ""
	assert len(same("long " * 1000)) == LIMIT
