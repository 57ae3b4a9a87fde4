"""Refunds of pieces that came off the order before, by a change or a cancellation, or were paid back before.

Those say nothing of money: who sent one pays it back in a refund that may name the pieces again; and who paid an amount back
may name the pieces later. Promises that they do not come off twice without a word. Writes nothing.
"""

from __future__ import annotations

from erp_connect.commerce.amounts import rounded
from erp_connect.commerce.money import billing
from erp_connect.commerce.returns.give_back import GiveBack
from erp_connect.commerce.sales.order_state import OrderState
from erp_connect.core.commerce.order.events import Refund
from erp_connect.core.commerce.refund.ledger import is_amount_only
from erp_connect.records.write import HeldForReview


def possible(state: OrderState, refund: Refund) -> bool:
	"""Whether a refund pays money back for pieces, of an order that pieces came off before."""
	names_pieces = any(line.quantity for line in refund.lines)
	return names_pieces and refund.amount != 0 and any(state.taken_off.values())


def refuse(order, state: OrderState, back: GiveBack, paid: float) -> None:
	"""Raises `HeldForReview` where this may be the money of just the pieces that came off before.

	That is so where as many of each line did, and as much is paid beyond what the order is worth. paid: in its currency.
	"""
	pieces = [line for line in back.refund.lines if line.quantity]
	if any(state.taken_off.get(line.line_id, 0.0) < float(line.quantity) for line in pieces):
		return
	beyond = rounded(paid - billing.worth(order))
	money = back.total if back.refund.amount is None else back.refund.amount
	if float(money) > beyond + billing.blur(order):
		return
	raise HeldForReview(
		"Refund {refund} gives back pieces of line {line}, of which as many came off order {order} before, and {beyond} "
		"{currency} more was paid than the order is worth now. If it pays for just those, send the amount without lines, or "
		"book the money by hand; if further pieces came back, book them by hand as well. Then {done}.",
		code="taken_off_before",
		refund=back.refund.id,
		line=pieces[0].line_id,
		order=order.name,
		beyond=beyond,
		currency=order.currency,
	)


def refuse_paid_before(order, state: OrderState, back: GiveBack) -> None:
	"""Raises `HeldForReview` for pieces that pay nothing where as much was paid back before by an amount alone."""
	amounts = [claim.amount for claim in state.earlier() if is_amount_only(claim)]
	before = max((amount for amount in amounts if amount), default=0)
	if not 0 < back.total <= before:
		return
	raise HeldForReview(
		"Refund {refund} gives back pieces and pays nothing, but {before} {currency} of order {order} were paid back before "
		"without naming pieces. If that was for these, their value would come off twice. Book by hand what came back, then {done}.",
		code="paid_before",
		refund=back.refund.id,
		before=str(before),
		currency=order.currency,
		order=order.name,
	)
