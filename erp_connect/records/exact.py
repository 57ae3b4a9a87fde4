"""Finds documents by values of their fields, byte by byte.

The database's own order of texts takes `Müller` for `Muller`, and `AbC` for `aBc`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.core.mapping.matching import CASE, CASE_AND_ACCENTS, MatchKey, MatchSet, is_empty
from erp_connect.records import names

NUMBERS = frozenset(("Int", "Float", "Currency", "Percent", "Check", "Long Int", "Rating", "Duration"))
# Here a number is kept as text. ERPNext's own code counts on text from the start, and cuts spaces off, say.
TEXT = frozenset(
	("Data", "Small Text", "Text", "Long Text", "Text Editor", "Markdown Editor", "HTML Editor", "Code", "Link",
	"Dynamic Link", "Select", "Autocomplete", "Read Only", "Phone", "Barcode")
)  # fmt: skip


def documents(
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


def mistaken(doctype: str, field: str, text: str) -> list[str]:
	"""Names of the documents that the database finds by a text in a field, and that have another one: `Müller` for `Muller`.

	Case does not count, nor how a letter with an accent is put together.
	"""
	column, table = f"`{field}`", f"`tab{doctype}`"
	spelled = frappe.db.sql_list(
		f"SELECT DISTINCT CAST({column} AS BINARY) FROM {table} WHERE {column} = %s", text
	)
	others = tuple(one for one in spelled if not names.is_alike(_text(one), text))
	if not others:
		return []
	query = f"SELECT name FROM {table} WHERE CAST({column} AS BINARY) IN %s AND {column} = %s"
	return [str(name) for name in frappe.db.sql_list(query, (others, text))]


def _text(stored: bytes | str) -> str:
	return stored.decode() if isinstance(stored, bytes) else stored


def _condition(key: MatchKey, fieldtype: str, value: Any) -> tuple[str, list[Any]]:
	"""A condition on the column of a key, with its values."""
	column = f"`{key.field}`"
	if is_empty(value):
		nothing = "0" if fieldtype in NUMBERS else "''" if fieldtype in TEXT else "NULL"
		return f"({column} IS NULL OR {column} = {nothing})", []
	if fieldtype not in TEXT:
		return f"{column} = %s", [value]
	value = str(value)
	# The first half finds them by an index, and finds more than are meant.
	if key.ignoring == CASE_AND_ACCENTS:
		return f"{column} = %s", [value]
	forms = forms_of(value)
	if key.ignoring == CASE:
		alike = " OR ".join([f"CAST(LOWER({column}) AS BINARY) = CAST(LOWER(%s) AS BINARY)"] * len(forms))
	else:
		alike = " OR ".join([f"CAST({column} AS BINARY) = CAST(%s AS BINARY)"] * len(forms))
	return f"({column} = %s AND ({alike}))", [value, *forms]


def forms_of(text: str) -> list[str]:
	"""A text as it may be stored: an accented letter is one sign, or a letter and its accent, as some systems write it.

	Both are the same letter to everybody who reads them.
	"""
	return list(dict.fromkeys((text, *(unicodedata.normalize(form, text) for form in ("NFC", "NFD")))))
