"""One walk through both sides of a flow, in turns: each takes a page or a chunk, and stores what it found with the place.

outside: all records of the source → inside: documents without a link → links that were not met → each candidate is
looked at once more → what the flow does with what is gone. Memory holds one page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import frappe

from erp_connect.calls import state as account_state
from erp_connect.calls.fetcher import Fetcher, NotFetched, NotNow
from erp_connect.config.inflow import CLEARING
from erp_connect.core.errors import ConnectError
from erp_connect.jobs.steps import Steps
from erp_connect.pull import turns
from erp_connect.pull.children import open_source
from erp_connect.pull.failure import Reason, over, reason_of
from erp_connect.pull.source import Page
from erp_connect.pull.walk import ASKED_AS
from erp_connect.reconcile import (
	confirmation,
	failure,
	gone,
	inside,
	looking,
	outside,
	payouts,
	recognised,
	told,
	unmatched_links,
	windowed,
)
from erp_connect.reconcile.sides import Sides
from erp_connect.store import reconciliations, sync_difference, sync_link
from erp_connect.store.reconciliations import CHECK, COMPLETED, GONE, INSIDE, LINKS, OUTSIDE, RUNNING, Run

CHUNK = 500
IN_DOUBT = (
	"Records were removed at the source during each of several walks, so that others may have been missed: nothing "
	"was compared. Choose another way to turn pages on the tab Pull, or compare when the source is quiet."
)
CHECKED_AT_ONCE = 100


class Walk(turns.Walk):
	"""The comparison of one flow while a worker has it. Close it."""

	store = reconciliations

	def __init__(self, run: Run, sides: Sides) -> None:
		self.run = run
		self.sides = sides
		self.account, self.flow_name = sides.account, sides.flow
		self.source = windowed.whole(open_source(sides.account, sides.pull, sides.inward))
		self.fetcher = Fetcher(sides.account, self.source.connection, paced=True)
		self._candidates: list[Any] = []

	@property
	def place(self) -> Run:
		return self.run

	def asks(self) -> bool:
		"""Whether the next turn asks something outside without keeping to the account's limits by itself."""
		if self.run.phase == GONE:
			return self._asks_once_more(sync_difference.to_apply(self.run.name))
		if self.run.phase != CHECK:
			return self.run.phase == OUTSIDE
		self._candidates = self._next_candidates()
		return any(confirmation.asks_by_itself(self.sides, row) for row in self._candidates)

	def turn(self) -> Steps[bool]:
		"""Do the next piece. True when there is another one. Commits."""
		turns = {
			OUTSIDE: self._outside,
			INSIDE: lambda: _at_once(self._inside),
			LINKS: lambda: _at_once(self._links),
			CHECK: self._check,
			GONE: self._gone,
		}
		try:
			return (yield from turns[self.run.phase]())
		except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
			frappe.db.rollback()
			return True  # somebody had the same rows: the same piece once more

	def _outside(self) -> Steps[bool]:
		run, stamp = self.run, self.sides.pull.stamp
		if run.position and run.position.get(ASKED_AS) != stamp:
			failure.note(
				run,
				Reason("flow_changed", frappe._("The flow asks in another way now. Compare again.")),
				None,
			)
			return False
		position = run.position or self.source.first(None)
		got = yield from self.source.ask(position)
		account_state.save_state(self.sides.account, [got.result.outcome])
		if got.reason:
			failure.of_exchange(run, self.sides.account, got.reason, got.result)
			return False
		try:
			return self._store(position, got)
		except ConnectError as error:
			frappe.db.rollback()
			failure.of_error(run, self.sides.account, error, got.result)
			return False

	def _store(self, position: dict, got: Page) -> bool:
		run = self.run
		following, in_doubt = self.source.following(position, got), False
		if following is None:
			following, in_doubt = self.source.again(position, got, self.source.first(None))
		if in_doubt:
			failure.note(run, Reason("source_changes", frappe._(IN_DOUBT)), None)
			return False
		seen = looking.look(self.sides, [outside.read(self.sides, record) for record in got.records])
		if not self._held():
			return False
		sync_link.seen(seen.links, str(run.started))
		sync_difference.add(run, seen.findings)
		sync_difference.add_matched(run, self.sides.doctype, seen.matched, seen.equal)
		sync_difference.add_lines(run, seen.lines)
		return self._on(
			phase=OUTSIDE if following else INSIDE,
			position=following and {**following, ASKED_AS: self.sides.pull.stamp},
			checked_there=run.checked_there + len(got.held) * self.source.wants(position)
			if not following or following["pages"]
			else 0,
			total=got.total or run.total,
		)

	def _inside(self) -> bool:
		run = self.run
		names = inside.next_names(self.sides, run.last_name, CHUNK) if self.sides.creates_outside else []
		findings = inside.look(self.sides, run.name, names)
		if not self._held():
			return False
		sync_difference.add(run, findings)
		recognised.link(self.sides, run.name, names)
		if not names:
			return self._on(phase=LINKS, last_name=None)
		return self._on(last_name=names[-1], checked_here=run.checked_here + len(names))

	def _links(self) -> bool:
		run = self.run
		links = unmatched_links.next_links(self.sides, run, run.last_name, CHUNK)
		findings = unmatched_links.look(self.sides, links)
		if not self._held():
			return False
		sync_difference.add(run, findings)
		if not links:
			return self._on(phase=CHECK, last_name=None)
		return self._on(last_name=links[-1].external_id)

	def _check(self) -> Steps[bool]:
		rows, self._candidates = self._candidates or self._next_candidates(), []
		if not rows:
			return self._end_of_walk()
		fetched = None
		if confirmation.needs_fetch(self.sides, rows[0]):
			fetched = yield from self._fetch(rows[0])
			if fetched is None:
				return False
		findings, seen = confirmation.confirm(self.sides, self.run, rows, fetched)
		if not self._held():
			return False
		sync_difference.drop([row.name for row in rows])
		sync_link.seen(seen.links, str(self.run.started))
		sync_difference.add_matched(self.run, self.sides.doctype, seen.matched, seen.equal)
		sync_difference.confirm(self.run, findings, reconciliations.before(self.run))
		return self._on()

	def _fetch(self, row: Any) -> Steps[confirmation.Fetched | None]:
		"""Ask outside for the record of a finding; None when it cannot be had now, which is written down. Commits."""
		try:
			fetched = yield from confirmation.fetch(self.sides, self.fetcher, row)
		except NotNow as error:
			self.give_back(error.seconds)
			return None
		except NotFetched as error:
			failure.passing(self.run, self.sides.account, reason_of(error, told.again()))
			return None
		frappe.db.commit()  # what was read before the answer came must not stand for what is true now
		return fetched

	def _next_candidates(self) -> list[Any]:
		"""Those that are confirmed in one turn: one that has to be asked for, or several others."""
		rows = sync_difference.candidates(self.run.name, CHECKED_AT_ONCE)
		asked = [confirmation.needs_fetch(self.sides, row) for row in rows]
		return rows[: 1 if asked and asked[0] else asked.index(True) if True in asked else None]

	def _end_of_walk(self) -> bool:
		if not self._held():
			return False
		if self.sides.inward.purpose == CLEARING:
			found = payouts.look(self.sides, self.run.name)
			sync_difference.confirm(self.run, found, reconciliations.before(self.run))
		message = gone.arrange(self.sides, self.run)
		over(self.run)
		if message or not gone.acts(self.sides):
			reconciliations.finish(self.run, message)
			frappe.db.commit()  # the end of the comparison
			return False
		return self._on(phase=GONE)

	def _gone(self) -> Steps[bool]:
		asked, fetched = sync_difference.to_apply(self.run.name), None
		if self._asks_once_more(asked) and (fetched := (yield from self._fetch(asked))) is None:
			return False
		if not self._held():
			return False
		row = sync_difference.to_apply(self.run.name)
		if row is None:
			if self.run.status == COMPLETED:
				over(self.run)  # of what a person repaired later
			reconciliations.finish(self.run)
			frappe.db.commit()  # the end of the comparison
			return False
		if not self._asks_once_more(row) or (fetched and row.name == asked.name):
			gone.apply(self.sides, row, fetched)
		return self._on()

	def _asks_once_more(self, row: Any) -> bool:
		"""Whether a record has to be asked for again: a person repairs later, and it may be back by then."""
		return bool(row) and self.run.status != RUNNING and confirmation.needs_fetch(self.sides, row)

	def _held(self) -> bool:
		"""Lock the run. False when somebody else goes on, or it or its account was stopped: then nothing of this turn counts."""
		if self.may_write():
			return True
		frappe.db.rollback()
		return False

	def _on(self, **reached: Any) -> bool:
		"""Write the place that was reached. Always true: there is another piece."""
		after = replace(self.run, failures=0, **reached)
		reconciliations.advance(after)
		frappe.db.commit()  # what was found and the place become true together
		self.run = after
		return True


def _at_once(piece: Callable[[], bool]) -> Steps[bool]:
	"""A piece that waits for nothing, as steps."""
	return piece()
	yield  # makes it a generator
