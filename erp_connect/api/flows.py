"""Calls behind the buttons of Field Mapping and Sync Backfill."""

import json
from typing import Any

import frappe
from frappe import _

from erp_connect.api.permissions import require_manager
from erp_connect.config import exchange_format, flow_fields, steering
from erp_connect.core.errors import ConnectError
from erp_connect.core.mapping.transforms import TRANSFORMS, argument_help
from erp_connect.messages import throw
from erp_connect.operate import flow_preview as flow_previews
from erp_connect.operate import preview as previews
from erp_connect.outbound import backfill as backfills
from erp_connect.store import backfills as stored_backfills


@frappe.whitelist(methods=["POST"])
def preview(mapping: str | dict, document: str, event: str = "update") -> dict[str, Any]:
	"""What a flow would send for a document: condition, method, address, payload, changes. Sends nothing.

	`mapping`: name of a Field Mapping, or its unsaved values as JSON.
	"""
	require_manager()
	doc = mapping_of(mapping)
	steering.require(doc.integration)
	frappe.has_permission(doc.document_type, "read", doc=document, throw=True)
	try:
		return previews.preview(doc, document, event)
	except ConnectError as error:
		throw(error, title=_("No preview"))


@frappe.whitelist(methods=["POST"])
def preview_page(
	mapping: str | dict, filters: str = "[]", after: str = "", limit: float = 20.0
) -> dict[str, Any]:
	"""What a flow would send for its documents, a page at a time: see `flow_preview.page`. Sends and writes nothing.

	mapping: as for `preview`. filters: list filters as JSON. after: `next` of the page before; the first page has `total`
	as well. limit: percent by which a number may change before it is marked.
	"""
	require_manager()
	doc = mapping_of(mapping)
	steering.require(doc.integration)
	frappe.has_permission(doc.document_type, "read", throw=True)
	chosen = backfills.filters_of(filters)
	try:
		page = flow_previews.page(doc, chosen, after, limit=limit)
	except ConnectError as error:
		throw(error, title=_("No preview"))
	return page if after else page | {"total": flow_previews.total(doc, chosen)}


@frappe.whitelist()
def field_options(document_type: str, purpose: str = "") -> list[dict[str, str]]:
	"""Fields of a document type that expressions may use, as {value, label, description, type, links_to, looked_up}.

	purpose: of a flow whose records are business events; then those of the event.
	"""
	require_manager()
	frappe.has_permission(document_type, "read", throw=True)
	return flow_fields.options(document_type, purpose)


@frappe.whitelist()
def transforms() -> list[dict[str, str]]:
	"""The transforms a row of the table Fields may name, as {value, label, description}."""
	require_manager()
	return [
		{
			"value": name,
			"label": _(name),
			"description": _(argument_help(name)) if argument_help(name) else "",
		}
		for name in TRANSFORMS
	]


@frappe.whitelist()
def export_mapping(mapping: str) -> str:
	"""A Field Mapping with its value maps as JSON text, without the account and without secrets."""
	require_manager()
	doc = frappe.get_doc("Field Mapping", mapping)
	doc.check_permission("read")
	return exchange_format.export(doc)


@frappe.whitelist(methods=["POST"])
def import_mapping(content: str, integration: str, mapping_name: str = "") -> str:
	"""Create a Field Mapping (disabled) from exported JSON for an account. Returns its name."""
	require_manager()
	steering.require(integration)
	try:
		return exchange_format.import_(content, integration, mapping_name)
	except ConnectError as error:
		throw(error, title=_("Not imported"))


@frappe.whitelist(methods=["POST"])
def count_backfill(mapping: str, filters: str = "[]", only_unlinked: bool = False) -> int:
	"""How many existing documents `start_backfill` would send."""
	require_manager()
	return backfills.count(_sending_flow(mapping), filters, only_unlinked=only_unlinked)


@frappe.whitelist(methods=["POST"])
def start_backfill(mapping: str, filters: str = "[]", only_unlinked: bool = False) -> str:
	"""Send all existing documents that match `filters` (list filters as JSON). Returns the Sync Backfill."""
	require_manager()
	return backfills.start(_sending_flow(mapping), filters, only_unlinked=only_unlinked)


@frappe.whitelist(methods=["POST"])
def resume_backfill(backfill: str) -> None:
	"""Start a backfill, or go on where it was stopped, with the rights of who resumes it."""
	require_manager()
	doc = frappe.get_doc("Sync Backfill", backfill)
	doc.check_permission("read")
	backfills.resume(doc.name, _sending_flow(doc.field_mapping))


def _sending_flow(mapping: str):
	"""A flow that may be told to send. Raises `frappe.PermissionError` and `frappe.ValidationError`."""
	flow = frappe.get_doc("Field Mapping", mapping)
	flow.check_permission("read")
	steering.require(flow.integration)
	if not flow.enabled:
		frappe.throw(_("Flow {0} is switched off. Tick Enabled in it first.").format(flow.name))
	return flow


@frappe.whitelist(methods=["POST"])
def stop_backfill(backfill: str) -> None:
	"""Stop queueing. What is queued goes out; cancel it in Sync Log if it must not."""
	require_manager()
	doc = frappe.get_doc("Sync Backfill", backfill)
	doc.check_permission("read")
	stored_backfills.stop(backfill)


def mapping_of(mapping: str | dict):
	values = mapping
	if isinstance(mapping, str):
		if not mapping.lstrip().startswith("{"):
			doc = frappe.get_doc("Field Mapping", mapping)
			doc.check_permission("read")
			return doc
		values = json.loads(mapping)
	frappe.has_permission("Integration Settings", "read", doc=values.get("integration"), throw=True)
	return frappe.get_doc({**values, "doctype": "Field Mapping"})
