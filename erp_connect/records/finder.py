"""Finds the document of an outside record: by its link, by the name the outside knows, or by match keys."""

from __future__ import annotations

import frappe

from erp_connect.config.inflow import InFlow
from erp_connect.records import matching, renaming
from erp_connect.records.errors import HeldForReview, OnItsWay
from erp_connect.store import keys, sync_link, waiting

# `held_for` of a record that fits a document which is linked with another one.
FITS_LINKED = "fits_linked"


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
	if not flow.match_sets and waiting.creating(flow.name):
		raise OnItsWay
	return find(flow, record, external_id, external_id)


def deleted_here(flow: InFlow, external_id: str) -> bool:
	"""Whether the record's document was deleted here, and the outside does not know yet."""
	link = sync_link.find_external(flow.account, flow.remote_entity, external_id)
	return bool(link and waiting.deleting(keys.order_key(flow.name, link.document_type, link.document_name)))


def undo_deletion(flow: InFlow, external_id: str) -> bool:
	"""Let the record of a document that was deleted here stay outside, and be a new document; False where it is being told."""
	link = sync_link.find_external(flow.account, flow.remote_entity, external_id)
	if link is None or not waiting.give_up_deletion(
		keys.order_key(flow.name, link.document_type, link.document_name)
	):
		return False
	sync_link.remove(link.name)
	return True


def _by_match_keys(flow: InFlow, record: dict, external_id: str | None, to_write: bool) -> str | None:
	name = matching.find(flow, record, to_write=to_write)
	if name:
		_refuse_second_link(flow, name, external_id)
	return name


def _refuse_second_link(flow: InFlow, name: str, external_id: str | None) -> None:
	link = sync_link.find_many(flow.account, flow.remote_entity, flow.document_type, [name]).get(name)
	if external_id and link and link.external_id and link.external_id != external_id and not link.gone_at:
		raise HeldForReview(
			"{doctype} {name} fits this record but is linked with {other} already. If both are one, merge them outside; where this "
			"record is gone then, press Skip, else correct External id in its Sync Link, then {again}. If they are two, make "
			"this one's document here and link it (in its menu: Link with a Record Outside…), then {again}.",
			held_for=FITS_LINKED,
			doctype=flow.document_type,
			name=name,
			other=link.external_id,
		)
