"""What becomes of an event that could not be written: tried again, held for a person, skipped or failed. Never commits."""

from __future__ import annotations

import random
from datetime import timedelta

from frappe.utils import now_datetime

from erp_connect.calls.fetcher import GoneOutside, NotNow
from erp_connect.config.account import Account
from erp_connect.core.delivery.states import FAILED, ON_HOLD, RETRYING, SKIPPED, SUPERSEDED
from erp_connect.core.errors import TRIED, capped
from erp_connect.inbound import former_orders, routing
from erp_connect.records import failures, removal
from erp_connect.records.errors import HeldForReview, NotYet, OnItsWay
from erp_connect.records.two_way import Conflict
from erp_connect.store import inbox

# May be over by itself: the record it points to is on its way, or somebody holds a lock.
PASSING = ("missing_link", "busy", "storage_full", "conflict", "parked", "not_fetched")
# How often an event is tried that lacks what may be on its way, before a person is asked.
WAITING_TRIES = 3


def settle(event, account: Account, error: Exception, tasks: list[routing.Task]) -> None:
	"""Write down why a held event was not written, and when it is tried again, if it is. tasks: what it asks for."""
	answer = failures.of(error, event.trace_id)
	values = {"outcome": answer.code[:60], "error": capped(failures.detail(error))}
	if isinstance(error, Conflict):
		values |= {
			"conflict": error.versions,
			"reference_doctype": error.doctype,
			"reference_name": error.name,
		}
		values |= {"field_mapping": error.flow, "decision": None}
	if isinstance(error, removal.Undecided):
		values |= {
			"reference_doctype": error.doctype,
			"reference_name": error.name,
			"external_id": error.external_id,
		}
	if isinstance(error, NotYet):
		values |= {"external_id": error.external_id}
	if isinstance(error, HeldForReview):
		_held(event, account, error, values, tasks)
		return
	if isinstance(error, NotNow | OnItsWay):
		inbox.settle(event.name, RETRYING, due_in=error.seconds, attempts=event.attempts - 1, **values)
		return
	if isinstance(error, GoneOutside):
		inbox.settle(event.name, SKIPPED, **values)
		return
	passing = answer.code in PASSING or answer.status >= 500
	_again_or(FAILED, event, account, error, values, tasks, again=passing)


def _held(event, account: Account, error: HeldForReview, values: dict, tasks: list[routing.Task]) -> None:
	values |= {"outcome": error.held_for[:60]}
	if error.waits_for:
		values |= dict(zip(("reference_doctype", "reference_name"), error.waits_for, strict=True))
	again = bool(error.waits_for) and event.attempts <= WAITING_TRIES
	_again_or(ON_HOLD, event, account, error, values, tasks, again=again)


def _again_or(
	end: str,
	event,
	account: Account,
	error: Exception,
	values: dict,
	tasks: list[routing.Task],
	*,
	again: bool,
) -> None:
	"""Try the event again on the account's schedule, or end it so; then nothing is promised any more."""
	delay = account.retry.next_delay(event.attempts, random=random.random()) if again else None
	if delay is None:
		ended = {"error": capped(failures.detail(error, trying=TRIED))}
		_end(end, event, values | ended, tasks)
		return
	due = now_datetime() + timedelta(seconds=delay)
	inbox.settle(event.name, RETRYING, due_in=delay, next_attempt=due, **values)


def _end(end: str, event, values: dict, tasks: list[routing.Task]) -> None:
	"""An order is known by its id, so that its states that come later find this one; what is older than one of these
	needs nobody any more."""
	state = former_orders.of(tasks)
	if state is None:
		inbox.settle(event.name, end, **values)
		return
	values |= {"external_id": state.id}
	if newer := former_orders.successor(state, event.name):
		name, told = newer
		inbox.settle(event.name, SUPERSEDED, **values | {"superseded_by": name, "error": told})
		return
	inbox.settle(event.name, end, **values)
	if end == ON_HOLD:
		former_orders.kept_for_a_person(state, event.name)
