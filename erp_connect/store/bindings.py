"""Binds documents to the records they are outside, as an exchange has told: one Sync Link each.

No document and no record is ever bound twice (unique indexes); what would be is a conflict, and changes nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import frappe
from frappe.utils import now

from erp_connect.core.errors import ConnectError, Whole
from erp_connect.store import statements, sync_link

# `received_hash` of a record that came in part: equal to none that is fetched.
PARTIAL = "-"
ANSWERED = (
	"The answer names external id {external_id}, which is that of {other} already: to the other system, both are one record. If "
	"they are one, merge them; otherwise change by what it knows them in one of them (an e-mail address, say). Then press Retry. "
	"To leave this document out for good, choose Skip or Pin… in its menu, then press Skip. Where the two have nothing in common, "
	"correct External id in the answer of the flow (tab Answer), or External id in the Sync Link of {other}."
)
TAKEN = (
	"The record with external id {external_id} is linked with {other}, not with the document that was found for it. Merge "
	"the two documents, or correct the Sync Link of {other}, then {again}."
)
TAKEN_BY_TYPE = (
	"The record with external id {external_id} is linked with {other} already, and this flow makes another type of document of it. "
	"Enter another Outside object in one of the two flows, then {again}."
)
TAKEN_BY_DELETED = (
	"The record with external id {external_id} is linked with {other}, which was deleted here. Delete that Sync Link, then "
	"{again}."
)


class LinkConflict(ConnectError):
	"""The external id belongs to another document already."""

	default_code = "link_conflict"


@dataclass(frozen=True)
class Binding:
	"""What a successful exchange says about a document.

	fingerprint: of the state it now has outside. received: the state came from there.
	details: JSON that belongs to the link, such as the rows that the lines of an order became.
	synced: values of the fields on both sides, see `store.synced`. received_hash: of the record as it
	was fetched, `PARTIAL`, or None of a whole record that came another way. etag: what the outside calls that state.
	made: the exchange may have made the record. merged_from: name of the document when it was sent, where it was merged
	into this one since.
	"""

	integration: str
	remote_entity: str
	document_type: str
	document_name: str
	flow: str
	fingerprint: str | None
	external_id: str | None = None
	external_url: str | None = None
	received: bool = False
	remote_version: str | None = None
	details: str | None = None
	synced: str | None = None
	received_hash: str | None = None
	etag: str | None = None
	made: bool = False
	merged_from: str | None = None


def bind_received(
	integration: str,
	remote_entity: str,
	document_type: str,
	document_name: str,
	external_id: str,
	details: str | None = None,
) -> None:
	"""Link a document with the record that it was made of, or is. details: as in `Binding`. Raises `LinkConflict`."""
	binding = Binding(
		integration=integration,
		remote_entity=remote_entity,
		document_type=document_type,
		document_name=document_name,
		flow="",
		fingerprint=None,
		external_id=external_id,
		received=True,
		details=details,
	)
	for conflict in bind([binding]).values():
		raise conflict


def bind(bindings: list[Binding]) -> dict[int, LinkConflict]:
	"""Write what was sent, and the external ids that came back. Returns conflicts by position in `bindings`.

	All new documents go in by one statement. If that clashes with a unique index, they go one by one, so that
	the one in conflict is found and never changes the other document's link.
	"""
	if not bindings:
		return {}
	try:
		_insert(bindings)
	except Exception as error:
		if not frappe.db.is_duplicate_entry(error):
			raise
		# MariaDB has undone this statement, and nothing else of the transaction.
		return _bind_one_by_one(bindings)
	return {}


def bind_again(link: str, binding: Binding) -> None:
	"""As `bind` of a record that came again by its link, of which its flow has sent nothing. Raises `LinkConflict`.

	One statement, where `bind` has three: what devices and pulls bring is mostly known.
	"""
	values = {**_told(binding), "received_hash": binding.received_hash, "modified": now()}
	values["modified_by"] = frappe.session.user
	sets = ", ".join(f"`{column}` = %s" for column in values)
	frappe.db.sql(f"UPDATE `tabSync Link` SET {sets} WHERE name = %s", [*values.values(), link])
	if not frappe.db._cursor.rowcount:  # somebody has deleted it meanwhile
		for conflict in bind([binding]).values():
			raise conflict


def _bind_one_by_one(bindings: list[Binding]) -> dict[int, LinkConflict]:
	conflicts = {}
	for position, binding in enumerate(bindings):
		try:
			_bind_one(binding)
		except Exception as error:
			if not frappe.db.is_duplicate_entry(error):
				raise
			if not _take_over(binding):
				conflicts[position] = _conflict(
					binding.integration, binding.remote_entity, binding.external_id,
					doctype=binding.document_type, received=binding.received,
				)  # fmt: skip
	return conflicts


def _take_over(binding: Binding) -> bool:
	"""Link a new document with a record that was a cancelled one of its type, or was gone; whether it was.

	Some systems know a record by what both have in common, such as a day or a number: it has the same id when it is made anew.
	A document of which the record is gone keeps its link, so that it is not made there again by itself.
	"""
	if binding.received or not binding.made or not binding.external_id:
		return False
	found = sync_link.find_external(binding.integration, binding.remote_entity, binding.external_id)
	if not found or found.merged or _linked(binding):
		return False
	if found.gone_at:
		frappe.db.set_value("Sync Link", found.name, "external_id", None)
	elif _is_cancelled(found, binding.document_type):
		sync_link.remove(found.name)
	else:
		return False
	_insert([binding])
	return True


def _is_cancelled(link: sync_link.Link, doctype: str) -> bool:
	"""Whether the document of a link is a cancelled one of this type, and the link keeps nothing else of it."""
	if link.details or link.document_type != doctype or not frappe.get_meta(doctype).is_submittable:
		return False
	return frappe.db.get_value(doctype, link.document_name, "docstatus") == 2


def _bind_one(binding: Binding) -> None:
	found = _linked(binding)
	if not found:
		_insert([binding])
		return
	name, sent_state, known_id, known_from = found
	if (
		binding.made
		and known_id
		and (binding.external_id or known_id) != known_id
		and (binding.merged_from or known_from)
	):
		_insert_beside(binding)
		return
	values = _told(binding)
	if binding.received:
		values["received_hash"] = binding.received_hash
	if values:
		frappe.db.set_value("Sync Link", name, values)
	# Of a state that came from outside and is not all that the document says, what was sent before holds no more.
	if (
		not binding.received
		or binding.fingerprint
		or sync_link.flow_key(binding.flow) in sync_link.state_of(sent_state)
	):
		sync_link.touch([(name, binding.flow, binding.fingerprint)], sent=not binding.received)


def _told(binding: Binding) -> dict[str, Any]:
	"""Columns of a link that an exchange has something new to say of."""
	known = {
		"external_id": binding.external_id,
		"external_url": binding.external_url,
		"remote_version": binding.remote_version,
		"etag": binding.etag,
		"details": binding.details,
		"synced_values": binding.synced,
		"last_received": now() if binding.received else None,
	}
	return {column: value for column, value in known.items() if value}


def _insert_beside(binding: Binding) -> None:
	"""A second record of a document: two were merged while one of them was being made outside."""
	last = frappe.db.sql(
		"SELECT MAX(merged) FROM `tabSync Link` WHERE integration = %(integration)s AND remote_entity = %(remote_entity)s"
		" AND document_type = %(document_type)s AND document_name = %(document_name)s",
		vars(binding),
	)[0][0]
	fixed = statements.standard_values()
	row = {**fixed, **_new_row(binding, fixed["modified"])}
	row |= {"merged": last + 1, "merged_from": binding.merged_from}
	statements.insert("Sync Link", list(row), [row])


def _linked(binding: Binding) -> tuple[str, str | None, str | None, str | None] | None:
	"""Name, `sent_state`, id and `merged_from` of the link of a document: the one with the id, else the one by which it is
	sent."""
	rows = frappe.db.sql(
		"SELECT name, sent_state, external_id, merged_from FROM `tabSync Link` WHERE integration = %(integration)s"
		" AND remote_entity = %(remote_entity)s AND document_type = %(document_type)s"
		" AND document_name = %(document_name)s AND (merged = 0 OR external_id = %(external_id)s)"
		" ORDER BY merged DESC LIMIT 1",
		vars(binding),
	)
	return rows[0] if rows else None


def _insert(bindings: list[Binding]) -> None:
	fixed = statements.standard_values()
	rows = [{**fixed, **_new_row(binding, fixed["modified"])} for binding in bindings]
	statements.insert("Sync Link", list(rows[0]), rows)


def _new_row(binding: Binding, stamp: str) -> dict[str, Any]:
	return {
		"name": frappe.generate_hash(length=12),
		"integration": binding.integration,
		"remote_entity": binding.remote_entity,
		"document_type": binding.document_type,
		"document_name": binding.document_name,
		"external_id": binding.external_id,
		"external_url": binding.external_url,
		"last_sent": None if binding.received else stamp,
		"last_received": stamp if binding.received else None,
		"remote_version": binding.remote_version,
		"etag": binding.etag,
		"details": binding.details,
		"synced_values": binding.synced,
		"received_hash": binding.received_hash,
		"sent_state": json.dumps({sync_link.flow_key(binding.flow): binding.fingerprint})
		if binding.fingerprint or not binding.received
		else None,
	}


def change_id(link: sync_link.Link, integration: str, remote_entity: str, external_id: str) -> None:
	"""The record of a link has another id outside now. Raises `LinkConflict` where that is the id of another document."""
	try:
		frappe.db.set_value("Sync Link", link.name, {"external_id": external_id, "last_received": now()})
	except Exception as error:
		if not frappe.db.is_duplicate_entry(error):
			raise
		raise _conflict(integration, remote_entity, external_id, received=True) from error


def move(link: str, document_name: str, details: str) -> None:
	"""The record of a link is another document now, of the same type and without a link of its own. details: as in `Binding`."""
	frappe.db.set_value("Sync Link", link, {"document_name": document_name, "details": details})


def _conflict(
	integration: str, remote_entity: str, external_id: str | None, *, doctype: str = "", received: bool
) -> LinkConflict:
	other = frappe.db.get_value(
		"Sync Link",
		{"integration": integration, "remote_entity": remote_entity, "external_id": external_id},
		["document_type", "document_name"],
	)
	text = _taken(other, doctype) if received else ANSWERED
	return LinkConflict(text, external_id=external_id, other=Whole(" ".join(other) if other else "-"))


def _taken(other: tuple[str, str] | None, doctype: str) -> str:
	"""What to do about the document that a record is linked with already. doctype: of the one that was to be linked, if known."""
	if not other or not frappe.db.exists(*other):
		return TAKEN_BY_DELETED
	return TAKEN_BY_TYPE if doctype and other[0] != doctype else TAKEN
