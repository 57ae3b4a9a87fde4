"""Whether the money that a refund pays back has come in, by what is booked. Writes nothing."""

from __future__ import annotations

from decimal import Decimal

from erp_connect.commerce.amounts import rounded
from erp_connect.commerce.money import billing
from erp_connect.commerce.money.payments import NOTHING
from erp_connect.commerce.sales.order_state import OrderState
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.order.events import Refund
from erp_connect.records.errors import HeldForReview
from erp_connect.store import unpaid


def paid(order, state: OrderState) -> float:
	"""Money in less money out of an order, in its currency."""
	if order.docstatus == 2:
		# ERPNext has let go of the advances; they are the customer's now.
		return rounded(billing.total_of(state.received) - billing.total_of(state.paid_back))
	return billing.received(order, state)


def require(settings: CommerceSettings, order, state: OrderState, refund: Refund) -> None:
	"""Raises `HeldForReview` where more goes out than came in."""
	if refund.amount is None or settings.payment_makes == NOTHING:
		return
	booked = Decimal(repr(paid(order, state)))
	if refund.amount <= booked + Decimal(repr(billing.blur(order))):
		return
	facts = {
		"refund": refund.id,
		"amount": str(refund.amount),
		"paid": str(booked),
		"currency": order.currency,
		"order": order.name,
	}
	if order.docstatus == 2:
		raise HeldForReview(
			"Refund {refund} pays back {amount} {currency}. Order {order} is cancelled, and of the payments that came by account "
			"{account} {paid} {currency} are left; what was booked by hand is the customer's since, and not counted. Book the "
			"refund by hand, then {done}.",
			code=unpaid.CODE,
			account=settings.account,
			**facts,
		)
	raise HeldForReview(
		"Refund {refund} pays back {amount} {currency}, but only {paid} {currency} of order {order} is booked as paid. "
		"If the payment comes by itself, so does this. Book the missing payment, then {again}.",
		code=unpaid.CODE,
		# Its payment may be told after it.
		waits_for=("Sales Order", order.name),
		**facts,
	)
