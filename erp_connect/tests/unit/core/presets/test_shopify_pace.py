"""The pace that a shop's answers ask for: what it gives is used, and no query is turned away."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erp_connect.core.delivery.answer_rules import SLOW_DOWN, judge, pause_after, rules_from

PRESET = Path(__file__).parents[4] / "presets" / "shopify" / "preset.json"
RULES = rules_from(json.loads(PRESET.read_text(encoding="utf-8"))["answers"])
NOW = datetime(2026, 11, 26, tzinfo=timezone.utc)
BUCKET = 2000


def answer(cost: int, left: float, restore: int = 100, **more: Any) -> dict[str, Any]:
	status = {"maximumAvailable": BUCKET, "currentlyAvailable": int(left), "restoreRate": restore}
	return {"extensions": {"cost": {"requestedQueryCost": cost, "throttleStatus": status}}, **more}


def pause(data: dict[str, Any]) -> int | None:
	return pause_after(RULES, 200, data, {}, NOW)


@pytest.mark.parametrize(
	("cost", "left", "restore", "seconds"),
	[
		(302, 302, 100, None),  # the next one can be paid for
		(302, 1700, 100, None),
		(302, 301, 100, 1),
		(302, 2, 100, 3),
		(302, 1, 100, 4),  # never a moment too early
		(302, 0, 50, 7),
		(302, 0, 1000, 1),
		(1000, 0, 100, 10),
	],
)
def test_it_waits_until_the_next_query_can_be_paid_for(cost, left, restore, seconds):
	assert pause(answer(cost, left, restore, data={"orders": {}})) == seconds


def test_an_answer_that_says_nothing_of_cost_asks_for_no_pause():
	for data in ({}, {"data": {}}, {"extensions": {}}, {"extensions": {"cost": None}}, None):
		assert pause(data) is None


def test_a_query_that_was_turned_away_is_asked_again_when_it_can_be_paid_for():
	data = answer(302, 40, errors=[{"message": "Throttled", "extensions": {"code": "THROTTLED"}}])
	found = judge(RULES, 200, data, {}, NOW)
	assert (found.verdict, found.wait) == (SLOW_DOWN, 3)


@settings(deadline=None, max_examples=25)
@given(cost=st.integers(50, 1000), restore=st.sampled_from([100, 200, 1000]), late=st.floats(0, 1))
def test_who_keeps_to_it_is_never_turned_away_and_spends_nine_tenths_of_what_is_given(cost, restore, late):
	"""late: seconds that each pause takes longer than it was asked for. The allowance is that of twenty seconds."""
	bucket = 20 * restore
	left, spent, seconds = float(bucket), 0, 0.0
	while spent < 20 * bucket:
		assert left >= cost
		left, spent = left - cost, spent + cost
		if wait := pause(answer(cost, left, restore)):
			seconds += wait + late
			left = min(bucket, left + (wait + late) * restore)
	# What is left at the end will be spent.
	assert spent + left >= 0.9 * (bucket + restore * seconds)
