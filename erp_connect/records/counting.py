"""Which of several documents counts today, where one stands in the place of another by the day, as prices do.

A flow that is about what counts today, by a condition such as `valid_from <= _today`, sends that one alone; what is
changed or removed may let another one count.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import getdate

from erp_connect.config.flow import Flow
from erp_connect.core.expressions.expression import Expression
from erp_connect.core.mapping.turning_days import turns_of
from erp_connect.records.standing_prices import SUCCESSIONS


def goes_by_the_day(doctype: str, condition: Expression | None) -> bool:
	"""Whether a flow is about those documents alone that have begun, and of which one counts in place of another."""
	return (
		doctype in SUCCESSIONS
		and condition is not None
		and any(turn.begins for turn in turns_of([condition]))
	)


def instead(flow: Flow, values: Any) -> str | None:
	"""The document that a flow is about today instead of one with these values; None for none."""
	if not goes_by_the_day(flow.document_type, flow.condition):
		return None
	return _other(flow.document_type, values)


def beside(doc: Any) -> list[str]:
	"""Documents that count today for what a document is of, as it stands and as it was before its save, other than itself."""
	states = filter(None, (doc, doc.get_doc_before_save()))
	return sorted({name for one in states if (name := _other(doc.doctype, one))} - {doc.name})


def _other(doctype: str, values: Any) -> str | None:
	name = SUCCESSIONS[doctype].counting(values, getdate(frappe.utils.today()))
	return None if name == values.get("name") else name
