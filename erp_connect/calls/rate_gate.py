"""When an account may be asked for something: its throttle, its breaker and its rate limit, shared by all workers."""

from __future__ import annotations

import frappe

from erp_connect.config.account import Account
from erp_connect.core.delivery import breaker, ratelimit
from erp_connect.store import state as states


def permitted_in(account: Account) -> float:
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
