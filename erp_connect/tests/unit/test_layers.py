"""The arrows between packages go one way; proved on this repository, and on imports that must be caught."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from erp_connect.tests.unit import layers

ROOT = Path(__file__).resolve().parents[3]
HOUSES = (
	("erp_connect", layers.LAYERS),
	("erp_connect.core", layers.CORE_LAYERS),
	("erp_connect.commerce", layers.COMMERCE_LAYERS),
)


@pytest.fixture(scope="module")
def edges() -> dict:
	found = layers.graph(ROOT)
	assert len(found) > 200
	assert any(target == "erp_connect.store.outbox" for _, target in found["erp_connect.outbound.claim"])
	return found


@pytest.mark.parametrize(("prefix", "order"), HOUSES, ids=[prefix for prefix, _ in HOUSES])
def test_nothing_is_imported_from_below(edges, prefix, order):
	assert layers.against_layers(edges, prefix, order) == []


def test_no_modules_import_each_other(edges):
	assert layers.cycles(edges) == []


@pytest.mark.parametrize(
	"statement",
	[
		"from erp_connect.outbound import drain",
		"from erp_connect.outbound.drain import drain",
		"import erp_connect.outbound.drain",
		"def late():\n\tfrom erp_connect.outbound import drain",
		"from ..outbound import drain",
		"from ..outbound.drain import drain",
		"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n\tfrom erp_connect.outbound.drain import drain",
	],
)
def test_an_import_from_below_is_caught(statement):
	known = {"erp_connect.store.sync_log", "erp_connect.outbound.drain"}
	edges = {
		"erp_connect.store.sync_log": list(layers.imports(statement, known, "erp_connect.store.sync_log"))
	}
	found = layers.against_layers(edges, "erp_connect", layers.LAYERS)
	assert len(found) >= 1
	assert "erp_connect.outbound.drain, which is below it" in found[0]


def test_a_package_without_a_layer_is_caught():
	assert layers.against_layers({"erp_connect.helpers.x": []}, "erp_connect", layers.LAYERS) == [
		"erp_connect.helpers.x: helpers stands in no layer"
	]


def test_a_circle_is_caught():
	edges = {"a": [(1, "b")], "b": [(1, "c")], "c": [(1, "a")], "d": [(1, "a")]}
	assert layers.cycles(edges) == ["a → b → c → a"]


def test_aliases_are_needed_still():
	"""What is excused from the layers exists, and is nothing but an alias."""
	known = layers.modules(ROOT)
	for alias in layers.ALIASES:
		assert list(layers.imports(known[alias].read_text("utf-8"), known)) == []


PAGE = (ROOT / "docs/architecture.md").read_text("utf-8")


def test_the_page_shows_the_layers_in_their_order():
	table = PAGE.partition("## The house")[2].partition("###")[0]
	shown = [
		re.findall(r"`([\w/]+)(?:\.py)?/?`", line.split("|")[1])
		for line in table.splitlines()
		if line[:2] == "| "
	]
	packages = [name.partition("/")[0] for names in shown for name in names]
	listed = [name for line in layers.LAYERS[:-1] for name in line]
	assert packages[: len(listed)] == listed
	# What Frappe calls by name, and data.
	assert set(packages[len(listed) :]) <= {*layers.LAYERS[-1], "presets"}


def test_every_module_that_the_page_names_is_there():
	named = set(re.findall(r"`([a-z_0-9]+/[a-z_0-9/]+(?:\.py)?)/?`", PAGE)) - {
		"tests/unit",
		"tests/bench",
		"tests/fakes",
	}
	folders = (ROOT, ROOT / "erp_connect", ROOT / "erp_connect/commerce", ROOT / "erp_connect/erp_connect")
	assert len(named) > 50
	assert [name for name in sorted(named) if not any((folder / name).exists() for folder in folders)] == []
