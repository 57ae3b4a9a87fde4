"""Orders: create_order, update_order."""

from __future__ import annotations

import frappe

from erp_connect.api.v1.order_models import CreateOrderIn, OrderCreated, OrderUpdated, UpdateOrderIn
from erp_connect.commerce import settings as commerce
from erp_connect.commerce.revisions import revise, update
from erp_connect.commerce.sales import order_lookup
from erp_connect.core.commerce.order.changes import CHARGED
from erp_connect.core.commerce.order.model import Order
from erp_connect.core.errors import Whole
from erp_connect.inbound import former_orders
from erp_connect.records.failures import ApiError
from erp_connect.records.write import STALE
from erp_connect.served.caller import Caller
from erp_connect.served.endpoint import Reply, operation
from erp_connect.store import sync_log


@frappe.whitelist(methods=["GET", "POST"])
@operation(CreateOrderIn, OrderCreated, writes=True, by_get=True)
def create_order(caller: Caller, request: CreateOrderIn) -> Reply:
	"""Create the Sales Order of an order, with customer, addresses, taxes, shipping and discounts.

	The same `id` never makes a second one: the same order gets the same answer, another one 409 and what differs. An order whose total cannot be met exactly is held: 409.
	"""
	settings = commerce.load(caller.account)
	written = revise.create_once(settings, Order.read(request.model_dump()), sync_log.last_seq())
	row = frappe.db.get_value(
		"Sales Order", written.name, ["customer", "grand_total", "currency"], as_dict=True
	)
	data = {
		"order_id": written.name,
		"id": request.id,
		"customer_id": row.customer,
		"total": row.grand_total,
		"currency": row.currency,
	}
	stated = request.model_dump(mode="json", exclude_unset=True)

	def close_former(event: str) -> None:
		former_orders.booked(former_orders.of_call(caller.account, stated, sync_log.last_seq()), event)

	return Reply(data, "Sales Order", written.name, request.id, settled=close_former)


@frappe.whitelist(methods=["POST"])
@operation(UpdateOrderIn, OrderUpdated, writes=True)
def update_order(caller: Caller, request: UpdateOrderIn) -> Reply:
	"""Change an order: goods, prices and charges, addresses, number, delivery date, note.

	What delivery and invoices do not allow any more is held: 409 and the difference, and nothing is changed.
	"""
	settings = commerce.load(caller.account)
	name = order_lookup.resolve(settings, request.order_id, request.id)
	if not name:
		raise ApiError(404, "not_found", "There is no such order.", field="order_id")
	fields = {*update.HEADER, *CHARGED} & set(UpdateOrderIn.model_fields)
	given = {field: getattr(request, field) for field in fields if getattr(request, field) is not None}
	plain = request.model_dump(include=given.keys() & set(CHARGED))
	written, changed = update.apply(settings, name, {**given, **plain}, request.version, sync_log.last_seq())
	if written.action == STALE:
		raise ApiError(409, "stale", "{reason} Nothing was changed.", reason=Whole(written.reason))
	total = frappe.db.get_value("Sales Order", name, "grand_total")
	data = {"success": True, "order_id": name, "changed": changed, "total": total}
	return Reply(data, "Sales Order", name, request.id)
