"""Records that got another id outside: their link follows, and if the flow says so the document's name as well."""

from __future__ import annotations

import frappe

from erp_connect.config.inflow import InFlow
from erp_connect.records import amendments, names
from erp_connect.store import bindings, sync_link
from erp_connect.store.sync_link import Link


def known_here(flow: InFlow, record: dict) -> str | None:
	"""The document that the outside says the record is, if the two are linked; None when it says nothing usable."""
	name = flow.name_here.search(record) if flow.name_here else None
	if not isinstance(name, str) or not name:
		return None
	if not names.existing(flow.document_type, name):
		return None
	# The outside may know it by the name that it had before a person amended it.
	for known in dict.fromkeys((name, amendments.last_amendment(flow.document_type, name))):
		if sync_link.find_document(flow.account, flow.remote_entity, flow.document_type, known):
			return known
	return None


def follow(
	flow: InFlow, record: dict, name: str | None, link: Link | None, external_id: str | None
) -> tuple[str | None, Link | None]:
	"""The document's name and its link, after a change of the record's id was followed.

	Renames as the session's user. Raises `bindings.LinkConflict`, and Frappe's own errors.
	"""
	if name is None or link is None or not external_id or link.external_id in (None, external_id):
		return name, link
	before = link.external_id
	bindings.change_id(link, flow.account, flow.remote_entity, external_id)
	link.external_id = external_id
	# Only a name that was the record's id all along follows it.
	if flow.rename_documents and name == before and not frappe.db.exists(flow.document_type, external_id):
		name = frappe.rename_doc(flow.document_type, name, external_id, show_alert=False)
	return name, link
