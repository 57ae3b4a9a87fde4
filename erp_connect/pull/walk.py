"""One walk through the pages of a source: asks for a page, stores its records, moves the cursor. One page in memory."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import frappe

from erp_connect.config import inflow
from erp_connect.config.account import Account
from erp_connect.config.pulling import Pulling
from erp_connect.core import cursor as times
from erp_connect.core.errors import ConnectError
from erp_connect.inbound import wakeup as inbound
from erp_connect.outbound import settle
from erp_connect.pull import failure, page, schedule
from erp_connect.pull.source import Page, Source
from erp_connect.store import sync_cursor
from erp_connect.store.sync_cursor import Cursor

# A change time further ahead is a fault of the source: from there on, nothing would be a change any more.
AHEAD = dt.timedelta(days=1)
# Marks in a position how the flow asked when it was reached.
ASKED_AS = "asked_as"


class Walk:
	"""The pull of one flow while a worker has its cursor."""

	def __init__(self, cursor: Cursor, account: Account, pull: Pulling) -> None:
		self.cursor = cursor
		self.account = account
		self.pull = pull
		self.flow = inflow.load(pull.flow)
		self.source = Source(account, pull, self.flow)
		if cursor.since is None and pull.since and not cursor.whole:
			cursor.since = cursor.high = pull.since
		if cursor.position and cursor.position.get(ASKED_AS) != pull.stamp:
			cursor.position = None  # the flow asks in another way since: page 7 is another page now

	def close(self) -> None:
		self.source.close()

	def give_back(self, due_in: float) -> None:
		"""Leave the rest to a later job. Commits."""
		if sync_cursor.hold(self.cursor):
			sync_cursor.give_back(self.cursor, due_in)
		frappe.db.commit()  # another worker may take the cursor from then on

	def turn(self) -> bool:
		"""Fetch and store the next page. True when there may be another one. Commits."""
		position = self.cursor.position or self.source.first(self._since(), self.cursor.largest)
		try:
			got = self.source.ask(position)
		except ConnectError as error:
			failure.note(self.cursor, failure.reason_of(error), due_in=None)
			return False
		settle.save_state(self.account, [got.result.outcome])
		if got.reason:
			failure.of_exchange(self.cursor, self.account, got)
			return False
		try:
			return self._store(position, got)
		except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
			frappe.db.rollback()
			return True  # whoever works off what came before had the same rows: the same page once more
		except Exception as error:
			frappe.db.rollback()
			failure.of_storing(self.cursor, self.account, got, error)
			return False

	def _since(self) -> Any:
		if self.cursor.whole or self.cursor.since is None:
			return None
		return times.minus(self.cursor.since, self.pull.overlap)

	def _store(self, position: dict, got: Page) -> bool:
		cursor = self.cursor
		if not sync_cursor.hold(cursor):
			frappe.db.rollback()  # somebody else goes on, or the pull was stopped: nothing of this page counts
			return False
		counts = page.store(self.flow, got.records, got.changed)
		following = self.source.following(position, got)
		after = replace(
			cursor,
			pages=cursor.pages + 1,
			fetched=cursor.fetched + len(got.records),
			queued=cursor.queued + counts.queued,
			known=cursor.known + counts.known,
			total=got.total or cursor.total,
			largest=max(cursor.largest, len(got.records)),
			failures=0,
			high=self._latest(got.changed),
			position=following and {**following, ASKED_AS: self.pull.stamp, failure.REFUSED: False},
		)
		if following is None:
			# The time only now: within a walk, later pages may hold earlier changes.
			sync_cursor.finish(after, after.high, schedule.next_run(after.flow))
			failure.over(after)
		else:
			sync_cursor.advance(after)
		frappe.db.commit()  # the records and the place in the source become true together
		self.cursor = after
		if counts.queued:
			inbound.wake(self.account.name)
		return following is not None

	def _latest(self, changed: list[Any]) -> Any:
		"""The latest change time up to now."""
		high, limit = self.cursor.high, dt.datetime.now(dt.timezone.utc) + AHEAD
		for time in changed:
			moment = times.as_moment(time, self.account.time_zone)
			if moment is None or moment <= limit:
				high = times.later(high, time)
		return high
