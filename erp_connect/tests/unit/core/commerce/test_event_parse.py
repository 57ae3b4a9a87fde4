"""Payments, parcels and cancellations that arrive by themselves: read whole, or refused by the field at fault."""

from __future__ import annotations

from decimal import Decimal

import pytest

from erp_connect.core.commerce.errors import OrderError
from erp_connect.core.commerce.order.events import Cancellation, Fulfilment, Payment


def test_a_payment_keeps_its_amount_exactly():
	payment = Payment.read(
		{"id": 4711, "amount": 0.1, "currency": "eur", "status": "paid", "gateway": "Stripe"}
	)
	assert (payment.id, payment.amount, payment.currency) == ("4711", Decimal("0.1"), "EUR")


def test_a_parcel_has_lines_and_tracking():
	parcel = Fulfilment.read({"id": "f", "lines": [{"line_id": 1, "quantity": "2"}], "tracking_number": "1Z"})
	assert [(line.line_id, line.quantity) for line in parcel.lines] == [("1", Decimal(2))]
	assert parcel.tracking_number == "1Z"


def test_a_cancellation_without_lines_is_the_whole_order():
	assert Cancellation.read({"id": "c"}).lines == []
	part = Cancellation.read({"id": "c", "lines": [{"line_id": "L", "quantity": 1}], "reason": "late"})
	assert (part.lines[0].quantity, part.reason) == (Decimal(1), "late")


@pytest.mark.parametrize(
	("read", "data", "field"),
	[
		(Payment.read, {"amount": "1"}, "id"),
		(Payment.read, {"id": "p"}, "amount"),
		(Payment.read, {"id": "p", "amount": "1", "amuont": "2"}, "amuont"),
		(Fulfilment.read, {"id": "f", "lines": [{"quantity": 1}]}, "lines[0].line_id"),
		(Fulfilment.read, {"id": "f", "lines": [{"line_id": "L", "quantity": -1}]}, "lines[0].quantity"),
		(
			Cancellation.read,
			{"id": "c", "lines": [{"line_id": "L", "quantity": "x"}]},
			"lines[0].quantity",
		),
		(Cancellation.read, ["c"], "The order"),
	],
)
def test_what_is_wrong_is_named(read, data, field):
	with pytest.raises(OrderError) as caught:
		read(data)
	assert caught.value.params["field"] == field
