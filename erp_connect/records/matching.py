"""Recognises the document of a record that is not linked yet by the match keys of its flow.

Values are compared byte by byte: the database's own order of texts takes `Müller` for `Muller`, and `AbC` for `aBc`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

import frappe
from frappe import _

from erp_connect.config.inflow import InFlow
from erp_connect.core.errors import Whole
from erp_connect.core.mapping.matching import CASE, CASE_AND_ACCENTS, EMPTY, MatchKey, MatchSet, wanted
from erp_connect.records import new_document
from erp_connect.records.errors import HeldForReview
from erp_connect.records.values import TEXT, record_values
from erp_connect.store import locks

NUMBERS = frozenset(("Int", "Float", "Currency", "Percent", "Check", "Long Int", "Rating", "Duration"))


def find(flow: InFlow, record: dict[str, Any], *, to_write: bool) -> str | None:
	"""The document that the first fitting set of match keys recognises; None when none does. Raises `HeldForReview`.

	to_write: locks on the values are held until the transaction ends, so that one worker at a time writes a record,
	whatever it is recognised by.
	"""
	if not flow.match_sets:
		return None
	values = record_values(flow, record, creating=True)
	if flow.named_by:
		values |= flow.named_by.apply(record)
	own = new_document.company_of(flow)
	company = own and (values.get("company") or own)
	sets = [(keys, found) for keys in flow.match_sets if (found := wanted(keys, values)) is not None]
	if to_write:
		locks.until_commit_all([_lock(flow.document_type, found) for _keys, found in sets])
	for position, (keys, found) in enumerate(sets):
		if name := _recognised(flow, keys, found, company):
			if to_write:
				_require_seen(flow.document_type, name, found)
			_refuse_contradiction(flow.document_type, name, found, sets[:position])
			return name
	return None


def candidates(flow: InFlow, record: dict[str, Any], limit: int) -> list[str]:
	"""Names of the documents that any set of match keys finds for a record, of whatever user and company."""
	values = record_values(flow, record, creating=True)
	if flow.named_by:
		values |= flow.named_by.apply(record)
	found: dict[str, None] = {}
	for keys in flow.match_sets:
		if (given := wanted(keys, values)) is not None:
			found |= dict.fromkeys(_documents(flow.document_type, keys, given, None, limit))
	return list(found)[:limit]


def _recognised(flow: InFlow, keys: MatchSet, found: dict[str, Any], company: str | None) -> str | None:
	"""The one document that a set of match keys recognises. Raises `HeldForReview` where it is not clear."""
	names = _documents(flow.document_type, keys, found, company)
	if len(names) > 1:
		raise HeldForReview(
			"Several documents have {fields}. Link the right one with the record (in its menu: Link with a Record Outside…), "
			"then {again}.",
			held_for="several_match",
			fields=Whole(_said(flow.document_type, found)),
		)
	if not names and company and "name" in found:
		_refuse_other_company(flow, keys, found, company)
	return names[0] if names else None


def _lock(doctype: str, found: Mapping[str, Any]) -> str:
	return f"match:{doctype}:" + "\n".join(f"{field}={_folded(found[field])}" for field in sorted(found))


def _folded(value: Any) -> str:
	"""Equal at least for all values that any key takes for equal."""
	text = unicodedata.normalize("NFKD", "" if value is None else str(value))
	return "".join(sign for sign in text if not unicodedata.combining(sign)).casefold().strip()


def _documents(
	doctype: str, keys: MatchSet, found: Mapping[str, Any], company: str | None, limit: int = 2
) -> list[str]:
	"""Names of the documents with these values, at most `limit`. company: those of another one do not count.

	Two shops of two companies number alike: what is the other one's is not recognised.

	Everyone's documents, not just those the user may see: otherwise a hidden one would be doubled.
	"""
	meta = frappe.get_meta(doctype)
	conditions, parameters = [], []
	for key in keys:
		field = meta.get_field(key.field)
		condition, given = _condition(key, field.fieldtype if field else "Data", found[key.field])
		conditions.append(condition)
		parameters += given
	if company:
		conditions.append("(company = %s OR company IS NULL OR company = '')")
		parameters.append(company)
	if meta.has_field("amended_from"):
		# One that was cancelled and amended is not meant, but the one that stands in its place.
		conditions.append(
			f"NOT (docstatus = 2 AND name IN (SELECT amended_from FROM `tab{doctype}` WHERE amended_from IS NOT NULL))"
		)
	found = frappe.db.sql_list(
		f"SELECT name FROM `tab{doctype}` WHERE {' AND '.join(conditions)} ORDER BY creation LIMIT {int(limit)}",
		parameters,
	)
	return [str(name) for name in found]


def _refuse_other_company(flow: InFlow, keys: MatchSet, found: Mapping[str, Any], company: str) -> None:
	"""Hold a record that names a document of another company: a second one of that name cannot be made."""
	for name in _documents(flow.document_type, keys, found, None):
		raise HeldForReview(
			"{doctype} {name} belongs to {other}, and the account of this record to {company}. If it is meant, link the two "
			"(in its menu: Link with a Record Outside…), then {again}. Otherwise correct the record outside.",
			doctype=flow.document_type,
			name=name,
			other=frappe.db.get_value(flow.document_type, name, "company"),
			company=company,
		)


def _condition(key: MatchKey, fieldtype: str, value: Any) -> tuple[str, list[Any]]:
	"""A condition on the column of a key, with its values."""
	column = f"`{key.field}`"
	if value in EMPTY:
		nothing = "0" if fieldtype in NUMBERS else "''" if fieldtype in TEXT else "NULL"
		return f"({column} IS NULL OR {column} = {nothing})", []
	if fieldtype not in TEXT:
		return f"{column} = %s", [value]
	value = str(value)
	# The first half finds them by an index, and finds more than are meant.
	if key.ignoring == CASE_AND_ACCENTS:
		return f"{column} = %s", [value]
	forms = _forms(value)
	if key.ignoring == CASE:
		alike = " OR ".join([f"CAST(LOWER({column}) AS BINARY) = CAST(LOWER(%s) AS BINARY)"] * len(forms))
	else:
		alike = " OR ".join([f"CAST({column} AS BINARY) = CAST(%s AS BINARY)"] * len(forms))
	return f"({column} = %s AND ({alike}))", [value, *forms]


def _forms(text: str) -> list[str]:
	"""A text as it may be stored: an accented letter is one sign, or a letter and its accent, as some systems write it.

	Both are the same letter to everybody who reads them.
	"""
	return list(dict.fromkeys((text, *(unicodedata.normalize(form, text) for form in ("NFC", "NFD")))))


def _require_seen(doctype: str, name: str, found: Mapping[str, Any]) -> None:
	"""Raises `PermissionError` for a document that the user may not see: no caller is told of it, but managers are."""
	if not frappe.has_permission(doctype, "read", doc=name):
		raise frappe.PermissionError(
			_("{0} {1}, which is not to be seen, has {2} as this record").format(
				_(doctype), name, _said(doctype, found)
			)
		)


def _refuse_contradiction(
	doctype: str, name: str, found: Mapping[str, Any], before: list[tuple[MatchSet, dict[str, Any]]]
) -> None:
	"""Hold a record that an earlier set tells from the document which a later one recognises. Raises `HeldForReview`."""
	for _keys, others in before:
		here = frappe.db.get_value(doctype, name, list(others), as_dict=True)
		if all(here[field] not in EMPTY for field in others):
			raise HeldForReview(
				"{doctype} {name} has {fields} as this record, but {here} where the record has {there}. Correct one of "
				"the two, or link the record with its document (in its menu: Link with a Record Outside…), then {again}.",
				held_for="contradicts",
				doctype=doctype,
				name=name,
				fields=Whole(_said(doctype, found)),
				here=Whole(_said(doctype, here)),
				there=Whole(_said(doctype, others)),
			)


def _said(doctype: str, values: Mapping[str, Any]) -> str:
	"""Fields and their values for people."""
	meta = frappe.get_meta(doctype)
	return ", ".join(
		f"{_(meta.get_label(field))} {_('(empty)') if value in EMPTY else value}"
		for field, value in values.items()
	)
