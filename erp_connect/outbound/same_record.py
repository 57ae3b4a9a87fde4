"""Two documents of which a creation would go to one and the same record outside: a member whose id is its e-mail address, say.

Where a record is made by its address (`/members/{lower(email)}`, updated at `/members/{external_id}`), it is known before
anything is sent which one that is. What is another document's is not written over: the second event is refused with what
can be done. Documents that lead to each other, a Lead and the Contact that was made of it, share their record.
"""

from __future__ import annotations

from collections.abc import Iterable

import frappe

from erp_connect.config import inputs
from erp_connect.config.flow import Flow, RequestRule
from erp_connect.config.request_rules import CREATE, UPDATE
from erp_connect.core.expressions.expression import Expression
from erp_connect.core.expressions.path_template import standing_for
from erp_connect.core.values.ids import as_id
from erp_connect.outbound import shared
from erp_connect.outbound.request import REQUEST_UNDER_WAY, Asked, Prepared, Verdict
from erp_connect.records import leading
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
BESIDE = (
	"Another document that would be the same record outside is being sent. This one is looked at after it."
)


def address_of(asked: Asked) -> str | None:
	"""The id that the record will have which a request makes, where its path says it; None for all others."""
	expression = _address(asked.flow, asked.rule)
	if expression is None or (asked.link and asked.link.external_id):
		return None
	return as_id(expression.search(asked.source | {inputs.IN_TEMPLATES: dict(asked.account.inputs)}))


def _address(flow: Flow, rule: RequestRule) -> Expression | None:
	update = flow.rule("update", linked=True) if rule.operation == CREATE else None
	return (
		standing_for("external_id", rule.path, update.path) if update and update.operation == UPDATE else None
	)


def taken(asked: Asked, external_id: str) -> Verdict | None:
	"""Why a record is not made: it is that of another document, which does not lead to this one, nor this one to it."""
	others = [
		Subject(link.document_type, link.document_name)
		for entity, link in _links(asked, external_id)
		if _stands(link, asked.subject)
		and (entity == asked.flow.remote_entity or leading.can(asked.subject, link))
	]
	own = [other for other in others if other.doctype == asked.subject.doctype]
	if not own and any(leading.leads(asked.subject, other) for other in others):
		return None
	for other in own or others:
		text = TAKEN if own else TAKEN_BY_ANOTHER_KIND
		told = f"{frappe._(other.doctype)} {other.name}"
		return Verdict(asked.event, "Failed", OUTCOME, frappe._(text).format(told, _said(asked)))
	return None


def _links(asked: Asked, external_id: str) -> Iterable[tuple[str, sync_link.Link]]:
	flow = asked.flow
	update = flow.rule("update", linked=True)
	for entity in (flow.remote_entity, *shared.same_place(flow, update)):
		if link := sync_link.find_external(flow.account, entity, external_id):
			yield entity, link


def _stands(link: sync_link.Link, subject: Subject) -> bool:
	"""Whether the document of a link is another one, and neither cancelled nor deleted: such a record may be made anew."""
	if (link.document_type, link.document_name) == (subject.doctype, subject.name):
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
