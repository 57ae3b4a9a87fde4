"""Who an order is of: its buyer and addresses as the parties' modules take them."""

from __future__ import annotations

from typing import Any

from erp_connect.commerce.parties import contacts, countries, customers
from erp_connect.commerce.parties.fitting import Fitter
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.order.model import Order, PostalAddress
from erp_connect.records.write import HeldForReview

NOBODY = "no_customer"


def of_order(settings: CommerceSettings, order: Order, fitter: Fitter) -> tuple[str, dict[str, Any]]:
	"""The Customer of an order, made where he is new, and what the order says of him for `contacts.on_order`.

	An order that names nobody is the walk-in customer's. Raises `HeldForReview` where none is chosen, and for an address
	to which goods would go without a name.
	"""
	data = _customer_data(order)
	if not data:
		return _walk_in(settings, order), {}
	fitted = fitter.customer(data, _country_of(order))
	return customers.of_order(settings, fitted), fitted


def names_somebody(address: PostalAddress) -> bool:
	"""Whether an address says whose it is."""
	return any(getattr(address, field) for field in ("name", "company", "email", "phone"))


def _walk_in(settings: CommerceSettings, order: Order) -> str:
	if not settings.walk_in_customer:
		raise HeldForReview(
			"The order names no customer. Choose a Walk-in Customer in account {account}, if buyers may remain unknown, or let "
			"the flow send a name, an e-mail address or a phone number; then {again}.",
			code=NOBODY,
			account=settings.account,
		)
	for address in _addresses_of(order):
		require_no_street(address)
	return settings.walk_in_customer


def require_no_street(address: PostalAddress) -> None:
	"""Raises `HeldForReview` for an address of nobody to which goods could go."""
	if address.line1 or address.line2:
		raise HeldForReview(
			"The order has an address, but names nobody there. Let the flow send a name, an e-mail address or a phone number "
			"with it, or leave the street out; then {again}.",
			code=NOBODY,
		)


def _customer_data(order: Order) -> dict[str, Any]:
	"""The buyer of an order as `customers.of_order` takes it; {} for an order that names nobody."""
	buyer = order.customer
	named = buyer.company or buyer.name or f"{buyer.first_name} {buyer.last_name}".strip()
	named = named or next(filter(None, (one.company or one.name for one in _addresses_of(order))), "")
	email = buyer.email or ("" if named else _first(order, "email"))
	phone = buyer.phone or _first(order, "phone")
	data = {
		"external_id": buyer.id,
		"customer_name": named or email or phone,
		"first_name": buyer.first_name or (buyer.name if buyer.company else ""),
		"last_name": buyer.last_name,
		"email": email,
		"phone": phone,
		"tax_id": buyer.tax_id,
	}
	data = {key: value for key, value in data.items() if value}
	return data and {"customer_type": "Company" if buyer.company else "Individual", **data}


def _country_of(order: Order) -> str | None:
	"""The first country that an address of the order names and this site knows."""
	return next(
		filter(None, (countries.find(one.country) for one in _addresses_of(order) if one.country)), None
	)


def _addresses_of(order: Order) -> list[PostalAddress]:
	return [one for one in (order.billing_address, order.shipping_address) if one]


def _first(order: Order, field: str) -> str:
	"""What the first address that says it has in a field."""
	return next(filter(None, (getattr(address, field) for address in _addresses_of(order))), "")


def addresses(settings: CommerceSettings, customer: str, order: Order, fitter: Fitter) -> dict[str, str]:
	"""The addresses of an order as fields of its document; those that are new are made for the customer.

	None for the walk-in customer, who would get those of all: `nameless` has them.
	"""
	if customer == settings.walk_in_customer:
		return {}
	wanted = {
		field: fitter.address(address_values(kind, address))
		for kind, field, address in (
			("Billing", "customer_address", order.billing_address),
			("Shipping", "shipping_address_name", order.shipping_address),
		)
		if address and says_something(address)
	}
	return dict(zip(wanted, contacts.write_addresses(customer, list(wanted.values())), strict=True))


def nameless(settings: CommerceSettings, customer: str, order: Order) -> list[str]:
	"""The addresses of an order of the walk-in customer, in words."""
	if customer != settings.walk_in_customer:
		return []
	return list(
		dict.fromkeys(in_words(address) for address in _addresses_of(order) if says_something(address))
	)


def in_words(address: PostalAddress) -> str:
	"""What an address says, in one line."""
	return ", ".join(filter(None, address.model_dump().values()))


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
