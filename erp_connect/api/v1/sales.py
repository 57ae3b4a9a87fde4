"""Sales documents: orders, order, invoices, invoice, shipments."""

from __future__ import annotations

from base64 import b64encode

import frappe

from erp_connect.api.v1.sales_models import (
	InvoiceIn,
	InvoiceOut,
	InvoicesIn,
	InvoicesOut,
	OrderIn,
	OrderOut,
	OrdersIn,
	OrdersOut,
	SalesIn,
	ShipmentsIn,
	ShipmentsOut,
)
from erp_connect.commerce import settings as commerce
from erp_connect.commerce.shop import document_kinds, history
from erp_connect.commerce.shop.paging import Page
from erp_connect.records.failures import ApiError
from erp_connect.served.caller import Caller
from erp_connect.served.endpoint import Reply, operation


@frappe.whitelist(methods=["GET", "POST"])
@operation(OrdersIn, OrdersOut, writes=False)
def orders(caller: Caller, request: OrdersIn) -> Reply:
	"""Orders, the newest first, of one customer or of all that the user may see."""
	found = _page(caller, document_kinds.ORDER, request)
	return Reply({"orders": found.rows, "next": found.next})


@frappe.whitelist(methods=["GET", "POST"])
@operation(OrderIn, OrderOut, writes=False)
def order(caller: Caller, request: OrderIn) -> Reply:
	"""One order with its lines, taxes and addresses."""
	_require_one(request.order_id, request.external_id, "order_id")
	settings = commerce.load(caller.account)
	return Reply(history.one(settings, document_kinds.ORDER, request.order_id, request.external_id))


@frappe.whitelist(methods=["GET", "POST"])
@operation(InvoicesIn, InvoicesOut, writes=False)
def invoices(caller: Caller, request: InvoicesIn) -> Reply:
	"""Invoices and credit notes, the newest first, of one customer or of all that the user may see."""
	found = _page(caller, document_kinds.INVOICE, request)
	return Reply({"invoices": found.rows, "next": found.next})


@frappe.whitelist(methods=["GET", "POST"])
@operation(InvoiceIn, InvoiceOut, writes=False)
def invoice(caller: Caller, request: InvoiceIn) -> Reply:
	"""One invoice with its lines, taxes and addresses, and its PDF when that is asked for."""
	_require_one(request.invoice_id, request.external_id, "invoice_id")
	settings = commerce.load(caller.account)
	found = history.one(settings, document_kinds.INVOICE, request.invoice_id, request.external_id)
	if request.include_pdf:
		found["pdf"] = b64encode(history.pdf(found["invoice_id"])).decode()
	return Reply(found)


@frappe.whitelist(methods=["GET", "POST"])
@operation(ShipmentsIn, ShipmentsOut, writes=False)
def shipments(caller: Caller, request: ShipmentsIn) -> Reply:
	"""What was delivered, the newest first, with carrier and tracking number."""
	found = _page(caller, document_kinds.SHIPMENT, request)
	return Reply({"shipments": found.rows, "next": found.next})


def _page(caller: Caller, kind: document_kinds.Kind, request: SalesIn) -> Page:
	settings = commerce.load(caller.account)
	query = history.Query(
		limit=request.limit,
		customer=history.customer_of(settings, request.customer_id, request.external_id),
		from_date=request.from_date,
		to_date=request.to_date,
		status=tuple(request.status),
		order_id=getattr(request, "order_id", None),
		modified_after=request.modified_after,
		after=request.after,
	)
	return history.page(settings, kind, query)


def _require_one(name: str | None, external_id: str | None, field: str) -> None:
	if not name and not external_id:
		raise ApiError(422, "invalid", "Send {name} or external_id.", field=field, name=field)
