"""What an exchange means for the event it carried."""

from __future__ import annotations

import re
import string
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.delivery.advice import ADVICE, FETCHING, SAY_IT, SENDING, explain, of_event
from erp_connect.core.delivery.answer_rules import Judgement
from erp_connect.core.delivery.outcome import Exchange, StatusRules, classify
from erp_connect.core.delivery.outcome_messages import MESSAGES
from erp_connect.core.delivery.quoting import unquoted
from erp_connect.core.delivery.statuses import parse_statuses
from erp_connect.core.errors import ConfigurationError
from erp_connect.core.parse.answer import read_answer, remote_message
from erp_connect.transport.errors import KINDS

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=timezone.utc)


def verdict(**facts):
	rules = facts.pop("rules", None)
	return classify(Exchange(**facts), now=NOW, rules=rules)


@pytest.mark.parametrize(
	"status, kind, code",
	[
		(200, "delivered", "delivered"),
		(202, "delivered", "delivered"),
		(204, "delivered", "delivered"),
		(301, "final", "redirect"),
		(307, "final", "redirect"),
		(400, "final", "invalid"),
		(401, "auth", "unauthorized"),
		(403, "final", "forbidden"),
		(404, "final", "not_found"),
		(405, "final", "rejected"),
		(407, "auth", "unauthorized"),
		(408, "retry", "unavailable"),
		(409, "final", "conflict"),
		(410, "gone", "gone"),
		(422, "final", "invalid"),
		(425, "retry", "unavailable"),
		(429, "retry", "throttled"),
		(500, "retry", "unavailable"),
		(503, "retry", "unavailable"),
		(599, "retry", "unavailable"),
		(101, "final", "unexpected_status"),
		(999, "final", "unexpected_status"),
	],
)
def test_statuses(status, kind, code):
	found = verdict(status=status)
	assert (found.kind, found.code) == (kind, code)


@pytest.mark.parametrize("status", [502, 504, 524])
def test_a_gateway_that_gave_up_leaves_a_creation_unknown(status):
	assert verdict(status=status, creates=True).kind == "unknown"
	assert verdict(status=status, creates=False).kind == "retry"


class TestThrottling:
	@pytest.mark.parametrize("status", [429, 503])
	def test_retry_after_slows_the_whole_account(self, status):
		found = verdict(status=status, headers={"Retry-After": "120"})
		assert (found.kind, found.retry_after) == ("throttle", 120)

	def test_as_a_date_and_in_any_case(self):
		found = verdict(status=429, headers={"retry-after": "Sun, 01 Mar 2026 12:00:45 GMT"})
		assert found.retry_after == 45

	def test_garbage_leaves_the_schedule_in_force(self):
		assert verdict(status=429, headers={"Retry-After": "later"}).kind == "retry"

	def test_other_statuses_only_carry_it_along(self):
		found = verdict(status=500, headers={"Retry-After": "7"})
		assert (found.kind, found.retry_after) == ("retry", 7)


class TestConfiguredStatuses:
	def test_a_deleted_record_may_be_missing(self):
		rules = StatusRules(success=parse_statuses("2xx, 404"))
		found = verdict(status=404, rules=rules, content="html", needs_content=True, accepted=False)
		assert found.kind == "delivered"

	def test_a_success_may_be_narrowed(self):
		assert verdict(status=202, rules=StatusRules(success=parse_statuses("200"))).kind == "final"

	def test_a_conflict_may_be_retried(self):
		assert verdict(status=409, rules=StatusRules(retry=frozenset({409}))).kind == "retry"

	@pytest.mark.parametrize(
		"text, some, none",
		[
			("2xx", {200, 299}, {300}),
			("200,201, 404", {404}, {202}),
			("200-204", {203}, {205}),
			("", {226}, {404}),
		],
	)
	def test_writing(self, text, some, none):
		found = parse_statuses(text)
		assert some <= found and not none & found

	@pytest.mark.parametrize("text", ["ok", "2x", "600", "20", "200..204", "2xx 404"])
	def test_what_is_no_status_is_refused(self, text):
		with pytest.raises(ConfigurationError, match="is not an HTTP status"):
			parse_statuses(text)


