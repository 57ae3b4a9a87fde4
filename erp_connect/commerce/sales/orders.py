"""Orders from outside → Sales Orders whose grand total equals the source's to 0.01, or held with the reason.

The plan (erp_connect.core.commerce) says which rows give that total; this module finds the records they need,
writes the document with ordinary permissions, and compares what ERPNext made of it before it is submitted.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import frappe
from frappe.utils import flt

from erp_connect.commerce.parties import contacts, customers
from erp_connect.commerce.parties.fitting import Fitter
from erp_connect.commerce.sales import order_note, order_number, order_state, order_statement, rates
from erp_connect.commerce.sales.articles import items_of, titled
from erp_connect.commerce.sales.units import Unit, units_of
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.order.model import Order, PostalAddress
from erp_connect.core.commerce.order.plan import OrderPlan, PlannedCharge
from erp_connect.core.commerce.order.planner import plan_order
from erp_connect.core.errors import fill
from erp_connect.records import moments
from erp_connect.records.write import CREATED, BadRecord, HeldForReview, Written, coming_from
from erp_connect.store import bindings, locks, sync_link
from erp_connect.store.bindings import Binding

ENTITY = order_state.ENTITY
CENT = 0.01
GUARD = "none"
KIND_OF_ACCOUNT = {"tax": "Tax", "shipping": "Shipping", "discount": "Discount"}


def create(settings: CommerceSettings, order: Order, arrived: int | None = None) -> Written:
	"""Make the Sales Order of an order that has none; whoever calls this holds the lock `lock`.

	arrived: place of the order's event, see `OrderState`. Does not commit. Raises `BadRecord`, `HeldForReview` and
	Frappe's own errors; then nothing of the order has been written that a rollback would not undo.
	"""
	with coming_from(settings.account):
		doc, names = _write(settings, order)
		order_note.write(doc, order.note)
		order_note.write_discount(doc, order.discount)
		said = order_statement.hashes(order.id, order_statement.stated(order))
		_bind(settings, order, doc.name, order_state.details(order, names, arrived, said))
	return Written(CREATED, "Sales Order", doc.name, order.id)


def lock(settings: CommerceSettings, external_id: str) -> None:
	"""Nobody else makes or changes the Sales Order of this outside order until the transaction ends."""
	locks.until_commit(f"order:{settings.account}:{external_id}")


def find(settings: CommerceSettings, external_id: str) -> str | None:
	"""The Sales Order linked with an outside order."""
	link = sync_link.find_external(settings.account, ENTITY, external_id)
	return link.document_name if link and frappe.db.exists("Sales Order", link.document_name) else None


def _write(settings: CommerceSettings, order: Order):
	if not settings.company:
		raise BadRecord(
			"Account {account} has no company. Choose one in Integration Settings.", account=settings.account
		)
	plan = plan_order(order, rates.plan_settings(settings, order.currency, date_of(order)))
	refuse_held(plan)
	fitter = Fitter(settings.company)
	buyer = fitter.customer(customer_data(order))
	customer = customers.of_order(settings, buyer)
	items = items_of(settings, {planned.sku: planned.name for planned in plan.items})
	units = units_of((items[planned.sku], planned.uom) for planned in plan.items)
	doc = frappe.get_doc(
		{
			"doctype": "Sales Order",
			"customer": customer,
			"company": settings.company,
			"transaction_date": date_of(order),
			"delivery_date": date_of(order),
			"po_no": order_number.free(settings, customer, order_number.fitted(order, fitter), order.id),
			"currency": order.currency,
			"conversion_rate": float(plan.conversion_rate),
			"selling_price_list": settings.price_list,
			"ignore_pricing_rule": 1,
			"disable_rounded_total": 1,
			"set_warehouse": settings.warehouse,
			"items": [
				item_row(settings, order, planned, items[planned.sku], units[items[planned.sku], planned.uom])
				for planned in plan.items
			],
			"taxes": [charge_row(settings, charge) for charge in plan.taxes],
			"apply_discount_on": plan.discount_on if plan.discount_amount else None,
			"discount_amount": float(plan.discount_amount),
			**_addresses(customer, order, fitter),
			**contacts.on_order(customer, buyer),
		}
	)
	_save(doc, plan, submit=settings.submit_orders)
	fitter.tell(doc.doctype, doc.name)
	names: dict[str, list[str]] = {}
	for planned, row in zip(plan.items, doc.items, strict=True):
		names.setdefault(planned.line_id, []).append(row.name)
	return doc, names


def _save(doc, plan: OrderPlan, *, submit: bool) -> None:
	"""Insert, compare, and submit where wanted. A difference raises, and the rollback leaves nothing."""
	if submit and plan.taxes:
		# In one pass: with taxes of its own ERPNext adds no default template, so nothing is to be corrected.
		doc.docstatus = 1
	doc.insert()
	if doc.docstatus == 0:
		remove_foreign_taxes(doc, plan)
	require_total(doc, plan)
	if submit and doc.docstatus == 0:
		doc.submit()
	elif submit:
		# ERPNext leaves the status of documents that are new alone, also when they are submitted at once.
		doc.set_status(update=True, update_modified=False)


def remove_foreign_taxes(doc, plan: OrderPlan) -> None:
	"""Take off taxes that ERPNext added by a default template: the source has said which there are."""
	if len(doc.taxes) != len(plan.taxes):
		doc.taxes = doc.taxes[: len(plan.taxes)]
		doc.taxes_and_charges = None
		doc.save()


def total_difference(doc, plan: OrderPlan) -> float:
	"""What the document comes to beyond the plan; 0 where they meet to the cent."""
	difference = flt(doc.grand_total - float(plan.expected_total), 2)
	return difference if abs(difference) >= CENT else 0.0


def require_total(doc, plan: OrderPlan) -> None:
	"""Raises `HeldForReview` where ERPNext has come to another total than the source."""
	if difference := total_difference(doc, plan):
		raise HeldForReview(
			"ERPNext comes to {total} for this order, the source to {expected}: a difference of {difference}. "
			+ words(plan.explanation),
			code="total_differs",
			total=doc.grand_total,
			expected=str(plan.expected_total),
			difference=difference,
		)


def refuse_held(plan: OrderPlan) -> None:
	"""Raises `HeldForReview` with the reasons of a plan that cannot be booked."""
	if plan.is_held:
		raise HeldForReview("The order cannot be booked as it is: " + words(plan.held), code="total_differs")


def words(notes) -> str:
	"""Notes of a plan as text that may stand in a template."""
	text = " ".join(fill(frappe._(note.template), note.params) for note in notes)
	return text.replace("{", "{{").replace("}", "}}")


def item_row(settings: CommerceSettings, order: Order, planned, item: str, unit: Unit) -> dict[str, Any]:
	"""A row of Sales Order Item for a planned one."""
	return {
		"item_code": item,
		**titled(planned.name),
		**unit.fields(),
		"qty": float(planned.quantity),
		"rate": float(planned.rate),
		"price_list_rate": float(planned.list_price),
		# Where the rate is 0, ERPNext takes the list price instead, unless all of it is discounted.
		"discount_percentage": 0 if planned.rate else 100,
		"is_free_item": int(planned.is_free),
		"warehouse": settings.warehouse,
		"delivery_date": date_of(order),
		# The taxes stand in rows of their own.
		"item_tax_template": "",
		"item_tax_rate": "{}",
	}


def charge_row(settings: CommerceSettings, charge: PlannedCharge) -> dict[str, Any]:
	"""A row of Sales Taxes and Charges. Raises `HeldForReview` when no account is listed for it."""
	account, cost_center = _account(settings, charge)
	return {
		"charge_type": charge.charge_type,
		"account_head": account,
		"cost_center": cost_center,
		"description": charge.title or charge.kind,
		**charge_amount(charge),
	}


def charge_amount(charge: PlannedCharge) -> dict[str, Any]:
	"""Those fields of a charge's row that decide its amount."""
	if charge.charge_type == "Actual":
		return {"tax_amount": float(charge.amount)}
	return {"rate": float(charge.rate or Decimal(0)), "included_in_print_rate": int(charge.included)}


