"""A record whose lists have pages is completed page by page, or refused with the reason."""

from __future__ import annotations

import unittest
from types import SimpleNamespace
from typing import Any

from erp_connect.calls import nested_pages
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.paging.nested import MAX_PAGES, ListGoesOn
from erp_connect.jobs import steps

FLOW = SimpleNamespace(version=compile_expression("version"))


class TestCompleted(unittest.TestCase):
	def setUp(self) -> None:
		self.asked: list[dict[str, Any]] = []

	def completed(self, pages: list[dict[str, Any]], names: tuple[str, ...] = ("lines",)) -> dict[str, Any]:
		def ask(after: dict[str, Any]):
			self.asked.append(after)
			return pages[len(self.asked)]
			yield

		found = nested_pages.completed(
			FLOW, pages[0], lambda after: any(after.get(name) for name in names), ask
		)
		return steps.run(found)

	@staticmethod
	def page(*nodes: int, more: bool = True, version: str = "1", name: str = "lines") -> dict[str, Any]:
		info = {"hasNextPage": more, "endCursor": f"after {nodes[-1]}"}
		return {"version": version, name: {"nodes": list(nodes), "pageInfo": info}}

	def test_page_by_page_each_from_where_the_one_before_ended(self):
		whole = self.completed([self.page(1, 2), self.page(3, 4), self.page(5, more=False)])
		self.assertEqual(whole["lines"]["nodes"], [1, 2, 3, 4, 5])
		self.assertEqual(self.asked, [{"lines": "after 2"}, {"lines": "after 4"}])

	def test_a_record_that_is_whole_is_asked_for_once(self):
		self.completed([self.page(1, more=False)])
		self.assertEqual(self.asked, [])

	def test_a_list_that_the_request_does_not_lead_on_in_is_refused_without_asking(self):
		with self.assertRaisesRegex(ListGoesOn, "_after.shipping"):
			self.completed([self.page(1, name="shipping")])
		self.assertEqual(self.asked, [])

	def test_a_list_without_a_cursor_is_refused(self):
		page = self.page(1)
		page["lines"]["pageInfo"].pop("endCursor")
		with self.assertRaisesRegex(ListGoesOn, "lines"):
			self.completed([page])

	def test_pages_of_two_versions_are_not_put_together(self):
		with self.assertRaises(nested_pages.ChangedMeanwhile):
			self.completed([self.page(1), self.page(2, more=False, version="2")])

	def test_it_ends(self):
		with self.assertRaisesRegex(ListGoesOn, f"{MAX_PAGES} pages"):
			self.completed([self.page(number) for number in range(MAX_PAGES + 2)])
