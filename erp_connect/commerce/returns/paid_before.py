"""Refunds whose money went back already: the shop and its gateway may both tell of one, and a person may have booked it.

Writes nothing.
"""

from __future__ import annotations

from frappe.utils import flt

from erp_connect.commerce.money import billing, payment_entries
from erp_connect.commerce.money.payments import NOTHING
from erp_connect.commerce.sales import order_lookup
from erp_connect.commerce.sales.order_state import OrderState
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.order.events import Refund
from erp_connect.records.errors import HeldForReview
from erp_connect.store import sync_link

ENTITY = "refund"


def require_new(settings: CommerceSettings, order, state: OrderState, refund: Refund) -> None:
	"""Raises `HeldForReview` where this money went back already, by what another account told or a person booked.

	The shop and its gateway may both tell of one refund: under one number, or with the same amount.
	"""
	if settings.payment_makes == NOTHING:
		return
	documents = [order.name, *billing.invoices(order), *billing.invoices(order, is_return=True)]
	known = [one.entry for one in state.paid_back]
	for entry, number in payment_entries.paid_back(known, documents, order.customer, refund.id):
		if _is_the_same(settings, order, entry in known, number, refund):
			raise HeldForReview(
				"{entry} has paid money of order {order} back under the number {number}, and did not come by account {account}. "
				"If it is this refund, nothing is to be done: {done}. If it is another one, book refund {id} by hand, then {done}.",
				code="refund_elsewhere",
				entry=entry,
				order=order.name,
				number=number,
				account=settings.account,
				id=refund.id,
			)


def _is_the_same(settings: CommerceSettings, order, mine: bool, number: str, refund: Refund) -> bool:
	"""Whether money that went out under a number may be a refund. mine: it is known to be of the order.

	Another account may have told of a refund of this order with the same amount. One of that number is none of it where the
	other account told it of another order.
	"""
	told = [order_lookup.facts(link) for link in sync_link.elsewhere(settings.account, ENTITY, number)]
	here = [one for one in told if one.get("order") == order.name]
	if number == refund.id:
		return bool(mine or here or not told)
	return any(refund.amount is not None and flt(one.get("amount")) == flt(refund.amount) for one in here)
