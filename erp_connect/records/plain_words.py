"""What Frappe says when it refuses a document, in words for the person who has to mend the flow or the record."""

from __future__ import annotations

import re

import frappe
from frappe import _

from erp_connect.core.errors import AGAIN, WHOLE_LIMIT, capped

# As `Document._validate_mandatory` of Frappe writes it; a new document has no name worth telling.
_MANDATORY = re.compile(r"\[(?P<doctype>[^,\]]+), .*\]: (?P<fields>[\w, ]+)", re.DOTALL)


def of(error: Exception, again: str = "") -> str:
	"""The words for an exception; without its class where Frappe itself says what is wrong.

	again: how what failed is tried again, translated.
	"""
	if isinstance(error, frappe.MandatoryError) and (found := _MANDATORY.fullmatch(str(error))):
		return _missing(found["doctype"], found["fields"].split(", "), again or _(AGAIN))
	if isinstance(error, frappe.DuplicateEntryError | frappe.UniqueValidationError) and len(error.args) > 2:
		return _there_already(str(error.args[0]), str(error.args[1]), error, again or _(AGAIN))
	text = said(error)
	if text and isinstance(error, frappe.ValidationError):
		return text
	return f"{type(error).__name__}: {text}"


def said(error: Exception) -> str:
	"""What an exception says, or what Frappe showed beside it, as plain text."""
	text = str(error) or "; ".join(
		str(message.get("message", "")) for message in frappe.message_log if message
	)
	return capped(frappe.utils.strip_html(text), WHOLE_LIMIT)


def _missing(doctype: str, fieldnames: list[str], again: str) -> str:
	labels = ", ".join(_label(doctype, fieldname) for fieldname in fieldnames)
	return _(
		"{0} has no value for: {1}. Give the flow a row or a default for it, or correct the record outside, then {again}."
	).format(_(doctype), labels, again=again)


def _label(doctype: str, fieldname: str) -> str:
	"""The label of a field of a document or of one of its tables; the name of one that is in none."""
	meta = frappe.get_meta(doctype)
	for candidate in (meta, *(frappe.get_meta(table.options) for table in meta.get_table_fields())):
		if field := candidate.get_field(fieldname):
			return f"{_(field.label)} ({fieldname})" if field.label else fieldname
	return fieldname


def _there_already(doctype: str, name: str, error: Exception, again: str) -> str:
	if isinstance(error, frappe.UniqueValidationError):
		return _("Another {0} has one of these values already: {1}. Correct it, then {again}.").format(
			_(doctype), capped(str(error.args[2]), 300), again=again
		)
	return _(
		"{0} {1} exists already. If it is the same, link it with the record (in its menu: Link with a Record Outside…), "
		"then {again}."
	).format(_(doctype), name, again=again)
