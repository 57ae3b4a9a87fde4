"""Two documents of which a creation would go to one and the same record outside: a member whose id is its e-mail address, say.

Where a record is made by its address (`/members/{lower(email)}`, updated at `/members/{external_id}`), it is known before
anything is sent which one that is. What is another document's is not written over: the second event is refused with what
can be done. Documents that lead to each other, a Lead and the Contact that was made of it, share their record.

A document that has another value by now leaves its record: it is waited for as long as that is still to be sent.
"""

from __future__ import annotations

from collections.abc import Iterable

import frappe

from erp_connect.config import flow as flows
from erp_connect.config import inputs
from erp_connect.config.account import Account
from erp_connect.config.flow import OUTGOING, Flow, RequestRule
from erp_connect.config.request_rules import CREATE, UPDATE
from erp_connect.core.errors import ConnectError
from erp_connect.core.expressions.expression import Expression
from erp_connect.core.expressions.path_template import standing_for
from erp_connect.core.values.ids import as_id
from erp_connect.outbound import shared
from erp_connect.outbound.request import REQUEST_UNDER_WAY, Asked, Prepared, Verdict
from erp_connect.records import document, leading
from erp_connect.records.document import Subject
from erp_connect.records.out_of_use import CANCELLED
from erp_connect.store import sync_link, waiting

OUTCOME = "same_record"
TAKEN = (
	"Nothing was sent: outside, this would be the record of {0}, as both have {1}, and each would write over the other. If both "
	"are one, merge them; otherwise enter another value in one of them. Then press Retry. To leave this document out for good, "
	"choose Skip or Pin… in its menu, then press Skip."
)
TAKEN_BY_ANOTHER_KIND = (
	"Nothing was sent: outside, this would be the record of {0}, as both have {1}, and each would write over the other. If both "
	"are one, let one lead to the other (a Contact by a row of its Links); otherwise enter another value in one of them. Then "
	"press Retry. To leave this document out for good, choose Skip or Pin… in its menu, then press Skip."
)
LEFT_BEHIND = (
	"Nothing was sent: the record outside that this would be is still linked with {0}, which does not have {1} any more. Where an "
	"event of {0} failed or is on hold, see to that one; otherwise delete its Sync Link with External id {2}, and the record "
	"becomes that of this document. Then press Retry. To leave this document out for good, choose Skip or Pin… in its menu, then "
	"press Skip."
)
LEAVING = (
	"The record outside that this would be is still that of {0}, which has another value by now. This is sent after the event of "
	"{0} that tells it. If it does not change, see what became of that event, then press Retry."
)
BESIDE = (
	"Another document that would be the same record outside is being sent. This one is looked at after it."
)


def address_of(asked: Asked) -> str | None:
	"""The id that the record will have which a request makes, where its path says it; None for all others."""
	expression = _address(asked.flow, asked.rule)
	if expression is None or (asked.link and asked.link.external_id):
		return None
	return _id_of(expression, asked.source, asked.account)


def _id_of(expression: Expression, source: dict, account: Account) -> str | None:
	return as_id(expression.search(source | {inputs.IN_TEMPLATES: dict(account.inputs)}))


def _address(flow: Flow, rule: RequestRule) -> Expression | None:
	update = flow.rule("update", linked=True) if rule.operation == CREATE else None
	return (
		standing_for("external_id", rule.path, update.path) if update and update.operation == UPDATE else None
	)


def taken(asked: Asked, external_id: str) -> Verdict | None:
	"""Why a record is not made, or not yet: it is that of another document, which does not lead to this one, nor this one to it."""
	others = [
		(entity, link)
		for entity, link in _links(asked, external_id)
		if _stands(link, asked.subject)
		and (entity == asked.flow.remote_entity or leading.can(asked.subject, link))
	]
	own = [(entity, link) for entity, link in others if link.document_type == asked.subject.doctype]
	if not own and any(leading.leads(asked.subject, _document_of(link)) for _entity, link in others):
		return None
	for entity, link in own or others:
		return _refused(asked, entity, link, TAKEN if own else TAKEN_BY_ANOTHER_KIND)
	return None


