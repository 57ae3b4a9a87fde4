"""Whether a payment fits into what is still to be paid of its order. Writes nothing."""

from __future__ import annotations

import frappe
from frappe.utils import flt

from erp_connect.commerce.amounts import rounded
from erp_connect.commerce.money import billing, let_go, payment_entries
from erp_connect.commerce.sales.order_state import OrderState
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.order.events import Payment
from erp_connect.core.errors import Whole
from erp_connect.records.write import HeldForReview

NOTHING = "Nothing"


def require(
	settings: CommerceSettings, order, payment: Payment, state: OrderState, owed: billing.Owed
) -> None:
	"""Raises `HeldForReview` for more than is to be paid, and where that cannot be told."""
	# Money that went back of an order that was not paid in full is owed anew, while its advances still count whole.
	left = rounded(payment_entries.from_party(order, owed.total) + billing.gone_back(state))
	if settings.refund_makes != NOTHING:
		# An order that became cheaper and dearer again was paid all the same: what it had needed less is the customer's.
		left = max(0.0, rounded(left - billing.spare(order, state)))
	most = left + billing.blur(order)
	facts = {
		"id": payment.id,
		"amount": str(payment.amount),
		"currency": order.currency,
		"order": order.name,
	}
	# More than `left` is too much in any case, and is told as that.
	if rounded(payment.amount) <= most:
		_require_room_beside(let_go.of(order, state), order, payment, most, facts)
	_require_rate(order, payment, owed)
	if rounded(payment.amount) > most:
		raise HeldForReview(
			"Payment {id} is of {amount} {currency}, but only {left} {currency} of order {order} is still to be paid. Check "
			"whether it was booked by hand already; otherwise book it as a payment on account. Then {done}.",
			code="overpaid",
			left=left,
			**facts,
		)


def _require_room_beside(
	loose: list[let_go.Loose], order, payment: Payment, most: float, facts: dict[str, str]
) -> None:
	"""Raises `HeldForReview` where payments that are allocated to nothing now leave less to be paid than comes."""
	paid = rounded(sum(one.amount for one in loose))
	if not loose or rounded(payment.amount) <= most - paid:
		return
	facts = {**facts, "paid": paid, "entries": Whole(", ".join(one.entry for one in loose))}
	if order.amended_from:
		raise HeldForReview(
			"Payment {id} is of {amount} {currency}, but {paid} {currency} of order {order} came before it was amended, by "
			"{entries}, and are allocated to nothing now. Amend {entries} with a row for the order. If payment {id} is other "
			"money, book it as a payment on account. Then {done}.",
			code="paid_before_amendment",
			**facts,
		)
	raise HeldForReview(
		"Payment {id} is of {amount} {currency}, but {paid} {currency} of order {order} came before, by {entries}, and are "
		"allocated to nothing now, as happens when an invoice is cancelled. Allocate {entries} by Payment Reconciliation. If "
		"payment {id} is other money, book it as a payment on account. Then {done}.",
		code="paid_before",
		**facts,
	)


def _require_rate(order, payment: Payment, owed: billing.Owed) -> None:
	"""Raises `HeldForReview` where an open invoice has another exchange rate: what is owed is no amount of the order's then."""
	if payment_entries.party_currency(order) == order.currency:
		return
	for name, _outstanding in owed.invoices:
		rate = frappe.db.get_value("Sales Invoice", name, "conversion_rate")
		if flt(rate, 9) != flt(order.conversion_rate, 9):
			raise HeldForReview(
				"Sales Invoice {invoice} has the exchange rate {rate}, its order {order} has {order_rate}: what payment {id} leaves "
				"open cannot be told. Book it by hand, then {done}.",
				code="other_rate",
				invoice=name,
				rate=rate,
				order=order.name,
				order_rate=order.conversion_rate,
				id=payment.id,
			)
