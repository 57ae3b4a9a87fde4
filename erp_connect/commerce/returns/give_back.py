"""What a refund or a cancellation takes back of an order, as a plan over the rows of its Sales Order.

Promises that all that is taken back together never exceeds what was bought, by the amounts that the source
stated; for an order that the source did not send, by ERPNext's own. Writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import frappe
from frappe.utils import flt

from erp_connect.commerce.returns import goods
from erp_connect.commerce.returns.goods import Goods
from erp_connect.commerce.sales import order_lines, order_rows, order_total, rates
from erp_connect.commerce.sales.order_state import OrderState
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.order.events import Refund
from erp_connect.core.commerce.order.lines import Charge, Fee, Line, ShippingCharge, TaxLine
from erp_connect.core.commerce.order.model import Order
from erp_connect.core.commerce.order.plan import PlannedCharge
from erp_connect.core.commerce.order.planner import plan_order
from erp_connect.core.commerce.refund.planner import RefundPlan, plan_refund
from erp_connect.core.commerce.refund.returns import ReturnItem
from erp_connect.records.write import HeldForReview


@dataclass(frozen=True)
class GiveBack:
	"""A plan and the Sales Order Item of each of its items, in their order. refund: as it was understood. goods: which
	pieces they are, which may be those of other rows of the same line."""

	refund: Refund
	plan: RefundPlan
	rows: tuple[str, ...]
	goods: tuple[Goods, ...]

	@property
	def total(self) -> Decimal:
		"""What is given back, above zero."""
		return -self.plan.expected_total

	def items(self) -> list[tuple[ReturnItem, str]]:
		"""(item of the plan, name of the order's row) each."""
		return list(zip(self.plan.items, self.rows, strict=True))

	def pieces(self) -> dict[str, float]:
		"""Pieces given back by name of the order's row."""
		found: dict[str, float] = {}
		for one in self.goods:
			found[one.row] = flt(found.get(one.row, 0) + one.quantity, order_lines.DIGITS)
		return found

	def credited(self) -> dict[str, float]:
		"""Pieces by the name of the order's row at whose rate they are given back."""
		found: dict[str, float] = {}
		for item, row in self.items():
			if item.quantity:
				found[row] = flt(found.get(row, 0) - float(item.quantity), order_lines.DIGITS)
		return found


def plan(settings: CommerceSettings, order, state: OrderState, refund: Refund) -> GiveBack:
	"""The plan of a refund. Raises `HeldForReview` with the reasons, `BadRecord` for an unknown line."""
	source = state.source() or _from_document(settings, order, state)
	refund = _with_line_ids(order, state, source, refund)
	rules = rates.of_document(settings, order)
	names = _row_names(order, state, source, rules)
	off = {claim: _by_place(names, rows) for claim, rows in state.rows_off.items()}
	found = plan_refund(source, refund, rules, earlier=state.claims_that_count(), off=off)
	if found.is_held:
		reasons = order_total.words(found.held)
		if not order_total.tells_remedy(reasons):
			reasons += " " + frappe._("Book it by hand, then {done}.")
		raise HeldForReview(
			f"{frappe._('This cannot be booked as it is:')} {reasons}", code=found.held[0].code
		)
	rows = tuple(names[item.row] for item in found.items)
	pieces = goods.of_items(order, state, zip(found.items, rows, strict=True))
	return GiveBack(refund, found, rows, pieces)


def charge_row(settings: CommerceSettings, charge: PlannedCharge, original) -> dict:
	"""A charge of a plan as a row for taxes: on the account that the original document has for it."""
	for row in original.taxes:
		if charge.is_of(row.description):
			return {
				"charge_type": "Actual",
				"account_head": row.account_head,
				"cost_center": row.cost_center,
				"description": row.description,
				"tax_amount": float(charge.amount),
			}
	return order_rows.charge_row(settings, charge)


def _with_line_ids(order, state: OrderState, source: Order, refund: Refund) -> Refund:
	"""Lines named by a row or an item instead of the source's id, by that id."""
	lines = []
	for line in refund.lines:
		if source.line(line.line_id) is None:
			row = order_lines.rows_of(order, state, line.line_id)[0]
			line = line.model_copy(update={"line_id": state.line_of(row.name)})
		lines.append(line)
	return refund.model_copy(update={"lines": lines})


def _row_names(order, state: OrderState, source: Order, rules) -> list[str]:
	"""Names of the order's rows for the rows of the plan that the order was made by."""
	plan_ = plan_order(source, rules)
	names = []
	for index, item in enumerate(plan_.items):
		known = state.rows(item.line_id) or [item.line_id]
		place = plan_.rows_of(item.line_id).index(index)
		names.append(known[min(place, len(known) - 1)])
	return names


def _by_place(names: list[str], pieces: dict[str, float]) -> dict[int, Decimal]:
	"""Pieces by row as pieces by the row's place in the plan."""
	return {names.index(row): _decimal(quantity) for row, quantity in pieces.items() if row in names}


def _from_document(settings: CommerceSettings, order, state: OrderState) -> Order:
	"""An order that the source did not send, as the Sales Order has it: net prices, taxes of the whole order.

	Pieces that were delivered and paid back stand in its rows, but cost nothing any more.
	"""
	shipping, fees, taxes = [], [], []
	for row in order.taxes:
		amount = _decimal(row.tax_amount_after_discount_amount)
		kind = next((known.kind for known in settings.accounts if known.account == row.account_head), "Tax")
		if not amount:
			continue
		if kind == "Shipping":
			shipping.append(_charge(ShippingCharge, row, amount))
		elif kind == "Tax":
			taxes.append(TaxLine.model_construct(title=row.description, amount=amount))
		else:
			fees.append(_charge(Fee, row, amount, kind=kind.lower()))
	return Order.model_construct(
		id=order.name,
		number=order.name,
		currency=order.currency,
		lines=[
			Line.model_construct(
				id=row.name,
				sku=row.item_code,
				name=row.item_name,
				quantity=_decimal(max(0.0, row.qty - state.paid_back_pieces(row.name))),
				total=_decimal(row.net_amount),
			)
			for row in order.items
		],
		total=_decimal(order.grand_total),
		shipping=shipping,
		fees=fees,
		tax_lines=taxes,
	)


def _charge(kind: type[Charge], row, amount: Decimal, **more: str) -> Charge:
	return kind.model_construct(id=row.name, title=row.description, amount=amount, **more)


def _decimal(number: float) -> Decimal:
	return Decimal(repr(flt(number, 9)))
