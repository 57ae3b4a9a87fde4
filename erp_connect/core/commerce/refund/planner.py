"""From a refund of a shop to a plan for a return (credit note) whose total is what was paid back.

Promises that all refunds of an order together never give back more than was bought: pieces, amounts, taxes and
shipping; that the taxes given back are the shop's own, or the line's exact share; and that a plan that is not
held comes, computed as ERPNext computes, to exactly what was paid back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from erp_connect.core.commerce.errors import Note
from erp_connect.core.commerce.order.events import Refund
from erp_connect.core.commerce.order.model import Order
from erp_connect.core.commerce.order.parts import GIFT_CARD, break_down, money_digits
from erp_connect.core.commerce.order.plan import OrderPlan, PlannedCharge, guarded
from erp_connect.core.commerce.order.planner import exact, plan_order, predict, site_rules
from erp_connect.core.commerce.order.settings import PlanSettings
from erp_connect.core.commerce.refund.claims import Claim, Terms
from erp_connect.core.commerce.refund.ledger import Ledger, is_amount_only
from erp_connect.core.commerce.refund.returns import ReturnItem, carrier_item, return_items
from erp_connect.core.commerce.totals.money import ZERO, shown
from erp_connect.core.commerce.totals.sheet import Totals
from erp_connect.core.errors import Whole
from erp_connect.core.values.numbers import round_half_up


@dataclass(frozen=True)
class RefundPlan:
	"""A return to be made. All amounts of rows, and expected_total, are below zero.

	amount_only: money back without goods; its item rows have no quantity. Stock moves only for items that say
	`restock`.
	"""

	refund_id: str
	order_id: str
	currency: str
	conversion_rate: Decimal
	items: tuple[ReturnItem, ...]
	taxes: tuple[PlannedCharge, ...]
	expected_total: Decimal
	predicted: Totals | None
	difference: Decimal
	amount_only: bool
	held: tuple[Note, ...]
	explanation: tuple[Note, ...]

	@property
	def is_held(self) -> bool:
		"""Whether a person has to look before this is booked."""
		return bool(self.held)


@dataclass(frozen=True)
class _Booking:
	"""A refund claimed from the ledger: its claims and rows, before ERPNext's view of them."""

	claims: list[Claim]
	items: list[ReturnItem]
	charges: list[PlannedCharge]
	total: Decimal
	reasons: list[Note]
	notes: list[Note]


def plan_refund(
	order: Order,
	refund: Refund,
	settings: PlanSettings | None = None,
	*,
	earlier: Sequence[Refund] = (),
	off: Mapping[str, Mapping[int, Decimal]] | None = None,
) -> RefundPlan:
	"""The return to make of `refund`.

	earlier: refunds already made of this order, in their order. off: by the id of those that took pieces off the order's
	rows, how many by the row's position; others took those that the plan chose. Look at `held` first. Never raises for an order and a refund that were read.
	"""
	settings = settings or PlanSettings()
	plan = plan_order(order, settings)
	terms = Terms(money_digits(order, settings.digits), order.prices_include_tax, order.currency)
	ledger = Ledger(break_down(order, terms.digits), plan, terms)
	reasons = [
		Note(
			"order_held",
			"The order itself is held, so its refund cannot be booked: {reason}",
			{"reason": Whole(note)},
		)
		for note in plan.held
	]
	for past in earlier:
		booking = _book(ledger, past, plan, settings)
		if booking.reasons:
			reasons.append(
				Note(
					"earlier_refund",
					"The earlier refund {refund} does not fit the order: {reason}",
					{"refund": past.id, "reason": Whole(booking.reasons[0])},
				)
			)
		_settle(ledger, booking, (off or {}).get(past.id))
	booking = _book(ledger, refund, plan, settings)
	return _plan(order, refund, plan, settings, booking, reasons + booking.reasons)


def _book(ledger: Ledger, refund: Refund, plan: OrderPlan, settings: PlanSettings) -> _Booking:
	claims, reasons = ledger.claims(refund)
	items: list[ReturnItem] = []
	charges: list[PlannedCharge] = []
	spare = ZERO
	for claim in claims:
		rows = return_items(claim, plan, ledger.row_left, settings)
		items += rows
		if rows:
			spare += claim.net + sum((row.amount for row in rows), ZERO)
		elif claim.net:
			charges.append(_charge(claim, plan))
	adjustments = _adjustments(refund, ledger.terms.digits)
	charges += adjustments
	charges += _taxes(ledger, claims)
	if charges and not items:
		carrier = carrier_item(plan, ledger.row_left)
		items += [carrier] if carrier else []
	total = sum((claim.total for claim in claims), ZERO) - sum((row.amount for row in adjustments), ZERO)
	booking = _Booking(claims, items, charges, total, reasons, [])
	return _rounded(booking, refund, ledger, settings, spare)


