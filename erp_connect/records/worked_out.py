"""Columns that Desk works out from others as a person fills those in, and ERPNext does not at a save.

Without that, an expense claim was approved and booked with nothing sanctioned, hours that grew in a draft were billed as they
were before, at the rate of the activity before, a receipt of which the pieces changed was refused, for its received ones did not,
what an item earns or costs over months was booked at once, and a tax of which only the account was said was none. An order under a Blanket Order had the price of
the list instead of the agreed one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import frappe
from frappe.utils import flt, time_diff_in_hours

from erp_connect.records import comparing
from erp_connect.records.discounts import PRICES

FROM, TO, HOURS, ITEM, ACCOUNT = "from_time", "to_time", "hours", "item_code", "account_head"
BLANKET = "blanket_order"


def _billed(row: Any) -> float:
	if not row.get("is_billable"):
		return 0.0
	return time_diff_in_hours(row.get(TO), row.get(FROM)) if row.get(TO) and row.get(FROM) else flt(row.hours)


def _ticked(column: str) -> Callable[[Any], int]:
	"""What the item of a row ticks."""
	return lambda row: row.get(ITEM) and frappe.get_cached_value("Item", row.get(ITEM), column)


def _of_account(column: str) -> Callable[[Any], Any]:
	"""What the account of a tax says."""
	return lambda row: row.get(ACCOUNT) and frappe.get_cached_value("Account", row.get(ACCOUNT), column)


def _tax_rate(row: Any) -> float | None:
	"""The rate of a tax's account; None for one that is an amount."""
	return None if row.get("charge_type") == "Actual" else _of_account("tax_rate")(row)


def _agreed(row: Any) -> float | None:
	"""The rate of a Blanket Order for the article; None where another price is said."""
	if any(row.get(field) for field in PRICES):
		return None
	asked = {"parent": row.get(BLANKET), "item_code": row.get(ITEM), "docstatus": 1}
	return frappe.db.get_value("Blanket Order Item", asked, "rate") if row.get(BLANKET) else None


@dataclass(frozen=True)
class Rule:
	"""column: what is worked out. of: the columns it is worked out from. by: how; None where ERPNext fills it if it is empty."""

	column: str
	of: tuple[str, ...]
	by: Callable[[Any], Any] | None = None


INCOME, COST = "enable_deferred_revenue", "enable_deferred_expense"
REFERENCE = ("reference_doctype", "reference_name")
RECEIVED, PIECES = "received_qty", ("qty", "rejected_qty")
AGREED = (Rule("rate", (BLANKET,), _agreed),)
TAX = (Rule("rate", (ACCOUNT,), _tax_rate), Rule("description", (ACCOUNT,), _of_account("account_name")))
RULES: Mapping[str, tuple[Rule, ...]] = {
	"Expense Claim Detail": (Rule("sanctioned_amount", ("amount",), lambda row: row.get("amount")),),
	"Timesheet Detail": (
		Rule("billing_hours", (FROM, TO, HOURS, "is_billable"), _billed),
		Rule("billing_rate", ("activity_type",)),
		Rule("costing_rate", ("activity_type",)),
	),
	"Purchase Receipt Item": (
		Rule(RECEIVED, PIECES, lambda row: sum(flt(row.get(each)) for each in PIECES)),
	),
	"Purchase Invoice Item": (Rule(RECEIVED, PIECES), Rule(COST, (ITEM,), _ticked(COST))),
	"Quotation Item": AGREED,
	"Sales Order Item": AGREED,
	"Sales Invoice Item": (Rule(INCOME, (ITEM,), _ticked(INCOME)),),
	"Material Request Item": (Rule("amount", ("qty", "rate")),),
	"Payment Entry Reference": (
		Rule("allocated_amount", REFERENCE),
		Rule("exchange_gain_loss", REFERENCE),
		Rule("payment_term", REFERENCE),
		Rule("payment_request", REFERENCE),
	),
	"Sales Taxes and Charges": TAX,
	"Purchase Taxes and Charges": TAX,
	"Advance Taxes and Charges": TAX,
}


def forget(row: Any, values: Mapping[str, Any]) -> None:
	"""Empty what is worked out of other values than `values`, which are about to be set in a row that is there, unless they say it."""
	for rule in RULES.get(row.doctype, ()):
		said = {column: values[column] for column in rule.of if column in values}
		if rule.column not in values and not comparing.equal(row, said):
			row.set(rule.column, None)


def fill(doc: Any, values: Mapping[str, Any]) -> None:
	"""Work out what is empty in rows of a document that was filled with `values`, where these do not say it."""
	for row, said in _rows(doc, values):
		for rule in RULES.get(row.doctype, ()):
			if rule.by and rule.column not in said and row.get(rule.column) is None:
				row.set(rule.column, rule.by(row))


def _rows(doc: Any, values: Mapping[str, Any]) -> Iterator[tuple[Any, Mapping[str, Any]]]:
	for table, said in values.items():
		for row, columns in zip(doc.get(table) or (), said, strict=False) if isinstance(said, list) else ():
			if isinstance(columns, Mapping):
				yield row, columns
