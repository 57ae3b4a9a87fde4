"""Presets as data: what a file must hold, and that those which are shipped fit the DocTypes and the engine."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from erp_connect.core.delivery.statuses import parse_statuses
from erp_connect.core.errors import ConfigurationError
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.expressions.path_template import render_path, template_fields
from erp_connect.core.mapping.rows import Row, compile_mapping
from erp_connect.core.paging.check import check_values
from erp_connect.core.presets.preset import FORBIDDEN_SETTINGS, Preset, read_preset
from erp_connect.core.values.durations import parse_durations

APP = Path(__file__).resolve().parents[4]
FILES = sorted((APP / "presets").glob("*.json"))
DOCTYPES = APP / "erp_connect" / "doctype"
EXPRESSIONS = (
	"success_expression",
	"error_expression",
	"condition",
	"external_id_expression",
	"external_url_expression",
)
MINIMAL = {
	"format": "erp_connect.preset",
	"version": 1,
	"name": "X",
	"title": "System X",
	"settings": {"auth_type": "None"},
}


def read(file: Path) -> Preset:
	return read_preset(file.read_text(encoding="utf-8"), file.name)


def fields_of(doctype: str) -> dict[str, dict]:
	schema = json.loads((DOCTYPES / doctype / f"{doctype}.json").read_text(encoding="utf-8"))
	return {field["fieldname"]: field for field in schema["fields"]}


def refuse(**changes) -> str:
	with pytest.raises(ConfigurationError) as caught:
		read_preset(json.dumps({**MINIMAL, **changes}), "x.json")
	assert caught.value.code == "bad_preset"
	assert "x.json" in str(caught.value)
	assert "{" not in str(caught.value)
	return str(caught.value)


# What a file may hold


def test_the_least_is_enough():
	preset = read_preset(json.dumps(MINIMAL), "x.json")
	assert (preset.name, preset.settings, preset.flows) == ("X", {"auth_type": "None"}, ())


def test_all_parts_are_read():
	preset = read_preset(
		json.dumps(
			{
				**MINIMAL,
				"description": "d",
				"base_url_hint": "https://x.example",
				"parameters": [{"place": "Header", "key": "Accept-Version", "value": "2"}],
				"flows": [{"description": "f", "mapping": {"mapping_name": "A", "document_type": "Item"}}],
				"notes": ["n"],
				"sources": [{"fact": "f", "address": "https://x.example/docs"}],
			}
		),
		"x.json",
	)
	assert preset.flow("A").mapping["document_type"] == "Item"
	assert preset.parameters[0]["key"] == "Accept-Version"
	assert (preset.notes, preset.description, preset.base_url_hint) == (("n",), "d", "https://x.example")
	with pytest.raises(ConfigurationError, match="no flow B"):
		preset.flow("B")


@pytest.mark.parametrize(
	"changes",
	[
		{"format": "other"},
		{"version": 2},
		{"name": ""},
		{"title": None},
		{"settings": {}},
		{"settings": []},
		{"flows": {}},
		{"flows": [{}]},
		{"flows": ["x"]},
		{"flows": [{"mapping": {"mapping_name": "A"}}]},
		{"flows": [{"mapping": {"mapping_name": "A", "document_type": "Item"}, "value_maps": [1]}]},
		{"flows": [{"mapping": {"mapping_name": "A", "document_type": "Item"}}] * 2},
		{"parameters": [{"place": "Header", "key": "A", "secret": "B"}]},
		{"parameters": [{"place": "Header", "key": "A", "value": 1}]},
		{"parameters": [{"place": "Body", "key": "A", "value": "B"}]},
		{"notes": [1]},
		{"sources": [{"fact": "f", "address": "http://x.example"}]},
		{"sources": [{"address": "https://x.example"}]},
		{"settings": {"auth_type": ["None"]}},
		{"script": "x"},
	],
)
def test_what_is_no_preset_is_refused(changes):
	refuse(**changes)


@pytest.mark.parametrize(
	"setting", ["token", "password", "api_secret", "signing_secret", "base_url", "user", "paused"]
)
def test_a_preset_cannot_bring_secrets_or_what_belongs_to_an_account(setting):
	assert setting in refuse(settings={setting: "x"})


def test_all_password_fields_are_forbidden():
	secret = {
		name for name, field in fields_of("integration_settings").items() if field["fieldtype"] == "Password"
	}
	assert secret and secret <= FORBIDDEN_SETTINGS


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 10_000])
def test_what_is_not_json_is_refused(text):
	with pytest.raises(ConfigurationError, match=r"x\.json"):
		read_preset(text, "x.json")


# The presets of this app


def test_the_presets_are_there():
	assert {read(file).name for file in FILES} == {
		"ERPNext",
		"ERP Connect",
		"Standard Webhooks",
		"Custom REST API",
	}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
class TestShipped:
	def test_settings_fit_the_doctype(self, file):
		fields = fields_of("integration_settings")
		for name, value in read(file).settings.items():
			assert name in fields
			field = fields[name]
			assert not field.get("read_only")
			if field["fieldtype"] == "Select":
				assert value in field["options"].split("\n")
			if field["fieldtype"] in ("Int", "Check", "Float"):
				assert isinstance(value, int | float)
		parse_durations(read(file).settings.get("retry_schedule", "5s"))

	def test_flows_fit_the_doctype(self, file):
		for flow in read(file).flows:
			check_fields(flow.mapping, "field_mapping")
			for table, doctype in TABLES.items():
				for row in flow.mapping.get(table, ()):
					check_fields(row, doctype)

	def test_expressions_and_rows_compile(self, file):
		preset = read(file)
		for values in (preset.settings, *(flow.mapping for flow in preset.flows)):
			for name in EXPRESSIONS:
				if text := values.get(name):
					compile_expression(text)
		for flow in preset.flows:
			outgoing, incoming = (
				[row for row in flow.mapping["rows"] if row.get("direction", "Both") in ("Both", direction)]
				for direction in ("Outgoing", "Incoming")
			)
			compile_mapping([engine_row(row) for row in outgoing])
			if flow.mapping.get("direction") == "Both":
				compile_mapping([reversed_row(row) for row in incoming], "in")
				assert check_values(flow.mapping) == []
			parse_statuses(flow.mapping.get("success_statuses", "2xx"))
			for request in flow.mapping["requests"]:
				template_fields(request["path"])

	def test_it_explains_itself(self, file):
		preset = read(file)
		assert preset.description and preset.notes and preset.base_url_hint.startswith("https://")
		assert all(flow.description for flow in preset.flows)

	def test_it_holds_nothing_secret(self, file):
		assert not re.search(r"whsec_|-----BEGIN|[A-Za-z0-9+=]{32,}", file.read_text(encoding="utf-8"))


TABLES = {
	"requests": "field_mapping_request",
	"rows": "field_mapping_row",
	"linked_documents": "field_mapping_link",
	"triggers": "field_mapping_trigger",
}


def check_fields(values: dict, doctype: str) -> None:
	fields = fields_of(doctype)
	for name, value in values.items():
		assert name in fields, f"{doctype} has no field {name}"
		if fields[name]["fieldtype"] == "Select":
			assert value in fields[name]["options"].split("\n")
	missing = {name for name, field in fields.items() if field.get("reqd") and "default" not in field} - set(
		values
	)
	assert missing <= {"integration"}


def engine_row(row: dict) -> Row:
	return Row(
		source=row.get("source", ""),
		target=row["target"],
		transform=row.get("transform", ""),
		argument=row.get("argument", ""),
		required=bool(row.get("required")),
		on_create_only=bool(row.get("on_create_only")),
	)


def reversed_row(row: dict) -> Row:
	return engine_row({**row, "source": row["target"], "target": row["source"]})


def flow_of(file: str, name: str) -> dict:
	return dict(read(APP / "presets" / file).flow(name).mapping)


def payload(file: str, flow: str, document: dict, **more) -> dict:
	rows = [engine_row(row) for row in flow_of(file, flow)["rows"]]
	return compile_mapping(rows).apply(document, **more)


# What they make of documents and answers


def test_erpnext_reads_the_messages_of_frappe():
	found = compile_expression(read(APP / "presets" / "erpnext.json").settings["error_expression"]).search
	messages = json.dumps(
		[
			json.dumps({"message": "Could not find <b>Territory</b>: Mars", "title": "Message"}),
			json.dumps({"message": "Row #1: Rate is needed"}),
		]
	)
	told = {
		"exc_type": "LinkValidationError",
		"exception": "frappe.exceptions.X: y",
		"_server_messages": messages,
	}
	assert found(told) == "Could not find Territory: Mars Row #1: Rate is needed"
	assert found({"exc_type": "X", "exception": "frappe.exceptions.X: y"}) == "frappe.exceptions.X: y"
	assert found({"exc_type": "AuthenticationError"}) == "AuthenticationError"
	assert found({"exc_type": "X", "_server_messages": "[]"}) == "X"
	assert found({"exc_type": "X", "_server_messages": "no json"}) == "X"


def test_erpnext_contact_names_only_customers_and_by_their_names_over_there():
	contact = {
		"first_name": "Ada",
		"email_ids": [{"email_id": "ada@example.com", "is_primary": 1}],
		"phone_nos": [],
		"links": [
			{"link_doctype": "Supplier", "link_name": "S-1"},
			{"link_doctype": "Customer", "link_name": "C-1"},
		],
	}
	sent = payload(
		"erpnext.json", "Contacts", contact, lookup=lambda doctype, name: f"{doctype} {name} there"
	)
	assert sent["links"] == [{"link_doctype": "Customer", "link_name": "Customer C-1 there"}]
	assert sent["email_ids"] == [{"email_id": "ada@example.com", "is_primary": 1}]
	condition = compile_expression(flow_of("erpnext.json", "Contacts")["condition"])
	assert condition.is_true(contact)
	assert not condition.is_true({"links": contact["links"][:1]})


def test_erpnext_cancel_path_carries_a_name_with_a_slash():
	paths = {row["event"]: row["path"] for row in flow_of("erpnext.json", "Sales Orders")["requests"]}
	assert (
		render_path(paths["Cancel"], {"external_id": "SO/24 & 1"})
		== "/api/method/frappe.client.cancel?doctype=Sales%20Order&name=SO%2F24%20%26%201"
	)


@pytest.mark.parametrize(
	("event", "kind"),
	[
		("submit", "sales_order.submitted"),
		("cancel", "sales_order.cancelled"),
		("rename", "sales_order.rename"),
	],
)
def test_webhooks_have_the_three_parts_of_the_standard(event, kind):
	order = {
		"name": "SO-1",
		"modified": "2024-01-31 10:00:00",
		"grand_total": 12.5,
		"items": [{"item_code": "A", "qty": 2.0}],
		"_event": event,
	}
	sent = payload("standard_webhooks.json", "Sales Order events", order, time_zone="Europe/Berlin")
	assert (sent["type"], sent["timestamp"]) == (kind, "2024-01-31T09:00:00Z")
	assert sent["data"]["items"] == [{"item_code": "A", "qty": 2.0}]


def test_custom_rest_says_whether_a_record_is_active():
	assert payload("custom_rest.json", "Customers", {"customer_name": "A", "disabled": 1})["active"] is False
	assert payload("custom_rest.json", "Customers", {"customer_name": "A", "disabled": 0})["active"] is True
