"""Prices and goods of a document are what its source or its order has said: no rule of ERPNext is applied to them."""

from __future__ import annotations

FIELD = "ignore_pricing_rule"
PRICES = (
	"price_list_rate",
	"discount_percentage",
	"discount_amount",
	"margin_type",
	"margin_rate_or_amount",
	"rate",
)


def keep(doc, order=None) -> None:
	"""Let no Pricing Rule change an unsaved document, or add an article that is free.

	ERPNext leaves that choice to managers (permission level 1) and takes it back from anybody else without a word. It is
	no choice of the outside: a source has said what the goods cost, and what was sold. order: the Sales Order that ERPNext
	has just made the document of, perhaps with rules applied: its rows have the prices.
	"""
	doc.set(FIELD, 1)
	doc.flags.ignore_permlevel_for_fields = [FIELD]
	doc.set("pricing_rules", [])
	prices = {row.name: {field: row.get(field) for field in PRICES} for row in order.items} if order else {}
	for row in doc.items:
		row.pricing_rules = ""
		row.update(prices.get(row.get("so_detail"), {}))
