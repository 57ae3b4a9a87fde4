"""What was meant for a document and does not stand in it after it was saved, and why.

Frappe puts values back without a word: fields above the permission level of the user, fields that are taken from a
linked document, and what a controller computes itself. A value that is only written in another way (rounded, spaces
cut, made harmless as HTML) is not missed.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _
from frappe.model import table_fields
from frappe.utils import cstr, flt

from erp_connect.core.payload.serialise import normalise
from erp_connect.records import at_creation, comparing, fetched_fields, harmless, rows_gone

# Another value in such a field is another thing, and no other way to write the same one.
EXACT = frozenset(
	("Check", "Currency", "Date", "Dynamic Link", "Float", "Int", "Link", "Percent", "Rating", "Select")
)
OF_PAYMENT = "Payment Entry Reference"
# Characters of a row that are told.
SHOWN = 100


@dataclass(frozen=True)
class Missed:
	"""field: of the document, or table.column. wanted, stands: its values. reason: translated, with what to do."""

	field: str
	wanted: Any
	stands: Any
	reason: str

	@property
	def top(self) -> str:
		"""The field of the document."""
		return self.field.split(".")[0]


def find(
	doc,
	before: Mapping[str, Any] | None,
	values: Mapping[str, Any],
	sets: Mapping[str, set[str]] = comparing.NO_SETS,
) -> list[Missed]:
	"""What of `values` the document does not say although it was saved with them.

	before: what it had in these fields before, as plain values; None of a new document. sets: see
	`comparing.of_document`.
	"""
	if all(doc.get(field) == value for field, value in values.items()):
		return []  # as nearly always, and told fast
	there = normalise(dict(values))
	now = comparing.of_document(doc, there, there, sets)
	levels = doc.get_permlevel_access("write") if frappe.session.user != "Administrator" else None
	found = []
	for field, wanted in there.items():
		if not comparing.same(now.get(field), wanted):
			found += _of_field(doc, field, wanted, now.get(field), before, levels)
	return found


def told(missed: Iterable[Missed]) -> str:
	"""All reasons, as one text."""
	return " ".join(dict.fromkeys(one.reason for one in missed))


def by_field(missed: Iterable[Missed]) -> dict[str, str]:
	"""Reasons by field, for who sent the record."""
	reasons: dict[str, list[str]] = {}
	for one in missed:
		reasons.setdefault(one.field, []).append(one.reason)
	return {field: " ".join(dict.fromkeys(told)) for field, told in reasons.items()}


def _of_field(
	doc, field: str, wanted: Any, now: Any, before: Mapping[str, Any] | None, levels: list[int] | None
) -> Iterator[Missed]:
	known = doc.meta.get_field(field)
	if known and known.fieldtype in table_fields:
		yield from _of_table(doc, known, wanted, now, before, levels)
		return
	was = before.get(field) if before is not None else None
	if before is None and wanted in (None, "", 0):
		return  # a default of the document type stands where nothing was said
	if written_alike(known, now, wanted):
		return
	if reason := _reason(doc, known, wanted, was, now, levels, new=before is None):
		yield Missed(field, wanted, now, reason)


def _of_table(
	doc, field, wanted: Any, now: Any, before: Mapping[str, Any] | None, levels: list[int] | None
) -> Iterator[Missed]:
	rows = doc.get(field.fieldname) or []
	was = (before or {}).get(field.fieldname) or []
	if len(rows) != len(wanted or []):
		yield from _of_rows(doc, field, wanted or [], now or [], was if before is not None else None, levels)
		return
	for place, (row, values) in enumerate(zip(rows, wanted or [], strict=True)):
		old = was[place] if place < len(was) else None
		for column, value in values.items():
			stands = now[place].get(column)
			if comparing.same(stands, value) or (old is None and value in (None, "", 0)):
				continue
			known = row.meta.get_field(column)
			if written_alike(known, stands, value):
				continue
			reason = _reason(row, known, value, (old or {}).get(column), stands, levels, new=old is None)
			if reason:
				yield Missed(f"{field.fieldname}.{column}", value, stands, reason)


def _of_rows(
	doc, field, wanted: list, now: list, was: list | None, levels: list[int] | None
) -> Iterator[Missed]:
	"""What is told of a table that has more or fewer rows than were meant. was: its rows before; None of a new document."""
	if reason := _of_level(doc, field, levels):
		yield Missed(field.fieldname, wanted, now, reason)
		return
	gone = list(rows_gone.find(frappe.get_meta(field.options), wanted, now))
	untouched = was is not None and comparing.same(now, was)
	if untouched and (not gone or (now and len(gone) == len(wanted))):
		yield Missed(field.fieldname, wanted, now, _kept(field))
		return
	for row in gone:
		yield Missed(field.fieldname, row, None, _gone(field, row))


def written_alike(field, stands: Any, wanted: Any) -> bool:
	"""Whether a value is the wanted one as Frappe writes it: rounded to the field's decimals, trimmed, made harmless."""
	if isinstance(stands, int | float) and isinstance(wanted, int | float | str):
		digits = 9 if field is None else frappe.get_precision(field.parent, field.fieldname) or 9
		return flt(stands, digits) == flt(wanted, digits)
	if not isinstance(stands, str) or not isinstance(wanted, str):
		return cstr(stands) == cstr(wanted)
	if stands.strip().casefold() == wanted.strip().casefold():
		return True
	return "<" in wanted and stands == harmless.text(wanted)


