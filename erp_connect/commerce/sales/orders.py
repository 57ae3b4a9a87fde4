"""Orders from outside → Sales Orders whose grand total equals the source's to 0.01, or held with the reason.

The plan (erp_connect.core.commerce) says which rows give that total; this module finds the records they need,
writes the document with ordinary permissions, and compares what ERPNext made of it before it is submitted.
"""

from __future__ import annotations

import frappe

from erp_connect.commerce.parties import contacts
from erp_connect.commerce.parties.fitting import Fitter
from erp_connect.commerce.sales import (
	amended_orders,
	booked_rows,
	buyers,
	called_off_drafts,
	order_note,
	order_number,
	order_state,
	order_statement,
	order_total,
	rates,
	stated_prices,
)
from erp_connect.commerce.sales.order_dates import date_of, delivery_day
from erp_connect.commerce.sales.order_rows import charge_row, item_row
from erp_connect.commerce.sales.plan_items import items_of_plan
from erp_connect.commerce.sales.units import units_of
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.order.model import Order
from erp_connect.core.commerce.order.plan import OrderPlan
from erp_connect.core.commerce.order.planner import plan_order
from erp_connect.records import sales_team, submitting
from erp_connect.records.errors import BadRecord
from erp_connect.records.write import CREATED, Written, coming_from
from erp_connect.store import bindings, locks, sync_link

ENTITY = order_state.ENTITY


def create(settings: CommerceSettings, order: Order, arrived: int | None = None) -> Written:
	"""Make the Sales Order of an order that has none; whoever calls this holds the lock `lock`.

	arrived: place of the order's event, see `OrderState`. Does not commit. Raises `BadRecord`, `HeldForReview` and
	Frappe's own errors; then nothing of the order has been written that a rollback would not undo.
	"""
	with coming_from(settings.account):
		doc, names = _write(settings, order)
		order_note.write(doc, order.note)
		order_note.write_discount(doc, order.discount)
		for address in buyers.nameless(settings, doc.customer, order):
			order_note.write_nameless(doc, address)
		said = order_statement.hashes(order.id, order_statement.stated(order))
		details = order_state.details(order, names, arrived, said, booked_rows.of(doc.items))
		_bind(settings, order, doc.name, details)
	return Written(CREATED, "Sales Order", doc.name, order.id)


def lock(settings: CommerceSettings, external_id: str) -> None:
	"""Nobody else makes or changes the Sales Order of this outside order until the transaction ends."""
	locks.until_commit(f"order:{settings.account}:{external_id}")


def find(settings: CommerceSettings, external_id: str) -> str | None:
	"""The Sales Order of an outside order: the linked one, or what a person amended it to."""
	link = sync_link.find_external(settings.account, ENTITY, external_id)
	if not link or not frappe.db.exists("Sales Order", link.document_name):
		return None
	return amended_orders.followed(link.document_name)


def _write(settings: CommerceSettings, order: Order):
	if not settings.company:
		raise BadRecord("Account {account} has no company. Choose one in its form.", account=settings.account)
	plan = plan_order(order, rates.plan_settings(settings, order.currency, date_of(order)))
	order_total.refuse_held(plan)
	fitter = Fitter(settings.company)
	customer, buyer = buyers.of_order(settings, order, fitter)
	delivery = delivery_day(order.delivery_date, date_of(order), fitter)
	items = items_of_plan(settings, plan)
	units = units_of((item, planned.uom) for planned, item in items.items())
	doc = frappe.get_doc(
		{
			"doctype": "Sales Order",
			"customer": customer,
			"company": settings.company,
			"transaction_date": date_of(order),
			"delivery_date": delivery,
			"po_no": order_number.free(settings, customer, order_number.fitted(order, fitter), order.id),
			"currency": order.currency,
			"conversion_rate": float(plan.conversion_rate),
			"selling_price_list": settings.price_list,
			"disable_rounded_total": 1,
			"set_warehouse": settings.warehouse,
			"items": [
				item_row(settings, planned, items[planned], units[items[planned], planned.uom], delivery)
				for planned in plan.items
			],
			"taxes": [charge_row(settings, charge) for charge in plan.taxes],
			"apply_discount_on": plan.discount_on if plan.discount_amount else None,
			"discount_amount": float(plan.discount_amount),
			**buyers.addresses(settings, customer, order, fitter),
			**contacts.on_order(customer, buyer),
			"sales_team": sales_team.of(customer),
		}
	)
	stated_prices.keep(doc)
	_save(doc, plan, submit=settings.submit_orders)
	fitter.comment_on(doc.doctype, doc.name)
	names: dict[str, list[str]] = {}
	for planned, row in zip(plan.items, doc.items, strict=True):
		names.setdefault(planned.line_id, []).append(row.name)
	return doc, names


def _save(doc, plan: OrderPlan, *, submit: bool) -> None:
	"""Insert, compare, and submit where wanted. A difference raises, and the rollback leaves nothing."""
	if submit and plan.taxes and not submitting.is_approved(doc.doctype):
		# In one pass: with taxes of its own ERPNext adds no default template, so nothing is to be corrected.
		doc.docstatus = 1
	doc.insert()
	if doc.docstatus == 0:
		order_total.remove_foreign_taxes(doc, plan)
	order_total.require_total(doc, plan)
	if submit and doc.docstatus == 0:
		submitting.submit(doc)
	elif submit:
		# ERPNext leaves the status of documents that are new alone, also when they are submitted at once. It is a part of
		# the creation, not a change after it, so nobody is told of one, and the order is not read again for that.
		doc.set_status()
		frappe.db.set_value(doc.doctype, doc.name, "status", doc.status, update_modified=False)


def _bind(settings: CommerceSettings, order: Order, name: str, details: str) -> None:
	called_off_drafts.make_room(settings.account, order.id)
	bindings.bind_received(settings.account, ENTITY, "Sales Order", name, order.id, details)
