"""Finds the document of an outside record: by its link, by the name the outside knows, or by match keys."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.config.inflow import InFlow
from erp_connect.records import renaming
from erp_connect.records.errors import HeldForReview, OnItsWay
from erp_connect.records.values import record_values
from erp_connect.store import keys, locks, sync_link, waiting


def lock_name(flow: InFlow, external_id: str) -> str:
	"""The lock by which one worker at a time writes a record."""
	return f"in:{flow.account}:{flow.remote_entity}:{external_id}"


def find(
	flow: InFlow, record: dict, looked_up: str | None, external_id: str | None, *, to_write: bool = True
) -> tuple[str | None, sync_link.Link | None]:
	"""Name of the document and its link: by external id, else by match keys. Raises `HeldForReview`.

	looked_up: the external id, or None where it is known that nothing is linked with it. to_write: locks on the
	values of match keys are held until the transaction ends.
	"""
	if looked_up:
		link = sync_link.find_external(flow.account, flow.remote_entity, looked_up)
		if link and frappe.db.exists(flow.document_type, link.document_name):
			return link.document_name, link
	if name := renaming.known_here(flow, record):
		return name, sync_link.find_document(flow.account, flow.remote_entity, flow.document_type, name)
	return _by_match_keys(flow, record, external_id, to_write), None


def again(flow: InFlow, record: dict, external_id: str) -> tuple[str | None, sync_link.Link | None]:
	"""Look once more for a record that was not found: it may have been created by us just now. Raises `OnItsWay`."""
	if not flow.match_keys and waiting.creating(flow.name):
		raise OnItsWay
	return find(flow, record, external_id, external_id)


def deleted_here(flow: InFlow, external_id: str) -> bool:
	"""Whether the record's document was deleted here, and the outside does not know yet."""
	link = sync_link.find_external(flow.account, flow.remote_entity, external_id)
	return bool(link and waiting.deleting(keys.order_key(flow.name, link.document_type, link.document_name)))


def _by_match_keys(flow: InFlow, record: dict, external_id: str | None, to_write: bool) -> str | None:
	for field, value in _match_values(flow, record, to_write).items():
		# Everyone's documents, not just those the user may see: otherwise a hidden one would be doubled.
		names = frappe.get_all(flow.document_type, filters={field: value}, pluck="name", limit=2)
		if len(names) > 1:
			raise HeldForReview(
				"Several documents have {field} {value}. Link the right one, then press Retry.",
				field=field,
				value=value,
			)
		if names:
			_refuse_second_link(flow, names[0], external_id)
			return names[0]
	return None


def _match_values(flow: InFlow, record: dict, to_write: bool) -> dict[str, Any]:
	"""Values of the match keys, locked to write: one worker at a time for a record, whatever it is recognised by."""
	if not flow.match_keys:
		return {}
	values = record_values(flow, record, creating=True)
	found = {field: values[field] for field in flow.match_keys if values.get(field) not in (None, "")}
	for field in sorted(found) if to_write else ():
		locks.until_commit(f"match:{flow.document_type}:{field}:{str(found[field]).casefold()}")
	return found


def _refuse_second_link(flow: InFlow, name: str, external_id: str | None) -> None:
	link = sync_link.find_many(flow.account, flow.remote_entity, flow.document_type, [name]).get(name)
	if external_id and link and link.external_id and link.external_id != external_id:
		raise HeldForReview(
			"{doctype} {name} fits this record but is linked with {other} already. Merge the two outside, or "
			"correct the Sync Link, then press Retry.",
			doctype=flow.document_type,
			name=name,
			other=link.external_id,
		)
