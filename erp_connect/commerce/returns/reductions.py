"""Takes pieces and charges off a Sales Order of which they are neither delivered nor invoiced.

Promises that the order then comes to exactly what is left of it, or is held. Never commits.
"""

from __future__ import annotations

import json

import frappe
from erpnext.controllers.accounts_controller import update_child_qty_rate
from frappe.utils import flt

from erp_connect.commerce.money import advances
from erp_connect.commerce.returns.give_back import GiveBack
from erp_connect.commerce.sales import order_lines
from erp_connect.commerce.sales.order_state import OrderState
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.records.write import HeldForReview

CENT = 0.01


def reduce(settings: CommerceSettings, order, back: GiveBack, state: OrderState) -> None:
	"""Take off the order what is given back; cancel it, or delete it as a draft, when nothing is left of it.

	Where the source's own amounts are known, the order has to meet them to the cent. Advances that have become too
	large are amended. Raises `HeldForReview`; does not save `state`.
	"""
	pieces = back.pieces()
	left = {row.name: flt(row.qty - pieces.get(row.name, 0), order_lines.DIGITS) for row in order.items}
	expected = flt(order.grand_total - float(back.total), 2)
	if not any(quantity > 0 for quantity in left.values()):
		_end(order, expected)
		return
	discount = _discount_share(order, back)
	doc = _change_draft(order, left) if order.docstatus == 0 else _change_submitted(order, left)
	_change_charges(doc, back, discount)
	if state.order is not None and abs(doc.grand_total - expected) >= CENT:
		raise HeldForReview(
			"Order {order} would come to {total} after this, but {expected} is left of it by the amounts of the source. "
			"Change the order by hand.",
			code="total_differs",
			order=order.name,
			total=doc.grand_total,
			expected=expected,
		)
	advances.fit(settings, doc, state)


def _end(order, expected: float) -> None:
	if expected >= CENT:
		raise HeldForReview(
			"No goods are left of order {order}, but {left} of charges. Cancel the order or invoice the charges by hand.",
			code="charges_left",
			order=order.name,
			left=expected,
		)
	if order.docstatus == 0:
		frappe.delete_doc("Sales Order", order.name)
	else:
		order.cancel()


def _change_draft(order, left: dict[str, float]):
	order.items = [row for row in order.items if left[row.name] > 0]
	for number, row in enumerate(order.items, start=1):
		row.idx, row.qty = number, left[row.name]
	return order


def _change_submitted(order, left: dict[str, float]):
	rows = [
		{
			"docname": row.name,
			"item_code": row.item_code,
			"qty": left[row.name],
			"rate": row.rate,
			"uom": row.uom,
			"conversion_factor": row.conversion_factor,
			"delivery_date": str(row.delivery_date),
			"idx": row.idx,
		}
		for row in order.items
		if left[row.name] > 0
	]
	if any(row["qty"] != old.qty for row, old in zip(rows, order.items, strict=False)) or len(rows) < len(
		order.items
	):
		update_child_qty_rate("Sales Order", json.dumps(rows), order.name)
	doc = frappe.get_doc("Sales Order", order.name)
	doc.check_permission("write")
	# What ERPNext itself sets when it changes the items of a submitted order.
	doc.flags.ignore_validate_update_after_submit = True
	return doc


def _change_charges(doc, back: GiveBack, discount: float) -> None:
	for charge in back.plan.taxes:
		row = next((row for row in doc.taxes if row.description == (charge.title or charge.kind)), None)
		if row and row.charge_type == "Actual":
			row.tax_amount = flt(row.tax_amount + float(charge.amount), 2)
	if discount:
		doc.discount_amount = flt(doc.discount_amount - discount, 2)
	doc.calculate_taxes_and_totals()
	if doc.docstatus == 1:
		doc.set_payment_schedule()
	doc.save()


def _discount_share(order, back: GiveBack) -> float:
	"""How much of the discount on the whole order lay on what is given back."""
	if not order.discount_amount:
		return 0.0
	rates = {row.name: row.rate for row in order.items}
	full = sum(rates[row] * quantity for row, quantity in back.pieces().items())
	return flt(full + sum(float(item.amount) for item, _row in back.items() if item.quantity), 2)
