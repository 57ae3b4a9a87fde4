"""Names of documents that the outside gives."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.records.errors import BadRecord


def existing(doctype: str, name: Any) -> str | None:
	"""`name` if a document has just this name; None otherwise.

	The database would take `Muller` for `Müller`, and with it one document for another.
	"""
	found = frappe.db.get_value(doctype, name, "name") if name else None
	return found if found is not None and str(found) == str(name) else None


def require_same(name: Any, external_id: str | None, linked: str | None) -> None:
	"""Raises `BadRecord` where a caller names a document twice, and means two. linked: the one with the external id."""
	if name and external_id and linked is not None and str(linked) != str(name):
		raise BadRecord(
			"{name} and the external id {id} are not one record. Send one of them, or those of the same record.",
			code="two_records",
			name=str(name),
			id=external_id,
		)
