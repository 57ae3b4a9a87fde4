"""What a user may read of documents beside whether at all: fields, by permission level and, in Frappe 16, masks."""

from __future__ import annotations

import frappe
from frappe.model.document import Document
from frappe.permissions import get_role_permissions

from erp_connect import compat


def may_read(doc: Document, user: str) -> bool:
	"""Whether a user may read a document. Comments are read by all who may read what they are about, as in Desk."""
	if doc.doctype == "File":
		return _may_read_file(doc, user)
	if doc.has_permission("read", user=user):
		return True
	about, name = doc.get("reference_doctype"), doc.get("reference_name")
	if doc.doctype != "Comment" or doc.comment_type != "Comment" or not about or not name:
		return False
	return bool(frappe.db.exists(about, name)) and frappe.has_permission(about, "read", doc=name, user=user)


def _may_read_file(doc: Document, user: str) -> bool:
	"""Whether a user may read a File: by its own rights, and always by those of the document that it is attached to.

	Of one whose document was deleted with it, the right to read such documents is all that is left to judge by.
	"""
	about, name = doc.get("attached_to_doctype"), doc.get("attached_to_name")
	if about and name:
		if not frappe.db.exists(about, name):
			return frappe.has_permission(about, "read", user=user)
		if not frappe.has_permission(about, "read", doc=name, user=user):
			return False
	return doc.has_permission("read", user=user)


def withheld(doctype: str, user: str) -> dict[str, frozenset[str]]:
	"""Fields of documents of a DocType that a user may not read: those of the document under "", of rows by table field.

	Empty when the user may read all of them.
	"""
	if user == "Administrator":
		return {}
	meta = frappe.get_meta(doctype)
	metas = {"": meta} | {
		field.fieldname: frappe.get_meta(field.options) for field in meta.get_table_fields()
	}
	found = {}
	for place, one in metas.items():
		if closed := _closed(one, meta, user):
			found[place] = closed
	return found


def _closed(meta, of_document, user: str) -> frozenset[str]:
	"""Fields of `meta` that are closed to a user. of_document: whose permissions hold, also for rows of its tables."""
	leveled, masked = meta.get_high_permlevel_fields(), compat.masked_fields(meta)
	if not leveled and not masked:
		return frozenset()
	roles = set(frappe.get_roles(user))
	permissions = [row for row in of_document.permissions if row.role in roles]
	readable = {row.permlevel for row in permissions if row.read}
	unmasked = {row.permlevel for row in permissions if row.get("mask")}
	return frozenset(
		[
			*(field.fieldname for field in leveled if field.permlevel not in readable),
			*(field.fieldname for field in masked if field.permlevel not in unmasked),
		]
	)


def joined(*parts: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
	"""What is closed to one of several readers at least."""
	found: dict[str, frozenset[str]] = {}
	for part in parts:
		for place, names in part.items():
			found[place] = found.get(place, frozenset()) | names
	return found


def role_may_read(doctype: str, user: str) -> bool:
	"""Whether a role of the user may read documents of a DocType, be it some of them only."""
	return user == "Administrator" or bool(
		get_role_permissions(frappe.get_meta(doctype), user=user).get("read")
	)
