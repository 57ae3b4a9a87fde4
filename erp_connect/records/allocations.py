"""What Desk fills in a payment as a person chooses how it was paid and which invoices or orders it is for.

ERPNext does not at a save: it took invoices out of a payment that named them without saying how much of it is theirs, and they
stayed unpaid.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_matched_payment_request_of_references
from frappe.utils import flt, today

from erp_connect.config.inflow import InFlow
from erp_connect.records import comparing
from erp_connect.records.values import mapped_columns

DOCTYPE, TABLE, PART, OUTSTANDING = "Payment Entry", "references", "allocated_amount", "outstanding_amount"
TERM = "payment_term"
RECEIVED = "Receive"
WITH_PARTY = (RECEIVED, "Pay")
SUMS = ("paid_amount", "received_amount")
# Field of the payment's own account → what ERPNext keeps of it.
ACCOUNTS = {
	"paid_to": ("paid_to_account_currency", "target_exchange_rate"),
	"paid_from": ("paid_from_account_currency", "source_exchange_rate"),
}
MODE, BANK_ACCOUNT = "mode_of_payment", "bank_account"
# What tells how much of an invoice is left: Frappe HR has one of its own.
DETAILS = ("get_payment_reference_details", "get_reference_details")


def fill(flow: InFlow, doc: Any, values: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> None:
	"""Fill the draft of a payment that is about to be saved with `values`, where the flow and they do not say it.

	before: what it had in these fields; None of a new one. Allocated is what is outstanding, in the order of the rows, and no more
	than what is left of the payment.
	"""
	if doc.doctype != DOCTYPE or not doc.docstatus.is_draft():
		return
	mapped = mapped_columns(flow.mapping.targets())
	_fill_account(doc, values, before, mapped)
	if doc.get("payment_type") not in WITH_PARTY or not _has_party(doc):
		return
	# Rows of which the flow says nothing are a person's, with what he allocated.
	columns = mapped.get(TABLE)
	if columns and before is not None and PART not in columns and _says_another_sum(values, before):
		_forget(doc)
	rows = _unsaid(doc, values) if columns else []
	if rows or not all(doc.get(field) for field in SUMS) or _says_another_sum(values, before):
		_work_out(doc)
		_fill_sum(doc, values, before, mapped)
	if rows and doc.source_exchange_rate and doc.target_exchange_rate:
		_allocate(doc, rows)


def _fill_account(
	doc: Any, values: Mapping[str, Any], before: Mapping[str, Any] | None, mapped: Collection[str]
) -> None:
	"""The account that the money goes to or comes from is that of the mode of payment, or of the bank account."""
	field = "paid_to" if doc.get("payment_type") == RECEIVED else "paid_from"
	chosen = any(comparing.says_another(one, values, before) for one in (MODE, BANK_ACCOUNT))
	if not chosen or (field in mapped and doc.get(field)):
		return
	of_mode = {"parent": doc.get(MODE) or "", "company": doc.get("company") or _company()}
	account = frappe.db.get_value("Mode of Payment Account", of_mode, "default_account")
	if not account and doc.get(BANK_ACCOUNT):
		account = frappe.db.get_value("Bank Account", doc.get(BANK_ACCOUNT), "account")
	if account:
		doc.set(field, account)
		doc.update({one: None for one in ACCOUNTS[field] if one not in values})


def _company() -> str | None:
	"""The company that Frappe gives a new document of the user which says none."""
	return frappe.defaults.get_user_default("company")


def _has_party(doc: Any) -> bool:
	kind, party = doc.get("party_type"), doc.get("party")
	return bool(kind and party and frappe.db.exists("Party Type", kind) and frappe.db.exists(kind, party))


def _says_another_sum(values: Mapping[str, Any], before: Mapping[str, Any] | None) -> bool:
	return any(comparing.says_another(field, values, before) for field in SUMS)


def _forget(doc: Any) -> None:
	for row in doc.get(TABLE):
		if _may_be_read(doc, row):
			row.set(PART, None)


def _unsaid(doc: Any, values: Mapping[str, Any]) -> list[Any]:
	"""The rows of which nothing is allocated, and `values` do not say so."""
	rows, said = doc.get(TABLE) or [], values.get(TABLE)
	known = said if isinstance(said, list) and len(said) == len(rows) else [{}] * len(rows)
	return [
		row
		for row, columns in zip(rows, known, strict=True)
		if not row.get(PART) and columns.get(PART) is None and _may_be_read(doc, row)
	]


def _may_be_read(doc: Any, row: Any) -> bool:
	kind, name = row.get("reference_doctype"), row.get("reference_name")
	known = kind in (doc.get_valid_reference_doctypes() or ()) and name and frappe.db.exists(kind, name)
	return bool(known and frappe.has_permission(kind, doc=name))


def _work_out(doc: Any) -> None:
	"""Find the accounts and rates, as ERPNext does at the save. Raises `frappe.MandatoryError` where an account is missing."""
	doc.company = doc.get("company") or _company()
	doc.posting_date = doc.get("posting_date") or today()
	doc.setup_party_account_field()
	doc.set_missing_values()
	if lacking := [field for field in ACCOUNTS if not doc.get(field)]:
		# As Frappe says it: ERPNext would miss a rate first, or an amount.
		raise frappe.MandatoryError(f"[{doc.doctype}, {doc.name}]: {', '.join(lacking)}")
	doc.set_exchange_rate()


def _fill_sum(
	doc: Any, values: Mapping[str, Any], before: Mapping[str, Any] | None, mapped: Collection[str]
) -> None:
	"""What is paid is what is received, in one currency."""
	if doc.paid_from_account_currency != doc.paid_to_account_currency:
		return
	for field, other in (SUMS, SUMS[::-1]):
		if comparing.says_another(field, values, before) and not (other in mapped and doc.get(other)):
			doc.set(other, doc.get(field))


def _allocate(doc: Any, rows: list[Any]) -> None:
	details = _details_of(doc)
	for row in rows:
		row.update(
			details(row.reference_doctype, row.reference_name, doc.party_account_currency, doc.party_type, doc.party)
		)  # fmt: skip
	_share(rows, _left(doc), refund=(doc.payment_type == RECEIVED) != (doc.party_type == "Customer"))
	# What asked for just this money is paid by it, as Desk offers.
	doc.set_matched_payment_requests(get_matched_payment_request_of_references(rows))


def _details_of(doc: Any) -> Callable[..., Mapping[str, Any]]:
	"""What the payment itself looks up of its references at a save."""
	modules = [sys.modules[one.__module__] for one in type(doc).__mro__]
	found = (getattr(module, name, None) for module in modules for name in DETAILS)
	return next(filter(None, found))


def _left(doc: Any) -> float:
	"""What is allocated to nothing yet."""
	doc.set_received_amount()
	doc.set_amounts_in_company_currency()
	if doc.get("taxes"):
		doc.apply_taxes()
	doc.set_total_allocated_amount()
	doc.set_unallocated_amount()
	return flt(doc.unallocated_amount, doc.precision("unallocated_amount"))


def _share(rows: list[Any], left: float, *, refund: bool) -> None:
	"""Allocate what is left. Documents of the other sign, as a credit note among invoices that are paid, lessen what there is to pay."""
	sign = -1 if refund else 1
	settled = [row for row in rows if _open(row) * sign > 0]
	against = [row for row in rows if _open(row) * sign < 0]
	if not settled:  # which ERPNext refuses, and says why
		settled, against = against, []
	lessened = min(_sum(against), max(_sum(settled) - left, 0))
	_give(settled, left + lessened)
	_give(against, lessened)


def _sum(rows: Iterable[Any]) -> float:
	return sum(abs(_open(row)) for row in rows)


def _open(row: Any) -> float:
	"""What is outstanding of a document, or of the payment term that a row names."""
	whole = flt(row.get(OUTSTANDING))
	if not row.get(TERM):
		return whole
	schedule = {
		"parenttype": row.reference_doctype,
		"parent": row.reference_name,
		"payment_term": row.get(TERM),
	}
	of_term = flt(frappe.db.get_value("Payment Schedule", schedule, "outstanding"))
	return min(whole, of_term) if whole > 0 else max(whole, -of_term)


def _give(rows: Iterable[Any], left: float) -> None:
	for row in rows:
		whole = _open(row)
		part = flt(min(abs(whole), left), row.precision(PART))
		row.set(PART, part if whole > 0 else -part)
		left = flt(left - part, row.precision(PART))