def _refused(asked: Asked, entity: str, link: sync_link.Link, text: str) -> Verdict:
	"""What becomes of a creation for another document's record. text: what is told where that one would still be it."""
	told = f"{frappe._(link.document_type)} {link.document_name}"
	of_other = _flows(asked, entity, link)
	if _has_left(asked, of_other, link):
		if waiting.under_way([flow.name for flow in of_other], link.document_type, link.document_name):
			return Verdict(asked.event, "Failed", REQUEST_UNDER_WAY, frappe._(LEAVING).format(told))
		text = LEFT_BEHIND
	return Verdict(
		asked.event, "Failed", OUTCOME, frappe._(text).format(told, _said(asked), link.external_id)
	)


def _flows(asked: Asked, entity: str, link: sync_link.Link) -> list[Flow]:
	"""The flows by which the document of a link is sent as this kind of record."""
	kind = {"integration": asked.flow.account, "remote_entity": entity, "document_type": link.document_type}
	names = frappe.get_all(
		"Field Mapping", filters={**kind, "direction": ("in", OUTGOING), "enabled": 1}, pluck="name"
	)
	found = []
	for name in names:
		try:
			found.append(flows.load(name))
		except ConnectError:
			continue  # cannot be used, which is told where it is to be
	return found


def _has_left(asked: Asked, of_other: list[Flow], link: sync_link.Link) -> bool:
	"""Whether a document, as it stands now, would be another record than that of its link, or none."""
	doc = frappe.get_doc(link.document_type, link.document_name)
	found = []
	for flow in of_other:
		rule = flow.rule("update", linked=False)
		expression = _address(flow, rule) if rule else None
		if expression is None:
			continue
		try:
			source = document.read(doc, flow, asked.account, document.Context("update", link.external_id))
			found.append(_id_of(expression, source, asked.account))
		except document.Unreadable:
			return False  # nobody can tell
		except ConnectError:
			found.append(None)
	return bool(found) and link.external_id not in found


def _document_of(link: sync_link.Link) -> Subject:
	return Subject(link.document_type, link.document_name)


def _links(asked: Asked, external_id: str) -> Iterable[tuple[str, sync_link.Link]]:
	flow = asked.flow
	update = flow.rule("update", linked=True)
	for entity in (flow.remote_entity, *shared.same_place(flow, update)):
		if link := sync_link.find_external(flow.account, entity, external_id):
			yield entity, link


def _stands(link: sync_link.Link, subject: Subject) -> bool:
	"""Whether the document of a link is another one, neither cancelled nor deleted, and its record is there: it may be made
	anew otherwise."""
	if link.gone_at or (link.document_type, link.document_name) == (subject.doctype, subject.name):
		return False
	return frappe.db.get_value(link.document_type, link.document_name, "docstatus") not in (None, CANCELLED)


def _said(asked: Asked) -> str:
	"""The fields by which the record is known, with their values."""
	meta = frappe.get_meta(asked.flow.document_type)
	expression = _address(asked.flow, asked.rule)
	fields = sorted(field for field in expression.root_fields if meta.has_field(field))
	return ", ".join(f"{frappe._(meta.get_label(field))} {asked.source.get(field)}" for field in fields)


def apart(prepared: list[Prepared], account: str) -> tuple[list[Prepared], list[Verdict]]:
	"""Requests that may go together, and what becomes of those which would make a record that is just being made.

	They are looked at again when the others are through, and are refused then where both have a link.
	"""
	if not any(item.makes for item in prepared):
		return prepared, []
	new = [item for item in prepared if item.makes]
	seen = set(
		waiting.being_made(account, [item.path for item in new], [item.event.name for item in prepared])
	)
	seen |= {item.path for item in prepared if item.operation == CREATE and not item.makes}
	kept, left = [], []
	for item in prepared:
		if item.makes and item.path in seen:
			left.append(Verdict(item.event, "Failed", REQUEST_UNDER_WAY, frappe._(BESIDE)))
			continue
		if item.makes:
			seen.add(item.path)
		kept.append(item)
	return kept, left
