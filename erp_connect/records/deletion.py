"""Deletes documents that a flow offers, as the session's user. Never commits."""

from __future__ import annotations

import frappe

from erp_connect.config.inflow import InFlow
from erp_connect.config.protected_doctypes import require_writable
from erp_connect.records import exempt, gone
from erp_connect.records.errors import BadRecord
from erp_connect.records.write import IGNORED, SKIPPED, Written, coming_from
from erp_connect.store import merged_links, sync_link

MERGED_HERE = "Its document was merged into this one, which stays."


def delete(flow: InFlow, external_id: str) -> Written:
	"""Delete the document linked with `external_id`, as the session's user. Raises `BadRecord`."""
	_require_deletion(flow)
	link = sync_link.find_external(flow.account, flow.remote_entity, external_id)
	if not link:
		return Written(IGNORED, flow.document_type, None, external_id)
	if reason := exempt.unwritten(flow, link.document_name):
		return Written(SKIPPED, flow.document_type, link.document_name, external_id, reason, whole=False)
	if link.merged:
		merged_links.gone_outside(link, flow.account)
		gone.let_go(flow, link.name, external_id)
		return Written(IGNORED, flow.document_type, link.document_name, external_id, MERGED_HERE)
	with coming_from(flow.account):
		frappe.delete_doc(flow.document_type, link.document_name)
		gone.let_go(flow, link.name, external_id)
	return Written("deleted", flow.document_type, link.document_name, external_id)


def delete_unlinked(flow: InFlow, name: str) -> Written:
	"""Delete a document of which no id outside is known, as the session's user. Raises `BadRecord`."""
	_require_deletion(flow)
	if reason := exempt.unwritten(flow, name):
		return Written(SKIPPED, flow.document_type, name, None, reason, whole=False)
	link = sync_link.find_document(flow.account, flow.remote_entity, flow.document_type, name)
	with coming_from(flow.account):
		frappe.delete_doc(flow.document_type, name)
		if link:
			sync_link.remove(link.name)
	return Written("deleted", flow.document_type, name, None)


def _require_deletion(flow: InFlow) -> None:
	require_writable(flow.document_type)
	if not flow.allow_delete:
		raise BadRecord(
			"Flow {flow} does not allow deletion. Tick Allow deletion there, if it may.",
			code="not_allowed",
			flow=flow.name,
		)
