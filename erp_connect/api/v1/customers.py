"""Customers: create_customer, update_customer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import frappe
from frappe import _
from pydantic import Field

from erp_connect.api.v1.models import Model
from erp_connect.commerce import settings as commerce
from erp_connect.commerce.parties import customers
from erp_connect.commerce.parties.fitting import Fitter
from erp_connect.core.commerce.order.kinds import Currency
from erp_connect.core.parse.refused_fields import Said
from erp_connect.records.failures import ApiError
from erp_connect.served.caller import Caller
from erp_connect.served.endpoint import Reply, operation

Email = Annotated[
	str,
	Field(max_length=140, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$"),
	Said("{field} must be an e-mail address such as buyer@example.com, of at most 140 characters."),
]


class Address(Model):
	address_type: Literal["Billing", "Shipping", "Other"] = "Billing"
	title: str | None = None
	address_line1: str
	address_line2: str | None = None
	city: str
	state: str | None = None
	pincode: str | None = None
	country: str | None = Field(None, description="ISO 3166 code, or name")
	phone: str | None = None
	email_id: str | None = None


class CustomerFields(Model):
	customer_type: Literal["Individual", "Company", "Partnership"] | None = None
	first_name: str | None = None
	last_name: str | None = None
	email: Email | None = None
	phone: str | None = None
	tax_id: str | None = Field(None, max_length=140)
	customer_group: str | None = Field(None, max_length=140)
	territory: str | None = Field(None, max_length=140)
	currency: Currency | None = None
	addresses: list[Address] | None = Field(None, max_length=20)


class CreateCustomerIn(CustomerFields):
	external_id: str | None = Field(
		None, max_length=140, description="The customer's id in the calling system"
	)
	customer_name: str = Field(min_length=1)


class UpdateCustomerIn(CustomerFields):
	customer_id: str | None = Field(None, max_length=140, description="Id that create_customer returned")
	external_id: str | None = Field(None, max_length=140)
	customer_name: str | None = Field(None, min_length=1)


class CustomerOut(Model):
	customer_id: str
	external_id: str | None
	created: bool
	kept: list[str] = Field(description="Fields in which the known customer differs and stays as he is")


@frappe.whitelist(methods=["GET", "POST"])
@operation(CreateCustomerIn, CustomerOut, writes=True, by_get=True)
def create_customer(caller: Caller, request: CreateCustomerIn) -> Reply:
	"""Create a customer with addresses and contact, or return the one that is meant.

	Recognised by the account's keys (external id, e-mail, phone, tax id); a doubtful match is held: 409.
	"""
	settings, data = commerce.load(caller.account), request.model_dump(exclude_none=True)
	_require_fitting(settings, data)
	done = customers.upsert(settings, data)
	return _reply(done.name, request.external_id, done.is_new, done.kept)


@frappe.whitelist(methods=["POST"])
@operation(UpdateCustomerIn, CustomerOut, writes=True)
def update_customer(caller: Caller, request: UpdateCustomerIn) -> Reply:
	"""Change a customer; what is not sent, or null, stays as it is. An empty text empties the field."""
	_require_kept(request)
	settings = commerce.load(caller.account)
	data = request.model_dump(exclude_none=True, exclude={"customer_id"})
	name = customers.resolve(settings, request.customer_id, request.external_id)
	if not name:
		raise ApiError(404, "not_found", "There is no such customer.", field="customer_id")
	_require_fitting(settings, data)
	customers.update(settings, name, data)
	return _reply(name, request.external_id, False)


def _require_kept(request: UpdateCustomerIn) -> None:
	"""Raises `ApiError` 422 for an empty text in a field that cannot be emptied: it would be lost without a word."""
	for field in request.model_fields_set & CustomerFields.model_fields.keys():
		if getattr(request, field) == "" and field not in customers.EMPTIED:
			raise ApiError(
				422,
				"invalid",
				"{name} cannot be emptied by this call. Leave it out, or change it in ERPNext.",
				field=field,
				name=field,
			)


def _require_fitting(settings: commerce.CommerceSettings, data: dict[str, Any]) -> None:
	"""Raises `ApiError` 422 for what ERPNext cannot keep: no paid order hangs on it, so the caller may put it right."""
	fitter = Fitter(settings.company)
	fitter.customer(data)
	for change in fitter.changes:
		if change.original:
			raise ApiError(
				422,
				"invalid",
				"{label} cannot be kept as it is: {value}. Send what ERPNext takes: a valid number, e-mail address or country, "
				"and not more characters than fit. Of this, {kept} would be left.",
				field=change.label,
				label=change.label,
				value=change.original,
				kept=change.kept or _("nothing"),
			)


def _reply(name: str, external_id: str | None, is_new: bool, kept: tuple[str, ...] = ()) -> Reply:
	data = {"customer_id": name, "external_id": external_id, "created": is_new, "kept": list(kept)}
	return Reply(data, "Customer", name, external_id, 201 if is_new else 200)
