"""The examples of docs/mapping.md, and the flows of the demonstration, are what the core really does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.expressions.functions import Functions
from erp_connect.core.expressions.path_template import render_path, template_fields
from erp_connect.core.mapping.rows import Row, compile_mapping
from erp_connect.core.mapping.transform_types import TransformContext
from erp_connect.core.mapping.transforms import TRANSFORMS, prepare
from erp_connect.tests.unit import readme_tables

REPO = Path(__file__).parents[3]
TEXT = (REPO / "docs" / "mapping.md").read_text(encoding="utf-8")
ALL_FLOWS = json.loads((REPO / "demo" / "flows.json").read_text(encoding="utf-8"))
FLOWS = [flow for flow in ALL_FLOWS if flow.get("direction") != "Incoming"]
INCOMING = [flow for flow in ALL_FLOWS if flow.get("direction") == "Incoming"]
ZONE = "Europe/Berlin"


def blocks(kind: str) -> list[str]:
	return re.findall(rf"^```{kind}\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


def pairs(kind: str) -> list[tuple[str, str]]:
	lines = [line for block in blocks(kind) for line in block.splitlines() if line.strip()]
	return [tuple(part.strip() for part in line.split("→")) for line in lines]


def as_json(text: str) -> str:
	"""In one writing, so that 1 and true, which are equal in Python, are told apart."""
	return json.dumps(json.loads(text))


DOCUMENT = json.loads(blocks("json document")[0])
DOCUMENT["external_id"] = DOCUMENT["_link"]["external_id"]


@pytest.mark.parametrize(("expression", "result"), pairs("expressions"))
def test_expression_gives_what_the_page_says(expression, result):
	assert json.dumps(compile_expression(expression).search(DOCUMENT)) == as_json(result)


@pytest.mark.parametrize(("template", "path"), pairs("paths"))
def test_path_becomes_what_the_page_says(template, path):
	assert render_path(template, DOCUMENT) == path


@pytest.mark.parametrize(("example", "result"), pairs("transforms"))
def test_transform_gives_what_the_page_says(example, result):
	name, argument, value = (part.strip() for part in example.split("|"))
	context = TransformContext(time_zone=ZONE)
	assert json.dumps(prepare(name, argument, context.value_map)(json.loads(value), context)) == as_json(
		result
	)


@pytest.mark.parametrize(("rows", "result"), list(zip(blocks("fields"), blocks("result"), strict=True)))
def test_fields_give_the_payload_the_page_shows(rows, result):
	mapping = compile_mapping(
		[Row(*(part.strip() for part in line.split("→"))) for line in rows.splitlines()]
	)
	assert json.dumps(mapping.apply(DOCUMENT)) == as_json(result)


def test_page_shows_examples_of_every_kind():
	assert len(pairs("expressions")) > 25
	assert len(pairs("transforms")) > 15
	assert len(blocks("fields")) == 2


def test_page_names_every_transform():
	table = TEXT.partition("## Transforms")[2].partition("\n\n\n")[0]
	assert [name for name in TRANSFORMS if not re.search(rf"\b{name}\b", table)] == []


def test_page_names_only_functions_that_exist():
	listed = re.search(r"Own functions: `([^`]+)`", TEXT)[1].split()
	others = re.search(r"JMESPath's own \(([^)]+)\)", TEXT)[1]
	named = {*listed, *re.findall(r"`(\w+)`", others)}
	assert named - set(Functions.FUNCTION_TABLE) == set()


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow["document_type"])
def test_flows_of_the_demonstration_compile(flow):
	fields = ("source", "target", "transform", "argument")
	compile_mapping([Row(**{key: row[key] for key in fields if key in row}) for row in flow["rows"]])
	for request in flow["requests"]:
		assert template_fields(request["path"]) <= {"external_id", "item_code", "warehouse"}


@pytest.mark.parametrize("flow", INCOMING, ids=lambda flow: flow["mapping_name"])
def test_flows_of_the_demonstration_that_come_in_compile(flow):
	rows = [Row(source=row["target"], target=row["source"]) for row in flow["rows"]]
	record = {row["target"]: f"value of {row['target']}" for row in flow["rows"]}
	assert set(compile_mapping(rows, "in").apply(record)) == {row["source"] for row in flow["rows"]}


def test_readme_shows_the_tables_of_the_systems():
	text = readme_tables.README.read_text(encoding="utf-8")
	systems = readme_tables.SYSTEMS.read_text(encoding="utf-8")
	assert "### Shops, payments, storefronts" in text
	assert text == readme_tables.readme(text, systems), "python -m erp_connect.tests.unit.readme_tables"


# What is known of this one is too little for a preset; its page says why.
WITHOUT_PRESET = {"bluedart"}
PAGES = [page for page in sorted((REPO / "docs" / "systems").glob("*.md")) if page.stem not in WITHOUT_PRESET]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_of_a_system_has_its_parts(page):
	parts = re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
	parts = ["Set-up" if part == "Set it up" else part for part in parts]
	wanted = ["What you need", "Set-up", "What becomes what", "Limits"]
	assert [part for part in parts if part in wanted] == wanted