def _charge(claim: Claim, plan: OrderPlan) -> PlannedCharge:
	"""A claim that no item row carries: of a charge, of a line booked as one, or a price reduction."""
	account = claim.account
	if not account.is_line:
		return PlannedCharge(account.kind, account.title, -claim.net)
	if plan.rows_of(account.id):
		return PlannedCharge("refund", account.title, -claim.net)
	return PlannedCharge(
		"gift_card" if account.kind == GIFT_CARD else "adjustment", account.title, -claim.net
	)


def _adjustments(refund: Refund, digits: int) -> list[PlannedCharge]:
	rows = []
	for fee in refund.adjustments:
		kind = "adjustment" if fee.kind == "fee" else fee.kind
		rows.append(PlannedCharge(kind, fee.label, -round_half_up(fee.amount, digits)))
		for tax in fee.tax_lines:
			rows.append(PlannedCharge("tax", tax.title, -round_half_up(tax.amount, digits), tax.rate))
	return [row for row in rows if row.amount]


def _taxes(ledger: Ledger, claims: Sequence[Claim]) -> list[PlannedCharge]:
	rows = []
	for index, (title, rate) in enumerate(ledger.taxes):
		amount = sum((claim.taxes[index] for claim in claims), ZERO)
		shares = {
			claim.account.id: -claim.taxes[index]
			for claim in claims
			if claim.account.is_line and claim.taxes[index]
		}
		if amount:
			rows.append(PlannedCharge("tax", title, -amount, rate, shares=shares))
	return rows


def _rounded(
	booking: _Booking, refund: Refund, ledger: Ledger, settings: PlanSettings, spare: Decimal
) -> _Booking:
	"""The booking with its rounding row, held if more than rounding is missing."""
	stated = booking.total if refund.amount is None else refund.amount
	rest = stated - booking.total
	currency = ledger.terms.currency
	if abs(spare) > settings.rounding_limit and not booking.reasons:
		booking.reasons.append(
			Note(
				"refund_rate",
				"{amount} of the refund is more than the rates of the rows that are left can show.",
				{"amount": shown(spare, currency)},
			)
		)
	if abs(rest) > settings.rounding_limit and not booking.reasons:
		booking.reasons.append(
			Note(
				"refund_total",
				"The refund pays back {amount}, but its lines, shipping and adjustments add up to {added}: a "
				"difference of {difference}. Map the difference as an adjustment; if it is rounding, raise Rounding limit of the "
				"account (tab Commerce), then {again}.",
				{
					"amount": shown(stated, currency),
					"added": shown(booking.total, currency),
					"difference": shown(rest, currency),
				},
			)
		)
	rounding = spare + rest
	if rounding and not booking.reasons:
		booking.charges.append(PlannedCharge("rounding", "Rounding", -rounding))
		booking.notes.append(
			Note(
				"rounding",
				"{amount} that the rates cannot show is booked as rounding.",
				{"amount": shown(rounding, currency)},
			)
		)
	return _Booking(booking.claims, booking.items, booking.charges, stated, booking.reasons, booking.notes)


def _settle(ledger: Ledger, booking: _Booking, off: Mapping[int, Decimal] | None) -> None:
	ledger.settle(booking.claims, booking.total)
	if off is not None:
		for row, pieces in off.items():
			ledger.row_left[row] -= pieces
		return
	for item in booking.items:
		ledger.row_left[item.row] += item.quantity


def _plan(
	order: Order,
	refund: Refund,
	plan: OrderPlan,
	settings: PlanSettings,
	booking: _Booking,
	reasons: list[Note],
) -> RefundPlan:
	expected = -booking.total
	charges = guarded(booking.charges, settings.guard_row)
	predicted, difference = None, ZERO
	if not booking.items and not reasons:
		reasons.append(
			Note(
				"no_items",
				"All goods of the order are returned already, and ERPNext makes no return without an item. "
				"Book the refund as a journal entry.",
			)
		)
	if booking.items:
		predicted = predict(
			booking.items, charges, site_rules(settings, plan.conversion_rate), is_return=True
		)
		difference = expected - exact(predicted.grand_total)
	if difference and not reasons:
		reasons.append(
			Note(
				"erpnext_total",
				"ERPNext would compute {predicted} instead of {total}: a difference of {difference}.",
				{
					"predicted": shown(expected - difference, order.currency),
					"total": shown(expected, order.currency),
					"difference": shown(difference, order.currency),
				},
			)
		)
	return RefundPlan(
		refund_id=refund.id,
		order_id=order.id,
		currency=order.currency,
		conversion_rate=plan.conversion_rate,
		items=tuple(booking.items),
		taxes=tuple(charges),
		expected_total=expected,
		predicted=predicted,
		difference=difference,
		amount_only=is_amount_only(refund),
		held=tuple(reasons),
		explanation=tuple(booking.notes),
	)
