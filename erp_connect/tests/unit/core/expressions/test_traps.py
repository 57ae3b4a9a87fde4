"""Expressions that do not mean what they look like."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.expressions.traps import traps

PRESETS = Path(__file__).resolve().parents[4] / "presets"


@pytest.mark.parametrize(
	"text, better",
	[
		("!data.x.userErrors", "!(data.x.userErrors)"),
		("a && !data.errors", "!(data.errors)"),
		("!data.errors[0].message", "!(data.errors[0].message)"),
		("!errors[?code].x", "!(errors[?code].x)"),
		("!errors[]", "!(errors[])"),
		("if(!a.b, 'x', 'y')", "!(a.b)"),
	],
)
def test_what_is_looked_for_in_a_denial_is_told_with_what_to_write(text, better):
	(problem,) = traps(compile_expression(text))
	assert f"Write {better} instead" in str(problem)
	assert compile_expression(text).search({"data": {"errors": []}}) in (None, False, "y")


@pytest.mark.parametrize("text", ["!status == 'paid'", "!a < `3`"])
def test_a_denial_that_is_compared(text):
	(problem,) = traps(compile_expression(text))
	assert problem.code == "denied_comparison"


@pytest.mark.parametrize(
	"text",
	[
		"!errors",
		"!(data.x.userErrors)",
		"!a[0]",
		"!a && b.c",
		"!a == !b",
		"!a == `true`",
		"not_null(a.b, !c)",
		"a.b",
	],
)
def test_others_mean_what_they_look_like(text):
	assert traps(compile_expression(text)) == []


def test_no_preset_falls_into_one():
	def expressions(value):
		if isinstance(value, dict):
			for name, inner in value.items():
				if isinstance(inner, str) and (
					name.endswith("_expression") or name in ("condition", "source")
				):
					yield inner
				else:
					yield from expressions(inner)
		elif isinstance(value, list):
			for inner in value:
				yield from expressions(inner)

	found = [
		text
		for file in PRESETS.glob("*/preset.json")
		for text in expressions(json.loads(file.read_text(encoding="utf-8")).get("flows", []))
	]
	assert len(found) > 100
	assert [text for text in found if text and traps(compile_expression(text))] == []
