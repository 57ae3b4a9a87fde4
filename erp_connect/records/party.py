"""What a draft has of its customer, supplier or lead, where a record gives it another one.

Desk fills addresses, contacts, terms and accounts anew as a person chooses the party; ERPNext fills at a save what is empty
only. So the addresses of the one before were refused, and his contacts, terms and accounts stayed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from erpnext.accounts.party import get_party_details, get_payment_terms_template
from frappe.contacts.doctype.contact.contact import get_contact_details

from erp_connect.records import comparing, templates

CUSTOMER, SUPPLIER, PARTY = "customer", "supplier", "party_name"
# Fields that name who a document is for, and what it says of him. `shipping_address` of a purchase is the company's own.
CONTACT = "contact_person"
OF_CONTACT = ("contact_display", "contact_email", "contact_mobile", "contact_phone")
_OF_ALL = (
	CONTACT, *OF_CONTACT, "address_display", "tax_id", "tax_category", "language", "party_account_currency", "party_bank_account",
)  # fmt: skip
_OF_BUYERS = (
	"customer_name", "customer_address", "shipping_address_name", "shipping_address", "territory", "customer_group",
	"debit_to",
)  # fmt: skip
OF_PARTY = {
	CUSTOMER: (*_OF_ALL, *_OF_BUYERS),
	SUPPLIER: (*_OF_ALL, "supplier_name", "supplier_address", "credit_to"),
	PARTY: (*_OF_ALL, *_OF_BUYERS),
	"party": (*_OF_ALL, "party_name", "party_balance"),
}
TYPES = {CUSTOMER: "Customer", SUPPLIER: "Supplier"}
# By the kind of payment, its account that is the party's, and what ERPNext keeps of that.
ACCOUNTS = {
	"Receive": ("paid_from", "paid_from_account_currency", "source_exchange_rate"),
	"Pay": ("paid_to", "paid_to_account_currency", "target_exchange_rate"),
}
# Where a document says of which type its party is.
KINDS = ("party_type", "quotation_to", "opportunity_from")
NAMES = {"Customer": "customer_name", "Supplier": "supplier_name", "Lead": "title"}


def forget(doc: Any, values: Mapping[str, Any], before: Mapping[str, Any]) -> None:
	"""Empty what a draft that is about to be saved with `values` has of another party, unless they say it.

	ERPNext fills it at the save. before: what it had in the fields of `values`.
	"""
	field = next((each for each in OF_PARTY if comparing.says_another(each, values, before)), None)
	if field is None or not before.get(field) or not hasattr(doc, "set_missing_values"):
		return
	if not doc.docstatus.is_draft():
		return
	kind = TYPES.get(field) or next((doc.get(each) for each in KINDS if doc.get(each)), "")
	_follow_title(doc, kind, values[field], values)
	for each in (*OF_PARTY[field], *ACCOUNTS.get(doc.get("payment_type"), ())):
		if doc.meta.has_field(each) and each not in values:
			doc.set(each, None)
	_follow_taxes(doc, kind, values[field], values)
	if doc.meta.has_field(templates.TERMS) and templates.TERMS not in values:
		# ERPNext takes them for new documents only.
		doc.set(templates.TERMS, get_payment_terms_template(values[field], kind, doc.get("company")))
		templates.forget_days_of_payment(doc, values)


def _follow_taxes(doc: Any, kind: str, party: str, values: Mapping[str, Any]) -> None:
	"""Give a document the template of taxes that a Tax Rule has for `party`, and its taxes in place of those it has."""
	said = {templates.TAXES, templates.OF_TAXES} & values.keys()
	if said or kind not in TYPES.values() or not hasattr(doc, "append_taxes_from_master"):
		return
	day = doc.get("posting_date") or doc.get("transaction_date")
	details = get_party_details(
		party, party_type=kind, company=doc.company, posting_date=day, doctype=doc.doctype
	)
	template = details.get(templates.TAXES)
	if template and template != doc.get(templates.TAXES):
		doc.set(templates.TAXES, template)
		if doc.get(templates.OF_TAXES):
			doc.set(templates.OF_TAXES, [])
			doc.append_taxes_from_master()


def fill_contact(doc: Any, values: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> None:
	"""Let a document that is about to be saved with `values` say of its contact what is that person's, unless they say it.

	ERPNext takes the address and numbers of the party's primary contact, whichever the document names. before: None of a
	new one.
	"""
	contact, field = values.get(CONTACT), doc.meta.get_field(CONTACT)
	if not field or field.options != "Contact" or contact == (before or {}).get(CONTACT):
		return
	if not doc.docstatus.is_draft():
		return
	readable = contact and frappe.has_permission("Contact", doc=contact)
	details = get_contact_details(contact) if readable else {}
	for each in OF_CONTACT:
		if CONTACT in values and doc.meta.has_field(each) and each not in values:
			doc.set(each, (details.get(each) or "") if contact else None)


def _follow_title(doc: Any, kind: str, party: str, values: Mapping[str, Any]) -> None:
	"""A title that is the name of the one before becomes that of `party`: ERPNext makes it for new documents only."""
	named = [doc.get(field) for field in ("customer_name", "supplier_name") if doc.get(field)]
	if doc.get("title") in named and "title" not in values and kind in NAMES:
		doc.set("title", frappe.db.get_value(kind, party, NAMES[kind]))
