"""What calls about the events after an order take and give: the events of `core.commerce`, and which order they are of."""

from __future__ import annotations

from pydantic import Field, model_validator

from erp_connect.api.v1.models import Model
from erp_connect.core.commerce.order.events import CalledOff, Paid, Returned, Shipped
from erp_connect.core.commerce.order.kinds import Id
from erp_connect.core.parse.refused_fields import fault

WHICH = "Id that create_order returned; or give `id`"


class OfOrder(Model):
	"""Which order: by its name here, its id in the calling system, its number or an invoice."""

	order_id: Id | None = Field(None, description=WHICH)
	id: Id | None = Field(None, description="The order's id in the calling system")
	order_number: Id | None = Field(
		None, description="What people call the order, if it came by another account or was made in ERPNext"
	)
	invoice_id: Id | None = Field(None, description="A Sales Invoice of the order, likewise")

	@model_validator(mode="after")
	def _named(self):
		if not (self.order_id or self.id or self.order_number or self.invoice_id):
			raise fault("missing", "Give order_id, id, order_number or invoice_id.")
		return self


class CancelOrderIn(CalledOff, OfOrder):
	cancellation_id: Id | None = Field(
		None,
		description="Id of this cancellation in the calling system: needed for single lines, so that a repeated call is "
		"known again",
	)

	@model_validator(mode="after")
	def _identified(self):
		if self.lines and not self.cancellation_id:
			raise fault("missing", "{field} is missing: single lines need it.", at="cancellation_id")
		return self


class OrderCancelled(Model):
	success: bool
	order_id: str
	status: str = Field(description="Of the order afterwards; Deleted for a draft")


class CreateReturnIn(Returned, OfOrder):
	return_id: Id = Field(description="Id of the refund in the calling system; one return for each")

	@model_validator(mode="after")
	def _something(self):
		if not (self.lines or self.shipping or self.shipping_tax or self.adjustments or self.amount):
			raise fault("missing", "Give lines, shipping, adjustments or an amount.")
		return self


class RecordPaymentIn(Paid, OfOrder):
	payment_id: Id = Field(description="Id of the payment at the gateway; one Payment Entry for each")


class RecordFulfilmentIn(Shipped, OfOrder):
	fulfilment_id: Id = Field(
		description="Id of the parcel in the calling system; one Delivery Note for each"
	)


class Document(Model):
	action: str = Field(description="created, updated, unchanged or ignored")
	doctype: str
	name: str | None
	reason: str = Field("", description="Why the event was ignored")


class EventRecorded(Model):
	success: bool = Field(
		description="False when the account or the event asks for nothing to be booked: see reason"
	)
	order_id: str
	documents: list[Document]
