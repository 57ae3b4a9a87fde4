"""What exchanges say about their account: breaker, throttle; and an exchange as a row of Sync Attempt."""

from __future__ import annotations

import json
from datetime import timedelta

import frappe
from frappe.utils import now_datetime

from erp_connect.calls import switch
from erp_connect.calls.exchange import Result
from erp_connect.config.account import Account
from erp_connect.core.delivery import breaker, places
from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.delivery.outcome import Outcome
from erp_connect.core.errors import capped
from erp_connect.messages import in_own_words
from erp_connect.store import state as states


def save_state(account: Account, results: list[Outcome]) -> None:
	"""Count successes and failures of the account, and honour what the receiver asked for. Commits."""
	state = states.lock(account.name)
	opened = count(state, account, results)
	states.save(state)
	frappe.db.commit()  # releases the lock that claiming waits for
	if opened:
		tell_breaker_opened(state, results)


def count(state: states.State, account: Account, results: list[Outcome]) -> bool:
	"""Count results into a locked state, without writing it. True when they opened the breaker."""
	before = state.breaker.state
	for outcome in results:
		if outcome.kind == outcomes.THROTTLE or outcome.pause:
			wait = account.retry.asked_delay(outcome.pause or outcome.retry_after)
			state.throttled_until = max(state.throttled_until, state.now + wait)
		if outcome.kind == outcomes.THROTTLE:
			continue
		if outcome.kind not in (outcomes.PAUSE, outcomes.AUTH, outcomes.GONE):
			state.breaker = breaker.on_result(state.breaker, outcome.system_works, state.now, account.breaker)
	return state.breaker.state == breaker.OPEN and before == breaker.CLOSED


def tell_breaker_opened(state: states.State, results: list[Outcome]) -> None:
	"""Tell those who look after the account. results: the latest outcomes, the last of which opened the breaker."""
	switch.tell_breaker_opened(state.integration, state.breaker.failures, in_own_words(results[-1]))


def give_back_places(account: str, worker: str) -> None:
	"""Let other workers have the places of one that has nothing under way for the account. Commits."""
	state = states.lock(account)
	state.places = places.give_back(state.places, worker)
	states.save(state)
	frappe.db.commit()  # other workers may take them now


def exchange_row(result: Result, log: str, account: str, attempt: int, code: str, text: str) -> dict:
	"""The columns of a Sync Attempt for one exchange."""
	return {
		"sync_log": log,
		"integration": account,
		"attempt": attempt,
		"started": now_datetime() - timedelta(milliseconds=result.duration_ms),
		"duration_ms": result.duration_ms,
		"outcome": code,
		"response_status": result.status or 0,
		"error": capped(text),
		"method": result.method,
		"url": result.url,
		"request_headers": json.dumps(result.request_headers, indent=1),
		"request_body": result.request_body,
		"response_headers": json.dumps(result.response_headers, indent=1),
		"response_body": result.response_body,
	}
