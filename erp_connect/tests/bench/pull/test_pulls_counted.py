"""Pages are turned by what they held, and a walk whose source loses records meanwhile is done again."""

from __future__ import annotations

from typing import Any

from erp_connect.core.paging.gaps import REPETITIONS
from erp_connect.tests.bench.pull_case import PullCase
from erp_connect.tests.unit.core.paging.test_pagination_walks import FLOWS

ONE_OF_EACH = list({values["paging"]: name for name, values in FLOWS.items()}.values())
WITH_TOTAL = FLOWS["mailchimp offset with total"]


class TestFilters(PullCase):
	def test_a_filter_that_leaves_nothing_of_a_page_does_not_end_the_walk(self):
		for name in ONE_OF_EACH:
			with self.subTest(name):
				self.setUp()
				self.serve(130)
				taken = f"{FLOWS[name]['pull_records'] or '@'}[?id == 'R-000120' || id == 'R-000121']"
				self.pulls(**{**FLOWS[name], "page_size": 50, "pull_records": taken})
				after = self.pull()
				self.assertEqual((after.status, after.error, after.fetched), ("Idle", "", 2))
				self.assertEqual(self.stored(), ["R-000120", "R-000121"])
				self.doCleanups()


class TestSameTotal(PullCase):
	"""One record is gone and another one comes, so that no total tells of it."""

	def walk(self, times: int, **values: Any) -> Any:
		"""Pull 130 records, of which one is exchanged for another after the second page of so many walks."""
		self.serve(130)
		self.pulls(**{**values, "page_size": 50, "changed_expression": "modified"})
		given, gone = self.source.page, iter(range(1, times + 1))

		def page(asked: Any, start: int, *how: Any, **order: Any) -> Any:
			found = given(asked, start, *how, **order)
			if start == 50 and (number := next(gone, None)):
				self.exchange(number)
			return found

		self.source.page = page
		return self.pull()

	def exchange(self, number: int) -> None:
		self.source.records.remove(f"R-{number:06}")
		self.source.records.add()

	def test_the_record_that_moved_over_the_seam_is_found(self):
		for name in ("mailchimp offset with total", "woocommerce records in a header"):
			with self.subTest(name):
				self.setUp()
				after = self.walk(1, **FLOWS[name])
				self.assertEqual((after.status, after.error), ("Idle", ""))
				self.assertIn("R-000101", self.stored())
				self.assertEqual(len(self.stored()), 131)
				self.doCleanups()

	def test_where_it_happens_again_and_again_it_is_told(self):
		after = self.walk(100, **WITH_TOTAL)
		self.assertIn("removed or moved at the source", after.error)
		self.assertEqual((after.status, after.since), ("Idle", None))

	def test_a_quiet_source_is_looked_at_again_and_nothing_counts_twice(self):
		after = self.walk(0, **WITH_TOTAL)
		self.assertEqual((after.status, after.error, after.fetched), ("Idle", "", 130))
		self.assertEqual(self.source.count(WITH_TOTAL["pull_path"]), 3 + 2)


class TestShrinkingTotal(PullCase):
	def walk(self, removals: int, **values: Any) -> Any:
		"""Pull 130 records, of which one is removed after the first page of so many walks. Returns the cursor."""
		self.serve(130)
		self.pulls(**{**WITH_TOTAL, "page_size": 50, "changed_expression": "modified", **values})
		given, gone = self.source.page, iter(range(1, removals + 1))

		def page(asked: Any, start: int, *how: Any, **order: Any) -> Any:
			found = given(asked, start, *how, **order)
			if not start and (number := next(gone, None)):
				self.source.records.remove(f"R-{number:06}")
			return found

		self.source.page = page
		return self.pull()

	def test_the_record_that_moved_up_is_found_by_another_walk(self):
		by_address = {**FLOWS["salesforce next url"], "page_total": "totalSize"}
		for values in ({}, {**FLOWS["woocommerce records in a header"], "page_size": 50}, by_address):
			with self.subTest(values.get("paging", "Offset")):
				self.setUp()
				after = self.walk(1, **values)
				self.assertEqual((after.status, after.error), ("Idle", ""))
				self.assertIn("R-000051", self.stored())
				self.assertEqual(len(self.stored()), 130)
				self.doCleanups()

	def test_a_source_that_loses_records_in_every_walk_is_told_of_and_asked_again(self):
		after = self.walk(100)
		self.assertIn("may have been missed", after.error)
		self.assertEqual((after.status, after.since), ("Idle", None))
		walks = 1 + REPETITIONS
		self.assertEqual(self.source.count(WITH_TOTAL["pull_path"]), 3 * walks)
		self.source.page = type(self.source).page.__get__(self.source)
		after = self.pull()
		self.assertEqual((after.status, after.error), ("Idle", ""))
		self.assertIsNotNone(after.since)
		self.assertEqual(len(self.stored()), 130)
