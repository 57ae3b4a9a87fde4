"""The three ways in which a Frappe site may round (System Settings → Rounding Method), in binary floats.

Promises the same float as Frappe for the same float and number of decimals, oddities included: a predicted
total is worth something only if it is wrong where ERPNext is wrong. Not for our own money: see `money`.
Behaviour: https://github.com/frappe/frappe/blob/version-15/frappe/utils/data.py (rounded).
"""

from __future__ import annotations

import math
from collections.abc import Callable

from erp_connect.core.errors import ConfigurationError, Whole

BANKERS = "Banker's Rounding"
LEGACY = "Banker's Rounding (legacy)"
COMMERCIAL = "Commercial Rounding"

Rounder = Callable[[float, int], float]


def rounder(method: str) -> Rounder:
	"""The function (number, decimals) → number of a rounding method; an empty name is Frappe's fallback.

	Raises ConfigurationError for a method that Frappe does not know.
	"""
	try:
		return _METHODS[method or LEGACY]
	except KeyError:
		raise ConfigurationError(
			"{method} is not a rounding method. Choose one in System Settings: {known}.",
			code="rounding_method",
			method=method,
			known=Whole(", ".join(_METHODS)),
		) from None


def _half_even(number: float, digits: int) -> float:
	factor = 10**digits
	scaled = round(number * factor, 12)
	if not scaled:
		return 0.0
	below = math.floor(scaled)
	tolerance = 2.0 ** (math.log2(abs(scaled)) - 52.0)
	if abs(scaled - below - 0.5) < tolerance:
		return (below if below % 2 == 0 else below + 1) / factor
	return round(scaled) / factor


def _half_up_or_even(number: float, digits: int) -> float:
	"""Halves go up (towards +∞) with decimals, to the even neighbour without."""
	factor = 10**digits
	scaled = round(number * factor, 8)
	below = math.floor(scaled)
	is_half_going_up = scaled - below == 0.5 and (digits or below % 2)
	whole = below + 1 if is_half_going_up else round(scaled)
	return whole / factor if digits else float(whole)


def _half_away_from_zero(number: float, digits: int) -> float:
	if not number:
		return 0.0
	nudge = 2.0 ** (math.log2(abs(number)) - 52.0)
	return round(number + math.copysign(nudge, number), digits)


_METHODS: dict[str, Rounder] = {
	BANKERS: _half_even,
	LEGACY: _half_up_or_even,
	COMMERCIAL: _half_away_from_zero,
}
