"""Sync Links that a person makes: a record outside and a document here are the same. Never commits.

Never moves a link: what is linked otherwise already is told, and its link has to be deleted first.
"""

from __future__ import annotations

from erp_connect.store import bindings, sync_link
from erp_connect.store.bindings import LinkConflict


def add(
	integration: str, remote_entity: str, external_id: str, document_type: str, document_name: str
) -> str:
	"""Link the document with the record that has this id; harmless where that is so already. Returns the link's name.

	A link that was made by sending, and got no id back, gets this one. Raises `LinkConflict` where the document or the
	record is linked with another.
	"""
	record = sync_link.find_external(integration, remote_entity, external_id)
	if record and (record.document_type, record.document_name) == (document_type, document_name):
		return record.name
	if record:
		raise _taken(external_id, f"{record.document_type} {record.document_name}", record.name)
	document = sync_link.find_document(integration, remote_entity, document_type, document_name)
	if document and document.external_id:
		raise _taken(f"{document_type} {document_name}", document.external_id, document.name)
	# Nothing was sent, and what was received is not known to be written: the next exchange compares.
	bindings.bind_received(integration, remote_entity, document_type, document_name, external_id)
	return sync_link.find_external(integration, remote_entity, external_id).name


def _taken(one: str, other: str, link: str) -> LinkConflict:
	return LinkConflict(
		"{one} is linked with {other} already. Delete Sync Link {link} first, or choose another document.",
		one=one,
		other=other,
		link=link,
	)
