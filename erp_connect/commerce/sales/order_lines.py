"""Which rows of a Sales Order an outside line is, and how pieces are laid over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from frappe.utils import flt

from erp_connect.commerce.sales import booked_rows
from erp_connect.commerce.sales.order_state import DIGITS, OrderState
from erp_connect.records.errors import BadRecord
from erp_connect.records.write import HeldForReview


def rows_of(order, state: OrderState, line_id: str) -> list:
	"""Rows of the order: by their own name, else by the source's line id, else by an item that is in one row only.

	Raises `BadRecord` when there is none, and `HeldForReview` for a line that was taken off the order, or is counted in
	another unit now.
	"""
	if found := [row for row in order.items if row.name == line_id]:
		return found
	names = set(state.rows(line_id))
	found = [row for row in order.items if row.name in names]
	if not found:
		same_item = [row for row in order.items if row.item_code == line_id]
		found = same_item if len(same_item) == 1 else []
	for row in found:
		_require_unit(order, state, row)
	if not found and line_id in state.lines:
		raise HeldForReview(
			"Line {line} has been taken off order {order}, and the event is about it. Book by hand what the event says, as far as it "
			"is right, then {done}.",
			code="line_gone",
			order=order.name,
			line=line_id,
		)
	if not found:
		raise BadRecord(
			"Order {order} has no line {line}. Send the line's id, the name of its row, or its item code if no other line "
			"has the same item.",
			code="unknown_line",
			order=order.name,
			line=line_id,
		)
	return found


def _require_unit(order, state: OrderState, row) -> None:
	if unit := booked_rows.unit_before(state.booked, row):
		raise HeldForReview(
			"Row {row} of order {order} counts in {now}, and its source in {unit}: somebody has changed it here. Change it back and "
			"{again}, or book by hand what the event says and {done}.",
			code="changed_here",
			order=order.name,
			row=row.idx,
			unit=unit,
			now=row.uom,
		)


def take(
	order,
	state: OrderState,
	wanted: Iterable[tuple[str, Decimal]],
	left: Callable[[object], float],
	first: Callable[[object], float] | None = None,
) -> dict[str, float]:
	"""Pieces by name of row, for (line id, quantity) each. left: what a row has to give; first: what of it, before any
	other row gives the rest.

	Raises `HeldForReview` when a line has less than is wanted.
	"""
	taken: dict[str, float] = {}
	for line_id, quantity in wanted:
		missing = float(quantity)
		rows = rows_of(order, state, line_id)
		for row, has in [(row, has) for has in (first or left, left) for row in rows]:
			part = min(missing, flt(min(has(row), left(row)) - taken.get(row.name, 0), DIGITS))
			if part > 0:
				taken[row.name] = flt(taken.get(row.name, 0) + part, DIGITS)
				missing = flt(missing - part, DIGITS)
		if missing > 0:
			raise HeldForReview(
				"Line {line} of order {order} has {missing} less left than the event says. Compare the event with the order; "
				"correct the order and {again}, or book the rest by hand and {done}.",
				code="quantity_exceeded",
				line=line_id,
				order=order.name,
				missing=missing,
			)
	return taken
