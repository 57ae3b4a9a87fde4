"""Documents that a person cancelled and amended: the one that stands in place of the one that was cancelled.

What was one document for a person is one record outside, unless the cancellation was told there: then the record has
ended, and the amended document is another one. Promises that the links of a document, and what is still to be told of
it, are those of the document that it was amended to, from its first save on; where that draft is deleted, they go back.
What was changed in it is the person's: a record that only says what it said before does not take it back.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import frappe

from erp_connect.config import inflow
from erp_connect.config.inflow import DOCUMENT, INCOMING
from erp_connect.config.request_rules import CANCEL, OPERATION_OF_EVENT, UPDATE
from erp_connect.core.errors import ConnectError
from erp_connect.records import comparing
from erp_connect.store import amended, exemptions, sync_link, synced
from erp_connect.store.sync_link import Link

DRAFT, SUBMITTED, CANCELLED = 0, 1, 2


@dataclass(frozen=True)
class Kind:
	"""The records of one entity of an account that are documents of a type. flows: names of those that exchange them.

	kept: whether a record stays when its document is cancelled and amended. changed: whether it is told outside that a
	document is cancelled, or has changed.
	"""

	account: str
	entity: str
	flows: tuple[str, ...]
	kept: bool
	changed: bool


def last_amendment(doctype: str, name: str) -> str:
	"""The last document that `name` was amended to, drafts included; `name` itself where it stands or has no heir."""
	known = {name}
	while frappe.db.get_value(doctype, name, "docstatus") == CANCELLED:
		heirs = frappe.get_all(
			doctype, {"amended_from": name}, pluck="name", order_by="creation desc", limit=1
		)
		if not heirs or str(heirs[0]) in known:
			break
		name = str(heirs[0])
		known.add(name)
	return name


def that_stand(doctype: str, names: Collection[str]) -> dict[str, str]:
	"""Of these documents, those that are submitted, themselves or as what they were amended to: by their name, what stands."""
	found = {name: name for name in _submitted(doctype, names)}
	heirs = {name: last_amendment(doctype, name) for name in names if name not in found}
	standing = _submitted(doctype, heirs.values())
	return found | {name: heir for name, heir in heirs.items() if heir in standing}


def _submitted(doctype: str, names: Collection[str]) -> list[str]:
	return frappe.get_all(doctype, {"name": ("in", [*names, ""]), "docstatus": 1}, pluck="name")


def take_over(doctype: str, old: str, new: str) -> None:
	"""The records that were the cancelled document `old` are `new` now, where they stay."""
	if frappe.db.get_value(doctype, old, "docstatus") == CANCELLED:
		_move(doctype, old, new)


def give_back(doc) -> None:
	"""A draft by which a document was to be amended is being deleted: that one is what is outside again."""
	if frappe.db.exists(doc.doctype, doc.amended_from):
		_move(doc.doctype, str(doc.name), str(doc.amended_from))


def _move(doctype: str, old: str, new: str) -> None:
	exemptions.now_of(doctype, old, new)
	for kind in kinds(doctype):
		if kind.kept:
			amended.move_links(doctype, old, new, kind.account, kind.entity)
			amended.move_events(doctype, old, new, kind.flows)


def remember(doc) -> None:
	"""Keep what an amended document, which was just submitted, has otherwise than the one before it: no difference."""
	for kind in kinds(doc.doctype):
		link = kind.kept and sync_link.find_document(kind.account, kind.entity, doc.doctype, str(doc.name))
		if link:
			_remember(doc, kind, link)


def stays(account: str, entity: str, doctype: str) -> bool:
	"""Whether a record of this entity stays when its document is cancelled and amended."""
	return all(kind.kept for kind in kinds(doctype) if (kind.account, kind.entity) == (account, entity))


def heir(account: str, entity: str, doc) -> str | None:
	"""The document that has the record of a cancelled one, which was amended; None where that has its own, or none."""
	if doc.docstatus != CANCELLED or not stays(account, entity, doc.doctype):
		return None
	name = last_amendment(doc.doctype, str(doc.name))
	return name if name != str(doc.name) else None


def outside_before(account: str, entity: str, doc) -> tuple[str, str] | None:
	"""The latest document that `doc` was amended from and whose record of this entity goes on, with its id; None without any."""
	if any(kind.changed for kind in kinds(doc.doctype) if (kind.account, kind.entity) == (account, entity)):
		return None
	name, known = doc.amended_from, set()
	while name and name not in known:
		link = sync_link.find_document(account, entity, doc.doctype, str(name))
		if link and link.external_id:
			return str(name), link.external_id
		known.add(name)
		name = frappe.db.get_value(doc.doctype, name, "amended_from")
	return None


def kinds(doctype: str) -> list[Kind]:
	"""What documents of a type are outside, by the flows that exchange them one by one."""
	rows = frappe.get_all(
		"Field Mapping",
		filters={"document_type": doctype},
		fields=["name", "integration", "remote_entity", "direction", "enabled", "purpose"],
	)
	found: dict[tuple[str, str], list] = {}
	for row in rows:
		if (row.purpose or DOCUMENT) == DOCUMENT:
			found.setdefault((row.integration, row.remote_entity), []).append(row)
	return [
		Kind(account, entity, tuple(row.name for row in flows), _kept(flows), _changed_outside(flows))
		for (account, entity), flows in found.items()
	]


def _kept(flows: list) -> bool:
	if not any(_sends(row) for row in flows):
		return True
	requests = _requests(flows)
	if any(_is(CANCEL, row) for row in requests):
		return False
	# A place that is told by the document's name is another one for another document.
	return any(_is(UPDATE, row) and "{name" not in (row.path or "") for row in requests)


def _changed_outside(flows: list) -> bool:
	return any(_is(operation, row) for row in _requests(flows) for operation in (CANCEL, UPDATE))


def _requests(flows: list) -> list:
	"""What is asked for outside by those of some flows that are switched on."""
	sending = [row.name for row in flows if _sends(row)]
	return frappe.get_all(
		"Field Mapping Request",
		filters={"parent": ("in", [*sending, ""]), "parenttype": "Field Mapping"},
		fields=["event", "operation", "path"],
	)


def _sends(flow) -> bool:
	return bool(flow.enabled) and flow.direction != "Incoming"


def _is(operation: str, request) -> bool:
	usual = OPERATION_OF_EVENT[frappe.scrub(request.event)]
	return operation == (request.operation or usual) or operation == CANCEL == request.event


def _remember(doc, kind: Kind, link: Link) -> None:
	before = synced.base_of(link.synced_values)
	here, there = dict(before.here) if before else {}, dict(before.there) if before else {}
	old = frappe.get_doc(doc.doctype, doc.amended_from)
	for flow in _incoming(kind):
		was, now = comparing.of_flow(flow, old), comparing.of_flow(flow, doc)
		for field, value in now.items():
			if not comparing.same(was[field], value):
				there.setdefault(field, was[field])
				here[field] = value
	if here:
		amended.remember(link.name, synced.as_text(here, there, synced.own_of(link.synced_values)))


def _incoming(kind: Kind) -> list[inflow.InFlow]:
	"""The flows by which records come in and nothing goes out; those both ways know what both sides had."""
	found = []
	for name in kind.flows:
		if frappe.get_cached_value("Field Mapping", name, "direction") not in INCOMING:
			continue
		try:
			flow = inflow.load(name)
		except ConnectError:
			continue  # cannot be used, which is told where it is to be
		if flow.two_way:
			return []
		found.append(flow)
	return found
