"""The price list and the currency of an order, offer, delivery or bill that names none: those that its customer or supplier has.

Desk takes them as a person chooses the party. ERPNext does so at a save only of what is empty, which these never are: the
defaults of the site stand in them. So a customer with prices of his own was billed the usual ones, and a company in euros
ordered in dollars.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from erpnext.accounts.party import get_default_price_list

from erp_connect.config.inflow import InFlow
from erp_connect.records import comparing, currency, header, row_origins

CURRENCY, RATE, RATE_OF_LIST = "currency", "conversion_rate", "plc_conversion_rate"
# By the type of the party: the field of the list, and the settings that name the usual one in a field of that name.
LISTS = {
	"Customer": ("selling_price_list", "Selling Settings"),
	"Supplier": ("buying_price_list", "Buying Settings"),
}
FIELDS = {"customer": "Customer", "supplier": "Supplier", "party_name": ""}


def fill(
	flow: InFlow,
	record: Mapping[str, Any],
	doc: Any,
	values: Mapping[str, Any],
	before: Mapping[str, Any] | None = None,
) -> None:
	"""Let a document that is about to be saved with `values` have what its party has, where neither flow nor record says it.

	before: what it had in these fields; None of a new one.
	"""
	field = next((each for each in FIELDS if comparing.says_another(each, values, before)), None)
	if field is None or not doc.docstatus.is_draft() or not doc.meta.has_field(RATE_OF_LIST):
		return
	said = flow.mapping.targets() if before is not None else [name for name in values if values[name]]
	kind = FIELDS[field] or doc.get("quotation_to") or "Customer"
	# Of a party that is not here, Frappe tells at the save.
	known = kind in LISTS and frappe.db.exists(kind, values[field])
	party = frappe.get_cached_doc(kind, values[field]) if known else None
	found: dict[str, Any] = {}
	if party and (listed := _price_list(doc, party, (before or {}).get(field))):
		found |= {LISTS[kind][0]: listed, RATE_OF_LIST: None}
	if own := _currency(flow, record, doc, values, party):
		found |= {CURRENCY: own, RATE: None}
	found = {name: value for name, value in found.items() if name not in said}
	if any(value and doc.get(name) != value for name, value in found.items()):
		doc.update(found)
		if before is not None:
			header.forget_prices(flow, doc)


def _price_list(doc: Any, party: Any, before: str | None) -> str | None:
	"""The list of the party; the usual one in place of that of the party before."""
	field, settings = LISTS[party.doctype]
	if own := _own_list(party):
		return own
	former = before and frappe.db.exists(party.doctype, before)
	if former and doc.get(field) == _own_list(frappe.get_cached_doc(party.doctype, former)):
		return frappe.db.get_single_value(settings, field)
	return None


def _own_list(party: Any) -> str | None:
	name = get_default_price_list(party)
	return frappe.db.get_value("Price List", {"name": name, "enabled": 1}) if name else None


def _currency(
	flow: InFlow, record: Mapping[str, Any], doc: Any, values: Mapping[str, Any], party: Any | None
) -> str | None:
	"""The currency of the document that it is of, of the party, or of the company; None where the record says that its amounts are in another one."""
	own = _of_origin(doc) or (party and party.get("default_currency"))
	own = own or (doc.company and frappe.get_cached_value("Company", doc.company, "default_currency"))
	return own if currency.of_record(flow, record, doc, values) in ("", own) else None


def _of_origin(doc: Any) -> str | None:
	"""The currency of the order, receipt or bill that it is of."""
	doctype, name = row_origins.named(doc) or ("", "")
	return (
		frappe.db.get_value(doctype, name, CURRENCY)
		if doctype and frappe.get_meta(doctype).has_field(CURRENCY)
		else None
	)