def _account(settings: CommerceSettings, charge: PlannedCharge) -> tuple[str, str | None]:
	default = frappe.get_cached_value("Company", settings.company, "cost_center")
	if charge.kind == "rounding":
		account = frappe.get_cached_value("Company", settings.company, "round_off_account")
		if account:
			return account, frappe.get_cached_value(
				"Company", settings.company, "round_off_cost_center"
			) or default
	if charge.kind == GUARD and (account := _account_of_guard(settings)):
		return account, default
	kind = KIND_OF_ACCOUNT.get(charge.kind, "Fee")
	row = settings.account_for(kind, charge.title)
	if not row:
		raise HeldForReview(
			"No account is set for {kind} {title}. Add it to the table Accounts of account {account}, then press Retry.",
			code="missing_account",
			kind=kind,
			title=charge.title or "-",
			account=settings.account,
		)
	return row.account, row.cost_center or default


def _account_of_guard(settings: CommerceSettings) -> str | None:
	"""Any account of the company will do: the row of zero keeps ERPNext's own taxes away, nothing is booked on it."""
	company = frappe.get_cached_doc("Company", settings.company)
	row = settings.account_for("Tax", "")
	return (row and row.account) or company.round_off_account or company.default_income_account


def customer_data(order: Order) -> dict[str, Any]:
	"""The buyer of an order as `customers.of_order` takes it. Raises `HeldForReview` for an order without one."""
	buyer, address = order.customer, order.billing_address or order.shipping_address
	name = buyer.company or buyer.name or f"{buyer.first_name} {buyer.last_name}".strip()
	name = name or (address.company or address.name if address else "") or buyer.email
	if not name:
		raise HeldForReview(
			"The order names no customer. Add one to the order, then press Retry.", code="no_customer"
		)
	data = {
		"external_id": buyer.id,
		"customer_name": name,
		"customer_type": "Company" if buyer.company else "Individual",
		"first_name": buyer.first_name or (buyer.name if buyer.company else ""),
		"last_name": buyer.last_name,
		"email": buyer.email,
		"phone": buyer.phone or (address.phone if address else ""),
		"tax_id": buyer.tax_id,
	}
	return {key: value for key, value in data.items() if value}


