"""How an account stands: the worst is said first."""

from __future__ import annotations

import pytest

from erp_connect.core.delivery.account_health import LATE_SECONDS, Facts, account_health

# Each with what is said of an account that has this trouble, and all that follow it in the list.
WORST_FIRST = [
	("off", {"enabled": False}),
	("paused", {"paused": True}),
	("broken", {"breaker": "Open"}),
	("failed", {"failed": 1}),
	("held", {"held": 1}),
	("throttled", {"throttled_seconds": 5}),
	("late", {"oldest_seconds": LATE_SECONDS + 1}),
	("retrying", {"retrying": 1}),
]


@pytest.mark.parametrize("place", range(len(WORST_FIRST)))
def test_the_worst_is_said(place):
	facts = {}
	for _word, values in WORST_FIRST[place:]:
		facts |= values
	assert account_health(Facts(**facts)) == WORST_FIRST[place][0]
	assert account_health(Facts(**WORST_FIRST[place][1])) == WORST_FIRST[place][0]


def test_without_trouble():
	assert account_health(Facts()) == "healthy"
	assert account_health(Facts(used=False)) == "quiet"
	assert account_health(Facts(breaker="Half Open", failed=3)) == "probing"
	assert account_health(Facts(oldest_seconds=LATE_SECONDS)) == "healthy"
