"""Tells each DocType which flows listen to it.

The list of flows travels inside the DocType's Meta, so a save of a DocType that no flow listens to costs one attribute
read. It holds names only.
"""

import json

import frappe

from erp_connect.capture import properties
from erp_connect.config.triggers import parse_match
from erp_connect.core.errors import ConnectError
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.records import counting

PROPERTY = "erp_connect_flows"
DIRECTIONS_OUT = ("Outgoing", "Both")


def rebuild() -> None:
	"""Bring the subscriptions of all DocTypes in line with the enabled flows."""
	wanted, existing = _wanted(), properties.holders(PROPERTY)
	for doctype in existing.keys() - wanted.keys():
		properties.remove(doctype, PROPERTY)
	for doctype, flows in wanted.items():
		value = json.dumps(flows, separators=(",", ":"))
		if existing.get(doctype) != value:
			properties.write(doctype, PROPERTY, value)


def remove_all() -> None:
	properties.remove_all(PROPERTY)


def _wanted() -> dict[str, list[dict]]:
	flows = frappe.get_all(
		"Field Mapping",
		filters={"enabled": 1, "direction": ("in", DIRECTIONS_OUT)},
		fields=["name", "integration", "document_type", "remote_entity", "condition"],
		order_by="name",
	)
	accounts = {
		row.name: row
		for row in frappe.get_all("Integration Settings", filters={"enabled": 1}, fields=["name", "company"])
	}
	wanted: dict[str, list[dict]] = {}
	for flow in flows:
		if account := accounts.get(flow.integration):
			for doctype, entry in _entries(flow, account):
				wanted.setdefault(doctype, []).append(entry)
	return wanted


def _goes_by_the_day(flow) -> bool:
	try:
		condition = compile_expression(flow.condition.strip()) if flow.condition else None
	except ConnectError:
		return False  # told where it is to send
	return counting.goes_by_the_day(flow.document_type, condition)


def _entries(flow, account):
	base = {"flow": flow.name, "account": account.name, "company": account.company}
	if _goes_by_the_day(flow):
		base["by_day"] = flow.remote_entity
	events = frappe.get_all(
		"Field Mapping Request",
		filters={"parent": flow.name, "parenttype": "Field Mapping"},
		pluck="event",
		order_by="idx",
	)
	if events:
		yield flow.document_type, {**base, "events": [frappe.scrub(event) for event in dict.fromkeys(events)]}
	for row in frappe.get_all(
		"Field Mapping Trigger",
		filters={"parent": flow.name, "parenttype": "Field Mapping"},
		fields=["trigger_doctype", "table_field", "match_fields"],
		order_by="idx",
	):
		trigger = {
			"doctype": flow.document_type,
			"table": row.table_field or "",
			"match": parse_match(row.match_fields),
		}
		yield row.trigger_doctype, {**base, "trigger": trigger}
