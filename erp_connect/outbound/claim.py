"""Takes the next events of an account for this worker: one transaction, all or nothing.

A claim counts the attempt, sets the lease and commits before anything is sent. A worker that dies leaves
rows whose lease runs out, and the next claim takes them. Only the first waiting event of a document can be
taken, and only while no other worker has one of it.
"""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from dataclasses import dataclass, field

import frappe

from erp_connect.config import flow as flows
from erp_connect.config.account import Account
from erp_connect.core.delivery import breaker, ratelimit
from erp_connect.core.delivery.breaker import BreakerState
from erp_connect.core.delivery.coalesce import Event, plan
from erp_connect.core.errors import ConnectError
from erp_connect.store import state as states
from erp_connect.store import sync_log

# A lease covers this many seconds of sending, and the longest exchange that may be started at their end.
SENDING_SECONDS = 50
REPEATABLE = (flows.UPDATE, flows.DELETE)
FIELDS = (
	"name, seq, status, field_mapping, event, attempts, frozen, reference_doctype, reference_name, order_key, due_at,"
	" subject, snapshot, method, path, operation, request_body, content_type, payload_hash, idempotency_key, edited,"
	" trace_id, replay_of, backfill, UNIX_TIMESTAMP() AS now"
)


@dataclass
class Claim:
	"""token: proof of ownership, checked by every write. wait: seconds until more may be had, None if unknown.

	lease: seconds for which the events are this worker's, from `taken` on (of the process's clock). breaker: as it
	stood when they were taken.
	"""

	token: str
	lease: int
	breaker: BreakerState
	events: list = field(default_factory=list)
	probe: bool = False
	wait: float | None = None
	taken: float = field(default_factory=time.monotonic)


def lease_seconds(account: Account) -> int:
	return SENDING_SECONDS + account.deadline + 10


def claim(account: Account, limit: int) -> Claim:
	"""Take up to `limit` events that are due. Commits."""
	state = states.lock(account.name)
	claim = Claim(uuid.uuid4().hex, lease_seconds(account), state.breaker)
	claim.wait = _wait(account, state)
	if claim.wait is None:
		_take_permitted(account, state, claim, limit)
		states.save(state)
	frappe.db.commit()  # the lease must be visible to other workers before anything is sent
	return claim


def _wait(account: Account, state: states.State) -> float | None:
	"""Seconds until the account may send again; None when it may now."""
	if state.throttled_until > state.now:
		return state.throttled_until - state.now
	if breaker.allow(state.breaker, state.now) == "none":
		return max(state.breaker.open_until, state.breaker.probe_until) - state.now
	if _workers(account.name) >= account.concurrency:
		return lease_seconds(account)
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


def _workers(integration: str) -> int:
	return frappe.db.sql(
		"SELECT COUNT(DISTINCT claim_token) FROM `tabSync Log`"
		" WHERE integration = %s AND due_at > UNIX_TIMESTAMP() AND status = 'Sending'",
		integration,
	)[0][0]


def _take(account: Account, claim: Claim, limit: int) -> None:
	candidates = frappe.db.sql(
		"SELECT order_key FROM `tabSync Log` WHERE integration = %s AND due_at <= UNIX_TIMESTAMP()"
		" AND direction = 'Outgoing' ORDER BY due_at, seq LIMIT %s FOR UPDATE SKIP LOCKED",
		(account.name, limit),
	)
	keys = list(dict.fromkeys(key for (key,) in candidates))
	if not keys:
		return
	decisions = _Decisions(account, claim.lease)
	for events in _waiting(keys).values():
		decisions.add(events)
		if decisions.complete:
			break
	decisions.write(claim)


def _waiting(keys: list[str]) -> dict[str, list]:
	"""Everything that waits for these documents, oldest first. Rows that a user is just inserting are not
	seen and not waited for."""
	rows = frappe.db.sql(
		f"SELECT {FIELDS} FROM `tabSync Log` WHERE order_key IN %s AND due_at IS NOT NULL AND direction = 'Outgoing'"
		" ORDER BY seq FOR UPDATE SKIP LOCKED",
		(tuple(keys),),
		as_dict=True,
	)
	waiting = defaultdict(list)
	for row in rows:
		waiting[row.order_key].append(row)
	return {key: waiting[key] for key in keys if waiting[key]}


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

	def add(self, rows: list) -> None:
		"""Decide about everything that waits for one document, oldest first."""
		busy = next((row for row in rows if row.status == "Sending" and row.due_at > row.now), None)
		if busy:
			self._delay(rows, busy)
			return
		for row in rows:
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
		result = plan([_event(row) for row in rows], linked=_is_linked(rows[0]))
		self.superseded.update(result.superseded)
		self.skipped.update(result.skipped)
		return [by_name[name] for name in result.send]

	def _delay(self, rows: list, first) -> None:
		# Otherwise rows that have to wait would be looked at by every claim, in front of others that could go.
		for row in rows:
			if row is not first and row.due_at <= row.now:
				self.delayed[row.name] = first.due_at + 1

	def write(self, claim: Claim) -> None:
		if self.taken:
			frappe.db.sql(
				"UPDATE `tabSync Log` SET status = 'Sending', attempts = attempts + 1, claim_token = %s,"
				" due_at = UNIX_TIMESTAMP() + %s WHERE name IN %s",
				(claim.token, self.lease, tuple(row.name for row in self.taken)),
			)
		for row in self.taken:
			row.attempts += 1
		for row in self.deadly:
			_give_up(row)
		for by in set(self.superseded.values()):
			names = [name for name, successor in self.superseded.items() if successor == by]
			_set(names, status="Superseded", superseded_by=by, due_at=None, next_attempt=None)
		for name, reason in self.skipped.items():
			_set([name], status="Skipped", outcome=reason, due_at=None, next_attempt=None)
		for name, due_at in self.delayed.items():
			_set([name], due_at=due_at)
		claim.events = self.taken


def _is_suspect(row) -> bool:
	return row.status == "Sending" and row.attempts > 1


def _give_up(row) -> None:
	text = frappe._(
		"The worker died each of the {0} times it had this event. Look for a document of unusual size, or too little"
		" memory, then press Retry."
	).format(row.attempts)
	_set(
		[row.name], status="Failed", outcome="worker_died", error=text, frozen=int(row.frozen), due_at=None,
		next_attempt=None,
	)  # fmt: skip
	sync_log.hurry({row.order_key})


def _set(names: list[str], **values) -> None:
	assignments = ", ".join(f"`{column}` = %s" for column in values)
	frappe.db.sql(
		f"UPDATE `tabSync Log` SET {assignments} WHERE name IN %s", [*values.values(), tuple(names)]
	)


def _event(row) -> Event:
	return Event(
		name=row.name,
		kind="replay" if row.replay_of else row.event,
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
		rule = flows.load(row.field_mapping).rule(row.event, linked=True)
	except (ConnectError, frappe.DoesNotExistError):
		return row.event
	return rule.identity if rule else row.event


def _is_linked(row) -> bool:
	if row.subject:
		return True
	return bool(
		frappe.db.sql(
			"SELECT 1 FROM `tabSync Link` link JOIN `tabField Mapping` flow ON flow.name = %s"
			" WHERE link.integration = flow.integration AND link.remote_entity = flow.remote_entity"
			" AND link.document_type = %s AND link.document_name = %s",
			(row.field_mapping, row.reference_doctype, row.reference_name),
		)
	)
