"""What one worker sends for one account: the requests that wait, those under way, and what came of them.

A lane claims events, has its requests under way at the places that the account grants it, and stops where going on
makes no sense: the account is paused or switched off, the receiver asks to slow down or fails too often, the lease could
run out. What was not sent is given back uncounted.
"""

from __future__ import annotations

import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import frappe

from erp_connect.calls import switch
from erp_connect.calls.exchange import Connection
from erp_connect.config.account import Account
from erp_connect.jobs.steps import Steps
from erp_connect.outbound import batching, contents, finishing, later_batches, look_first, prepare, settle
from erp_connect.outbound.claim import SENDING_SECONDS, Claim, claim
from erp_connect.outbound.granted import Granted
from erp_connect.outbound.request import CROSSED, DEFERRED, Delivery, Finish, Prepared, Verdict
from erp_connect.outbound.unsettled import Unsettled
from erp_connect.store import accounts, database, outbox

FLUSH_COUNT = 100
# Where answers take longer than this, less is claimed and settled in a row, so that no place stays empty meanwhile.
QUICK_SECONDS, SMALL_BATCH = 0.02, 10


@dataclass(eq=False)
class Batch:
	"""The events of one claim. left: requests of it that have no outcome yet. deferred: what points to them, or waits for them."""

	claim: Claim
	left: int = 0
	deferred: list[Verdict] = field(default_factory=list)

	@property
	def late(self) -> bool:
		"""Whether the lease could run out during a request that starts now."""
		return time.monotonic() > self.claim.taken + SENDING_SECONDS


