"""When to try again, when to stop calling, and how fast to go."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_connect.core.delivery.breaker import (
	BreakerPolicy,
	BreakerState,
	allow,
	begin_probe,
	on_result,
)
from erp_connect.core.delivery.ratelimit import Bucket, give_back, take
from erp_connect.core.delivery.retry import (
	DEFAULT_SCHEDULE,
	LONGEST_RETRY_AFTER,
	RetryPolicy,
	parse_retry_after,
)
from erp_connect.core.errors import ConfigurationError

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=timezone.utc)


class TestSchedule:
	def test_the_published_schedule(self):
		policy = RetryPolicy()
		delays = [policy.next_delay(attempt, random=0.5) for attempt in range(1, 11)]
		assert delays == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400, None]

	@given(st.integers(1, 12), st.floats(0, 1), st.none() | st.integers(0, 10**9))
	def test_delays_stay_within_their_bounds(self, attempt, random, retry_after):
		policy = RetryPolicy(max_retry_after=3600)
		delay = policy.next_delay(attempt, random=random, retry_after=retry_after)
		if attempt > len(DEFAULT_SCHEDULE):
			assert delay is None
			return
		planned = DEFAULT_SCHEDULE[attempt - 1]
		assert planned * 0.8 - 1 <= delay <= max(planned * 1.2 + 1, 3600)
		assert delay >= min(retry_after or 0, 3600)

	def test_a_receiver_can_lengthen_the_wait_but_neither_shorten_nor_stretch_it_without_end(self):
		policy = RetryPolicy((5, 300), jitter=0, max_retry_after=600)
		assert policy.next_delay(1, random=0.5, retry_after=120) == 120
		assert policy.next_delay(2, random=0.5, retry_after=1) == 300
		assert policy.next_delay(1, random=0.5, retry_after=99999999) == 600

	@pytest.mark.parametrize(("asked", "wait"), [(None, 1), (0, 1), (90, 90), (9000, 600)])
	def test_asked_to_slow_down(self, asked, wait):
		assert RetryPolicy(max_retry_after=600).asked_delay(asked) == wait

	@pytest.mark.parametrize("bad", [{"schedule": (-1,)}, {"jitter": 1.5}, {"max_retry_after": -1}])
	def test_a_policy_without_sense_is_refused(self, bad):
		with pytest.raises(ConfigurationError):
			RetryPolicy(**bad)


class TestRetryAfter:
	@pytest.mark.parametrize(
		"header, seconds",
		[
			("120", 120),
			(" 0 ", 0),
			("1.2", 2),
			("-30", 0),
			("99999999999", LONGEST_RETRY_AFTER),
			("Sun, 01 Mar 2026 12:01:30 GMT", 90),
			("Sun, 01 Mar 2026 11:00:00 GMT", 0),
			("Sunday, 01-Mar-26 12:00:10 GMT", 10),
			("Sun Mar  1 12:00:10 2026", 10),
		],
	)
	def test_both_forms(self, header, seconds):
		assert parse_retry_after(header, NOW) == seconds

	@pytest.mark.parametrize(
		"header", [None, "", "soon", "nan", "inf", "1e400", "12:00", "Sun, 99 Foo 2026", "9" * 70]
	)
	def test_garbage_is_as_good_as_nothing(self, header):
		assert parse_retry_after(header, NOW) is None

	@given(st.text(max_size=70))
	def test_no_header_makes_it_fail(self, header):
		seconds = parse_retry_after(header, NOW)
		assert seconds is None or 0 <= seconds <= LONGEST_RETRY_AFTER

	@given(st.integers(0, 6 * 86400))
	def test_dates_count_from_now(self, ahead):
		header = format_datetime(NOW + timedelta(seconds=ahead), usegmt=True)
		assert parse_retry_after(header, NOW) == ahead
		assert parse_retry_after(header, NOW.replace(tzinfo=None)) == ahead


class TestBreaker:
	POLICY = BreakerPolicy(threshold=3, cooldown=60, max_cooldown=200, probe_timeout=30)

	def fail(self, state, times, now=1000):
		for _ in range(times):
			state = on_result(state, False, now, self.POLICY)
		return state

	def test_it_opens_after_failures_in_a_row_only(self):
		state = self.fail(BreakerState(), 2)
		state = on_result(state, True, 1000, self.POLICY)
		state = self.fail(state, 2)
		assert allow(state, 1000) == "all"
		assert allow(self.fail(state, 1), 1000) == "none"

	def test_exactly_one_probe_and_success_closes(self):
		state = self.fail(BreakerState(), 3)
		assert allow(state, 1059) == "none"
		assert allow(state, 1060) == "probe"
		probing = begin_probe(state, 1060, self.POLICY)
		assert allow(probing, 1061) == "none"
		assert on_result(probing, True, 1062, self.POLICY) == BreakerState()

	def test_the_pause_doubles_with_each_failed_probe_up_to_the_limit(self):
		state, now, pauses = self.fail(BreakerState(), 3), 1000, []
		for _ in range(4):
			pauses.append(state.open_until - now)
			now = state.open_until
			state = on_result(begin_probe(state, now, self.POLICY), False, now, self.POLICY)
		assert pauses == [60, 120, 200, 200]

	def test_the_probe_of_a_dead_worker_is_given_up(self):
		probing = begin_probe(self.fail(BreakerState(), 3), 1060, self.POLICY)
		assert allow(probing, 1089) == "none"
		assert allow(probing, 1090) == "probe"

	def test_nobody_takes_a_second_probe(self):
		probing = begin_probe(self.fail(BreakerState(), 3), 1060, self.POLICY)
		with pytest.raises(ValueError):
			begin_probe(probing, 1061, self.POLICY)

	def test_late_failures_of_others_do_not_lengthen_the_pause(self):
		state = self.fail(BreakerState(), 3)
		assert self.fail(state, 5, now=1030).open_until == state.open_until

	def test_it_can_be_turned_off(self):
		state = BreakerState()
		for _ in range(100):
			state = on_result(state, False, 1000, BreakerPolicy(threshold=0))
		assert allow(state, 1000) == "all"

	@given(st.lists(st.tuples(st.booleans(), st.integers(0, 90)), max_size=60))
	def test_never_two_probes_at_once(self, steps):
		state, now, probes = BreakerState(), 0, 0
		for ok, passed in steps:
			now += passed
			verdict = allow(state, now)
			if verdict == "probe":
				state = begin_probe(state, now, self.POLICY)
				assert allow(state, now) == "none"
				probes += 1
			if verdict != "none":
				state = on_result(state, ok, now, self.POLICY)
		assert state.cooldown <= self.POLICY.max_cooldown
		assert not (state.state == "Closed" and state.failures >= self.POLICY.threshold)


class TestRateLimit:
	def test_a_burst_then_the_rate(self):
		granted, bucket, wait = take(None, 10, 0, rate=2, burst=4)
		assert (granted, wait) == (4, 0)
		granted, bucket, wait = take(bucket, 10, 0, rate=2, burst=4)
		assert (granted, wait) == (0, 0.5)
		granted, bucket, _ = take(bucket, 10, 1, rate=2, burst=4)
		assert granted == 2

	def test_no_rate_means_no_limit(self):
		assert take(None, 500, 0, rate=0, burst=1)[0] == 500

	def test_slow_rates_add_up_in_spite_of_rounding(self):
		granted, bucket, _ = take(None, 1, 0, rate=0.1, burst=1)
		total = 0
		for tenth in range(1, 101):
			granted, bucket, _ = take(bucket, 1, tenth, rate=0.1, burst=1)
			total += granted
		assert total == 10

	def test_a_clock_set_back_takes_nothing_away(self):
		granted, bucket, _ = take(Bucket(3, 1000), 1, 10, rate=1, burst=5)
		assert granted == 1 and bucket.tokens == 2

	def test_unused_tokens_return_up_to_the_burst(self):
		assert give_back(Bucket(1, 0), 2, burst=5).tokens == 3
		assert give_back(Bucket(4, 0), 9, burst=5).tokens == 5

	@given(
		st.lists(st.tuples(st.integers(0, 20), st.floats(0, 3)), max_size=40),
		st.floats(0.1, 50),
		st.integers(1, 20),
	)
	def test_never_more_than_burst_plus_rate(self, steps, rate, burst):
		bucket, now, total = None, 0.0, 0
		for wanted, passed in steps:
			now += passed
			granted, bucket, wait = take(bucket, wanted, now, rate, burst)
			assert 0 <= granted <= wanted and wait >= 0
			total += granted
		assert total <= burst + rate * now + 1e-6

	@given(st.floats(0.01, 50), st.integers(1, 5))
	def test_after_the_wait_there_is_a_token(self, rate, burst):
		_, bucket, _ = take(None, burst, 0, rate, burst)
		granted, bucket, wait = take(bucket, 1, 0, rate, burst)
		assert granted == 0
		assert take(bucket, 1, wait, rate, burst)[0] == 1
