"""Numbers of deleted documents, which Frappe gives again: what was the deleted one's is not the new one's.

A DocType is marked when the first of its documents that something is known of is deleted. So a new document of another
one costs one attribute read, and of a marked one a look by index. Never commits.
"""

import frappe

from erp_connect.capture import properties
from erp_connect.records import counted_names
from erp_connect.store import successors, sync_link

PROPERTY = "erp_connect_deleted"


def after_insert(doc) -> None:
	if getattr(doc.meta, PROPERTY, None) and counted_names.is_another(doc):
		successors.make_room(doc.doctype, str(doc.name))


def after_delete(doc) -> None:
	if getattr(doc.meta, PROPERTY, None) or not counted_names.is_counted(doc):
		return
	if successors.is_known(doc.doctype, str(doc.name)):
		properties.write(doc.doctype, PROPERTY, "1")


def mark_all(doc=None, method: str | None = None) -> None:
	"""Mark each DocType that links lead to, for what is deleted without its own events: by plain SQL, with the numbers
	set back, as ERPNext deletes all transactions of a company, say."""
	marked = properties.holders(PROPERTY)
	for doctype in sync_link.linked_doctypes():
		if doctype not in marked and frappe.db.exists("DocType", doctype):
			properties.write(doctype, PROPERTY, "1")


def unmark_all() -> None:
	properties.remove_all(PROPERTY)
