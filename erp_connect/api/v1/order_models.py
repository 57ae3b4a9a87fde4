"""What calls about orders take and give: the canonical order of `core.commerce`, and what is the API's own."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from erp_connect.api.v1.models import Model
from erp_connect.core.commerce.order import lines
from erp_connect.core.commerce.order.model import LINES, Order, PostalAddress


class Line(lines.Line):
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
	order_id: str | None = Field(None, max_length=140)
	id: str | None = Field(None, max_length=140, description="The order's id in the calling system")
	number: str | None = Field(None, max_length=140)
	delivery_date: str | None = Field(None, pattern=r"^\d{4}-\d{2}-\d{2}$")
	billing_address: PostalAddress | None = None
	shipping_address: PostalAddress | None = None


class OrderUpdated(Model):
	success: bool
	order_id: str
	changed: list[str]
