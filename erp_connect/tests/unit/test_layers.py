"""The arrows between packages go one way; proved on this repository, and on imports that must be caught."""

from __future__ import annotations

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
