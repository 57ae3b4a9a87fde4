"""What Salesforce's preset asks and makes of answers, and that a library for Salesforce works with the fake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.expressions.text_template import render_text

FOLDER = Path(__file__).parents[4] / "presets" / "salesforce"
PRESET = json.loads((FOLDER / "preset.json").read_text(encoding="utf-8"))
FLOWS = {flow["mapping"]["mapping_name"]: flow["mapping"] for flow in PRESET["flows"]}


def found(flow: str, name: str, data: object) -> object:
	return compile_expression(FLOWS[flow][name]).search(data)


def fixture(name: str) -> object:
	return json.loads((FOLDER / "fixtures" / f"{name}.json").read_text(encoding="utf-8"))


def asked(flow: str, since: str | None) -> str | None:
	(template,) = [row["value"] for row in FLOWS[flow]["pull_parameters"] if row["key"] == "q"]
	return render_text(template, {"since": since})


def test_the_first_query_is_of_what_is_there_and_later_ones_of_what_has_changed():
	first, later = asked("Accounts", None), asked("Accounts", "2026-11-20T09:00:00.000+0000")
	assert first.endswith("FROM Account WHERE IsDeleted = false ORDER BY SystemModstamp, Id")
	assert later.endswith("WHERE SystemModstamp >= 2026-11-20T09:00:00.000Z ORDER BY SystemModstamp, Id")


def test_results_come_in_the_order_sent():
	results = found("Accounts", "batch_results", fixture("collection"))
	assert [found("Accounts", "batch_item_success", one) for one in results] == [True, False]
	assert found("Accounts", "external_id_expression", results[0]) == "001RM000003oLnnYAE"
	assert found("Accounts", "batch_item_error", results[1]).startswith("REQUIRED_FIELD_MISSING: Required")


def test_what_was_deleted_or_merged_is_told_by_the_list():
	records = found("Accounts", "pull_records", fixture("query_all"))
	assert [found("Accounts", "gone_expression", one) for one in records] == [False, True]


@pytest.mark.parametrize(
	("answer", "verdict"),
	[
		([{"errorCode": "INVALID_SESSION_ID"}], "Token expired"),
		([{"errorCode": "REQUEST_LIMIT_EXCEEDED"}], "Slow down"),
		({"success": False, "errors": [{"statusCode": "UNABLE_TO_LOCK_ROW"}]}, "Try again"),
		({"success": False, "errors": [{"statusCode": "ENTITY_IS_DELETED"}]}, "Gone"),
		([{"errorCode": "MALFORMED_QUERY"}], None),
	],
)
def test_what_answers_mean(answer, verdict):
	fits = [
		row["verdict"] for row in PRESET["answers"] if compile_expression(row["condition"]).is_true(answer)
	]
	assert (fits or [None])[0] == verdict


def test_a_library_works_with_the_fake():
	library = pytest.importorskip("simple_salesforce")
	pytest.importorskip("jwt")
	from erp_connect.tests.fakes.salesforce import Salesforce

	fake = Salesforce()
	try:
		fake.sessions.add("s")
		client = library.Salesforce(instance_url=fake.url, session_id="s", version="62.0")
		client.base_url = f"{fake.url}/services/data/v62.0/"
		made = client.restful(
			"composite/sobjects/Account/ERPNext_Name__c",
			method="PATCH",
			json={
				"allOrNone": False,
				"records": [{"attributes": {"type": "Account"}, "Name": "Oak", "ERPNext_Name__c": "Oak"}],
			},
		)
		assert [one["success"] for one in made] == [True]
		(record,) = client.query_all("SELECT Id,Name FROM Account", include_deleted=True)["records"]
		assert (record["Id"], record["Name"]) == (made[0]["id"], "Oak")
	finally:
		fake.stop()
