"""Writes an outside record into ERPNext: found by its link or its match keys, with ordinary permissions.

Only mapped fields are ever written. The same record is written by one worker at a time; its link is made in the
same transaction as the document, so there is never one without the other. Never commits.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import frappe

from erp_connect.config.inflow import InFlow
from erp_connect.core.errors import ConnectError
from erp_connect.core.payload import normalise
from erp_connect.inbound.values import checked
from erp_connect.store import locks, sync_link
from erp_connect.store.sync_link import Binding

CREATED, UPDATED, UNCHANGED, STALE, IGNORED = "created", "updated", "unchanged", "stale", "ignored"


class HeldForReview(ConnectError):
	"""A person has to decide; nothing was written."""

	default_code = "held"


class BadRecord(ConnectError):
	"""The record cannot be used as it is."""

	default_code = "bad_record"


@dataclass(frozen=True)
class Written:
	"""What was done. name: of the document, None when the record was ignored. reason: why, for what was ignored."""

	action: str
	doctype: str
	name: str | None
	external_id: str | None
	reason: str = ""


@contextmanager
def coming_from(account: str) -> Iterator[None]:
	"""Changes inside the block are not sent back to `account`; other accounts get them."""
	before = frappe.flags.erp_connect_origin
	frappe.flags.erp_connect_origin = account
	try:
		yield
	finally:
		frappe.flags.erp_connect_origin = before


def upsert(flow: InFlow, record: dict[str, Any], known: set[str] | None = None) -> Written:
	"""Create or update the document of `record` (parsed JSON) as the session's user.

	known: what `look_ahead` found for the records of one call, kept up to date here.
	Raises `BadRecord`, `HeldForReview`, other `ConnectError`s of the mapping, and Frappe's own errors
	(permission, validation). Work under `transactions.read_committed`, so that what the worker before wrote is seen.
	"""
	external_id = identify(flow, record)
	version = version_of(flow, record)
	_lock(flow, record, external_id)
	with coming_from(flow.account):
		unlinked = known is not None and external_id is not None and external_id.casefold() not in known
		looked_up = None if unlinked else external_id
		name, link = find(flow, record, looked_up, external_id)
		if link and version and link.remote_version and _older(version, link.remote_version):
			return Written(STALE, flow.document_type, name, external_id)
		if name is None and flow.on_missing == "Ignore":
			return Written(IGNORED, flow.document_type, None, external_id)
		if name is None and flow.on_missing == "Hold for review":
			raise HeldForReview("This record is not in ERPNext yet. Create or link it, then press Retry.")
		doc, action = _write(flow, record, name)
		_bind(flow, doc.name, external_id, version)
	if known is not None and external_id:
		known.add(external_id.casefold())
	return Written(action, doc.doctype, doc.name, external_id)


def look_ahead(flow: InFlow, records: list) -> set[str]:
	"""Lock many records at once until the transaction ends, and tell which external ids are linked already.

	Raises `locks.Busy`. Records without a usable id are left for `upsert` to refuse.
	"""
	ids = set()
	for record in records:
		with suppress(BadRecord):
			ids.add(identify(flow, record))
	ids.discard(None)
	locks.until_commit_all([_lock_name(flow, external_id) for external_id in ids])
	return sync_link.linked_ids(flow.account, flow.remote_entity, list(ids))


def _lock_name(flow: InFlow, external_id: str) -> str:
	return f"in:{flow.account}:{flow.remote_entity}:{external_id}"


def _lock(flow: InFlow, record: dict, external_id: str | None) -> None:
	"""One worker at a time for a record, whether it is recognised by its id or by a match key."""
	if external_id:
		locks.until_commit(_lock_name(flow, external_id))
	if flow.match_keys:
		values = _values(flow, record, creating=True)
		for field in sorted(flow.match_keys):
			if values.get(field) not in (None, ""):
				locks.until_commit(f"match:{flow.document_type}:{field}:{str(values[field]).casefold()}")


def identify(flow: InFlow, record: Any) -> str | None:
	"""The external id of a record, as text. Raises `BadRecord` when there is no usable one."""
	if not isinstance(record, dict):
		raise BadRecord(
			"A record is an object with named fields, but this is {kind}.", kind=type(record).__name__
		)
	found = flow.external_id.search(record) if flow.external_id else None
	if found is None or found == "":
		return None
	if isinstance(found, bool | dict | list | float) or len(str(found)) > 140:
		raise BadRecord("The external id {found} cannot be used. Check its expression in flow {flow}.",
			found=str(found), flow=flow.name)  # fmt: skip
	return str(found)


def version_of(flow: InFlow, record: dict) -> str | None:
	found = flow.version.search(record) if flow.version else None
	return None if found is None or isinstance(found, dict | list) else str(found)[:140]


def find(
	flow: InFlow, record: dict, looked_up: str | None, external_id: str | None
) -> tuple[str | None, sync_link.Link | None]:
	"""Name of the document and its link: by external id, else by match keys. Raises `HeldForReview`.

	looked_up: the external id, or None where it is known that nothing is linked with it.
	"""
	if looked_up:
		link = sync_link.find_external(flow.account, flow.remote_entity, looked_up)
		if link and frappe.db.exists(flow.document_type, link.document_name):
			return link.document_name, link
	for field in flow.match_keys:
		value = _values(flow, record, creating=True).get(field)
		if value in (None, ""):
			continue
		# Everyone's documents, not just those the user may see: otherwise a hidden one would be doubled.
		names = frappe.get_all(flow.document_type, filters={field: value}, pluck="name", limit=2)
		if len(names) > 1:
			raise HeldForReview(
				"Several documents have {field} {value}. Link the right one, then press Retry.",
				field=field,
				value=value,
			)
		if names:
			_refuse_second_link(flow, names[0], external_id)
			return names[0], None
	return None, None


def _refuse_second_link(flow: InFlow, name: str, external_id: str | None) -> None:
	link = sync_link.find_many(flow.account, flow.remote_entity, flow.document_type, [name]).get(name)
	if external_id and link and link.external_id and link.external_id != external_id:
		raise HeldForReview(
			"{doctype} {name} fits this record but is linked with {other} already. Merge the two outside, or "
			"correct the Sync Link, then press Retry.",
			doctype=flow.document_type,
			name=name,
			other=link.external_id,
		)


def delete(flow: InFlow, external_id: str) -> Written:
	"""Delete the document linked with `external_id`, as the session's user. Raises `BadRecord`."""
	if not flow.allow_delete:
		raise BadRecord("Flow {flow} does not allow deletion.", code="not_allowed", flow=flow.name)
	link = sync_link.find_external(flow.account, flow.remote_entity, external_id)
	if not link:
		return Written(IGNORED, flow.document_type, None, external_id)
	with coming_from(flow.account):
		frappe.delete_doc(flow.document_type, link.document_name)
		sync_link.remove(link.name)
	return Written("deleted", flow.document_type, link.document_name, external_id)


