"""What an account offers, in words a program can use."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.config.inflow import INCOMING, InFlow
from erp_connect.config.inflow_rows import FIRST_SET
from erp_connect.core.payload.received_files import is_file_path
from erp_connect.core.values.paths import parse_path
from erp_connect.served.caller import Caller
from erp_connect.served.exposed import exposed_flows


def entities(caller: Caller, entity: str | None) -> list[dict[str, Any]]:
	"""Entities the caller may read, with their fields. Raises `frappe.PermissionError` where it may read none of them."""
	flows = [flow for flow in exposed_flows(caller) if entity in (None, flow.remote_entity, flow.name)]
	readable = [flow for flow in flows if frappe.has_permission(flow.document_type, "read")]
	if flows and not readable:
		raise frappe.PermissionError
	return [_entity(flow) for flow in readable]


def _entity(flow: InFlow) -> dict[str, Any]:
	rows = [
		row
		for row in frappe.get_cached_doc("Field Mapping", flow.name).rows
		if (row.direction or "Both") in INCOMING
	]
	return {
		"entity": flow.remote_entity,
		"doctype": flow.document_type,
		"fields": [_field(flow.document_type, row) for row in rows],
		"can_delete": flow.allow_delete,
	}


def _field(doctype: str, row) -> dict[str, Any]:
	meta = frappe.get_meta(doctype)
	table, _, name = row.source.replace("[]", "").rpartition(".")
	if is_file_path(parse_path(row.source)):
		name = ""  # of a file, not of the document
	elif table and (parent := meta.get_field(table)):
		meta = frappe.get_meta(parent.options)
	field = meta.get_field(name) if name else None
	return {
		"path": row.target,
		"field": row.source,
		"type": field.fieldtype if field else "Data",
		"required": bool(row.required or (field and field.reqd and not (row.default_value or field.default))),
		"match_key": bool(row.is_match_key),
		"match_set": (row.match_set or FIRST_SET) if row.is_match_key else None,
		"options": field.options if field and field.fieldtype in ("Link", "Select") else None,
	}
