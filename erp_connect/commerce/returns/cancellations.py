"""Cancellations of orders, whole or in pieces, as long as nothing of them was delivered or invoiced.

Promises that nothing is undone that has happened: an order with deliveries or invoices is held, with their
names. Never commits.
"""

from __future__ import annotations

from dataclasses import dataclass

import frappe
from frappe.utils import flt

from erp_connect.commerce.amounts import cent
from erp_connect.commerce.money import billing
from erp_connect.commerce.returns import give_back, reductions
from erp_connect.commerce.sales import (
	called_off_drafts,
	order_lines,
	order_lookup,
	order_note,
	order_state,
	repeated,
)
from erp_connect.commerce.sales.claims import CANCELLATION, REFUND
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.order.events import Cancellation, Refund, ReturnedPieces
from erp_connect.core.errors import Whole
from erp_connect.records import amendments, site_time, submitting
from erp_connect.records.write import UNCHANGED, UPDATED, HeldForReview, Written, coming_from
from erp_connect.store import locks, sync_link

ENTITY = "cancellation"
DOCTYPE = "Sales Order"
CANCELLED, CLOSED, DELETED = "cancelled", "closed", "deleted"


@dataclass(frozen=True)
class CalledOff:
	"""An order that its source has cancelled as a whole. order: its document, which a draft leaves behind no more.

	version: of the order in the calling system, as it was stated last before; empty where it has none. link: name of
	the Sync Link that keeps it.
	"""

	order: str
	version: str
	link: str


def called_off(settings: CommerceSettings, order_id: str) -> CalledOff | None:
	"""What is known of the cancellation of an order by its source; None for an order that goes on. order_id: its id outside."""
	link = sync_link.find_external(settings.account, ENTITY, order_id)
	if not link:
		return None
	return CalledOff(link.document_name, order_lookup.facts(link).get("version", ""), link.name)


def known(settings: CommerceSettings, cancellation: Cancellation) -> str | None:
	"""The order of a cancellation that was handled; it may not exist any more. From here on nobody else handles it.

	An order that was taken up again since, by a person who amended it, may be cancelled once more.
	"""
	locks.until_commit(f"{ENTITY}:{settings.account}:{cancellation.id}")
	link = sync_link.find_external(settings.account, ENTITY, cancellation.id)
	if not link or _goes_on(link.document_name):
		return None
	return link.document_name


def _goes_on(order: str) -> bool:
	heir = amendments.last_amendment(DOCTYPE, order)
	return heir != order and frappe.db.get_value(DOCTYPE, heir, "docstatus") != amendments.CANCELLED


def record(settings: CommerceSettings, order: str, cancellation: Cancellation) -> list[Written]:
	"""Cancel a Sales Order, or take pieces off it.

	A draft is deleted, for ERPNext cannot cancel what was never submitted; an order whose invoices and deliveries
	have all been returned is closed. Raises `HeldForReview` when something is in the way.
	"""
	if name := known(settings, cancellation):
		if name != order:
			raise order_lookup.used_elsewhere(ENTITY, cancellation.id)
		return [Written(UNCHANGED, DOCTYPE, name, cancellation.id)]
	doc = order_lookup.open_order(settings, order)
	with coming_from(settings.account), order_lookup.held_if_refused():
		action = (
			_pieces(settings, doc, cancellation)
			if cancellation.lines
			else _whole(settings, doc, cancellation)
		)
		day = site_time.day_of(cancellation.date) if cancellation.date else None
		order_note.write_reason(doc, cancellation.reason, day)
	return [Written(action, DOCTYPE, doc.name, cancellation.id)]


def _whole(settings: CommerceSettings, order, cancellation: Cancellation) -> str:
	action = UNCHANGED
	version = order_state.load(settings.account, order.name).version
	if order.docstatus == 0:
		_require_as_it_came(order)
		_require_nothing_follows(order)
		called_off_drafts.delete(settings.account, order.name)
		action = DELETED
	elif order.docstatus == 1 and order.status != "Closed":
		_require_as_it_came(order)
		action = _end(order)
	elif order.docstatus == 1 and not _all_returned(order):
		# A person or a refund has closed it, with goods delivered or invoiced that are not taken back.
		_require_nothing_follows(order)
	order_lookup.bind(settings, ENTITY, cancellation.id, order, version=version)
	return action


def _require_as_it_came(order) -> None:
	"""Raises `HeldForReview` for an order that a person amended: where cancellations are sent, the outside may just say what
	it was told of the order before."""
	if order.amended_from:
		raise HeldForReview(
			"The source calls the order off, which was amended here: {order} stands in place of {old}. If it is called off as "
			"well, cancel it by hand; then {done}.",
			code="order_amended",
			order=order.name,
			old=order.amended_from,
		)


def _end(order) -> str:
	if _all_returned(order):
		order.check_permission("cancel")
		order.update_status("Closed")
		return CLOSED
	_require_nothing_follows(order)
	submitting.cancel(order)
	return CANCELLED


def _pieces(settings: CommerceSettings, order, cancellation: Cancellation) -> str:
	state = order_state.load(settings.account, order.name)
	if (before := state.was_applied(CANCELLATION, cancellation.id)) is not None:
		repeated.require_as_applied(state, CANCELLATION, cancellation, order.name, before)
		return UNCHANGED
	if order.docstatus == 2:
		return UNCHANGED
	repeated.refuse_pieces_of_other(state, REFUND, cancellation, order.name)
	order_lines.take(
		order, state, [(line.line_id, line.quantity) for line in cancellation.lines], _undelivered
	)
	lines = [
		ReturnedPieces.model_construct(line_id=line.line_id, quantity=line.quantity)
		for line in cancellation.lines
	]
	refund = Refund.model_construct(id=cancellation.id, lines=lines)
	back = give_back.plan(settings, order, state, refund)
	off = reductions.reduce(settings, order, back, state)
	state.apply(CANCELLATION, cancellation.id)
	state.claim(CANCELLATION, back.refund, off, back.pieces())
	for line in back.refund.lines:
		state.take_off(line.line_id, float(line.quantity))
	state.save()
	return UPDATED


def _undelivered(row) -> float:
	return flt(row.qty - row.delivered_qty, order_lines.DIGITS)


def _all_returned(order) -> bool:
	"""Whether there were invoices or deliveries, and all of them came back."""
	invoiced = billing.invoices(order)
	delivered = billing.deliveries(order)
	if not (invoiced or delivered):
		return False
	# ERPNext counts what came back off `delivered_qty`.
	return abs(billing.left_invoiced(order)) < cent() and all(
		flt(row.delivered_qty) <= 0 for row in order.items
	)


def _require_nothing_follows(order) -> None:
	in_the_way = [
		f"{doctype} {name}"
		for doctype, names in (
			("Delivery Note", billing.deliveries(order) + billing.deliveries(order, docstatus=0)),
			("Sales Invoice", billing.invoices(order) + billing.invoices(order, docstatus=0)),
		)
		for name in names
	]
	if in_the_way:
		raise HeldForReview(
			"Order {order} cannot be cancelled: {documents} follow from it. Return or cancel them first, then {again}.",
			code="in_the_way",
			order=order.name,
			documents=Whole(", ".join(in_the_way)),
		)
