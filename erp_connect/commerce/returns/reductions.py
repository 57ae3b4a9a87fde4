"""Takes pieces, charges and parts of prices off a Sales Order of which they are not invoiced.

Pieces come off the order as far as they have not left; what was delivered and stays with the customer becomes
cheaper, by the discount on the order, so that its rows still match their deliveries. Promises that the order then
comes to exactly what is left of it, or is held. Never commits.
"""

from __future__ import annotations

import json
from decimal import Decimal

import frappe
from erpnext.controllers.accounts_controller import update_child_qty_rate
from frappe import _
from frappe.utils import flt

from erp_connect.commerce.amounts import cent, rounded
from erp_connect.commerce.money import advances, billing
from erp_connect.commerce.returns import give_back
from erp_connect.commerce.returns.give_back import GiveBack
from erp_connect.commerce.sales import order_lines
from erp_connect.commerce.sales.order_state import OrderState
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.order.plan import PlannedCharge
from erp_connect.core.errors import Whole
from erp_connect.records import submitting
from erp_connect.records.write import HeldForReview

ROUNDING = 0.05
# The kind of charge that a plan makes of a price reduction which no row of a return can show.
PRICE = "refund"


def reduce(settings: CommerceSettings, order, back: GiveBack, state: OrderState) -> dict[str, float]:
	"""Take off the order what is given back; end it when nothing is left of it. Returns the pieces that came off, by row.

	Where the source's own amounts are known, the order has to meet them to the cent. Advances that have become too
	large are amended. Raises `HeldForReview`; does not save `state`.
	"""
	billing.require_no_draft(order)
	expected = rounded(order.grand_total - float(back.total))
	_require_rows(order, back, state, expected)
	_require_uninvoiced(order, expected)
	off = _pieces_off(order, back, everything=expected < cent())
	left = {row.name: flt(row.qty - off.get(row.name, 0), order_lines.DIGITS) for row in order.items}
	if not any(quantity > 0 for quantity in left.values()):
		_end(settings, order, expected, state)
		return off
	discount = _discount(order, back, off)
	if order.docstatus == 1:
		advances.fit(settings, order, state, expected)
	doc = _change_draft(order, left) if order.docstatus == 0 else _change_submitted(order, left)
	_change_charges(settings, doc, back, discount)
	# What ERPNext computed itself for an order of its own, by percentages, may be a rounding apart.
	if abs(doc.grand_total - expected) >= (cent() if state.order is not None else ROUNDING):
		raise HeldForReview(
			"Order {order} would come to {total} after this, but {expected} is left of it by the amounts of the source. "
			"Change the order by hand, then {done}.",
			code="total_differs",
			order=order.name,
			total=doc.grand_total,
			expected=expected,
		)
	advances.fit(settings, doc, state)
	return off


def _require_rows(order, back: GiveBack, state: OrderState, expected: float) -> None:
	"""Raises `HeldForReview` where the rows are not what the source's lines less what was given back come to.

	A person may have taken rows off or pieces: what is called off then is not to come off once more.
	"""
	quantities = {row.name: row.qty for row in order.items}
	unknown = any(pieces and row not in quantities for row, pieces in back.pieces().items())
	if (
		unknown
		or expected < -ROUNDING
		or any(_is_other(line.line_id, quantities, state) for line in back.refund.lines if line.quantity)
	):
		raise HeldForReview(
			"The rows of Sales Order {order} are not those that its source stated, less what was given back: somebody has "
			"changed it here. Take off the order by hand what is to come off, and book what was paid back, then {done}.",
			code="changed_here",
			order=order.name,
		)


def _require_uninvoiced(order, expected: float) -> None:
	"""Raises `HeldForReview` where more is invoiced than the order would come to: ERPNext charges all taxes and charges of an
	order by its first invoice, also those of rows that this one leaves out."""
	names = billing.invoices(order) if order.docstatus == 1 else []
	left = billing.left_invoiced(order) if names else 0.0
	if left - expected >= cent():
		raise HeldForReview(
			"{invoiced} of Sales Order {order} are invoiced ({invoices}), more than the {total} it would come to. Make a credit note "
			"for the difference, then {again}.",
			code="invoiced",
			invoiced=left,
			order=order.name,
			invoices=Whole(", ".join(names)),
			total=expected,
		)


