"""Writes what came of a batch: log rows, attempts, links, and the account's state. One short transaction.

The exchange has happened by then. If this transaction fails, the lease runs out and the event is sent again
with the same key; nothing here ever leads to a second request by itself.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict

import frappe

from erp_connect.calls import state as account_state
from erp_connect.calls.state import exchange_row
from erp_connect.config.account import Account
from erp_connect.config.request_rules import DELETE, UPDATE
from erp_connect.config.request_steps import STEP
from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.delivery import places
from erp_connect.core.delivery.breaker import BreakerState
from erp_connect.core.delivery.outcome import Outcome
from erp_connect.core.delivery.states import DELIVERED, OUTGOING, QUEUED, RETRYING, SKIPPED
from erp_connect.core.errors import capped
from erp_connect.messages import describe, in_own_words
from erp_connect.outbound import existing, hooks, later_batches, linking, moved, row_updates, staged
from erp_connect.outbound.request import MISSING_LINK, REQUEST_UNDER_WAY, Delivery, Prepared, Verdict
from erp_connect.records import failures
from erp_connect.store import moves, outbox, replays, sync_attempt, sync_log, synced
from erp_connect.store import state as states
from erp_connect.store.waiting import CHANGED_OUTSIDE

# Before what was interrupted is sent again.
INTERRUPTED_SECONDS = 1
# Of a file that an answer says the address of.
NOT_FETCHED = "file_not_fetched"
# Reasons that may be over by themselves.
PASSING = (MISSING_LINK, CHANGED_OUTSIDE, REQUEST_UNDER_WAY, NOT_FETCHED)


def store_requests(token: str, prepared: list[Prepared]) -> None:
	"""Keep requests before they are sent, so that a repetition carries the same bytes. Commits.

	What was sent last does not count from then on: where the answer is lost, a document that is as it was then is sent again.
	"""
	fresh = [item for item in prepared if not item.event.method]
	synced.in_doubt([(item.link.name, item.flow.name) for item in fresh if _is_known(item)])
	moves.update_claimed(
		OUTGOING,
		token,
		[
			{
				"name": item.event.name,
				"idempotency_key": item.event.idempotency_key,
				"method": item.method,
				"path": item.path,
				"operation": item.operation,
				"request_body": item.body.decode(),
				"content_type": item.content_type,
				"request_headers": json.dumps(item.headers) if item.headers else None,
				"request_files": json.dumps(item.files) if item.files else None,
				"payload_hash": item.stage.told if item.stage else item.state_hash,
				"step": item.stage.step.name if item.stage else None,
				"steps": item.event.steps,
				"snapshot": item.synced or item.event.snapshot,
				"external_id": item.link.external_id if item.link else None,
				# Of a document that a trigger led to: the row speaks of the other one.
				"payload_doctype": item.subject.doctype if item.event.subject else None,
				"payload_name": item.subject.name if item.event.subject else None,
			}
			for item in fresh
		],
	)
	frappe.db.commit()  # must survive the death of this worker during the exchange


def _is_known(item: Prepared) -> bool:
	"""Whether it is known what the other side has of the document."""
	return bool(item.link and item.link.fingerprint(item.flow.name))


def verdicts(token: str, items: list[Verdict], account: Account) -> None:
	"""Settle events that needed no request. Commits."""
	updates = []
	for item in items:
		delay = _delay(account, item.event, None) if item.outcome in PASSING else None
		status = "Retrying" if delay is not None else item.status
		updates.append(row_updates.settled(item.event, status, delay, item.outcome, item.error, None))
		linking.let_go(item.event, item.ended)
	moves.update_claimed(OUTGOING, token, updates)
	if more := [event for item in items for event in item.more]:
		sync_log.queue(more)
	sync_log.hurry({item.event.order_key for item in items})
	frappe.db.commit()  # the batch goes on with exchanges, which no later rollback may undo


def deliveries(
	items: list[Delivery], account: Account, results: list[Outcome], leaving: str = ""
) -> BreakerState:
	"""Settle what was sent, and count what it says about the account. Commits. Returns the breaker as it is then.

	results: one outcome for each exchange. leaving: worker that has nothing under way any more.
	"""
	# Keeps claims out: one that saw the link missing, or the row locked, would send a newer state as a creation.
	state = states.lock(account.name)
	if items:
		_write(items, account)
	opened = account_state.count(state, account, results)
	if leaving:
		state.places = places.give_back(state.places, leaving)
	states.save(state)
	frappe.db.commit()  # an exchange happened: its record must not depend on the next one
	if opened:
		account_state.tell_breaker_opened(state, results)
	return state.breaker


def _write(items: list[Delivery], account: Account) -> None:
	conflicts = linking.bind(items, account)
	items = moved.decided(items)
	updates, attempts = defaultdict(list), []
	for position, item in enumerate(items):
		update, attempt = _settled(item, account, conflicts.get(position))
		updates[item.token, tuple(update)].append(update)
		if not later_batches.only_asked(item):
			attempts.append(attempt)
	for (token, _), claimed in updates.items():
		moves.update_claimed(OUTGOING, token, claimed)
	outbox.build_anew(
		[
			item.prepared.event.name
			for position, item in enumerate(items)
			if position not in conflicts and _is_built_anew(item)
		]
	)
	sync_attempt.write_attempts(attempts)
	replays.delivered(_delivered_repetitions(items))
	# What is under way in a batch has nothing to hurry for, and neither has what stands behind it.
	over = (item for item in items if item.outcome.kind != outcomes.UNDER_WAY)
	sync_log.hurry({item.prepared.event.order_key for item in over})
	hooks.end_after_commit(items)
	_note(items, account)


def _is_built_anew(item: Delivery) -> bool:
	"""Whether the next try says something else: it is an update now, or replaces another state of the record."""
	anew = (CHANGED_OUTSIDE, staged.UPLOAD_ENDED, moved.RECORD_MOVED)
	return item.outcome.code in anew or linking.goes_on_as_update(item)


def _delivered_repetitions(items: list[Delivery]) -> list:
	events = [item.prepared.event for item in items if item.outcome.kind == outcomes.DELIVERED]
	return [event for event in events if event.replay_of]


def release(token: str, events: list, stored: set[str]) -> None:
	"""Give back events that were claimed but not sent: the try is not counted. Commits."""
	unbuilt = [event.name for event in events if event.name in stored and not event.method]
	outbox.give_back(token, [event.name for event in events], unbuilt)
	frappe.db.commit()  # other workers may take them now


def broken(token: str, prepared: list[Prepared], error: Exception) -> None:
	"""Settle events whose sending ended by an error of ours, which a repetition would meet again. Commits.

	What creates something may have been carried out: a Retry sends the same bytes under the same key.
	"""
	frappe.db.rollback()
	frappe.log_error(title=f"ERP Connect: {prepared[0].event.name} could not be sent", message=repr(error))
	_ended_by(error, token, prepared, "Failed", None)


def interrupted(token: str, prepared: list[Prepared], error: Exception) -> None:
	"""Let events be tried again whose sending was interrupted, by the end of the database's connection. Commits.

	Nobody knows whether they arrived: what creates something is sent again as the same bytes under the same key.
	"""
	_ended_by(error, token, prepared, "Retrying", INTERRUPTED_SECONDS)


def _ended_by(error: Exception, token: str, prepared: list[Prepared], status: str, delay: int | None) -> None:
	text = capped(failures.detail(error))
	updates = [
		{
			**row_updates.settled(item.event, status, delay, "error", text, None),
			"frozen": int(item.operation not in (UPDATE, DELETE)),
		}
		for item in prepared
	]
	moves.update_claimed(OUTGOING, token, updates)
	sync_log.hurry({item.event.order_key for item in prepared})
	frappe.db.commit()  # they must not be tried in a loop


def unbuilt(token: str, events: list, account: Account, error: Exception) -> None:
	"""Settle events of which requests could not be made or kept, for a reason that nobody foresaw. Commits.

	Each is tried again on the account's schedule, and ends with what was wrong.
	"""
	frappe.db.rollback()
	frappe.log_error(
		title=f"ERP Connect: events of {account.name} could not be prepared", message=repr(error)
	)
	text = capped(failures.detail(error))
	updates = []
	for event in events:
		delay = _delay(account, event, None)
		status = "Failed" if delay is None else "Retrying"
		updates.append(row_updates.settled(event, status, delay, "error", text, None))
	moves.update_claimed(OUTGOING, token, updates)
	sync_log.hurry({event.order_key for event in events})
	frappe.db.commit()  # they must not be tried in a loop


def _settled(item: Delivery, account: Account, conflict: str | None) -> tuple[dict, dict]:
	event, outcome = item.prepared.event, item.outcome
	status, delay, frozen = _next(item, account)
	good = (outcomes.DELIVERED, outcomes.PARTLY)
	text, code = ("", "") if outcome.kind in good else (describe(outcome), outcome.code)
	if conflict:
		status, delay, text, code = "Failed", None, conflict, "link_conflict"
	update = row_updates.settled(event, status, delay, code, text, item.result.status)
	update["frozen"] = int(frozen)
	update["external_id"] = linking.shown_id(item)
	if item.prepared.stage and (_is_done(item) or outcome.kind == outcomes.PARTLY):
		update |= row_updates.reached(staged.progress_after(item))
	elif item.batch or item.prepared.batch:
		update |= later_batches.kept(item, status)
	elif outcome.code == staged.UPLOAD_ENDED:
		update |= {"steps": None, "steps_done": ""}
	return update, _attempt(item, account, code or "delivered", text)


def _is_done(item: Delivery) -> bool:
	"""Whether what a request was to bring about is there."""
	if item.outcome.kind == outcomes.EXISTS:
		return existing.status_of(item.prepared, item.data) == DELIVERED
	skipped = item.outcome.kind == outcomes.NOTHING and item.prepared.operation == STEP
	return item.outcome.kind == outcomes.DELIVERED or skipped


def _next(item: Delivery, account: Account) -> tuple[str, int | None, bool]:
	"""(status, seconds until the next try or None, whether the outcome is unknown)."""
	event, outcome = item.prepared.event, item.outcome
	if item.prepared.stage and (_is_done(item) or outcome.kind == outcomes.PARTLY):
		return QUEUED, 0, False
	if outcome.kind == outcomes.DELIVERED:
		return "Delivered", None, False
	if outcome.kind == outcomes.NOTHING:
		return SKIPPED, None, False
	if outcome.kind == outcomes.EXISTS:
		status = existing.status_of(item.prepared, item.data)
		return status, 0 if status == RETRYING else None, False
	if outcome.code == outcomes.REFUSED_TOGETHER:
		return RETRYING, 0, bool(event.frozen)
	if outcome.kind in (outcomes.PAUSE, outcomes.GONE, outcomes.AUTH):
		return "Retrying", 0, bool(event.frozen)  # the account is paused: it waits for a person
	if outcome.kind in (outcomes.THROTTLE, outcomes.UNDER_WAY):
		waits = QUEUED if outcome.kind == outcomes.UNDER_WAY else RETRYING
		return waits, account.retry.asked_delay(outcome.retry_after), bool(event.frozen)
	delay = _delay(account, event, outcome) if outcome.resend else None
	frozen = _stays_unknown(item)
	return ("Failed", None, frozen) if delay is None else ("Retrying", delay, frozen)


def _stays_unknown(item: Delivery) -> bool:
	"""Whether the receiver may have acted on this event, now or at an earlier try that nobody heard of."""
	if item.outcome.kind == outcomes.UNKNOWN:
		return item.prepared.operation not in (UPDATE, DELETE)
	return item.outcome.kind == outcomes.RETRY and bool(item.prepared.event.frozen)


def _delay(account: Account, event, outcome: Outcome | None) -> int | None:
	retry_after = outcome.retry_after if outcome else None
	return account.retry.next_delay(event.attempts, random=random.random(), retry_after=retry_after)


def _attempt(item: Delivery, account: Account, code: str, text: str) -> dict:
	event = item.prepared.event
	row = exchange_row(item.result, event.name, account.name, event.attempts, code, text)
	return {**row, "step": item.prepared.stage.step.name if item.prepared.stage else None}


def _note(items: list[Delivery], account: Account) -> None:
	delivered = [item for item in items if item.outcome.kind == outcomes.DELIVERED]
	good = (outcomes.DELIVERED, outcomes.EXISTS, outcomes.NOTHING, outcomes.PARTLY, outcomes.UNDER_WAY)
	failed = [item for item in items if item.outcome.kind not in good]
	if delivered:
		states.note(account.name, success=True)
	if failed:
		states.note(account.name, success=False, error=in_own_words(failed[-1].outcome))
