"""One load in windows of time: asks for a page, stores its records, moves the load. One page in memory.

The pull of the flow goes on beside it, for changes since the load began. What it brought of a record after a page of
the load was asked for, or what a webhook said of it that is written by then, may be newer than that page, and stays.
"""

from __future__ import annotations

from dataclasses import replace

import frappe
from frappe.utils import now_datetime

from erp_connect.calls import state as account_state
from erp_connect.config import inflow
from erp_connect.config.account import Account
from erp_connect.config.pulling import Pulling
from erp_connect.core.errors import ConfigurationError, ConnectError
from erp_connect.core.paging import windows
from erp_connect.core.paging.page import PagingError, Position
from erp_connect.jobs.steps import Steps
from erp_connect.jobs.wakeup import INBOUND
from erp_connect.pull import failure, load_failure, turns
from erp_connect.pull.children import open_source
from erp_connect.pull.source import Page
from erp_connect.pull.walk import ASKED_AS
from erp_connect.records import intake
from erp_connect.store import loads
from erp_connect.store.loads import Load

# Records on the largest page so far, in a position: it tells a short page from one that is cut.
LARGEST = "largest"
DOUBTFUL = (
	"In {0} windows records were removed at the source during each of several walks, so that others may have been "
	"missed. Compare both sides, or load again when the source is quiet."
)


class LoadWalk(turns.Walk):
	"""The load of one flow while a worker has it. Raises `ConnectError` when the flow cannot be loaded any more."""

	store = loads

	def __init__(self, load: Load, account: Account, pull: Pulling) -> None:
		if pull.windows is None or pull.account != load.account:
			raise ConfigurationError(
				"Flow {flow} is not what this load began with: it leads to another account now, or is not loaded in "
				"windows any more (tab Pull). Change it back and resume the load, or give it up.",
				code="flow_changed",
				flow=pull.flow,
			)
		self.load = load
		self.account = account
		self.pull = pull
		self.windows = pull.windows
		self.flow_name = pull.flow
		self.flow = inflow.load(pull.flow)
		self.source = open_source(account, pull, self.flow)

	@property
	def place(self) -> Load:
		return self.load

	def asks(self) -> bool:
		"""Each turn asks for a page."""
		return True

	def turn(self) -> Steps[bool]:
		"""Fetch and store the next page. True when there may be another one. Commits."""
		position = self._position()
		if windows.is_over(position):
			return self._write(position, self.load)
		asked = now_datetime()
		self.source.within(windows.asked_window(position))
		try:
			got = yield from self.source.ask(self._inner(position))
		except ConnectError as error:
			load_failure.of_error(self.load, self.account, error)
			return False
		account_state.save_state(self.account, [got.result.outcome])
		if got.reason:
			return self._refused(position, got)
		try:
			return self._store(position, got, asked)
		except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
			frappe.db.rollback()
			return True  # whoever works off what came before had the same rows: the same page once more
		except Exception as error:
			frappe.db.rollback()
			return self._failed(position, got, error)

	def _position(self) -> Position:
		load, stamp = self.load, self.pull.stamp
		position = load.position or windows.first(self.windows, load.since, load.up_to)
		if position.get(ASKED_AS, stamp) != stamp or position["length"] > self.windows.length:
			# Page 7 is another page now, and may be shorter.
			position = {**windows.restarted(self.windows, position), LARGEST: 0}
		return {**position, ASKED_AS: stamp}

	def _inner(self, position: Position) -> Position:
		"""The place among the pages of the window."""
		return position["at"] or self._first(position)

	def _first(self, position: Position) -> Position:
		return self.source.first(None, position.get(LARGEST, 0))

	def _refused(self, position: Position, got: Page) -> bool:
		"""There is no page: shorten the window if that may help, otherwise try again or wait for a person."""
		shorter = windows.refused(position) if load_failure.asks_too_much(self.load, got) else None
		if shorter is None:
			load_failure.of_exchange(self.load, self.account, got)
			return False
		return self._write(shorter, self.load)

	def _failed(self, position: Position, got: Page, error: Exception) -> bool:
		"""A page came and could not be kept, or does not lead on."""
		leads_nowhere = isinstance(error, PagingError) and error.code in load_failure.LEADS_NOWHERE
		shorter = windows.refused(position) if leads_nowhere else None
		if shorter is None:
			load_failure.of_error(self.load, self.account, error, got.result)
			return False
		return self._write(shorter, self.load)

	def _store(self, position: Position, got: Page, asked) -> bool:
		load = self.load
		following = self._following(position, got)
		counts = intake.store(self.flow, got.records, got.changed, asked=asked)
		wanted = self.source.wants(self._inner(position))
		after = replace(
			load,
			pages=load.pages + 1,
			fetched=load.fetched + len(got.records) * wanted,
			queued=load.queued + counts.queued,
			known=load.known + counts.known * wanted,
		)
		goes_on = self._write(following, after)
		if counts.queued:
			INBOUND.wake(self.account.name)
		return goes_on

	def _following(self, position: Position, got: Page) -> Position:
		"""The position after a page: in the same window, in a shorter one, or in the next one."""
		place = self._inner(position)
		if self.source.wants(place):
			position = {**position, LARGEST: max(position.get(LARGEST, 0), len(got.held))}
		seen = self.source.seen(place) + len(got.held)
		if windows.is_cut(self.windows, total=got.total, seen=seen):
			return windows.halved(position)
		following, in_doubt = self.source.following(place, got), False
		if following is None:
			following, in_doubt = self.source.again(place, got, self._first(position))
		if following is not None:
			return windows.within(position, following)
		remark = self.source.remark(place, got)
		return windows.after_window(self.windows, position, seen=seen, in_doubt=in_doubt, remark=remark)

	def _write(self, position: Position, load: Load) -> bool:
		"""Move the load to a position. True when there is another page to ask for. Commits."""
		if not loads.hold(self.load):
			frappe.db.rollback()  # somebody else goes on, or the load was stopped: nothing of this page counts
			return False
		after = replace(load, position=position, failures=0)
		over = windows.is_over(position)
		if over:
			doubtful = frappe._(DOUBTFUL).format(position["doubtful"]) if position["doubtful"] else ""
			loads.finish(after, " ".join(filter(None, (doubtful, position["remark"]))))
			failure.over(after)
		else:
			loads.advance(after, windows.progress(load.since, position, self.account.time_zone))
		frappe.db.commit()  # the records and the place in the source become true together
		self.load = after
		return not over
