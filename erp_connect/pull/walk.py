"""One walk through the pages of a source: asks for a page, stores its records, moves the cursor. One page in memory."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace
from typing import Any

import frappe

from erp_connect.calls import state as account_state
from erp_connect.config import inflow, pulling
from erp_connect.config.account import Account
from erp_connect.config.pulling import Pulling
from erp_connect.core.errors import ConnectError
from erp_connect.core.paging.page import CHANGED_SINCE
from erp_connect.core.values import cursor as times
from erp_connect.jobs.steps import Steps
from erp_connect.jobs.wakeup import INBOUND, PULL
from erp_connect.pull import failure, schedule, turns
from erp_connect.pull.in_windows import open_pull
from erp_connect.pull.source import Page
from erp_connect.records import intake
from erp_connect.store import sync_cursor
from erp_connect.store.sync_cursor import Cursor

# The clock of a source may be ahead. A time further ahead is a fault: until it comes, nothing would be a change.
AHEAD = dt.timedelta(minutes=5)
# When the walk began, as an epoch second, in its position.
BEGAN = "began"
IN_DOUBT = (
	"Records were removed or moved at the source during each of several walks, so that others may have been missed. The next "
	"pull asks for the same changes again. Choose another way to turn pages (by a cursor, the last id or the time of "
	"change), or pull when the source is quiet."
)
EXPIRED = (
	"The source does not know any more from where changes were asked: the token that it gave has expired. Everything is "
	"fetched again. What was deleted there meanwhile is not told by that: choose Actions → Compare Both Sides afterwards."
)
# Marks in a position how the flow asked when it was reached.
ASKED_AS = "asked_as"


class Walk(turns.Walk):
	"""The pull of one flow while a worker has its cursor."""

	store = sync_cursor

	def __init__(self, cursor: Cursor, account: Account, pull: Pulling) -> None:
		self.cursor = cursor
		self.account = account
		self.pull = pull
		self.flow_name = pull.flow
		self.flow = inflow.load(pull.flow)
		if cursor.since is None and pull.since and not cursor.whole:
			cursor.since = cursor.high = pull.since
		if cursor.position and cursor.position.get(ASKED_AS) != pull.stamp:
			sync_cursor.start_over(cursor)  # the flow asks in another way since: page 7 is another page now
		self.source = open_pull(account, pull, self.flow, self._since(), cursor.position)
		cursor.position = cursor.position and self.source.resumed(cursor.position)

	@property
	def place(self) -> Cursor:
		return self.cursor

	def asks(self) -> bool:
		"""Each turn asks for a page."""
		return True

	def turn(self) -> Steps[bool]:
		"""Fetch and store the next page. True when there may be another one. Commits."""
		position = self.cursor.position or self._first()
		try:
			got = yield from self.source.ask(position)
		except ConnectError as error:
			failure.note(self.cursor, failure.reason_of(error), due_in=None)
			return False
		if got.result:
			account_state.save_state(self.account, [got.result.outcome])
		if got.reason and self.source.is_expired(position, got):
			return self._begin_anew(got)
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

	def _begin_anew(self, got: Page) -> bool:
		"""The source does not know the token any more: everything is fetched again, by the next job. Commits."""
		if sync_cursor.hold(self.cursor):
			sync_cursor.forget_since(self.cursor)
		failure.note(
			self.cursor, failure.Reason("token_expired", frappe._(EXPIRED)), due_in=0, result=got.result
		)
		PULL.wake(self.flow_name)
		return False

	def _first(self) -> dict:
		return {**self.source.first(self._since(), self.cursor.largest), BEGAN: int(time.time())}

	def _since(self) -> Any:
		since = self.cursor.since
		if self.cursor.whole or since is None:
			return None
		if self.pull.tokens:
			return since
		return times.from_before(since, self.pull.overlap, self.account.time_zone)

	def _store(self, position: dict, got: Page) -> bool:
		cursor = self.cursor
		if not sync_cursor.hold(cursor):
			frappe.db.rollback()  # somebody else goes on, or the pull was stopped: nothing of this page counts
			return False
		counts = intake.store(self.flow, got.records, got.changed)
		following, in_doubt = self._following(position, got)
		begins_again = bool(following) and not following["pages"]
		wanted = self.source.wants(position)
		after = replace(
			cursor,
			pages=0 if begins_again else cursor.pages + 1,
			fetched=0 if begins_again else cursor.fetched + len(got.records) * wanted,
			queued=cursor.queued + counts.queued,
			known=cursor.known + counts.known * wanted,
			total=got.total or cursor.total,
			largest=max(cursor.largest, len(got.held)) if wanted else cursor.largest,
			failures=0,
			high=self.source.mark(got) or self._latest(position, got.times),
			position=following and {**following, ASKED_AS: self.pull.stamp, failure.REFUSED: False},
		)
		if following is None:
			# The time only now: within a walk, later pages may hold earlier changes. Not where one may be missing.
			since = cursor.since if in_doubt else self.source.reached(position, got, after.high, cursor.since)
			warning = frappe._(IN_DOUBT) if in_doubt else self.source.remark(position, got)
			sync_cursor.finish(after, since, schedule.next_run(after.flow), warning)
			failure.over(after)
		else:
			sync_cursor.advance(after)
		frappe.db.commit()  # the records and the place in the source become true together
		self.cursor = after
		if counts.queued:
			INBOUND.wake(self.account.name)
		return following is not None

	def _following(self, position: dict, got: Page) -> tuple[dict | None, bool]:
		"""The position after a page, None at the end; and whether records may be missing although it is the end."""
		following = self.source.following(position, got)
		if following is not None:
			return following, False
		return self.source.again(position, got, self._first())

	def _latest(self, position: dict, changed: list[Any]) -> Any:
		"""The latest change time up to now that no change can lie before which this walk has not seen."""
		high, zone = self.cursor.high, self.account.time_zone
		for found in changed:
			moment = times.as_moment(found, zone)
			if moment is None or moment <= self._limit(position, found):
				high = times.latest(high, found, zone)
		return high

	def _limit(self, position: dict, time_: Any) -> dt.datetime:
		in_order = self.pull.request.paging.style == CHANGED_SINCE and not self.pull.parents
		if in_order or BEGAN not in position:
			ahead = pulling.AHEAD if times.is_local(time_) else AHEAD
			return dt.datetime.now(dt.timezone.utc) + ahead
		# A page that was read early knows nothing of what changed on it since.
		return dt.datetime.fromtimestamp(position[BEGAN], dt.timezone.utc)
