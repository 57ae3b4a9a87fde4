"""Whether what a flow exchanges may be seen by a person: payloads hold more than the document they are about.

Of a record of an exchange it is known which document it speaks of. Its payload may hold linked documents besides, and
fields of a permission level that the person lacks.
"""

from __future__ import annotations

import re

import frappe

from erp_connect.config import flow as flows
from erp_connect.config import linked_places
from erp_connect.records import rights

# Reads the document as a whole.
WHOLE = "@"


def hidden_flows(user: str) -> list[str]:
	"""Flows whose payloads hold what the user may not read, for whatever document."""
	return [name for name in frappe.get_all("Field Mapping", pluck="name") if is_hidden(name, user)]


def is_hidden(flow: str | None, user: str) -> bool:
	"""Whether payloads of a flow hold what the user may not read. Of a flow that is gone nothing is known: no."""
	doc = _flow(flow)
	if doc is None or user == "Administrator":
		return False
	linked = _linked_types(doc)
	if not all(rights.role_may_read(doctype, user) for doctype in linked):
		return True
	closed = [
		name
		for doctype in (doc.document_type, *linked)
		for names in rights.withheld(doctype, user).values()
		for name in names
	]
	return bool(closed) and _uses(doc, closed)


def readable_flows(user: str) -> list[str]:
	"""Flows whose documents a role of the user may read: their records may be seen before they are documents."""
	return [name for name in frappe.get_all("Field Mapping", pluck="name") if is_readable(name, user)]


def is_readable(flow: str | None, user: str) -> bool:
	"""As `readable_flows`, of one flow; no for one that is gone."""
	doc = _flow(flow)
	return (
		doc is not None
		and bool(frappe.db.exists("DocType", doc.document_type))
		and rights.role_may_read(doc.document_type, user)
	)


def closed_accounts(user: str, **filters: str) -> set[str]:
	"""Accounts that take in documents which no role of the user may read: it is not told yet which one came.

	filters: of Field Mapping, such as `integration`, to look at some accounts only.
	"""
	taken = frappe.get_all(
		"Field Mapping", filters={"direction": ("!=", "Outgoing"), **filters}, fields=["name", "integration"]
	)
	return {flow.integration for flow in taken if not is_readable(flow.name, user)}


def _flow(name: str | None):
	if not name or not frappe.db.exists("Field Mapping", name):
		return None
	return frappe.get_cached_doc("Field Mapping", name)


def _linked_types(doc) -> set[str]:
	"""The DocTypes of linked documents; what a Dynamic Link leads to differs from document to document."""
	found: dict[str, str] = {}
	for row in doc.linked_documents:
		link = flows._link(row)
		if link.listed:
			found[link.alias] = link.listed
			continue
		holder = linked_places.holder(doc.document_type, link, found)
		field = frappe.get_meta(holder).get_field(link.link_field) if holder else None
		if field and field.fieldtype == "Link":
			found[link.alias] = field.options
	# Documents that a pull asks for: what is kept of them stands in each record.
	asked = (
		doc.parent_doctype if doc.parent_doctype and frappe.db.exists("DocType", doc.parent_doctype) else None
	)
	return {*found.values(), *filter(None, [asked])}


def _uses(doc, fields: list[str]) -> bool:
	"""Whether one of these fields is named in what the flow sends or takes in. Rather yes than no."""
	texts = [
		doc.condition or "",
		doc.parent_records or "",
		*(
			row.get(column) or ""
			for row in doc.requests
			for column in ("path", "condition", "body", "existing")
		),
		*(row.source or "" for row in doc.rows),
	]
	named = re.compile(rf"\b({'|'.join(map(re.escape, fields))})\b")
	return any(WHOLE in text or named.search(text) for text in texts)
