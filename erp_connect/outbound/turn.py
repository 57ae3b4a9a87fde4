"""When an account may be asked for something, and when again after a failure: the limits that sending obeys, too."""

from __future__ import annotations

import random

import frappe

from erp_connect.config.account import Account
from erp_connect.core import breaker, ratelimit
from erp_connect.core import outcome as outcomes
from erp_connect.core.outcome import Outcome
from erp_connect.store import state as states

PAUSING = (outcomes.AUTH, outcomes.PAUSE, outcomes.GONE)
# The account is paused: it goes on once that is lifted.
PAUSED_SECONDS = 60.0


def take(account: Account) -> float:
	"""Seconds until the account may be asked; takes its turn when that is now. Commits."""
	state = states.lock(account.name)
	wait = max(0.0, state.throttled_until - state.now)
	if breaker.allow(state.breaker, state.now) == "none":
		wait = max(wait, max(state.breaker.open_until, state.breaker.probe_until) - state.now, 1.0)
	if not wait:
		_, state.bucket, wait = ratelimit.take(state.bucket, 1, state.now, account.rate_limit, account.burst)
		states.save(state)
	frappe.db.commit()  # releases the lock that sending waits for
	return wait


def again_in(account: Account, outcome: Outcome, failures: int) -> float | None:
	"""Seconds until a request that failed is tried again; None when it is given up. failures: in a row before this."""
	if outcome.kind in PAUSING:
		return PAUSED_SECONDS
	if outcome.kind == outcomes.THROTTLE:
		return float(max(1, min(outcome.retry_after or 1, account.retry.max_retry_after)))
	if outcome.kind == outcomes.FINAL:
		return None
	return account.retry.next_delay(failures + 1, random=random.random(), retry_after=outcome.retry_after)
