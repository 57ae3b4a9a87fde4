"""Writes an outside record into ERPNext: found by its link or its match keys, with ordinary permissions.

Only mapped fields are ever written. The same record is written by one worker at a time; its link is made in the
same transaction as the document, so there is never one without the other. Never commits.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import frappe
from frappe import _

from erp_connect.config.inflow import IGNORE, InFlow
from erp_connect.config.protected_doctypes import require_writable
from erp_connect.core.errors import ConnectError
from erp_connect.core.mapping import arrival
from erp_connect.records import (
	as_in_desk,
	as_said,
	binder,
	cancelled,
	comments,
	comparing,
	exempt,
	fetched_fields,
	finder,
	gone,
	item_attributes,
	known_elsewhere,
	link_state,
	lookups,
	missed,
	names,
	new_document,
	origin,
	own_file,
	price_lists,
	received_files,
	renaming,
	row_units,
	submitted,
	tables,
	two_way,
)
from erp_connect.records.errors import HeldForReview, NotYet
from erp_connect.records.identity import etag_of, identify, is_outdated, required, version_of
from erp_connect.records.link_state import UNCHANGED, Done, Outside
from erp_connect.records.missed import Missed
from erp_connect.records.values import once as values_once
from erp_connect.records.values import record_values
from erp_connect.store import locks, sync_link, synced
from erp_connect.store.exemptions import PIN_HERE

CREATED, UPDATED, STALE, IGNORED = "created", "updated", "stale", "ignored"
CANCELLED = "cancelled"
# Left as it is, as a person decided of the document.
SKIPPED = "skipped"
# Kept for a person to decide.
HELD = "held"
OVERTAKEN = "A later event has said all this already."
ENDED = "Its end was told by a later event."
NOT_MEANT = "It is linked with no document here, and New records only if (tab Incoming of the flow) is not true of it, so it is left out."
DELETED_HERE = "Its document was deleted here, and the outside is about to hear of it."


@dataclass(frozen=True)
class Written:
	"""What was done. name: of the document, None when the record was ignored. reason: why, for what was ignored.

	whole: the document has now what the record says, and nothing else in the fields of the flow. missed: what the
	record says and the document does not, as ERPNext put it back (only of flows that come in alone), and files that
	were not attached.
	"""

	action: str
	doctype: str
	name: str | None
	external_id: str | None
	reason: str = ""
	whole: bool = True
	missed: tuple[Missed, ...] = ()


@contextmanager
def coming_from(account: str) -> Iterator[None]:
	"""Changes inside the block are not sent back to `account`, which others get, and make no Item Prices by the way."""
	price_lists.leave_alone()
	with origin.changes_of(account):
		yield


def upsert(
	flow: InFlow,
	record: dict[str, Any],
	known: set[str] | None = None,
	*,
	decision: two_way.Decision = None,
	received_hash: str | None = None,
	arrived: int | None = None,
	downloads: received_files.Downloads = received_files.NONE,
) -> Written:
	"""Create or update the document of `record` (parsed JSON) as the session's user.

	known: what `look_ahead` found for the records of one call, kept up to date here.
	decision: of a person, which side stands where both changed. received_hash: of the record as it was fetched.
	arrived: place of its event in the order of arrival, which counts where the flow knows no versions. downloads: its files
	that stand at an address.
	Raises `BadRecord`, `HeldForReview`, `NotYet`, other `ConnectError`s of the mapping, and Frappe's own errors
	(permission, validation). Work under `transactions.read_committed`, so that what the worker before wrote is seen.
	"""
	require_writable(flow.document_type)  # flows that were saved before this was refused
	external_id = required(flow, record)
	version = version_of(flow, record)
	if external_id:
		locks.until_commit(finder.lock_name(flow, external_id))
	with coming_from(flow.account), lookups.once(), values_once():
		name, link = _find(flow, record, external_id, known)
		if left := _left(flow, record, name, link, external_id, arrived):
			return left
		if left := _not_taken(flow, record, name, link, external_id, decision):
			return left
		gone.put_back(flow, name, link)
		name, link = renaming.follow(flow, record, name, link, external_id)
		# What is fetched now is newer than all that came.
		arrived = None if flow.version or flow.fetch_each else arrived
		done = _write(flow, record, name, link, version, decision, arrived, downloads)
		if done is None:
			return Written(STALE, flow.document_type, name, external_id, OVERTAKEN, whole=False)
		if flow.files:
			done = _with_files(flow, record, done, downloads)
		etag = etag_of(flow, record)
		outside = Outside(external_id, version, etag, received_hash, arrived) if external_id else None
		whole = outside is None or link_state.bind(flow, done, link, outside)
	if known is not None and external_id:
		known.add(external_id)
	whole = whole and not done.missed
	return Written(
		done.action, done.doc.doctype, str(done.doc.name), external_id, whole=whole, missed=done.missed
	)


def _find(
	flow: InFlow, record: dict, external_id: str | None, known: set[str] | None
) -> tuple[str | None, sync_link.Link | None]:
	unlinked = known is not None and external_id is not None and external_id not in known
	try:
		name, link = finder.find(flow, record, None if unlinked else external_id, external_id)
	except HeldForReview:
		if flow.takes_new(record):
			raise
		return None, None  # which document it may be matters to none: it is left out
	if name is None and flow.two_way and external_id:
		return finder.again(flow, record, external_id)
	return name, link


def _left(
	flow: InFlow,
	record: dict,
	name: str | None,
	link: sync_link.Link | None,
	external_id: str | None,
	arrived: int | None,
) -> Written | None:
	"""What becomes of a record that says nothing new, or whose document a person took out; None where it is written."""
	version = version_of(flow, record)
	anew = gone.begins_anew(link, arrived)
	if link and not anew and is_outdated(flow.account, version, link.remote_version):
		return Written(STALE, flow.document_type, name, external_id, whole=False)
	if gone.ended_after(flow, external_id, link, arrived):
		return Written(STALE, flow.document_type, name, external_id, ENDED, whole=False)
	if not (exemption := exempt.of_incoming(flow, name, link and link.document_name)):
		return None
	if link and exemption.rule == PIN_HERE:
		# What is sent of it replaces the record as it is now.
		synced.sent([(link.name, None, version, etag_of(flow, record))])
	reason, name = exempt.told(exemption), exemption.document_name
	return Written(SKIPPED, flow.document_type, name, external_id, reason, whole=False)


def _not_taken(
	flow: InFlow,
	record: dict[str, Any],
	name: str | None,
	link: sync_link.Link | None,
	external_id: str | None,
	decision: two_way.Decision,
) -> Written | None:
	"""What becomes of a record that is not linked: None when it is written. Raises `ConnectError`."""
	if name is None and link is None and decision is None and not flow.takes_new(record):
		return Written(IGNORED, flow.document_type, None, external_id, _(NOT_MEANT))
	return _not_created(flow, record, external_id, decision) if name is None else None


def _not_created(
	flow: InFlow, record: dict[str, Any], external_id: str | None, decision: two_way.Decision
) -> Written | None:
	"""What becomes of a record that is not here: None when it is to be created. Raises `ConnectError`."""
	if flow.two_way and external_id and finder.deleted_here(flow, external_id):
		if two_way.prefers_outside(decision) and finder.undo_deletion(flow, external_id):
			return None
		return Written(IGNORED, flow.document_type, None, external_id, _(DELETED_HERE))
	if flow.on_missing == IGNORE:
		return Written(IGNORED, flow.document_type, None, external_id)
	if reason := known_elsewhere.reason(flow, record):
		return Written(IGNORED, flow.document_type, None, external_id, reason)
	if flow.on_missing == "Hold for review":
		raise HeldForReview(
			"This record is not in ERPNext yet. Create its document and link it (in its menu: Link with a Record Outside…), "
			"then {again}."
		)
	if flow.on_missing == "Wait for its creation":
		raise NotYet(external_id)
	return None


def look_ahead(flow: InFlow, records: list) -> set[str]:
	"""Lock many records at once until the transaction ends, and tell which external ids are linked already.

	Raises `locks.Busy`. Records without a usable id are left for `upsert` to refuse.
	"""
	ids = set()
	for record in records:
		with suppress(ConnectError):
			ids.add(identify(flow, record))
	ids.discard(None)
	locks.until_commit_all([finder.lock_name(flow, external_id) for external_id in ids])
	return sync_link.linked_ids(flow.account, flow.remote_entity, list(ids))


def _write(
	flow: InFlow,
	record: dict,
	name: str | None,
	link: sync_link.Link | None,
	version: str | None,
	decision: two_way.Decision,
	arrived: int | None,
	downloads: received_files.Downloads,
) -> Done | None:
	"""None where a later event has said all that the record says."""
	values = record_values(flow, record, creating=name is None)
	if flow.make_attributes:
		item_attributes.make(flow.document_type, values)
	item_attributes.look_anew()
	if name is None:
		more = own_file.beside(flow, record, values, downloads) if own_file.is_meant(flow) else {}
		doc = new_document.make(flow, record, values, more)
		return Done(doc, CREATED, values, missed=new_document.missed_in(flow, doc, values))
	if link and arrived is not None and decision is None:
		late = arrival.overtaken(link.details, sync_link.flow_key(flow.name), values, arrived)
		if late and late == set(values):
			return None
		values = {field: value for field, value in values.items() if field not in late}
	doc = frappe.get_doc(flow.document_type, name, for_update=True)
	if not values and comments.is_meant(doc):
		comments.require_readable(doc)  # what people said stays as it is
		return Done(doc, UNCHANGED, values)
	doc.check_permission("write")
	if flow.two_way:
		decision = decision or (two_way.SEEN if two_way.was_seen(flow, doc, record) else None)
		values, brought = two_way.write(flow, doc, values, link, version, decision)
		as_said.require(flow, record, doc, values)
		return Done(doc, UPDATED if brought.saved else UNCHANGED, values, brought)
	sets = comparing.sets_of(flow)
	base = synced.base_of(link.synced_values) if link else None
	known = comparing.as_before(doc, values, base, sets)
	values = tables.whole(flow, values, doc, known)
	if comparing.equal(doc, values, base, sets):
		cancelled.refuse_as_booked(flow, doc)
		return Done(doc, UNCHANGED, values)
	cancelled.refuse(flow, doc)
	news = {field: value for field, value in values.items() if field not in known}
	before = comparing.of_document(doc, news, news, sets)
	changed = [field for field in news if not comparing.equal(doc, {field: news[field]}, base, sets)]
	binder.fill(doc, news, flow.row_keys, row_units.counted(flow))
	names.require_linked(doc, news)
	as_in_desk.fill_changed(flow, doc, news, before, record)
	fetched_fields.write_sources(doc, values)
	with origin.about(doc.doctype, doc.name):
		submitted.save(doc, changed, flow.after_submit)
	as_said.require(flow, record, doc, values)
	return Done(doc, UPDATED, values, missed=tuple(missed.find(doc, before, news, sets)))


def _with_files(flow: InFlow, record: dict, done: Done, downloads: received_files.Downloads) -> Done:
	if own_file.is_meant(flow):
		return _with_contents(flow, record, done, downloads)
	made, lost = received_files.attach(flow, record, done.doc, downloads, creating=done.action == CREATED)
	action = UPDATED if made and done.action == UNCHANGED else done.action
	return replace(done, action=action, missed=(*done.missed, *lost))


def _with_contents(flow: InFlow, record: dict, done: Done, downloads: received_files.Downloads) -> Done:
	if done.action == CREATED or not own_file.renew(flow, record, done.doc, downloads):
		return done
	return replace(done, action=UPDATED)
