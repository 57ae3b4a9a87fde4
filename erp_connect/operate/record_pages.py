"""Where people see the records of links: the address that the outside told, or the one that the preset of its system knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import frappe

from erp_connect.config import inputs, preset_files
from erp_connect.config.account import base_url
from erp_connect.core.errors import ConfigurationError
from erp_connect.core.presets.pages import page_of
from erp_connect.store import state


def fill(links: Iterable[dict[str, Any]]) -> None:
	"""Put `external_url` into those links that have an external id, and no address of their own."""
	for link in links:
		if link.get("external_id") and not link.get("external_url"):
			link["external_url"] = address(link["integration"], link["remote_entity"], link["external_id"])


def address(account: str, entity: str, external_id: str) -> str:
	"""The page of a record as the preset knows it; empty where it knows none."""
	doc = frappe.get_cached_doc("Integration Settings", account)
	preset = preset_files.of_account(doc)
	template = preset.page(entity or "", sandbox=doc.environment == "Sandbox") if preset else ""
	if not template:
		return ""
	return page_of(template, _base(doc), external_id, inputs.of_document(doc))


def _base(doc) -> str:
	"""Where the account's system is: as the answer with its token said, if that says it; empty where it is not known."""
	if doc.base_url_expression:
		return state.token_address(doc.name)
	try:
		return base_url(doc)
	except ConfigurationError:  # an input is missing: the connection test tells it
		return ""


def of_event(event) -> str:
	"""The page of the record that an event is about; empty where none is known."""
	entity = event.field_mapping and frappe.get_cached_value(
		"Field Mapping", event.field_mapping, "remote_entity"
	)
	if not (entity and event.external_id):
		return ""
	link = {"integration": event.integration, "remote_entity": entity, "external_id": event.external_id}
	told = frappe.db.get_value("Sync Link", link, "external_url")
	return told or address(event.integration, entity, event.external_id)
