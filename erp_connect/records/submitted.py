"""Saves a document of which fields may have to change after it was submitted, where Frappe lets nobody change them.

ERPNext itself writes such fields past that rule (the status of a document, say). Here a flow has to name them; all other
checks of a save hold: rights, permission levels, links, choices, the document's own.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any


def save(doc: Any, changed: Collection[str], allowed: Collection[str]) -> None:
	"""Save `doc`, in which the fields `changed` were set. allowed: of them, those that may change although it is submitted.

	Where another field changed that is closed by then, Frappe refuses as ever. Raises what `save` raises.
	"""
	if doc.docstatus.is_submitted():
		closed = {name for name in changed if not _is_open(doc, name)}
		doc.flags.ignore_validate_update_after_submit = bool(closed) and closed <= set(allowed)
	doc.save()


def _is_open(doc: Any, fieldname: str) -> bool:
	field = doc.meta.get_field(fieldname)
	return bool(field and field.allow_on_submit)
