"""Which prices of an item stand once others have ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import frappe

DOCTYPE = "Item Price"
# Two prices with the same of these are of one thing to one buyer; the later beginning counts.
OF_ONE = ("item_code", "price_list", "uom", "customer", "supplier", "batch_no")


def after(ended: Iterable[str], today: date) -> list[str]:
	"""Names of the Item Prices that count today in place of others, one for each, which have ended."""
	rows = frappe.get_all(DOCTYPE, {"name": ("in", list(ended))}, ["item_code", "price_list"], distinct=True)
	found: dict[tuple, Any] = {}
	for row in rows:
		prices = frappe.get_all(
			DOCTYPE,
			{"item_code": row.item_code, "price_list": row.price_list},
			["name", "valid_from", "valid_upto", *OF_ONE],
			order_by="valid_from asc, creation asc",
		)
		for price in prices:
			begun = not price.valid_from or price.valid_from <= today
			if begun and not (price.valid_upto and price.valid_upto < today):
				found[tuple(price[field] or "" for field in OF_ONE)] = price.name
	return list(found.values())


def without(ended: Iterable[str], standing: Iterable[str]) -> list[str]:
	"""Those of some Item Prices that have ended in whose place none of the `standing` ones is, for the same buyers."""
	kept = {_buyers(price) for price in _prices(standing)}
	return [price.name for price in _prices(ended) if _buyers(price) not in kept]


def _prices(names: Iterable[str]) -> list[Any]:
	return frappe.get_all(DOCTYPE, {"name": ("in", list(names))}, ["name", *OF_ONE])


def _buyers(price: Any) -> tuple[str, ...]:
	return tuple(price[field] or "" for field in OF_ONE if field != "uom")


@dataclass(frozen=True)
class Succession:
	"""after: what stands in the place of documents that have ended by a day. without: those in whose place nothing does."""

	after: Callable[[Iterable[str], date], list[str]]
	without: Callable[[Iterable[str], Iterable[str]], list[str]]


# By DocType. What ends of others has no successor.
SUCCESSIONS: Mapping[str, Succession] = {DOCTYPE: Succession(after, without)}
