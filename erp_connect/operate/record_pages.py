"""Where people see the records of links: the address that the outside told, or the one that a flow or the preset of the system knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import frappe

from erp_connect.config import inputs, preset_files
from erp_connect.config.account import base_url
from erp_connect.core.errors import ConfigurationError
from erp_connect.core.presets.pages import page_of
from erp_connect.store import state


def fill(links: Iterable[dict[str, Any]]) -> None:
	"""Put `external_url` into those links that have an external id, and no address of their own.

	links: rows with `integration`, `remote_entity` and `external_id`; also of records that are linked with nothing.
	"""
	known: dict[tuple[str, str], Callable[[str], str]] = {}
	for link in links:
		if link.get("external_id") and not link.get("external_url"):
			kind = (link["integration"], link["remote_entity"] or "")
			if kind not in known:
				known[kind] = _pages_of(*kind)
			link["external_url"] = known[kind](link["external_id"])


def _pages_of(account: str, entity: str) -> Callable[[str], str]:
	"""What makes the address of a record's page of its id; empty where none is known, and where the account is gone."""
	if not frappe.db.exists("Integration Settings", account, cache=True):
		return lambda external_id: ""
	doc = frappe.get_cached_doc("Integration Settings", account)
	template = _template(doc, entity)
	if not template:
		return lambda external_id: ""
	base, values = _base(doc), inputs.of_document(doc)
	return lambda external_id: page_of(template, base, external_id, values)


def _template(doc, entity: str) -> str:
	"""As a flow says it, else as the preset of the system does."""
	own = frappe.get_all(
		"Field Mapping",
		filters={"integration": doc.name, "remote_entity": entity, "record_page": ("is", "set")},
		order_by="enabled desc, name asc",
		limit=1,
		pluck="record_page",
	)
	if own:
		return own[0]
	preset = preset_files.of_account(doc)
	return preset.page(entity, sandbox=doc.environment == "Sandbox") if preset else ""


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
	return of_record(event.integration, entity or "", event.external_id or "")


def of_record(account: str, entity: str, external_id: str) -> str:
	"""The page of a record, linked or not; empty where none is known."""
	row = {"integration": account, "remote_entity": entity, "external_id": external_id}
	fill_held([row])
	return row.get("external_url") or ""


def fill_held(rows: Iterable[dict[str, Any]]) -> None:
	"""As `fill`, for events and differences, whose records may be linked by now."""
	kinds: dict[tuple[str, str], list[dict[str, Any]]] = {}
	for row in rows:
		if row.get("remote_entity") and row.get("external_id"):
			kinds.setdefault((row["integration"], row["remote_entity"]), []).append(row)
	for (account, entity), group in kinds.items():
		told = _told(account, entity, [row["external_id"] for row in group])
		for row in group:
			row["external_url"] = told.get(row["external_id"])
		fill(group)


def _told(account: str, entity: str, external_ids: list[str]) -> dict[str, str]:
	"""The addresses that the outside told of records, by their ids."""
	kind = {"integration": account, "remote_entity": entity, "external_id": ("in", external_ids)}
	links = frappe.get_all("Sync Link", filters=kind, fields=["external_id", "external_url"])
	return {link.external_id: link.external_url for link in links if link.external_url}
