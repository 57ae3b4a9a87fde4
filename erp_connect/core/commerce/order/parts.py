"""An order taken apart: every thing that was charged, its net amount, and each tax with its exact share.

Promises that net amounts plus taxes are, to the last unit, what the shop charged; that what the shop rounded
is settled between the parts and never invented: a difference that rounding cannot explain becomes a reason to
hold the order, with both figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from erp_connect.core.commerce.errors import Note
from erp_connect.core.commerce.order.lines import Line, TaxLine
from erp_connect.core.commerce.order.model import Order
from erp_connect.core.commerce.totals.money import ZERO, fits, settle, shown, spread, unit
from erp_connect.core.values.numbers import currency_digits, round_half_up

TaxKey = tuple[str, "Decimal | None"]
ITEM, SHIPPING, GIFT_CARD = "item", "shipping", "gift_card"


@dataclass(frozen=True)
class Part:
	"""One thing that was charged. charged: as the shop states it, with tax where prices include it."""

	kind: str
	id: str
	title: str
	charged: Decimal
	tax_lines: Sequence[TaxLine] = ()
	line: Line | None = None
	net: Decimal = ZERO


@dataclass(frozen=True)
class Tax:
	"""One tax of the order. shares: what of it lies on each part, in the order of the parts."""

	title: str
	rate: Decimal | None
	amount: Decimal
	shares: tuple[Decimal, ...]


@dataclass(frozen=True)
class Breakdown:
	"""An order taken apart; `reasons` is empty unless it contradicts itself."""

	parts: tuple[Part, ...]
	taxes: tuple[Tax, ...]
	reasons: tuple[Note, ...]
	notes: tuple[Note, ...]

	@property
	def total_tax(self) -> Decimal:
		"""All taxes together."""
		return sum((tax.amount for tax in self.taxes), ZERO)


def money_digits(order: Order, site_digits: int) -> int:
	"""Decimals that amounts of this order are settled to: those of its currency, or more if its total has more,
	but never more than the site keeps."""
	total_places = max(0, -int(order.total.normalize().as_tuple().exponent))
	return min(site_digits, max(currency_digits(order.currency), total_places))


def break_down(order: Order, digits: int) -> Breakdown:
	"""Takes `order` apart, with amounts of at most `digits` decimals (see `money_digits`)."""
	reasons: list[Note] = []
	notes: list[Note] = []
	parts = _parts(order)
	for part in parts:
		_check_line(order, part, reasons)
	taxes = _taxes(order, parts, digits, reasons, notes)
	nets = [part.charged for part in parts]
	if order.prices_include_tax:
		for tax in taxes:
			nets = [net - share for net, share in zip(nets, tax.shares, strict=True)]
	nets = _settled(order, nets, sum((tax.amount for tax in taxes), ZERO), digits)
	done = tuple(replace(part, net=net) for part, net in zip(parts, nets, strict=True))
	return Breakdown(done, tuple(taxes), tuple(reasons), tuple(notes))


def _parts(order: Order) -> list[Part]:
	parts = []
	for line in order.lines:
		kind = GIFT_CARD if line.is_gift_card else ITEM
		parts.append(Part(kind, line.id, line.name or line.sku, line.amount, line.tax_lines, line))
	for ship in order.shipping:
		parts.append(
			Part(SHIPPING, ship.id, ship.label, ship.amount - (ship.discount or ZERO), ship.tax_lines)
		)
	for fee in order.fees:
		parts.append(Part(fee.kind, fee.id, fee.label, fee.amount, fee.tax_lines))
	return parts


def _check_line(order: Order, part: Part, reasons: list[Note]) -> None:
	line = part.line
	if line is None or line.total is None or line.unit_price is None:
		return
	computed = line.computed
	# A unit price of two decimals may be off by half a cent for each piece.
	if abs(computed - line.total) > Decimal("0.005") * (line.quantity + 1):
		reasons.append(
			Note(
				"line_total",
				"Line {line} says {total}, but {quantity} × {price} less {discount} is {computed}. "
				"Check the mapping of price, discount and total.",
				{
					"line": _name(part),
					"total": shown(line.total, order.currency),
					"quantity": shown(line.quantity).removesuffix(".00"),
					"price": shown(line.unit_price),
					"discount": shown(line.discount or ZERO),
					"computed": shown(computed, order.currency),
				},
			)
		)


def _taxes(
	order: Order, parts: Sequence[Part], digits: int, reasons: list[Note], notes: list[Note]
) -> list[Tax]:
	exact = _by_key(parts)
	if not exact:
		return _order_taxes(order, parts, digits, reasons, notes)
	keys = list(exact)
	amounts = [sum(exact[key], ZERO) for key in keys]
	counts = sum(bool(share) for shares in exact.values() for share in shares)
	stated = _stated_tax(order, keys, amounts, counts, digits, reasons)
	rounded = _safely_settled(amounts, stated, digits)
	return [
		Tax(key[0], key[1], amount, tuple(_safely_settled(exact[key], amount, digits)))
		for key, amount in zip(keys, rounded, strict=True)
	]


def _by_key(parts: Sequence[Part]) -> dict[TaxKey, list[Decimal]]:
	found: dict[TaxKey, list[Decimal]] = {}
	for index, part in enumerate(parts):
		for tax in part.tax_lines:
			shares = found.setdefault((tax.title, tax.rate), [ZERO] * len(parts))
			shares[index] += tax.amount
	return {key: shares for key, shares in found.items() if any(shares)}


def _stated_tax(
	order: Order,
	keys: Sequence[TaxKey],
	amounts: list[Decimal],
	counts: int,
	digits: int,
	reasons: list[Note],
) -> Decimal:
	"""The tax of the whole order; the shop's own figure wins where rounding explains the difference."""
	added = sum(amounts, ZERO)
	listed = sum((tax.amount for tax in order.tax_lines), ZERO) if order.tax_lines else None
	stated = order.total_tax if order.total_tax is not None else listed
	if stated is None:
		return round_half_up(added, digits)
	# Each of the shop's tax lines may have been rounded by half a unit.
	if abs(stated - added) > unit(digits) / 2 * (counts + 1):
		reasons.append(
			Note(
				"tax_total",
				"The taxes of lines, shipping and fees add up to {added}, but the order says {stated}. "
				"Check the mapping of the taxes.",
				{"added": shown(added, order.currency), "stated": shown(stated, order.currency)},
			)
		)
		return round_half_up(added, digits)
	if listed == stated:
		_take_stated(order, keys, amounts, unit(digits) / 2 * (counts + 1))
	return round_half_up(stated, digits)


