"""What calls about orders take and give: the canonical order of `core.commerce`, and what is the API's own."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field, model_validator

from erp_connect.api.v1.models import Model
from erp_connect.core.commerce.order import lines as charged
from erp_connect.core.commerce.order.changes import CHARGED
from erp_connect.core.commerce.order.kinds import Day, Rows, Text140, Words
from erp_connect.core.commerce.order.model import LINES, Order, PostalAddress
from erp_connect.core.parse.refused_fields import fault


class Line(charged.Line):
	# Its name in the OpenAPI document comes from this module, and programs were made from that.
	pass


class CreateOrderIn(Order):
	lines: Annotated[list[Line], LINES]


class OrderCreated(Model):
	order_id: str = Field(description="The Sales Order")
	id: str = Field(description="The order's id in the calling system")
	customer_id: str
	total: Decimal
	currency: str


class UpdateOrderIn(Model):
	"""What is left out stays. What is charged is stated whole, as in create_order."""

	order_id: str | None = Field(None, max_length=140)
	id: str | None = Field(None, max_length=140, description="The order's id in the calling system")
	number: str | None = Field(None, min_length=1, max_length=140)
	delivery_date: Day | None = Field(None, description="ISO date or time")
	billing_address: PostalAddress | None = None
	shipping_address: PostalAddress | None = None
	note: Words | None = None
	version: Text140 = Field(
		"", description="As in create_order: an older state than the last one is refused with 409"
	)
	lines: Annotated[list[Line], LINES] | None = Field(
		None, description="All lines of the order: one that is left out is taken off. Needs `total`"
	)
	total: Decimal | None = Field(None, description="Of the whole order. Needs `lines`")
	prices_include_tax: bool | None = Field(None, description="Empty: as before")
	shipping: Annotated[list[charged.ShippingCharge], Rows(50)] | None = Field(
		None, description="With `lines`, this and the following are taken off where they are left out"
	)
	fees: Annotated[list[charged.Fee], Rows(50)] | None = None
	order_discount: charged.OrderDiscount | None = None
	tax_lines: charged.TaxLines | None = None
	total_tax: Decimal | None = None
	rounding: Decimal | None = None

	@model_validator(mode="after")
	def _addresses(self):
		for field in ("billing_address", "shipping_address"):
			address = getattr(self, field)
			if address and not any(address.model_dump().values()):
				raise fault(
					"empty", "{field} says nothing. Leave it out where the address stays as it is.", at=field
				)
		return self

	@model_validator(mode="after")
	def _whole(self):
		given = {field for field in CHARGED if getattr(self, field, None) is not None}
		if given and not {"lines", "total"} <= given:
			raise fault("incomplete", "Give lines and total, and all else that is charged, or nothing of it.")
		return self


class OrderUpdated(Model):
	success: bool
	order_id: str
	changed: list[str] = Field(description="Fields of the Sales Order that changed, and `note`")
	total: Decimal
