"""What comes of a template or a day which a record names: Desk fills it in as a person chooses it, ERPNext does not at a save.

Without that, an invoice with a template of taxes had no taxes, one with terms and conditions not their text, and a draft that
is given another template, or another day, kept the taxes or the days of payment of the one before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from erpnext.setup.doctype.terms_and_conditions.terms_and_conditions import get_terms_and_conditions

from erp_connect.records import comparing

TAXES, TERMS = "taxes_and_charges", "payment_terms_template"
# From which days of payment are counted.
DAYS = ("posting_date", "transaction_date", "bill_date")
CONDITIONS, TEXT = "tc_name", "terms"
OF_TAXES, SCHEDULE, DUE = "taxes", "payment_schedule", "due_date"


def fill(doc: Any, values: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> None:
	"""Fill these tables in a document that is about to be saved with `values`, where the record does not say them.

	before: what it had in these fields; None of a new one.
	"""
	fields = (TAXES, TERMS, CONDITIONS, *DAYS)
	changed = {field for field in fields if comparing.says_another(field, values, before)}
	if TAXES in changed and OF_TAXES not in values and hasattr(doc, "append_taxes_from_master"):
		doc.set(OF_TAXES, [])
		doc.append_taxes_from_master()
	if CONDITIONS in changed and TEXT not in values and doc.meta.has_field(TEXT):
		doc.get_invalid_links()  # which fetches what the text may name, such as the customer's name
		doc.set(TEXT, get_terms_and_conditions(values[CONDITIONS], doc.as_dict()))
	if before is not None and changed & {TERMS, *DAYS}:
		forget_days_of_payment(doc, values)


def forget_days_of_payment(doc: Any, values: Mapping[str, Any]) -> None:
	"""Empty them, unless `values` say them: ERPNext finds them anew at the save."""
	if {SCHEDULE, DUE} & values.keys():
		return
	if doc.meta.has_field(SCHEDULE):
		doc.set(SCHEDULE, [])
	if doc.meta.has_field(DUE):
		doc.set(DUE, None)
