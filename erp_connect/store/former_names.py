"""What accounts and flows were called before, for what is written under such a name after the rename. Never commits.

A transaction that began before a rename knows nothing of it: its events and links name what is not there any more.
The new name is looked up where such a row is met, so that no save of a document has to ask.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import frappe

from erp_connect.core.delivery.states import IN
from erp_connect.store import keys, statements, sync_log

ACCOUNT, FLOW = "Integration Settings", "Field Mapping"
# Names that are remembered of one record.
REMEMBERED = 20


def remember(doctype: str, old: str, new: str) -> None:
	"""Note that the record `new` was called `old` until now; of another that once was, it is forgotten."""
	known = _remembered(doctype)
	before = [*known.get(old, ()), *known.get(new, ()), old]
	for name, formers in known.items():
		if name != new and old in formers:
			_write(doctype, name, [former for former in formers if former != old])
	_write(doctype, new, list(dict.fromkeys(reversed(before)))[:REMEMBERED])


def current(doctype: str, names: Iterable[str]) -> dict[str, str]:
	"""Those of some names that a record had before and that none has now, each with the record's name now."""
	wanted = {name for name in names if name}
	if not wanted:
		return {}
	there = set(frappe.get_all(doctype, {"name": ("in", list(wanted))}, pluck="name"))
	return {old: new for old, new in _gone(doctype, wanted - there).items()}


def names(doctype: str) -> dict[str, str]:
	"""All names that records of the DocType had before and that none has now, each with the name now."""
	remembered = _remembered(doctype)
	olds = {old for formers in remembered.values() for old in formers}
	return current(doctype, olds) if olds else {}


def follow_flows(rows: list) -> bool:
	"""Let events that name a flow by a former name be events of that flow, with the place that they have in its order.

	rows: of Sync Log, locked by the caller, with `name, field_mapping, order_key`; they are changed as well. Returns
	whether there were any.
	"""
	renamed = current(FLOW, {row.field_mapping for row in rows})
	late = [row for row in rows if row.field_mapping in renamed]
	for row in late:
		_follow(row, renamed[row.field_mapping])
	return bool(late)


def follow_accounts() -> set[str]:
	"""Give accounts what was written under their former names. Returns the accounts that got something to do."""
	found = set()
	for old, new in names(ACCOUNT).items():
		if _follow_events(old, new):
			found.add(new)
		_follow_links(old, new)
	return found


def _follow(row: Any, new: str) -> None:
	(whole,) = frappe.db.sql(
		"SELECT direction, reference_doctype, reference_name, merged_into, subject, external_id"
		" FROM `tabSync Log` WHERE name = %s",
		row.name,
		as_dict=True,
	)
	key = _keys_by_former(whole, row.field_mapping, new).get(row.order_key, row.order_key)
	row.field_mapping, row.order_key = new, key
	sync_log.set_values(row.name, field_mapping=new, order_key=key)


def _keys_by_former(row: Mapping[str, Any], old: str, new: str) -> dict[str, str]:
	"""The order keys that an event of the flow `old` may have, each with what it is for the flow `new`."""
	if row["direction"] == IN:
		entity, record = frappe.db.get_value(FLOW, new, "remote_entity"), row["external_id"] or ""
		before, after = (keys.order_key(f"in:{flow}", entity, record) for flow in (old, new))
		return {before: after}
	if row["subject"]:
		wanted = json.loads(row["subject"])
		before, after = (keys.subject_key(flow, wanted["doctype"], wanted["where"]) for flow in (old, new))
		return {before: after}
	doctype, documents = row["reference_doctype"], (row["reference_name"], row["merged_into"])
	return {
		keys.order_key(old, doctype, name): keys.order_key(new, doctype, name) for name in documents if name
	}


def _follow_events(old: str, new: str) -> bool:
	"""Whether there were events under the former name of an account."""
	# Found first: an UPDATE would wait for rows that others are just inserting.
	found = frappe.db.sql(
		"SELECT name, event, idempotency_key, dedupe_key FROM `tabSync Log` WHERE integration = %s",
		old,
		as_dict=True,
	)
	for row in found:
		sync_log.set_values(row.name, integration=new)
		before, after = (
			keys.dedupe_key(account, row.event, row.idempotency_key or "") for account in (old, new)
		)
		if row.dedupe_key == before:
			_key_anew(row.name, after)
	return bool(found)


def _key_anew(name: str, key: str) -> None:
	"""Give an event the key of what came in once; one that came under both names keeps its own, and is worked off as well."""
	frappe.db.sql("UPDATE IGNORE `tabSync Log` SET dedupe_key = %s WHERE name = %s", (key, name))


def _follow_links(old: str, new: str) -> None:
	"""A link under a former name is the account's, unless the account has one of the document or the record already."""
	for name in frappe.get_all("Sync Link", {"integration": old}, pluck="name"):
		frappe.db.sql("UPDATE IGNORE `tabSync Link` SET integration = %s WHERE name = %s", (new, name))
		if not statements.changed_rows():
			_drop(name, new)


def _drop(name: str, account: str) -> None:
	link = frappe.get_doc("Sync Link", name)
	frappe.db.delete("Sync Link", {"name": name})
	frappe.logger("erp_connect").warning(
		"%s %s had a second link with %s %s of %s, which was dropped",
		link.document_type, link.document_name, link.remote_entity, link.external_id, account,
	)  # fmt: skip


def _gone(doctype: str, wanted: set[str]) -> dict[str, str]:
	if not wanted:
		return {}
	remembered = _remembered(doctype)
	return {old: new for new, formers in remembered.items() for old in formers if old in wanted}


def _remembered(doctype: str) -> dict[str, list[str]]:
	"""Record → the names that it had before, the last one first."""
	rows = frappe.get_all(doctype, {"former_names": ("is", "set")}, ["name", "former_names"])
	return {row.name: json.loads(row.former_names) for row in rows}


def _write(doctype: str, name: str, formers: list[str]) -> None:
	frappe.db.set_value(
		doctype, name, "former_names", json.dumps(formers) if formers else None, update_modified=False
	)
