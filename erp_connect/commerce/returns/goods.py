"""Which rows of a Sales Order the pieces of a refund are.

A line whose price is no whole number of cents for each piece stands in several rows, and the plan of a refund chooses among
them by their rates. Promises that, of such a line too, what goes back into stock is taken from pieces that left, and the
rest from those that have not. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from frappe.utils import flt

from erp_connect.commerce.money import unsent
from erp_connect.commerce.sales.order_lines import DIGITS
from erp_connect.commerce.sales.order_state import OrderState
from erp_connect.commerce.stock import returned_goods
from erp_connect.core.commerce.refund.returns import ReturnItem


@dataclass(frozen=True)
class Goods:
	"""Pieces of one row of the order. location: warehouse they go to, as the source calls it; empty: where they came from."""

	row: str
	quantity: float
	restock: bool
	location: str


def of_items(order, state: OrderState, items: Iterable[tuple[ReturnItem, str]]) -> tuple[Goods, ...]:
	"""The pieces of a plan's items, each given with the name of the row that its rate is of."""
	there = returned_goods.came_back(order, state)
	out = [
		{row.name: flt(there.get(row.name, 0.0), DIGITS) for row in order.items},
		{row.name: flt(row.delivered_qty, DIGITS) for row in order.items},
	]
	waiting = [{row.name: flt(unsent.left(state, row), DIGITS) for row in order.items}]
	ordered = {row.name: flt(row.qty, DIGITS) for row in order.items}
	found = []
	for item, name in items:
		if not item.quantity:
			continue
		lines = state.rows(item.line_id)
		rows = [row.name for row in order.items if row.name in lines]
		quantity = -float(item.quantity)
		if len(rows) < 2:
			parts: Iterable[tuple[str, float]] = [(name, quantity)]
		else:
			parts = _laid_over(rows, quantity, out if item.restock else waiting, ordered)
		found += [Goods(row, part, item.restock, item.location) for row, part in parts]
	return tuple(found)


def _laid_over(
	rows: list[str], quantity: float, first: list[dict[str, float]], ordered: dict[str, float]
) -> Iterator[tuple[str, float]]:
	"""(row, pieces), of those first that come first. What is taken is taken off `first` and `ordered`: pieces by row."""
	for has in (*first, ordered):
		for row in rows:
			part = min(quantity, has[row], ordered[row])
			if part > 0:
				has[row] = flt(has[row] - part, DIGITS)
				if has is not ordered:
					ordered[row] = flt(ordered[row] - part, DIGITS)
				quantity = flt(quantity - part, DIGITS)
				yield row, part
	if quantity > 0:
		yield rows[-1], quantity
