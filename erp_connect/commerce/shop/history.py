"""Orders, invoices and shipments as a shop shows them to its customer. Only reads, as the session's user."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import frappe

from erp_connect.commerce.parties import customers, recognition
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.commerce.shop import document_answer, paging, parcels
from erp_connect.commerce.shop.document_kinds import COMMON, SHIPMENT, Kind
from erp_connect.commerce.shop.paging import Page, Wanted
from erp_connect.core.errors import Whole
from erp_connect.records import names
from erp_connect.records.failures import ApiError
from erp_connect.store import sync_link


@dataclass(frozen=True)
class Query:
	"""Which documents. customer: a Customer's name; None: of all customers that the user may see."""

	limit: int
	customer: str | None = None
	from_date: date | None = None
	to_date: date | None = None
	status: tuple[str, ...] = ()
	order_id: str | None = None
	modified_after: datetime | None = None
	after: str | None = None


def customer_of(settings: CommerceSettings, name: str | None, external_id: str | None) -> str | None:
	"""The Customer meant by a call; None when it names none.

	Raises `ApiError` 404 for one that does not exist or that the user may not see, and `frappe.PermissionError` for
	users who may see none.
	"""
	if not name and not external_id:
		return None
	paging.require_read("Customer")
	found = customers.resolve(settings, name, external_id)
	if found and external_id and not recognition.by_external_id(settings, external_id):
		found = None
	if not found or not frappe.has_permission("Customer", "read", doc=found):
		raise ApiError(404, "not_found", "There is no such customer.", field="customer_id")
	return found


def page(settings: CommerceSettings, kind: Kind, query: Query) -> Page:
	"""Documents without their lines, the newest first. Raises `ApiError` 422 for filters that mean nothing."""
	paging.require_read(kind.doctype)
	fields = {**COMMON, **kind.fields}
	found = paging.newest_first(
		Wanted(
			kind.doctype,
			tuple(dict.fromkeys([*fields.values(), kind.date])),
			query.limit,
			query.after,
			_filters(settings, kind, query),
		)
	)
	links = sync_link.find_many(settings.account, kind.entity, kind.doctype, [row.name for row in found.rows])
	rows = [document_answer.header(kind, row, links.get(row.name)) for row in found.rows]
	if kind is SHIPMENT:
		tracking = parcels.of_notes([row["shipment_id"] for row in rows])
		rows = [{**row, "tracking": tracking.get(row["shipment_id"], [])} for row in rows]
	return Page(rows, found.next)


def one(settings: CommerceSettings, kind: Kind, name: str | None, external_id: str | None) -> dict[str, Any]:
	"""A document with lines, taxes and addresses. Raises `ApiError` 404, also for one that the user may not see."""
	doc = _document(settings, kind, name, external_id)
	doc.apply_fieldlevel_read_permissions()
	link = sync_link.find_many(settings.account, kind.entity, kind.doctype, [doc.name]).get(doc.name)
	answer = {
		**document_answer.header(kind, doc, link),
		"items": [document_answer.line(row) for row in doc.items],
		"taxes": [document_answer.tax(row) for row in doc.taxes],
		"billing_address": document_answer.address(doc.customer_address),
		"shipping_address": document_answer.address(doc.shipping_address_name),
	}
	if kind is SHIPMENT:
		answer["tracking"] = parcels.of_notes([doc.name]).get(doc.name, [])
	return answer


def pdf(name: str) -> bytes:
	"""The invoice as its print format shows it. Raises `ApiError` 503 where this server cannot make PDF."""
	try:
		return frappe.get_print("Sales Invoice", name, as_pdf=True)
	except OSError:
		frappe.log_error(title="ERP Connect: an invoice could not be printed", defer_insert=True)
		raise ApiError(
			503, "no_pdf", "This server cannot make PDF now. Leave include_pdf out, or ask the administrator."
		) from None


def _document(settings: CommerceSettings, kind: Kind, name: str | None, external_id: str | None):
	if external_id:
		link = sync_link.find_external(settings.account, kind.entity, external_id)
		linked = link.document_name if link else None
		names.require_same(name, external_id, linked)
		name = linked
	# Whoever may read none of them is told so; whoever may read some is not told what else there is.
	paging.require_read(kind.doctype)
	doc = frappe.get_doc(kind.doctype, name) if name and frappe.db.exists(kind.doctype, name) else None
	of_other_company = doc and settings.company and doc.company != settings.company
	if not doc or of_other_company or not doc.has_permission("read"):
		raise ApiError(404, "not_found", "There is no such record.", field=kind.key)
	return doc


def _filters(settings: CommerceSettings, kind: Kind, query: Query) -> list:
	conditions = []
	if settings.company:
		conditions.append([kind.doctype, "company", "=", settings.company])
	if query.customer:
		conditions.append([kind.doctype, "customer", "=", query.customer])
	if query.from_date:
		conditions.append([kind.doctype, kind.date, ">=", query.from_date])
	if query.to_date:
		conditions.append([kind.doctype, kind.date, "<=", query.to_date])
	if query.modified_after:
		time = paging.local_time(query.modified_after, "modified_after")
		conditions.append([kind.doctype, "modified", ">", time])
	if query.status:
		conditions.append([kind.doctype, "status", "in", _statuses(kind, query.status)])
	if query.order_id and kind.order_field:
		conditions.append([kind.doctype, "name", "in", _of_order(kind, query.order_id)])
	return conditions


def _of_order(kind: Kind, order: str) -> list[str]:
	"""Names of all documents made from an order; the page shows of them what the user may see."""
	filters = {kind.order_field: order, "parenttype": kind.doctype}
	return frappe.get_all(f"{kind.doctype} Item", filters=filters, pluck="parent", distinct=True) or [""]


def _statuses(kind: Kind, wanted: tuple[str, ...]) -> list[str]:
	known = [
		option for option in (frappe.get_meta(kind.doctype).get_options("status") or "").split("\n") if option
	]
	for status in wanted:
		if status not in known:
			raise ApiError(422, "invalid", "There is no status {wanted}. Use one of: {known}.",
				field="status", wanted=status, known=Whole(", ".join(known)))  # fmt: skip
	return list(wanted)
