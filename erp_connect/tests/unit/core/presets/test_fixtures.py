"""The examples of records beside each preset: they are there, and are of the form that the flows take and send."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from erp_connect.core.commerce import Order, plan_order
from erp_connect.core.expressions.expression import compile_expression

PRESETS = Path(__file__).parents[4] / "presets"
FOLDERS = sorted(file.parent for file in PRESETS.glob("*/preset.json"))
# Of these there is one for each flow, under the name that the flow editor looks for.
WHOLE = ("attendance", "custom_rest", "opencart", "slack")
MEMBER = "U061F7AUR"


def preset(folder: Path) -> dict[str, Any]:
	return json.loads((folder / "preset.json").read_text(encoding="utf-8"))


def example(name: str, record: str) -> Any:
	"""The example that `config.preset_files.example` finds for a kind of record."""
	file = PRESETS / name / "fixtures" / f"{record.lower().replace(' ', '_')}.json"
	return json.loads(file.read_text(encoding="utf-8"))


def flows(direction: str) -> list[Any]:
	return [
		pytest.param(name, flow["mapping"], id=f"{name}: {flow['mapping']['mapping_name']}")
		for name in WHOLE
		for flow in preset(PRESETS / name)["flows"]
		if flow["mapping"]["direction"] == direction
	]


def first_parts(rows: list[dict[str, Any]]) -> set[str]:
	"""The fields of the outside that rows write, the outermost names of them."""
	return {re.split(r"[.\[]", row["target"])[0] for row in rows}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_each_preset_that_exchanges_records_has_examples_of_them(folder: Path):
	found = preset(folder)
	if not (found.get("flows") or found.get("serves")):
		pytest.skip("it tells how webhooks are proved, and nothing else")
	files = sorted((folder / "fixtures").glob("*.json"))
	assert files, f"{folder.name}/fixtures holds no example"
	for file in files:
		assert isinstance(json.loads(file.read_text(encoding="utf-8")), dict | list), file.name


# An answer to another document (a status in a thread) is no record of its own.
@pytest.mark.parametrize(("name", "mapping"), flows("Outgoing"))
def test_an_example_has_the_fields_that_its_flow_sends(name: str, mapping: dict[str, Any]):
	of_a_thread = {"thread_ts"}
	missing = first_parts(mapping["rows"]) - of_a_thread - set(example(name, mapping["remote_entity"]))
	assert not missing


@pytest.mark.parametrize(("name", "mapping"), flows("Incoming"))
def test_an_example_is_a_record_that_its_flow_takes(name: str, mapping: dict[str, Any]):
	body = example(name, mapping["remote_entity"])
	taken = [body]
	if expression := mapping.get("record_expression"):
		taken = compile_expression(expression.replace("{input.members}", MEMBER)).search(body)
	assert len(taken) == 1
	if expression := mapping.get("inbound_id_expression"):
		assert compile_expression(expression).search(taken[0])
	for row in mapping["rows"]:
		if row.get("required") and "[]" not in row["target"]:
			assert compile_expression(row["target"]).search(taken[0]) not in (None, ""), row["source"]


def test_the_order_of_a_storefront_comes_to_its_total():
	order = Order.read(example("storefront_user_password", "order"))
	assert not plan_order(order).held


def test_the_calls_of_the_reading_storefront_are_those_it_may_make():
	name = "storefront_key_token"
	calls = set(preset(PRESETS / name)["serves"]["calls"])
	assert {file.stem for file in (PRESETS / name / "fixtures").glob("*.json")} <= calls
