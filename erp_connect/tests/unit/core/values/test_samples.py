"""Samples of the outside: paths with examples, what is kept of them, and where records stand in their wrapper."""

from __future__ import annotations

import unittest

from erp_connect.core.expressions.check import check_expression
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.values import samples

ORDER = {
	"id": 7,
	"buyer": {"name": "Ada", "vip": False, "note": None},
	"lines": [{"sku": "A", "tax": []}, {"sku": "B", "gift": True}],
	"odd key": "x",
	"tags": ["red"],
	"empty": {},
}


class TestSamples(unittest.TestCase):
	def test_paths_have_a_type_and_an_example(self):
		found = {one["path"]: (one["type"], one["example"]) for one in samples.paths(ORDER)}
		self.assertEqual(found["id"], ("Number", "7"))
		self.assertEqual(found["buyer.name"], ("Text", "Ada"))
		self.assertEqual(found["buyer.vip"], ("Yes or No", "false"))
		self.assertEqual(found["buyer.note"], ("Empty", ""))
		self.assertEqual(found["lines[].sku"], ("Text", "A"))
		self.assertEqual(found["lines[].gift"], ("Yes or No", "true"))
		self.assertEqual(found["tags[]"], ("Text", "red"))

	def test_each_path_is_an_expression_that_finds_its_example(self):
		for one in samples.paths(ORDER):
			if one["type"] not in ("Empty", "List"):
				self.assertNotIn(compile_expression(one["path"]).search(ORDER), (None, []), one)

	def test_a_name_that_the_sample_does_not_have_is_told_with_a_near_one(self):
		schema = samples.schema(ORDER, "the sample")
		for text in (
			"buyer.name",
			"lines[].gift",
			"tags",
			"buyer.note.any",
			"empty.any",
			'"odd key"',
			"length(lines)",
		):
			self.assertEqual(check_expression(text, schema), [], text)
		for text, near in (("buyer.nam", "name"), ("lines[].sk", "sku"), ("byer.name", "buyer")):
			(problem,) = check_expression(text, schema)
			self.assertIn(near, str(problem), text)

	def test_what_is_kept_is_short(self):
		kept = samples.cut({"text": "x" * 999, "list": list(range(9)), "deep": {"a": {"b": 1}}})
		self.assertEqual((len(kept["text"]), kept["list"], kept["deep"]), (200, [0, 1, 2], {"a": {"b": 1}}))

	def test_where_records_stand_in_their_wrapper(self):
		for wrapper, place in (
			({"count": 1, "items": [{"id": 1}]}, "items"),
			({"data": {"orders": [{"id": 1}]}, "links": []}, "data.orders"),
			({"order": {"id": 1}}, "order"),
			({"id": 1, "lines": [{"a": 1}], "taxes": [{"b": 1}]}, ""),
			({"id": 1}, ""),
			([1], ""),
		):
			self.assertEqual(samples.inside(wrapper), place, wrapper)
