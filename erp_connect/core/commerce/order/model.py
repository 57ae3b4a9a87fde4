"""The order every shop's order is turned into before anything is planned: exact decimals, no vendor's words.

Callers of the API send it as it stands here; a flow maps a shop's record to it (`Order.read`, see `record`). The
planner takes it. Order-level `tax_lines`, `total_tax`, `total`, `rounding` and payments are always what they say;
whether the amounts of lines and charges contain tax, `prices_include_tax` says.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field, ValidationInfo, model_validator

from erp_connect.core.commerce.order.kinds import (
	Amount,
	Currency,
	Day,
	Flag,
	Id,
	MaybeAmount,
	Rows,
	Text140,
	Words,
	is_mapped,
)
from erp_connect.core.commerce.order.lines import (
	ZERO,
	Fee,
	Line,
	OrderDiscount,
	ShippingCharge,
	TaxLines,
)
from erp_connect.core.commerce.order.record import Record
from erp_connect.core.parse.refused_fields import fault

LINES = Rows(1000, least=1)
NO_DISCOUNT = OrderDiscount.model_construct(amount=ZERO)


# Each stands by itself: none of them may take the order down with it.
_OF_ITS_OWN = (
	"{{field}} is not taken in with an order. Take the field out of the flow, and add another flow for the same topic whose"
	" records are each a {0}."
)


class Buyer(Record):
	"""Who bought."""

	id: Text140 = Field("", description="The customer's id in the calling system; empty for a guest")
	name: Words = ""
	first_name: Words = ""
	last_name: Words = ""
	email: Words = ""
	phone: Words = ""
	company: Words = ""
	tax_id: Words = ""


class PostalAddress(Record):
	"""A postal address."""

	name: Words = ""
	company: Words = ""
	line1: Words = ""
	line2: Words = ""
	city: Words = ""
	state: Words = ""
	postcode: Words = ""
	country: Words = Field("", description="ISO 3166 code, or name")
	phone: Words = ""
	email: Words = ""


class Order(Record):
	"""One order of a shop."""

	WHEN_ABSENT = {"lines": ()}
	ELSEWHERE = {
		"payments": _OF_ITS_OWN.format("Payment"),
		"total_paid": _OF_ITS_OWN.format("Payment"),
		"refunds": _OF_ITS_OWN.format("Refund"),
		"fulfilments": _OF_ITS_OWN.format("Fulfilment"),
	}

	id: Id = Field(description="The order's id in the calling system; one order for each")
	number: Words = Field("", description="What people call it; becomes the customer's PO number")
	date: Day = Field("", description="ISO date or time")
	delivery_date: Day = Field(
		"", description="When it is to be delivered, ISO date or time; empty: on the order's date"
	)
	currency: Currency
	prices_include_tax: Flag = False
	customer: Buyer = Field(default_factory=Buyer)
	billing_address: PostalAddress | None = None
	shipping_address: PostalAddress | None = None
	lines: Annotated[list[Line], LINES]
	shipping: Annotated[list[ShippingCharge], Rows(50)] = Field(default_factory=list)
	fees: Annotated[list[Fee], Rows(50)] = Field(default_factory=list)
	order_discount: OrderDiscount | None = None
	tax_lines: TaxLines = Field(default_factory=list, description="Only if not given per line")
	total_tax: MaybeAmount = None
	rounding: MaybeAmount = Field(
		None, description="What was added, or taken off, to reach a payable amount; part of `total`"
	)
	total: Amount = Field(
		description="What the customer owes; the Sales Order comes to exactly this, or is held"
	)
	note: Words = Field("", description="What the customer wrote; a comment on the Sales Order")
	version: Text140 = Field(
		"",
		description="Version or time of change in the calling system: an older one never replaces a newer one",
	)

	@property
	def discount(self) -> OrderDiscount:
		"""The discount on the whole order, one of zero if there is none."""
		return self.order_discount or NO_DISCOUNT

	def line(self, line_id: str) -> Line | None:
		"""The line with this id."""
		return next((line for line in self.lines if line.id == line_id), None)

	@model_validator(mode="after")
	def _each_once(self, info: ValidationInfo) -> Order:
		if is_mapped(info):
			_unique("lines", (line.id for line in self.lines))
		return self


def _unique(name: str, ids: Iterable[str]) -> None:
	seen: set[str] = set()
	for one in ids:
		if one in seen:
			raise fault("duplicate", "{field} has the id {id} twice: each needs its own.", at=name, id=one)
		seen.add(one)
