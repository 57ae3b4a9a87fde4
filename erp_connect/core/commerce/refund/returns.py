"""The rows of a return document: which rows of the original are given back, at what rate.

Promises rates never above those of the original row (ERPNext refuses them) and never more pieces than the row
has left; cents that rates cannot show are handed to the caller.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from erp_connect.core.commerce.order.plan import OrderPlan, PlannedItem
from erp_connect.core.commerce.order.settings import PlanSettings
from erp_connect.core.commerce.refund.claims import Claim
from erp_connect.core.commerce.totals.money import ZERO, rate_rows, unit
from erp_connect.core.commerce.totals.rounding import rounder


@dataclass(frozen=True)
class ReturnItem(PlannedItem):
	"""One row of a return. row: position (from 0) of the original row in the order's plan. quantity and amount
	are below zero; a quantity of zero is a price reduction, of which ERPNext books `rate`."""

	row: int = 0
	restock: bool = False
	location: str = ""


def return_items(
	claim: Claim, plan: OrderPlan, row_left: Sequence[Decimal], settings: PlanSettings
) -> list[ReturnItem]:
	"""The rows that give back the pieces of a claim on a line, at its net amount if rates can show it; none for
	a line that has no item rows, or for a price reduction that no row can carry."""
	rows = plan.rows_of(claim.account.id)
	if not rows:
		return []
	if not claim.quantity:
		return _reduction(claim, rows, plan, row_left, settings)
	pieces = _pieces(claim, settings)
	chosen = _choose(rows, claim, plan, row_left)
	return [
		_item(plan, row, quantity, min(rate, plan.items[row].rate), claim, settings)
		for row, quantity, rate in _laid_over(pieces, chosen)
	]


def _reduction(
	claim: Claim,
	rows: Sequence[int],
	plan: OrderPlan,
	row_left: Sequence[Decimal],
	settings: PlanSettings,
) -> list[ReturnItem]:
	"""A row without pieces. ERPNext refuses one for a fully returned row, or above the row's rate."""
	for row in rows:
		if row_left[row] > 0 and 0 < claim.net <= plan.items[row].rate:
			return [_item(plan, row, ZERO, claim.net, claim, settings)]
	return []


def carrier_item(plan: OrderPlan, row_left: Sequence[Decimal]) -> ReturnItem | None:
	"""A row of no pieces and no value, for a return of charges alone: ERPNext wants an item in it, and one that
	is not fully returned. None when there is no such row."""
	for row, left in enumerate(row_left):
		if left > 0:
			item = plan.items[row]
			return ReturnItem(
				item.line_id, item.sku, item.name, ZERO, ZERO, ZERO, ZERO, item.kind, item.uom, row=row
			)
	return None


def _pieces(claim: Claim, settings: PlanSettings) -> list[tuple[Decimal, Decimal]]:
	"""(quantity, rate) that come to the claim, the dearest first."""
	found = rate_rows(
		claim.net, claim.quantity, settings.digits, lambda quantity, rate: -product(-quantity, rate, settings)
	)
	if found is None:
		found = [(claim.quantity, (claim.net / claim.quantity).quantize(unit(settings.digits)))]
	return found[::-1]


def _choose(
	rows: Sequence[int], claim: Claim, plan: OrderPlan, row_left: Sequence[Decimal]
) -> list[tuple[int, Decimal]]:
	"""Rows and quantities to give back, the dearest first; cheap rows are used up before dear ones."""
	cheap_first = sorted(rows, key=lambda row: plan.items[row].rate)
	for order in (cheap_first, cheap_first[::-1]):
		chosen = list(_taken(order, claim.quantity, row_left))
		if sum(plan.items[row].rate * quantity for row, quantity in chosen) >= claim.net:
			break
	return sorted(chosen, key=lambda pair: -plan.items[pair[0]].rate)


def _taken(
	rows: Sequence[int], quantity: Decimal, row_left: Sequence[Decimal]
) -> Iterator[tuple[int, Decimal]]:
	for row in rows:
		taken = min(quantity, row_left[row])
		if taken > 0:
			yield row, taken
			quantity -= taken


def _laid_over(
	pieces: list[tuple[Decimal, Decimal]], chosen: list[tuple[int, Decimal]]
) -> Iterator[tuple[int, Decimal, Decimal]]:
	"""(row, quantity, rate): the two lists, each of the same quantity in all, cut where either ends."""
	queue = list(pieces)
	for row, left in chosen:
		while left > 0 and queue:
			quantity, rate = queue.pop(0)
			taken = min(quantity, left)
			yield row, taken, rate
			left -= taken
			if quantity > taken:
				queue.insert(0, (quantity - taken, rate))


def product(quantity: Decimal, rate: Decimal, settings: PlanSettings) -> Decimal:
	"""What ERPNext makes of quantity × rate; quantities of a return are below zero."""
	return Decimal(repr(float(rounder(settings.method)(float(rate) * float(quantity), settings.digits))))


def _item(
	plan: OrderPlan, row: int, quantity: Decimal, rate: Decimal, claim: Claim, settings: PlanSettings
) -> ReturnItem:
	original = plan.items[row]
	return ReturnItem(
		line_id=original.line_id,
		sku=original.sku,
		name=original.name,
		quantity=-quantity,
		rate=rate,
		amount=product(-quantity, rate, settings) if quantity else -rate,
		list_price=rate,
		kind=original.kind,
		uom=original.uom,
		is_free=original.is_free,
		row=row,
		restock=claim.restock,
		location=claim.location,
	)
