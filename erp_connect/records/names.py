"""Names of documents that the outside gives."""

from __future__ import annotations

from typing import Any

import frappe


def existing(doctype: str, name: Any) -> str | None:
	"""`name` if a document has just this name; None otherwise.

	The database would take `Muller` for `Müller`, and with it one document for another.
	"""
	found = frappe.db.get_value(doctype, name, "name") if name else None
	return found if found is not None and str(found) == str(name) else None
