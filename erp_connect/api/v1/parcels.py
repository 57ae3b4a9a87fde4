"""Parcels of Delivery Notes: create_shipment."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated

import frappe
from pydantic import Field

from erp_connect.api.v1.models import Model
from erp_connect.commerce.stock import shipping
from erp_connect.records.failures import ApiError
from erp_connect.served.caller import Caller
from erp_connect.served.endpoint import Reply, operation

MOST_PARCELS = 200
Centimetres = Annotated[int, Field(ge=0, le=100_000)]
Text = Annotated[str, Field(min_length=1, max_length=140)]


class ParcelIn(Model):
	weight: float = Field(gt=0, le=1_000_000, description="In kilograms, of one of them")
	length: Centimetres = Field(0, description="In centimetres")
	width: Centimetres = 0
	height: Centimetres = 0
	count: int = Field(1, ge=1, le=1000, description="How many parcels are the same")


class CreateShipmentIn(Model):
	delivery_note: Text = Field(description="Its name in ERPNext; submitted, and no return")
	parcels: list[ParcelIn] = Field(min_length=1, max_length=MOST_PARCELS)
	pickup_date: date | None = Field(None, description="Otherwise today")
	pickup_from: time | None = Field(None, description="Otherwise as ERPNext has it, 09:00")
	pickup_to: time | None = Field(None, description="Otherwise as ERPNext has it, 17:00")
	pickup_address: Text | None = Field(
		None, description="Name of an Address; otherwise that of the Delivery Note, or of the company"
	)
	delivery_address: Text | None = Field(
		None, description="Name of an Address; otherwise that of the Delivery Note, or of the customer"
	)
	contact: Text | None = Field(
		None,
		description="Name of the Contact who receives it; otherwise that of the Delivery Note, or of the customer",
	)
	content: str | None = Field(
		None, min_length=1, max_length=1000, description="Otherwise the names of the items"
	)
	service_provider: Text | None = Field(None, description="Where only one account is to send it")
	carrier_service: Text | None = Field(None, description="Where it is known, and no offer is taken")


class ShipmentOut(Model):
	doctype: str = Field(description="`Shipment`: with `name`, for `offers` and `take_offer`")
	name: str
	status: str = Field(description="`Draft` until it is submitted, which sends it")
	created: bool = Field(
		description="False where there was one of this Delivery Note already: nothing was changed"
	)


@frappe.whitelist(methods=["POST"])
@operation(CreateShipmentIn, ShipmentOut, writes=True)
def create_shipment(caller: Caller, request: CreateShipmentIn) -> Reply:
	"""Make the draft of the Shipment of a Delivery Note, for carriers to send. A Delivery Note has one: it is never made twice."""
	_require_of(caller, request.delivery_note)
	said = {
		"pickup_address_name": request.pickup_address,
		"delivery_address_name": request.delivery_address,
		"delivery_contact_name": request.contact,
		"description_of_content": request.content,
		**request.model_dump(
			include={"pickup_date", "pickup_from", "pickup_to", "service_provider", "carrier_service"}
		),
	}
	parcels = [parcel.model_dump() for parcel in request.parcels]
	made = shipping.ship(request.delivery_note, parcels, said)
	status = frappe.db.get_value(shipping.SHIPMENT, made.name, "status")
	data = {"doctype": shipping.SHIPMENT, "name": made.name, "status": status, "created": made.created}
	return Reply(data, shipping.SHIPMENT, made.name, status=201 if made.created else 200)


def _require_of(caller: Caller, note: str) -> None:
	"""Raises `ApiError` for a Delivery Note of another company than the account's, as if there were none."""
	company = frappe.db.get_value(shipping.NOTE, note, "company")
	if company and caller.company and company != caller.company:
		raise ApiError(404, "not_found", "There is no such Delivery Note.", field="delivery_note")
