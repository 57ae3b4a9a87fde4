"""Which documents are being saved around a change of another one, read off the stack.

Frappe's own list of what is being saved keeps every document that was inserted, and every one whose save failed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from frappe.model import table_fields
from frappe.model.document import Document

from erp_connect.config import progress

_SAVES = frozenset({Document.insert.__code__, Document._save.__code__})
# Who writes a document asks for it in one of these; what is further out began before.
_WRITERS = tuple(f"erp_connect.{name}." for name in ("commerce", "inbound", "records", "served"))
_ON_THE_WAY = (__name__, "erp_connect.records.origin")


def is_changed_beside(doc: Any) -> bool:
	"""Whether a script changes the document while another one is being saved, as is known in its `on_change`.

	False for what ERPNext notes in a document that the other one refers to.
	"""
	saved = list(_being_saved())
	if all(_is_same(other, doc) for other in saved):
		return False
	return any(_is_same(other, doc) for other in saved) or not _is_progress(doc)


def is_being_saved(doc: Any) -> bool:
	"""Whether `doc` itself, and not only another copy of the same document, is being saved."""
	frame = sys._getframe(1)
	while frame := frame.f_back:
		if frame.f_code in _SAVES and frame.f_locals["self"] is doc:
			return True
	return False


def _is_same(one: Any, other: Any) -> bool:
	return one is other or (one.doctype, str(one.name)) == (other.doctype, str(other.name))


def _being_saved() -> Iterator[Any]:
	"""The documents that are being saved, from the inside out, up to whoever of the app asked for it."""
	frame = sys._getframe(1)
	while frame := frame.f_back:
		if frame.f_code in _SAVES:
			yield frame.f_locals["self"]
		name = frame.f_globals.get("__name__", "")
		if name.startswith(_WRITERS) and name not in _ON_THE_WAY:
			return


def _is_progress(doc: Any) -> bool:
	"""Whether values that were set without a save say nothing but how far the documents of an order have come."""
	before = doc.get_doc_before_save()
	return before is not None and progress.FIELDS.issuperset(
		field.fieldname
		for field in doc.meta.fields
		if field.fieldtype not in table_fields
		and (doc.get(field.fieldname) or None) != (before.get(field.fieldname) or None)
	)
