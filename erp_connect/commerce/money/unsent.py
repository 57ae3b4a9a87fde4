"""Pieces of an order that are still to be sent.

Pieces that were given back after they were invoiced stay in the rows of the Sales Order: ERPNext takes none off of
which an invoice has been made. So do those that were given back once delivered. Promises that those which had not left, or
came back, are not counted among what is left to send, and that an order of which nothing else is left is closed, as a person
would: it would wait for their delivery, and reserve stock for them. Never commits.
"""

from __future__ import annotations

from collections.abc import Mapping

import frappe
from frappe.utils import flt

from erp_connect.commerce.amounts import cent
from erp_connect.commerce.money import billing
from erp_connect.commerce.sales.order_lines import DIGITS
from erp_connect.commerce.sales.order_state import OrderState
from erp_connect.core.commerce.order.events import Refund

ON_HOLD = "On Hold"
# What ERPNext's own Re-open sets; from there it finds the status by what is delivered and invoiced.
OPEN = "Draft"


def remember(state: OrderState, pieces: Mapping[str, float]) -> None:
	"""Of pieces that were just given back, those that have not left, or came back, are not to be sent any more.

	pieces: by row of the order. Called once returned goods are booked: what came back counts as not delivered. Does not save
	the state.
	"""
	for row, quantity in pieces.items():
		ordered, delivered = frappe.db.get_value("Sales Order Item", row, ["qty", "delivered_qty"])
		known = state.unsent.get(row, 0.0)
		waiting = max(0.0, flt(ordered - delivered - known, DIGITS))
		if waiting:
			state.unsent[row] = flt(known + min(quantity, waiting), DIGITS)


def remember_rest(order, state: OrderState) -> None:
	"""Of an order that was given back to its whole price, nothing is to be sent any more. Does not save the state.

	A refund by an amount alone names no pieces. An order that cost nothing from the start is sent like any other, and one
	that a person closed is his.
	"""
	if order.status == billing.CLOSED and not state.closed:
		return
	if (order.grand_total >= cent() or _has_given_back(state)) and billing.worth(order) < cent():
		remember(state, {row.name: row.qty for row in order.items if not row.delivered_by_supplier})


def remember_returned(order, state: OrderState, returns: list) -> None:
	"""Of pieces that just came back with their parcel, those that were paid back before, while they were with the customer,
	are not to be sent any more. returns: the documents by which they came back. Saves the state where that changes something.
	"""
	before = dict(state.unsent)
	with_customer: dict[str, float] = {}
	for row in (row for doc in returns for row in doc.items):
		line = state.line_of(row.so_detail)
		if line not in with_customer:
			known = sum(before.get(name, 0.0) for name in state.rows(line) or [line])
			with_customer[line] = flt(_given_back_and_standing(order, state, line) - known, DIGITS)
		if (pieces := min(-row.qty, with_customer[line])) > 0:
			with_customer[line] = flt(with_customer[line] - pieces, DIGITS)
			state.unsent[row.so_detail] = flt(state.unsent.get(row.so_detail, 0.0) + pieces, DIGITS)
	remember_rest(order, state)
	if state.unsent != before:
		state.save()


def _given_back_and_standing(order, state: OrderState, line_id: str) -> float:
	"""Pieces of a line of the source that were given back, and stand in the rows of the order still."""
	named = {claim.id: _pieces_of(claim, line_id) for claim in state.earlier()}
	line = (source := state.source()) and source.line(line_id)
	if line is None:
		return sum(state.came_off.get(claim, {}).get(line_id, pieces) for claim, pieces in named.items())
	rows, claimed = state.rows(line_id), sum(named.values())
	stand = sum(row.qty for row in order.items if row.name in rows)
	return max(0.0, min(claimed, flt(stand - (float(line.quantity) - claimed), DIGITS)))


def _pieces_of(claim: Refund, line_id: str) -> float:
	return sum(float(line.quantity) for line in claim.lines if line.line_id == line_id)


def _has_given_back(state: OrderState) -> bool:
	"""Whether something was given back of what the order had cost."""
	source = state.source()
	return bool(state.claims) and (source is None or source.total > 0)


def undelivered(row) -> float:
	"""Pieces of a row of the order of which no delivery is booked, by whomever they are to be sent."""
	return 0.0 if row.delivered_by_supplier else flt(row.qty - row.delivered_qty, DIGITS)


def left(state: OrderState, row) -> float:
	"""Pieces of a row of the order that are still to be sent."""
	return max(0.0, flt(undelivered(row) - state.unsent.get(row.name, 0.0), DIGITS))


def close_or_reopen(name: str, state: OrderState) -> None:
	"""Close a Sales Order that is invoiced, or has nothing left to invoice, and waits for nothing but pieces that were given
	back; open one again that was closed for that, and of which pieces are to be sent after all. Saves the state where that
	changes something.
	"""
	if not state.unsent:
		return
	order = frappe.get_doc("Sales Order", name)
	waits = any(left(state, row) for row in order.items)
	if order.docstatus != 1 or order.status == ON_HOLD or waits != (order.status == billing.CLOSED):
		return
	if waits and not state.closed:
		return  # a person closed it
	if not waits and not (billing.is_invoiced(order) and any(undelivered(row) for row in order.items)):
		return  # the rest is still to be invoiced, or everything has left
	_set_closed(order, state, closed=not waits)


def open_again(order, state: OrderState) -> None:
	"""Open a Sales Order that was closed here: its source says that pieces have left all the same. Saves the state."""
	if state.closed and order.status == billing.CLOSED:
		_set_closed(order, state, closed=False)


def _set_closed(order, state: OrderState, *, closed: bool) -> None:
	order.check_permission("write")
	order.update_status(billing.CLOSED if closed else OPEN)
	state.closed = closed
	state.save()
