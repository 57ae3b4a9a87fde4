"""What lets a document say its own day of posting and its own rates, and whether what was booked is what was said.

ERPNext posts a draft at the moment of its save, and puts the rate of a Pricing Rule in place of any other, unless fields
of the document are ticked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.config.inflow import InFlow
from erp_connect.records import currency, row_rates, row_units

# "Edit Posting Date and Time", and "Ignore Pricing Rule".
POSTED_AS_SAID, PRICED_AS_SAID = "set_posting_time", "ignore_pricing_rule"


def ticks(doctype: str, values: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> dict[str, int]:
	"""The fields to tick for `values`. before: what the document had in these fields; None of a new one.

	Rates that stand already need no tick: it would take away what rules made of other rows.
	"""
	meta = frappe.get_meta(doctype)
	said = {
		POSTED_AS_SAID: values.get("posting_date") or values.get("posting_time"),
		PRICED_AS_SAID: any(_rates(value) and _rates(value) != _rates((before or {}).get(field))
			for field, value in values.items()),
	}  # fmt: skip
	return {field: 1 for field, is_said in said.items() if is_said and meta.has_field(field)}


def tick(doc: Any, values: Mapping[str, Any], before: Mapping[str, Any]) -> None:
	"""Tick them in a draft that is about to be saved with `values`. before: what it had in these fields."""
	if doc.docstatus.is_draft():
		doc.update({name: 1 for name in ticks(doc.doctype, values, before) if name not in values})


def require(flow: InFlow, record: dict[str, Any], doc: Any, values: dict[str, Any]) -> None:
	"""Raises `HeldForReview` where a document that was saved with `values` counts them in another currency or unit than the
	record says, or to another amount."""
	currency.require(flow, record, doc, values)
	row_units.require(doc, values)
	row_rates.require(doc, values)


def _rates(value: Any) -> list[Any]:
	rows = value if isinstance(value, list) else ()
	rates = (row.get("rate") for row in rows if isinstance(row, Mapping))
	return [rate for rate in rates if rate is not None]
