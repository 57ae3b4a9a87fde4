"""Saves a document of which fields may have to change after it was submitted, where Frappe lets nobody change them.

ERPNext itself writes such fields past that rule (the status of a document, say). Here a flow has to name them; all other
checks of a save hold: rights, permission levels, links, choices, the document's own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from frappe.model.document import Document
from frappe.utils.html_utils import sanitize_html

NOT_CLEANED = ("Attach", "Attach Image", "Barcode", "Code")


def save(doc: Any, changed: Collection[str], allowed: Collection[str]) -> None:
	"""Save `doc`, in which the fields `changed` were set. allowed: of them, those that may change although it is submitted.

	Where another field changed that is closed by then, Frappe refuses as ever. Raises what `save` raises.
	"""
	if doc.docstatus.is_submitted():
		closed = {name for name in changed if not _is_open(doc, name)}
		doc.flags.ignore_validate_update_after_submit = bool(closed) and closed <= set(allowed)
		require_open(doc, closed)
		_clean(doc, closed)
	doc.save()


def require_open(doc: Any, changed: Collection[str]) -> None:
	"""Raises `frappe.UpdateAfterSubmitError` for a submitted document in which a field changed that is closed by then.

	As Frappe does, also where a document type has a check of its own in the place of Frappe's, such as Additional Salary.
	"""
	if doc.docstatus.is_submitted() and not all(_is_open(doc, name) for name in changed):
		Document.validate_update_after_submit(doc)


def _clean(doc: Any, fields: Iterable[str]) -> None:
	"""Clean texts as Frappe does in drafts: those of a submitted document it leaves as they are where people cannot change them.

	https://github.com/frappe/frappe/blob/version-15/frappe/model/base_document.py (_sanitize_content)
	"""
	for name in fields:
		field, value = doc.meta.get_field(name), doc.get(name)
		for row in value if isinstance(value, list) else ():
			_clean(row, [one.fieldname for one in row.meta.fields])
		if field and isinstance(value, str) and "<" in value and not _is_for_programs(field):
			doc.set(name, sanitize_html(value, linkify=field.fieldtype == "Text Editor"))


def _is_for_programs(field: Any) -> bool:
	"""Whether Frappe cleans no text of this field."""
	return bool(field.ignore_xss_filter) or field.options == "Email" or field.fieldtype in NOT_CLEANED


def _is_open(doc: Any, fieldname: str) -> bool:
	field = doc.meta.get_field(fieldname)
	return bool(field and field.allow_on_submit)
