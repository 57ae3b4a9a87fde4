"""What stands for a linked document on the other side: its id there, or the value of one of its fields."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import frappe
from frappe import _

from erp_connect.core.errors import MappingError, Whole
from erp_connect.core.mapping.matching import MatchKey
from erp_connect.core.mapping.transform_types import Lookup
from erp_connect.records import exact
from erp_connect.store import sync_link

_found: ContextVar[dict[tuple[str, ...], str] | None] = ContextVar("erp_connect_lookups", default=None)


@contextmanager
def once() -> Iterator[None]:
	"""Inside the block, which is about one record, each document is looked up once."""
	token = _found.set({})
	try:
		yield
	finally:
		_found.reset(token)


def outwards(account: Any) -> Lookup:
	"""(kind, name of a document) → what the account's outside calls it. kind: see `TransformContext.lookup`."""

	def found(kind: str, name: str) -> str | None:
		doctype, _dot, field = kind.rpartition(".")
		if not doctype:
			return sync_link.external_id(account.name, kind, name)
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
			return sync_link.document_of(account, kind, outside)
		known, key = _found.get(), (account, kind, outside)
		if known is None:
			return _having(account, doctype, field, outside)
		if key not in known and (name := _having(account, doctype, field, outside)):
			known[key] = name
		return known.get(key)

	return found


def _having(account: str, doctype: str, field: str, value: str) -> str | None:
	own = frappe.get_meta(doctype).has_field("company")
	company = frappe.get_cached_value("Integration Settings", account, "company") if own else None
	names = exact.documents(doctype, (MatchKey(field),), {field: value}, company)
	if len(names) > 1:
		raise MappingError(
			"Several documents of {doctype} have {value} as {by}: {names}. Leave it in one of them.",
			field="transform",
			code="several",
			doctype=doctype,
			value=value,
			by=field,
			names=Whole(", ".join(names)),
		)
	if company and not names:
		_refuse_other_company(doctype, field, value, company)
	# A list is asked, which costs a fraction of a document.
	if names and not frappe.get_list(doctype, filters={"name": names[0]}, limit=1):
		raise frappe.PermissionError(_("No permission to read {0} {1}").format(_(doctype), names[0]))
	return names[0] if names else None


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