def _reason(row, field, wanted: Any, was: Any, now: Any, levels: list[int] | None, *, new: bool) -> str:
	"""Why a value does not stand; empty where ERPNext made something of it by a rule of its own."""
	label = _(field.label or field.fieldname) if field else ""
	if reason := _of_level(row, field, levels):
		return reason
	if new and field and field.fieldtype == "Data" and cstr(now) == cstr(row.name) != cstr(wanted):
		return _named_by_erpnext(row, label)
	if not new and field and (reason := at_creation.reason(row.doctype, field.fieldname, label)):
		return reason
	if field and (source := fetched_fields.source_of(row, field.fieldname)):
		return _(
			"{0} is taken from {1} {2}, which was not changed, as it belongs to others as well or user {3} may not "
			"write it: change it there."
		).format(label, _(source[0]), source[1], frappe.session.user)
	if not new and wanted in (None, "") and now not in (None, "", 0):
		return _(
			"{0} would be {1}: ERPNext fills it from what else the document says, as from another row of a table. Empty that as well, "
			"if it is not to be there."
		).format(label, now)
	kept = now in (None, "", 0) if new else comparing.same(now, was)
	return _kept(field) if kept or (field and field.fieldtype in EXACT) else ""


def _named_by_erpnext(row, label: str) -> str:
	return _(
		"{0} became {1}, as ERPNext named the document by itself. Let it take names as they come, in its settings or in the "
		"naming of this document type, or map another field for what came."
	).format(label, row.name)


def _of_level(row, field, levels: list[int] | None) -> str:
	"""Why the user may not write a field at all; empty where it is not that."""
	if not field or levels is None or not field.permlevel or field.permlevel in levels:
		return ""
	return _(
		"{0} is above what user {1} may change: give a role of this user level {2} of {3} in the Role "
		"Permissions Manager."
	).format(_(field.label or field.fieldname), frappe.session.user, field.permlevel, _(row.doctype))


def _gone(field, row: Mapping[str, Any]) -> str:
	said = ", ".join(cstr(value) for value in row.values() if value not in (None, "", 0))
	label, shown = _(field.label or field.fieldname), textwrap.shorten(said, SHOWN, placeholder="…")
	if field.options == OF_PAYMENT:
		return _(
			"Nothing of the payment is for {1}, so ERPNext took it out of {0}: it is paid already, the payment is used up by rows "
			"before it, or its user may not see it. Map how much is for it, or leave it out of the record."
		).format(label, shown)
	return _(
		"ERPNext took a row out of {0} as it saved the document ({1}), as it does with rows that come to nothing. Map what it comes "
		"to, such as its amount or quantity, or leave it out of the record."
	).format(label, shown)


def _kept(field) -> str:
	return _(
		"ERPNext kept its own value of {0}: set the row's direction to Outgoing if it always does."
	).format(_(field.label or field.fieldname) if field else "")
