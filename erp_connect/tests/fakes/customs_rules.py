"""What customs want to be told of the goods in a parcel, the same with every carrier."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

COUNTRY, CURRENCY, TARIFF = (
	re.compile(pattern) for pattern in (r"[A-Z]{2}", r"[A-Z]{3}", r"[0-9A-Za-z]{6,15}")
)
# What prices of a piece, rounded, may make of a whole.
CENT = 0.01


@dataclass(frozen=True)
class Article:
	"""An entry of a declaration. value: of all its pieces, None where only the price of one is told. weight: in kilograms,
	None where none is told. currencies: of all amounts of the entry that name one."""

	description: str
	pieces: float
	price: float
	origin: str
	tariff: str | None = None
	value: float | None = None
	weight: float | None = None
	currencies: tuple[str, ...] = ()

	def worth(self) -> float:
		return self.price * self.pieces


def fault(
	articles: Sequence[Article], total: float, currency: str, most: float | None = None, off: float = CENT
) -> str:
	"""What is wrong with a declaration in words, empty where nothing is.

	total, currency: of the whole. most: what the parcels weigh, in kilograms. off: how far the total may be from its parts.
	"""
	if not articles:
		return "commodities are required"
	if not CURRENCY.fullmatch(currency or ""):
		return "currency is invalid"
	for article in articles:
		if said := _of_one(article, currency):
			return said
	if abs(sum(one.worth() for one in articles) - total) > off + CENT * len(articles):
		return "total value is not that of the commodities"
	if most is not None and sum(one.weight or 0 for one in articles) > most + 0.001:
		return "commodities weigh more than the packages"
	return ""


def _of_one(article: Article, currency: str) -> str:
	tariff, value, weight = article.tariff, article.value, article.weight
	faults = {
		"commodity description is required": len(article.description or "") < 3,
		"country of origin is required": not COUNTRY.fullmatch(article.origin or ""),
		"commodity code is invalid": tariff is not None and not TARIFF.fullmatch(tariff),
		"quantity is no number of pieces": article.pieces < 1 or article.pieces != int(article.pieces),
		"unit price is invalid": not article.price > 0,
		"unit price and quantity do not make the value": value is not None
		and abs(article.worth() - value) > CENT,
		"commodity weight is required": weight is not None and not weight > 0,
		"all amounts must have one currency": bool(set(article.currencies) - {currency}),
	}
	return next((words for words, wrong in faults.items() if wrong), "")
