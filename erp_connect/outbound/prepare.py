"""Turns claimed events into requests, from the documents as they are now.

Every event ends in one of five ways: a request to send, a verdict without a request (skipped, failed, retried), the
end of one of which all requests are done, a record that is there already, or deferred because a record it points to is
sent in the same batch. Requests are stored before they are sent, so that a repetition carries the same bytes under the
same key.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import frappe

from erp_connect.config import flow as flows
from erp_connect.config.account import Account
from erp_connect.config.flow import Flow, RequestRule
from erp_connect.config.request_rules import CREATE, DELETE
from erp_connect.core.delivery.states import FAILED, ON_HOLD
from erp_connect.core.errors import ConnectError, capped
from erp_connect.core.mapping.turning_days import TODAY
from erp_connect.messages import translate
from erp_connect.outbound import building, elsewhere, merged, not_made, same_record, shared, staged, triggered
from erp_connect.outbound.loader import Loader
from erp_connect.outbound.merged import Survivor
from erp_connect.outbound.request import (
	CROSSED,
	NEVER_SENT,
	TAKEN_IN_FIRST,
	Asked,
	Finish,
	Known,
	Prepared,
	Verdict,
)
from erp_connect.records import amendments, counting, document, exempt, failures, remembered
from erp_connect.records.document import Subject
from erp_connect.records.render import own_fingerprint
from erp_connect.store import database, keys, waiting
from erp_connect.store.exemptions import Exemption
from erp_connect.store.merged_links import tells_end
from erp_connect.store.sync_link import Link

AMENDED = "It was cancelled and amended: its record outside is that of {0} now."
ANOTHER = "{0} counts today in its place, and is what is sent."
NEWER_SENT = "newer_state_sent"
OLDER = (
	"It repeats an older state of the document, and a newer one was sent since. Press Retry to have the document sent"
	" as it is now."
)
SUCCEEDED = "Its record outside is that of the document which was made anew as {0} and sent since, so it was not deleted."
REFUSED_HERE = (
	"What was changed outside could not be written here, and would be written over. See to the event of this document that"
	" failed: press Retry or Skip there. This one is sent by itself then."
)
GONE = (
	"Its record was deleted outside, so nothing is sent to it. Delete its Sync Link to have it made there anew, then press"
	" Retry."
)
ENDED = (
	"It has ended, and nothing stands in its place, so the other system keeps what it was sent last. To tell it, let the"
	" condition of the flow hold for this event as well (… || _event == 'end'), and say in its fields what is sent then."
)
UNTOLD = (
	"The document was deleted before its cancellation was sent, and no copy of it is left. Cancel the record in the"
	" other system by hand, then press Skip."
)


class Standing(Protocol):
	"""What may stand in the way of events; see `Loader`."""

	exempt: Mapping[tuple[str, str, str], Exemption]
	coming: Mapping[tuple[str, str], str]
	older: Collection[str]


@dataclass
class Batch:
	prepared: list[Prepared] = field(default_factory=list)
	verdicts: list[Verdict] = field(default_factory=list)
	finished: list[Finish] = field(default_factory=list)
	known: list[Known] = field(default_factory=list)

	def add(self, item: Prepared | Verdict | Finish | Known) -> None:
		if isinstance(item, Prepared):
			self.prepared.append(item)
		elif isinstance(item, Finish):
			self.finished.append(item)
		elif isinstance(item, Known):
			self.known.append(item)
		else:
			self.verdicts.append(item)


def prepare(events: list, account: Account) -> Batch:
	"""Requests and verdicts for claimed Sync Log rows. Reads only; raises nothing for a single event."""
	try:
		return _prepared(events, account, Loader(events, account))
	except CROSSED:
		raise
	except Exception as error:  # what stands in the way of one must not hold up the others
		if not database.is_alive():
			raise
		if len(events) > 1:
			parts = [prepare([event], account) for event in events]
			return Batch(
				[item for part in parts for item in part.prepared],
				[item for part in parts for item in part.verdicts],
				[item for part in parts for item in part.finished],
				[item for part in parts for item in part.known],
			)
		return Batch(verdicts=[_unforeseen(events[0], error)])


def _unforeseen(event, error: Exception) -> Verdict:
	frappe.log_error(title=f"ERP Connect: {event.name} could not be prepared")
	return Verdict(event, "Failed", "error", capped(failures.detail(error)))


def _prepared(events: list, account: Account, loaded: Loader) -> Batch:
	batch = Batch()
	for event in events:
		try:
			outcome = _prepare_one(event, account, loaded)
			if isinstance(outcome, Prepared):
				outcome.pinned = loaded.is_pinned(outcome.flow, outcome.subject)
		except ConnectError as error:
			outcome = Verdict(event, "Failed", error.code, translate(error))
		except CROSSED:
			raise
		except Exception as error:  # a poisonous document must not hold up the others
			if not database.is_alive():
				raise
			outcome = _unforeseen(event, error)
		batch.add(outcome)
	batch.prepared, beside = same_record.apart(batch.prepared, account.name)
	batch.verdicts += beside
	return batch


def _prepare_one(event, account: Account, loaded: Loader) -> Prepared | Verdict | Finish | Known:
	flow, subject = loaded.flows[event.field_mapping], loaded.subjects[event.name]
	if isinstance(flow, frappe.DoesNotExistError):
		return Verdict(event, "Cancelled", "flow_deleted")
	if isinstance(flow, Exception):
		raise flow
	if not flow.enabled:
		return Verdict(event, "Cancelled", "flow_disabled")
	if verdict := triggered.not_one(event, loaded.found[event.name], account):
		return verdict
	link = merged.link_of(event, flow, subject, loaded)
	if verdict := in_the_way(event, flow, subject, link, loaded):
		return verdict
	_go_on_as_update(event, flow, link)
	if event.method:
		return not_made.not_again(event, subject, link) or _stored_request(event, flow, subject, link)
	survivor = merged.survivor_of(event, flow, subject, loaded)
	doc = loaded.document(subject)
	if doc is not None and not event.steps:
		loaded.require_fields(flow)
	untold = None if event.steps else merged.not_to_be_told(event, flow, subject, link, survivor)
	return untold or _new_request(event, flow, subject, link, account, doc, survivor)


def in_the_way(event, flow: Flow, subject: Subject, link: Link | None, loaded: Standing) -> Verdict | None:
	"""Why an event is not sent now, whatever it would say. What has begun in steps is finished."""
	exemption = loaded.exempt.get((flow.name, subject.doctype, subject.name))
	if exemption and not event.steps:
		return Verdict(event, "Skipped", exempt.OUTCOME, exempt.told(exemption))
	if link and link.gone_at and not event.steps:
		return Verdict(event, "Skipped", "gone_outside", frappe._(GONE))
	status = loaded.coming.get((flow.name, subject.name))
	if status and (status != FAILED or not tells_end(event)):
		return _after_what_came(event, status)
	if event.name in loaded.older and tells_end(event) and not event.replay_of:
		text = frappe._(SUCCEEDED).format(subject.name)
		return Verdict(event, "Skipped", "taken_over", text)
	if event.name in loaded.older and event.method:  # a Retry has it built anew
		return Verdict(event, "Skipped", NEWER_SENT, frappe._(OLDER))
	return None


def _after_what_came(event, status: str) -> Verdict:
	"""A change outside that is known must not be overwritten before it was written here."""
	if status == FAILED:
		return Verdict(event, ON_HOLD, waiting.CONFLICT_OPEN, frappe._(REFUSED_HERE))
	if status == ON_HOLD:
		text = frappe._(
			"Both sides were changed. It is sent after a person has decided which version stands."
		)
		return Verdict(event, ON_HOLD, waiting.CONFLICT_OPEN, text)
	return Verdict(event, "Retrying", waiting.CHANGED_OUTSIDE, frappe._(TAKEN_IN_FIRST))


def _go_on_as_update(event, flow: Flow, link: Link | None) -> None:
	"""Have a creation built anew whose record came in before it was tried again, as an update under another key.

	The same request would make a second record. What a person repeats, as it was or edited, goes as he said; and so does what
	a flow has no update for.
	"""
	as_told = event.replay_of or event.edited
	if not event.method or event.operation != CREATE or event.step or event.steps or as_told:
		return
	rule = flow.rule(event.event, linked=True)
	if link and link.external_id and rule and rule.operation != CREATE:
		event.method, event.idempotency_key = None, keys.new_id()


def _stored_request(event, flow: Flow, subject: Subject, link: Link | None) -> Prepared:
	return Prepared(
		event=event,
		flow=flow,
		subject=subject,
		operation=event.operation,
		method=event.method,
		path=event.path,
		body=(event.request_body or "").encode(),
		content_type=event.content_type or "",
		headers=json.loads(event.request_headers or "{}"),
		files=json.loads(event.request_files or "{}"),
		state_hash=None if event.step else event.payload_hash,
		stage=staged.stage_of(event, flow, link),
		link=link,
		synced=None if event.edited or _copied(event) else event.snapshot,
	)


def _new_request(
	event, flow: Flow, subject: Subject, link: Link | None, account: Account, doc, survivor: Survivor | None
) -> Prepared | Verdict | Finish | Known:
	if heir := heir_of(event, flow, link, doc):
		return Verdict(event, "Skipped", "amended", frappe._(AMENDED).format(heir))
	source = _source(event, flow, link, account, doc, survivor)
	if source is None:
		return _without_document(event, link)
	if left_out := elsewhere.awaited(event, flow, link) or _left_out(event, flow, source):
		return left_out
	rule = staged.rule_of(event, flow, linked=link is not None)
	if verdict := _nothing_to_ask(event, flow, rule, link) or _not_made(event, flow, rule, link, doc):
		return verdict
	return _asked_for(Asked(event, flow, subject, rule, source, account, link), doc)


def _asked_for(asked: Asked, doc) -> Prepared | Verdict | Finish | Known:
	"""What a rule sends of a document, or why it sends nothing."""
	event, rule = asked.event, asked.rule
	makes = same_record.address_of(asked)
	if makes and (verdict := same_record.taken(asked, makes)):
		return verdict
	if staged.is_staged(event, asked.flow, rule):
		return staged.upcoming(asked)
	request = replace(building.build(asked), makes=makes)
	if not tells_end(event) and request.unchanged and not request.tells_a_rename:
		return Verdict(event, "Skipped", "nothing_changed")
	if not tells_end(event) and doc is not None:
		request.synced = _synced(request, rule, asked.source, asked.account, doc)
	return request


def _synced(request: Prepared, rule: RequestRule, source: dict, account: Account, doc) -> str | None:
	"""What the link remembers of both sides once a request is carried out; None: nothing new."""
	flow, before = request.flow, request.link.synced_values if request.link else None
	if not flow.two_way:
		return remembered.not_equal_any_more(doc, before, flow.mapping.source_fields())
	own, of_rows = own_fingerprint(flow, source, account), None if rule.own.body else request.payload
	creating = building.is_creation(flow, rule)
	return remembered.sent_values(flow.name, doc, before, own, of_rows, creating=creating)


def _left_out(event, flow: Flow, source: dict) -> Verdict | None:
	"""Why a flow is not about a document as it is: its condition, or another one that counts today."""
	if event.steps or not flow.condition:
		return None
	if not flow.condition.is_true(source):
		return _out_of_scope(event, flow, source)
	if event.event != flows.END and (other := counting.instead(flow, source)):
		return Verdict(event, "Skipped", "another_counts", frappe._(ANOTHER).format(other))
	return None


def _out_of_scope(event, flow: Flow, source: dict) -> Verdict:
	"""Of a document for which the condition does not hold: whether it did until now, and nobody hears of its end."""
	if event.event == flows.END:
		yesterday = {**source, TODAY: str(frappe.utils.add_days(source[TODAY], -1))}
		if flow.condition.is_true(yesterday):
			return Verdict(event, "Skipped", "ended", frappe._(ENDED))
	return Verdict(event, "Skipped", "condition_not_met")


def _not_made(event, flow: Flow, rule: RequestRule, link: Link | None, doc) -> Verdict | None:
	"""Why no record is made of a document, or not yet."""
	return not_made.verdict(event, flow, rule, link, doc) or elsewhere.comes_after(
		event, flow, rule, link, doc
	)


def heir_of(event, flow: Flow, link: Link | None, doc) -> str | None:
	"""The document to which a cancelled one was amended, and of which alone is told from then on."""
	if link or doc is None or event.steps or event.subject or tells_end(event):
		return None
	return amendments.heir(flow.account, flow.remote_entity, doc)


def _without_document(event, link: Link | None) -> Verdict:
	if event.steps:
		return staged.deleted_midway(event)
	if event.event == "cancel" and link is not None:
		return Verdict(event, "Failed", "document_deleted", frappe._(UNTOLD))
	return Verdict(event, "Skipped", "document_deleted")


def _nothing_to_ask(event, flow: Flow, rule: RequestRule | None, link: Link | None) -> Verdict | None:
	"""Why a flow asks for nothing because of an event; None when it does."""
	if rule is None:
		return Verdict(event, "Skipped", "no_request_for_event")
	if rule.operation == DELETE and link is None and "external_id" in rule.path:
		return Verdict(event, "Skipped", NEVER_SENT)
	return shared.stays(event, flow, rule, link)


def _source(
	event, flow: Flow, link: Link | None, account: Account, doc, survivor: Survivor | None
) -> dict | None:
	context = document.Context(
		event.event,
		external_id=link.external_id if link else None,
		version=link.remote_version if link else None,
		etag=link.etag if link else None,
		old_name=event.old_name,
		merged_into=survivor,
		key=event.idempotency_key,
	)
	if tells_end(event):
		return _read_copy(json.loads(event.snapshot or "{}"), event, flow, account, context)
	if copy := _copy(event, link, doc):
		return _read_copy(copy, event, flow, account, context)
	return None if doc is None else document.read(doc, flow, account, context)


def _read_copy(values: dict, event, flow: Flow, account: Account, context: document.Context) -> dict:
	"""A document that is gone, by the rights that would hold for it."""
	doctype = values.get("doctype") or event.reference_doctype
	return document.read(document.of_snapshot(values, doctype), flow, account, context)


def _copy(event, link: Link | None, doc) -> dict | None:
	"""The deleted document's values, where the other side knows the document, or is to be told of its end."""
	if event.event != "cancel" and (doc is not None or link is None):
		return None
	return _copied(event)


def _copied(event) -> dict | None:
	"""The copy of the document in the event's row; there, a two-way flow keeps what it remembers of one that stands."""
	values = json.loads(event.snapshot or "{}")
	return values if values.get("doctype") else None
