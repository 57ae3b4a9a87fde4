"""Payment Entries of orders: which accounts, which currency, which documents they are matched with.

Promises amounts to the cent: what is owed is cleared to zero when all of it is paid, whatever exchange rates
round; and that a payment is in the order's currency or not booked. Never commits, never decides whether to pay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from erpnext.accounts.party import get_party_account
from frappe import _
from frappe.utils import escape_html, flt

from erp_connect.commerce.amounts import cent, rounded
from erp_connect.commerce.money import smallest_amounts
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.records import names, submitting
from erp_connect.records.write import HeldForReview

ENTITY, DOCTYPE = "payment", "Payment Entry"
RECEIVE, PAY = "Receive", "Pay"
REFERENCE_LIMIT = 140


@dataclass(frozen=True)
class Target:
	"""A document that a payment is matched with. amount: in the currency of the customer's account."""

	doctype: str
	name: str
	amount: float


@dataclass(frozen=True)
class Transfer:
	"""Money that went in or out. amount: in the order's currency. reference: what people find it by outside.

	party_amount: the same in the currency of the customer's account. gateway: a Mode of Payment of this name is
	used where there is one. fee: what the gateway kept of it, or took besides where money goes out; below zero when
	it gave a fee back. In the order's currency.
	"""

	kind: str
	amount: Decimal
	party_amount: float
	reference: str
	date: date
	gateway: str = ""
	fee: Decimal = Decimal(0)

	@property
	def bank_part(self) -> float:
		"""What part of `amount` moves on the bank account."""
		kept = self.fee if self.kind == RECEIVE else -self.fee
		return float((self.amount - kept) / self.amount)


def make(
	settings: CommerceSettings,
	order,
	transfer: Transfer,
	targets: Sequence[Target],
	like: tuple[str, str] | None = None,
):
	"""The submitted Payment Entry of a transfer, matched with `targets`; what is left over stays unallocated.

	The gateway's fee is a deduction: the customer has paid all, the bank account gets what came in.

	like: document type and name that party and accounts are taken from if there are no targets; None: the order.
	"""
	smallest_amounts.require_whole(transfer.reference, transfer.amount, order.currency)
	mode, bank = _bank(settings, order.company, transfer.gateway)
	first = targets[0] if targets else Target(*(like or ("Sales Order", order.name)), 0)
	_require_currency(settings, bank, order)
	doc = _draft(first, bank, transfer.kind)
	rows = [row for target in targets for row in _references(target, bank, transfer.kind)]
	doc.set("references", rows)
	doc.set("deductions", [])
	doc.update(
		{
			"mode_of_payment": mode,
			"posting_date": transfer.date,
			"reference_no": transfer.reference[:REFERENCE_LIMIT],
			"reference_date": transfer.date,
		}
	)
	fee = _set_amounts(settings, doc, order, transfer)
	if fee:
		doc.append("deductions", _deduction(settings, doc.company, transfer, fee))
	doc.flags.ignore_permissions = False  # ERPNext's mappers may have set it; the user's own rights count
	doc.insert()
	submitting.submit(doc)
	_tell_gateway(doc, transfer.gateway)
	return doc


def received(number: str, documents: Sequence[str]) -> list[str]:
	"""Submitted payments with just this number that are matched with one of these orders and invoices."""
	number = number[:REFERENCE_LIMIT]
	rows = frappe.get_all(
		DOCTYPE,
		filters=[
			["docstatus", "=", 1],
			["payment_type", "=", RECEIVE],
			["reference_no", "=", number],
			["Payment Entry Reference", "reference_name", "in", documents],
		],
		fields=["name", "reference_no"],
		distinct=True,
		order_by="name",
	)
	return [row.name for row in rows if row.reference_no == number]


