"""Amounts that are too small for the books, or too exact: what ERPNext would round, or could not book at all."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from erp_connect.commerce.amounts import digits
from erp_connect.core.commerce.totals.money import fits
from erp_connect.records.write import HeldForReview


def require_whole(reference: str, amount: Decimal, currency: str) -> None:
	"""Raises `HeldForReview` for an amount that ERPNext would round: what it leaves out would be owed for ever.

	reference: what people find the payment by outside. A fee is nobody's debt, and is rounded.
	"""
	if fits(amount, digits()):
		return
	raise HeldForReview(
		"{id} says {amount} {currency}, which has more than {digits} decimals. Raise Currency Precision in System Settings, or "
		"have the amount sent as it was paid; then {again}.",
		code="precision",
		id=reference,
		amount=str(amount),
		currency=currency,
		digits=digits(),
	)


def require_something(
	entry, reference: str, amount: Decimal, currency: str, sides: Mapping[str, float]
) -> None:
	"""Raises `HeldForReview` for a payment that is nothing in the currency of one of its two ledger accounts.

	amount, currency: of the payment. sides: what it is on each side of the Payment Entry, by field.
	"""
	for side, value in sides.items():
		if not value:
			raise HeldForReview(
				"{id} is of {amount} {currency}, which is less than the smallest amount in {side_currency}, the currency of ledger "
				"account {account}. ERPNext books no entry of zero: add it to another payment by hand, if it matters; then {done}.",
				code="too_small",
				id=reference,
				amount=str(amount),
				currency=currency,
				side_currency=entry.get(f"{side}_account_currency"),
				account=entry.get(side),
			)
