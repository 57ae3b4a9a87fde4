"""A cart: what somebody is about to buy, before it is an order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class CartLine:
	"""One line. rate: price of one piece before the line's discount; None: by price list and pricing rules."""

	item_code: str
	quantity: float
	rate: float | None = None
	discount_percentage: float = 0
	uom: str | None = None


@dataclass(frozen=True)
class Cart:
	"""What somebody is about to buy; amounts in `currency`.

	customer: a Customer's name, or None for somebody who is not known yet. billing_address, shipping_address: the
	name of an Address, or a dict with its fields; one stands for both when the other is missing. currency: None:
	the customer's, else the company's. date: None: today. discount: amount off the whole order, taken off
	`discount_on` ("Net Total" or "Grand Total"). shipping: amount, booked to the account listed for
	`shipping_title`; shipping_rule: a Shipping Rule of ERPNext that finds the amount instead.
	"""

	lines: tuple[CartLine, ...]
	customer: str | None = None
	billing_address: str | dict[str, Any] | None = None
	shipping_address: str | dict[str, Any] | None = None
	currency: str | None = None
	date: Any = None
	delivery_date: Any = None
	discount: float = 0
	discount_on: str = "Net Total"
	coupon_code: str | None = None
	shipping: float = 0
	shipping_title: str = ""
	shipping_rule: str | None = None