class Lane:
	"""Sends for one account. worker: token of the process. Everything but `steps` is called by its owner's thread."""

	def __init__(self, account: Account, connection: Connection, modified: str, worker: str) -> None:
		self.account = account
		self.connection = connection
		self.modified = modified
		self.worker = worker
		self._granted = Granted(account, worker)
		self.stopped = False
		# Nothing more goes out by this lane: the account was switched off or changed, or an error of ours came up.
		self.ended = False
		self.abandoned = False
		# Whether there may be more to claim, and from when on (monotonic).
		self.due = True
		self.not_before = 0.0
		self._queue: deque[tuple[Batch, list[Prepared] | list[Finish]]] = deque()
		# Of the requests under way: when each began (monotonic), and how long the last one took.
		self._started: dict[int, float] = {}
		self._groups: dict[int, list[Prepared]] = {}
		# What was cut off when the database's connection died: batch, events and error; and the claim being made then.
		self._cut_off: list[tuple[Batch, list[Prepared], Exception]] = []
		self._claiming = ""
		self._took = 0.0
		# How many events are claimed at least, so that they can go as a batch that is worked off outside.
		self._together = 0
		self._unsettled = Unsettled(account)
		self._batches: list[Batch] = []

	def close(self) -> None:
		self.connection.close()

	@property
	def under_way(self) -> int:
		return len(self._started)

	def is_slow(self, seconds: float) -> bool:
		"""Whether its requests take longer than this."""
		return self._took > seconds or any(
			time.monotonic() - began > seconds for began in self._started.values()
		)

	@property
	def idle(self) -> bool:
		"""Nothing waits here, is under way, or has to be written."""
		return not (self._queue or self.under_way or self._unsettled.deliveries)

	@property
	def can_start(self) -> bool:
		return bool(self._queue) and self.under_way < self._granted.places and not self.stopped

	def is_open(self) -> bool:
		"""Whether the account may send and is as it was when this lane was opened. Asked before each request goes out.

		Leaves a transaction open that has only read; the next look at the switches ends it.
		"""
		return accounts.open_as(self.account.name) == self.modified

	@property
	def wants_more(self) -> bool:
		"""Whether more should be claimed, so that no place stays empty."""
		return (
			self.due
			and not self.stopped
			and len(self._queue) < max(1, self._granted.places)
			and time.monotonic() >= self.not_before
		)

	@property
	def wants_places(self) -> bool:
		"""Whether requests wait although the account allows more at once; asked for now and then."""
		return bool(self._queue) and not self.stopped and self._granted.may_ask(self.under_way)

	def widen(self) -> None:
		"""Take more places, if there are any. Commits."""
		self._granted.ask()

	def _in_a_row(self, most: int) -> int:
		"""How many events to claim, or to settle, at one time."""
		return most if self._took < QUICK_SECONDS else min(most, max(SMALL_BATCH, 2 * self._granted.places))

	def fill(self, limit: int) -> None:
		"""Claim up to `limit` events and build their requests. Commits.

		Ends itself when the account was switched off or changed: what is recorded after a change is never sent by what
		stood before.
		"""
		self._claiming = uuid.uuid4().hex
		most = max(self._in_a_row(limit), self._together)
		taken = claim(self.account, self.worker, most, under_way=not self.idle, token=self._claiming)
		self._granted.take(taken.places)
		if not taken.events:
			self.due = taken.wait is not None
			self.not_before = time.monotonic() + (taken.wait or 0)
			return
		self._unsettled.breaker = taken.breaker
		self.due = not taken.probe
		batch = Batch(taken)
		self._batches.append(batch)
		self._claiming = ""
		# Asked once they are taken: an event that follows a change of the account finds that change committed.
		if switch.sending([self.account.name]).get(self.account.name) != self.modified:
			settle.release(taken.token, taken.events, set())
			self.end()
			return
		self._build(batch, taken.events, last_chance=False)

	def _build(self, batch: Batch, events: list, *, last_chance: bool) -> None:
		try:
			self._build_all(batch, events, last_chance=last_chance)
		except CROSSED:
			frappe.db.rollback()
			settle.release(batch.claim.token, events, set())
			raise
		except Exception as error:
			if not database.is_alive():
				raise
			settle.unbuilt(batch.claim.token, events, self.account, error)
			if not batch.left:
				self._end(batch)

	def _build_all(self, batch: Batch, events: list, *, last_chance: bool) -> None:
		built = prepare.prepare(events, self.account)
		if not last_chance:
			batch.deferred = [item for item in built.verdicts if item.outcome in DEFERRED]
		verdicts = [item for item in built.verdicts if last_chance or item.outcome not in DEFERRED]
		settle.verdicts(batch.claim.token, verdicts, self.account)
		finishing.finish(
			batch.claim.token, [i for i in built.finished if not finishing.asks(i)], self.account
		)
		finishing.link(batch.claim.token, built.known, self.account)
		# A request that looks first is kept when it may go.
		settle.store_requests(batch.claim.token, [i for i in built.prepared if not look_first.asks(i)])
		carried, alone = later_batches.groups(built.prepared, self.account.name)
		# What goes together is claimed together, then and when it is asked what came of it.
		self._together = max(
			[*map(len, carried), *(item.flow.batch_from for item in built.prepared)], default=0
		)
		for group in [*carried, *batching.group(alone), *([i] for i in built.finished if finishing.asks(i))]:
			batch.left += 1
			self._queue.append((batch, group))
		if not batch.left:
			self._end(batch)

	def start(
		self,
	) -> tuple[Steps[list[Delivery]], Callable[[list[Delivery] | None, Exception | None], None]]:
		"""The next request, as steps, and what is to be called with what comes of it."""
		batch, group = self._queue.popleft()
		self._started[id(group)] = time.monotonic()
		self._groups[id(group)] = group
		return self._send(batch, group), partial(self._done, batch, group)

	def _send(self, batch: Batch, group: list[Prepared]) -> Steps[list[Delivery]]:
		if batch.late:
			self._give_back(batch, group)
			return []
		if isinstance(group[0], Finish):
			yield from finishing.finish_with_files(batch.claim.token, group[0], self.account)
			return []
		if look_first.asks(group[0]):
			changed = yield from look_first.look(group, self.connection, self.account)
			settle.verdicts(batch.claim.token, changed, self.account)
			waiting = {item.event.name for item in changed}
			group = [item for item in group if item.event.name not in waiting]
			if self.stopped or batch.late or not self.is_open():
				self._give_back(batch, group)
				return []
			settle.store_requests(batch.claim.token, group)
		group = contents.read(group, self.account, batch.claim.token)
		return (yield from batching.deliveries(self.connection, group)) if group else []

	def _done(
		self, batch: Batch, group: list[Prepared], found: list[Delivery] | None, error: Exception | None
	) -> None:
		self._took = time.monotonic() - self._started.pop(id(group))
		self._groups.pop(id(group))
		batch.left -= 1
		if error and not database.is_alive():
			self._cut_off.append((batch, group, error))
			raise error
		if error:
			settle.broken(batch.claim.token, group, error)
		elif found:
			self._unsettled.add([replace(item, token=batch.claim.token) for item in found])
			if self._unsettled.says_wait:
				self.stop()
		if not batch.left:
			self._end(batch)

	def end(self) -> None:
		"""Stop for good: whoever goes on opens another lane. Commits."""
		self.ended = True
		if not self.stopped:
			self.stop()

	def stop(self) -> None:
		"""Start nothing more, and give back what waits. What is under way comes to its end. Commits."""
		self.stopped = True
		waiting, self._queue = self._queue, deque()
		for batch, group in waiting:
			batch.left -= 1
			self._give_back(batch, group)
		for batch in [batch for batch in self._batches if not batch.left]:
			self._end(batch)

	def _give_back(self, batch: Batch, group: list[Prepared]) -> None:
		stored = {item.event.name for item in group}
		settle.release(batch.claim.token, [item.event for item in group], stored)
		self.due = True

	def _end(self, batch: Batch) -> None:
		"""All requests of a batch have an outcome: what pointed to their records may go now."""
		deferred, batch.deferred = [item.event for item in batch.deferred], []
		if deferred and not (self.stopped or batch.late):
			self.flush()
			self._build(batch, deferred, last_chance=True)
			return
		settle.release(batch.claim.token, deferred, set())
		if batch in self._batches:
			self._batches.remove(batch)

	@property
	def must_flush(self) -> bool:
		nothing_else = not (self._queue or self.under_way)
		return self._unsettled.is_due(1 if nothing_else else self._in_a_row(FLUSH_COUNT))

	def flush(self) -> None:
		"""Write what came of the requests, and what it says about the account. Commits."""
		if self._unsettled.stopping:
			self.ended = True
		leaving = "" if self._queue or self._started else self.worker
		self._unsettled.write(leaving)
		if leaving:
			self._granted.places = 0
		self.due = True  # what waited behind the events that are settled may go now

	def reconnected(self) -> None:
		"""Give back what was claimed when the database's connection died and what nobody here has in hand. Commits.

		What is under way, waits, or has to be written goes on: it is in memory.
		"""
		cut_off, self._cut_off = self._cut_off, []
		for batch, group, error in cut_off:
			settle.interrupted(batch.claim.token, group, error)
		if self._claiming:
			names = outbox.claimed_by(self._claiming, self.account.name)
			outbox.give_back(self._claiming, names, [])
		in_hand = self._in_hand()
		for batch in list(self._batches):
			lost = [event for event in batch.claim.events if event.name not in in_hand]
			settle.release(batch.claim.token, lost, {event.name for event in lost})
			if not batch.left:
				self._end(batch)
		self.due, self.not_before = True, 0.0

	def _in_hand(self) -> set[str]:
		groups = [*(group for _, group in self._queue), *self._groups.values()]
		prepared = [
			*(item for group in groups for item in group),
			*(item.prepared for item in self._unsettled.deliveries),
		]
		deferred = [item.event.name for batch in self._batches for item in batch.deferred]
		return {item.event.name for item in prepared} | set(deferred)

	def abandon(self) -> None:
		"""Forget everything, after an error of ours: leases run out, and what was sent is repeated with its key."""
		self.stopped = self.ended = self.abandoned = True
		self.due = False
		self._queue.clear()
		self._batches.clear()
		self._unsettled.forget()

	def leave(self) -> None:
		"""Give the places back to other workers. Commits."""
		self._granted.leave()

	def resume(self) -> None:
		"""Ask again whether the account may send, once all that was under way when it stopped has ended."""
		self.stopped = False
		self.due = True
