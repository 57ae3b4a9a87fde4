"""Decimal arithmetic for amounts and quantities, and how a number is written as text.

Promises: no binary-float artefacts (2.675 rounds to 2.68), no exponents in text, never NaN or infinity.
Never guesses a thousands separator: "1,234" is refused, not read as 1.234.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

Number = int | float

MAX_DIGITS = 9
# Above this a float is infinite, and an int would only cost memory.
_MAX_EXPONENT = 307
_CONTEXT = Context(prec=60, rounding=ROUND_HALF_UP)
_NUMBER = re.compile(r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})([eE][+-]?\d{1,2})?", re.ASCII)

# Decimal places of a currency's smallest unit where it is not 2. ISO 4217 list one:
# https://www.six-group.com/en/products-services/financial-information/data-standards.html
CURRENCY_DIGITS = {
	**dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"), 0),
	**dict.fromkeys(("PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
	**dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
	**dict.fromkeys(("CLF", "UYW"), 4),
}


def to_decimal(value: Any) -> Decimal:
	"""Exact decimal of a number, a boolean or a plain numeric text such as " 12.50 ".

	Raises ValueError for anything else, for NaN and for infinity.
	"""
	if isinstance(value, bool | int):
		return Decimal(value)
	if isinstance(value, Decimal | float):
		number = value if isinstance(value, Decimal) else Decimal(repr(value))
		if not number.is_finite():
			raise ValueError("not a finite number")
		return number
	if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
		return Decimal(value.strip())
	raise ValueError("not a number")


def plain(number: Decimal) -> Number:
	"""The JSON number for a decimal: an int when it has no fraction, otherwise the nearest float."""
	if not number.is_finite() or number.adjusted() > _MAX_EXPONENT:
		raise ValueError("not a finite number")
	return int(number) if number == number.to_integral_value() else float(number)


def round_half_up(number: Decimal, digits: int) -> Decimal:
	"""`number` with `digits` decimals (0 to 9), halves away from zero as invoices are rounded."""
	if not 0 <= digits <= MAX_DIGITS:
		raise ValueError("digits out of range")
	try:
		return number.quantize(Decimal(1).scaleb(-digits), context=_CONTEXT)
	except InvalidOperation:
		raise ValueError("number too large") from None


def currency_digits(currency: str) -> int:
	"""Decimals of the smallest unit of an ISO 4217 code; 2 for codes without an exception."""
	return CURRENCY_DIGITS.get(currency.upper(), 2)


def text_of(value: Any) -> str:
	"""A scalar as the outside expects to read it: 10.0 → "10", 1e16 → "10000000000000000", True → "true"."""
	if isinstance(value, str):
		return value
	if isinstance(value, bool):
		return "true" if value else "false"
	if isinstance(value, int):
		return str(value)
	number = to_decimal(value)
	if number == number.to_integral_value():
		return str(int(number))
	return format(number.normalize(_CONTEXT), "f")
