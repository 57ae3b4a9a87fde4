"""What Mailchimp's preset makes of members and webhooks, and that Mailchimp's own library works with the fake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.parse.result_files import read_results
from erp_connect.core.presets.reading import read_preset
from erp_connect.tests.fakes.mailchimp import KEY, LIST, Mailchimp, member_id

FOLDER = Path(__file__).parents[4] / "presets" / "mailchimp"
FLOWS = {
	flow["mapping"]["mapping_name"]: flow["mapping"]
	for flow in json.loads((FOLDER / "preset.json").read_text(encoding="utf-8"))["flows"]
}


def found(flow: str, name: str, data: object) -> object:
	return compile_expression(FLOWS[flow][name]).search(data)


def fixture(name: str) -> dict:
	return json.loads((FOLDER / "fixtures" / f"{name}.json").read_text(encoding="utf-8"))


def incoming(flow: str, field: str, record: dict) -> object:
	(text,) = [
		row["target"]
		for row in FLOWS[flow]["rows"]
		if row["source"] == field and row.get("direction") != "Outgoing"
	]
	return compile_expression(text).search(record)


def test_a_member_is_known_by_the_digest_of_its_address():
	member = fixture("member")
	assert member_id(member["email_address"]) == member["id"]
	assert found("Contacts", "record_expression", fixture("webhook_upemail"))["id"] == member["id"]


def test_a_member_names_its_document_of_one_kind():
	member = fixture("member")
	assert found("Contacts", "inbound_name_expression", member) == "Urist McVankab"
	assert found("Leads", "inbound_name_expression", member) is None
	assert found("Leads", "inbound_name_expression", {"merge_fields": {"ERPNEXT": ""}}) is None


@pytest.mark.parametrize(
	("status", "taken"),
	[("unsubscribed", 1), ("cleaned", 1), ("subscribed", None), ("pending", None), ("archived", None)],
)
def test_unsubscribed_comes_in_and_subscribed_takes_it_from_nobody(status, taken):
	for flow in ("Contacts", "Leads"):
		assert incoming(flow, "unsubscribed", {"status": status}) == taken


def test_nothing_that_goes_out_subscribes_who_is_there():
	for flow in ("Contacts", "Leads", "Customers", "Unsubscribed contacts", "Unsubscribed leads"):
		told = [row["source"] for row in FLOWS[flow]["rows"] if row["target"] == "status"]
		for document in ({"unsubscribed": 0}, {"unsubscribed": 1}):
			assert {compile_expression(text).search(document) for text in told} <= {None, "unsubscribed"}


def test_an_operation_of_a_batch_is_one_that_the_library_of_mailchimp_sends_and_the_fake_carries_out():
	library = pytest.importorskip("mailchimp_marketing")
	spec = read_preset((FOLDER / "preset.json").read_text(encoding="utf-8"), "mailchimp").batches
	address = "jane@example.com"
	member = {"email_address": address, "status_if_new": "subscribed"}
	path = f"/lists/{LIST}/members/{member_id(address)}"
	said = {"key": "a", "method": "PUT", "path": path, "query": {"skip_merge_validation": "true"}}
	entry = compile_expression(spec.operation).search({**said, "body": json.dumps(member)})
	fake = Mailchimp()
	try:
		client = library.Client({"api_key": KEY, "server": "us21"})
		client.api_client.host = fake.url
		begun = client.batches.start({spec.list: [entry]})
		assert not compile_expression(spec.done).search(begun)
		told = client.batches.status(compile_expression(spec.id).search(begun))
		assert compile_expression(spec.done).search(told)
		assert compile_expression(spec.file).search(told).startswith(fake.batches.store.url)
		file = fake.batches.store.files[f"{begun['id']}.tar.gz"]
		(result,) = compile_expression(spec.results).search(read_results(file))
		keys = [compile_expression(text).search(result) for text in (spec.key, spec.status)]
		assert keys == ["a", 200]
		assert json.loads(compile_expression(spec.answer).search(result))["id"] == member_id(address)
	finally:
		fake.stop()


def test_the_library_of_mailchimp_works_with_the_fake():
	library = pytest.importorskip("mailchimp_marketing")
	fake = Mailchimp()
	try:
		client = library.Client({"api_key": KEY, "server": "us21"})
		client.api_client.host = fake.url
		address = "jane@example.com"
		body = {"email_address": address, "status_if_new": "subscribed", "merge_fields": {"FNAME": "Jane"}}
		made = client.lists.set_list_member(LIST, member_id(address), body)
		assert (made["id"], made["status"]) == (member_id(address), "subscribed")
		client.lists.update_list_member_tags(
			LIST, made["id"], {"tags": [{"name": "VIP", "status": "active"}]}
		)
		assert [tag["name"] for tag in client.lists.get_list_member_tags(LIST, made["id"])["tags"]] == ["VIP"]
		listed = client.lists.get_list_members_info(
			LIST, count=10, since_last_changed="2020-01-01T00:00:00+00:00"
		)
		assert listed["total_items"] == 1
	finally:
		fake.stop()
