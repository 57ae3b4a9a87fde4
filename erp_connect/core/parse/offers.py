"""What a person may choose from, as an outside system answered it: rates of a carrier, say. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from erp_connect.core.errors import ConfigurationError, ConnectError
from erp_connect.core.values.numbers import to_decimal

# More than a person reads.
MOST = 100
TEXTS = ("currency", "days", "text")


@dataclass(frozen=True)
class Offer:
	"""title, currency, days, text: for people; empty where nothing is said. said: the offer as it was answered."""

	title: str
	price: Decimal | None
	currency: str
	days: str
	text: str
	said: Mapping[str, Any]


def offers(found: Any) -> list[Offer]:
	"""Offers from what an expression found in an answer, the cheapest first. Raises `ConfigurationError` where that is none."""
	if found is None:
		return []
	if not isinstance(found, list) or not all(isinstance(one, Mapping) and one.get("title") for one in found):
		raise ConfigurationError(
			"Offers in the answer gives no list of offers with a title each. Write for example {example}.",
			code="no_offers",
			example="rates[].{title: name, price: total, currency: 'EUR'}",
		)
	read = [_offer(one) for one in found]
	return sorted(read, key=lambda one: (one.price is None, one.price or 0))[:MOST]


def _offer(said: Mapping[str, Any]) -> Offer:
	texts = {name: "" if said.get(name) is None else str(said[name]) for name in TEXTS}
	return Offer(title=str(said["title"]), price=_price(said.get("price")), said=dict(said), **texts)


def _price(value: Any) -> Decimal | None:
	try:
		return None if value in (None, "") else to_decimal(value)
	except (ConnectError, ValueError, ArithmeticError):
		return None
