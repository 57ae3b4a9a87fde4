"""Sends what is due of all accounts at once, each with as many requests under way as it allows.

One thread, the owner's, claims, builds and settles; the requests go out in the threads of a crew. A slow account has
its own places full and nothing else: the others go on. Any number of workers may do this at the same time, on any
number of machines; the database decides who gets what.
"""

from __future__ import annotations

import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import partial

import frappe

from erp_connect.calls import connection as connections
from erp_connect.calls import switch
from erp_connect.config import account as accounts
from erp_connect.core.errors import ConnectError
from erp_connect.jobs.doorbell import Listener
from erp_connect.jobs.steps import Crew
from erp_connect.messages import translate
from erp_connect.outbound import backfill
from erp_connect.outbound.lane import Lane
from erp_connect.outbound.request import CROSSED
from erp_connect.store import database, schema

# Most requests under way in one worker. Beyond SHARED, each account still gets its first place.
MOST, SHARED = 256, 64
# Most events claimed at once: of one account alone, and of each where many have something to send.
BATCH, SMALLEST_BATCH = 100, 10
# Settings and switches are looked at this often.
LOOK_SECONDS = 0.5
# Longest time for which accounts are claimed for in a row, before the requests that came back are seen to.
CLAIM_SECONDS = 0.05
# Longest time to sit out a rate limit; beyond it the sweep comes back.
PATIENCE_SECONDS = 5.0
# A request that takes longer than this is not waited for by others.
SLOW_SECONDS = 1.0
TURN_SECONDS = 0.02
# Between two looks at who rang; and for how long one of them waits, in a thread.
HEAR_SECONDS, HEARING_SECONDS = 0.01, 0.25
# A job of another kind that lasts longer than this sends what is due beside its own work.
LASTING_SECONDS = 0.5
# After somebody had the same rows.
AGAIN_SECONDS = 0.2
# For which the database is waited for when it went away; longer, and the leases run out.
RECONNECT_SECONDS = 30.0


