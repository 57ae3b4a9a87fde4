"""What follows an order: cancel_order, create_return, record_payment, record_fulfilment."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.api.v1.order_event_models import (
	CancelOrderIn,
	CreateReturnIn,
	EventRecorded,
	OfOrder,
	OrderCancelled,
	RecordFulfilmentIn,
	RecordPaymentIn,
)
from erp_connect.commerce import settings as commerce
from erp_connect.commerce.money import payments
from erp_connect.commerce.returns import cancellations, refunds
from erp_connect.commerce.sales import order_lookup, order_search, order_state
from erp_connect.commerce.sales.order_search import Reference
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.commerce.stock import fulfilments
from erp_connect.core.commerce.order.events import Cancellation, Fulfilment, Payment, Refund
from erp_connect.records.failures import ApiError
from erp_connect.records.write import IGNORED, Written
from erp_connect.served.caller import Caller
from erp_connect.served.endpoint import Reply, operation
from erp_connect.store import linked_ids

ORDER = "Sales Order"


@frappe.whitelist(methods=["GET", "POST"])
@operation(CancelOrderIn, OrderCancelled, writes=True, by_get=True)
def cancel_order(caller: Caller, request: CancelOrderIn) -> Reply:
	"""Cancel an order, or pieces of it, as long as nothing of them was delivered or invoiced: otherwise 409."""
	settings = commerce.load(caller.account)
	event = Cancellation.read(_data(request, request.cancellation_id or _whole_id(settings, request)))
	name = _cancelled_before(settings, event) or _order(settings, request)
	(done,) = cancellations.record(settings, name, event)
	status = frappe.db.get_value(ORDER, done.name, "status") or "Deleted"
	data = {"success": True, "order_id": done.name, "status": status}
	return Reply(data, ORDER, done.name, request.id)


@frappe.whitelist(methods=["POST"])
@operation(CreateReturnIn, EventRecorded, writes=True)
def create_return(caller: Caller, request: CreateReturnIn) -> Reply:
	"""Take back goods, shipping or an amount: credit note, return to stock and payment, as the books need them."""
	settings = commerce.load(caller.account)
	event = Refund.read(_data(request, request.return_id))
	name = _order(settings, request)
	return _reply(name, refunds.record(settings, name, event))


@frappe.whitelist(methods=["POST"])
@operation(RecordPaymentIn, EventRecorded, writes=True)
def record_payment(caller: Caller, request: RecordPaymentIn) -> Reply:
	"""Book a payment of an order against its invoice, or as an advance. More than is owed is held: 409."""
	settings = commerce.load(caller.account)
	event = Payment.read(_data(request, request.payment_id))
	name = _order(settings, request)
	return _reply(name, payments.record(settings, name, event))


@frappe.whitelist(methods=["POST"])
@operation(RecordFulfilmentIn, EventRecorded, writes=True)
def record_fulfilment(caller: Caller, request: RecordFulfilmentIn) -> Reply:
	"""Deliver a parcel of an order; sent again with a tracking number, only that is brought up to date."""
	settings = commerce.load(caller.account)
	event = Fulfilment.read(_data(request, request.fulfilment_id))
	name = _order(settings, request)
	return _reply(name, fulfilments.record(settings, name, event))


def _data(request: OfOrder, event_id: str) -> dict[str, Any]:
	"""The canonical record of a request."""
	own = {
		"order_id",
		"id",
		"order_number",
		"invoice_id",
		"cancellation_id",
		"return_id",
		"payment_id",
		"fulfilment_id",
	}
	return {**request.model_dump(exclude=own), "id": event_id}


def _order(settings: CommerceSettings, request: OfOrder) -> str:
	name = order_lookup.resolve(settings, request.order_id, request.id)
	if not name and not (request.order_id or request.id):
		reference = Reference(order_number=request.order_number or "", invoice_id=request.invoice_id or "")
		name = order_lookup.resolve(settings, order_search.find(settings, reference), None)
	if not name:
		raise ApiError(
			404, "not_found", "There is no such order.", field="order_id" if request.order_id else "id"
		)
	return name


def _whole_id(settings: CommerceSettings, request: CancelOrderIn) -> str:
	"""An order is cancelled as a whole only once, so its own id will do; the source's first, as its webhooks have it."""
	if request.id:
		return request.id  # also of a draft that was deleted when it was cancelled, and is no order any more
	name = request.order_id or _order(settings, request)
	kind = f"{ORDER}: {order_state.ENTITY}"
	return linked_ids.external_id(settings.account, kind, name) or name


def _cancelled_before(settings: CommerceSettings, event: Cancellation) -> str | None:
	"""The order of a cancellation that was handled, if it was a draft and is gone: then nobody can be kept from it."""
	name = cancellations.known(settings, event)
	return name if name and not frappe.db.exists(ORDER, name) else None


def _reply(order: str, done: list[Written]) -> Reply:
	data = {
		"success": done[0].action != IGNORED,
		"order_id": order,
		"documents": [
			{"action": one.action, "doctype": one.doctype, "name": one.name, "reason": one.reason}
			for one in done
		],
	}
	first = done[0]
	return Reply(data, first.doctype, first.name, first.external_id)
