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
from erp_connect.core.mapping.matching import MatchSet, is_empty, wanted
from erp_connect.records import exact, new_document
from erp_connect.records.errors import HeldForReview
from erp_connect.records.values import record_values
from erp_connect.store import locks


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
			found |= dict.fromkeys(exact.documents(flow.document_type, keys, given, None, limit))
	return list(found)[:limit]


def _recognised(flow: InFlow, keys: MatchSet, found: dict[str, Any], company: str | None) -> str | None:
	"""The one document that a set of match keys recognises. Raises `HeldForReview` where it is not clear."""
	names = exact.documents(flow.document_type, keys, found, company)
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


def _refuse_other_company(flow: InFlow, keys: MatchSet, found: Mapping[str, Any], company: str) -> None:
	"""Hold a record that names a document of another company: a second one of that name cannot be made."""
	for name in exact.documents(flow.document_type, keys, found, None):
		raise HeldForReview(
			"{doctype} {name} belongs to {other}, and the account of this record to {company}. If it is meant, link the two "
			"(in its menu: Link with a Record Outside…), then {again}. Otherwise correct the record outside.",
			doctype=flow.document_type,
			name=name,
			other=frappe.db.get_value(flow.document_type, name, "company"),
			company=company,
		)


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
		if all(not is_empty(here[field]) for field in others):
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
		f"{_(meta.get_label(field))} {_('(empty)') if is_empty(value) else value}"
		for field, value in values.items()
	)
