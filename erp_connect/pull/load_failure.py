"""What is written down when a load in windows cannot go on: its message, and a row of Sync Log with the exchange.

One row for each row of failures, however often the same page is tried; it is Processed once the load is through.
"""

from __future__ import annotations

import random
from typing import Any

import frappe

from erp_connect.calls import switch
from erp_connect.config.account import Account
from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.errors import ConnectError
from erp_connect.messages import in_own_words
from erp_connect.pull.failure import AWAY, PAUSING, Reason, note_of, reason_of, retry_in
from erp_connect.records import failures
from erp_connect.store import loads, sync_log
from erp_connect.store.loads import Load

# What a source says that gives no page so far from the first one, or not so many records: 400, 413, 416, 422.
TOO_MUCH = frozenset({400, 413, 416, 422})
# Codes of what came and could not be used to its end, or did not come in time.
TOO_LONG = frozenset({"answer_cut", "timeout"})
# Codes of a source that says there is more and leads nowhere, as some do behind the last page that they give.
LEADS_NOWHERE = frozenset({"repeated", "contradiction"})
# An answer that may be a passing fault counts only when it comes again.
PASSING = frozenset({500, 504, 520, 524})


def asks_too_much(load: Load, got: Any) -> bool:
	"""Whether a page that could not be had may be had from a shorter window. got: the `Page`."""
	outcome, status = got.result.outcome, got.result.status
	if outcome.kind in PAUSING or outcome.kind == outcomes.THROTTLE:
		return False
	if got.reason.code in TOO_LONG or status in PASSING:
		return got.reason.code == "answer_cut" or load.failures > 0
	refused = outcome.kind == outcomes.FINAL and status in TOO_MUCH
	return refused or (got.reason.code == "refused" and status not in AWAY)


def of_exchange(load: Load, account: Account, got: Any) -> None:
	"""A page could not be had: try it again on the account's schedule, at the same place. Commits."""
	outcome = got.result.outcome
	if outcome.kind in PAUSING:
		switch.pause(account.name, in_own_words(outcome))
	note(load, got.reason, retry_in(account, outcome, load.failures), got.result)


def of_error(load: Load, account: Account, error: Exception, result: Any = None) -> None:
	"""A page could not be asked for or kept. Only what nobody foresaw is tried again. Commits."""
	if isinstance(error, ConnectError):
		note(load, reason_of(error, frappe._("resume the load")), None, result)
		return
	# `failures.of` writes what nobody foresaw into the Error Log.
	reason = Reason(failures.of(error, load.name).code, failures.detail(error))
	note(load, reason, account.retry.next_delay(load.failures + 1, random=random.random()), result)


def note(load: Load, reason: Reason, due_in: float | None, result: Any = None) -> None:
	"""Write down that a load cannot go on. due_in: None until a person resumes it. Commits."""
	note_of(loads, load, sync_log.LOAD_RUN, reason, due_in, result)
