"""How a site wants its shop orders represented, and how it rounds.

Promises a value object checked on construction; reads nothing by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal

from erp_connect.core.commerce.totals.rounding import BANKERS, rounder
from erp_connect.core.errors import ConfigurationError, Whole

CHOICES = {
	"tax_rows": ("actual", "rate"),
	"shipping_as": ("charge", "item"),
	"gift_cards_as": ("item", "charge"),
	"discount_as": ("document", "charge"),
	"uneven_lines": ("split", "charge"),
}


@dataclass(frozen=True)
class PlanSettings:
	"""tax_rows: "actual" books the shop's own tax amounts; "rate" books percentages where, and only where,
	ERPNext then computes exactly the shop's amounts. shipping_as, gift_cards_as: a row of the charges table
	or an item. discount_as: how an order-level discount is booked. uneven_lines: what to do when no rate gives
	the line's amount (3 for 10.00): "split" makes two rows of the item (Selling Settings must allow an item
	twice), "charge" adds the odd cents as a charge.

	rounding_limit: the largest difference, in the order's currency, between a shop's parts and its own total
	that is booked as rounding; above it the order is held. show_list_price: whether a discounted line shows
	the price before discount. guard_row: give a document without any charge one row of zero, because ERPNext
	fills an empty table with taxes of its own, at the latest on the invoice made of the order.

	The rest describes the site: digits (currency precision), quantity_digits (float precision), method
	(rounding method), row_wise (Accounts Settings → Round Tax Amount Row-wise), company_currency and
	conversion_rate (company currency for one unit of the order's; needed when they differ).
	Raises ConfigurationError for a value outside these.
	"""

	tax_rows: str = "actual"
	shipping_as: str = "charge"
	gift_cards_as: str = "item"
	discount_as: str = "document"
	uneven_lines: str = "split"
	rounding_limit: Decimal = Decimal("0.05")
	show_list_price: bool = True
	guard_row: bool = True
	digits: int = 2
	quantity_digits: int = 3
	method: str = BANKERS
	row_wise: bool = False
	company_currency: str = ""
	conversion_rate: Decimal | None = None

	def __post_init__(self) -> None:
		for name, choices in CHOICES.items():
			if getattr(self, name) not in choices:
				raise ConfigurationError(
					"{setting} must be one of {choices}.", setting=name, choices=Whole(", ".join(choices))
				)
		if not 0 <= self.digits <= 9 or not 0 <= self.quantity_digits <= 9:
			raise ConfigurationError("Precision must be from 0 to 9 decimals.", code="precision")
		if self.rounding_limit < 0:
			raise ConfigurationError("The rounding limit must not be below zero.", code="rounding_limit")
		if self.conversion_rate is not None and self.conversion_rate <= 0:
			raise ConfigurationError("The exchange rate must be above zero.", code="conversion_rate")
		rounder(self.method)

	@classmethod
	def names(cls) -> tuple[str, ...]:
		"""The names of all settings, for a form or an import."""
		return tuple(item.name for item in fields(cls))
