"""What becomes of the document of a record that is gone outside, as its flow says: left to a person, disabled, or deleted.

As the session's user, with ordinary permissions. The other side is told nothing of it; others are. Never commits.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from erp_connect.config.disabling import switch_of
from erp_connect.config.inflow import InFlow
from erp_connect.config.protected_doctypes import require_writable
from erp_connect.core.errors import Whole
from erp_connect.core.mapping.merge import OUTSIDE
from erp_connect.records import exempt, finder, gone, out_of_use, plain_words, submitting
from erp_connect.records.deletion import MERGED_HERE
from erp_connect.records.errors import HeldForReview
from erp_connect.records.write import CANCELLED, IGNORED, SKIPPED, UNCHANGED, Written, coming_from
from erp_connect.store import keys, locks, merged_links, sync_link, waiting

REPORT, DISABLE, DELETE = "Report", "Disable", "Delete"
DISABLED, DELETED = "disabled", "deleted"
SAVEPOINT = "erp_connect_removal"
NOT_HERE = "Nothing here is linked with it."


class Undecided(HeldForReview):
	"""A record is gone outside, and a person has to say what becomes of its document.

	doctype, name, external_id: of which.
	"""

	default_code = gone.OUTCOME

	def __init__(self, template: str, doc, external_id: str, **params: Any) -> None:
		super().__init__(
			template,
			doctype=doc.doctype,
			name=doc.name,
			external_id=external_id,
			remedy=Whole(_remedy(doc)),
			**params,
		)
		self.doctype, self.name, self.external_id = doc.doctype, doc.name, external_id


def carry_out(
	flow: InFlow, record: dict[str, Any], *, topic: str | None, arrived: int | None
) -> list[Written]:
	"""Do with the documents of a told deletion what the flow says. arrived: place of its event (`seq`).

	Raises `BadRecord`, `Undecided`, and Frappe's own errors.
	"""
	require_writable(flow.document_type)
	ids = gone.ids_of(flow, record, topic)
	locks.until_commit_all([finder.lock_name(flow, external_id) for external_id in ids])
	with coming_from(flow.account):
		done = [_one(flow, external_id, arrived) for external_id in ids]
	return done or [Written(IGNORED, flow.document_type, None, None, NOT_HERE)]


def _one(flow: InFlow, external_id: str, arrived: int | None) -> Written:
	link = sync_link.find_external(flow.account, flow.remote_entity, external_id)
	if not link:
		return Written(IGNORED, flow.document_type, None, external_id, NOT_HERE)
	if reason := exempt.unwritten(flow, link.document_name):
		return Written(SKIPPED, flow.document_type, link.document_name, external_id, reason, whole=False)
	if link.merged:
		merged_links.gone_outside(link, flow.account)
		gone.let_go(flow, link.name, external_id)
		return Written(IGNORED, flow.document_type, link.document_name, external_id, MERGED_HERE)
	if not frappe.db.exists(flow.document_type, link.document_name):
		gone.let_go(flow, link.name, external_id)
		return Written(IGNORED, flow.document_type, None, external_id, NOT_HERE)
	doc = frappe.get_doc(flow.document_type, link.document_name, for_update=True)
	_require_told(flow, doc, external_id)
	action = _done(flow, doc, link, external_id, arrived)
	return Written(action, doc.doctype, str(doc.name), external_id)


def _done(flow: InFlow, doc, link: sync_link.Link, external_id: str, arrived: int | None) -> str:
	if flow.on_gone == DELETE:
		return _deleted(flow, doc, link, external_id, arrived)
	if out_of_use.is_out(doc):
		if not link.gone_at:
			gone.mark(link, arrived=arrived, disabled=False)
		return UNCHANGED
	if flow.on_gone == DISABLE and switch_of(doc.doctype):
		out_of_use.put_out(doc)
		gone.mark(link, arrived=arrived, disabled=True)
		return DISABLED
	raise Undecided(
		"{doctype} {name} is record {external_id} outside, which was deleted there. {remedy}, then {again}. Or skip this "
		"event, and it stays as it is. What is gone outside (tab Incoming of flow {flow}) decides it for all.",
		doc,
		external_id,
		flow=flow.name,
	)


def _deleted(flow: InFlow, doc, link: sync_link.Link, external_id: str, arrived: int | None) -> str:
	"""Raises `Undecided` where ERPNext refuses it, unless the document is out of use."""
	frappe.db.savepoint(SAVEPOINT)
	try:
		action = _end(doc)
	except frappe.TimestampMismatchError:
		raise  # somebody changes it at this moment: tried again
	except frappe.ValidationError as error:
		reason = _reason(error)
		frappe.db.rollback(save_point=SAVEPOINT)
		frappe.clear_messages()
		if out_of_use.is_out(doc := frappe.get_doc(doc.doctype, doc.name)):
			gone.mark(link, arrived=arrived, disabled=False)
			return UNCHANGED
		raise Undecided(
			"{doctype} {name} is record {external_id} outside, which was deleted there. Here ERPNext does not allow it: "
			"{reason} Remove what stands in the way, or: {remedy}; then {again}. Or skip this event, and it stays as it is.",
			doc,
			external_id,
			reason=Whole(reason),
		) from error
	gone.let_go(flow, link.name, external_id)
	return action


def _reason(error: Exception) -> str:
	"""What ERPNext says, with what it had said before it offered something else."""
	told = [plain_words.said(error)]
	if isinstance(error.__context__, frappe.ValidationError):
		told.insert(0, plain_words.said(error.__context__))
	return " ".join(told)


def _end(doc) -> str:
	if doc.docstatus == 0:
		frappe.delete_doc(doc.doctype, doc.name)
		return DELETED
	if doc.docstatus == 1:
		doc.check_permission("cancel")
		submitting.cancel(doc)
	return CANCELLED


def _require_told(flow: InFlow, doc, external_id: str) -> None:
	"""Raises `Undecided` where the document has changes that the outside was not told of, and it is not said who wins."""
	if not flow.two_way or flow.policy == OUTSIDE or out_of_use.is_out(doc):
		return
	if waiting.untold(keys.order_key(flow.name, doc.doctype, str(doc.name))):
		raise Undecided(
			"{doctype} {name} is record {external_id} outside, which was deleted there, and was changed here meanwhile. To "
			"let it go, skip its events that are not sent yet, or: {remedy}; then {again}. To keep it, skip this event.",
			doc,
			external_id,
		)


def _remedy(doc) -> str:
	if doc.docstatus == 1:
		return _("Cancel it")
	if switch := switch_of(doc.doctype):
		label = _(frappe.get_meta(doc.doctype).get_label(switch.field))
		value = {0: _("not ticked"), 1: _("ticked")}.get(switch.off, switch.off)
		return _("Delete it, or take it out of use ({0}: {1})").format(label, value)
	return _("Delete it")
