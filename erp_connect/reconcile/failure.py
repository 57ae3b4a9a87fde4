"""What is written down when a comparison cannot go on: its message, and a row of Sync Log with the exchange.

One row for each row of failures, however often the same page is tried; it is Processed once the run is through.
"""

from __future__ import annotations

import random

from erp_connect.calls import switch
from erp_connect.calls.exchange import Result
from erp_connect.config.account import Account
from erp_connect.core.errors import ConnectError
from erp_connect.messages import in_own_words
from erp_connect.pull.failure import PAUSING, Reason, note_of, reason_of, retry_in
from erp_connect.reconcile import told
from erp_connect.records import failures
from erp_connect.store import reconciliations
from erp_connect.store.reconciliations import Run

EVENT = "reconciliation"


def of_exchange(run: Run, account: Account, reason: Reason, result: Result) -> None:
	"""A page could not be had: try it again on the account's schedule, at the same place. Commits."""
	outcome = result.outcome
	if outcome.kind in PAUSING:
		switch.pause(account.name, in_own_words(outcome))
	note(run, reason, retry_in(account, outcome, run.failures), result)


def passing(run: Run, account: Account, reason: Reason) -> None:
	"""Something stood in the way that may be over by itself: try again on the account's schedule. Commits."""
	note(run, reason, account.retry.next_delay(run.failures + 1, random=random.random()))


def of_error(run: Run, account: Account, error: Exception, result: Result | None = None) -> None:
	"""What was found could not be read or kept. Only what nobody foresaw is tried again. Commits."""
	if isinstance(error, ConnectError):
		note(run, reason_of(error, told.again()), None, result)
		return
	# `errors.of` writes what nobody foresaw into the Error Log.
	answer = failures.of(error, run.name)
	reason = Reason(answer.code, failures.detail(error, told.again()))
	if answer.status >= 500:
		passing(run, account, reason)
	else:
		note(run, reason, None, result)


def note(run: Run, reason: Reason, due_in: float | None, result: Result | None = None) -> None:
	"""Write down that a run cannot go on. due_in: None for good. Commits."""
	note_of(reconciliations, run, EVENT, reason, due_in, result)
