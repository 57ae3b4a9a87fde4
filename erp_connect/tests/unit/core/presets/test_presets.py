"""The shipped presets: that they fit the DocTypes and the engine, and what they make of documents and answers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from erp_connect.core.delivery.statuses import parse_statuses
from erp_connect.core.errors import ConnectError
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.expressions.path_template import render_path, template_fields
from erp_connect.core.expressions.traps import traps
from erp_connect.core.mapping.rows import Row, compile_mapping
from erp_connect.core.paging.check import check_values
from erp_connect.core.presets.connection import FORBIDDEN_SETTINGS
from erp_connect.core.presets.preset import Preset
from erp_connect.core.presets.reading import read_preset
from erp_connect.core.presets.reference import reference_text
from erp_connect.core.presets.schema import schema_text
from erp_connect.core.values.durations import parse_durations

APP = Path(__file__).resolve().parents[4]
FILES = sorted((APP / "presets").glob("*/preset.json"))
DOCTYPES = APP / "erp_connect" / "doctype"
EXPRESSIONS = (
	"success_expression",
	"error_expression",
	"condition",
	"external_id_expression",
	"external_url_expression",
	"record_expression",
	"inbound_id_expression",
	"inbound_version_expression",
	"pull_records",
	"fetch_result",
)


def read(file: Path) -> Preset:
	return read_preset(file.read_text(encoding="utf-8"), file.parent.name)


def fields_of(doctype: str) -> dict[str, dict]:
	schema = json.loads((DOCTYPES / doctype / f"{doctype}.json").read_text(encoding="utf-8"))
	return {field["fieldname"]: field for field in schema["fields"]}


SYSTEMS = [file for file in FILES if read(file).flows]


def test_all_password_fields_are_forbidden():
	secret = {
		name for name, field in fields_of("integration_settings").items() if field["fieldtype"] == "Password"
	}
	assert secret and secret <= FORBIDDEN_SETTINGS


def test_names_are_unique():
	presets = [read(file) for file in FILES]
	schemes = [name for preset in presets if preset.webhooks for name in preset.webhooks.schemes]
	for names in ([preset.name for preset in presets], [preset.title for preset in presets], schemes):
		assert len(set(names)) == len(names)


def test_the_published_schema_is_that_of_the_code():
	published = APP / "public" / "preset.schema.json"
	assert published.read_text(encoding="utf-8") == schema_text(), (
		"python -m erp_connect.core.presets.schema > " + str(published.relative_to(APP.parent))
	)


def test_the_reference_is_made_from_the_schema():
	page = APP.parent / "docs" / "preset-reference.md"
	assert page.read_text(encoding="utf-8") == reference_text(), (
		"python -m erp_connect.core.presets.reference > docs/preset-reference.md"
	)


def test_the_presets_are_there():
	assert {"ERPNext", "ERP Connect", "Standard Webhooks", "Custom REST API"} <= {
		read(file).name for file in SYSTEMS
	}


@pytest.mark.parametrize("file", SYSTEMS, ids=lambda file: file.parent.name)
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
			direction = flow.mapping.get("direction", "Outgoing")
			if direction in ("Outgoing", "Both"):
				compile_mapping([engine_row(row) for row in outgoing])
			if direction in ("Incoming", "Both"):
				compile_mapping([reversed_row(row) for row in incoming if "constant" not in row], "in")
				assert check_values(flow.mapping) == []
			parse_statuses(flow.mapping.get("success_statuses", "2xx"))
			for request in flow.mapping["requests"]:
				template_fields(request["path"])

	def test_expressions_mean_what_they_look_like(self, file):
		for text in texts_in(json.loads(file.read_text(encoding="utf-8"))):
			if "!" in text:
				try:
					expression = compile_expression(text)
				except ConnectError:  # a template, or words for people
					continue
				assert traps(expression) == []

	def test_it_explains_itself(self, file):
		preset = read(file)
		assert preset.description and preset.notes
		assert preset.example_address.startswith("https://") or preset.environments
		assert all(flow.description for flow in preset.flows)

	def test_it_holds_nothing_secret(self, file):
		assert not re.search(r"whsec_|-----BEGIN|[A-Za-z0-9+=]{32,}", file.read_text(encoding="utf-8"))


def texts_in(part) -> list[str]:
	if isinstance(part, str):
		return [part]
	inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
	return [text for one in inner for text in texts_in(one)]


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
		if fields[name]["fieldtype"] == "Data" and isinstance(value, str):
			assert len(value) <= (fields[name].get("length") or 140), f"{name} is too long: {value}"
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
		value_map={"here": "there"} if row.get("value_map") else None,
		required=bool(row.get("required")),
		on_create_only=bool(row.get("on_create_only")),
	)


def reversed_row(row: dict) -> Row:
	return engine_row({**row, "source": row["target"], "target": row["source"]})


def flow_of(file: str, name: str) -> dict:
	return dict(read(APP / "presets" / file / "preset.json").flow(name).mapping)


def payload(file: str, flow: str, document: dict, **more) -> dict:
	rows = [engine_row(row) for row in flow_of(file, flow)["rows"]]
	return compile_mapping(rows).apply(document, **more)


# What they make of documents and answers


def test_erpnext_reads_the_messages_of_frappe():
	found = compile_expression(
		read(APP / "presets" / "erpnext" / "preset.json").settings["error_expression"]
	).search
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
	sent = payload("erpnext", "Contacts", contact, lookup=lambda doctype, name: f"{doctype} {name} there")
	assert sent["links"] == [{"link_doctype": "Customer", "link_name": "Customer C-1 there"}]
	assert sent["email_ids"] == [{"email_id": "ada@example.com", "is_primary": 1}]
	condition = compile_expression(flow_of("erpnext", "Contacts")["condition"])
	assert condition.is_true(contact)
	assert not condition.is_true({"links": contact["links"][:1]})


def test_erpnext_cancel_path_carries_a_name_with_a_slash():
	paths = {row["event"]: row["path"] for row in flow_of("erpnext", "Sales Orders")["requests"]}
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
	sent = payload("standard_webhooks", "Sales Order events", order, time_zone="Europe/Berlin")
	assert (sent["type"], sent["timestamp"]) == (kind, "2024-01-31T09:00:00Z")
	assert sent["data"]["items"] == [{"item_code": "A", "qty": 2.0}]


def test_custom_rest_says_whether_a_record_is_active():
	assert payload("custom_rest", "Customers", {"customer_name": "A", "disabled": 1})["active"] is False
	assert payload("custom_rest", "Customers", {"customer_name": "A", "disabled": 0})["active"] is True
