"""Whether the money that a refund pays back has come in, by what is booked. Writes nothing."""

from __future__ import annotations

from decimal import Decimal

from erp_connect.commerce.amounts import rounded
from erp_connect.commerce.money import billing, payment_entries, payments
from erp_connect.commerce.sales import order_lookup
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
	if refund.amount is None or settings.payment_makes == payments.NOTHING:
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


def require_payment(settings: CommerceSettings, order, refund: Refund, payment: str) -> None:
	"""Raises `HeldForReview` where the very payment that a refund pays back is not booked: other money of the order stays.

	payment: its id outside; empty where the refund names none.
	"""
	if not payment or settings.payment_makes == payments.NOTHING:
		return
	if order_lookup.booked_by(settings, payments.ENTITY, payment):
		return
	if payment_entries.received(payment, [order.name, *billing.invoices(order)]):
		return
	raise HeldForReview(
		"Refund {refund} pays back payment {payment}, which is not booked for order {order}. If the payment comes by itself, so "
		"does this. If it is booked under another number, link its Payment Entry with {payment} (in its menu: Link with a "
		"Record Outside…), then {again}. If it was booked as a payment on account, or is not to be booked, book the refund "
		"likewise, then {done}.",
		code=unpaid.CODE,
		waits_for=("Sales Order", order.name),
		refund=refund.id,
		payment=payment,
		order=order.name,
	)
