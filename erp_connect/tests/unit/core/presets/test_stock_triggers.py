"""Flows of stock in presets: told by everything that changes the figures they send.

ERPNext writes Bin with plain SQL, so that a figure is sent by the documents that change it, or never.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PRESETS = Path(__file__).parents[4] / "presets"
MATCH = "item_code=item_code, warehouse=warehouse"
ORDERED = {("Sales Order", "items"), ("Sales Order", "packed_items"), ("Sales Order Item", "")}
# By field of Bin: what changes it, as (DocType, table).
CHANGED_BY = {
	"actual_qty": {("Stock Ledger Entry", "")},
	"reserved_qty": ORDERED,
	"projected_qty": {*ORDERED, ("Purchase Order", "items"), ("Material Request", "items")},
}


def flows_of_stock() -> Iterator[Any]:
	for path in sorted(PRESETS.glob("*/preset.json")):
		for flow in _flows(json.loads(path.read_text())):
			yield pytest.param(flow, id=f"{path.parent.name}: {flow['mapping_name']}")


def _flows(found: Any) -> Iterator[dict[str, Any]]:
	if isinstance(found, dict):
		if found.get("document_type") == "Bin":
			yield found
		for value in found.values():
			yield from _flows(value)
	elif isinstance(found, list):
		for value in found:
			yield from _flows(value)


@pytest.mark.parametrize("flow", flows_of_stock())
def test_whatever_changes_a_figure_sends_it(flow):
	told = {
		(row["trigger_doctype"], row.get("table_field", ""))
		for row in flow["triggers"]
		if row["match_fields"] == MATCH
	}
	sent = json.dumps(flow["rows"])
	for figure, changed_by in CHANGED_BY.items():
		if figure in sent:
			assert changed_by <= told, figure


def test_there_are_such_flows():
	assert len(list(flows_of_stock())) >= 5
