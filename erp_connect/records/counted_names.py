"""Names for which a number is counted up: once the last document is deleted, Frappe gives its number to the next one."""

from __future__ import annotations

import re
import sys
from typing import Any

SERIES, FORMAT = "naming_series", "format"
# How names come about that only the same thing gets again.
GIVEN = frozenset({"", "prompt", "field", "hash", "random", "autoincrement", "uuid"})

_RESTORES = "frappe.core.doctype.deleted_document.deleted_document"


def is_another(doc: Any) -> bool:
	"""Whether a document that was just made has nothing to do with a deleted one of the same name.

	What was named by a person or a field is the same thing again, and so is what was restored.
	"""
	return is_counted(doc) and not _is_restored()


def is_counted(doc: Any) -> bool:
	"""Whether the name of a document came about by counting."""
	kind, _, pattern = (doc.meta.autoname or "").partition(":")
	if kind.lower() in GIVEN:
		return False
	if kind == SERIES:
		pattern = doc.get("naming_series") or ""
	elif kind != FORMAT:
		pattern = doc.meta.autoname
	prefix, name = re.split(r"[.{#]", pattern)[0], str(doc.name)
	return bool(pattern) and name.startswith(prefix) and name[-1:].isdigit()


def _is_restored() -> bool:
	"""Whether Frappe makes the document from what it kept of a deleted one, as is read off the stack."""
	frame = sys._getframe(1)
	while frame := frame.f_back:
		if frame.f_code.co_name == "restore" and frame.f_globals.get("__name__") == _RESTORES:
			return True
	return False
