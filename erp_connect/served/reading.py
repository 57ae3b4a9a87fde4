"""Reading documents for callers of the API: mapped fields only, with the rights of the session's user.

`modified` is given to the microsecond, as the site keeps it, so that it can serve as the version of a record.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import frappe

from erp_connect.config.inflow import InFlow
from erp_connect.core.errors import Whole
from erp_connect.core.payload.serialise import normalise
from erp_connect.core.values.field_types import Reading
from erp_connect.messages import translate
from erp_connect.records import document, exact, names, rights, site_time
from erp_connect.records.errors import BadRecord
from erp_connect.records.failures import ApiError
from erp_connect.records.values import BadValue, mapped_columns, single
from erp_connect.store import sync_link

BY_NAME, BY_MODIFIED = "name", "modified"


@dataclass(frozen=True)
class Query:
	"""Which page of records is wanted.

	filters: mapped field = value. modified_after, modified_from: ISO times, exclusive and inclusive.
	after: `next` of the page before. with_tables: also the rows of mapped tables.
	"""

	limit: int
	filters: dict[str, Any] = field(default_factory=dict)
	modified_after: str | None = None
	modified_from: str | None = None
	after: str | None = None
	order: str = BY_NAME
	with_tables: bool = False


def find(flow: InFlow, *, name: str | None, external_id: str | None, for_update: bool = False):
	"""A document by its name or external id. Raises `ApiError` 404, also for one the user may not see."""
	if external_id:
		link = sync_link.find_external(flow.account, flow.remote_entity, external_id)
		linked = link.document_name if link else None
		names.require_same(name, external_id, linked)
		name = linked
	if not names.existing(flow.document_type, name):
		raise _not_found()
	doc = frappe.get_doc(flow.document_type, name, for_update=for_update)
	if not doc.has_permission("read"):
		raise _not_found()
	return doc


def one(flow: InFlow, *, name: str | None, external_id: str | None) -> dict[str, Any]:
	"""The mapped fields of a document, with its tables. Raises as `find` does."""
	doc = find(flow, name=name, external_id=external_id)
	return _whole(flow, doc, external_id_of(flow, str(doc.name)))


def page(flow: InFlow, query: Query) -> dict[str, Any]:
	"""Documents in an order in which a page never loses or doubles one, whatever is written meanwhile.

	By name, or by time of change: then one that is changed during the walk comes again at the end, as it is then.
	Raises `ApiError` 422 for filters, times and cursors that cannot be used.
	"""
	columns = columns_of(flow)
	beyond, one_of = _cursor(flow, query)
	rows = frappe.get_list(
		flow.document_type,
		filters=[*_conditions(flow, query, columns), *beyond],
		or_filters=one_of,
		fields=["name", "modified", *(() if query.with_tables else columns)],
		order_by="modified asc, name asc" if query.order == BY_MODIFIED else "name asc",
		limit=query.limit + 1,
	)
	shown = rows[: query.limit]
	links = sync_link.find_many(
		flow.account, flow.remote_entity, flow.document_type, [str(row.name) for row in shown]
	)
	outside = {name: link.external_id for name, link in links.items()}
	read = _with_tables if query.with_tables else _plain
	following = _token(shown[-1], query.order) if len(rows) > query.limit else None
	return {"records": read(flow, shown, outside), "next": following}


def external_id_of(flow: InFlow, name: str | None) -> str | None:
	link = (
		sync_link.find_many(flow.account, flow.remote_entity, flow.document_type, [name]).get(name)
		if name
		else None
	)
	return link.external_id if link else None


def version_of(doctype: str, name: str | None) -> str | None:
	"""When a document was last changed, to the microsecond; None when there is none."""
	modified = frappe.db.get_value(doctype, name, "modified") if name else None
	return str(modified) if modified else None


def versions_of(doctype: str, names: list[str]) -> dict[str, str]:
	"""As `version_of`, for many documents that were just written: by name."""
	if not names:
		return {}
	rows = frappe.get_all(doctype, filters={"name": ("in", names)}, fields=["name", "modified"])
	return {str(row.name): str(row.modified) for row in rows}


def _plain(flow: InFlow, rows: list, outside: dict[str, str | None]) -> list[dict[str, Any]]:
	return [
		{
			**normalise(dict(row)),
			"name": str(row.name),
			"modified": str(row.modified),
			"external_id": outside.get(str(row.name)),
		}
		for row in rows
	]


def _with_tables(flow: InFlow, rows: list, outside: dict[str, str | None]) -> list[dict[str, Any]]:
	"""The documents of `rows`, which the user may see, with one query for each table."""
	names = [str(row.name) for row in rows]
	docs = document.load_many(flow.document_type, names) if rows else {}
	return [_whole(flow, docs[name], outside.get(name)) for name in names if name in docs]


def _whole(flow: InFlow, doc, external_id: str | None) -> dict[str, Any]:
	doc.apply_fieldlevel_read_permissions()
	values, columns = doc.as_dict(), mapped_columns(flow.mapping.targets())
	return {
		**normalise({name: _mapped(values.get(name), columns[name]) for name in flow.fields}),
		"name": str(doc.name),
		"modified": str(doc.modified),
		"external_id": external_id,
	}


def _conditions(flow: InFlow, query: Query, columns: list[str]) -> list[list]:
	conditions = []
	# Who may not read a field is not told by a filter either what it holds.
	closed = rights.withheld(flow.document_type, frappe.session.user).get("", ()) if query.filters else ()
	open_ = [name for name in columns if name not in closed]
	for name, value in query.filters.items():
		if name not in open_:
			raise ApiError(422, "invalid", "{name} cannot be filtered by. Use one of: {known}.",
				field=f"filters.{name}", name=name, known=Whole(", ".join(open_)))  # fmt: skip
		conditions += _equal(flow.document_type, name, _filtered(flow, name, value))
	for key, sign in (("modified_after", ">"), ("modified_from", ">=")):
		if text := getattr(query, key):
			conditions.append([flow.document_type, "modified", sign, _time(text, key)])
	return conditions


def _equal(doctype: str, name: str, value: Any) -> list[list]:
	"""The conditions for a field to be equal to a value, and not to one that the database takes for it."""
	if value is None:
		return [[doctype, name, "is", "not set"]]
	conditions = [[doctype, name, "=", value]]
	if isinstance(value, str) and (others := exact.mistaken(doctype, name, value)):
		conditions.append([doctype, "name", "not in", others])
	return conditions


def _filtered(flow: InFlow, name: str, value: Any) -> Any:
	"""A value to filter by, read as the field is: the database takes a word for zero. Raises `ApiError` 422."""
	reading = Reading(frappe.utils.get_system_timezone(), flow.numbers)
	try:
		return single(frappe.get_meta(flow.document_type), name, value, reading, place=f"filters.{name}")
	except BadValue as error:
		raise ApiError(
			422, "invalid", "{reason}", field=f"filters.{name}", reason=Whole(translate(error))
		) from None


def _cursor(flow: InFlow, query: Query) -> tuple[list[list], list[list]]:
	"""What comes after the page before: conditions that must all hold, and some of which one must."""
	doctype = flow.document_type
	if query.order != BY_MODIFIED:
		return [[doctype, "name", ">", query.after or ""]], []
	if not query.after:
		return [], []
	modified, name = _position(query.after)
	# (modified, name) > (m, n), said without nesting: at or after m, and either later than m or after n.
	return (
		[[doctype, "modified", ">=", modified]],
		[[doctype, "modified", ">", modified], [doctype, "name", ">", name]],
	)


def _token(row, order: str) -> str:
	if order != BY_MODIFIED:
		return str(row.name)
	return base64.urlsafe_b64encode(json.dumps([str(row.modified), str(row.name)]).encode()).decode()


def _position(token: str) -> tuple[datetime, str]:
	try:
		modified, name = json.loads(base64.urlsafe_b64decode(token.encode()))
		return datetime.fromisoformat(modified), str(name)
	except (ValueError, TypeError):
		raise ApiError(
			422, "invalid", "Pass `next` of the page before, with the same order.", field="after"
		) from None


def columns_of(flow: InFlow) -> list[str]:
	"""The mapped fields of a flow that are columns of its document's own table."""
	valid = set(frappe.get_meta(flow.document_type).get_valid_columns())
	return [name for name in flow.fields if name in valid and name != "name"]


def _time(text: str, key: str) -> datetime:
	try:
		return site_time.moment_of(text)
	except BadRecord:
		raise ApiError(422, "invalid", "Write the time as 2026-01-31T12:00:00.", field=key) from None


def _mapped(value: Any, columns: Iterable[str]) -> Any:
	"""A value; of a table, the mapped columns of its rows."""
	if not isinstance(value, list):
		return value
	return [{key: item for key, item in row.items() if key in columns} for row in value]


def _not_found() -> ApiError:
	return ApiError(404, "not_found", "There is no such record.")
