"""What an order looks like to callers: the canonical order of `core.commerce`, described field by field."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field

from erp_connect.api.v1.models import Model

Money = Decimal


class TaxLine(Model):
	title: str = Field("Tax", max_length=140)
	rate: Decimal | None = Field(None, description="Percent")
	amount: Money


class Line(Model):
	id: str = Field(max_length=140, description="The line's id in the calling system")
	sku: str = Field("", max_length=140, description="Item code or barcode")
	name: str = Field("", max_length=140)
	quantity: Decimal = Field(ge=0)
	unit_price: Money | None = Field(
		None, description="Before discount; may be left out when `total` is given"
	)
	discount: Money | None = Field(None, ge=0, description="Of the whole line")
	total: Money | None = Field(None, description="Of the whole line after discount")
	tax_lines: list[TaxLine] = Field(default_factory=list, max_length=50)
	uom: str = Field("", max_length=140)
	is_free: bool = False


class Charge(Model):
	id: str = Field("", max_length=140)
	title: str = Field("", max_length=140)
	amount: Money
	tax_lines: list[TaxLine] = Field(default_factory=list, max_length=50)


class ShippingCharge(Charge):
	discount: Money | None = Field(None, ge=0)


class Fee(Charge):
	kind: str = Field("fee", max_length=40)


class OrderDiscount(Model):
	amount: Money = Field(ge=0)
	on: Literal["net", "grand"] = Field("net", description="net: before tax; grand: off the total after tax")
	code: str = Field("", max_length=140)
	title: str = Field("", max_length=140)


class Buyer(Model):
	id: str = Field(
		"", max_length=140, description="The customer's id in the calling system; empty for a guest"
	)
	name: str = Field("", max_length=140)
	first_name: str = Field("", max_length=140)
	last_name: str = Field("", max_length=140)
	email: str = Field("", max_length=140)
	phone: str = Field("", max_length=40)
	company: str = Field("", max_length=140)
	tax_id: str = Field("", max_length=140)


class PostalAddress(Model):
	name: str = Field("", max_length=140)
	company: str = Field("", max_length=140)
	line1: str = Field("", max_length=240)
	line2: str = Field("", max_length=240)
	city: str = Field("", max_length=140)
	state: str = Field("", max_length=140)
	postcode: str = Field("", max_length=40)
	country: str = Field("", max_length=140, description="ISO 3166 two-letter code, or English name")
	phone: str = Field("", max_length=40)
	email: str = Field("", max_length=140)


class CreateOrderIn(Model):
	id: str = Field(
		min_length=1, max_length=140, description="The order's id in the calling system; one order for each"
	)
	number: str = Field(
		"", max_length=140, description="What people call it; becomes the customer's PO number"
	)
	date: str = Field("", max_length=40, pattern=r"^$|^\d{4}-\d{2}-\d{2}.*$", description="ISO date or time")
	currency: str = Field(pattern=r"^[A-Z]{3}$")
	prices_include_tax: bool = False
	customer: Buyer = Field(default_factory=Buyer)
	billing_address: PostalAddress | None = None
	shipping_address: PostalAddress | None = None
	lines: list[Line] = Field(min_length=1, max_length=1000)
	shipping: list[ShippingCharge] = Field(default_factory=list, max_length=50)
	fees: list[Fee] = Field(default_factory=list, max_length=50)
	order_discount: OrderDiscount | None = None
	tax_lines: list[TaxLine] = Field(
		default_factory=list, max_length=50, description="Only if not given per line"
	)
	total_tax: Money | None = None
	rounding: Money | None = None
	total: Money = Field(
		description="What the customer owes; the Sales Order comes to exactly this, or is held"
	)
	note: str = Field("", max_length=2000)


class OrderCreated(Model):
	order_id: str = Field(description="The Sales Order")
	id: str = Field(description="The order's id in the calling system")
	customer_id: str
	total: Money
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
