"""Saves a document of which fields may have to change after it was submitted, where Frappe lets nobody change them.

ERPNext itself writes such fields past that rule (the status of a document, say). Here a flow has to name them; all other
checks of a save hold: rights, permission levels, links, choices, the document's own.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from frappe.model.document import Document

from erp_connect.records import harmless

# Statuses that people give by a button of the document, which says more than the field: what was reserved, ordered or
# requested is free.
BY_BUTTON = frozenset(("Closed", "On Hold", "Stopped"))


def save(doc: Any, changed: Collection[str], allowed: Collection[str]) -> None:
	"""Save `doc`, in which the fields `changed` were set. allowed: of them, those that may change although it is submitted.

	Where another field changed that is closed by then, Frappe refuses as ever. Raises what `save` raises.
	"""
	if doc.docstatus.is_submitted():
		closed = {name for name in changed if not _is_open(doc, name)}
		doc.flags.ignore_validate_update_after_submit = bool(closed) and closed <= set(allowed)
		require_open(doc, closed)
		harmless.clean(doc, closed)
	doc.save()
	if "status" in changed:
		_follow_status(doc)


def _follow_status(doc: Any) -> None:
	"""Have a document do what its button does (Close, Hold, Stop, Re-open) where its status was set like that, or no longer is."""
	before = doc.get_doc_before_save()
	if before is None or before.status == doc.status or not BY_BUTTON & {before.status, doc.status}:
		return
	if hasattr(doc, "update_status"):
		doc.update_status(doc.status)
	if hasattr(doc, "update_planned_qty"):  # of a Work Order, which does so beside
		doc.update_planned_qty()


def require_open(doc: Any, changed: Collection[str]) -> None:
	"""Raises `frappe.UpdateAfterSubmitError` for a submitted document in which a field changed that is closed by then.

	As Frappe does, also where a document type has a check of its own in the place of Frappe's, such as Additional Salary.
	"""
	if doc.docstatus.is_submitted() and not all(_is_open(doc, name) for name in changed):
		Document.validate_update_after_submit(doc)


def _is_open(doc: Any, fieldname: str) -> bool:
	field = doc.meta.get_field(fieldname)
	return bool(field and field.allow_on_submit)