class TestUnexpectedContent:
	@pytest.mark.parametrize("content", ["html", "empty", "invalid", "text"])
	def test_a_login_page_is_no_success(self, content):
		found = verdict(status=200, content=content, needs_content=True)
		assert (found.kind, found.code) == ("final", "unexpected_content")
		assert verdict(status=200, content=content, needs_content=True, creates=True).kind == "unknown"

	def test_it_does_not_matter_when_nothing_is_read_from_the_answer(self):
		assert verdict(status=200, content="html").kind == "delivered"

	def test_an_answer_that_was_cut_is_not_read(self):
		assert verdict(status=200, truncated=True, needs_content=True).code == "answer_cut"
		assert verdict(status=200, truncated=True).kind == "delivered"

	def test_a_throttle_error_in_a_200_is_tried_again(self):
		"""An answer with status 200 that refuses the record, and of which *Try again if* is true."""
		found = verdict(status=200, accepted=False, not_yet=True)
		assert (found.kind, found.code) == ("retry", "not_yet")
		assert verdict(status=200, accepted=None, not_yet=True).kind == "retry"
		assert verdict(status=200, accepted=True, not_yet=True).kind == "delivered"

	def test_a_multi_status_needs_somebody_who_judges_it(self):
		found = verdict(status=207, judged_apart=False)
		assert (found.kind, found.code, found.resend) == ("unknown", "partial", False)
		assert verdict(status=207, judged_apart=False, accepted=True).kind == "delivered"
		assert verdict(status=207).kind == "delivered"

	def test_success_false_in_the_body(self):
		found = verdict(status=200, accepted=False, remote_message="SKU is unknown")
		assert (found.kind, found.code) == ("final", "refused")
		assert "SKU is unknown" in str(found)


class TestTransportFailures:
	@pytest.mark.parametrize(
		"error, unsent, maybe_sent",
		[
			("dns", "retry", "retry"),
			("refused", "retry", "retry"),
			("connect_timeout", "retry", "retry"),
			("tls", "pause", "pause"),
			("blocked", "pause", "pause"),
			("client_certificate", "pause", "pause"),
			("proxy", "retry", "retry"),
			("read_timeout", "retry", "unknown"),
			("deadline", "retry", "unknown"),
			("reset", "retry", "unknown"),
			("truncated", "retry", "unknown"),
			("decode", "retry", "unknown"),
			("invalid_request", "final", "final"),
			("some day a new one", "retry", "unknown"),
		],
	)
	def test_kinds(self, error, unsent, maybe_sent):
		assert verdict(error=error, sent=False).kind == unsent
		assert verdict(error=error, sent=True).kind == maybe_sent

	@pytest.mark.parametrize("kind", sorted(KINDS))
	def test_every_kind_of_the_transport_is_judged(self, kind):
		assert kind in outcomes._ERRORS


def test_a_401_is_worth_one_refresh_and_then_pauses():
	assert verdict(status=401).kind == "auth"
	assert verdict(status=401, refreshed=True).kind == "pause"


def test_a_redirect_is_named_without_its_query():
	found = verdict(status=302, headers={"location": "http://169.254.169.254/latest?token=abc"})
	assert "http://169.254.169.254/latest" in str(found)
	assert "abc" not in str(found)


def test_what_the_breaker_counts():
	assert verdict(status=422).system_works
	assert verdict(status=200).system_works
	assert not verdict(status=200, content="html", needs_content=True).system_works
	assert not verdict(status=500).system_works
	assert not verdict(error="refused", sent=False).system_works


@given(
	st.none() | st.integers(100, 999),
	st.sampled_from(["", *sorted(KINDS)]),
	st.booleans(),
	st.booleans(),
	st.sampled_from(["json", "html", "empty"]),
	st.none() | st.booleans(),
)
def test_every_exchange_gets_one_verdict_with_advice(status, error, sent, creates, content, accepted):
	found = verdict(
		status=status,
		error=error,
		sent=sent,
		creates=creates,
		content=content,
		accepted=accepted,
		needs_content=True,
	)
	assert found.kind in (
		"delivered",
		"retry",
		"final",
		"unknown",
		"throttle",
		"auth",
		"pause",
		"gone",
		"exists",
		"nothing",
		"changed",
	)
	assert explain(found) == ADVICE[found.code]
	assert "{" not in str(found)
	if found.kind == "delivered":
		assert status is not None and content == "json" and accepted is not False


def test_advice_to_one_who_fetches_speaks_of_no_event():
	assert set(FETCHING) <= set(ADVICE)
	for code in ADVICE:
		told = explain(code, fetching=True)
		assert (
			"replay" not in told and "idempotency" not in told.lower() and "key" not in FETCHING.get(code, "")
		), code
	assert explain("timeout") != explain("timeout", fetching=True)


