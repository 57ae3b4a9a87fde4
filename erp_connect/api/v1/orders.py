"""Orders: create_order, update_order."""

from __future__ import annotations

import frappe

from erp_connect.api.v1.order_models import CreateOrderIn, OrderCreated, OrderUpdated, UpdateOrderIn
from erp_connect.commerce import settings as commerce
from erp_connect.commerce.sales import order_changes, orders
from erp_connect.core.commerce.order.model import Order
from erp_connect.records.failures import ApiError
from erp_connect.served.caller import Caller
from erp_connect.served.endpoint import Reply, operation


@frappe.whitelist(methods=["POST"])
@operation(CreateOrderIn, OrderCreated, writes=True)
def create_order(caller: Caller, request: CreateOrderIn) -> Reply:
	"""Create the Sales Order of an order, with customer, addresses, taxes, shipping and discounts.

	The same `id` never makes a second one: every call with it gets the same answer. An order whose total cannot be met exactly is held: 409.
	"""
	settings = commerce.load(caller.account)
	written = orders.create(settings, Order.read(request.model_dump()))
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
	return Reply(data, "Sales Order", written.name, request.id)


@frappe.whitelist(methods=["POST"])
@operation(UpdateOrderIn, OrderUpdated, writes=True)
def update_order(caller: Caller, request: UpdateOrderIn) -> Reply:
	"""Change addresses, number or delivery date of an order. To change goods, cancel and create anew."""
	settings = commerce.load(caller.account)
	name = order_changes.resolve(settings, request.order_id, request.id)
	if not name:
		raise ApiError(404, "not_found", "There is no such order.", field="order_id")
	given = {field: getattr(request, field) for field in order_changes.FIELDS}
	changes = {field: value for field, value in given.items() if value is not None}
	changed = order_changes.apply(settings, name, changes)
	return Reply({"success": True, "order_id": name, "changed": changed}, "Sales Order", name, request.id)
