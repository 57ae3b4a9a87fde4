"""Pulls by real workers that are killed, race, lose their queue, or are told to stop: no record missing, none twice."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import frappe

from erp_connect.api import accounts, pulls
from erp_connect.store import sync_cursor
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.bench.pull_case import CHANGED, FLOW, PullCase

# A worker whose jobs run for a fifth of a second.
IMPATIENT = """
import sys
from frappe.utils.background_jobs import start_worker
from erp_connect.pull import turns
turns.RUN_SECONDS = 0.2
start_worker(queue=sys.argv[1], quiet=True)
"""


class PullWorkerCase(PullCase):
	def start(self, count: int = 400, **values: object) -> None:
		"""A source, and a pull that waits for a worker."""
		self.serve(count)
		self.pulls(**values)
		sync_cursor.make_due(FLOW)
		self.commit()

	def slow(self, seconds: float) -> None:
		"""Let each page of the source take so long."""
		quick = self.source.page
		self.source.page = lambda *args, **order: time.sleep(seconds) or quick(*args, **order)
		self.addCleanup(setattr, self.source, "page", quick)


class TestKilledWorkers(PullWorkerCase):
	def dies(self, place: str, when: str) -> None:
		"""Run a worker that is killed at a place; then another, to which nobody tells what happened."""
		victim = self.worker(die=place, when=when)
		services.scheduler_tick()
		self.wait_for(lambda: not victim.running, 20, "the worker did not die")
		self.worker()
		services.scheduler_tick()
		time.sleep(0.5)
		self.assertFalse(self.done(), "taken over before the lease ran out")
		self.lease_runs_out()
		self.sweep_until_done()
		self.assert_written_once()

	def test_before_a_page_is_stored(self):
		self.start()
		self.dies("erp_connect.records.intake:store", "third")

	def test_between_storing_a_page_and_the_commit(self):
		self.start()
		self.dies("erp_connect.records.intake:store", "after")

	def test_right_after_the_commit_of_a_page(self):
		self.start()
		self.dies("erp_connect.jobs.wakeup:Wakeup.wake", "before")
		self.assertEqual(self.cursor().known, 0)  # no page was fetched twice

	def test_at_the_end_of_the_walk(self):
		self.start(**CHANGED)
		self.dies("erp_connect.store.sync_cursor:finish", "after")

	def test_while_records_are_written(self):
		self.start()
		self.dies("erp_connect.records.write:upsert", "third")

	def test_between_documents_and_the_commit(self):
		self.start()
		self.dies("erp_connect.store.inbox:settle_many", "after")


class TestManyWorkers(PullWorkerCase):
	def test_two_workers_at_once_share_nothing(self):
		for _ in range(2):
			self.worker()
		self.start(900, page_size=20)
		end = time.monotonic() + 90
		while not self.done() and time.monotonic() < end:
			services.flush()  # so that every sweep queues further jobs for both
			for _ in range(3):
				services.scheduler_tick()
			time.sleep(0.2)
		self.assert_written_once()
		self.assertEqual(
			[asked["offset"] for asked in self.asked("/offset")], [str(20 * n) for n in range(46)]
		)

	def test_a_queue_that_was_lost_only_costs_time(self):
		self.start()
		services.flush()
		self.worker()
		time.sleep(0.4)
		self.assertEqual(self.stored(), [])
		services.scheduler_tick()
		self.wait_for(lambda: len(self.stored()) >= 50, 10)
		services.flush()
		self.wait_for(lambda: self.cursor().status == "Idle", 20)
		services.flush()
		services.scheduler_tick()
		self.wait_for(self.done, 60)
		self.assert_written_once()

	def test_a_long_pull_asks_for_a_successor_itself(self):
		self.start()
		self.slow(0.1)
		impatient = services.Process(sys.executable, "-c", IMPATIENT, services.QUEUES).start()
		self.addCleanup(impatient.kill)
		services.scheduler_tick()
		self.wait_for(self.done, 60)
		self.assert_written_once()


class TestSwitches(PullWorkerCase):
	def stops_at(self, what) -> None:
		"""Let a worker begin, call `what` in the middle, and see that it stops there."""
		self.slow(0.15)
		self.worker()
		services.scheduler_tick()
		self.wait_for(lambda: len(self.stored()) >= 100, 10)
		what()
		self.commit()
		time.sleep(0.5)
		asked = self.source.count("/offset")
		time.sleep(0.6)
		self.assertEqual(self.source.count("/offset"), asked, "asked on")
		self.assertLess(len(self.stored()), 400)
		services.scheduler_tick()
		time.sleep(0.5)
		self.assertEqual(self.source.count("/offset"), asked, "the sweep went on all the same")

	def goes_on(self) -> None:
		pages = self.cursor().pages
		self.assertGreater(pages, 1)
		self.lease_runs_out()
		self.sweep_until_done()
		self.assertEqual(self.cursor().pages, self.source.count("/offset") - self.source_lost, "pages again")
		self.assert_written_once()

	source_lost = 0

	def test_a_paused_account_goes_on_where_it_was(self):
		self.start(400)
		self.stops_at(lambda: accounts.pause(make.ACCOUNT, "holiday"))
		accounts.resume(make.ACCOUNT)
		self.commit()
		self.goes_on()

	def test_a_disabled_account_goes_on_where_it_was(self):
		self.start(400)
		self.stops_at(lambda: frappe.db.set_value("Integration Settings", make.ACCOUNT, "enabled", 0))
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "enabled", 1)
		self.commit()
		self.goes_on()

	def test_a_disabled_flow_goes_on_where_it_was_and_loses_nothing_that_was_fetched(self):
		self.start(400)
		self.stops_at(lambda: self.change(enabled=0))
		waiting = {row.status for row in self.records()}
		self.assertLessEqual(waiting, {"Received", "Processed"}, self.history())
		self.change(enabled=1)
		self.goes_on()

	def test_stop_and_pull_now(self):
		self.start(400)
		self.stops_at(lambda: pulls.stop(FLOW))
		self.assertEqual(self.cursor().status, "Stopped")
		self.source_lost = (
			self.source.count("/offset") - self.cursor().pages
		)  # on its way when it was stopped
		self.assertLessEqual(self.source_lost, 1)
		pulls.pull_now(FLOW)
		self.commit()
		self.wait_for(self.done, 60)
		self.goes_on()


class TestMemory(PullWorkerCase):
	def test_stays_flat_over_20_000_records(self):
		self.start(20_000, page_size=500)
		worker = self.worker()
		services.scheduler_tick()
		used = {}
		end = time.monotonic() + 60
		while self.cursor().status != "Idle" and time.monotonic() < end:
			for child in services._children(worker.child.pid):
				if kilobytes := resident(child):
					used[self.cursor().fetched] = kilobytes
			time.sleep(0.05)
		self.assertEqual(self.cursor().fetched, 20_000)
		early = max(kilobytes for fetched, kilobytes in used.items() if 2_000 <= fetched <= 6_000)
		late = max(kilobytes for fetched, kilobytes in used.items() if fetched >= 14_000)
		self.assertLess(late - early, 6_000, used)


def resident(pid: int) -> int:
	"""Kilobytes of memory that a process holds; 0 when it has ended."""
	try:
		text = Path(f"/proc/{pid}/status").read_text()
	except OSError:
		return 0
	return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("VmRSS")), 0)
