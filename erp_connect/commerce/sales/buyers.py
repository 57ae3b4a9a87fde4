"""Who an order is of: its buyer and addresses as the parties' modules take them."""

from __future__ import annotations

from typing import Any

from erp_connect.commerce.parties import contacts
from erp_connect.commerce.parties.fitting import Fitter
from erp_connect.core.commerce.order.model import Order, PostalAddress
from erp_connect.records.write import HeldForReview


def customer_data(order: Order) -> dict[str, Any]:
	"""The buyer of an order as `customers.of_order` takes it. Raises `HeldForReview` for an order without one."""
	buyer, address = order.customer, order.billing_address or order.shipping_address
	name = buyer.company or buyer.name or f"{buyer.first_name} {buyer.last_name}".strip()
	name = name or (address.company or address.name if address else "") or buyer.email
	if not name:
		raise HeldForReview(
			"The order names no customer. Add one to the order, then press Retry.", code="no_customer"
		)
	data = {
		"external_id": buyer.id,
		"customer_name": name,
		"customer_type": "Company" if buyer.company else "Individual",
		"first_name": buyer.first_name or (buyer.name if buyer.company else ""),
		"last_name": buyer.last_name,
		"email": buyer.email,
		"phone": buyer.phone or (address.phone if address else ""),
		"tax_id": buyer.tax_id,
	}
	return {key: value for key, value in data.items() if value}


def addresses(customer: str, order: Order, fitter: Fitter) -> dict[str, str]:
	"""The addresses of an order as fields of its document; those that are new are made for the customer."""
	wanted = {
		field: fitter.address(address_values(kind, address))
		for kind, field, address in (
			("Billing", "customer_address", order.billing_address),
			("Shipping", "shipping_address_name", order.shipping_address),
		)
		if address and says_something(address)
	}
	return dict(zip(wanted, contacts.write_addresses(customer, list(wanted.values())), strict=True))


def says_something(address: PostalAddress) -> bool:
	"""Whether any part of an address is given."""
	return any(address.model_dump().values())


def address_values(kind: str, address: PostalAddress) -> dict[str, Any]:
	"""An address of an order by the names of ERPNext's Address, for `Fitter.address`."""
	return {
		"address_type": kind,
		"title": ", ".join(filter(None, (address.company, address.name))),
		"address_line1": address.line1,
		"address_line2": address.line2,
		"city": address.city,
		"state": address.state,
		"pincode": address.postcode,
		"country": address.country,
		"phone": address.phone,
		"email_id": address.email,
	}
