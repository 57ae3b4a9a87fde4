"""Reading documents for callers of the API: mapped fields only, with the rights of the session's user."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.config.inflow import InFlow
from erp_connect.core.payload import normalise
from erp_connect.inbound.errors import ApiError
from erp_connect.inbound.values import mapped_columns
from erp_connect.store import sync_link


def one(flow: InFlow, *, name: str | None, external_id: str | None) -> dict[str, Any]:
	"""A document by its name or external id. Raises `ApiError` 404, also for one the user may not see."""
	if external_id:
		link = sync_link.find_external(flow.account, flow.remote_entity, external_id)
		name = link.document_name if link else None
	if not name or not frappe.db.exists(flow.document_type, name):
		raise ApiError(404, "not_found", "There is no such record.")
	doc = frappe.get_doc(flow.document_type, name)
	if not doc.has_permission("read"):
		raise ApiError(404, "not_found", "There is no such record.")
	doc.apply_fieldlevel_read_permissions()
	values, columns = doc.as_dict(), mapped_columns(flow.mapping.targets())
	known = sync_link.find_many(flow.account, flow.remote_entity, flow.document_type, [doc.name]).get(
		doc.name
	)
	return {
		**normalise({field: _mapped(values.get(field), columns[field]) for field in flow.fields}),
		"name": doc.name,
		"modified": normalise(doc.modified),
		"external_id": known.external_id if known else None,
	}


def page(
	flow: InFlow, filters: dict, modified_after: str | None, limit: int, after: str | None
) -> dict[str, Any]:
	"""Documents in the order of their names, so that a page never shifts while others are read."""
	columns = _columns(flow)
	conditions = [[flow.document_type, "name", ">", after or ""]]
	for field, value in filters.items():
		if field not in columns:
			raise ApiError(422, "invalid", "{name} cannot be filtered by. Use one of: {known}.",
				field=f"filters.{field}", name=field, known=", ".join(columns))  # fmt: skip
		conditions.append([flow.document_type, field, "=", value])
	if modified_after:
		conditions.append([flow.document_type, "modified", ">", _time(modified_after)])
	rows = frappe.get_list(
		flow.document_type,
		filters=conditions,
		fields=["name", "modified", *columns],
		order_by="name asc",
		limit=limit + 1,
	)
	links = sync_link.find_many(
		flow.account, flow.remote_entity, flow.document_type, [row.name for row in rows]
	)
	records = [
		{**normalise(dict(row)), "external_id": links[row.name].external_id if row.name in links else None}
		for row in rows[:limit]
	]
	return {"records": records, "next": rows[limit - 1].name if len(rows) > limit else None}


def external_id_of(flow: InFlow, name: str | None) -> str | None:
	link = (
		sync_link.find_many(flow.account, flow.remote_entity, flow.document_type, [name]).get(name)
		if name
		else None
	)
	return link.external_id if link else None


def _columns(flow: InFlow) -> list[str]:
	valid = set(frappe.get_meta(flow.document_type).get_valid_columns())
	return [field for field in flow.fields if field in valid and field != "name"]


def _time(text: str):
	try:
		return frappe.utils.get_datetime(text)
	except (ValueError, TypeError, OverflowError):
		raise ApiError(
			422, "invalid", "Write the time as 2026-01-31T12:00:00.", field="modified_after"
		) from None


def _mapped(value: Any, columns: set[str]) -> Any:
	"""A value; of a table, the mapped columns of its rows."""
	if not isinstance(value, list):
		return value
	return [{key: item for key, item in row.items() if key in columns} for row in value]
