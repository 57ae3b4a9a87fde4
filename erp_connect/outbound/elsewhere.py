"""What waits for a request about another event: the end of a document for the creation of its record by another flow, the
creation of an amended document for the end of the one that it was amended from, and a creation for one that may have been
carried out."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.config.flow import Flow, RequestRule
from erp_connect.config.request_rules import CREATE
from erp_connect.config.request_steps import STEP
from erp_connect.core.delivery.states import FAILED, OUT, SENDING
from erp_connect.outbound.merged import UNDER_WAY
from erp_connect.outbound.request import REQUEST_UNDER_WAY, Verdict
from erp_connect.store import sync_link, waiting
from erp_connect.store.merged_links import tells_end
from erp_connect.store.sync_link import Link

BEFORE_UNTOLD = (
	"The other system does not know yet that {0} was cancelled, from which this was amended, so this waits. If it does not change, "
	"see what became of that event, then press Retry."
)

MAYBE_MADE = (
	"A request that would make its record has failed, and nobody knows whether it arrived: another one could make a second record. "
	"Press Retry in that event: the same request goes out once more under the same key, and this one follows. Where the record "
	"is not there, press Skip in that event."
)


def awaited(event: Any, flow: Flow, link: Link | None) -> Verdict | None:
	"""Why the end is not told yet: the answer to a creation was lost, say, and its repetition will find the record."""
	if link or event.steps or not (tells_end(event) or event.event == "cancel"):
		return None
	if not (_is_made(event, flow) or _may_be_made(event)):
		return None
	return Verdict(event, "Failed", REQUEST_UNDER_WAY, frappe._(UNDER_WAY))


def _is_made(event: Any, flow: Flow) -> bool:
	"""Whether another flow's creation may be carried out by now, or will be: what has begun in steps is finished."""
	which = "other.method IS NOT NULL AND (other.operation = %s AND (other.frozen = 1 OR other.status = %s) OR other.operation = %s)"
	return waiting.by_another_flow(event, flow, which, CREATE, SENDING, STEP)


def comes_after(event: Any, flow: Flow, rule: RequestRule, link: Link | None, doc: Any) -> Verdict | None:
	"""Why a document is not made outside yet: it may be there, or is amended from one of which that ends.

	Where both are one day or number there, the end would be that of both.
	"""
	if rule.operation != CREATE or link or doc is None or event.replay_of or event.edited:
		return None
	if not rule.own.existing and _may_be_made(event):
		return Verdict(event, "Failed", REQUEST_UNDER_WAY, frappe._(MAYBE_MADE))
	before = doc.get("amended_from")
	if not before or not _is_ending(doc.doctype, str(before), flow) or not _may_be_known(doc, flow):
		return None
	return Verdict(event, "Failed", REQUEST_UNDER_WAY, frappe._(BEFORE_UNTOLD).format(before))


def _is_ending(doctype: str, name: str, flow: Flow) -> bool:
	return bool(
		frappe.db.sql(
			"SELECT 1 FROM `tabSync Log` ending JOIN `tabField Mapping` flow ON flow.name = ending.field_mapping"
			" WHERE ending.reference_doctype = %s AND ending.reference_name = %s AND ending.integration = %s"
			" AND flow.remote_entity = %s AND ending.direction = %s AND ending.event = 'cancel'"
			" AND ending.subject IS NULL AND ending.due_at IS NOT NULL LIMIT 1",
			(doctype, name, flow.account, flow.remote_entity, OUT),
		)
	)


def _may_be_made(event: Any) -> bool:
	"""Whether an earlier creation of the document was given up, of which the answer was lost."""
	return bool(
		frappe.db.sql(
			"SELECT 1 FROM `tabSync Log` WHERE order_key = %s AND name != %s AND direction = %s AND status = %s"
			" AND frozen = 1 AND operation = %s AND method IS NOT NULL LIMIT 1",
			(event.order_key, event.name, OUT, FAILED, CREATE),
		)
	)


def _may_be_known(doc: Any, flow: Flow) -> bool:
	"""Whether the other side knows the document that one was amended from, or may: of any other there is no end to be told."""
	before = str(doc.amended_from)
	waiting = {"direction": OUT, "integration": flow.account, "frozen": 1, "due_at": ("is", "set")}
	return bool(
		sync_link.find_document(flow.account, flow.remote_entity, doc.doctype, before)
		or frappe.db.exists(
			"Sync Log", {"reference_doctype": doc.doctype, "reference_name": before, **waiting}
		)
	)
