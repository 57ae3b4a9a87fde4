"""Fields that ERPNext takes from a linked document at each save: what comes in for them is written there.

A Customer's mobile number, say, is its primary contact's: written into the Customer alone, it would be gone with the
same save. Only a contact or an address of this one document is written; what others use as well is left alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.records import comparing, origin

# Of a Contact, these are taken from the row of a table that is marked: table, column, mark.
_PRIMARY_ROWS = {
	"email_id": ("email_ids", "email_id", "is_primary"),
	"phone": ("phone_nos", "phone", "is_primary_phone"),
	"mobile_no": ("phone_nos", "phone", "is_primary_mobile_no"),
}


def source_of(doc, field: str) -> tuple[str, str, str] | None:
	"""(doctype, name, field) that ERPNext takes the value of `field` from when `doc` is saved; None: from nowhere."""
	known = doc.meta.get_field(field)
	if not known or not known.fetch_from or "." not in known.fetch_from or known.fetch_if_empty:
		return None
	link, _, source = known.fetch_from.partition(".")
	link_field = doc.meta.get_field(link)
	if not link_field or not doc.get(link):
		return None
	doctype = doc.get(link_field.options) if link_field.fieldtype == "Dynamic Link" else link_field.options
	return (doctype, doc.get(link), source) if doctype else None


def write_sources(doc, values: Mapping[str, Any]) -> None:
	"""Write those of `values` that `doc` (filled, not saved yet) fetches into the contact or address they belong to.

	As the session's user, who needs the right for it; what he may not write stays, and is noticed after the save of
	`doc`. Raises Frappe's own errors of validation.
	"""
	write_primary_rows(doc, values)
	wanted: dict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
	for field, value in values.items():
		if source := source_of(doc, field):
			wanted[source[:2]][source[2]] = value
	for (doctype, name), fields in wanted.items():
		_write_source(doc, doctype, name, fields)


def write_primary_rows(doc, values: Mapping[str, Any]) -> None:
	"""Write the address and the numbers of `values` into the rows from which a Contact (not saved yet) takes them."""
	if doc.doctype != "Contact":
		return
	for field, (table, column, mark) in _PRIMARY_ROWS.items():
		if field in values and table not in values:
			_set_primary(doc, table, column, mark, values[field] or "")


def _write_source(owner, doctype: str, name: str, fields: dict[str, Any]) -> None:
	if doctype not in ("Contact", "Address") or not frappe.db.exists(doctype, name):
		return
	source = frappe.get_doc(doctype, name, for_update=True)
	news = {field: value for field, value in fields.items() if not comparing.same(source.get(field), value)}
	if not news or not _belongs(source, owner) or not source.has_permission("write"):
		return
	for field, value in news.items():
		if doctype == "Contact" and field in _PRIMARY_ROWS:
			_set_primary(source, *_PRIMARY_ROWS[field], value or "")
		else:
			source.set(field, value)
	# It is a record of its own outside, which its flows are to tell, at the same account as well.
	with origin.changes_of(None):
		source.save()


def _belongs(source, owner) -> bool:
	"""Whether a contact or address is that of one document alone."""
	return {(row.link_doctype, row.link_name) for row in source.links} == {(owner.doctype, owner.name)}


def _set_primary(contact, table: str, column: str, mark: str, value: str) -> None:
	"""Let the marked row say `value`; another row that says it already gets the mark."""
	rows = contact.get(table)
	marked = next((row for row in rows if row.get(mark)), None)
	# A number may be both the telephone and the mobile one: only this is changed.
	others = {other for name, _, other in _PRIMARY_ROWS.values() if name == table} - {mark}
	shared = marked is not None and any(marked.get(other) for other in others)
	if not value:
		if shared:
			marked.set(mark, 0)
		else:
			contact.set(table, [row for row in rows if row is not marked])
		return
	own = None if shared else marked
	target = next((row for row in rows if (row.get(column) or "").casefold() == value.casefold()), own)
	if target is None:
		target = contact.append(table, {})
	for row in rows:
		row.set(mark, 0)
	target.set(column, value)
	target.set(mark, 1)
