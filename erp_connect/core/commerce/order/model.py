"""The order every shop's order is turned into before anything is planned: exact decimals, no vendor's words.

Promises immutable records. Amounts are in the order's currency, rates of tax in percent. Where
`prices_include_tax` is set, `unit_price`, `discount`, `total` and `amount` of lines, shipping, fees and
refunds contain the taxes named in their `tax_lines`; otherwise they do not. Order-level `tax_lines`,
`total_tax`, `total`, `rounding` and payments are always what they say. Never computes; see `parse` for
reading, `plan` for planning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

ZERO = Decimal(0)
DiscountBase = Literal["net", "grand"]


@dataclass(frozen=True)
class TaxLine:
	"""One tax on one thing. rate: percent, None when the shop does not say."""

	title: str
	amount: Decimal
	rate: Decimal | None = None


@dataclass(frozen=True)
class Customer:
	"""Who bought. All texts; id is the shop's own, empty for a guest."""

	id: str = ""
	name: str = ""
	first_name: str = ""
	last_name: str = ""
	email: str = ""
	phone: str = ""
	company: str = ""
	tax_id: str = ""


@dataclass(frozen=True)
class Address:
	"""A postal address. country: ISO 3166 two letters, or the name the shop uses."""

	name: str = ""
	company: str = ""
	line1: str = ""
	line2: str = ""
	city: str = ""
	state: str = ""
	postcode: str = ""
	country: str = ""
	phone: str = ""
	email: str = ""


@dataclass(frozen=True)
class Line:
	"""One line of goods.

	unit_price: before discount, None when only `total` is known. discount: of the whole line, not negative.
	total: of the whole line after discount, None when it is unit_price × quantity − discount.
	"""

	id: str
	sku: str
	name: str
	quantity: Decimal
	unit_price: Decimal | None
	discount: Decimal = ZERO
	tax_lines: tuple[TaxLine, ...] = ()
	total: Decimal | None = None
	uom: str = ""
	is_free: bool = False
	is_gift_card: bool = False

	@property
	def amount(self) -> Decimal:
		"""What the line costs after its own discount."""
		if self.total is not None:
			return self.total
		return (self.unit_price or ZERO) * self.quantity - self.discount


@dataclass(frozen=True)
class ShippingLine:
	"""One way of shipping that was charged. discount: not negative, taken off `amount`."""

	id: str
	title: str
	amount: Decimal
	discount: Decimal = ZERO
	tax_lines: tuple[TaxLine, ...] = ()


@dataclass(frozen=True)
class Fee:
	"""Anything else that was charged (or, below zero, given): handling, a tip, cash on delivery."""

	id: str
	title: str
	amount: Decimal
	tax_lines: tuple[TaxLine, ...] = ()
	kind: str = "fee"


@dataclass(frozen=True)
class OrderDiscount:
	"""A discount that the shop did not share out to the lines.

	on: "net" comes off before tax (the taxes of the order are those after it), "grand" off the total after
	tax. amount: not negative.
	"""

	amount: Decimal = ZERO
	on: DiscountBase = "net"
	code: str = ""
	title: str = ""


@dataclass(frozen=True)
class Payment:
	"""Money that came in or went out. amount: as the gateway states it, with its own currency."""

	id: str
	amount: Decimal
	currency: str = ""
	gateway: str = ""
	kind: str = ""
	status: str = ""
	reference: str = ""
	date: str = ""


@dataclass(frozen=True)
class RefundLine:
	"""Pieces of a line that were given back. amount and tax: what the shop paid back, None to work it out."""

	line_id: str
	quantity: Decimal
	amount: Decimal | None = None
	tax: Decimal | None = None
	restock: bool = False
	location: str = ""


@dataclass(frozen=True)
class Refund:
	"""One refund. All amounts are positive for money paid back.

	shipping: part of the shipping paid back, shipping_tax: its tax, None to work it out. adjustments: further
	amounts that the shop names (a restocking fee is negative), free of tax. amount: all that was paid back,
	None when it follows from the rest; alone, it is a refund without goods.
	"""

	id: str
	lines: tuple[RefundLine, ...] = ()
	shipping: Decimal = ZERO
	shipping_tax: Decimal | None = None
	adjustments: tuple[Fee, ...] = ()
	amount: Decimal | None = None
	date: str = ""
	reason: str = ""


@dataclass(frozen=True)
class FulfilmentLine:
	"""Pieces of a line that left."""

	line_id: str
	quantity: Decimal


@dataclass(frozen=True)
class Fulfilment:
	"""One parcel."""

	id: str
	lines: tuple[FulfilmentLine, ...]
	tracking_number: str = ""
	carrier: str = ""
	location: str = ""
	date: str = ""


@dataclass(frozen=True)
class CancelledLine:
	"""Pieces of a line that will not be delivered."""

	line_id: str
	quantity: Decimal


@dataclass(frozen=True)
class Cancellation:
	"""An order, or some pieces of it, called off before delivery. Without lines it is the whole order."""

	id: str
	lines: tuple[CancelledLine, ...] = ()
	date: str = ""
	reason: str = ""


@dataclass(frozen=True)
class Order:
	"""One order of a shop.

	currency: ISO 4217. total: what the customer owes in the end. total_tax: None when the shop does not say.
	rounding: what the shop added (or took off, below zero) to reach a payable amount; part of `total`.
	"""

	id: str
	number: str
	currency: str
	lines: tuple[Line, ...]
	total: Decimal
	date: str = ""
	prices_include_tax: bool = False
	customer: Customer = field(default_factory=Customer)
	billing: Address | None = None
	delivery: Address | None = None
	shipping: tuple[ShippingLine, ...] = ()
	fees: tuple[Fee, ...] = ()
	discount: OrderDiscount = field(default_factory=OrderDiscount)
	tax_lines: tuple[TaxLine, ...] = ()
	total_tax: Decimal | None = None
	total_paid: Decimal | None = None
	rounding: Decimal = ZERO
	refunds: tuple[Refund, ...] = ()
	fulfilments: tuple[Fulfilment, ...] = ()
	payments: tuple[Payment, ...] = ()
	note: str = ""

	def line(self, line_id: str) -> Line | None:
		"""The line with this id."""
		return next((line for line in self.lines if line.id == line_id), None)
