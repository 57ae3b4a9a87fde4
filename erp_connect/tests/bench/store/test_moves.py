"""No statement of the store gives a row a status that its life cycle does not allow; each that is allowed is given."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import frappe

from erp_connect.core.delivery import states
from erp_connect.core.delivery.states import CALL, INCOMING, INTERRUPTION, OUTGOING, LifeCycle
from erp_connect.store import (
	api_calls,
	background_jobs,
	inbox,
	interventions,
	keys,
	moves,
	sync_log,
	waiting,
	walk_events,
)
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make

STATUSES = tuple(sorted({state for life in states.LIFE_CYCLES for state in life.moves}))
TOKEN = "token-of-the-worker"
ORDER = "order-of-the-record"


@dataclass(frozen=True)
class Way:
	"""One way of changing a status. begin: states from which it is meant, None for all that the table allows.

	values: of the rows, besides their status.
	"""

	what: str
	life: LifeCycle
	to: str
	make: Callable[[str], Any]
	begin: Collection[str] | None = None
	values: tuple[tuple[str, Any], ...] = ()

	@property
	def origins(self) -> frozenset[str]:
		found = self.life.origins(self.to)
		return found if self.begin is None else found & frozenset(self.begin)


def ways() -> Iterator[Way]:
	"""Every function of the store that changes a status, with each status that it can write."""
	yield from worker_ways()
	yield from call_ways()
	yield from person_ways()
	yield Way(
		"supersede", INCOMING, "Superseded", lambda name: inbox.supersede({ORDER: "newer"}),
		("Received", "Retrying", "Failed", "On Hold"),
	)  # fmt: skip
	for life in (OUTGOING, INCOMING):
		for to in life.moves:
			if life.origins(to):
				yield Way(f"move to {to}", life, to, plain_move(life, to))


def plain_move(life: LifeCycle, to: str) -> Callable[[str], int]:
	return lambda name: moves.move(life, to, "name = %s", [name], due_in=None)


def worker_ways() -> Iterator[Way]:
	claimed, begun = ("Processing",), ("Received", "Processing")
	yield Way("lease", INCOMING, "Processing", lambda name: inbox.lease([name], "new", 300))
	for attempts, to in ((1, "Received"), (2, "Retrying")):
		yield Way("give back", INCOMING, to, give_back(attempts), claimed)
	for to in INCOMING.moves["Processing"] - {"Received", "Cancelled"}:
		yield Way("settle", INCOMING, to, settle(to), claimed)
		yield Way("settle many", INCOMING, to, settle_many(INCOMING, to), claimed)
	for to in OUTGOING.moves["Sending"]:
		yield Way("update claimed", OUTGOING, to, settle_many(OUTGOING, to), ("Sending",))
	yield Way("lease a job", INCOMING, "Processing", lambda name: background_jobs.lease(name, "new"), begun)
	yield Way(
		"finish a job", INCOMING, "Processed", lambda name: background_jobs.finish(name, TOKEN, "[]"), claimed
	)
	yield Way(
		"fail a job", INCOMING, "Failed", lambda name: background_jobs.fail(name, TOKEN, "x", "y"), claimed
	)


def give_back(attempts: int) -> Callable[[str], None]:
	return lambda name: inbox.give_back(TOKEN, {name: attempts})


def settle(to: str) -> Callable[[str], None]:
	return lambda name: inbox.settle(name, to, outcome="x")


def settle_many(life: LifeCycle, to: str) -> Callable[[str], int]:
	return lambda name: moves.update_claimed(life, TOKEN, [{"name": name, "status": to, "due_in": None}])


def call_ways() -> Iterator[Way]:
	yield Way("take over a call", CALL, "Processing", api_calls.take_over)
	yield Way("answer a call", CALL, "Processed", lambda name: api_calls.settle(name, response_status=200))
	yield Way("fail a call", CALL, "Failed", lambda name: api_calls.fail(name, outcome="x"))
	for for_good, to in ((True, "Failed"), (False, "Retrying")):
		yield Way("interrupt", INTERRUPTION, to, interrupt(for_good))
	yield Way("get through", INTERRUPTION, "Processed", walk_events.get_through)
	yield Way("stop", INTERRUPTION, "Cancelled", walk_events.stop)


def interrupt(for_good: bool) -> Callable[[str], str]:
	return lambda name: walk_events.interrupt(name, {"event": "x"}, for_good=for_good, outcome="x")


def person_ways() -> Iterator[Way]:
	waits = ("Failed", "Retrying", "Skipped", "Cancelled", "On Hold")
	yield Way("receive again", INCOMING, "Received", inbox.receive_again, waits)
	for anew in (False, True):
		yield Way("queue again", OUTGOING, "Queued", queue_again(anew), waits)
	yield Way(
		"cancel", OUTGOING, "Cancelled", lambda name: interventions.cancel([name], "left_out"),
		("Queued", "Retrying", "On Hold", "Failed"),
	)  # fmt: skip
	release = lambda name: waiting.release(ORDER)  # noqa: E731
	yield Way("release", OUTGOING, "Queued", release, ("On Hold",), (("outcome", waiting.CONFLICT_OPEN),))
	yield Way("release", OUTGOING, "Queued", release, ("Retrying",), (("outcome", waiting.CHANGED_OUTSIDE),))
	yield Way(
		"release all", OUTGOING, "Queued", lambda name: waiting.release_decided(), ("On Hold",),
		(("outcome", waiting.CONFLICT_OPEN),),
	)  # fmt: skip


def queue_again(anew: bool) -> Callable[[str], None]:
	return lambda name: interventions.queue_again(name, anew=anew)


class MovesCase(ConnectTestCase):
	def row(self, direction: str, status: str, **values: Any) -> str:
		"""An event as if the engine had brought it there."""
		name = keys.new_id()
		row = {
			"name": name, "direction": direction, "status": status, "integration": make.ACCOUNT, "event": "update",
			"claim_token": TOKEN, "order_key": ORDER, "attempts": 2, "modified": "2026-01-01 00:00:00.000001", **values,
		}  # fmt: skip
		frappe.db.sql(
			f"INSERT INTO `tabSync Log` ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))})",
			list(row.values()),
		)
		return name

	def stored(self, name: str):
		return frappe.db.sql("SELECT * FROM `tabSync Log` WHERE name = %s", name, as_dict=True)[0]


class TestMoves(MovesCase):
	def try_it(self, way: Way, direction: str, status: str) -> None:
		name = self.row(direction, status, **dict(way.values))
		before = self.stored(name)
		try:
			way.make(name)
		except moves.IllegalMove:
			self.assertNotIn(status, way.origins)
		allowed = direction == way.life.direction and status in way.origins
		if allowed:
			self.assertEqual(self.stored(name).status, way.to)
		else:
			self.assertEqual(self.stored(name), before)
		frappe.db.rollback()

	def test_every_way_of_changing_a_status_keeps_to_its_life_cycle(self):
		tried = 0
		for way in ways():
			for status in STATUSES:
				with self.subTest(way.what, to=way.to, status=status):
					self.try_it(way, way.life.direction, status)
					tried += status in way.origins
		self.assertGreater(tried, 60)

	def test_a_row_of_the_other_direction_stays_as_it_is(self):
		for way in ways():
			other = states.IN if way.life.direction == states.OUT else states.OUT
			for status in way.origins & (OUTGOING if other == states.OUT else INCOMING).moves.keys():
				with self.subTest(way.what, to=way.to, status=status):
					name = self.row(other, status, **dict(way.values))
					before = self.stored(name)
					with suppress(moves.IllegalMove):
						way.make(name)
					self.assertEqual(self.stored(name), before)
					frappe.db.rollback()

	def test_of_many_rows_those_change_that_may(self):
		wanted = {"Delivered": "Sending", "Retrying": "Sending", "Queued": "Failed", "Skipped": "Delivered"}
		rows = {to: self.row("Outgoing", status) for to, status in wanted.items()}
		lost = self.row("Outgoing", "Sending", claim_token="of another worker")
		updates = [{"name": name, "status": to, "due_in": 5} for to, name in rows.items()]
		changed = moves.update_claimed(
			OUTGOING, TOKEN, [*updates, {"name": lost, "status": "Failed", "due_in": None}]
		)
		self.assertEqual(changed, 2)
		self.assertEqual(
			{to: self.stored(name).status for to, name in rows.items()},
			{"Delivered": "Delivered", "Retrying": "Retrying", "Queued": "Failed", "Skipped": "Delivered"},
		)
		self.assertEqual(self.stored(lost).status, "Sending")

	def test_other_values_of_claimed_rows_do_not_depend_on_their_state(self):
		name = self.row("Outgoing", "Sending")
		self.assertEqual(moves.update_claimed(OUTGOING, TOKEN, [{"name": name, "method": "POST"}]), 1)
		self.assertEqual(self.stored(name).method, "POST")

	def test_what_nothing_can_become_is_refused_before_it_is_written(self):
		name = self.row("Outgoing", "Sending")
		with self.assertRaises(ValueError):
			moves.move(OUTGOING, "Processed", "name = %s", [name], due_in=None)
		with self.assertRaises(ValueError):
			moves.move(OUTGOING, "Delivered", "name = %s", [name], only_from=("Queued",), due_in=None)
		with self.assertRaises(ValueError):
			sync_log.set_values(name, status="Delivered")

	def test_a_move_that_its_caller_relies_on_says_what_is_in_its_way(self):
		name = self.row("Incoming", "Processed")
		with self.assertRaisesRegex(moves.IllegalMove, f"{name} is Processed and cannot become Failed"):
			inbox.settle(name, "Failed")
		with self.assertRaisesRegex(moves.IllegalMove, "is gone"):
			inbox.settle("no such event", "Failed")

	def test_new_rows_begin_their_life_at_its_start(self):
		event = {"integration": make.ACCOUNT, "event": "x", "status": "Delivered", "direction": "Sideways"}
		many = {**event, "name": keys.new_id()}
		inbox.receive_many([many])
		began = (
			(OUTGOING, sync_log.queue([event])[0]),
			(INCOMING, inbox.receive(event)),
			(INCOMING, many["name"]),
			(CALL, api_calls.begin(event)),
			(INTERRUPTION, walk_events.interrupt(None, event, for_good=True)),
			(states.REPORT, walk_events.report(event)),
		)
		for life, name in began:
			row = self.stored(name)
			self.assertIn(row.status, life.starts)
			self.assertEqual(row.direction, life.direction)
		frappe.db.rollback()


class TestLostLeases(MovesCase):
	"""What once was written whatever had become of the row meanwhile."""

	def test_a_job_that_another_worker_has_finished_does_not_fail_afterwards(self):
		job = self.row("Incoming", "Processing", event=sync_log.BULK, claim_token="of the first worker")
		background_jobs.lease(job, TOKEN)
		self.assertFalse(background_jobs.fail(job, "of the first worker", "error", "too late"))
		self.assertTrue(background_jobs.finish(job, TOKEN, "[]"))
		self.assertFalse(background_jobs.fail(job, TOKEN, "error", "too late"))
		self.assertEqual(self.stored(job).status, "Processed")

	def test_a_failure_after_one_that_is_over_begins_a_row_of_its_own(self):
		event = {"integration": make.ACCOUNT, "event": sync_log.PULL_RUN}
		first = walk_events.interrupt(None, event, for_good=False, outcome="x")
		self.assertEqual(walk_events.interrupt(first, event, for_good=True, outcome="y"), first)
		self.assertEqual(walk_events.interrupt(first, event, for_good=False, outcome="z"), first)
		walk_events.get_through(first)
		second = walk_events.interrupt(first, event, for_good=False, outcome="x")
		self.assertNotEqual(second, first)
		self.assertEqual((self.stored(first).status, self.stored(second).status), ("Processed", "Retrying"))
