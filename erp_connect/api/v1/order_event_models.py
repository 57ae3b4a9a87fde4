"""What the events after an order look like to callers."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field, model_validator

from erp_connect.api.v1.models import Model
from erp_connect.api.v1.order_models import Fee

DATE = r"^$|^\d{4}-\d{2}-\d{2}(?:[T ].*)?$"
WHICH = "Id that create_order returned; or give `id`"


class OfOrder(Model):
	"""Which order: by its name here or by its id in the calling system."""

	order_id: str | None = Field(None, min_length=1, max_length=140, description=WHICH)
	id: str | None = Field(
		None, min_length=1, max_length=140, description="The order's id in the calling system"
	)

	@model_validator(mode="after")
	def _named(self):
		if not (self.order_id or self.id):
			raise ValueError("give order_id or id")
		return self


class Pieces(Model):
	line_id: str = Field(
		min_length=1,
		max_length=140,
		description="The line's id in the calling system; else its item code, if no other line has it",
	)
	quantity: Decimal = Field(gt=0, lt=10**9)


class CancelOrderIn(OfOrder):
	cancellation_id: str | None = Field(
		None,
		min_length=1,
		max_length=140,
		description="Id of this cancellation in the calling system: needed for single lines, so that a repeated call is "
		"known again",
	)
	lines: list[Pieces] = Field(
		default_factory=list,
		max_length=1000,
		description="Pieces that are called off; empty: the whole order",
	)
	reason: str = Field("", max_length=500)

	@model_validator(mode="after")
	def _identified(self):
		if self.lines and not self.cancellation_id:
			raise ValueError("single lines need a cancellation_id")
		return self


class OrderCancelled(Model):
	success: bool
	order_id: str
	status: str = Field(description="Of the order afterwards; Deleted for a draft")


class ReturnedPieces(Model):
	line_id: str = Field(min_length=1, max_length=140, description="As in cancel_order")
	quantity: Decimal = Field(ge=0, lt=10**9, description="0 for a price reduction of the line")
	amount: Decimal | None = Field(
		None,
		ge=0,
		lt=10**11,
		description="What is given back for it, with tax if the order's prices are; empty: its price",
	)
	tax: Decimal | None = Field(None, ge=0, lt=10**11, description="Tax given back for it; empty: its share")
	restock: bool = Field(False, description="Whether the pieces go back into stock")
	location: str = Field("", max_length=140, description="Warehouse they go to; empty: where they came from")


class CreateReturnIn(OfOrder):
	return_id: str = Field(
		min_length=1,
		max_length=140,
		description="Id of the refund in the calling system; one return for each",
	)
	lines: list[ReturnedPieces] = Field(default_factory=list, max_length=1000)
	shipping: Decimal | None = Field(None, ge=0, lt=10**11)
	shipping_tax: Decimal | None = Field(None, ge=0, lt=10**11)
	adjustments: list[Fee] = Field(
		default_factory=list,
		max_length=50,
		description="Further amounts given back; a restocking fee is below zero",
	)
	amount: Decimal | None = Field(
		None,
		ge=0,
		lt=10**11,
		description="Money paid back in all. Alone: a refund without goods. 0: goods come back, no money goes out. Empty: "
		"what the rest comes to, as far as it was paid",
	)
	date: str = Field("", max_length=40, pattern=DATE)
	reason: str = Field("", max_length=500)

	@model_validator(mode="after")
	def _something(self):
		if not (self.lines or self.shipping or self.shipping_tax or self.adjustments or self.amount):
			raise ValueError("give lines, shipping, adjustments or an amount")
		return self


class RecordPaymentIn(OfOrder):
	payment_id: str = Field(
		min_length=1,
		max_length=140,
		description="Id of the payment at the gateway; one Payment Entry for each",
	)
	amount: Decimal = Field(gt=0, lt=10**11)
	currency: str = Field("", pattern=r"^$|^[A-Z]{3}$", description="Must be the order's; empty: the order's")
	status: str = Field(
		"paid", max_length=40, description="paid, pending, failed …; only money that arrived is booked"
	)
	gateway: str = Field(
		"", max_length=140, description="A Mode of Payment of this name is used where there is one"
	)
	date: str = Field("", max_length=40, pattern=DATE)


class RecordFulfilmentIn(OfOrder):
	fulfilment_id: str = Field(
		min_length=1,
		max_length=140,
		description="Id of the parcel in the calling system; one Delivery Note for each",
	)
	lines: list[Pieces] = Field(
		default_factory=list, max_length=1000, description="What is in the parcel; empty: all that is left"
	)
	tracking_number: str = Field("", max_length=140)
	carrier: str = Field("", max_length=140)
	location: str = Field("", max_length=140, description="Warehouse it leaves from; empty: the order's")


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
