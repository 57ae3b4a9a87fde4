"""Whether the amounts of a record stand in its own currency in the document that was made of it.

Many documents have no currency to map: that of a Payment Entry follows from its accounts, and of others from the
company. There a number would be booked as it is, 1500 yen as 1500 dollars. Promises that such a document is held.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.config.inflow import InFlow
from erp_connect.core.errors import Whole
from erp_connect.records import comparing
from erp_connect.records.errors import BadRecord, HeldForReview

# Fields in which ERPNext tells the currency of an account, and the field of that account. A mapped value stays in
# them, though the ledger goes by the account.
OF_ACCOUNT = {
	"paid_from_account_currency": "paid_from",
	"paid_to_account_currency": "paid_to",
	"account_currency": "account",
}

# What says in which currency amounts are, and what ERPNext keeps of the one before: it takes what is there for meant.
RATES = {
	"currency": ("conversion_rate",),
	"paid_from": ("paid_from_account_currency", "source_exchange_rate"),
	"paid_to": ("paid_to_account_currency", "target_exchange_rate"),
	"selling_price_list": ("plc_conversion_rate",),
	"buying_price_list": ("plc_conversion_rate",),
}
# What says of which day rates are, and these: of the document, and of rows of a Journal Entry.
DAYS = ("posting_date", "transaction_date")
OF_DAY = ("conversion_rate", "source_exchange_rate", "target_exchange_rate")
ENTRIES, OF_ENTRY = "accounts", "exchange_rate"


def forget_rates(doc, values: dict[str, Any], before: Mapping[str, Any]) -> None:
	"""Let ERPNext find the exchange rate anew where a document that is about to be saved is in another currency now, or a
	draft of another day.

	before: what it had in the fields of `values`. A rate that the record says stands.
	"""
	for field, rates in RATES.items():
		if comparing.says_another(field, values, before):
			_empty(doc, rates, values)
	if doc.docstatus.is_draft() and any(comparing.says_another(day, values, before) for day in DAYS):
		_empty(doc, OF_DAY, values)
		said = values.get(ENTRIES)
		for row in (doc.get(ENTRIES) or ()) if doc.meta.has_field(ENTRIES) else ():
			if row.meta.has_field(OF_ENTRY) and not any(OF_ENTRY in one for one in said or ()):
				row.set(OF_ENTRY, None)


def _empty(doc, rates: tuple[str, ...], values: Mapping[str, Any]) -> None:
	for rate in rates:
		if doc.meta.has_field(rate) and rate not in values:
			doc.set(rate, None)


def follow_accounts(flow: InFlow, doc) -> None:
	"""Where a flow says in which currency its amounts are, let a document that is about to be saved say those of its accounts:
	what the record calls them was converted, and some versions of ERPNext refuse it."""
	for field, account in OF_ACCOUNT.items() if flow.currency else ():
		if doc.get(field) and doc.get(account):
			doc.set(field, frappe.get_cached_value("Account", doc.get(account), "account_currency"))


def require(flow: InFlow, record: dict[str, Any], doc, values: dict[str, Any]) -> None:
	"""Raises `HeldForReview` when no amount among `values` (as written into `doc`) is in the record's currency, or one is in
	another than is mapped for it."""
	currency = of_record(flow, record, doc, values)
	pairs = [(_said_of(field, said, values), own) for row, field, said in _amounts(doc, values)
		if (own := _of_amount(doc, row, field))]  # fmt: skip
	found = {own for _said, own in pairs}
	if currency and found and currency not in found:
		raise _held(flow, currency, found)
	for said, own in pairs:
		if said and said != own and not flow.currency:
			raise _held(flow, said, {own})


def _held(flow: InFlow, currency: str, found: set[str]) -> HeldForReview:
	return HeldForReview(
		"The record is in {currency}, but its amounts would be booked in {own}. Map what gives the document its currency "
		"(accounts, a price list, the currency itself), so that it is in {currency}; or book it by hand. If the amounts "
		"are in {own} after all, say so in Currency of the record in flow {flow}. Then {again}.",
		code="currency",
		currency=currency,
		own=Whole(", ".join(sorted(found))),
		flow=flow.name,
	)


def of_record(flow: InFlow, record: Mapping[str, Any], doc, values: Mapping[str, Any]) -> str:
	"""In which currency the amounts of a record are; empty where nothing says it.

	What the flow finds; without an expression what is mapped as the currency, or, for documents that are booked or take
	theirs from another one, what the record calls so."""
	if flow.currency:
		found = flow.currency.search(record)
		if not isinstance(found, str) or not frappe.db.exists("Currency", found.strip().upper()):
			raise BadRecord(
				"{found} is not a currency. Check Currency of the record in flow {flow}.",
				field="currency",
				found=str(found),
				flow=flow.name,
			)
		return found.strip().upper()
	return _code(values.get("currency") or (record.get("currency") if _has_none_of_its_own(doc) else None))


def _code(found: Any) -> str:
	text = found.strip().upper() if isinstance(found, str) else ""
	return text if len(text) == 3 and frappe.db.exists("Currency", text) else ""


def _has_none_of_its_own(doc) -> bool:
	"""Whether a document is booked, or its currency is that of another document, as of a price's list."""
	field = doc.meta.get_field("currency")
	return bool(doc.meta.is_submittable or (field and field.read_only))


def _amounts(doc, values: dict[str, Any]):
	"""(document or row, field, what was mapped beside it) of each amount that was mapped."""
	for name, value in values.items():
		field = doc.meta.get_field(name)
		if field and field.fieldtype == "Currency" and value:
			yield doc, field, values
		elif field and field.fieldtype in frappe.model.table_fields and isinstance(value, list):
			said = [row for row in value if isinstance(row, dict)]
			mapped = {key for row in said for key in row}
			rows = doc.get(name)
			of_rows = said if len(said) == len(rows) else [{}] * len(rows)
			for row, beside in zip(rows, of_rows, strict=True):
				yield from ((row, one, beside) for one in row.meta.get("fields", {"fieldtype": "Currency"})
					if one.fieldname in mapped and row.get(one.fieldname))  # fmt: skip


def _said_of(field, beside: Mapping[str, Any], values: Mapping[str, Any]) -> str:
	"""The currency that was mapped for an amount; empty for none. beside: what was mapped of its row."""
	named = field.options or ""
	return _code(beside.get(named) or values.get(named)) if named and ":" not in named else ""


def _of_amount(doc, row, field) -> str | None:
	"""The currency that a field's amount is in, by the field that its options name; the company's where none is."""
	named = field.options or ""
	if named in OF_ACCOUNT:
		account = row.get(OF_ACCOUNT[named])
		return frappe.get_cached_value("Account", account, "account_currency") if account else None
	if named and ":" not in named:
		return row.get(named) or doc.get(named)
	company = doc.get("company")
	return frappe.get_cached_value("Company", company, "default_currency") if company else None