def paid_back(
	known: Sequence[str], documents: Sequence[str], customer: str, number: str
) -> list[tuple[str, str]]:
	"""(name, number) of submitted entries of money that went out: those known, those matched with these documents, and those
	to the customer with just this number."""
	fields = ["name", "reference_no"]
	out = [["docstatus", "=", 1], ["payment_type", "=", PAY]]
	matched = ["Payment Entry Reference", "reference_name", "in", documents]
	rows = frappe.get_all(DOCTYPE, filters=[*out, matched], fields=fields, distinct=True)
	rows += frappe.get_all(DOCTYPE, filters=[*out, ["name", "in", [*known, ""]]], fields=fields)
	number = number[:REFERENCE_LIMIT]
	to_customer = [["party_type", "=", "Customer"], ["party", "=", customer], ["reference_no", "=", number]]
	numbered = frappe.get_all(DOCTYPE, filters=[*out, *to_customer], fields=fields)
	rows += [row for row in numbered if row.reference_no == number]
	return sorted({(row.name, row.reference_no or "") for row in rows})


def party_currency(order) -> str:
	"""Currency of the account that the customer's invoices are booked to."""
	account = get_party_account("Customer", order.customer, order.company)
	return frappe.get_cached_value("Account", account, "account_currency")


def to_party(order, amount: Decimal | float, open_in_party: float | None = None, blur: float = 0.0) -> float:
	"""An amount in the order's currency, in that of the customer's account.

	open_in_party: what is owed; an amount that pays all of it, but for the `blur` of what is known of it, becomes exactly
	that.
	"""
	rate = _rate(order)
	off = max(blur, cent() / 2)
	if open_in_party is not None and abs(rounded(open_in_party / rate) - rounded(amount)) < off:
		return rounded(open_in_party)
	return rounded(float(amount) * rate)


def blur_of(order, entries: int) -> float:
	"""What sums of so many entries in the customer's account may be off by, in the order's currency.

	Each is rounded to the cents of the account's currency, of which one may be a whole unit of the order's; the sum is
	rounded once more, where it is said in the order's currency.
	"""
	exact = party_currency(order) == order.currency
	return cent() / 2 if exact else max(1, entries) * cent() / 2 / min(1.0, _rate(order)) + cent() / 2


def from_party(order, amount: float) -> float:
	"""An amount in the currency of the customer's account, in the order's."""
	return rounded(amount / _rate(order))


def _rate(order) -> float:
	"""Units of the account's currency for one of the order's."""
	currency = party_currency(order)
	if currency == order.currency:
		return 1.0
	company_currency = frappe.get_cached_value("Company", order.company, "default_currency")
	if currency == company_currency:
		return flt(order.conversion_rate)
	raise HeldForReview(
		"The ledger account of customer {customer} is in {account_currency}, the order in {currency}. Make {currency} the Billing "
		"Currency of the customer, enter a receivable ledger account in {currency} in the customer's table Accounts, and "
		"{again}; or book this payment by hand and {done}.",
		customer=order.customer,
		account_currency=currency,
		currency=order.currency,
	)


def _require_currency(settings: CommerceSettings, bank: str, order) -> None:
	"""Raises `HeldForReview` for a bank account in a currency that the payment has nothing to do with.

	Asked before ERPNext makes the entry, which divides by a rate that may not be there.
	"""
	currency = frappe.get_cached_value("Account", bank, "account_currency")
	company_currency = frappe.get_cached_value("Company", order.company, "default_currency")
	if currency not in (order.currency, company_currency, party_currency(order)):
		raise _other_currency(settings, bank, currency, order)


def _other_currency(settings: CommerceSettings, bank: str, currency: str, order) -> HeldForReview:
	return HeldForReview(
		"Ledger account {account} is in {bank_currency}, but the payment is in {currency}. Choose another Ledger account of payments "
		"or Mode of Payment in account {integration}, then {again}.",
		account=bank,
		bank_currency=currency,
		currency=order.currency,
		integration=settings.account,
	)


def _draft(target: Target, bank: str, kind: str):
	return get_payment_entry(
		target.doctype,
		target.name,
		bank_account=bank,
		payment_type=kind,
		party_amount=abs(target.amount) or 1,
	)


