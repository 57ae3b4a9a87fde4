"""Fields of linked documents, as a flow names them by the alias: `note_doc.lr_no`."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.model import table_fields


def split(fieldname: str) -> tuple[str, str]:
	"""The alias of a linked document, empty for the document itself, and the name of the field."""
	alias, _dot, name = fieldname.rpartition(".")
	return alias, name


def doctype_of(flow: Any, alias: str) -> str | None:
	"""Where the Link of an alias leads, of the document of a Field Mapping or of a row of its tables; None for any other."""
	for row in flow.linked_documents:
		if (row.alias or "").strip() == alias and not (row.list_of or "").strip():
			table, _dot, field = (row.link_field or "").strip().rpartition(".")
			return linked_doctype(flow.document_type, table.removesuffix("[]"), field)
	return None


def linked_doctype(doctype: str, table: str, link_field: str) -> str | None:
	"""Where a Link of a document leads, or of the rows of its table; None for any other field."""
	meta = frappe.get_meta(doctype)
	if table:
		rows = meta.get_field(table)
		if not rows or rows.fieldtype not in table_fields:
			return None
		meta = frappe.get_meta(rows.options)
	field = meta.get_field(link_field)
	return field.options if field and field.fieldtype == "Link" else None
