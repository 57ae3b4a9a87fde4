"""Decides which events of an account this worker takes: one transaction, all or nothing.

Only the first waiting event of a document can be taken, and only while no other worker has one of it.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field

import frappe

from erp_connect.config import flow as flows
from erp_connect.config.account import Account
from erp_connect.config.request_rules import DELETE, UPDATE
from erp_connect.core.delivery import breaker, places, ratelimit
from erp_connect.core.delivery.breaker import BreakerState
from erp_connect.core.delivery.coalesce import Event, plan
from erp_connect.core.delivery.progress import progress_of
from erp_connect.core.errors import ConnectError
from erp_connect.store import former_names, outbox, subjects
from erp_connect.store import state as states

# A lease covers this many seconds of sending, and the longest exchange that may be started at their end.
SENDING_SECONDS = 50
REPEATABLE = (UPDATE, DELETE)
# All places are taken by other workers: when to ask again.
CROWDED_SECONDS = 1.0
DIED = (
	"The worker died each of the {0} times it had this event. Look for a document of unusual size, or too little"
	" memory, then press Retry."
)


@dataclass
class Claim:
	"""token: proof of ownership, checked by every write. wait: seconds until more may be had, None if unknown.

	lease: seconds for which the events are this worker's, from `taken` on (of the process's clock). breaker: as it
	stood when they were taken. places: requests of the account that this worker may have under way.
	"""

	token: str
	lease: int
	breaker: BreakerState
	places: int = 0
	events: list = field(default_factory=list)
	probe: bool = False
	wait: float | None = None
	taken: float = field(default_factory=time.monotonic)


def lease_seconds(account: Account) -> int:
	return SENDING_SECONDS + account.deadline + 10


def claim(account: Account, worker: str, limit: int, *, under_way: bool = False, token: str = "") -> Claim:
	"""Take up to `limit` events that are due, for the process called `worker`. Commits.

	token: of the claim, for a caller who wants to know it whatever happens here.

	under_way: whether it has requests of the account under way; otherwise it keeps no places where nothing is due.
	"""
	state = states.lock(account.name)
	claim = Claim(token or uuid.uuid4().hex, lease_seconds(account), state.breaker)
	claim.wait = _wait(state)
	if claim.wait is None:
		claim.places, state.places = places.take(
			state.places, worker, limit=account.concurrency, now=state.now, until=state.now + claim.lease
		)
		claim.wait = None if claim.places else CROWDED_SECONDS
	if claim.wait is None:
		_take_permitted(account, state, claim, limit)
		if not (claim.events or under_way):
			claim.places, state.places = 0, places.give_back(state.places, worker)
		states.save(state)
	frappe.db.commit()  # the lease must be visible to other workers before anything is sent
	return claim


def more_places(account: Account, worker: str) -> int:
	"""How many requests the worker may have under way from now on. Commits."""
	state = states.lock(account.name)
	until = state.now + lease_seconds(account)
	count, state.places = places.take(
		state.places, worker, limit=account.concurrency, now=state.now, until=until
	)
	states.save(state)
	frappe.db.commit()  # other workers must see what is left
	return count


def _wait(state: states.State) -> float | None:
	"""Seconds until the account may send again; None when it may now."""
	if state.throttled_until > state.now:
		return state.throttled_until - state.now
	if breaker.allow(state.breaker, state.now) == "none":
		return max(state.breaker.open_until, state.breaker.probe_until) - state.now
	return None


def _take_permitted(account: Account, state: states.State, claim: Claim, limit: int) -> None:
	claim.probe = breaker.allow(state.breaker, state.now) == "probe"
	granted, state.bucket, wait = ratelimit.take(
		state.bucket, 1 if claim.probe else limit, state.now, account.rate_limit, account.burst
	)
	if not granted:
		claim.wait = wait
		return
	_take(account, claim, granted)
	state.bucket = ratelimit.give_back(state.bucket, granted - len(claim.events), account.burst)
	if claim.probe and claim.events:
		state.breaker = breaker.begin_probe(state.breaker, state.now, account.breaker)


def _take(account: Account, claim: Claim, limit: int) -> None:
	waiting = _waiting(account.name, limit)
	if not waiting:
		return
	decisions = _Decisions(account, claim.lease)
	for events in waiting.values():
		decisions.add(events)
		if decisions.complete:
			break
	decisions.write(claim)


def _waiting(account: str, limit: int) -> dict[str, list]:
	"""What waits for the documents whose events are due, oldest first."""
	waiting = _due(account, limit)
	rows = [row for events in waiting.values() for row in events]
	renamed, looked_up = former_names.follow_flows(rows), subjects.look_up(rows)
	if renamed or looked_up:
		# They stand elsewhere in the order now, maybe behind events that were not looked at.
		waiting = _due(account, limit)
	return waiting


def _due(account: str, limit: int) -> dict[str, list]:
	keys = outbox.due_documents(account, limit)
	return outbox.waiting_events(keys) if keys else {}


class _Decisions:
	"""What a claim does to each row it looked at."""

	def __init__(self, account: Account, lease: int) -> None:
		self.account = account
		self.lease = lease
		self.complete = False
		self.taken: list = []
		self.deadly: list = []
		self.superseded: dict[str, str] = {}
		self.skipped: dict[str, str] = {}
		self.delayed: dict[str, int] = {}
		self.renamed: list = []

	def add(self, rows: list) -> None:
		"""Decide about everything that waits for one document, oldest first."""
		busy = next((row for row in rows if row.status == "Sending" and row.due_at > row.now), None)
		if busy:
			self._delay(rows, busy)
			return
		for row in rows:
			_forget_what_succeeded(row)
			row.frozen = row.frozen or _died_while_sending(row)
		ordered = rows if len(rows) == 1 else self._plan(rows)
		if ordered:
			self._first(ordered)

	def _first(self, ordered: list) -> None:
		"""Take the first event of a document if its time has come; the others wait for it."""
		first = ordered[0]
		if first.due_at <= first.now:
			if _is_suspect(first) and not self._take_suspect(first):
				return
			self.taken.append(first)
			first.due_at = first.now + self.lease
		self._delay(ordered, first)

	def _take_suspect(self, row) -> bool:
		"""An event whose workers died goes alone, so that it takes no others down; False if it must not go now."""
		if self.account.retry.next_delay(row.attempts, random=0) is None:
			self.deadly.append(row)
			return False
		if self.taken:
			return False  # a later claim takes it
		self.complete = True
		return True

	def _plan(self, rows: list) -> list:
		by_name = {row.name: row for row in rows}
		# What a trigger made names another document: the one meant is told by an event of its own.
		known = next((row for row in rows if not row.subject), rows[0])
		result = plan([_event(row) for row in rows], linked=_is_linked(known))
		self._hand_over_names(rows, by_name, result.superseded)
		self.superseded.update(result.superseded)
		self.skipped.update(result.skipped)
		return [by_name[name] for name in result.send]

	def _hand_over_names(self, rows: list, by_name: dict, superseded: dict[str, str]) -> None:
		"""An event in which others are joined tells the name that the other side knows: that of the first rename.

		An insert that was not sent yet knows of no other name.
		"""
		first: dict[str, str] = {}
		for row in rows:
			if row.old_name:
				first.setdefault(superseded.get(row.name, row.name), row.old_name)
		for name, old_name in first.items():
			row = by_name[name]
			if row.event != "insert" and row.old_name != old_name:
				row.old_name = old_name
				self.renamed.append(row)

	def _delay(self, rows: list, first) -> None:
		# Otherwise rows that have to wait would be looked at by every claim, in front of others that could go.
		for row in rows:
			if row is not first and row.due_at <= row.now:
				self.delayed[row.name] = first.due_at + 1

	def write(self, claim: Claim) -> None:
		if self.taken:
			outbox.take(claim.token, self.lease, [row.name for row in self.taken])
		for row in self.taken:
			row.attempts += 1
		for row in self.deadly:
			outbox.give_up(row, frappe._(DIED).format(row.attempts))
		for row in self.renamed:
			outbox.keep_old_name(row)
		outbox.supersede(self.superseded)
		outbox.skip(self.skipped)
		outbox.delay(self.delayed)
		claim.events = self.taken


def _forget_what_succeeded(row) -> None:
	"""Of an event in several requests, the row shows the last one: once that is done, another one is to be built."""
	if row.step and row.step in progress_of(row.steps).answers:
		row.method = None


def _is_suspect(row) -> bool:
	return row.status == "Sending" and row.attempts > 1


def _event(row) -> Event:
	return Event(
		name=row.name,
		# What has begun is finished as it was begun, and joined with nothing.
		kind="midway"
		if row.steps
		else "replay"
		if row.replay_of
		else "merged"
		if row.merged_into
		else row.event,
		attempts=row.attempts,
		frozen=bool(row.frozen),
		operation=_operation(row),
	)


def _died_while_sending(row) -> bool:
	"""Whether the row's worker vanished at a moment when the receiver may have seen the request already.
	Sending a newer state instead is safe only where a repetition changes nothing."""
	return row.status == "Sending" and bool(row.method) and row.operation not in REPEATABLE


def _operation(row) -> str:
	"""Which request the event makes: events of the same request collapse."""
	try:
		# A creation stays one, whatever would stand in for it: a submission waits behind it, and is not the same.
		rule = flows.load(row.field_mapping).rule(row.event, linked=row.event != "insert")
	except (ConnectError, frappe.DoesNotExistError):
		return row.event
	return rule.identity if rule else row.event


def _is_linked(row) -> bool:
	return bool(row.subject) or outbox.is_linked(row.field_mapping, row.reference_doctype, row.reference_name)
