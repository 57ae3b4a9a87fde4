"""Which address of a customer is the one that a record tells in a new version.

A shop keeps an address and changes it: a city is corrected, a phone number added. Promises that only an address is
changed that came from outside by the same user, is this customer's alone, and is named by no document: what an order or
an invoice refers to stays as it was, and a new one is made beside it. Another street or country is another address.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import frappe
from frappe.model.rename_doc import get_link_fields

# They are the customer's own, and mean whatever the address says.
OF_THE_CUSTOMER = ("Customer", "Contact")


def earlier(
	kind: str, values: Mapping[str, Any], existing: Collection[Any], spared: Collection[str]
) -> str | None:
	"""The address that is told anew, by its name; None where it is a new one.

	existing: addresses of the customer, with the fields of `values`. spared: names of those that the record tells as well.
	"""
	alike = [
		known
		for known in existing
		if known.address_type == kind and known.name not in spared and _is_the_place(known, values)
	]
	alike.sort(key=lambda known: sum(_same(known, values, field) for field in values), reverse=True)
	return next((known.name for known in alike if _may_change(known.name)), None)


def _is_the_place(known: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
	"""Whether two addresses share the house: then one is the other, corrected."""
	there = not known["country"] or _same(known, values, "country")
	return there and _same(known, values, "address_line1")


def _same(known: Mapping[str, Any], values: Mapping[str, Any], field: str) -> bool:
	return (known[field] or "").casefold() == (values[field] or "").casefold()


def _may_change(name: str) -> bool:
	doc = frappe.get_doc("Address", name)
	return (
		doc.owner == frappe.session.user
		and len(doc.links) == 1
		and doc.has_permission("write")
		and not _is_used(name)
	)


def _is_used(name: str) -> bool:
	"""Whether a document names the address, in any field of any type."""
	return any(
		frappe.db.exists(field["parent"], {field["fieldname"]: name})
		for field in get_link_fields("Address")
		if not field["issingle"] and field["parent"] not in OF_THE_CUSTOMER
	)
