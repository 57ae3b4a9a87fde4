"""Lists within a record that go on elsewhere: found, led on from, completed, or told."""

from __future__ import annotations

import copy
import unittest
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from erp_connect.core.paging.nested import ListGoesOn, cursors, joined, require_whole, unfinished


def page(*nodes: Any, end: Any = None, more: bool = False, kind: str = "nodes") -> dict[str, Any]:
	return {kind: list(nodes), "pageInfo": {"hasNextPage": more, "endCursor": end}}


class TestFound(unittest.TestCase):
	def test_a_list_that_says_that_it_goes_on(self):
		record = {"lines": page(1, 2, end="b", more=True), "shipping": page(3, end="x")}
		self.assertEqual([one.name for one in unfinished(record)], ["lines"])
		self.assertEqual(cursors(record), {"lines": "b", "shipping": "x"})

	def test_below_other_objects(self):
		record = {"order": {"lines": page(1, end="a", more=True)}}
		self.assertEqual(cursors(record), {"order": {"lines": "a"}})
		self.assertEqual([one.path for one in unfinished(record)], [("order", "lines")])

	def test_within_the_entries_of_another_list_nothing_leads_on(self):
		record = {"lines": page({"taxes": page(1, end="a", more=True)}, end="z")}
		(one,) = unfinished(record)
		self.assertEqual((one.name, one.within), ("lines.nodes.taxes", True))
		self.assertEqual(cursors(record), {"lines": "z"})

	def test_what_says_nothing_of_pages_or_is_whole_is_whole(self):
		for record in (
			{"lines": [1, 2]},
			{"lines": {"nodes": [1]}},
			{"lines": page(1, end="a")},
			{"lines": {**page(1), "pageInfo": None}},
			{"pageInfo": {"hasNextPage": True}},
			[],
			None,
			"text",
		):
			require_whole(record)

	def test_half_a_record_is_told_with_the_list_and_what_to_do(self):
		with self.assertRaises(ListGoesOn) as caught:
			require_whole({"order": {"lines": page(1, end="a", more=True)}})
		self.assertIn("order.lines", str(caught.exception))
		self.assertIn("{_after.order.lines}", str(caught.exception))
		with self.assertRaisesRegex(ListGoesOn, "Ask for more of them at once"):
			require_whole([{"lines": page(1, more=True)}])


class TestJoined(unittest.TestCase):
	def test_only_the_lists_that_went_on_grow(self):
		record = {"id": 7, "lines": page(1, 2, end="b", more=True), "shipping": page(3, end="x")}
		before = copy.deepcopy(record)
		further = {"id": 7, "lines": page(4, end="d"), "shipping": page(3, end="x")}
		whole = joined(record, further, unfinished(record))
		self.assertEqual((whole["lines"]["nodes"], whole["shipping"]["nodes"]), ([1, 2, 4], [3]))
		self.assertEqual((whole["id"], unfinished(whole), record), (7, [], before))

	def test_edges_as_well(self):
		record = {"lines": page({"node": 1}, end="a", more=True, kind="edges")}
		whole = joined(record, {"lines": page({"node": 2}, end="b", kind="edges")}, unfinished(record))
		self.assertEqual(whole["lines"]["edges"], [{"node": 1}, {"node": 2}])

	def test_a_page_that_does_not_lead_on_is_told(self):
		record = {"lines": page(1, end="a", more=True)}
		for further in ({"lines": page(1, end="a", more=True)}, {"lines": page(2, more=True)}, {}, None):
			with self.subTest(further=further), self.assertRaisesRegex(ListGoesOn, "does not lead on"):
				joined(record, further, unfinished(record))

	@given(st.lists(st.integers(), max_size=30), st.integers(1, 7), st.integers(1, 7))
	def test_any_two_lists_in_any_pages_come_whole_and_in_order(self, entries, first, second):
		def asked(after: dict[str, Any]) -> dict[str, Any]:
			return {
				"a": cut(after.get("a"), first),
				"deep": {"b": cut(after.get("deep", {}).get("b"), second)},
			}

		def cut(at: int | None, size: int) -> dict[str, Any]:
			part = entries[at or 0 : (at or 0) + size]
			end = (at or 0) + len(part)
			return page(*part, end=end if part else at, more=end < len(entries))

		record = asked({})
		while lists := unfinished(record):
			record = joined(record, asked(cursors(record)), lists)
		self.assertEqual((record["a"]["nodes"], record["deep"]["b"]["nodes"]), (entries, entries))
