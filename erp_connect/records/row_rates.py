"""Rates and quantities of rows that came in with more decimals than ERPNext keeps of them.

It rounds both before it multiplies them: 1000 pieces at 0.125 would be booked as 120 instead of 125, and 10,000 at
0.0049 as nothing. Promises that a document whose rows come to another amount by that is held.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from frappe import _
from frappe.utils import flt

from erp_connect.records.errors import HeldForReview

QUANTITY, RATE, AMOUNT = "qty", "rate", "amount"
FACTORS = (QUANTITY, RATE)


def require(doc, values: Mapping[str, Any]) -> None:
	"""Raises `HeldForReview` where a row of the tables among `values`, as written into `doc`, comes to another amount."""
	for row, said in _rows(doc, values):
		rounded = [name for name in FACTORS if _is_rounded(row, name, said)]
		if not rounded:
			continue
		factors = (flt(said[name] if name in rounded else row.get(name)) for name in FACTORS)
		wanted = flt(next(factors) * next(factors), row.precision(AMOUNT))
		if wanted != flt(row.get(AMOUNT), row.precision(AMOUNT)):
			raise _held(row, rounded[-1], said, wanted)


def _rows(doc, values: Mapping[str, Any]) -> Iterator[tuple[Any, Mapping[str, Any]]]:
	"""Rows with an amount, each with what was said of it."""
	for table, said in values.items():
		# What ERPNext adds, such as a free article, stands behind them.
		for row, columns in zip(doc.get(table) or (), said, strict=False) if isinstance(said, list) else ():
			if isinstance(columns, Mapping) and all(map(row.meta.has_field, (*FACTORS, AMOUNT))):
				yield row, columns


def _is_rounded(row, name: str, said: Mapping[str, Any]) -> bool:
	if said.get(name) in (None, ""):
		return False
	wanted, stands = flt(said[name]), flt(row.get(name))
	return wanted != stands and flt(wanted, row.precision(name)) == stands


def _held(row, name: str, said: Mapping[str, Any], wanted: float) -> HeldForReview:
	return HeldForReview(
		"Row {row} of {doctype} says {said} as {field}, of which this site keeps {stands}: it would come to {amount} instead of "
		"{wanted}. Raise Currency Precision, or for quantities Float Precision, in System Settings, or let the flow round it "
		"by the transform Round; then {again}.",
		code="row_rounded",
		row=row.idx,
		doctype=_(row.parenttype),
		field=_(row.meta.get_label(name)),
		said=said[name],
		stands=row.get(name),
		amount=row.get(AMOUNT),
		wanted=wanted,
	)
