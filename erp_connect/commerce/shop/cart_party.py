"""Whose cart it is and where it goes, as ERPNext's rules for taxes and price lists want to know it."""

from __future__ import annotations

import frappe
from erpnext.accounts.doctype.tax_rule.tax_rule import get_tax_template
from erpnext.accounts.party import get_address_tax_category, get_party_details
from frappe.model.document import Document

from erp_connect.commerce.parties import contacts
from erp_connect.commerce.parties.fitting import Fitter
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.commerce.shop.cart import Cart
from erp_connect.records.errors import BadRecord

TAX_TEMPLATE = "Sales Taxes and Charges Template"
# How a Tax Rule names the parts of an address that it looks at.
TAX_RULE_PARTS = {
	"city": "city",
	"county": "county",
	"state": "state",
	"zipcode": "pincode",
	"country": "country",
}


def set_party(doc: Document, settings: CommerceSettings, cart: Cart) -> None:
	"""Put customer, addresses, price list, tax category and tax template of a cart on an unsaved Sales Order.

	Raises `BadRecord` for an unknown country, and `frappe.PermissionError` for a customer the user may not see.
	"""
	billing, shipping = _addresses(cart, doc.company)
	if cart.customer:
		details = get_party_details(
			party=cart.customer,
			party_type="Customer",
			company=doc.company,
			posting_date=doc.transaction_date,  # so that dated tax rules apply, as they do in Desk
			price_list=settings.price_list,
			doctype="Sales Order",
			party_address=billing if isinstance(billing, str) else None,
			shipping_address=shipping if isinstance(shipping, str) else None,
		)
		details["customer"] = cart.customer
	else:
		details = frappe._dict(
			customer_group=settings.customer_group,
			territory=settings.territory,
			selling_price_list=settings.price_list,
		)
	if not cart.customer or isinstance(billing, dict) or isinstance(shipping, dict):
		_by_typed_address(doc, details, billing, shipping)
	details["taxes_and_charges"] = details.get("taxes_and_charges") or frappe.db.get_value(
		TAX_TEMPLATE, {"is_default": 1, "company": doc.company, "disabled": 0}
	)
	doc.update({field: value for field, value in details.items() if doc.meta.has_field(field)})


def _addresses(cart: Cart, company: str) -> tuple[str | dict | None, str | dict | None]:
	"""Billing and shipping address, each as a name where the customer has it already."""
	billing = _known_address(cart.customer, cart.billing_address, "Billing", company)
	shipping = _known_address(cart.customer, cart.shipping_address, "Shipping", company)
	return billing or shipping, shipping or billing


def _known_address(
	customer: str | None, address: str | dict | None, kind: str, company: str
) -> str | dict | None:
	if not isinstance(address, dict):
		return address
	address = {"address_type": kind, **address}
	fitted = Fitter(company).address(address)
	if address.get("country") and not fitted["country"]:
		# Its taxes would be guessed.
		raise BadRecord(
			"{country} is not a country. Send its English name or two-letter code.",
			field="country",
			country=address["country"],
		)
	known = contacts.find_address(customer, fitted) if customer else None
	return known or {**address, "country": fitted["country"] if address.get("country") else None}


def _by_typed_address(doc: Document, details: dict, billing, shipping) -> None:
	"""Find the tax template by an address that is not in ERPNext yet, as it will be found once it is."""
	customer = details.get("customer")
	details["tax_category"] = get_address_tax_category(
		frappe.get_cached_value("Customer", customer, "tax_category") if customer else None,
		*(address if isinstance(address, str) else None for address in (billing, shipping)),
	)
	arguments = {"customer": customer, "company": doc.company, "tax_type": "Sales"}
	for field in ("tax_category", "customer_group"):
		if details.get(field):
			arguments[field] = details[field]
	for kind, address in (("billing", billing), ("shipping", shipping)):
		if values := _address_values(address):
			for part, column in TAX_RULE_PARTS.items():
				arguments[f"{kind}_{part}"] = values.get(column)
	details["taxes_and_charges"] = get_tax_template(doc.transaction_date, arguments)
	for field, address in (("customer_address", billing), ("shipping_address_name", shipping)):
		if isinstance(address, dict):
			details[field] = None


def _address_values(address: str | dict | None) -> dict | None:
	if not isinstance(address, str):
		return address
	return frappe.db.get_value("Address", address, list(TAX_RULE_PARTS.values()), as_dict=True)
