"""Tables that come of a template or a day which a record names: Desk fills them as a person chooses it, ERPNext does not at a save.

Without that, an invoice with a template of taxes had no taxes, and a draft that is given another template, or another day,
kept the taxes or the days of payment of the one before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TAXES, TERMS, DAY = "taxes_and_charges", "payment_terms_template", "posting_date"
OF_TAXES, SCHEDULE, DUE = "taxes", "payment_schedule", "due_date"


def fill(doc: Any, values: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> None:
	"""Fill these tables in a document that is about to be saved with `values`, where the record does not say them.

	before: what it had in these fields; None of a new one.
	"""
	changed = {field for field in (TAXES, TERMS, DAY) if _changes(field, values, before)}
	if TAXES in changed and OF_TAXES not in values and hasattr(doc, "append_taxes_from_master"):
		doc.set(OF_TAXES, [])
		doc.append_taxes_from_master()
	if before is not None and changed & {TERMS, DAY} and not {SCHEDULE, DUE} & values.keys():
		_forget_days_of_payment(doc)


def _changes(field: str, values: Mapping[str, Any], before: Mapping[str, Any] | None) -> bool:
	return bool(values.get(field)) and values[field] != (before or {}).get(field)


def _forget_days_of_payment(doc: Any) -> None:
	"""ERPNext finds them anew at the save."""
	if doc.meta.has_field(SCHEDULE):
		doc.set(SCHEDULE, [])
	if doc.meta.has_field(DUE):
		doc.set(DUE, None)
