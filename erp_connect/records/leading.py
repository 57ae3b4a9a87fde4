"""Whether one document leads to another, by a link of its own or of a row in its tables: a Contact to a Lead, say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import frappe

from erp_connect.records.document import Subject


class Linked(Protocol):
	"""What names a document as a Sync Link does."""

	document_type: str
	document_name: str


def leads(one: Subject, other: Subject) -> bool:
	"""Whether one of two documents leads to the other."""
	return _leads(one, other) or _leads(other, one)


def _leads(one: Subject, other: Subject) -> bool:
	doc = frappe.get_doc(one.doctype, one.name)
	return (other.doctype, other.name) in {
		pair for row in (doc, *doc.get_all_children()) for pair in _links(row)
	}


def _links(row) -> Iterator[tuple[str, str]]:
	"""(DocType, name) of what the links of a document, or of a row, lead to."""
	for field in row.meta.get_link_fields():
		yield field.options, row.get(field.fieldname)
	for field in row.meta.get_dynamic_link_fields():
		yield row.get(field.options), row.get(field.fieldname)


def can(one: Subject, other: Linked) -> bool:
	"""Whether documents of two types can lead to each other."""
	return _can(one.doctype, other.document_type) or _can(other.document_type, one.doctype)


def _can(doctype: str, to: str) -> bool:
	meta = frappe.get_meta(doctype)
	metas = (meta, *(frappe.get_meta(table.options) for table in meta.get_table_fields()))
	return any(
		one.get_dynamic_link_fields() or any(field.options == to for field in one.get_link_fields())
		for one in metas
	)
