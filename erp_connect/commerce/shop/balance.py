"""What a customer owes, as ERPNext's Accounts Receivable report says it: the figures come from the report itself."""

from __future__ import annotations

from typing import Any

import frappe
from erpnext.selling.doctype.customer.customer import get_credit_limit, get_customer_outstanding
from frappe.permissions import get_allowed_docs_for_doctype, get_user_permissions
from frappe.utils import flt, getdate, nowdate

from erp_connect.commerce.amounts import rounded
from erp_connect.records.failures import ApiError

REPORT = "Accounts Receivable"
# Upper bounds of the report's ageing buckets, in days after the due date; the last bucket is open.
AGEING = (30, 60, 90, 120)


def balance(company: str | None, customer: str) -> dict[str, Any]:
	"""Balance, credit, overdue and ageing of a customer in the company's currency, as of today.

	Raises `frappe.PermissionError` for users who may not open the report in Desk.
	"""
	if not company:
		raise ApiError(422, "configuration", "The account has no company. Choose one in its form.")
	_require_report(company)
	today = nowdate()
	rows = _report(company, customer, today)
	precision = frappe.get_precision("Payment Ledger Entry", "amount") or 2
	total = flt(sum(row.outstanding for row in rows), precision)
	aged = [
		flt(sum(row.get(f"range{place}") or 0 for row in rows), precision)
		for place in range(1, len(AGEING) + 2)
	]
	overdue = [
		row
		for row in rows
		if row.outstanding > 0 and getdate(row.due_date or row.posting_date) < getdate(today)
	]
	return {
		"customer_id": customer,
		"company": company,
		"currency": frappe.get_cached_value("Company", company, "default_currency"),
		"as_of": today,
		"balance": total,
		"overdue": flt(sum(row.outstanding for row in overdue), precision),
		"not_due": flt(total - sum(aged), precision),
		"ageing": [_bucket(place, amount) for place, amount in enumerate(aged)],
		"by_currency": _by_currency(rows, precision),
		**_credit(company, customer),
		"open": [_open(row) for row in rows],
	}


def _require_report(company: str) -> None:
	report = frappe.get_cached_doc("Report", REPORT)
	if not report.is_permitted() or not frappe.has_permission("Sales Invoice", "report"):
		raise frappe.PermissionError
	# For a company that the user may not see the report would show nothing, as if nothing were owed.
	allowed = get_allowed_docs_for_doctype(
		get_user_permissions(frappe.session.user).get("Company", []), "Payment Ledger Entry"
	)
	if allowed and company not in allowed:
		raise frappe.PermissionError


def _report(company: str, customer: str, date: str) -> list:
	# Not above: the module asks the database something while it is imported.
	from erpnext.accounts.report.accounts_receivable.accounts_receivable import ReceivablePayableReport

	filters = {
		"company": company,
		"report_date": date,
		"party_type": "Customer",
		"party": [customer],
		"ageing_based_on": "Due Date",
		"range": ", ".join(map(str, AGEING)),
	}
	arguments = {"account_type": "Receivable", "naming_by": ["Selling Settings", "cust_master_name"]}
	return ReceivablePayableReport(filters).run(arguments)[1]


def _bucket(place: int, amount: float) -> dict[str, Any]:
	bounds = (0, *(days + 1 for days in AGEING))
	return {
		"from_days": bounds[place],
		"to_days": AGEING[place] if place < len(AGEING) else None,
		"amount": amount,
	}


def _by_currency(rows: list, precision: int) -> list[dict[str, Any]]:
	totals: dict[str, float] = {}
	for row in rows:
		totals[row.account_currency] = (
			totals.get(row.account_currency, 0) + row.outstanding_in_account_currency
		)
	return [{"currency": name, "balance": flt(amount, precision)} for name, amount in sorted(totals.items())]


def _credit(company: str, customer: str) -> dict[str, Any]:
	"""Limit and what is left of it, counted as ERPNext counts when an order is submitted: with unbilled orders."""
	limit = get_credit_limit(customer, company)
	bypass = frappe.db.get_value(
		"Customer Credit Limit",
		{"parent": customer, "parenttype": "Customer", "company": company},
		"bypass_credit_limit_check",
	)
	used = get_customer_outstanding(customer, company, ignore_outstanding_sales_order=bool(bypass))
	return {
		"credit_limit": limit or None,
		"credit_used": rounded(used),
		"available_credit": rounded(limit - used) if limit else None,
	}


def _open(row) -> dict[str, Any]:
	return {
		"document_type": row.voucher_type,
		"document_id": row.voucher_no,
		"date": row.posting_date,
		"due_date": row.due_date or None,
		"currency": row.account_currency,
		"invoiced": flt(row.invoiced),
		"paid": flt(row.paid),
		"credited": flt(row.credit_note),
		"outstanding": flt(row.outstanding),
	}
