"""From a canonical order to a plan whose total, computed by ERPNext, is the shop's total.

Promises that a plan that is not held has been computed the way ERPNext computes, and came to the shop's total
exactly; that no money is invented: only what the shop itself calls rounding, or a rounding difference within
the site's limit, becomes a rounding row. Everything else is held, with the amounts.

Ways to represent an order, the first that is exact wins:
1. tax percentages, with prices including tax where the shop's do (only if the site asks for it);
2. net rates, and one row with the shop's own amount for each tax and charge. This one takes everything:
   taxes on some lines only, taxed shipping, several rates, taxes computed per line or per order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from erp_connect.core.commerce.errors import Note
from erp_connect.core.commerce.order.model import Order
from erp_connect.core.commerce.order.parts import GIFT_CARD, SHIPPING, Breakdown, break_down, money_digits
from erp_connect.core.commerce.order.plan import OrderPlan, PlannedCharge, PlannedItem, guarded
from erp_connect.core.commerce.order.rows import Draft, RowBuilder, rows_total
from erp_connect.core.commerce.order.settings import PlanSettings
from erp_connect.core.commerce.totals.calculator import calculate
from erp_connect.core.commerce.totals.money import ZERO, fits, shown
from erp_connect.core.commerce.totals.sheet import DiscountOn, ItemRow, SiteRules, TaxRow, Totals
from erp_connect.core.values.numbers import round_half_up


def plan_order(order: Order, settings: PlanSettings | None = None) -> OrderPlan:
	"""The document to make of `order`. Look at `held` first. Never raises for an order that was read."""
	settings = settings or PlanSettings()
	breakdown = break_down(order, money_digits(order, settings.digits))
	rejected: list[Note] = []
	if settings.tax_rows == "rate" and breakdown.taxes:
		plan = _represent(order, breakdown, settings, by_rate=True)
		misfit = _misfit(plan)
		if misfit is None:
			return plan
		rejected = [misfit]
	plan = _represent(order, breakdown, settings, by_rate=False)
	return replace(plan, explanation=(*plan.explanation, *rejected))


def site_rules(settings: PlanSettings, conversion_rate: Decimal = Decimal(1)) -> SiteRules:
	"""The part of the settings that the calculator needs."""
	return SiteRules(
		digits=settings.digits,
		quantity_digits=settings.quantity_digits,
		method=settings.method,
		conversion_rate=float(conversion_rate),
		row_wise=settings.row_wise,
	)


def predict(
	items: Sequence[PlannedItem],
	charges: Sequence[PlannedCharge],
	rules: SiteRules,
	*,
	discount_amount: Decimal = ZERO,
	discount_on: DiscountOn = "",
	is_return: bool = False,
) -> Totals:
	"""What ERPNext makes of planned rows; for a return, quantities and amounts are below zero already."""
	return calculate(
		[
			ItemRow(
				float(item.quantity),
				float(item.rate),
				float(item.list_price),
				0.0 if item.rate else 100.0,
			)
			for item in items
		],
		[
			TaxRow(
				charge.charge_type,
				rate=float(charge.rate or 0),
				tax_amount=float(charge.amount) if charge.charge_type == "Actual" else 0.0,
				included=charge.included,
			)
			for charge in charges
		],
		rules,
		discount_amount=float(discount_amount),
		discount_on=discount_on,
		is_return=is_return,
	)


def exact(number: float) -> Decimal:
	"""A total of ERPNext, which has few decimals, as the decimal it stands for."""
	return Decimal(repr(number))


def _represent(order: Order, breakdown: Breakdown, settings: PlanSettings, *, by_rate: bool) -> OrderPlan:
	builder = RowBuilder(
		breakdown, settings, order.currency, inclusive=order.prices_include_tax, by_rate=by_rate
	)
	draft = builder.build()
	draft.reasons[:0] = breakdown.reasons
	draft.notes[:0] = breakdown.notes
	rate = _conversion(order, settings, draft)
	discount_on, discount = _discount(order, settings, draft, gross=builder.gross)
	_rounding(order, settings, draft, discount)
	draft.charges = guarded(draft.charges, settings.guard_row)
	if not draft.items:
		draft.reasons.append(Note("no_items", "The order has no line that ERPNext could book as an item."))
	_check_total(order, settings, draft)
	predicted, difference = None, ZERO
	if draft.items:
		predicted = predict(
			draft.items,
			draft.charges,
			site_rules(settings, rate),
			discount_amount=discount,
			discount_on=discount_on,
		)
		difference = order.total - exact(predicted.grand_total)
		_check_prediction(order, draft, difference)
	return OrderPlan(
		order_id=order.id,
		currency=order.currency,
		conversion_rate=rate,
		items=tuple(draft.items),
		taxes=tuple(draft.charges),
		discount_on=discount_on,
		discount_amount=discount,
		expected_total=order.total,
		total_tax=breakdown.total_tax,
		predicted=predicted,
		difference=difference,
		held=tuple(draft.reasons),
		explanation=(_summary(order, breakdown, draft), *draft.notes),
	)


def _conversion(order: Order, settings: PlanSettings, draft: Draft) -> Decimal:
	if not settings.company_currency or order.currency == settings.company_currency:
		return Decimal(1)
	if settings.conversion_rate is None:
		draft.reasons.append(
			Note(
				"conversion_rate",
				"The order is in {currency}, the company keeps its books in {company_currency}, and there is "
				"no exchange rate. Enter one under Currency Exchange.",
				{"currency": order.currency, "company_currency": settings.company_currency},
			)
		)
		return Decimal(1)
	return settings.conversion_rate


def _discount(
	order: Order, settings: PlanSettings, draft: Draft, *, gross: bool
) -> tuple[DiscountOn, Decimal]:
	"""The order-level discount: on the document, or as a charge where ERPNext would drop or distort it.

	It would take a part of it off gift cards, which are worth to their holders what they cost.
	"""
	amount = round_half_up(order.discount.amount, money_digits(order, settings.digits))
	goods = sum((item.amount for item in draft.items), ZERO)
	if not amount:
		return "", ZERO
	owed = any(item.kind == GIFT_CARD for item in draft.items)
	if settings.discount_as == "document" and amount <= goods and not owed:
		# Off a price with tax in it, ERPNext takes a discount before tax only as one on the grand total.
		return ("Grand Total" if order.discount.on == "grand" or gross else "Net Total"), amount
	title = order.discount.title or order.discount.code or "Discount"
	draft.charges.append(PlannedCharge("discount", title, -amount))
	if settings.discount_as == "document" and not owed:
		draft.notes.append(
			Note(
				"discount_charge",
				"The discount of {amount} is more than the goods, so it is booked as a charge below zero.",
				{"amount": shown(amount, order.currency)},
			)
		)
	return "", ZERO


def _rounding(order: Order, settings: PlanSettings, draft: Draft, discount: Decimal) -> None:
	"""Adds the rounding row: what the shop calls rounding, odd cents of lines, and a small rest."""
	rounding = order.rounding or ZERO
	rest = order.total - rounding - (rows_total(draft.items, draft.charges) - discount + draft.spare)
	if abs(rest) > settings.rounding_limit:
		draft.reasons.append(
			Note(
				"total",
				"Lines, shipping, fees, discounts and taxes add up to {added}, but the order's total is {total}: "
				"a difference of {difference}. Check the mapping; if it is rounding, raise Rounding limit of the account (tab Commerce), then {again}.",
				{
					"added": shown(order.total - rest, order.currency),
					"total": shown(order.total, order.currency),
					"difference": shown(rest, order.currency),
				},
			)
		)
		return
	if rest:
		draft.notes.append(
			Note(
				"rounding",
				"The shop's own parts differ from its total by {rest}, which is booked as rounding.",
				{"rest": shown(rest, order.currency)},
			)
		)
	amount = rounding + draft.spare + rest
	if amount:
		draft.charges.append(PlannedCharge("rounding", "Rounding", amount))


def _check_total(order: Order, settings: PlanSettings, draft: Draft) -> None:
	if order.total < 0:
		draft.reasons.append(
			Note(
				"negative_total",
				"The order's total is {total}. ERPNext takes no order below zero: book it as a return.",
				{"total": shown(order.total, order.currency)},
			)
		)
	if not all(fits(amount, settings.digits) for amount in (order.total, order.rounding or ZERO)):
		draft.reasons.append(
			Note(
				"precision",
				"The order's total {total} has more than {digits} decimals. Raise Currency Precision in System "
				"Settings, or send amounts in the currency's own unit.",
				{"total": shown(order.total, order.currency), "digits": settings.digits},
			)
		)


def _check_prediction(order: Order, draft: Draft, difference: Decimal) -> None:
	if difference and not draft.reasons:
		draft.reasons.append(
			Note(
				"erpnext_total",
				"ERPNext would compute {predicted} instead of {total}: a difference of {difference}.",
				{
					"predicted": shown(order.total - difference, order.currency),
					"total": shown(order.total, order.currency),
					"difference": shown(difference, order.currency),
				},
			)
		)


def _misfit(plan: OrderPlan) -> Note | None:
	"""Why percentages do not give the shop's figures; None when they do."""
	totals = plan.predicted
	if totals is None:
		return Note("no_items", "There are no items to tax.")
	for row, amount in zip(plan.taxes, totals.row_amounts, strict=True):
		if exact(amount) != row.amount:
			return Note(
				"rate_misfit",
				"Booked as {rate} %, {title} would be {computed} instead of the shop's {amount}; "
				"the shop's own amounts are booked.",
				{
					"title": row.title,
					"rate": shown(row.rate or ZERO).removesuffix(".00"),
					"computed": shown(exact(amount)),
					"amount": shown(row.amount, plan.currency),
				},
			)
	if plan.held:
		return plan.held[0]
	if round_half_up(exact(totals.net_total) + exact(totals.total_taxes), 9) != plan.expected_total:
		return Note("rate_gap", "Percentages would leave a cent between net, tax and total.")
	return None


def _summary(order: Order, breakdown: Breakdown, draft: Draft) -> Note:
	shipping = sum((part.net for part in breakdown.parts if part.kind == SHIPPING), ZERO)
	goods = sum((part.net for part in breakdown.parts if part.line), ZERO)
	others = sum((part.net for part in breakdown.parts), ZERO) - shipping - goods
	rounding = sum((row.amount for row in draft.charges if row.kind == "rounding"), ZERO) - draft.spare
	return Note(
		"summary",
		"Without tax: goods {goods} + shipping {shipping} + fees {fees} − discount {discount}; taxes {taxes}, "
		"rounding {rounding}. The shop's total is {total}.",
		{
			"goods": shown(goods),
			"shipping": shown(shipping),
			"fees": shown(others),
			"taxes": shown(breakdown.total_tax),
			"discount": shown(order.discount.amount),
			"rounding": shown(rounding),
			"total": shown(order.total, order.currency),
		},
	)
