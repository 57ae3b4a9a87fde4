"""Numbers that change by more than somebody expects: prices and stock, as a person looks for them in a preview."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

# Amounts are often sent as text. Digits alone are as often an id, so of two texts one at least has decimals.
_AMOUNT = re.compile(r"-?\d+(\.\d+)?")
ENDLESS = Decimal("Infinity")


def change(old: Any, new: Any) -> Decimal | None:
	"""By how many percent `new` differs from `old`, never negative; infinity from 0 on, None unless both are numbers."""
	before, now = _number(old), _number(new)
	if before is None or now is None or _is_id(old, new):
		return None
	if before == now:
		return Decimal(0)
	return abs(now - before) * 100 / abs(before) if before else ENDLESS


def exceeds(old: Any, new: Any, percent: float) -> bool:
	"""Whether a number changes by more than `percent` of what it was."""
	found = change(old, new)
	return found is not None and found > Decimal(str(percent))


def _is_id(old: Any, new: Any) -> bool:
	return all(isinstance(value, str) and "." not in value for value in (old, new))


def _number(value: Any) -> Decimal | None:
	if isinstance(value, str):
		return Decimal(value.strip()) if _AMOUNT.fullmatch(value.strip()) else None
	if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
		return None
	number = Decimal(str(value))
	return number if number.is_finite() else None
