"""Walks in a background job: several at once, and what is due to be sent goes out beside them.

A walk waits for its source most of the time. Meanwhile others go on, so that neither a slow source nor a long walk
keeps a worker from the pulls of other flows, or from deliveries.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import frappe

from erp_connect.jobs import session
from erp_connect.jobs.wakeup import Wakeup
from erp_connect.outbound.sending import TURN_SECONDS, Sending
from erp_connect.pull import turns
from erp_connect.pull.turns import Walk
from erp_connect.store import installation, schema

# Most walks at once in one job.
MOST = 16
# Others are looked for this often, and no more are begun after this time while one is waited for.
LOOK_SECONDS, BEGIN_SECONDS = 1.0, 150.0


def run_job(
	wakeup: Wakeup,
	name: str,
	others: Callable[[], Iterable[str]],
	open_one: Callable[[str], Walk | None],
	failed: Callable[[Walk, Exception], None],
) -> None:
	"""What a job that `wakeup` wakes does: the walk of `name`, those of `others` beside it, and a successor for the rest.

	The others as `Walks` says. Leaves the session's user as it found it.
	"""
	wakeup.started(name)
	with session.session(), session.quick_threads(), Sending(dedicated=False) as sending:
		schema.require()
		if installation.is_held():
			return
		more = Walks(sending, open_one, failed).take(name, others)
	for unfinished in more:
		wakeup.wake(unfinished)


class Walks:
	"""Takes walks on until all have ended.

	open_one: the walk of a name, None where there is nothing to do. failed: what to do about an error of ours.
	"""

	def __init__(
		self,
		sending: Sending,
		open_one: Callable[[str], Walk | None],
		failed: Callable[[Walk, Exception], None],
	) -> None:
		self.sending = sending
		self.more: list[str] = []
		self._open_one = open_one
		self._failed = failed
		self._under_way: set[str] = set()

	def take(self, name: str, others: Callable[[], Iterable[str]]) -> list[str]:
		"""Take on the walk of `name`, and those of `others` beside it. Returns the names of which more is to do."""
		began, looked = time.monotonic(), 0.0
		self._begin(name)
		while self._under_way:
			self.sending.turn(TURN_SECONDS)
			if time.monotonic() - looked > LOOK_SECONDS:
				looked = time.monotonic()
				self._begin_others(others(), looked - began)
		self.sending.finish()
		return self.more

	def _begin_others(self, names: Iterable[str], seconds: float) -> None:
		for name in names:
			if len(self._under_way) < MOST and seconds < BEGIN_SECONDS and name not in self.more:
				self._begin(name)

	def _begin(self, name: str) -> None:
		walk = None if name in self._under_way else self._open_one(name)
		if walk is None:
			return
		self._under_way.add(name)

		def ended(more: bool | None, error: Exception | None) -> None:
			self._under_way.discard(name)
			try:
				if error:
					frappe.db.rollback()
					self._failed(walk, error)
			finally:
				walk.close()
			if more:
				self.more.append(name)

		self.sending.crew.start(turns.take(walk), walk.account.user, ended)
