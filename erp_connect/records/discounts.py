"""Amounts that follow from prices and discounts which a record says: ERPNext keeps the rate and the discount that stand.

Desk works them out anew as a person changes the price or the percentage. Without that, a draft whose discount became 20 %
was still billed at 10 %, and one whose discount was taken off at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from frappe.utils import flt

RATE = "rate"
# What an article costs in a row, before and after discounts.
PRICES = ("price_list_rate", RATE)
# What ERPNext makes a rate of, where there is none.
PRICE = ("price_list_rate", "discount_percentage", "margin_type", "margin_rate_or_amount")
# The discount of the whole document: in percent, and what that comes to.
PERCENTAGE, AMOUNT = "additional_discount_percentage", "discount_amount"


def forget_rate(row: Any, values: Mapping[str, Any]) -> None:
	"""Empty the rate of a row that is there where `values`, which are about to be set in it, say another price or discount.

	ERPNext works it out at the save. Where the record says the rate, it stands.
	"""
	if RATE in values or row.docstatus or not all(map(row.meta.has_field, (RATE, *PRICE[:2]))):
		return
	if any(_differs(row, field, row.get(field), values[field]) for field in PRICE if field in values):
		row.set(RATE, 0)


def take_off(row: Any, values: Mapping[str, Any]) -> None:
	"""Let the discount in money that `values`, which `row` was filled with, say be off its price: ERPNext counts it of no rate."""
	price = flt(row.get(PRICE[0]))
	if AMOUNT in values and price and not row.get("docstatus") and not {RATE, PRICE[1]} & values.keys():
		row.update({RATE: price - flt(values[AMOUNT])})


def take_off_all(doc: Any, values: Mapping[str, Any]) -> None:
	"""`take_off`, for the rows of a new document that was filled with `values`."""
	for table, rows in values.items():
		if isinstance(rows, list) and all(isinstance(said, dict) for said in rows):
			for row, said in zip(doc.get(table) or (), rows, strict=True):
				take_off(row, said)


def forget_amount(doc: Any, values: Mapping[str, Any], before: Mapping[str, Any]) -> None:
	"""Empty what a draft that is about to be saved with `values` has as its discount in the other way than these say it.

	before: what it had in the fields of `values`.
	"""
	for said, other in ((PERCENTAGE, AMOUNT), (AMOUNT, PERCENTAGE)):
		changed = (
			said in values and other not in values and _differs(doc, said, before.get(said), values[said])
		)
		if changed and doc.docstatus.is_draft() and doc.meta.has_field(other):
			doc.set(other, 0)


def _differs(doc: Any, field: str, stands: Any, said: Any) -> bool:
	"""By the decimals that ERPNext keeps of the field, which may be fewer than the record says."""
	if isinstance(stands, str) or isinstance(said, str):
		return (stands or "") != (said or "")
	return flt(stands, doc.precision(field)) != flt(said, doc.precision(field))
