"""What is charged in an order: its lines, shipping, fees and discounts, each with its taxes.

Amounts are in the order's currency. Where the order's prices include tax, `unit_price`, `discount`, `total` and
`amount` contain the taxes named in `tax_lines`; otherwise they do not. Never computes beyond one line's amount.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, model_validator

from erp_connect.core.commerce.order.kinds import (
	HIDDEN,
	ONLY_MAPPED,
	Amount,
	Discount,
	DiscountBase,
	Flag,
	IdInOrder,
	MaybeAmount,
	NotNegative,
	Ordered,
	Rate,
	Rows,
	Text140,
	Words,
	is_mapped,
	maybe_number,
	number,
	read_by,
	text,
)
from erp_connect.core.commerce.order.record import Record
from erp_connect.core.parse.refused_fields import LIST, NEGATIVE, fault

ZERO = Decimal(0)


class TaxLine(Record):
	"""One tax on one thing."""

	SHORT_FORMS = ("rate_fraction",)  # 0.2 for a rate of 20

	title: Words = "Tax"
	rate: Rate = Field(None, description="Percent")
	amount: Amount

	@classmethod
	def spelled_out(cls, data: dict[str, Any]) -> dict[str, Any]:
		fraction = maybe_number(data.get("rate_fraction"), at="rate_fraction")
		if fraction is None or data.get("rate") not in (None, ""):
			return data
		return {**data, "rate": fraction * 100}


KindOfFee = Annotated[str, Field(max_length=40), read_by(lambda value: text(value).lower())]
TaxLines = Annotated[list[TaxLine], Rows(50)]


class Discounted(Record):
	"""What a discount may come off; a flow may map it as a list of amounts, or of objects with `amount`."""

	SHORT_FORMS = ("discounts",)

	@classmethod
	def spelled_out(cls, data: dict[str, Any]) -> dict[str, Any]:
		if "discounts" not in data:
			return data
		if "discount" in data:
			raise fault("order", "Give {field} or a list of discounts, not both.", at="discount")
		return {**data, "discount": _total_of(data["discounts"])}


class Line(Discounted):
	"""One line of goods. Its amount is `total`, else what price, quantity and discount come to."""

	id: IdInOrder = Field(description="The line's id in the calling system")
	sku: Text140 = Field("", description="Item code or barcode")
	# The article's id outside: tells the item where `sku` is that of a template, or of no item.
	article_id: Annotated[Text140, ONLY_MAPPED, HIDDEN] = ""
	name: Words = ""
	quantity: Ordered
	unit_price: MaybeAmount = Field(
		None, description="Before discount; may be left out when `total` is given"
	)
	discount: Discount = Field(None, description="Of the whole line")
	total: MaybeAmount = Field(None, description="Of the whole line after discount")
	tax_lines: TaxLines = Field(default_factory=list)
	uom: Text140 = Field(
		"", description="A unit that the item has; empty: `quantity` is in the item's stock unit"
	)
	is_free: Flag = False
	is_gift_card: Flag = Field(
		False,
		description="The line sells a gift card: what it costs is owed to its holder, and no income",
	)

	@property
	def amount(self) -> Decimal:
		"""What the line costs after its own discount."""
		return self.computed if self.total is None else self.total

	@property
	def computed(self) -> Decimal:
		"""What price, quantity and discount come to."""
		return (self.unit_price or ZERO) * self.quantity - (self.discount or ZERO)

	@model_validator(mode="after")
	def _priced(self, info: ValidationInfo) -> Line:
		if is_mapped(info) and self.unit_price is None and self.total is None:
			raise fault("order", "{field} is missing: give it, or the line's total.", at="unit_price")
		return self


class Charge(Record):
	"""Something charged besides the goods."""

	id: Text140 = ""
	title: Words = ""
	amount: Amount
	tax_lines: TaxLines = Field(default_factory=list)


class ShippingCharge(Charge, Discounted):
	"""One way of shipping that was charged."""

	discount: Discount = Field(None, description="Taken off `amount`")

	@property
	def label(self) -> str:
		"""Its title, or what it is."""
		return self.title or "Shipping"


class Fee(Charge):
	"""Anything else that was charged (or, below zero, given): handling, a tip, cash on delivery."""

	kind: KindOfFee = "fee"

	@property
	def label(self) -> str:
		"""Its title, or what it is."""
		return self.title or self.kind.capitalize()


class OrderDiscount(Record):
	"""A discount that the shop did not share out to the lines. The taxes stated are those after one on net."""

	WHEN_ABSENT = {"amount": ZERO}

	amount: NotNegative
	on: DiscountBase = Field("net", description="net: before tax; grand: off the total after tax")
	code: Text140 = ""
	title: Words = ""


def _total_of(discounts: Any) -> Decimal:
	if not isinstance(discounts, list | tuple):
		raise fault("list", LIST, at="discounts")
	total = ZERO
	for index, one in enumerate(discounts):
		total += number(one.get("amount") if isinstance(one, dict) else one, at=f"discounts[{index}]")
	if total < 0:
		raise fault("negative", NEGATIVE, at="discounts")
	return total
