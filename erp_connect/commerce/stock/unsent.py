"""Pieces of an order that are still to be sent.

Pieces that were given back after they were invoiced stay in the rows of the Sales Order: ERPNext takes none off of
which an invoice has been made. Promises that those which had not left are not counted among what is left to send. Never
commits; does not save the state.
"""

from __future__ import annotations

from collections.abc import Mapping

import frappe
from frappe.utils import flt

from erp_connect.commerce.sales.order_lines import DIGITS
from erp_connect.commerce.sales.order_state import OrderState


def remember(state: OrderState, pieces: Mapping[str, float]) -> None:
	"""Of pieces that were just given back, those that have not left, or came back, are not to be sent any more.

	pieces: by row of the order. Called once returned goods are booked: what came back counts as not delivered.
	"""
	for row, quantity in pieces.items():
		ordered, delivered = frappe.db.get_value("Sales Order Item", row, ["qty", "delivered_qty"])
		known = state.unsent.get(row, 0.0)
		waiting = max(0.0, flt(ordered - delivered - known, DIGITS))
		if waiting:
			state.unsent[row] = flt(known + min(quantity, waiting), DIGITS)


def undelivered(row) -> float:
	"""Pieces of a row of the order of which no delivery is booked, by whomever they are to be sent."""
	return 0.0 if row.delivered_by_supplier else flt(row.qty - row.delivered_qty, DIGITS)


def left(state: OrderState, row) -> float:
	"""Pieces of a row of the order that are still to be sent."""
	return max(0.0, flt(undelivered(row) - state.unsent.get(row.name, 0.0), DIGITS))
