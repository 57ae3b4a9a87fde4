"""What a source says of an order, and what of it is news.

Promises that only what the source says otherwise than the last time counts as news, so that what a person has
changed here stays. Of names, addresses and notes only hashes are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from frappe import _

from erp_connect.commerce.sales.order_state import OrderState, hashed
from erp_connect.core.commerce.order.model import Order
from erp_connect.core.commerce.order.record import Record

# Besides goods and money. In this order they are written: addresses belong to the customer.
FIELDS = (
	"customer", "number", "date", "delivery_date", "billing_address", "shipping_address", "note"
)  # fmt: skip
Header = dict[str, Any]


@dataclass(frozen=True)
class Statement:
	"""What a source says of an order.

	order: as far as it is known; charged: whether it says what is charged. header: what it says besides, by FIELDS.
	arrived: place of its event in the order of arrival, see `OrderState`. whole: it says the order anew, and not a change.
	"""

	order: Order
	charged: bool
	header: Header
	arrived: int | None = None
	whole: bool = False


def of_order(order: Order, arrived: int | None = None) -> Statement:
	"""The statement of a whole order."""
	return Statement(order, True, stated(order), arrived, whole=True)


def stated(order: Order) -> Header:
	"""What an order says, by FIELDS. What it leaves out is not among it, but for a note, which may be taken back."""
	fields = ("customer", "number", "date", "delivery_date", "billing_address", "shipping_address")
	values = {field: getattr(order, field) for field in fields}
	return {**{field: value for field, value in values.items() if _says(value)}, "note": order.note}


def _says(value: Any) -> bool:
	return any(value.model_dump().values()) if isinstance(value, Record) else bool(value)


def hashes(order_id: str, header: Header) -> dict[str, str]:
	"""What is kept of it, for `OrderState.said`. order_id: the order's outside id."""
	return {field: hashed(order_id, value) for field, value in header.items()}


def news(statement: Statement, state: OrderState) -> Header:
	"""Those of the stated fields that say something else than the last time."""
	order_id, header = statement.order.id, statement.header
	known = {**_of_before(statement, state), **state.said}
	now = hashes(order_id, header)
	return {field: value for field, value in header.items() if known.get(field) != now[field]}


def _of_before(statement: Statement, state: OrderState) -> dict[str, str]:
	"""Hashes for an order that was booked when none were kept yet. Of its buyer and note nobody knows: where it is said anew
	as a whole, they are no news; a change that names them is one.
	"""
	if state.said:
		return {}
	order, header = state.order or {}, statement.header
	unknown = {field: header[field] for field in ("customer", "note") if statement.whole and field in header}
	known = {field: order.get(field, "") for field in ("number", "date")}
	return hashes(statement.order.id, {**unknown, **known})


def summary(header: Header) -> str:
	"""The fields in words, without what they say."""
	labels = {
		"customer": _("buyer"),
		"number": _("number"),
		"date": _("date"),
		"delivery_date": _("delivery date"),
		"billing_address": _("billing address"),
		"shipping_address": _("shipping address"),
		"note": _("note"),
	}
	return _("Changed besides: {0}.").format(", ".join(labels[field] for field in header))
