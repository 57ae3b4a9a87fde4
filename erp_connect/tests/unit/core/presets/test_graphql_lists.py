"""Queries of presets never take the beginning of a list for the whole: what is asked for in part says whether it goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

graphql = pytest.importorskip("graphql")

PRESETS = Path(__file__).parents[4] / "presets"
PAGE_INFO = {"hasNextPage", "endCursor"}


def queries() -> Iterator[Any]:
	"""Of flows that come in: their lists, and the body that asks for a single record."""
	for path in sorted(PRESETS.glob("*/preset.json")):
		for flow in json.loads(path.read_text(encoding="utf-8")).get("flows", ()):
			mapping = flow.get("mapping", {})
			name = f"{path.parent.name} {flow.get('title')}"
			for field in ("pull_graphql", "parent_graphql"):
				if mapping.get(field):
					yield pytest.param(mapping[field], id=f"{name} {field}")
			body = json.loads(mapping.get("fetch_body") or "{}")
			if isinstance(body, dict) and body.get("query"):
				text = body["query"].replace("{{", "{").replace("}}", "}")
				yield pytest.param(text, id=f"{name} fetch_body")


def lists(node: Any) -> Iterator[Any]:
	"""Fields that are asked for only up to a number of entries."""
	for field in node.selection_set.selections if node.selection_set else ():
		if isinstance(field, graphql.FieldNode) and any(
			one.name.value in ("first", "last") for one in field.arguments or ()
		):
			yield field
		yield from lists(field)


def selected(field: Any, name: str) -> set[str]:
	found = next(
		(
			one
			for one in field.selection_set.selections
			if isinstance(one, graphql.FieldNode) and one.name.value == name
		),
		None,
	)
	return {one.name.value for one in found.selection_set.selections} if found else set()


@pytest.mark.parametrize("text", queries())
def test_each_list_says_whether_it_goes_on(text):
	for definition in graphql.parse(text).definitions:
		assert isinstance(definition, graphql.OperationDefinitionNode)
		for field in lists(definition):
			assert selected(field, "pageInfo") >= PAGE_INFO, field.name.value
