"""Cancels submitted documents that a flow offers, as the session's user. Never deletes, never commits."""

from __future__ import annotations

import frappe

from erp_connect.config.inflow import InFlow
from erp_connect.records import submitting
from erp_connect.records.errors import BadRecord
from erp_connect.records.failures import ApiError
from erp_connect.records.write import CANCELLED, UNCHANGED, Written, coming_from
from erp_connect.served import reading

SUBMITTED, ENDED = 1, 2


def cancel(flow: InFlow, *, name: str | None, external_id: str | None) -> Written:
	"""Cancel a document by its name or external id; one that is cancelled already stays as it is.

	A flow that may submit may cancel. Raises `BadRecord` "not_allowed" where it may not, `ApiError` 404 as
	`reading.one` does, 409 for a document that was never submitted and 422 for a type that never is, and Frappe's own errors (permission,
	documents that follow from it).
	"""
	if not frappe.get_meta(flow.document_type).is_submittable:
		raise ApiError(
			422,
			"not_submittable",
			"{doctype} is never submitted, so there is nothing to cancel. Call delete, where the flow allows that, or upsert with a "
			"field that says so.",
			field="entity",
			doctype=flow.document_type,
		)
	if not flow.submit:
		raise BadRecord(
			"Flow {flow} does not submit documents, so it cannot cancel them either. Tick Submit the document there, if it may.",
			code="not_allowed",
			flow=flow.name,
		)
	doc = reading.find(flow, name=name, external_id=external_id, for_update=True)
	doc.check_permission("cancel")
	outside = external_id or reading.external_id_of(flow, doc.name)
	if doc.docstatus == ENDED:
		return Written(UNCHANGED, doc.doctype, doc.name, outside)
	if doc.docstatus != SUBMITTED:
		raise ApiError(
			409,
			"not_submitted",
			"{doctype} {name} is not submitted, so there is nothing to cancel. Delete it, or submit it first.",
			doctype=doc.doctype,
			name=doc.name,
		)
	with coming_from(flow.account):
		submitting.cancel(doc)
	return Written(CANCELLED, doc.doctype, doc.name, outside)
