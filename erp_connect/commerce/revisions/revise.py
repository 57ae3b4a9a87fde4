"""What a source says of an order: a new one, the same again, an older state, a change, or something to decide on.

Promises that a change ends in the Sales Order as far as delivery and invoicing allow, or is held with the
difference in words; that an older state never replaces a newer one; and that what a person has changed here is not
overwritten. Never commits.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from frappe import _

from erp_connect.commerce.money import advances
from erp_connect.commerce.returns import cancellations
from erp_connect.commerce.returns.cancellations import CalledOff
from erp_connect.commerce.revisions import header, obstacles, rows
from erp_connect.commerce.sales import (
	booked_rows,
	order_lookup,
	order_state,
	order_statement,
	order_total,
	orders,
	rates,
)
from erp_connect.commerce.sales.order_state import OrderState
from erp_connect.commerce.sales.order_statement import Statement, of_order
from erp_connect.commerce.sales.plan_items import items_of_plan
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.errors import Note
from erp_connect.core.commerce.order.changes import differences
from erp_connect.core.commerce.order.model import Order
from erp_connect.core.commerce.order.planner import plan_order
from erp_connect.records import identity
from erp_connect.records.write import (
	IGNORED,
	STALE,
	UNCHANGED,
	UPDATED,
	HeldForReview,
	Written,
	coming_from,
)

DOCTYPE = "Sales Order"
UNKNOWN = Note("unknown", "What its source said before is not known.")


def record(settings: CommerceSettings, order: Order, arrived: int | None = None) -> Written:
	"""Book what an event says of an order: make its Sales Order, or change the one there is."""
	orders.lock(settings, order.id)
	known = orders.find(settings, order.id)
	if known:
		return revise(settings, known, of_order(order, arrived))[0]
	if called_off := cancellations.called_off(settings, order.id):
		_require_ended(settings, called_off, order)
		return Written(IGNORED, DOCTYPE, None, order.id, _ended())
	return orders.create(settings, order, arrived)


def create_once(settings: CommerceSettings, order: Order, arrived: int | None = None) -> Written:
	"""Make the Sales Order of an order, or return the one there is, if that says the same.

	Raises `HeldForReview` "order_differs" where it does not, and "order_cancelled" for one that was cancelled.
	"""
	orders.lock(settings, order.id)
	name = orders.find(settings, order.id)
	if not name:
		if cancellations.called_off(settings, order.id):
			raise _cancelled(order.id)
		return orders.create(settings, order, arrived)
	doc = order_lookup.open_order(settings, name)
	if doc.docstatus == 2:
		raise _cancelled(order.id, doc.name)
	news = _News(order_state.load(settings.account, name), of_order(order))
	if news.goods or news.header:
		raise HeldForReview(
			f"{_('Order {id} is here already as {order}, and says otherwise.')} {news.words()} "
			+ _("Nothing was changed: send update_order for a change, or another id for another order."),
			code="order_differs",
			id=order.id,
			order=name,
		)
	return Written(UNCHANGED, DOCTYPE, name, order.id)


def revise(settings: CommerceSettings, name: str, statement: Statement) -> tuple[Written, list[str]]:
	"""Change a Sales Order as its source says: (what was done, names of its fields that changed).

	Raises `HeldForReview` with the difference for what cannot be carried over, then nothing of it is.
	"""
	doc = order_lookup.open_order(settings, name)
	state = order_state.load(settings.account, doc.name)
	order = statement.order
	if state.is_older(order.version, statement.arrived, identity.zone_of(settings.account)):
		reason = _("A newer state of this order has been booked already.")
		return Written(STALE, DOCTYPE, name, order.id, reason), []
	news = _News(state, statement)
	called_off = doc.docstatus == 2 and cancellations.called_off(settings, order.id)
	if called_off:
		_require_ended(settings, called_off, order, state, news)
		return Written(IGNORED, DOCTYPE, name, order.id, _ended()), []
	changed: list[str] = []
	if news.goods or news.header:
		with coming_from(settings.account), news.told_if_held(doc.name), order_lookup.held_if_refused():
			changed = _change(settings, doc, state, statement, news)
	state.heard(order.version, statement.arrived)
	state.said |= order_statement.hashes(order.id, statement.header)
	state.save()
	return Written(UPDATED if changed else UNCHANGED, DOCTYPE, name, order.id), changed


def _ended() -> str:
	return _("The order was cancelled before.")


def _require_ended(
	settings: CommerceSettings,
	called_off: CalledOff,
	order: Order,
	state: OrderState | None = None,
	news: _News | None = None,
) -> None:
	"""Raises `HeldForReview` where the source states anew what it had called off: it may have taken the order up again.

	What is no news may be an old event that came late: its version tells, and without one what it says.
	"""
	known = called_off.version or (state.version if state else "")
	if order.version and known:
		anew = identity.is_older(known, order.version, identity.zone_of(settings.account))
	else:
		anew = bool(news and (news.goods or news.header))
	if not anew:
		return
	if state is None:
		raise HeldForReview(
			"Order {id} was called off by its source as a draft, which was deleted; now the source states it anew. If it "
			"was taken up again, delete the Sync Link of the cancellation ({link}) and {again}; if not, {done}.",
			code="called_off",
			id=order.id,
			link=called_off.link,
		)
	raise HeldForReview(
		"Order {id} was called off by its source ({order}); now the source states it anew. If it was taken up again, amend "
		"and submit {order}, then {again}; if not, {done}.",
		code="called_off",
		id=order.id,
		order=called_off.order,
	)


def _cancelled(order_id: str, name: str = "") -> HeldForReview:
	return HeldForReview(
		"Order {id} was cancelled ({order}). For a new order, have one sent under an id of its own; then {done}.",
		code="order_cancelled",
		id=order_id,
		order=name or "-",
	)


class _News:
	"""What a statement says otherwise than the last one. goods: differences of what is charged, in words."""

	def __init__(self, state: OrderState, statement: Statement) -> None:
		self.header = order_statement.news(statement, state)
		before = state.source()
		self.goods: list[Note] = []
		if statement.charged:
			self.goods = differences(before, statement.order) if before else [UNKNOWN]

	def words(self) -> str:
		"""The differences, as text that may stand in a template."""
		besides = order_statement.summary(self.header) if self.header else ""
		return " ".join(filter(None, [order_total.words(self.goods), besides]))

	@contextmanager
	def told_if_held(self, sales_order: str) -> Iterator[None]:
		"""What is held inside the block is held with the differences, and what to do about them."""
		try:
			yield
		except HeldForReview as error:
			raise HeldForReview(
				f"{_(error.template)} {_('The source has changed the order:')} {self.words()} "
				+ _(
					"Change Sales Order {sales_order} by hand as far as that is right and {again}, or {done}."
				),
				code=error.code,
				**{**error.params, "sales_order": sales_order},
			) from error


def _change(
	settings: CommerceSettings, doc, state: OrderState, statement: Statement, news: _News
) -> list[str]:
	doc.check_permission("write")
	if doc.docstatus == 2:
		raise HeldForReview("Sales Order {order} is cancelled.", code="order_cancelled", order=doc.name)
	changed = []
	if news.goods:
		doc, changed = _change_goods(settings, doc, state, statement.order)
	changed += header.write(settings, doc, statement.order, news.header)
	if doc.docstatus == 1:
		doc.set_status(update=True)
	return changed


def _change_goods(
	settings: CommerceSettings, doc, state: OrderState, order: Order
) -> tuple[object, list[str]]:
	plan = plan_order(order, rates.of_document(settings, doc))
	order_total.refuse_held(plan)
	items = items_of_plan(settings, plan)
	source = state.source()
	before = plan_order(source, rates.of_document(settings, doc)) if source else plan
	pairs = rows.paired(doc, plan, items, state.lines)
	if rows.says(doc, plan, items):
		same = rows.priced(pairs) and plan.costs_as(before) and plan.charges_are_those_of(before)
		# Also where a person has made the change that was held, at rates that come to the same.
		if rows.laid_out(doc, pairs) and (same or not obstacles.is_untouched(doc, state)):
			changed = [] if plan.rows_are_those_of(before) else rows.retitle(doc, pairs)
			state.restate(order, rows.names(pairs), same_goods=same)
			state.booked = booked_rows.of(doc.items)
			return doc, changed
	obstacles.require_untouched(doc, state, order)
	obstacles.require_invoiced(
		doc, float(plan.expected_total), pairs, same_charges=plan.charges_are_those_of(before)
	)
	total = doc.grand_total
	if doc.docstatus == 1:
		advances.fit(settings, doc, state, float(plan.expected_total))
	doc, lines = rows.rewrite(settings, doc, plan, items, state.lines)
	advances.fit(settings, doc, state)
	state.restate(order, lines)
	state.booked = booked_rows.of(doc.items)
	changed = {
		"items": not plan.rows_are_those_of(before),
		"taxes": not plan.charges_are_those_of(before),
		"grand_total": total != doc.grand_total,
	}
	return doc, [field for field, differs in changed.items() if differs] or ["items"]
