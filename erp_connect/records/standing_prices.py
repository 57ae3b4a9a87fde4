"""Which prices of an item count on a day, and which stand once others have ended."""

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
	return [name for row in rows for name in _counting(row.item_code, row.price_list, today).values()]


def counting_today(price: Any, today: date) -> str | None:
	"""Name of the Item Price that counts today for what this one is of; None for none.

	price: its fields, also of one that is gone.
	"""
	return _counting(price.get("item_code"), price.get("price_list"), today).get(_of_one(price))


def _counting(item: str | None, price_list: str | None, today: date) -> dict[tuple[str, ...], str]:
	"""The prices of an item in a list that count today, by what they are of."""
	prices = frappe.get_all(
		DOCTYPE,
		{"item_code": item, "price_list": price_list},
		["name", "valid_from", "valid_upto", *OF_ONE],
		order_by="valid_from asc, creation asc",
	)
	return {
		_of_one(price): price.name
		for price in prices
		if not (price.valid_from and price.valid_from > today)
		and not (price.valid_upto and price.valid_upto < today)
	}


def _of_one(price: Any) -> tuple[str, ...]:
	return tuple(price.get(field) or "" for field in OF_ONE)


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
	"""after: what stands in the place of documents that have ended by a day. without: those in whose place nothing does.
	counting: what counts on a day for that of which a document is."""

	after: Callable[[Iterable[str], date], list[str]]
	without: Callable[[Iterable[str], Iterable[str]], list[str]]
	counting: Callable[[Any, date], str | None]


# By DocType. What ends of others has no successor.
SUCCESSIONS: Mapping[str, Succession] = {DOCTYPE: Succession(after, without, counting_today)}
