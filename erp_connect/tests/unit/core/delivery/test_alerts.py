"""When people are told of a problem: at its begin, when it has doubled, each day that it stays, and when it is over."""

from __future__ import annotations

import pytest

from erp_connect.core.delivery.alerts import GROWTH_SECONDS, QUIET_SECONDS, REMINDER_SECONDS, Known, decide

NOW = 1_000_000.0


def known(count: int = 3, told: float = 0, seen: float = 60) -> Known:
	"""Told and seen so many seconds ago."""
	return Known(count, NOW - told, NOW - seen)


def test_a_new_problem_is_told():
	decision = decide({"failed": 1}, {}, NOW)
	assert (decision.begun, decision.again, decision.seen, decision.ended) == (["failed"], [], [], [])


@pytest.mark.parametrize(
	("count", "told", "again"),
	[
		(3, GROWTH_SECONDS, False),
		(5, GROWTH_SECONDS, False),
		(6, GROWTH_SECONDS, True),
		(6, GROWTH_SECONDS - 1, False),
		(600, GROWTH_SECONDS - 1, False),
		(3, REMINDER_SECONDS - 1, False),
		(3, REMINDER_SECONDS, True),
		(1, REMINDER_SECONDS, True),
	],
)
def test_a_known_one_is_told_again_when_it_doubled_or_stays(count, told, again):
	decision = decide({"failed": count}, {"failed": known(3, told)}, NOW)
	assert (decision.again == ["failed"], decision.seen == ["failed"]) == (again, not again)
	assert not decision.begun and not decision.ended


@pytest.mark.parametrize(("seen", "ended"), [(QUIET_SECONDS - 1, False), (QUIET_SECONDS, True)])
def test_it_is_over_when_it_was_not_seen_for_a_while(seen, ended):
	decision = decide({}, {"failed": known(seen=seen)}, NOW)
	assert decision.ended == (["failed"] if ended else [])


def test_what_comes_back_soon_is_the_same_problem():
	decision = decide({"breaker": 1}, {"breaker": known(1, told=200, seen=QUIET_SECONDS + 1)}, NOW)
	assert (decision.begun, decision.seen, decision.ended) == ([], ["breaker"], [])


def test_each_problem_by_itself():
	decision = decide({"a": 1, "b": 9}, {"b": known(3, GROWTH_SECONDS), "c": known(seen=QUIET_SECONDS)}, NOW)
	assert (decision.begun, decision.again, decision.ended) == (["a"], ["b"], ["c"])


def test_of_some_nobody_is_reminded():
	decision = decide({"ends": 9}, {"ends": known(1, told=REMINDER_SECONDS * 9)}, NOW, once=["ends"])
	assert (decision.again, decision.seen) == ([], ["ends"])
	assert decide({"ends": 1}, {}, NOW, once=["ends"]).begun == ["ends"]
