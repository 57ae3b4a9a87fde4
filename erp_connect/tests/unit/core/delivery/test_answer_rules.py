"""Verdicts by status and body, as rules."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from erp_connect.core.delivery.answer_rules import VERDICTS, judge, pause_after, rules_from
from erp_connect.core.delivery.outcome import Exchange, classify, of_item
from erp_connect.core.errors import ConnectError

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=timezone.utc)
THROTTLED = {"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]}
COST = {
	**THROTTLED,
	"extensions": {
		"cost": {
			"requestedQueryCost": 202,
			"throttleStatus": {"currentlyAvailable": 2, "restoreRate": 50},
		}
	},
}


def rule(verdict: str, **values: str) -> dict[str, str]:
	return {"verdict": verdict, **values}


def verdict(rows, status=200, data=None, headers=None, **facts):
	rules = rules_from(rows)
	about = (status, data, headers or {}, NOW)
	return classify(
		Exchange(
			status=status,
			headers=headers or {},
			judgement=judge(rules, *about),
			pause=pause_after(rules, *about),
			**facts,
		),
		now=NOW,
	)


@pytest.mark.parametrize(
	"meaning, kind, code",
	[
		("Delivered", "delivered", "delivered"),
		("Try again", "retry", "not_yet"),
		("Slow down", "retry", "throttled"),
		("Token expired", "auth", "unauthorized"),
		("Pending", "unknown", "pending"),
		("Exists already", "exists", "exists"),
		("Gone", "final", "record_gone"),
		("Refused", "final", "refused"),
		("Nothing to do", "nothing", "nothing_to_do"),
	],
)
@pytest.mark.parametrize("status", [200, 400, 401, 409, 410, 500])
def test_every_meaning_whatever_the_status(meaning, kind, code, status):
	found = verdict([rule(meaning, condition="code == 'X'")], status, {"code": "X"}, accepted=False)
	assert (found.kind, found.code) == (kind, code)
	assert verdict([rule(meaning, condition="code == 'X'")], 200, {"code": "Y"}).kind == "delivered"


def test_each_meaning_is_known_to_the_outcome():
	for meaning in VERDICTS:
		verdict([rule(meaning, statuses="200", until="wait")], 200, {"wait": 3})


class TestThrottle:
	def test_a_200_with_a_throttle_error_waits_until_the_cost_is_there(self):
		rows = [
			rule(
				"Slow down",
				condition="errors[?extensions.code == 'THROTTLED']",
				until="divide(subtract(extensions.cost.requestedQueryCost,"
				" extensions.cost.throttleStatus.currentlyAvailable), extensions.cost.throttleStatus.restoreRate)",
			)
		]
		found = verdict(rows, data=COST, accepted=False)
		assert (found.kind, found.retry_after) == ("throttle", 4)

	@pytest.mark.parametrize(
		"until, seconds",
		[
			(90, 90),
			("90", 90),
			("2026-03-01T12:00:45Z", 45),
			("2026-03-01 12:00:45", 45),
			("Sun, 01 Mar 2026 12:00:45 GMT", 45),
			(1772366445, 45),
			("1772366445000", 45),
			("2026-03-01T11:00:00Z", 0),
			(10**7, 7 * 86400),
		],
	)
	def test_seconds_and_times_however_they_are_written(self, until, seconds):
		found = verdict([rule("Slow down", condition="until", until="until")], data={"until": until})
		assert found.retry_after == seconds

	def test_a_header_says_until_when(self):
		rows = [rule("Slow down", statuses="403", until="header:x-ratelimit-reset")]
		assert verdict(rows, 403, None, {"X-RateLimit-Reset": "1772366445"}).retry_after == 45
		assert verdict(rows, 403, None, {}).code == "throttled"

	def test_without_until_the_usual_header_counts(self):
		assert (
			verdict([rule("Slow down", statuses="400")], 400, None, {"Retry-After": "30"}).retry_after == 30
		)

	@pytest.mark.parametrize("left, pause", [("0", 45), ("2", 45), ("3", None), ("many", None), (None, None)])
	def test_few_calls_left_make_a_pause_beside_the_verdict(self, left, pause):
		headers = {"X-RateLimit-Reset": "1772366445", **({"X-RateLimit-Remaining": left} if left else {})}
		rows = [
			rule(
				"Slow down afterwards",
				condition="header:X-RateLimit-Remaining <= 2",
				until="header:X-RateLimit-Reset",
			)
		]
		found = verdict(rows, headers=headers)
		assert (found.kind, found.pause) == ("delivered", pause)


def test_the_first_that_fits_decides_and_status_and_condition_both_must():
	rows = [
		rule("Refused", statuses="4xx", condition="code == 'A'"),
		rule("Try again", statuses="4xx"),
	]
	assert verdict(rows, 409, {"code": "A"}).code == "refused"
	assert verdict(rows, 409, {"code": "B"}).code == "not_yet"
	assert verdict(rows, 200, {"code": "A"}).kind == "delivered"


def test_a_condition_fits_no_answer_that_it_cannot_be_evaluated_on():
	rows = [rule("Refused", condition="contains(message, 'x')")]
	assert verdict(rows, 200, {"message": 5}).kind == "delivered"
	assert verdict(rows, 200, None).kind == "delivered"


def test_a_refused_token_is_renewed_once():
	rows = [rule("Token expired", condition="error == 'expired'")]
	assert verdict(rows, 200, {"error": "expired"}).kind == "auth"
	assert verdict(rows, 200, {"error": "expired"}, refreshed=True).kind == "pause"


def test_what_is_gone_is_deleted():
	rows = [rule("Gone", statuses="422", condition="code == 'deleted'")]
	assert verdict(rows, 422, {"code": "deleted"}, deletes=True).kind == "delivered"
	assert verdict(rows, 422, {"code": "deleted"}).code == "record_gone"


def test_the_message_of_a_rule_is_what_people_read():
	rows = [rule("Refused", statuses="418", message="The shop is closed on Sundays.")]
	assert "closed on Sundays" in str(verdict(rows, 418, remote_message="E_418"))


def test_one_record_of_many_with_an_expired_token_is_tried_again():
	rules = rules_from([rule("Token expired", condition="e")])
	assert of_item(judge(rules, 200, {"e": 1}, {}, NOW), 200, "expired").kind == "retry"


@pytest.mark.parametrize(
	"row, words",
	[
		(rule("Try again"), "status or a condition"),
		(rule("Perhaps", statuses="200"), "not a meaning"),
		(rule("", statuses="200"), "not a meaning"),
		(rule("Refused", statuses="2x0"), "not an HTTP status"),
		(rule("Refused", condition="a b"), "cannot be read"),
		(rule("Refused", condition="header:"), "not a condition on a header"),
		(rule("Refused", condition="header:X >= 3"), "not a condition on a header"),
		(rule("Slow down", statuses="200", until="header:X = 3"), "names no header"),
		(rule("Slow down afterwards", statuses="200"), "Enter in Until"),
	],
)
def test_what_is_no_rule_is_refused(row, words):
	with pytest.raises(ConnectError, match=words):
		rules_from([row])
