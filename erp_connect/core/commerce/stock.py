"""What a shop may sell of an item: stock on hand less what is promised, over the warehouses it sells from.

Promises exact quantities, never more than there is to sell, and no number below zero unless asked for. Reads
nothing: the caller brings the bins.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from erp_connect.core.errors import ConfigurationError

ZERO = Decimal(0)


@dataclass(frozen=True)
class StockLevel:
	"""One ERPNext Bin, in stock units. reserved: for sales orders; ordered: on its way from suppliers."""

	warehouse: str
	actual: Decimal
	reserved: Decimal = ZERO
	reserved_for_production: Decimal = ZERO
	reserved_for_subcontract: Decimal = ZERO
	ordered: Decimal = ZERO


@dataclass(frozen=True)
class StockPolicy:
	"""warehouses: those that count, None for all. count_ordered: also sell what suppliers will bring.
	safety: kept back, in stock units; safety_percent: kept back of what is left after that. per_unit: stock
	units in one unit of the shop (a pack of 6 → 6). whole: only whole units of the shop. limit: the most to
	show. allow_negative: show how much is oversold, for shops that take back-orders.
	Raises ConfigurationError for numbers that make no sense.
	"""

	warehouses: frozenset[str] | None = None
	subtract_reserved: bool = True
	subtract_production: bool = True
	count_ordered: bool = False
	safety: Decimal = ZERO
	safety_percent: Decimal = ZERO
	per_unit: Decimal = Decimal(1)
	whole: bool = True
	limit: Decimal | None = None
	allow_negative: bool = False

	def __post_init__(self) -> None:
		if self.per_unit <= 0:
			raise ConfigurationError("One unit of the shop must be more than 0 stock units.", code="per_unit")
		if self.safety < 0 or not 0 <= self.safety_percent <= 100:
			raise ConfigurationError(
				"Safety stock must not be below zero, nor its percentage outside 0 to 100.", code="safety"
			)
		if self.limit is not None and self.limit < 0:
			raise ConfigurationError("The most to show must not be below zero.", code="limit")


def sellable(
	levels: Iterable[StockLevel], policy: StockPolicy | None = None, *, pending: Decimal = ZERO
) -> Decimal:
	"""Units of the shop that may be sold.

	pending: stock units in orders of the shop that ERPNext does not know yet (or holds), so they are not
	reserved there. A warehouse that is oversold takes from the others, as one pool of goods.
	"""
	policy = policy or StockPolicy()
	free = sum((_free(level, policy) for level in levels if _counts(level, policy)), ZERO) - pending
	if free > 0:
		free = max(ZERO, free - policy.safety)
		free -= free * policy.safety_percent / 100
	units = free / policy.per_unit
	if policy.whole:
		units = units.to_integral_value(rounding=ROUND_FLOOR)
	if not policy.allow_negative:
		units = max(ZERO, units)
	return units if policy.limit is None else min(units, policy.limit)


def sellable_bundle(parts: Mapping[str, Decimal], available: Mapping[str, Decimal]) -> Decimal:
	"""Whole bundles that can be made: parts are the quantity of each item in one bundle, available what may be
	sold of each (missing means none). Raises ConfigurationError for a bundle without parts."""
	needed = {item: quantity for item, quantity in parts.items() if quantity > 0}
	if not needed:
		raise ConfigurationError("The bundle has no items: add them to the Product Bundle.", code="bundle")
	made = min(available.get(item, ZERO) / quantity for item, quantity in needed.items())
	return max(ZERO, made.to_integral_value(rounding=ROUND_FLOOR))


def missing_warehouses(levels: Iterable[StockLevel], warehouses: Collection[str]) -> list[str]:
	"""Warehouses of the set that no level speaks of: no stock there yet, or a misspelt name."""
	known = {level.warehouse for level in levels}
	return sorted(set(warehouses) - known)


def _counts(level: StockLevel, policy: StockPolicy) -> bool:
	return policy.warehouses is None or level.warehouse in policy.warehouses


def _free(level: StockLevel, policy: StockPolicy) -> Decimal:
	free = level.actual
	if policy.subtract_reserved:
		free -= level.reserved
	if policy.subtract_production:
		free -= level.reserved_for_production + level.reserved_for_subcontract
	if policy.count_ordered:
		free += level.ordered
	return free
