"""Customers: create_customer, update_customer."""

from __future__ import annotations

from typing import Literal

import frappe
from pydantic import Field

from erp_connect.api.v1.models import Model
from erp_connect.commerce import settings as commerce
from erp_connect.commerce.parties import customers
from erp_connect.records.failures import ApiError
from erp_connect.served.caller import Caller
from erp_connect.served.endpoint import Reply, operation


class Address(Model):
	address_type: Literal["Billing", "Shipping", "Other"] = "Billing"
	title: str | None = Field(None, max_length=100)
	address_line1: str = Field(max_length=240)
	address_line2: str | None = Field(None, max_length=240)
	city: str = Field(max_length=140)
	state: str | None = Field(None, max_length=140)
	pincode: str | None = Field(None, max_length=140)
	country: str | None = Field(None, max_length=140, description="English name or ISO 3166 two-letter code")
	phone: str | None = Field(None, max_length=40)
	email_id: str | None = Field(None, max_length=140)


class CustomerFields(Model):
	customer_type: Literal["Individual", "Company", "Partnership"] | None = None
	first_name: str | None = Field(None, max_length=140)
	last_name: str | None = Field(None, max_length=140)
	email: str | None = Field(None, max_length=140, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
	phone: str | None = Field(None, max_length=20, pattern=r"^[+0-9][0-9 ()./-]{2,19}$")
	tax_id: str | None = Field(None, max_length=140)
	customer_group: str | None = Field(None, max_length=140)
	territory: str | None = Field(None, max_length=140)
	currency: str | None = Field(None, pattern=r"^[A-Z]{3}$")
	addresses: list[Address] = Field(default_factory=list, max_length=20)


class CreateCustomerIn(CustomerFields):
	external_id: str | None = Field(
		None, max_length=140, description="The customer's id in the calling system"
	)
	customer_name: str = Field(min_length=1, max_length=140)


class UpdateCustomerIn(CustomerFields):
	customer_id: str | None = Field(None, max_length=140, description="Id that create_customer returned")
	external_id: str | None = Field(None, max_length=140)
	customer_name: str | None = Field(None, min_length=1, max_length=140)


class CustomerOut(Model):
	customer_id: str
	external_id: str | None
	created: bool


@frappe.whitelist(methods=["POST"])
@operation(CreateCustomerIn, CustomerOut, writes=True)
def create_customer(caller: Caller, request: CreateCustomerIn) -> Reply:
	"""Create a customer with addresses and contact, or return the one that is meant.

	Recognised by the account's keys (external id, e-mail, phone, tax id); a doubtful match is held: 409.
	"""
	name, is_new = customers.upsert(commerce.load(caller.account), request.model_dump(exclude_none=True))
	return _reply(name, request.external_id, is_new)


@frappe.whitelist(methods=["POST"])
@operation(UpdateCustomerIn, CustomerOut, writes=True)
def update_customer(caller: Caller, request: UpdateCustomerIn) -> Reply:
	"""Change a customer; what is not sent stays as it is."""
	settings = commerce.load(caller.account)
	data = request.model_dump(exclude_none=True, exclude={"customer_id"})
	name = customers.resolve(settings, request.customer_id, request.external_id)
	if not name:
		raise ApiError(404, "not_found", "There is no such customer.", field="customer_id")
	customers.update(settings, name, data)
	return _reply(name, request.external_id, False)


def _reply(name: str, external_id: str | None, is_new: bool) -> Reply:
	data = {"customer_id": name, "external_id": external_id, "created": is_new}
	return Reply(data, "Customer", name, external_id, 201 if is_new else 200)
