"""Private files that a record names by their addresses: nobody gets at one that he may not read."""

from __future__ import annotations

from urllib.parse import unquote

import frappe

PRIVATE = "/private/files/"


def require_open(address: str) -> None:
	"""Raises ValueError for the address of a private file that the user may not read, in a field for files.

	Frappe attaches what such a field names to the document, and who may read the document may read the file then.
	"""
	if not address.startswith(PRIVATE):
		return
	files = frappe.get_all("File", {"file_url": ("in", (address, unquote(address)))}, pluck="name")
	if files and not any(frappe.get_doc("File", file).has_permission("read") for file in files):
		raise ValueError(f"user {frappe.session.user} may not read this file")
