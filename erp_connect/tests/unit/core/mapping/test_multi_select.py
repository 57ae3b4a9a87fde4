"""Multi-select: a table with one link as a text or a list outside, whatever the order."""

from dataclasses import replace

import pytest

from erp_connect.core.errors import MappingError
from erp_connect.core.mapping.rows import Row, compile_mapping


class TestMultiSelect:
	ROW = Row("tags[].tag", "tags", transform="Multi-select", argument=";")
	BACK = Row("tags", "tags[].tag", transform="Multi-select", argument=";")

	@pytest.mark.parametrize(
		("argument", "tags", "sent"),
		[
			(";", ["b", "a"], "a;b"),
			(";", ["a", "b", "a", ""], "a;b"),
			(";", [], ""),
			("", ["b", "a"], ["a", "b"]),
			("", [], []),
		],
	)
	def test_out(self, argument, tags, sent):
		row = replace(self.ROW, argument=argument)
		document = {"tags": [{"tag": tag} for tag in tags]}
		assert compile_mapping([row]).apply(document) == {"tags": sent}

	def test_a_value_with_the_separator_is_refused(self):
		with pytest.raises(MappingError, match="holds the separator"):
			compile_mapping([self.ROW]).apply({"tags": [{"tag": "a;b"}]})

	@pytest.mark.parametrize(
		("record", "rows"),
		[
			("b;a", ["a", "b"]),
			(";b; a ;;b;", ["a", "b"]),
			("", []),
			([], []),
			(["b", "a", "b"], ["a", "b"]),
			("a", ["a"]),
		],
	)
	def test_in(self, record, rows):
		found = compile_mapping([self.BACK], "in").apply({"tags": record})
		assert found == {"tags": [{"tag": row} for row in rows]}

	@pytest.mark.parametrize("record", [{}, {"tags": None}])
	def test_nothing_said_is_nothing(self, record):
		assert compile_mapping([self.BACK], "in").apply(record) == {}

	def test_a_list_of_objects_is_refused(self):
		with pytest.raises(MappingError, match="Name the column"):
			compile_mapping([self.BACK], "in").apply({"tags": [{"id": 1}]})

	def test_each_value_may_have_another_name_there(self):
		names = {"Red": "r", "Blue": "b"}
		out, back = (replace(row, value_map=names) for row in (self.ROW, self.BACK))
		document = {"tags": [{"tag": "Blue"}, {"tag": "Red"}]}
		assert compile_mapping([out]).apply(document) == {"tags": "b;r"}
		assert compile_mapping([back], "in").apply({"tags": "r;b"}) == document

	def test_a_text_that_is_joined_fills_rows_in_its_order(self):
		row = Row("tags", "tags[].tag", transform="Join", argument=", ")
		assert compile_mapping([row], "in").apply({"tags": "b, a, b"}) == {
			"tags": [{"tag": "b"}, {"tag": "a"}, {"tag": "b"}]
		}

	def test_one_table_is_filled_by_one_text(self):
		with pytest.raises(MappingError, match="from another table"):
			compile_mapping([self.BACK, Row("notes", "tags[].note", transform="Multi-select")], "in")
