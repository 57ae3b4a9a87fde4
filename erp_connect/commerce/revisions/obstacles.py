"""What stands in the way of a change that a source has made to its order. Writes nothing."""

from __future__ import annotations

from erp_connect.commerce.amounts import cent, rounded
from erp_connect.commerce.money import billing
from erp_connect.commerce.revisions.rows import Pair
from erp_connect.commerce.sales import booked_rows
from erp_connect.commerce.sales.order_state import OrderState
from erp_connect.core.commerce.order.model import Order
from erp_connect.core.errors import Whole
from erp_connect.records.write import HeldForReview


def require_untouched(doc, state: OrderState, order: Order) -> None:
	"""Raises `HeldForReview` unless the Sales Order is what its source stated last, and may be changed."""
	before = state.source()
	if before is None:
		raise HeldForReview(
			"What the source of Sales Order {order} said of it before is not known.",
			code="unknown_source",
			order=doc.name,
		)
	if doc.docstatus == 1 and doc.status == "Closed":
		raise HeldForReview("Sales Order {order} is closed.", code="order_closed", order=doc.name)
	if before.currency != order.currency:
		raise HeldForReview(
			"ERPNext cannot change the currency of order {order}.", code="currency_differs", order=doc.name
		)
	if state.claims:
		raise HeldForReview(
			"Pieces of Sales Order {order} were called off or given back before.",
			code="given_back",
			order=doc.name,
		)
	if not comes_to(doc, before):
		raise HeldForReview(
			"Sales Order {order} comes to {total}, and its source had stated {stated}: somebody has changed it here.",
			code="changed_here",
			order=doc.name,
			total=doc.grand_total,
			stated=str(before.total),
		)
	if not is_untouched(doc, state):
		raise HeldForReview(
			"Sales Order {order} has other rows than its source had stated, at the same total: somebody has changed it here.",
			code="changed_here",
			order=doc.name,
		)


def is_untouched(doc, state: OrderState) -> bool:
	"""Whether the Sales Order has the total and the rows that its source's last statement became."""
	before = state.source()
	known = {name for names in state.lines.values() for name in names}
	return (
		before is not None
		and comes_to(doc, before)
		and known == {row.name for row in doc.items}
		and not booked_rows.are_others(state.booked, doc.items)
	)


def comes_to(doc, order: Order) -> bool:
	"""Whether the Sales Order has the total of a statement of its source."""
	return abs(doc.grand_total - float(order.total)) < cent()


def require_invoiced(doc, total: float, pairs: list[Pair], *, same_charges: bool) -> None:
	"""Raises `HeldForReview` where invoices and credit notes of the order would not fit what it is to come to. total: that.

	pairs: what its rows are to be. same_charges: whether taxes, charges and discount stay as they are. Asked before anything is changed: ERPNext refuses a row
	of which more is billed in words that name no way out, and takes other charges than were invoiced without a word.
	"""
	if doc.docstatus == 0:
		return
	names, credit_notes = billing.invoices(doc), billing.invoices(doc, is_return=True)
	invoiced, left = billing.grand_totals(names), billing.left_invoiced(doc)
	facts = {"invoiced": left, "order": doc.name, "invoices": Whole(", ".join(names))}
	if left - total >= cent():
		raise HeldForReview(
			"{invoiced} of Sales Order {order} are invoiced ({invoices}), more than the {total} it would come to. Make a "
			"credit note for the difference, and tick Update Billed Amount in Sales Order in it.",
			code="invoiced",
			total=total,
			**facts,
		)
	as_before = abs(total - doc.grand_total) < cent() and abs(total - left) < cent()
	if names and as_before and not same_charges:
		raise HeldForReview(
			"{invoiced} of Sales Order {order} are invoiced ({invoices}), all of it, with other taxes, charges or discount than it "
			"would have. Make a credit note for all, and tick Update Billed Amount in Sales Order in it.",
			code="invoiced",
			**facts,
		)
	# A credit note without that tick leaves what it credits billed: ERPNext would not make an invoice of it again.
	unticked = billing.still_billed(credit_notes)
	billed = -billing.grand_totals(unticked)
	missing = rounded(min(billed, min(invoiced, total) - max(doc.grand_total, left)))
	if missing >= cent():
		raise HeldForReview(
			"Sales Order {order} was credited when it became cheaper, and {missing} of that would be owed again. ERPNext makes "
			"no second invoice of it from the order: make one by hand.",
			code="credited",
			order=doc.name,
			missing=missing,
		)
	taken_back = -billing.grand_totals([name for name in credit_notes if name not in unticked])
	if names and (missing := rounded(total - invoiced + taken_back)) >= cent() and _are_billed(pairs):
		raise HeldForReview(
			"The goods of Sales Order {order} are invoiced ({invoices}), so ERPNext makes no invoice from it of the {missing} more "
			"that it would come to. Make one of {missing} by hand and {done}; or make a credit note for all, without rows in "
			"Advance Payments, tick Update Billed Amount in Sales Order in it and {again}, and invoice the order anew.",
			code="invoiced",
			order=doc.name,
			invoices=Whole(", ".join(names)),
			missing=missing,
		)


def _are_billed(pairs: list[Pair]) -> bool:
	"""Whether no row would have anything left for ERPNext to invoice. Free goods are never billed, and make no order open."""
	goods = [
		(float(planned.amount), row.billed_amt if row else 0.0) for planned, row in pairs if planned.amount
	]
	return bool(goods) and all(abs(amount) - abs(billed) < cent() for amount, billed in goods)
