"""What becomes of an event that could not be written: tried again, held for a person, skipped or failed. Never commits."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from frappe.utils import now_datetime

from erp_connect.calls.fetcher import GoneOutside, NotNow
from erp_connect.config.account import Account
from erp_connect.core.delivery.states import FAILED, ON_HOLD, RETRYING, SKIPPED, SUPERSEDED
from erp_connect.core.errors import TRIED, capped
from erp_connect.inbound import former_orders, routing
from erp_connect.records import failures, removal
from erp_connect.records.errors import HeldForReview, NotYet, OnItsWay
from erp_connect.records.two_way import Conflict
from erp_connect.store import inbox, locks

# May be over by itself: the record it points to is on its way, or somebody holds a lock.
PASSING = ("missing_link", "busy", "storage_full", "conflict", "parked", "not_fetched")
# How often an event is tried that lacks what may be on its way, before a person is asked.
WAITING_TRIES = 3
# Until an event is looked at again whose order somebody has: what he books may be a newer state of it.
BUSY_SECONDS = 30


def settle(event, account: Account, error: Exception, tasks: list[routing.Task]) -> None:
	"""Write down why a held event was not written, and when it is tried again, if it is. tasks: what it asks for."""
	answer = failures.of(error, event.trace_id)
	failure = _Failure(event, account, error, tasks, {"outcome": answer.code[:60], **_facts(error)})
	if isinstance(error, HeldForReview):
		failure.hold(error)
	elif isinstance(error, NotNow | OnItsWay):
		failure.settle(RETRYING, due_in=error.seconds, attempts=event.attempts - 1)
	elif isinstance(error, GoneOutside):
		failure.settle(SKIPPED)
	else:
		failure.again_or(FAILED, again=answer.code in PASSING or answer.status >= 500)


def _facts(error: Exception) -> dict[str, Any]:
	"""What is written down of every error: its words, and what it is about."""
	facts: dict[str, Any] = {"error": capped(failures.detail(error))}
	if isinstance(error, Conflict):
		facts |= {
			"conflict": error.versions,
			"reference_doctype": error.doctype,
			"reference_name": error.name,
		}
		facts |= {"field_mapping": error.flow, "decision": None}
	if isinstance(error, removal.Undecided):
		facts |= {
			"reference_doctype": error.doctype,
			"reference_name": error.name,
			"external_id": error.external_id,
		}
	if isinstance(error, NotYet):
		facts |= {"external_id": error.external_id}
	return facts


@dataclass
class _Failure:
	"""An event that was not written. tasks: what it asks for. values: what is written down of it."""

	event: Any
	account: Account
	error: Exception
	tasks: list[routing.Task]
	values: dict[str, Any]

	def settle(self, status: str, **values: Any) -> None:
		inbox.settle(self.event.name, status, **self.values | values)

	def hold(self, error: HeldForReview) -> None:
		self.values |= {"outcome": error.held_for[:60]}
		if error.waits_for:
			self.values |= dict(zip(("reference_doctype", "reference_name"), error.waits_for, strict=True))
		self.again_or(ON_HOLD, again=bool(error.waits_for) and self.event.attempts <= WAITING_TRIES)

	def again_or(self, end: str, *, again: bool) -> None:
		"""Try the event again on the account's schedule, or end it so; then nothing is promised any more."""
		retry, attempts = self.account.retry, self.event.attempts
		delay = retry.next_delay(attempts, random=random.random()) if again else None
		if delay is None:
			self.values |= {"error": capped(failures.detail(self.error, trying=TRIED))}
			self._end(end)
			return
		self.settle(RETRYING, due_in=delay, next_attempt=now_datetime() + timedelta(seconds=delay))

	def _end(self, end: str) -> None:
		"""An order is known by its id, so that its states that come later find this one; what is older than one of these
		needs nobody any more."""
		state = former_orders.of(self.tasks)
		if state is None:
			self.settle(end)
			return
		self.values |= {"external_id": state.id}
		try:
			newer = former_orders.successor(state, self.event.name)
		except locks.Busy as busy:
			self.settle(
				RETRYING,
				due_in=BUSY_SECONDS,
				attempts=self.event.attempts - 1,
				error=capped(failures.detail(busy)),
			)
			return
		if newer:
			name, told = newer
			self.settle(SUPERSEDED, superseded_by=name, error=told)
			return
		self.settle(end)
		if end == ON_HOLD:
			former_orders.kept_for_a_person(state, self.event.name)
