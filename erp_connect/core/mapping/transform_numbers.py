"""Transforms on amounts and quantities, in exact decimals (see `numbers`).

Never rounds silently: only Round and Minor Units round, halves away from zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from erp_connect.core.mapping.transform_text import bad_argument, no_argument, whole_number
from erp_connect.core.mapping.transform_types import Apply
from erp_connect.core.values import numbers

_MAX_UNIT_DIGITS = 4


def _on_decimal(change: Callable[[Decimal], Decimal]) -> Apply:
	return lambda value, context: (
		None if value in (None, "") else numbers.plain(change(context.numbers.read(value)))
	)


def round_to(argument: str, value_map: Mapping[str, Any] | None) -> Apply:
	digits = whole_number("Round", argument or "2", 0, numbers.MAX_DIGITS)
	return _on_decimal(lambda amount: numbers.round_half_up(amount, digits))


def number(argument: str, value_map: Mapping[str, Any] | None) -> Apply:
	no_argument("Number", argument)
	return _on_decimal(lambda amount: amount)


def integer(argument: str, value_map: Mapping[str, Any] | None) -> Apply:
	"""Refuses fractions: a quantity of 1.5 sent as 1 would be a silent loss."""
	no_argument("Integer", argument)

	def whole(amount: Decimal) -> Decimal:
		if amount != amount.to_integral_value():
			raise ValueError("it has a fraction, use Round with 0 first")
		return amount

	return _on_decimal(whole)


def minor_units(argument: str, value_map: Mapping[str, Any] | None) -> Apply:
	"""12.5 → 1250 for EUR, 500 → 500 for JPY."""
	digits = _unit_digits(argument)
	return _on_decimal(lambda amount: numbers.round_half_up(amount.scaleb(digits), 0))


def major_units(argument: str, value_map: Mapping[str, Any] | None) -> Apply:
	"""1250 → 12.5 for EUR."""
	digits = _unit_digits(argument)
	return _on_decimal(lambda amount: amount.scaleb(-digits))


def _unit_digits(argument: str) -> int:
	code = argument.strip() or "2"
	if len(code) == 3 and code.isascii() and code.isalpha():
		return numbers.currency_digits(code)
	if code.isdigit():
		return whole_number("Minor Units", code, 0, _MAX_UNIT_DIGITS)
	raise bad_argument(
		"Minor Units needs a currency code such as EUR, or the number of decimals, as argument."
	)
