"""Changes to an order that is in ERPNext already, as far as they touch neither goods nor money."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.commerce.parties import contacts
from erp_connect.commerce.parties.fitting import Fitter
from erp_connect.commerce.sales import orders
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.records.write import BadRecord, coming_from

ADDRESS_FIELDS = {
	"billing_address": ("Billing", "customer_address"),
	"shipping_address": ("Shipping", "shipping_address_name"),
}
FIELDS = ("number", "delivery_date", *ADDRESS_FIELDS)


def resolve(settings: CommerceSettings, name: str | None, external_id: str | None) -> str | None:
	"""The Sales Order by its name or its outside id; None when there is none the user may see."""
	name = name or (orders.find(settings, external_id) if external_id else None)
	if not name or not frappe.db.exists("Sales Order", name):
		return None
	return name if frappe.has_permission("Sales Order", "read", doc=name) else None


def apply(settings: CommerceSettings, name: str, changes: dict[str, Any]) -> list[str]:
	"""Write changes, by FIELDS, into the Sales Order; addresses are `PostalAddress`. Returns the fields that changed. Does not commit.

	Raises `BadRecord` for a cancelled order, and Frappe's own errors.
	"""
	doc = frappe.get_doc("Sales Order", name, for_update=True)
	doc.check_permission("write")
	if doc.docstatus == 2:
		raise BadRecord("Order {name} is cancelled and cannot be changed.", code="cancelled", name=name)
	fitter = Fitter(doc.company)
	with coming_from(settings.account):
		values = _values(doc, changes, fitter)
		changed = [field for field, value in values.items() if str(doc.get(field) or "") != str(value)]
		if changed:
			doc.update({field: values[field] for field in changed})
			doc.save()
		fitter.tell(doc.doctype, doc.name)
	return changed


def _values(doc, changes: dict[str, Any], fitter: Fitter) -> dict[str, Any]:
	values: dict[str, Any] = {}
	if "number" in changes:
		values["po_no"] = changes["number"]
	if "delivery_date" in changes:
		values["delivery_date"] = changes["delivery_date"]
	for key, (kind, field) in ADDRESS_FIELDS.items():
		if key in changes:
			address = fitter.address(orders.address_values(kind, changes[key]))
			values[field] = contacts.write_addresses(doc.customer, [address])[0]
	return values
