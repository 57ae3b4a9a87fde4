"""What follows an order: refunds, payments, parcels and cancellations.

Each event has a body, which callers of the API send with names of their own for the event and its order, and an id
of its own, by which it is known when it comes again. Of an event, all amounts are in the order's currency.
"""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Annotated

from pydantic import Field

from erp_connect.core.commerce.order.kinds import (
	HIDDEN,
	ONLY_MAPPED,
	Day,
	Flag,
	Id,
	MaybeCurrency,
	Rows,
	Text40,
	Text140,
	Words,
	from_zero,
	maybe_number,
	needed_number,
	not_negative,
	read_by,
)
from erp_connect.core.commerce.order.lines import ZERO, Fee
from erp_connect.core.commerce.order.record import Record

PIECES_LIMIT = 10**9
MONEY_LIMIT = 10**11
LINE = "The line's id in the calling system; else its item code, if no other line has it"

_paid_back = partial(
	not_negative, code="order", template="{field} must not be below zero: money paid back is positive."
)
MoneyBack = Annotated[Decimal | None, Field(ge=0, lt=MONEY_LIMIT), read_by(_paid_back)]
Shipping = Annotated[Decimal | None, Field(ge=0, lt=MONEY_LIMIT), read_by(not_negative)]
FeeKept = Annotated[Decimal | None, Field(ge=0, lt=MONEY_LIMIT), read_by(not_negative)]
FeeOfRefund = Annotated[Decimal | None, Field(gt=-MONEY_LIMIT, lt=MONEY_LIMIT), read_by(maybe_number)]
ShippingTax = Annotated[Decimal | None, Field(ge=0, lt=MONEY_LIMIT), read_by(maybe_number)]
OnlyMappedText = Annotated[Text140, ONLY_MAPPED, HIDDEN]


class Pieces(Record):
	"""Pieces of a line."""

	WHEN_ABSENT = {"quantity": ZERO}

	line_id: Id = Field(description=LINE)
	quantity: Annotated[Decimal, Field(gt=0, lt=PIECES_LIMIT), read_by(from_zero)]


class ReturnedPieces(Record):
	"""Pieces of a line that were given back."""

	WHEN_ABSENT = {"quantity": ZERO}

	line_id: Id = Field(description="As in cancel_order")
	quantity: Annotated[Decimal, Field(ge=0, lt=PIECES_LIMIT), read_by(from_zero)] = Field(
		description="0 for a price reduction of the line"
	)
	amount: MoneyBack = Field(
		None, description="What is given back for it, with tax if the order's prices are; empty: its price"
	)
	tax: MoneyBack = Field(None, description="Tax given back for it; empty: its share")
	restock: Flag = Field(False, description="Whether the pieces go back into stock")
	location: Text140 = Field("", description="Warehouse they go to; empty: where they came from")


class Returned(Record):
	"""What was given back. Amounts are positive for money paid back."""

	lines: Annotated[list[ReturnedPieces], Rows(1000)] = Field(default_factory=list)
	shipping: Shipping = None
	shipping_tax: ShippingTax = Field(None, description="Empty: its share")
	adjustments: Annotated[list[Fee], Rows(50)] = Field(
		default_factory=list, description="Further amounts given back; a restocking fee is below zero"
	)
	amount: MoneyBack = Field(
		None,
		description="Money paid back in all. Alone: a refund without goods. 0: goods come back, no money goes out. Empty: "
		"what the rest comes to, as far as it was paid",
	)
	gateway: Text140 = Field("", description="As in record_payment")
	fee: FeeOfRefund = Field(
		None, description="What the gateway took for the refund; below zero: a fee that it gave back"
	)
	date: Day = ""
	reason: Words = ""


class Refund(Returned):
	"""One refund."""

	id: Id
	status: OnlyMappedText = ""  # succeeded, pending, failed …: only money that went out is booked


class Paid(Record):
	"""Money that came in or went out. amount: as the gateway states it, with its own currency."""

	amount: Annotated[Decimal, Field(gt=0, lt=MONEY_LIMIT), read_by(needed_number)]
	currency: MaybeCurrency = Field("", description="Must be the order's; empty: the order's")
	status: Text40 = Field("paid", description="paid, pending, failed …; only money that arrived is booked")
	gateway: Text140 = Field(
		"",
		description="A Mode of Payment of this name is used where there is one; otherwise that of the account, and a comment "
		"on the Payment Entry tells the gateway",
	)
	fee: FeeKept = Field(
		None,
		description="What the gateway kept of `amount`, in the same currency: a deduction, booked as an expense",
	)
	date: Day = ""


class Payment(Paid):
	"""One payment at a gateway."""

	id: Id
	kind: OnlyMappedText = ""  # payment, capture, authorization …: only money that came in is booked
	reference: OnlyMappedText = ""  # what people find the payment by, if that is not its id


class Shipped(Record):
	"""What left in one parcel."""

	lines: Annotated[list[Pieces], Rows(1000)] = Field(
		default_factory=list, description="What is in the parcel; empty: all that is left"
	)
	status: Text40 = Field(
		"shipped",
		description="shipped, delivered …; pending: nothing left yet; returned or cancelled: the parcel came back, or never "
		"left, and its delivery is reversed while the order stands",
	)
	tracking_number: Words = ""
	carrier: Words = ""
	location: Text140 = Field("", description="Warehouse it leaves from; empty: the order's")
	date: Day = Field("", description="When it left; empty: today")


class Fulfilment(Shipped):
	"""One parcel."""

	id: Id


class CalledOff(Record):
	"""What will not be delivered of an order."""

	lines: Annotated[list[Pieces], Rows(1000)] = Field(
		default_factory=list, description="Pieces that are called off; empty: the whole order"
	)
	reason: Words = ""
	date: Day = Field("", description="When it was called off: told with the reason")


class Cancellation(CalledOff):
	"""An order, or some pieces of it, called off before delivery."""

	id: Id
