"""2,501 records through every way to turn pages, from a real HTTP source into the database: each exactly once."""

from __future__ import annotations

from collections.abc import Iterable

from erp_connect.core.paging.page import STYLES
from erp_connect.tests.bench.pull_case import PullCase
from erp_connect.tests.unit.core.paging.test_pagination_walks import FLOWS

COUNT = 2501
# Fewer requests and statements where the count is not what is looked at.
PAGE = 250
ONE_OF_EACH = list({values["paging"]: name for name, values in FLOWS.items()}.values())


def is_post(flow: dict) -> bool:
	return flow["pull_method"] == "POST" or bool(flow.get("pull_graphql"))


class TestEveryPagingStyle(PullCase):
	def test_every_style_is_here(self):
		self.assertEqual({values["paging"] for values in FLOWS.values()}, set(STYLES))

	def each(self, names: Iterable[str], fault: int | str | None, **how: int) -> None:
		for name in names:
			with self.subTest(name):
				self.setUp()
				self.serve(COUNT, **how)
				try:
					self.walk(name, fault)
				finally:
					self.doCleanups()

	def walk(self, name: str, fault: int | str | None) -> None:
		"""Pull everything; where page 3 fails once, look at what is stored then, and let it go on."""
		self.pulls(**{**FLOWS[name], "page_size": PAGE})
		if fault:
			self.fails_once(name, fault)
			self.lease_runs_out()
			asked = self.asked(FLOWS[name]["pull_path"])
			self.go_on()
			again = self.asked(FLOWS[name]["pull_path"])[len(asked)]
			self.assertEqual(again, asked[-1], "another page was asked for than the one that failed")
			self.assertEqual(self.trouble().status, "Processed")
		else:
			self.pull()
		after = self.cursor()
		self.assertEqual((after.status, after.failures, after.position), ("Idle", 0, None), after.error)
		self.assertEqual(after.queued, COUNT)
		self.assert_stored_once()

	def fails_once(self, name: str, fault: int | str) -> None:
		page = 1 if name == "none" else 3
		# Over a kept connection that breaks, a GET is sent once more at once.
		once = 2 if fault == "reset" and page > 1 and not is_post(FLOWS[name]) else 1
		self.source.fail(FLOWS[name]["pull_path"], page=page, status=fault, times=once)
		before = self.pull()
		self.assertEqual((before.status, before.pages, before.failures), ("Retrying", page - 1, 1))
		self.assertEqual(len(self.stored()), before.queued)
		self.assertEqual(self.trouble().status, "Retrying")

	def test_every_record_once_when_page_3_fails_and_more_than_a_page_shares_one_time(self):
		self.each(FLOWS, 503, run=2 * PAGE + 7)

	def test_every_record_once_when_the_connection_breaks_at_page_3(self):
		self.each(ONE_OF_EACH, "reset")

	def test_2501_become_2501_documents(self):
		self.serve(COUNT, run=PAGE + 7)
		self.walk("changed since", 503)
		for _ in range(3):
			self.work()
		self.assert_written_once()