def test_advice_to_one_who_sent_promises_no_try_that_does_not_come():
	assert set(SENDING) | SAY_IT <= set(ADVICE)
	never_failed = {"part_taken", "batch_under_way", "refused_together"}
	for code in set(ADVICE) - never_failed:
		told = of_event(code, failed=True)
		assert told or code in SAY_IT
		assert not re.search(r"(tried|asked|asked for|sent) again|goes on by itself", told), told
	assert of_event("timeout", failed=False) == ADVICE["timeout"]
	assert of_event("missing_link", failed=True) == ""


def test_messages_and_advice_belong_together():
	assert set(MESSAGES) == set(ADVICE)
	places = {name for text in MESSAGES.values() for _, name, _, _ in string.Formatter().parse(text) if name}
	assert places <= {"status", "remote", "content", "location", "list", "taken", "total", "batch", "hours"}


class TestReadingAnswers:
	@pytest.mark.parametrize(
		"body, media, kind",
		[
			(b'{"id": 1}', "application/json", "json"),
			(b'\xef\xbb\xbf{"id": 1}', "application/json", "json"),
			(b"[1]", "", "json"),
			(b'"a token"', "application/json; charset=utf-8", "json"),
			(b"<order><id>1</id></order>", "text/xml", "xml"),
			(b"<html><body>Sign in</body></html>", "application/json", "html"),
			(b"  <!DOCTYPE html><html>", "text/plain", "html"),
			(b"", "application/json", "empty"),
			(b"\r\n ", "", "empty"),
			(b"ok", "text/plain", "text"),
			(b'{"id": ', "application/json", "invalid"),
			(b"NaN", "application/json", "invalid"),
			(b"<a><b></a>", "application/xml", "invalid"),
			(b"\xff\xfe\x00", "application/json", "invalid"),
			(b"[" * 100_000, "application/json", "invalid"),
		],
	)
	def test_kinds(self, body, media, kind):
		assert read_answer(body, media).kind == kind

	def test_entities_and_dtds_are_refused(self):
		bomb = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'
		outside = b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>'
		assert read_answer(bomb, "text/xml").kind == "invalid"
		assert read_answer(outside, "text/xml").kind == "invalid"

	@given(st.binary(max_size=60), st.sampled_from(["", "application/json", "text/xml", "text/html"]))
	def test_no_body_makes_it_fail(self, body, media):
		assert read_answer(body, media).kind in ("json", "xml", "html", "text", "empty", "invalid")

	@pytest.mark.parametrize(
		"data, words",
		[
			({"message": "No such customer"}, "No such customer"),
			({"error": {"code": 7, "message": "Bad key"}}, "Bad key"),
			({"errors": [{"detail": "a"}, {"detail": "b"}]}, "a; b"),
			({"errors": {"email": ["is taken"]}}, "email: is taken"),
			({"exception": "frappe.exceptions.ValidationError: x"}, "frappe.exceptions.ValidationError: x"),
			(["one", "two"], "one; two"),
			({"id": 5}, ""),
			(None, ""),
		],
	)
	def test_the_receivers_own_words(self, data, words):
		assert remote_message(data) == words

	def test_they_are_kept_short(self):
		assert len(remote_message({"message": "x" * 5000})) == 1000


class TestChangedOutside:
	@pytest.mark.parametrize(
		("exchange", "kind", "code"),
		[
			(Exchange(status=412), outcomes.CHANGED, "changed"),
			# Of what is created it says that there is one already.
			(Exchange(status=412, creates=True), outcomes.FINAL, "conflict"),
			(Exchange(status=409), outcomes.FINAL, "conflict"),
			(Exchange(status=409, judgement=Judgement("Changed outside")), outcomes.CHANGED, "changed"),
			(Exchange(status=428), outcomes.FINAL, "version_wanted"),
		],
	)
	def test_a_version_that_is_not_the_one(self, exchange, kind, code):
		found = classify(exchange, now=NOW)
		assert (found.kind, found.code, found.system_works, found.resend) == (kind, code, True, False)


class TestUnquoted:
	@pytest.mark.parametrize("status", [403, 404, 409, 422, 428, 500])
	def test_what_the_receiver_said_is_left_out(self, status):
		found = unquoted(verdict(status=status, remote_message="Jane Doe is known"))
		assert "Jane Doe" not in str(found)
		assert str(status) in str(found)

	def test_where_a_redirect_leads(self):
		found = unquoted(verdict(status=301, headers={"Location": "https://x.example/people/jane"}))
		assert "jane" not in str(found)

	def test_what_was_to_be_sent(self):
		assert "Jane" not in str(
			unquoted(verdict(error="invalid_request", sent=False, error_text="X-Name: Jane"))
		)

	def test_words_of_the_app_stay(self):
		found = unquoted(verdict(error="proxy", sent=False, error_text="It asks for a password."))
		assert "It asks for a password." in str(found)
