"""Pages of documents for callers of the API: a stable order, filters, and only what the user may see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import frappe

from erp_connect.records import site_time
from erp_connect.records.errors import BadRecord
from erp_connect.records.failures import ApiError

CURSOR_TIME = "%Y-%m-%dT%H:%M:%S.%f"


@dataclass(frozen=True)
class Page:
	"""rows: at most `limit`. next: cursor of the next page, None on the last one."""

	rows: list
	next: str | None


@dataclass(frozen=True)
class Wanted:
	"""filters: as for frappe.get_list, with the DocType in front; either: of which one must fit, by name only.

	after: `next` of the page before.
	"""

	doctype: str
	fields: tuple[str, ...]
	limit: int
	after: str | None = None
	filters: list = field(default_factory=list)
	either: list = field(default_factory=list)


def newest_first(wanted: Wanted) -> Page:
	"""By creation, the newest first: what is made while pages are read never shifts the later ones."""
	conditions = list(wanted.filters)
	either = []
	if wanted.after:
		time, name = _cursor(wanted.after)
		conditions.append([wanted.doctype, "creation", "<=", time])
		either = [[wanted.doctype, "creation", "<", time], [wanted.doctype, "name", "<", name]]
	order = f"`tab{wanted.doctype}`.creation desc, `tab{wanted.doctype}`.name desc"
	return _page(
		wanted, conditions, either, order, lambda row: f"{row.creation.strftime(CURSOR_TIME)}|{row.name}"
	)


def by_name(wanted: Wanted) -> Page:
	"""By name, from the first on."""
	conditions = [*wanted.filters, [wanted.doctype, "name", ">", wanted.after or ""]]
	return _page(wanted, conditions, wanted.either, f"`tab{wanted.doctype}`.name asc", lambda row: row.name)


def require_read(doctype: str) -> None:
	"""Raises `frappe.PermissionError` unless a role of the user may read documents of others too.

	ERPNext lets everybody read the invoices they made themselves, which is no right to use a call.
	"""
	rights = frappe.permissions.get_role_permissions(frappe.get_meta(doctype))
	if not rights.get("read") or "read" in (rights.get("if_owner") or {}):
		raise frappe.PermissionError


def local_time(value: datetime, parameter: str) -> datetime:
	"""A time as the database has it: the site's time zone, without saying so. Raises `ApiError` 422."""
	try:
		return site_time.at_site(value)
	except BadRecord:
		raise ApiError(422, "invalid", "This time is out of range.", field=parameter) from None


def _page(wanted: Wanted, conditions: list, either: list, order: str, cursor: Callable[[Any], str]) -> Page:
	rows = frappe.get_list(
		wanted.doctype,
		filters=conditions,
		or_filters=either,
		fields=["name", "creation", *wanted.fields],
		order_by=order,
		limit=wanted.limit + 1,
	)
	return Page(rows[: wanted.limit], cursor(rows[wanted.limit - 1]) if len(rows) > wanted.limit else None)


def _cursor(after: str) -> tuple[datetime, str]:
	time, _, name = after.partition("|")
	try:
		return datetime.strptime(time, CURSOR_TIME), name
	except ValueError:
		raise ApiError(422, "invalid", "Pass `next` of the page before, as it was.", field="after") from None
