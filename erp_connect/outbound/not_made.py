"""Documents of which no record is made outside, although a flow creates one: it would be one too many.

What was cancelled before anybody heard of it, and what was amended from a document whose record goes on outside, since the
flow tells neither its end nor a change of it: a refund would be paid twice, an order delivered twice.
"""

from __future__ import annotations

import frappe

from erp_connect.config.flow import Flow, RequestRule
from erp_connect.config.request_rules import CREATE
from erp_connect.core.delivery.states import ON_HOLD
from erp_connect.outbound.request import NEVER_SENT, Verdict
from erp_connect.records import amendments
from erp_connect.records.document import Subject
from erp_connect.records.out_of_use import CANCELLED
from erp_connect.store.sync_link import Link

BEFORE = "amended_before"
UNSENT = "It was cancelled before it was sent, so nothing was made outside."
STANDS = (
	"It was amended from {0}, whose record {1} goes on outside: the flow tells neither its cancellation nor changes of it,"
	" and would make a second one. Change the record in the other system by hand, as far as it is another one now, then"
	" press Skip. If a second one is right, delete the Sync Link of {0}, then press Retry."
)


def verdict(event, flow: Flow, rule: RequestRule, link: Link | None, doc) -> Verdict | None:
	"""Why no record is made of a document as it is now; None where there is one, or nothing speaks against it."""
	if rule.operation != CREATE or link or doc is None or event.steps or event.replay_of or event.edited:
		return None
	return _cancelled(doc.docstatus, event) or _amended(event, flow, doc)


def not_again(event, subject: Subject, link: Link | None) -> Verdict | None:
	"""As `verdict`, of a creation that was tried before and is known to have had no effect."""
	if event.operation != CREATE or event.frozen or link or event.step or event.steps:
		return None
	if event.replay_of or event.edited or not frappe.get_meta(subject.doctype).is_submittable:
		return None
	return _cancelled(frappe.db.get_value(subject.doctype, subject.name, "docstatus"), event)


def _cancelled(docstatus: int | None, event) -> Verdict | None:
	if docstatus != CANCELLED or event.event == "cancel":
		return None
	return Verdict(event, "Skipped", NEVER_SENT, frappe._(UNSENT))


def _amended(event, flow: Flow, doc) -> Verdict | None:
	if not doc.get("amended_from"):
		return None
	before = amendments.outside_before(flow.account, flow.remote_entity, doc)
	return Verdict(event, ON_HOLD, BEFORE, frappe._(STANDS).format(*before)) if before else None