def _write(flow: InFlow, record: dict, name: str | None):
	values = _values(flow, record, creating=name is None)
	if name is None:
		doc = frappe.get_doc({"doctype": flow.document_type, **values}).insert()
		if flow.submit and doc.meta.is_submittable:
			doc.submit()
		return doc, CREATED
	doc = frappe.get_doc(flow.document_type, name, for_update=True)
	doc.check_permission("write")
	if _equal(doc, values):
		return doc, UNCHANGED
	doc.update(values)
	doc.save()
	return doc, UPDATED


def _values(flow: InFlow, record: dict, *, creating: bool) -> dict[str, Any]:
	values = flow.mapping.apply(
		record,
		creating=creating,
		time_zone=frappe.utils.get_system_timezone(),
		lookup=lambda doctype, outside: sync_link.document_of(flow.account, doctype, outside),
	)
	return checked(flow.document_type, values, flow.mapping.targets())


def _equal(doc, values: dict) -> bool:
	"""Whether the document has these values already: then it is not saved, and nobody is told of a change."""
	current = normalise(doc.as_dict())
	return all(_same(current.get(field), value) for field, value in values.items())


def _same(have: Any, want: Any) -> bool:
	if isinstance(want, list):
		return (
			isinstance(have, list)
			and len(have) == len(want)
			and all(_same(one, other) for one, other in zip(have, want, strict=True))
		)
	if isinstance(want, dict):
		return isinstance(have, dict) and all(_same(have.get(name), value) for name, value in want.items())
	if isinstance(have, int | float) and not isinstance(want, int | float):
		return frappe.utils.flt(want) == have
	return (have or "") == (want or "") if not isinstance(want, int | float) else have == want


def _older(version: str, known: str) -> bool:
	"""Versions are compared as numbers or as times where both are, otherwise as text."""
	for read in (float, frappe.utils.get_datetime):
		try:
			return read(version) < read(known)
		except (TypeError, ValueError):
			continue
	return version < known


def _bind(flow: InFlow, name: str, external_id: str | None, version: str | None) -> None:
	if not external_id:
		return
	conflicts = sync_link.bind(
		[
			Binding(
				integration=flow.account,
				remote_entity=flow.remote_entity,
				document_type=flow.document_type,
				document_name=name,
				flow=flow.name,
				fingerprint=None,
				external_id=external_id,
				received=True,
				remote_version=version,
			)
		]
	)
	for conflict in conflicts.values():
		raise conflict
