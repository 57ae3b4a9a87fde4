"""What is written down when a comparison cannot go on: its message, and a row of Sync Log with the exchange.

One row for each row of failures, however often the same page is tried; it is Processed once the run is through.
"""

from __future__ import annotations

import random

import frappe

from erp_connect.calls import state as account_state
from erp_connect.calls import switch
from erp_connect.calls.exchange import Result
from erp_connect.config.account import Account
from erp_connect.core.errors import ConnectError
from erp_connect.messages import describe
from erp_connect.pull.failure import PAUSING, Reason, reason_of, retry_in, write_log
from erp_connect.reconcile import told
from erp_connect.records import failures
from erp_connect.store import reconciliations, sync_attempt, walk_events
from erp_connect.store.reconciliations import Run

EVENT = "reconciliation"


def of_exchange(run: Run, account: Account, reason: Reason, result: Result) -> None:
	"""A page could not be had: try it again on the account's schedule, at the same place. Commits."""
	outcome = result.outcome
	if outcome.kind in PAUSING:
		switch.pause(account.name, describe(outcome))
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
	if reconciliations.hold(run):
		log = write_log(run, EVENT, reason, for_good=due_in is None)
		if result is not None:
			attempt = account_state.exchange_row(
				result, log, run.account, run.failures + 1, reason.code, reason.text
			)
			sync_attempt.write_attempts([attempt])
		reconciliations.fail(run, reason.text, due_in, log)
	frappe.db.commit()  # what went wrong must be seen, whatever becomes of this job


def over(run: Run) -> None:
	"""The run is through after failures. Does not commit."""
	if run.failed_log:
		walk_events.get_through(run.failed_log)


def stopped(name: str) -> None:
	"""A person stopped a run: what failed is not tried again. Does not commit."""
	log = frappe.db.get_value("Sync Reconciliation", name, "failed_log")
	if log:
		walk_events.stop(log)
