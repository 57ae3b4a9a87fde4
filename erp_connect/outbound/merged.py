"""The end of a document that was merged into another one: what is told of it, for which record, and when not."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.config.flow import Flow
from erp_connect.outbound.loader import Loader
from erp_connect.outbound.request import NEVER_SENT, REQUEST_UNDER_WAY, Verdict
from erp_connect.records.document import Subject
from erp_connect.store import merged_links
from erp_connect.store.merged_links import tells_end
from erp_connect.store.sync_link import Link

Survivor = dict[str, str | None]
UNDER_WAY = (
	"A request that may make its record is still under way, so it was not told yet. If this does not change, see what became of "
	"that request, then press Retry."
)
TAKEN_OVER = "Its record outside is that of {0} now, into which it was merged."
SURVIVOR_UNKNOWN = (
	"The other system does not know {0}, into which this document was merged. Merge or delete the record there by hand,"
	" then skip this event."
)


def link_of(event: Any, flow: Flow, subject: Subject, loaded: Loader) -> Link | None:
	"""The link of an event's document; of one that was merged, that of the record which was its own."""
	if not (event.merged_into and tells_end(event)):
		return loaded.link(flow, subject)
	return merged_links.find(
		flow.account, flow.remote_entity, subject.doctype, event.merged_into, subject.name
	)


def survivor_of(event: Any, flow: Flow, subject: Subject, loaded: Loader) -> Survivor | None:
	"""`_merged_into` of an event that tells of a merge: `name` and `external_id` of the document that is left."""
	if not event.merged_into:
		return None
	link = loaded.link(flow, Subject(subject.doctype, event.merged_into))
	return {"name": event.merged_into, "external_id": link.external_id if link else None}


def not_to_be_told(
	event: Any, flow: Flow, subject: Subject, link: Link | None, survivor: Survivor | None
) -> Verdict | None:
	"""What becomes of an end of which there is nothing to tell, or not yet; None for all other events."""
	if survivor is None or not tells_end(event):
		return None
	if link is None:
		return _without_record(event, flow)
	if not merged_links.is_last(link, subject.name):
		return Verdict(event, "Skipped", "taken_over", frappe._(TAKEN_OVER).format(link.document_name))
	rule = flow.rule(event.event, linked=True)
	if rule and rule.event == "merge" and flow.external_id and not survivor["external_id"]:
		text = frappe._(SURVIVOR_UNKNOWN).format(survivor["name"])
		return Verdict(event, "Failed", "survivor_unknown", text)
	return None


def _without_record(event: Any, flow: Flow) -> Verdict | None:
	if merged_links.under_way(event):
		return Verdict(event, "Failed", REQUEST_UNDER_WAY, frappe._(UNDER_WAY))
	return Verdict(event, "Skipped", NEVER_SENT) if flow.external_id else None
