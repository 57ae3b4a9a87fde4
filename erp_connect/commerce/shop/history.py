"""Orders, invoices and shipments as a shop shows them to its customer. Only reads, as the session's user."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

import frappe
from frappe.utils import flt

from erp_connect.commerce.parties import customers
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.commerce.shop import paging
from erp_connect.commerce.shop.line_answer import line_answer
from erp_connect.commerce.shop.paging import Page, Wanted
from erp_connect.records.failures import ApiError
from erp_connect.store import sync_link


@dataclass(frozen=True)
class Kind:
	"""A kind of sales document. fields: answer name → field, beyond those all kinds have."""

	doctype: str
	key: str
	entity: str
	date: str
	order_field: str | None
	fields: dict[str, str] = field(default_factory=dict)


COMMON = {
	"customer_id": "customer",
	"customer_name": "customer_name",
	"status": "status",
	"currency": "currency",
	"exchange_rate": "conversion_rate",
	"net_total": "net_total",
	"tax_total": "total_taxes_and_charges",
	"discount_total": "discount_amount",
	"grand_total": "grand_total",
	"rounded_total": "rounded_total",
	"customer_reference": "po_no",
	"modified": "modified",
}
ORDER = Kind(
	"Sales Order",
	"order_id",
	"order",
	"transaction_date",
	None,
	{
		"delivery_date": "delivery_date",
		"percent_delivered": "per_delivered",
		"percent_billed": "per_billed",
		"paid_in_advance": "advance_paid",
	},
)
INVOICE = Kind(
	"Sales Invoice",
	"invoice_id",
	"invoice",
	"posting_date",
	"sales_order",
	{
		"due_date": "due_date",
		"outstanding": "outstanding_amount",
		"is_return": "is_return",
		"return_against": "return_against",
	},
)
SHIPMENT = Kind(
	"Delivery Note",
	"shipment_id",
	"fulfilment",
	"posting_date",
	"against_sales_order",
	{
		"is_return": "is_return",
		"return_against": "return_against",
		"transporter": "transporter_name",
		"transport_receipt": "lr_no",
	},
)
FLAGS = ("is_return",)
ADDRESS_FIELDS = (
	"address_title", "address_line1", "address_line2", "city", "state", "pincode", "country", "phone", "email_id",
)  # fmt: skip


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
	rows = [_header(kind, row, links.get(row.name)) for row in found.rows]
	if kind is SHIPMENT:
		tracking = _tracking([row["shipment_id"] for row in rows])
		rows = [{**row, "tracking": tracking.get(row["shipment_id"], [])} for row in rows]
	return Page(rows, found.next)


def one(settings: CommerceSettings, kind: Kind, name: str | None, external_id: str | None) -> dict[str, Any]:
	"""A document with lines, taxes and addresses. Raises `ApiError` 404, also for one that the user may not see."""
	doc = _document(settings, kind, name, external_id)
	doc.apply_fieldlevel_read_permissions()
	link = sync_link.find_many(settings.account, kind.entity, kind.doctype, [doc.name]).get(doc.name)
	answer = {
		**_header(kind, doc, link),
		"items": [_line(row) for row in doc.items],
		"taxes": [_tax(row) for row in doc.taxes],
		"billing_address": _address(doc.customer_address),
		"shipping_address": _address(doc.shipping_address_name),
	}
	if kind is SHIPMENT:
		answer["tracking"] = _tracking([doc.name]).get(doc.name, [])
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
	if not name and external_id:
		link = sync_link.find_external(settings.account, kind.entity, external_id)
		name = link.document_name if link else None
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
				field="status", wanted=status, known=", ".join(known))  # fmt: skip
	return list(wanted)


def _header(kind: Kind, row, link: sync_link.Link | None) -> dict[str, Any]:
	answer: dict[str, Any] = {kind.key: row.name, "external_id": link.external_id if link else None}
	answer["date"] = row.get(kind.date)
	answer |= {name: row.get(column) for name, column in {**COMMON, **kind.fields}.items()}
	for name in FLAGS:
		if name in answer:
			answer[name] = bool(answer[name])
	# ERPNext leaves it at zero where rounding is switched off.
	answer["rounded_total"] = flt(row.get("rounded_total")) or flt(row.get("grand_total"))
	if kind is INVOICE:
		answer["pdf_url"] = _pdf_url(row.name)
	return answer


def _pdf_url(name: str) -> str:
	query = urlencode({"doctype": "Sales Invoice", "name": name})
	return frappe.utils.get_url(f"/api/method/frappe.utils.print_format.download_pdf?{query}")


def _line(row) -> dict[str, Any]:
	return {
		**line_answer(row),
		"delivered_quantity": flt(row.delivered_qty) if row.meta.has_field("delivered_qty") else None,
		"order_id": row.get("sales_order") or row.get("against_sales_order") or None,
	}


def _tax(row) -> dict[str, Any]:
	return {
		"title": frappe.utils.strip_html(row.description or ""),
		"kind": "charge" if row.charge_type == "Actual" else "tax",
		"rate": flt(row.rate),
		"amount": flt(row.tax_amount_after_discount_amount),
		"included_in_price": bool(row.included_in_print_rate),
	}


def _address(name: str | None) -> dict[str, Any] | None:
	"""An address as it stands on the document, which shows it to whoever may read the document."""
	return (frappe.db.get_value("Address", name, ADDRESS_FIELDS, as_dict=True) or None) if name else None


def _tracking(notes: list[str]) -> dict[str, list[dict[str, Any]]]:
	"""Parcels of delivery notes, by note; none for users who may not read shipments."""
	if not notes or not frappe.has_permission("Shipment", "read"):
		return {}
	rows = frappe.get_all(
		"Shipment Delivery Note",
		filters={"delivery_note": ("in", notes), "parenttype": "Shipment"},
		fields=["parent", "delivery_note"],
		distinct=True,
	)
	fields = [
		"carrier",
		"carrier_service",
		"awb_number",
		"tracking_url",
		"tracking_status",
		"tracking_status_info",
	]
	shipments = frappe.get_list(
		"Shipment",
		filters={"name": ("in", {row.parent for row in rows}), "docstatus": ("<", 2)},
		fields=["name", "status", *fields],
	)
	parcels = {shipment.pop("name"): _parcel(shipment) for shipment in shipments}
	found: dict[str, list] = {}
	for row in rows:
		if row.parent in parcels:
			found.setdefault(row.delivery_note, []).append(parcels[row.parent])
	return found


def _parcel(row) -> dict[str, Any]:
	return {
		"status": row.status,
		"carrier": row.carrier,
		"service": row.carrier_service,
		"tracking_number": row.awb_number,
		"tracking_url": row.tracking_url,
		"tracking_status": row.tracking_status,
		"tracking_details": row.tracking_status_info,
	}
