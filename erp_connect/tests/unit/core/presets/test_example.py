"""The worked examples of the documentation are files that can be used, and hold to the published schema."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from erp_connect.core.presets.reading import read_preset
from erp_connect.core.presets.schema import preset_schema

FOLDER = Path(__file__).parents[3] / "harbour_app" / "systems"
HARBOUR, LANTERN = (FOLDER / name / "preset.json" for name in ("harbour_goods", "lantern_lane"))


def test_it_is_read():
	preset = read_preset(HARBOUR.read_text("utf-8"), HARBOUR.name)
	assert [flow.name for flow in preset.flows] == ["Orders", "Payments", "Refunds", "Cancellations", "Stock"]


def test_the_shop_in_json_has_both_ways():
	preset = read_preset(LANTERN.read_text("utf-8"), LANTERN.name)
	names = [flow.name for flow in preset.flows]
	assert names[:6] == ["Orders", "Payments", "Refunds", "Cancellations", "Fulfilments", "Customers"]
	assert {"Stock", "Prices", "Products to the shop", "Parcels to the shop", "Refunds to the shop"} < set(
		names
	)


@pytest.mark.parametrize("file", [HARBOUR, LANTERN], ids=lambda file: file.parent.name)
def test_it_names_only_what_the_schema_has(file: Path):
	known = preset_schema()["properties"]
	assert set(json.loads(file.read_text("utf-8"))) <= set(known)