def _take_stated(order: Order, keys: Sequence[TaxKey], amounts: list[Decimal], leeway: Decimal) -> None:
	"""Puts the order's own amount of each tax in place of the sum over the lines, if all of them fit."""
	own: dict[TaxKey, Decimal] = {}
	for tax in order.tax_lines:
		own[(tax.title, tax.rate)] = own.get((tax.title, tax.rate), ZERO) + tax.amount
	pairs = zip(keys, amounts, strict=True)
	if set(own) == set(keys) and all(abs(own[key] - amount) <= leeway for key, amount in pairs):
		amounts[:] = [own[key] for key in keys]


def _order_taxes(
	order: Order, parts: Sequence[Part], digits: int, reasons: list[Note], notes: list[Note]
) -> list[Tax]:
	"""Taxes given for the whole order only."""
	lines = [tax for tax in order.tax_lines if tax.amount]
	if not lines and order.total_tax:
		lines = [TaxLine.model_construct(amount=order.total_tax)]
	if not lines:
		return []
	total = sum((tax.amount for tax in lines), ZERO)
	if order.total_tax is not None and abs(order.total_tax - total) > unit(digits) / 2 * (len(lines) + 1):
		reasons.append(
			Note(
				"tax_total",
				"The order's taxes add up to {added}, but its total tax is {stated}. "
				"Check the mapping of the taxes.",
				{"added": shown(total, order.currency), "stated": shown(order.total_tax, order.currency)},
			)
		)
	notes.append(
		Note("tax_spread", "The shop gave its taxes for the whole order; they were shared out by amount.")
	)
	whole = round_half_up(order.total_tax if order.total_tax is not None else total, digits)
	rounded = _safely_settled([tax.amount for tax in lines], whole, digits)
	weights = [part.charged for part in parts]
	return [
		Tax(tax.title, tax.rate, amount, tuple(_safely_spread(amount, weights, digits)))
		for tax, amount in zip(lines, rounded, strict=True)
	]


def _settled(order: Order, nets: list[Decimal], tax: Decimal, digits: int) -> list[Decimal]:
	"""The nets rounded, towards the order's own total as far as their own rounding explains it."""
	broken = sum(not fits(net, digits) for net in nets)
	if not broken:
		return nets
	exact = sum(nets, ZERO)
	wanted = order.total - tax - (order.rounding or ZERO) + order.discount.amount
	target = round_half_up(exact, digits)
	if fits(wanted, digits) and abs(wanted - exact) <= unit(digits) / 2 * (broken + 1):
		target = wanted
	return _safely_settled(nets, target, digits)


def _safely_settled(amounts: Sequence[Decimal], total: Decimal, digits: int) -> list[Decimal]:
	return settle(amounts, total, digits) if amounts else []


def _safely_spread(total: Decimal, weights: Sequence[Decimal], digits: int) -> list[Decimal]:
	return spread(total, weights, digits) if weights else []


def _name(part: Part) -> str:
	return f"{part.title} ({part.id})" if part.title else part.id