def _addresses(customer: str, order: Order, fitter: Fitter) -> dict[str, str]:
	wanted = {
		field: fitter.address(address_values(kind, address))
		for kind, field, address in (
			("Billing", "customer_address", order.billing_address),
			("Shipping", "shipping_address_name", order.shipping_address),
		)
		if address and says_something(address)
	}
	return dict(zip(wanted, contacts.write_addresses(customer, list(wanted.values())), strict=True))


def says_something(address: PostalAddress) -> bool:
	"""Whether any part of an address is given."""
	return any(address.model_dump().values())


def address_values(kind: str, address: PostalAddress) -> dict[str, Any]:
	"""An address of an order by the names of ERPNext's Address, for `Fitter.address`."""
	return {
		"address_type": kind,
		"title": ", ".join(filter(None, (address.company, address.name))),
		"address_line1": address.line1,
		"address_line2": address.line2,
		"city": address.city,
		"state": address.state,
		"pincode": address.postcode,
		"country": address.country,
		"phone": address.phone,
		"email_id": address.email,
	}


def _bind(settings: CommerceSettings, order: Order, name: str, details: str) -> None:
	binding = Binding(
		integration=settings.account,
		remote_entity=ENTITY,
		document_type="Sales Order",
		document_name=name,
		flow="",
		fingerprint=None,
		external_id=order.id,
		received=True,
		details=details,
	)
	for conflict in bindings.bind([binding]).values():
		raise conflict


def date_of(order: Order) -> str:
	"""The date of an order as ERPNext keeps it; today for one that names none."""
	return str(moments.day_of(order.date))
