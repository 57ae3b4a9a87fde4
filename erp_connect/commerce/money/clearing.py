"""What is booked in a clearing account for the payments, refunds and payouts of a provider. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

import frappe

from erp_connect.store import linked_ids

ENTRY, JOURNAL = "Payment Entry", "Journal Entry"
RECEIVE, PAY = "Receive", "Pay"
Voucher = tuple[str, str]


@dataclass
class Booked:
	"""vouchers: submitted documents that book something (DocType and name). amount: what they move in the account, in its
	currency; above zero for what came in."""

	vouchers: list[Voucher] = field(default_factory=list)
	amount: Decimal = Decimal(0)


def booked(account: str, ledger: str, ids: Iterable[str], *, outwards: bool) -> Booked:
	"""What is booked in an account under one of these ids: by linked documents, or by hand under the id as its number.

	account: Integration Settings. outwards: whether money went out, by which a refund is told from the payment whose number
	it names.
	"""
	kind, ids = PAY if outwards else RECEIVE, list(ids)
	linked = [voucher for id_ in ids for voucher in linked_ids.documents_of(account, id_)]
	sums = _moved_by(ledger, linked)
	if not sums:
		of = [name for _doctype, name in linked]
		sums = _moved_by(ledger, [voucher for id_ in ids for voucher in _by_number(ledger, id_, kind, of)])
	return Booked(list(sums), sum(sums.values(), Decimal(0)))


def currency_of(ledger: str) -> str | None:
	"""The currency of an account; None where there is no such account."""
	return frappe.db.get_value("Account", ledger, "account_currency")


def _by_number(ledger: str, id_: str, kind: str, of: list[str]) -> list[Voucher]:
	"""Documents that name an id as their number. of: a credit note, say, that is linked with it: then those that pay it."""
	company = frappe.db.get_value("Account", ledger, "company")
	submitted = {"docstatus": 1, "company": company}
	numbered = {**submitted, "reference_no": id_, "payment_type": kind}
	if of:
		paying = [[ENTRY, name, "=", value] for name, value in numbered.items()]
		paying.append(["Payment Entry Reference", "reference_name", "in", of])
		return [
			(ENTRY, name)
			for name in frappe.get_all(ENTRY, paying, pluck="name", distinct=True, order_by="name")
		]
	return [
		*((ENTRY, name) for name in frappe.get_all(ENTRY, numbered, pluck="name")),
		*((JOURNAL, name) for name in frappe.get_all(JOURNAL, {**submitted, "cheque_no": id_}, pluck="name")),
	]


def _moved_by(ledger: str, vouchers: Iterable[Voucher]) -> dict[Voucher, Decimal]:
	"""Those of some documents that are booked in an account, with what each moves there."""
	found = dict.fromkeys(vouchers)
	return {voucher: amount for voucher in found if (amount := _moved(ledger, voucher)) is not None}


def _moved(ledger: str, voucher: Voucher) -> Decimal | None:
	"""What a document moves in an account; None where it is not booked there."""
	rows = frappe.db.sql(
		"SELECT COUNT(*), SUM(debit_in_account_currency - credit_in_account_currency) FROM `tabGL Entry`"
		" WHERE voucher_type = %s AND voucher_no = %s AND account = %s AND is_cancelled = 0",
		(*voucher, ledger),
	)
	count, amount = rows[0]
	return Decimal(repr(round(float(amount), 6))) if count else None
