"""What stands for a linked document on the other side: its id there, or the value of one of its fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

import frappe
from frappe import _

from erp_connect.config.inflow import InFlow
from erp_connect.core.errors import ConnectError, MappingError, Whole
from erp_connect.core.mapping.matching import MatchKey
from erp_connect.core.mapping.transform_types import Lookup
from erp_connect.records import exact, names
from erp_connect.store import linked_ids

_found: ContextVar[dict[tuple[str, ...], str] | None] = ContextVar("erp_connect_lookups", default=None)
# What many records are about to look up, as it was found for all of them: (account, kind, value) → name.
_ahead: ContextVar[dict[tuple[str, str, str], str] | None] = ContextVar(
	"erp_connect_lookups_ahead", default=None
)
# Of how many records none looks anything up, before it is taken that the flow does not.
TRIED = 5


@contextmanager
def once() -> Iterator[None]:
	"""Inside the block, which is about one record, each document is looked up once."""
	token = _found.set({})
	try:
		yield
	finally:
		_found.reset(token)


@contextmanager
def ahead(flow: InFlow, records: list[Any]) -> Iterator[None]:
	"""Inside the block, which is about these records, what they look up by a field is known by few queries for all of them.

	Only what is clear, and what the session's user may see. All else is looked up for its record, and told there. Documents
	of the type that the records are written to are not known ahead, for they change by them.
	"""
	found: dict[tuple[str, str, str], str] = {}
	sure: set[tuple[str, str]] = set()
	for kind, values in _asked(flow, records).items():
		doctype = kind.rpartition(".")[0]
		if doctype != flow.document_type:
			clear = _clear(flow.account, kind, values)
			found |= {(flow.account, kind, value): name for value, name in clear.items()}
			sure |= {(doctype, name) for name in clear.values()}
	token = _ahead.set(found)
	try:
		with names.sure(sure):
			yield
	finally:
		_ahead.reset(token)


def _asked(flow: InFlow, records: list[Any]) -> dict[str, set[str]]:
	"""The values that records look up, by `DocType.field`. What cannot be mapped is told when it is written."""
	asked: dict[str, set[str]] = {}

	def ask(kind: str, outside: str) -> str:
		if "." in kind:
			asked.setdefault(kind, set()).add(outside)
		return outside

	for number, record in enumerate(records):
		if number == TRIED and not asked:
			break
		if not isinstance(record, dict):
			continue
		with suppress(ConnectError):
			zone = frappe.utils.get_system_timezone()
			flow.mapping.apply(record, creating=True, time_zone=zone, numbers=flow.numbers, lookup=ask)
	return asked


def _clear(account: str, kind: str, values: Iterable[str]) -> dict[str, str]:
	"""Of these values each that one document has, of the account's company or of none, and that may be seen: its name."""
	doctype, _dot, field = kind.rpartition(".")
	meta = frappe.get_meta(doctype)
	by = meta.get_field(field)
	if by is None or by.fieldtype not in exact.TEXT or meta.has_field("amended_from"):
		return {}
	fields = ["name", field, *(["company"] if meta.has_field("company") else [])]
	company = frappe.get_cached_value("Integration Settings", account, "company")
	having: dict[str, list[str]] = {}
	for row in frappe.get_all(doctype, filters={field: ("in", list(values))}, fields=fields):
		if not (company and row.get("company") and row.company != company):
			having.setdefault(str(row[field]), []).append(str(row.name))
	found = {
		value: those[0]
		for value in values
		if len(those := [name for form in exact.forms_of(value) for name in having.get(form, ())]) == 1
	}
	try:
		seen = frappe.get_list(doctype, filters={"name": ("in", list(found.values()))}, pluck="name", limit=0)
	except frappe.PermissionError:
		return {}
	visible = {str(name) for name in seen}
	return {value: name for value, name in found.items() if name in visible}


def outwards(account: Any) -> Lookup:
	"""(kind, name of a document) → what the account's outside calls it. kind: see `TransformContext.lookup`."""

	def found(kind: str, name: str) -> str | None:
		doctype, _dot, field = kind.rpartition(".")
		if not doctype:
			return linked_ids.external_id(account.name, kind, name)
		rows = frappe.get_list(doctype, filters={"name": name}, fields=[field], as_list=True, limit=1)
		return str(rows[0][0]) if rows and rows[0][0] not in (None, "") else None

	return found


def inwards(account: str) -> Lookup:
	"""(kind, what the account's outside calls it) → name of the document; None when there is none.

	By a field, it is the one document that has the value letter by letter, of the account's company or of none. Raises
	`MappingError` where several have it, and `PermissionError` where the user may not see it.
	"""

	def found(kind: str, outside: str) -> str | None:
		doctype, _dot, field = kind.rpartition(".")
		if not doctype:
			return linked_ids.document_of(account, kind, outside)
		known, key = _found.get(), (account, kind, outside)
		if name := (_ahead.get() or {}).get(key):
			return name
		if known is None:
			return _having(account, doctype, field, outside)
		if key not in known and (name := _having(account, doctype, field, outside)):
			known[key] = name
		return known.get(key)

	return found


def _having(account: str, doctype: str, field: str, value: str) -> str | None:
	own = frappe.get_meta(doctype).has_field("company")
	company = frappe.get_cached_value("Integration Settings", account, "company") if own else None
	found = exact.documents(doctype, (MatchKey(field),), {field: value}, company)
	if len(found) > 1:
		raise MappingError(
			"Several documents of {doctype} have {value} as {by}: {names}. Leave it in one of them.",
			field="transform",
			code="several",
			doctype=doctype,
			value=value,
			by=field,
			names=Whole(", ".join(found)),
		)
	if company and not found:
		_refuse_other_company(doctype, field, value, company)
	# A list is asked, which costs a fraction of a document.
	if found and not frappe.get_list(doctype, filters={"name": found[0]}, limit=1):
		raise frappe.PermissionError(_("No permission to read {0} {1}").format(_(doctype), found[0]))
	return found[0] if found else None


def _refuse_other_company(doctype: str, field: str, value: str, company: str) -> None:
	"""Raises `MappingError` where a document of another company has the value: it is not meant, and would be looked for."""
	for name in exact.documents(doctype, (MatchKey(field),), {field: value}, None):
		raise MappingError(
			"{doctype} {name} has {value} as {by}, but belongs to {other}, and the account of this record to {company}. "
			"Use an account of that company, or correct the record.",
			field="transform",
			code="missing_link",
			doctype=doctype,
			name=name,
			value=value,
			by=field,
			other=frappe.db.get_value(doctype, name, "company"),
			company=company,
		)
