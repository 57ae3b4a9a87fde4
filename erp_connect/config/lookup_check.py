"""Whether documents can be looked up as the rows of a flow say."""

from __future__ import annotations

from collections.abc import Iterator

import frappe
from frappe import _

LOOKUP = "Lookup"
# A number would be found by many a text, and a secret is nobody's name.
UNUSABLE = frozenset(("Int", "Long Int", "Float", "Currency", "Percent", "Check", "Rating", "Duration", "Password",
	"Date", "Datetime", "Time", "Table", "Table MultiSelect"))  # fmt: skip

# What a document is usually known by. More may be written into a row than these, which are offered.
USUAL = frozenset(("Data", "Barcode", "Phone", "Autocomplete", "Read Only", "Small Text"))


def problems(doc) -> Iterator[str]:
	"""What is wrong with the transforms *Lookup* of a Field Mapping, with the row."""
	for row in doc.rows:
		if row.transform == LOOKUP and (wrong := _wrong(doc.document_type, row)):
			yield _("Fields, row {0}").format(row.idx) + ": " + wrong


def _wrong(document_type: str, row) -> str:
	doctype, _dot, by = (part.strip() for part in (row.argument or "").rpartition("."))
	if not (doctype and by):
		return ""  # told with the row's other problems
	if not frappe.db.exists("DocType", doctype):
		return _("There is no DocType {0}. Write it as {1}.").format(doctype, "Employee.attendance_device_id")
	field = frappe.get_meta(doctype).get_field(by)
	if not field:
		return _("{0} has no field {1}.").format(_(doctype), by)
	if field.fieldtype in UNUSABLE:
		return _("{0} of {1} cannot be looked up. Choose a field that holds a text.").format(by, _(doctype))
	link = frappe.get_meta(document_type).get_field(row.source or "")
	if link and link.fieldtype == "Link" and link.options != doctype:
		return _("{0} is a {1}, not a {2}.").format(row.source, _(link.options), _(doctype))
	return ""