def _is_other(line_id: str, quantities: dict[str, float], state: OrderState) -> bool:
	"""Whether more or less of a line of the source stands in the order than there should.

	What was given back once delivered stays in its row.
	"""
	line = (source := state.source()) and source.line(line_id)
	if not line:
		return False
	stands = sum(quantities.get(row, 0.0) for row in state.rows(line_id))
	claimed = sum(
		float(one.quantity) for claim in state.earlier() for one in claim.lines if one.line_id == line_id
	)
	whole = float(line.quantity)
	return not flt(whole - claimed, order_lines.DIGITS) <= flt(stands, order_lines.DIGITS) <= whole


def _pieces_off(order, back: GiveBack, *, everything: bool) -> dict[str, float]:
	"""Pieces that come off, by the order's row: never those that were delivered. everything: nothing is left to pay."""
	pieces = back.pieces()
	off = {}
	for row in order.items:
		waiting = flt(row.qty - row.delivered_qty, order_lines.DIGITS)
		off[row.name] = max(0.0, waiting if everything else min(pieces.get(row.name, 0.0), waiting))
	return off


def _end(settings: CommerceSettings, order, expected: float, state: OrderState) -> None:
	"""Delete a draft, cancel an order, or close one whose deliveries came back, which ERPNext does not cancel."""
	if expected >= cent():
		raise HeldForReview(
			"No goods are left of order {order}, but {left} of charges. Cancel the order or invoice the charges by hand, "
			"then {done}.",
			code="charges_left",
			order=order.name,
			left=expected,
		)
	if order.docstatus == 0:
		frappe.delete_doc("Sales Order", order.name)
	elif billing.deliveries(order):
		order.check_permission("cancel")
		order.update_status(billing.CLOSED)
		order.reload()
		advances.fit(settings, order, state)
	else:
		submitting.cancel(order)


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


def _change_charges(settings: CommerceSettings, doc, back: GiveBack, discount: float) -> None:
	for charge in back.plan.taxes:
		if charge.kind != PRICE and charge.amount:
			_charge(settings, doc, charge)
	if discount != doc.discount_amount:
		if not doc.discount_amount:
			doc.apply_discount_on = "Net Total"
		doc.additional_discount_percentage = 0
		doc.discount_amount = max(0.0, discount)
	if discount < 0:
		kind, title = ("rounding", "Rounding") if -discount <= ROUNDING else ("fee", _("Kept of a refund"))
		_charge(settings, doc, PlannedCharge(kind, title, Decimal(repr(-discount))))
	doc.calculate_taxes_and_totals()
	if doc.docstatus == 1:
		doc.set_payment_schedule()
	doc.save()


def _charge(settings: CommerceSettings, doc, charge: PlannedCharge) -> None:
	"""Add an amount to the row of a charge, or a row where the order has none."""
	row = next((row for row in doc.taxes if charge.is_of(row.description)), None)
	if row is None:
		doc.append("taxes", give_back.charge_row(settings, charge, doc))
	elif row.charge_type == "Actual":
		row.tax_amount = rounded(row.tax_amount + float(charge.amount))


def _discount(order, back: GiveBack, off: dict[str, float]) -> float:
	"""The discount on the order afterwards: more by what is given back for goods that stay, less by its share on
	those that go. Below zero where less was given back than the goods that go had cost."""
	given = -sum(float(item.amount) for item in back.plan.items)
	given -= sum(float(charge.amount) for charge in back.plan.taxes if charge.kind == PRICE)
	gone = sum(row.rate * off[row.name] for row in order.items)
	return rounded(order.discount_amount + given - gone)
