"""What is written down when a pull cannot go on: the cursor's message, and a row of Sync Log with the exchange.

One row for each row of failures, however often the same page is tried; it is Processed once the pull is through.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import frappe

from erp_connect.calls import state as account_state
from erp_connect.calls import switch
from erp_connect.config.account import Account
from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.delivery.advice import explain
from erp_connect.core.delivery.outcome import Outcome
from erp_connect.core.errors import ConnectError, capped
from erp_connect.core.paging import windows
from erp_connect.messages import describe, in_own_words, translate
from erp_connect.pull import schedule
from erp_connect.records import failures as errors
from erp_connect.store import sync_attempt, sync_cursor, sync_log, walk_events
from erp_connect.store.sync_cursor import Cursor

# Marks a position that a source did not take.
REFUSED = "refused"
PAUSING = (outcomes.AUTH, outcomes.PAUSE)
# It goes on once the pause of the account is lifted.
PAUSED_SECONDS = 60.0
# An address that is gone may be just a cursor that expired: the walk starts over, and no account is paused.
REFUSING = (outcomes.FINAL, outcomes.GONE, outcomes.EXISTS, outcomes.CHANGED)
# No answer, or one of a gateway: the source was not there to say anything about the place.
AWAY = (None, 429, 502, 503, 504)


@dataclass(frozen=True)
class Reason:
	"""ended: the text where it is not tried again any more, if that is another one."""

	code: str
	text: str
	ended: str = ""

	def told(self, *, for_good: bool) -> str:
		return (for_good and self.ended) or self.text


def reason_of(error: ConnectError, again: str = "") -> Reason:
	"""again: how it is tried again, translated, where that is not the button of an event."""
	return Reason(error.code, translate(error, again))


def of_outcome(outcome: Outcome) -> Reason:
	"""Why an exchange failed, with what to do."""
	said = describe(outcome)
	advice, ended = (frappe._(explain(outcome, fetching=True, ended=ended)) for ended in (False, True))
	return Reason(outcome.code, f"{said} {advice}".strip(), f"{said} {ended}".strip())


def of_exchange(cursor: Cursor, account: Account, got: Any) -> None:
	"""A page could not be had: try it again on schedule, at the same place. Commits."""
	outcome = got.result.outcome
	if outcome.kind in PAUSING:
		switch.pause(account.name, in_own_words(outcome))
	delay = _delay(cursor, account, outcome)
	note(cursor, got.reason, due_in=delay, result=got.result, refused=got.result.status not in AWAY)


def of_storing(cursor: Cursor, account: Account, got: Any, error: Exception) -> None:
	"""A page came and could not be kept, or does not lead on: same place, later. Commits."""
	if isinstance(error, ConnectError):
		note(cursor, reason_of(error), due_in=None, result=got.result)
		return
	# `errors.of` writes what nobody foresaw into the Error Log.
	reason = Reason(errors.of(error, cursor.name).code, errors.detail(error))
	note(cursor, reason, due_in=_on_schedule(cursor, account), result=got.result)


def of_error(cursor: Cursor, account: Account, error: Exception) -> None:
	"""The walk ended by an error of ours: same place, later. Commits."""
	reason = Reason(errors.of(error, cursor.name).code, errors.detail(error))
	note(cursor, reason, due_in=_on_schedule(cursor, account))


def note(
	cursor: Cursor, reason: Reason, *, due_in: float | None, result: Any = None, refused: bool = True
) -> None:
	"""Write down that the walk cannot go on. due_in: None waits for a person, or for the next regular run.

	refused: its place may be at fault, and not only the moment. Commits.
	"""
	if sync_cursor.hold(cursor):
		wait = due_in if due_in is not None else schedule.next_run(cursor.flow)
		reason = Reason(reason.code, reason.told(for_good=wait is None))
		log = _write_log(cursor, sync_log.PULL_RUN, reason, result, for_good=due_in is None)
		if due_in is None and refused:
			cursor = replace(cursor, position=_after_refusal(cursor.position))
		sync_cursor.fail(cursor, reason.text, wait, log)
	frappe.db.commit()  # what went wrong must be seen, whatever becomes of this job


def note_of(
	store: ModuleType, walk: Any, event: str, reason: Reason, due_in: float | None, result: Any = None
) -> None:
	"""Write down that a load or a comparison cannot go on. due_in: None until a person decides. Commits.

	store: the module that keeps where it stands. event: of the row of Sync Log.
	"""
	if store.hold(walk):
		reason = Reason(reason.code, reason.told(for_good=due_in is None))
		log = _write_log(walk, event, reason, result, for_good=due_in is None)
		store.fail(walk, reason.text, due_in, log)
	frappe.db.commit()  # what went wrong must be seen, whatever becomes of this job


def over(walk: Any) -> None:
	"""A pull, a load or a comparison is through after failures. Does not commit."""
	if walk.failed_log:
		walk_events.get_through(walk.failed_log)


def _after_refusal(position: dict | None) -> dict | None:
	"""The same place once more; the first page if that was refused before: cursors of many sources expire.

	In windows, the first page of the one under way: those before it were read.
	"""
	if not position or not position.get(REFUSED):
		return position and {**position, REFUSED: True}
	return windows.at_first_page(position) if windows.is_position(position) else None


def retry_in(account: Account, outcome: Outcome, failures: int) -> float | None:
	"""Seconds until what failed is asked for again; None when it is given up. failures: in a row before this one."""
	if outcome.kind in PAUSING:
		return PAUSED_SECONDS
	if outcome.kind == outcomes.THROTTLE:
		return float(account.retry.asked_delay(outcome.retry_after))
	if outcome.kind in REFUSING:
		return None
	return account.retry.next_delay(failures + 1, random=random.random(), retry_after=outcome.retry_after)


def _write_log(walk: Any, event: str, reason: Reason, result: Any, *, for_good: bool) -> str:
	"""One row of Sync Log for each row of failures, and the exchange that failed; the name of the row.

	walk: the Cursor of a pull, a Load, or the Run of a comparison. event: of the row. for_good: it is not tried again by
	itself.
	"""
	log = walk_events.interrupt(
		walk.failed_log,
		{
			"integration": walk.account,
			"company": frappe.get_cached_value("Integration Settings", walk.account, "company"),
			"field_mapping": walk.flow,
			"event": event,
		},
		for_good=for_good,
		outcome=reason.code[:60],
		error=capped(reason.text),
		attempts=walk.failures + 1,
		last_attempt=frappe.utils.now_datetime(),
	)
	if result is not None:
		attempt = account_state.exchange_row(
			result, log, walk.account, walk.failures + 1, reason.code, reason.text
		)
		sync_attempt.write_attempts([attempt])
	return log


def _delay(cursor: Cursor, account: Account, outcome: Outcome) -> float | None:
	delay = retry_in(account, outcome, cursor.failures)
	if outcome.kind in PAUSING or outcome.kind == outcomes.THROTTLE:
		return delay
	return _no_later(cursor, delay, outcome.retry_after)


def _on_schedule(cursor: Cursor, account: Account) -> float | None:
	return _no_later(cursor, account.retry.next_delay(cursor.failures + 1, random=random.random()))


def _no_later(cursor: Cursor, delay: float | None, retry_after: int | None = None) -> float | None:
	"""Seconds to the next try, at the latest when the flow is pulled anyhow."""
	upcoming = schedule.next_run(cursor.flow)
	if delay is None or upcoming is None:
		return delay
	return min(delay, max(upcoming, retry_after or 0))