def _references(target: Target, bank: str, kind: str) -> list[dict]:
	"""Rows for a document: several where its payment terms are paid one by one, or Payment Requests asked for parts of it."""
	template = get_payment_entry(target.doctype, target.name, bank_account=bank, payment_type=kind)
	rows, left = [], target.amount
	for row in template.references:
		part = max(left, row.allocated_amount) if target.amount < 0 else min(left, row.allocated_amount)
		if not part:
			continue
		rows.append(
			{
				"reference_doctype": row.reference_doctype,
				"reference_name": row.reference_name,
				"payment_term": row.payment_term,
				"payment_request": row.get("payment_request"),
				"allocated_amount": rounded(part),
			}
		)
		left = rounded(left - part)
	return rows


def _set_amounts(settings: CommerceSettings, doc, order, transfer: Transfer) -> float:
	"""Returns the fee in the company's currency."""
	party, bank = ("paid_from", "paid_to") if transfer.kind == RECEIVE else ("paid_to", "paid_from")
	company_currency = frappe.get_cached_value("Company", order.company, "default_currency")
	party_currency_ = doc.get(f"{party}_account_currency")
	bank_currency = doc.get(f"{bank}_account_currency")
	base = transfer.party_amount
	if party_currency_ != company_currency:
		base = rounded(transfer.party_amount * order.conversion_rate)
	amounts = {
		party_currency_: transfer.party_amount,
		order.currency: float(transfer.amount),
		company_currency: base,
	}
	if bank_currency not in amounts:
		raise _other_currency(settings, doc.get(bank), bank_currency, order)
	part = transfer.bank_part
	values = {party: rounded(amounts[party_currency_] * part), bank: rounded(amounts[bank_currency] * part)}
	smallest_amounts.require_something(doc, transfer.reference, transfer.amount, order.currency, values)
	doc.paid_amount, doc.received_amount = values["paid_from"], values["paid_to"]
	# Rates that lead both amounts to the same sum in the company's currency: ERPNext submits no other entry.
	in_bank = rounded(base * part)
	doc.source_exchange_rate = flt(in_bank / doc.paid_amount, 9)
	doc.target_exchange_rate = flt(in_bank / doc.received_amount, 9)
	return rounded(base - in_bank if transfer.kind == RECEIVE else in_bank - base)


def _tell_gateway(entry, gateway: str) -> None:
	"""Tell by which gateway money came or went, where the Mode of Payment does not say it."""
	if gateway and gateway.casefold() != (entry.mode_of_payment or "").casefold():
		said = _("Gateway: {0}. A Mode of Payment of this name would be used, if there were one.")
		entry.add_comment("Comment", said.format(escape_html(gateway)))


def _deduction(settings: CommerceSettings, company: str, transfer: Transfer, fee: float) -> dict:
	row = settings.account_for("Payment Fee", transfer.gateway)
	if not row:
		raise HeldForReview(
			"Payment {id} has a fee of {fee}, but no ledger account is set for it. Add a row Payment Fee to Ledger accounts of "
			"account {account}, then {again}.",
			code="missing_account",
			id=transfer.reference,
			fee=str(transfer.fee),
			account=settings.account,
		)
	cost_center = row.cost_center or frappe.get_cached_value("Company", company, "cost_center")
	return {"account": row.account, "cost_center": cost_center, "amount": fee}


def _bank(settings: CommerceSettings, company: str, gateway: str) -> tuple[str | None, str]:
	"""Mode of Payment and account: of the gateway's own mode, else of the settings, else of the company."""
	own = mode_named(gateway)
	mode = own or settings.mode_of_payment
	account = (own and _account_of(own, company)) or settings.payment_account
	account = account or (mode and _account_of(mode, company))
	account = account or frappe.get_cached_value("Company", company, "default_bank_account")
	if not account:
		raise HeldForReview(
			"No ledger account is set for payments. Choose a Ledger account of payments or a Mode of Payment with a default account "
			"in account {account}, then {again}.",
			code="missing_account",
			account=settings.account,
		)
	return mode, account


def mode_named(gateway: str) -> str | None:
	"""The Mode of Payment that is called like a gateway; None without an enabled one."""
	known = names.alike("Mode of Payment", gateway) if gateway else None
	return known and frappe.db.get_value("Mode of Payment", {"name": known, "enabled": 1}, "name")


def _account_of(mode: str, company: str) -> str | None:
	return frappe.db.get_value(
		"Mode of Payment Account", {"parent": mode, "company": company}, "default_account"
	)
