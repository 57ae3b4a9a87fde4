"""What Frappe says when it refuses a document, in words for the person who has to mend the flow or the record."""

from __future__ import annotations

import re

import frappe
from frappe import _

from erp_connect.core.errors import AGAIN, WHOLE_LIMIT, capped
from erp_connect.core.parse import database_errors
from erp_connect.core.values.html import without_markup
from erp_connect.messages import translate
from erp_connect.records import names
from erp_connect.store import database

# Somebody had the same rows, or saved the same document.
CROSSED = (frappe.TimestampMismatchError, frappe.QueryDeadlockError, frappe.QueryTimeoutError)
# What helps where Frappe says only what is wrong.
REMEDIES = (
	(frappe.LinkValidationError, "Make it here, or correct the record or its row in the flow, then {0}."),
	(frappe.NameError, "Correct the name outside, or by a transform of the flow, then {0}."),
	(frappe.CharacterLengthExceededError, "Shorten it outside, or by a transform of the flow, then {0}."),
)
NO_CHOICE = "Correct the record, or translate what it says by a Value Map in its row of the flow, then {0}."
# Frappe puts nothing but names into these, which may look like markup.
VERBATIM = (frappe.LinkValidationError,)
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
	if isinstance(error, CROSSED):
		return _(
			"Somebody else changed the same record at this moment, so nothing was written. If it stays so, {0}."
		).format(again or _(AGAIN))
	if refused := of_database(error):
		return translate(refused, again)
	text = said(error)
	if text and (remedy := _remedy(error, text)):
		return f"{_sentence(text)} {_(remedy).format(again or _(AGAIN))}"
	if text and isinstance(error, frappe.ValidationError | frappe.NameError):
		return text
	return f"{type(error).__name__}: {text}"


def _remedy(error: Exception, text: str) -> str:
	if _no_choice().fullmatch(text):
		return NO_CHOICE
	return next((words for kind, words in REMEDIES if isinstance(error, kind)), "")


def _no_choice() -> re.Pattern[str]:
	"""What `BaseDocument._validate_selects` of Frappe says, in the language of the session: it has no class of its own."""
	template = _('{0} {1} cannot be "{2}". It should be one of "{3}"').removeprefix("{0}").lstrip()
	return re.compile(".*" + re.sub(r"\\\{\d\\\}", ".*", re.escape(template)), re.DOTALL)


def of_database(error: Exception) -> database_errors.Refused | None:
	"""What the database refused, if an exception says so."""
	return database_errors.refusal(database.told_by(error))


def _sentence(text: str) -> str:
	return text if text.endswith((".", "!", "?")) else text + "."


def said(error: Exception) -> str:
	"""What an exception says, or what Frappe showed beside it, as plain text."""
	text = str(error) or "; ".join(
		str(message.get("message", "")) for message in frappe.message_log if message
	)
	if not isinstance(error, VERBATIM):
		text = without_markup(text)
	return capped(text.strip(), WHOLE_LIMIT)


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
	standing = names.found_by(doctype, name)
	if standing and not names.is_alike(standing, name):
		return _(
			"{0} {1} exists already, and the database takes {2} for the same name. If it is the same, link it with the record (in "
			"its menu: Link with a Record Outside…), otherwise give one of the two another name; then {again}."
		).format(_(doctype), standing, name, again=again)
	return _(
		"{0} {1} exists already. If it is the same, link it with the record (in its menu: Link with a Record Outside…), "
		"then {again}."
	).format(_(doctype), standing or name, again=again)
