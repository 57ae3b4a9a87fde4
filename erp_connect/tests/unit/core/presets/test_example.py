"""The worked example of the documentation is a file that can be used, and holds to the published schema."""

from __future__ import annotations

import json
from pathlib import Path

from erp_connect.core.presets.reading import read_preset
from erp_connect.core.presets.schema import preset_schema

FILE = Path(__file__).parents[3] / "harbour_app" / "systems" / "harbour_goods" / "preset.json"


def test_it_is_read():
	preset = read_preset(FILE.read_text("utf-8"), FILE.name)
	assert [flow.name for flow in preset.flows] == ["Orders", "Payments", "Refunds", "Cancellations", "Stock"]


def test_it_names_only_what_the_schema_has():
	known = preset_schema()["properties"]
	assert set(json.loads(FILE.read_text("utf-8"))) <= set(known)
