"""What HubSpot's preset makes of batches, and that the fake signs and answers as HubSpot's own library reads."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from erp_connect.core.expressions.expression import compile_expression
from erp_connect.tests.fakes.hubspot import CLIENT_SECRET, signature

FOLDER = Path(__file__).parents[4] / "presets" / "hubspot"
FLOWS = {
	flow["mapping"]["mapping_name"]: flow["mapping"]
	for flow in json.loads((FOLDER / "preset.json").read_text(encoding="utf-8"))["flows"]
}


def found(flow: str, name: str, data: object) -> object:
	return compile_expression(FLOWS[flow][name]).search(data)


def fixture(name: str) -> object:
	return json.loads((FOLDER / "fixtures" / f"{name}.json").read_text(encoding="utf-8"))


def test_results_and_errors_name_their_records():
	answer = fixture("batch_upsert_207")
	results = found("Contacts", "batch_results", answer)
	keys = [found("Contacts", "batch_result_key", one) for one in results]
	assert keys == ["Jane Alder", "Ida Oak"]
	assert [found("Contacts", "batch_item_success", one) for one in results] == [True, False]
	assert [found("Contacts", "external_id_expression", one) for one in results] == ["51", "33451"]


def test_an_event_of_a_webhook_names_the_record_and_a_merge_the_one_that_is_left():
	created, merged = fixture("webhook")
	assert found("Contacts", "record_expression", [created]) == [{"id": "1246965", "gone": False}]
	assert found("Contacts", "record_expression", [merged]) == [
		{"id": "1246978", "gone": False},
		{"id": "1246966", "gone": True},
	]
	deleted = {**created, "subscriptionType": "contact.deletion"}
	assert found("Contacts", "record_expression", [deleted]) == [{"id": "1246965", "gone": True}]


def test_what_a_list_brings_whole_is_not_fetched():
	assert found("Contacts", "fetch_if", {"id": "1"}) is True
	assert found("Contacts", "fetch_if", {"id": "1", "properties": {"email": None}}) is False


def test_the_signature_is_that_of_the_library():
	library = pytest.importorskip("hubspot.utils.signature")
	at, body, address = round(time.time() * 1000), b'[{"eventId":1}]', "https://erp.example.com/hook"
	assert library.Signature.is_valid(
		signature=signature(address, body, at), client_secret=CLIENT_SECRET, request_body=body.decode(), http_uri=address,
		http_method="POST", signature_version="v3", timestamp=str(at),
	)  # fmt: skip


def test_the_library_reads_what_the_batch_answers():
	models = pytest.importorskip("hubspot.crm.contacts.models")
	one = fixture("batch_upsert_207")["results"][0]
	assert set(one) <= set(models.SimplePublicUpsertObject.attribute_map.values())
	error = fixture("batch_upsert_207")["errors"][0]
	assert set(error) <= set(models.StandardError.attribute_map.values())


def test_the_library_knows_what_is_sent():
	models = pytest.importorskip("hubspot.crm.contacts.models")
	known = set(models.SimplePublicObjectBatchInputUpsert.attribute_map.values())
	targets = {
		row["target"].split(".")[0] for row in FLOWS["Contacts"]["rows"] if row.get("direction") != "Incoming"
	}
	assert targets <= known
	searched = set(json.loads(FLOWS["Contacts"]["pull_body"])) | {"limit", "after"}
	assert searched <= set(models.PublicObjectSearchRequest.attribute_map.values())
