"""Records of the source held against the documents here: what is missing here, and what differs. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import frappe

from erp_connect.core.errors import ConnectError
from erp_connect.core.payload.serialise import fingerprint
from erp_connect.core.values import cursor
from erp_connect.reconcile import fields, inside, left_out, timestamps, told
from erp_connect.reconcile.sides import Sides
from erp_connect.records import comparing, document, finder, identity
from erp_connect.records.errors import HeldForReview
from erp_connect.records.out_of_use import CANCELLED
from erp_connect.store import sync_link
from erp_connect.store.sync_difference import DIFFERENT, MISSING_HERE, Finding

LINK_COLUMNS = (
	"name, document_type, document_name, external_id, remote_version, received_hash, synced_values, last_sent,"
	" last_received, merged"
)
# How long a source may list what it had before.
LATE = timedelta(minutes=15)
WENT_BACK = (
	"The other side has an older version of this record ({0}) than the one that came before ({1}), as after a backup was "
	"restored there. Until this difference is repaired, changes of it are passed over as older ones."
)
# Stands among the fields that differ for the id of the record.
ID = "_external_id"


@dataclass(frozen=True)
class Item:
	"""A record as the source lists it. whole: with all its fields, fetched by itself where the flow says so.

	state: fingerprint, as pulls keep it. subject: what tells it from others. problem: why it has no usable id.
	"""

	record: Any
	whole: Any
	external_id: str | None
	version: str | None
	state: str
	subject: str
	problem: str = ""


@dataclass
class Seen:
	"""What records tell. links: names of the Sync Links that were met. matched: documents without one that were; equal: those of them that
	are as their record says, with its id. lines: payout,
	subject and `ClearingEntry` of each entry of a clearing account that a payout took along."""

	findings: list[Finding] = field(default_factory=list)
	links: list[str] = field(default_factory=list)
	matched: list[str] = field(default_factory=list)
	equal: dict[str, str] = field(default_factory=dict)
	lines: list[tuple[str, str, Any]] = field(default_factory=list)


def read(sides: Sides, record: Any, whole: Any = None) -> Item:
	"""A record with its identity. whole: the record in full, where it was fetched."""
	state, problem, external_id, version = fingerprint(record), "", None, None
	try:
		external_id = identity.identify(sides.inward, record)
		version = identity.version_of(sides.inward, whole or record)
	except ConnectError as error:
		problem = told.of(error)
	return Item(record, whole, external_id, version, state, external_id or state, problem)


def look(sides: Sides, items: Iterable[Item]) -> Seen:
	"""What the documents here say to records. Of one that stands twice, the newer version counts, else the later.

	Where the flow fetches single records, those that came as they are listed may only turn out to be `uncertain`.
	"""
	wanted: dict[str, Item] = {}
	for item in items:
		known = wanted.get(item.subject)
		if known is None or not identity.is_outdated(sides.account.name, item.version, known.version):
			wanted[item.subject] = item
	links = _links(sides, wanted)
	here = _existing(links.values())
	seen, pairs = Seen(), []
	for item in wanted.values():
		link = links.get(item.subject) if item.external_id else None
		if link and (link.document_type, link.document_name) in here:
			seen.links.append(link.name)
			# The record of a document that was merged into this one has values of its own.
			if link.document_type == sides.doctype and not link.merged:
				pairs.append((item, link.document_name, link))
		else:
			_recognise(sides, item, link, seen, pairs)
	_compare_all(sides, pairs, seen)
	return seen


def _compare_all(sides: Sides, pairs: list[tuple[Item, str, Any]], seen: Seen) -> None:
	"""Hold records against the documents that they are. pairs: item, name of the document, and its link or None."""
	docs = document.load_many(sides.doctype, list({name for _, name, _ in pairs})) if pairs else {}
	docs = {str(name): doc for name, doc in docs.items()}
	for item, name, link in pairs:
		doc = docs.get(str(name))
		found = _compare(sides, item, doc, link) if doc else None
		if found and _in_scope(sides, item, doc):
			seen.findings.append(found)
		elif _equal(item, doc, link, found):
			seen.equal[str(name)] = item.external_id


def _equal(item: Item, doc: Any, link: Any, found: Finding | None) -> bool:
	"""Whether a document without a link says what its record does."""
	return bool(doc and not found and not link and item.external_id and doc.docstatus != CANCELLED)


def _is_left_out(sides: Sides, item: Item, link: Any, message: str) -> bool:
	"""Whether no document is to be made of a record that is none here. message: why it is not clear which one it is."""
	if not link and left_out.is_not_meant(sides.inward, item.record, item.whole):
		return True
	return not message and left_out.is_known(sides.inward, item.record, item.whole)


def _recognise(sides: Sides, item: Item, link: Any, seen: Seen, pairs: list) -> None:
	"""A record without a link to a document that exists: is it here all the same?

	While it has a link to one that does not exist, nothing else can be linked with it: then it is missing here.
	"""
	message = item.problem
	name = other = None
	try:
		if not message:
			record = item.whole or item.record
			name, other = finder.find(sides.inward, record, None, item.external_id, to_write=False)
	except ConnectError as error:
		message = told.of(error)
		other = _fitting(sides, error)
	if link:
		seen.links.append(link.name)
	if other:
		seen.links.append(other.name)
	elif name:
		seen.matched.append(name)
	if name and not link:
		pairs.append((item, name, _full(other)))
	elif sides.inward.on_missing != "Ignore" and not _is_left_out(sides, item, link, message):
		seen.findings.append(
			Finding(
				MISSING_HERE,
				item.subject,
				sides.doctype,
				# Of the document that was here once.
				document_name=link.document_name if link else None,
				external_id=item.external_id,
				link=link.name if link else None,
				message=message,
				record=item.record,
				latest=timestamps.latest(
					_changed(sides, item), link and link.last_sent, link and link.last_received
				),
				uncertain=item.whole is None and sides.inward.is_part(item.record),
			)
		)


def _fitting(sides: Sides, error: ConnectError) -> Any:
	"""The link of the document that a record fits, although it is linked with another one: it is not gone outside.

	Otherwise it would be deleted here, or sent there for a second time.
	"""
	if not isinstance(error, HeldForReview) or error.held_for != finder.FITS_LINKED:
		return None
	return sync_link.find_document(
		sides.account.name, sides.inward.remote_entity, sides.doctype, error.params["name"]
	)


def _compare(sides: Sides, item: Item, doc, link: Any) -> Finding | None:
	if doc.docstatus == CANCELLED or (_outdated(item, link) and _just_exchanged(link)):
		return None
	found, message = [], _went_back(item, link)
	uncertain = item.whole is None and sides.inward.is_part(item.record)
	if uncertain:
		if not _renamed(item, link) and _as_received(sides, item, doc, link):
			return None
	else:
		try:
			found = fields.differing(sides, doc, item.whole or item.record, link)
		except ConnectError as error:
			message = told.of(error)
		if _renamed(item, link):
			found = [
				{
					"field": ID,
					"label": frappe._("External id"),
					"here": link.external_id,
					"there": item.external_id,
				},
				*found,
			]
		if not found and not message:
			return None
		if not doc.has_permission("read"):
			found, message = [], frappe._("User {0} may not read this document.").format(frappe.session.user)
	return Finding(
		DIFFERENT,
		item.subject,
		sides.doctype,
		document_name=str(doc.name),
		external_id=item.external_id,
		link=link.name if link else None,
		message=message,
		fields=found,
		record=item.record,
		latest=timestamps.latest(
			_changed(sides, item), doc.modified, link and link.last_sent, link and link.last_received
		),
		uncertain=uncertain,
	)


def _in_scope(sides: Sides, item: Item, doc) -> bool:
	"""Whether the flow still sends a document, where it does; how others differ does not matter."""
	return sides.outward is None or inside.wanted_outside(sides, doc, item.external_id)[0]


def _renamed(item: Item, link: Any) -> bool:
	"""Whether the record of a linked document has another id than the link."""
	return bool(link and link.external_id and item.external_id and link.external_id != item.external_id)


def _outdated(item: Item, link: Any) -> bool:
	"""Whether the document has a later version of the record already than the source lists."""
	if not link or not item.version or not link.remote_version or identity.is_etag(item.version):
		return False
	return cursor.older(item.version, link.remote_version)


def _just_exchanged(link: Any) -> bool:
	"""Whether what the source lists may be late: such a list is no sign of a record that went back."""
	exchanged = timestamps.latest(link.last_received, link.last_sent)
	return exchanged is not None and datetime.now(timezone.utc) - exchanged < LATE


def _went_back(item: Item, link: Any) -> str:
	"""What is told of a record that the source has in an older version than the one that came; else empty."""
	return frappe._(WENT_BACK).format(item.version, link.remote_version) if _outdated(item, link) else ""


def _as_received(sides: Sides, item: Item, doc, link: Any) -> bool:
	"""Whether neither side changed since the record was exchanged, so that a closer look would tell nothing."""
	if not link or fields.changed_here(doc, link, comparing.sets_of(sides.inward)):
		return False
	if not item.version and _changed(sides, item) is None:
		return False  # a part of a record that looks the same after a change
	exchanged = timestamps.latest(link.last_received, link.last_sent)
	if exchanged is None or timestamps.latest(doc.modified) > exchanged:
		return False
	if item.version and link.remote_version:
		# A version without a received state: the one that our own change was answered with.
		return item.version == link.remote_version and link.received_hash in (None, "", item.state)
	return link.received_hash == item.state


def _changed(sides: Sides, item: Item) -> datetime | None:
	"""When the record was changed, as far as the flow knows."""
	try:
		found = sides.pull.changed.search(item.record) if sides.pull.changed else None
	except ConnectError:
		return None
	return timestamps.outside(found, sides.account.time_zone)


def _links(sides: Sides, items: dict[str, Item]) -> dict[str, Any]:
	ids = tuple(item.external_id for item in items.values() if item.external_id)
	if not ids:
		return {}
	rows = frappe.db.sql(
		f"SELECT {LINK_COLUMNS} FROM `tabSync Link`"
		" WHERE integration = %s AND remote_entity = %s AND external_id IN %s",
		(sides.account.name, sides.inward.remote_entity, ids),
		as_dict=True,
	)
	return {row.external_id: row for row in rows}


def _full(link: Any) -> Any:
	"""The row of a link that was found by its document."""
	if link is None:
		return None
	rows = frappe.db.sql(
		f"SELECT {LINK_COLUMNS} FROM `tabSync Link` WHERE name = %s", link.name, as_dict=True
	)
	return rows[0] if rows else None


def _existing(links: Iterable[Any]) -> set[tuple[str, str]]:
	"""(document type, name) of linked documents that exist."""
	wanted: dict[str, list[str]] = {}
	for link in links:
		wanted.setdefault(link.document_type, []).append(link.document_name)
	return {
		(doctype, str(name))
		for doctype, names in wanted.items()
		for name in frappe.get_all(doctype, filters={"name": ("in", names)}, pluck="name")
	}
