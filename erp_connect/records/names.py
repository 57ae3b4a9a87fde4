"""Names of documents that the outside gives."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import frappe
from frappe import _
from frappe.model import table_fields
from frappe.utils import escape_html

from erp_connect.core.errors import ConnectError
from erp_connect.records.errors import BadRecord

_sure: ContextVar[frozenset[tuple[str, str]]] = ContextVar("erp_connect_names", default=frozenset())


@contextmanager
def sure(known: set[tuple[str, str]]) -> Iterator[None]:
	"""Inside the block, documents (type, name) that are there for sure, with just these names, are not asked for."""
	token = _sure.set(_sure.get() | known)
	try:
		yield
	finally:
		_sure.reset(token)


def existing(doctype: str, name: Any) -> str | None:
	"""`name` if a document has just this name; None otherwise.

	The database would take `Muller` for `Müller`, and with it one document for another.
	"""
	found = frappe.db.get_value(doctype, name, "name") if name else None
	return found if found is not None and str(found) == str(name) else None


def require_exact(doctype: str, name: str) -> None:
	"""Raises `frappe.DoesNotExistError`, in words, unless a document has just this name: the database takes others for it."""
	standing = found_by(doctype, name)
	if standing == str(name):
		return
	if standing is None:
		frappe.throw(
			_("There is no {0} {1}.").format(_(doctype), escape_html(name)), frappe.DoesNotExistError
		)
	frappe.throw(
		_("There is no {0} {1}, only {2}. Enter the name as it is written.").format(
			_(doctype), escape_html(name), escape_html(standing)
		),
		frappe.DoesNotExistError,
	)


def alike(doctype: str, name: str) -> str | None:
	"""The name of the document that is called so, as it is written here: case does not count, nor how a letter with an accent
	is put together. None where there is none, also where the database finds "Muller" by "Müller".
	"""
	found = frappe.db.get_value(doctype, name, "name") if name else None
	return str(found) if found is not None and _folded(str(found)) == _folded(name) else None


def found_by(doctype: str, name: Any) -> str | None:
	"""The name of the document that the database finds by `name`, which may be another spelling; None where there is none."""
	found = frappe.db.get_value(doctype, name, "name") if name else None
	return None if found is None else str(found)


def is_alike(one: str, other: str) -> bool:
	"""Whether two names are the same but for case, and how a letter with an accent is put together."""
	return _folded(one) == _folded(other)


def other_than(doctype: str, name: str) -> str | None:
	"""The name of the document that Frappe would take for the one called `name`, and that is another one; None without one."""
	if (doctype, name) in _sure.get():
		return None
	found = frappe.db.get_value(doctype, name, "name", cache=True)
	return str(found) if found is not None and _folded(str(found)) != _folded(name) else None


def _folded(name: str) -> str:
	return unicodedata.normalize("NFC", name).strip().casefold()


def require_linked(doc: Any, values: Mapping[str, Any]) -> None:
	"""Raises `ConnectError` where one of `values` (field → value, a list of dicts for a table), which `doc` was filled with, is
	a dynamic link that Frappe would take for another document: the party Muller for Müller. Raises
	`frappe.LinkValidationError` for a link to nothing that is read before Frappe looks at links, or lets it pass.
	"""
	for row, fields, place in _rows_of(doc, values):
		_require_read(row, fields)
		for field in row.meta.get_dynamic_link_fields():
			doctype, name = row.get(field.options), row.get(field.fieldname)
			if field.fieldname not in fields or not doctype or not isinstance(name, str) or not name:
				continue
			if found := other_than(doctype, name):
				raise ConnectError(
					"{field} (Dynamic Link) cannot be {value}: there is no such {doctype}, only {found}.",
					code="bad_value",
					field=f"{place}{field.fieldname}",
					value=name,
					doctype=doctype,
					found=found,
				)


def _require_read(row: Any, fields: Collection[str]) -> None:
	"""Of a document all links, whose templates and parties are read before it is saved; of a row those from which other fields
	are fetched, which Frappe lets pass.

	https://github.com/frappe/frappe/blob/version-15/frappe/model/base_document.py (get_invalid_links)
	"""
	for field in row.meta.get_link_fields():
		name = row.get(field.fieldname)
		if field.fieldname not in fields or not name or (field.options, name) in _sure.get():
			continue
		if row.get("parentfield") and not row.meta.get_fields_to_fetch(field.fieldname):
			continue  # Frappe looks itself
		meta = frappe.get_meta(field.options)
		# What was not there when it was asked first may have been made for this record: an Item Attribute, say.
		if meta.issingle or meta.is_virtual or _is_there(field.options, name):
			continue
		place = f"{_('Row')} #{row.idx}: " if row.get("parentfield") else ""
		told = f"{place}{_(field.label)}: {name}"
		frappe.throw(_("Could not find {0}").format(told), frappe.LinkValidationError)


def _is_there(doctype: str, name: str) -> bool:
	known = frappe.db.get_value(doctype, name, "name", cache=True)
	return bool(known or frappe.db.get_value(doctype, name, "name"))


def _rows_of(doc: Any, values: Mapping[str, Any]) -> Iterator[tuple[Any, Any, str]]:
	"""Of the document and of the rows of its tables: itself, which fields were filled, and where it stands."""
	yield doc, values, ""
	for field in doc.meta.fields:
		if field.fieldtype in table_fields and isinstance(values.get(field.fieldname), list):
			filled = {name for row in values[field.fieldname] for name in row}
			for number, row in enumerate(doc.get(field.fieldname) or []):
				yield row, filled, f"{field.fieldname}[{number}]."


def require_same(name: Any, external_id: str | None, linked: str | None) -> None:
	"""Raises `BadRecord` where a caller names a document twice, and means two. linked: the one with the external id."""
	if name and external_id and linked is not None and str(linked) != str(name):
		raise BadRecord(
			"{name} and the external id {id} are not one record. Send one of them, or those of the same record.",
			code="two_records",
			name=str(name),
			id=external_id,
		)