class Sending:
	"""What one worker sends. Turn it until it is idle, and close it.

	dedicated: the worker does nothing else, so that nobody else need be woken. Another job takes up deliveries only
	when it lasts: a short one leaves them to the job that was queued for them.
	"""

	def __init__(self, *, dedicated: bool = True) -> None:
		self._dedicated = dedicated
		self._takes_up = time.monotonic() + (0 if dedicated else LASTING_SECONDS)
		self._took_up = False
		self.crew = Crew(MOST + 1)  # one listens
		self.listener = Listener()
		self._worker = uuid.uuid4().hex
		self._lanes: OrderedDict[str, Lane] = OrderedDict()
		self._looked = 0.0
		self._listened = self._asked = 0.0
		self._hearing = False
		self.ending = False
		# Whether accounts that take long are given no more requests.
		self.only_quick = False

	def __enter__(self) -> Sending:
		return self

	def __exit__(self, *_: object) -> None:
		for lane in self._lanes.values():
			lane.leave()
			lane.close()
		self._lanes.clear()
		self.crew.close()

	@property
	def idle(self) -> bool:
		"""Nothing is under way, and nothing can be sent soon."""
		soon = time.monotonic() + PATIENCE_SECONDS
		return all(lane.idle and not (lane.due and lane.not_before < soon) for lane in self._lanes.values())

	@property
	def quiet(self) -> bool:
		"""Nothing is under way or has to be written."""
		return all(lane.idle for lane in self._lanes.values())

	@property
	def waits_for_slow(self) -> bool:
		"""Whether a request is under way at an account that takes long."""
		return any(lane.under_way and lane.is_slow(SLOW_SECONDS) for lane in self._lanes.values())

	@property
	def under_way(self) -> int:
		return sum(lane.under_way for lane in self._lanes.values())

	def ring(self, names: Iterable[str]) -> None:
		"""These accounts may have something to send."""
		for name in names:
			if lane := self._lanes.get(name):
				lane.due, lane.not_before = True, 0.0
			elif opened := self._open(name):
				self._lanes[name] = opened
				# Whoever had no turn yet comes before those who had one.
				self._lanes.move_to_end(name, last=False)

	def turn(self, seconds: float) -> None:
		"""Send what can be sent, settle what came back; wait at most so many seconds for something to come back.

		Commits, and acts as the users of the accounts. Goes on with another connection when that to the database died.
		"""
		self._connected(partial(self._turn, seconds))

	def _connected(self, work: Callable[[], None]) -> None:
		try:
			work()
		except Exception:
			if database.is_alive():
				raise
			self._reconnect()

	def _reconnect(self) -> None:
		frappe.logger("erp_connect").warning("the connection to the database died", exc_info=True)
		database.reconnect(RECONNECT_SECONDS, read_committed=True)
		for lane in self._lanes.values():
			lane.reconnected()

	def _turn(self, seconds: float) -> None:
		self._listen()
		self._look()
		self._settle()
		if not self.ending:
			self._fill()
		self._start()
		# Whoever listens is waited for only beside something else; works of others, as of pulls, count.
		waits = self.crew.under_way > int(self._hearing) or not self.idle
		self.crew.wait(seconds if waits else 0)
		self._settle()

	def rest(self, seconds: float) -> None:
		"""Wait for somebody to ring, at most so many seconds."""
		self.listener.listen()
		self._hear()
		self._connected(partial(self.crew.wait, seconds))

	def stop(self) -> None:
		"""Start nothing more. What is under way comes to its end by further turns. Commits."""
		self.ending = True
		for lane in self._lanes.values():
			lane.stop()

	def finish(self) -> None:
		"""Let what is under way come to its end. Nobody waits for the slow ones: the others go on beside them."""
		self.only_quick = True
		while self.waits_for_slow:
			self.turn(TURN_SECONDS)
		self.stop()
		while not self.quiet:
			self.turn(TURN_SECONDS)

	def _listen(self) -> None:
		now = time.monotonic()
		if now < self._takes_up:
			return
		if not self._took_up:
			self._took_up = True
			self.ring([*switch.due_accounts(), *self.listener.rang()])
		if self._dedicated and now - self._listened > 1:
			self.listener.listen()
			self._listened = now
		if now - self._asked > HEAR_SECONDS:
			self._asked = now
			if self._dedicated:
				self._hear()
			else:
				self.ring(self.listener.rang())

	def _hear(self) -> None:
		"""Have somebody listen while answers are waited for: who rings ends the waiting."""
		if not self._hearing:
			self._hearing = True
			self.crew.start(self.listener.hear(HEARING_SECONDS), frappe.session.user, self._heard)

	def _heard(self, rang: list[str] | None, error: Exception | None) -> None:
		self._hearing = False
		if error:
			raise error
		self.ring(rang or [])

	def _look(self) -> None:
		"""Close lanes whose account was switched off or changed; it is opened again as it is now."""
		if time.monotonic() - self._looked < LOOK_SECONDS or not self._lanes:
			return
		self._looked = time.monotonic()
		may_send = switch.sending(list(self._lanes))
		for name, lane in list(self._lanes.items()):
			if may_send.get(name) == lane.modified and not lane.ended:
				continue
			lane.end()
			if lane.idle:
				self._close(name)
				if name in may_send and not lane.abandoned:
					self.ring([name])
		frappe.db.rollback()  # nothing was written; no transaction stays open while answers are waited for

	def _close(self, name: str) -> None:
		lane = self._lanes.pop(name)
		lane.leave()
		lane.close()

	def _open(self, name: str) -> Lane | None:
		"""A lane with the account's current settings; None, and the account paused, if they cannot be used."""
		if not switch.may_send(name):
			return None
		try:
			schema.require()
			settings = frappe.get_doc("Integration Settings", name)
			account = accounts.from_document(settings)
			connection = connections.open_connection(settings, account)
			return Lane(account, connection, str(settings.modified), self._worker)
		except ConnectError as error:
			switch.pause(name, translate(error))
			frappe.db.commit()  # the pause must last, whatever becomes of this job
			return None

	def _fill(self) -> None:
		"""Claim for the accounts whose places would stay empty, each in its turn."""
		hungry = [name for name, lane in self._lanes.items() if lane.wants_more]
		limit = max(SMALLEST_BATCH, BATCH // max(1, len(hungry)))
		end = time.monotonic() + CLAIM_SECONDS
		for name in hungry:
			lane = self._lanes[name]
			self._lanes.move_to_end(name)
			self._guarded(lane, partial(lane.fill, limit))
			if not lane.due:
				backfill.wake_all(integration=name)  # it stands still while much of it is unsent
			self._start_of(lane)
			if time.monotonic() > end:
				break

	def _start(self) -> None:
		for lane in self._lanes.values():
			if lane.wants_places and not self.ending:
				self._guarded(lane, lane.widen)
			self._start_of(lane)

	def _start_of(self, lane: Lane) -> None:
		if self.only_quick and lane.is_slow(SLOW_SECONDS):
			return
		if lane.can_start and not lane.is_open():
			self._guarded(lane, lane.end)
		while lane.can_start and (self.under_way < SHARED or not lane.under_way):
			steps, done = lane.start()
			self.crew.start(steps, lane.account.user, done)

	def _settle(self) -> None:
		for lane in self._lanes.values():
			if lane.must_flush:
				self._guarded(lane, lane.flush)
			if lane.ended:
				self._looked = 0.0
			elif lane.stopped and lane.idle and not self.ending:
				lane.resume()

	def _guarded(self, lane: Lane, work: Callable[[], None]) -> None:
		"""Do a piece of work of an account, as its user. What fails for one account does not stop the others."""
		if frappe.session.user != lane.account.user:
			frappe.set_user(lane.account.user)
		try:
			work()
		except CROSSED:
			frappe.db.rollback()
			lane.not_before = time.monotonic() + AGAIN_SECONDS
		except Exception:
			if not database.is_alive():
				raise
			frappe.db.rollback()
			frappe.log_error(title=f"ERP Connect: {lane.account.name} could not be sent to")
			frappe.db.commit()  # the report must last
			lane.abandon()
