"""What Zoho CRM's preset makes of results and notifications, and that Zoho's own library has the same paths."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path

import pytest

from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.presets import subscriptions
from erp_connect.core.presets.reading import read_preset

FOLDER = Path(__file__).parents[4] / "presets" / "zoho_crm"
PRESET = read_preset((FOLDER / "preset.json").read_text(encoding="utf-8"), "zoho_crm")
FLOWS = {flow.name: flow.mapping for flow in PRESET.flows}


def found(flow: str, name: str, data: object) -> object:
	return compile_expression(FLOWS[flow][name]).search(data)


def fixture(name: str) -> dict:
	return json.loads((FOLDER / "fixtures" / f"{name}.json").read_text(encoding="utf-8"))


def test_each_record_has_its_result_and_a_duplicate_names_the_other_one():
	results = found("Contacts", "batch_results", fixture("upsert_207"))
	assert [found("Contacts", "batch_item_success", one) for one in results] == [True, False]
	assert [found("Contacts", "external_id_expression", one) for one in results] == [
		"554023000000527002",
		"554023000000310003",
	]
	alone = {"data": [results[1]]}
	assert found("Contacts", "external_id_expression", alone) == "554023000000310003"
	(rule,) = [row for row in PRESET.answers if row["verdict"] == "Exists already"]
	assert compile_expression(rule["condition"]).is_true(results[1])
	assert compile_expression(rule["condition"]).is_true(alone)


def test_a_notification_names_several_records():
	assert found("Contacts", "record_expression", fixture("notification")) == [
		{"id": "554023000000527002"},
		{"id": "554023000000527003"},
	]


def test_a_channel_is_asked_for_by_a_number_of_ours_until_six_days_later():
	subscribe = PRESET.webhooks.registration.subscribe
	wanted = subscriptions.Wanted("*", ("Leads.create", "Leads.edit"))
	now = datetime(2026, 11, 20, 9, tzinfo=timezone.utc)
	own = subscriptions.own_values(subscribe, "The CRM", wanted, now)
	values = {"address": "https://erp.example.com/hook", "secret": "s", "title": "The CRM", **own}
	(watch,) = subscriptions.request(subscribe, values, {}, wanted.names).body["watch"]
	assert watch["channel_expiry"] == "2026-11-26T09:00:00+00:00"
	assert watch["events"] == ["Leads.create", "Leads.edit"]
	assert watch["channel_id"].isdigit() and len(watch["channel_id"]) == 15
	assert own == subscriptions.own_values(subscribe, "The CRM", wanted, now)
	assert own["number"] != subscriptions.own_values(subscribe, "Another", wanted, now)["number"]


def test_the_library_of_zoho_has_the_same_paths():
	library = pytest.importorskip("zohocrmsdk")
	folder = Path(library.__file__).parent / "src" / "com" / "zoho" / "crm" / "api"
	records = (folder / "record" / "record_operations.py").read_text(encoding="utf-8")
	assert "'/crm/v8/'" in records and "'/upsert'" in records
	assert "'/crm/v8/actions/watch'" in (folder / "notifications" / "notifications_operations.py").read_text(
		encoding="utf-8"
	)
	assert "/crm/v8/Contacts/upsert" in [request["path"] for request in FLOWS["Contacts"]["requests"]]
