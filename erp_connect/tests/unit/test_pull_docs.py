"""The settings in docs/pulls.md are ones that the core takes, and the labels are those of the form."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.paging.check import NAMES, check_values
from erp_connect.core.paging.page import STYLES

REPO = Path(__file__).parents[3]
TEXT = (REPO / "docs" / "pulls.md").read_text(encoding="utf-8")
FORM = REPO / "erp_connect/erp_connect/doctype/field_mapping/field_mapping.json"
FIELDS = {
	field["label"]: field
	for field in json.loads(FORM.read_text(encoding="utf-8"))["fields"]
	if "label" in field
}
GRAPHQL = "query ($first: Int, $after: String) { orders(first: $first, after: $after) { nodes { id } } }"


def rows(heading: str) -> list[list[str]]:
	table = re.search(rf"^\| {re.escape(heading)} \|.*?\n\n", TEXT, re.DOTALL | re.MULTILINE)[0]
	return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.strip().splitlines()[2:]]


PAGES = rows("Pages are turned by")


def settings(cell: str) -> dict[str, str]:
	return {FIELDS[label]["fieldname"]: value for label, value in re.findall(r"\*([^*]+)\* `([^`]+)`", cell)}


def test_every_way_to_turn_pages_is_there():
	assert [row[0] for row in PAGES] == list(STYLES)


@pytest.mark.parametrize("row", PAGES, ids=lambda row: row[0])
def test_settings_of_the_table_can_be_used(row):
	values = {
		"pull_path": "/orders",
		"pull_method": "GET",
		"pull_parameters": [{"place": "Query", "key": "since", "value": "{since}"}],
		"paging": row[0],
		"page_size": 100,
		"changed_expression": "",
		**settings(row[2]),
	}
	if row[0] == "GraphQL cursor":
		values |= {"pull_graphql": GRAPHQL, "pull_method": "POST", "pull_parameters": []}
	assert check_values(values) == []


def test_bold_labels_are_those_of_the_form():
	of_form = {
		"External id in the record", "Path", "Records in the answer", "Start with changes since",
		"Changed at, in the record", "Overlap", "Address of a single record", "Version in the record",
		"Lists and webhooks hold only part of a record: fetch each",
	}  # fmt: skip
	text = " ".join(TEXT.split())
	for label in of_form:
		assert label in FIELDS, label
		assert f"**{label}**" in text, label
	assert "Wait for its creation" in FIELDS["When the record is new"]["options"].split("\n")


def test_templates_use_names_that_exist():
	table = TEXT.partition("Texts may use")[2].partition("4. **How")[0]
	named = {name.split(".")[0] for name in re.findall(r"`\{([a-z_.]+)\}`", table)}
	assert named == set(NAMES)


def test_the_expression_for_an_empty_list_works():
	text = re.search(r"``(data\.items .*?) ``", TEXT)[1]
	assert compile_expression(text).search({"data": {"items": None}}) == []
