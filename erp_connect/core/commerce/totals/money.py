"""Exact money: rounding a set of amounts so that it adds up, and rates that multiply back to an amount.

Promises that nothing is lost or gained: what `settle` and `spread` return adds up to the total asked for,
and what `rate_rows` returns gives the amount asked for when ERPNext multiplies and rounds it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_FLOOR, Decimal

from erp_connect.core.values.numbers import round_half_up

ZERO = Decimal(0)


def unit(digits: int) -> Decimal:
	"""The smallest amount with this many decimals: 2 → 0.01."""
	return Decimal(1).scaleb(-digits)


def fits(amount: Decimal, digits: int) -> bool:
	"""Whether an amount has no more than this many decimals."""
	return amount == round_half_up(amount, digits)


def shown(amount: Decimal, currency: str = "") -> str:
	"""An amount for a message: at least two decimals, no exponent, the currency behind it."""
	text = format(amount.normalize() if amount else ZERO, "f")
	places = len(text.partition(".")[2])
	if places < 2:
		text = format(amount, ".2f")
	return f"{text} {currency}" if currency else text


def settle(amounts: Sequence[Decimal], total: Decimal, digits: int) -> list[Decimal]:
	"""`amounts` rounded to `digits` decimals so that they add up to `total`.

	The units that rounding left over go, one each, to the amounts that rounding changed most the other way;
	amounts of zero stay zero as long as there is another one. Raises ValueError when there is nothing that
	could take them, or when `total` has more decimals itself.
	"""
	step = unit(digits)
	rounded = [round_half_up(amount, digits) for amount in amounts]
	left = (total - sum(rounded, ZERO)) / step
	if left != left.to_integral_value():
		raise ValueError("the total has more decimals than its parts may have")
	takers = [index for index, amount in enumerate(amounts) if amount] or list(range(len(amounts)))
	if left and not takers:
		raise ValueError("no amount can take the remainder")
	sign = 1 if left > 0 else -1
	takers.sort(key=lambda index: (-sign * (amounts[index] - rounded[index]), -abs(amounts[index]), index))
	units, extra = divmod(abs(int(left)), len(takers) or 1)
	for place, index in enumerate(takers):
		rounded[index] += sign * step * (units + (place < extra))
	return rounded


def spread(total: Decimal, weights: Sequence[Decimal], digits: int) -> list[Decimal]:
	"""`total` divided in proportion to `weights`, each share with `digits` decimals, together exactly `total`.

	Weights that add up to zero share alike. Raises ValueError without any weight, unless `total` is zero.
	"""
	whole = sum(weights, ZERO)
	if not whole:
		even = [Decimal(1)] * len(weights)
		return spread(total, even, digits) if total else [ZERO] * len(weights)
	return settle([total * weight / whole for weight in weights], total, digits)


def rate_rows(
	amount: Decimal,
	quantity: Decimal,
	digits: int,
	product: Callable[[Decimal, Decimal], Decimal],
) -> list[tuple[Decimal, Decimal]] | None:
	"""(quantity, rate) rows that give exactly `amount` for `quantity` (above 0), or None if there are none.

	product: what ERPNext makes of quantity × rate, rounded as it rounds. One row whenever one is enough;
	otherwise two rows whose rates differ by one unit, the cheaper first: 3 for 10.00 is 2 × 3.33 and
	1 × 3.34. The dearer row always holds whole pieces.
	"""
	step = unit(digits)
	low = (amount / quantity).quantize(step, rounding=ROUND_FLOOR)
	for rate in (low, low + step):
		if product(quantity, rate) == amount:
			return [(quantity, rate)]
	guess = int((amount - low * quantity) / step)
	# Rounding of a broken quantity can shift the answer by a piece either way.
	for pieces in (guess, guess + 1, guess - 1, guess + 2):
		rest = quantity - pieces
		if pieces <= 0 or rest <= 0:
			continue
		if product(rest, low) + product(Decimal(pieces), low + step) == amount:
			return [(rest, low), (Decimal(pieces), low + step)]
	return None
