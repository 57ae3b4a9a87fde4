"""Which rows of the order a parcel empties, since one line of the shop may be several rows.

Promises that the parcels of an order never hold more than was ordered, and that rows are emptied in their
order, so that the same parcels always give the same rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from erp_connect.core.commerce.errors import Note
from erp_connect.core.commerce.order.model import Fulfilment
from erp_connect.core.commerce.order.plan import OrderPlan


@dataclass(frozen=True)
class ShippedRow:
	"""`quantity` of the row at position `row` (from 0) of the plan goes into the parcel."""

	row: int
	line_id: str
	quantity: Decimal


@dataclass(frozen=True)
class FulfilmentPlan:
	"""The rows of a Delivery Note; not to be made when `held` says why."""

	fulfilment_id: str
	rows: tuple[ShippedRow, ...]
	held: tuple[Note, ...]


def plan_fulfilment(
	plan: OrderPlan, fulfilment: Fulfilment, *, earlier: Sequence[Fulfilment] = ()
) -> FulfilmentPlan:
	"""The rows of `fulfilment`, after the parcels `earlier` have taken theirs."""
	left = [item.quantity for item in plan.items]
	for past in earlier:
		_take(plan, past, left)
	rows, held = _take(plan, fulfilment, left)
	return FulfilmentPlan(fulfilment.id, tuple(rows), tuple(held))


def _take(
	plan: OrderPlan, fulfilment: Fulfilment, left: list[Decimal]
) -> tuple[list[ShippedRow], list[Note]]:
	taken: list[ShippedRow] = []
	held: list[Note] = []
	for line in fulfilment.lines:
		wanted = line.quantity
		for row in plan.rows_of(line.line_id):
			quantity = min(wanted, left[row])
			if quantity > 0:
				taken.append(ShippedRow(row, line.line_id, quantity))
				left[row] -= quantity
				wanted -= quantity
		if wanted > 0:
			held.append(
				Note(
					"quantity_exceeded",
					"Parcel {parcel}: {missing} more of line {line} are shipped than are left of the order.",
					{
						"parcel": fulfilment.id,
						"line": line.line_id,
						"missing": format(wanted.normalize(), "f"),
					},
				)
			)
	return taken, held
