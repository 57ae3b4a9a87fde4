"""Parcels of orders → Delivery Notes.

Promises one Delivery Note for each parcel, never more pieces than the order has left; a parcel that comes again
only brings its tracking number up to date, and one that came back is returned. Never commits.
"""

from __future__ import annotations

import json

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note
from frappe import _
from frappe.utils import flt, getdate

from erp_connect.commerce.money import billing, charges, unsent
from erp_connect.commerce.parties.fitting import Fitter
from erp_connect.commerce.sales import (
	order_lines,
	order_lookup,
	order_state,
	originals,
	repeated,
	stated_prices,
)
from erp_connect.commerce.sales.originals import Original
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.commerce.stock import not_left, returned_goods, same_parcel
from erp_connect.core.commerce.order.events import Fulfilment
from erp_connect.records import names, site_time, submitting
from erp_connect.records.errors import BadRecord
from erp_connect.records.write import (
	CREATED,
	IGNORED,
	UNCHANGED,
	UPDATED,
	HeldForReview,
	Written,
	coming_from,
)
from erp_connect.store import sync_link

ENTITY = "fulfilment"
DOCTYPE = "Delivery Note"
NOTHING = "Nothing"
LEFT = frozenset(
	("", "shipped", "sent", "success", "fulfilled", "in_transit", "out_for_delivery", "delivered", "complete",
	"completed")
)  # fmt: skip
# Among the facts of a parcel: it was told that it came back.
BACK = "back"
CAME_BACK = frozenset(("returned", "return_to_sender", "returned_to_sender", "cancelled", "canceled"))


def record(settings: CommerceSettings, order: str, parcel: Fulfilment) -> list[Written]:
	"""Deliver a parcel of a Sales Order, or take it back if it came back; without lines, all that is left.

	Raises `HeldForReview` for more than was ordered, missing stock, or what else ERPNext refuses; `BadRecord` for a
	status nobody knows, and "missing_link" for the return of a parcel that did not come yet.
	"""
	status = parcel.status.strip().lower()
	if reason := _why_not(settings, parcel, status):
		return [Written(IGNORED, DOCTYPE, None, parcel.id, reason)]
	link = order_lookup.done_before(settings, ENTITY, parcel.id, order)
	if status in CAME_BACK:
		return _take_back(settings, order, parcel, link)
	if link:
		repeated.require_same(link, parcel.id, *_facts_now_and_booked(link, parcel))
		order_lookup.require_booked(link, parcel.id)
		_require_out(link, parcel)
		return [_track(settings, link.document_name, parcel)]
	doc = order_lookup.open_order(settings, order)
	order_lookup.require_submitted(doc)
	same_parcel.require_none(settings, doc, parcel)
	state = order_state.load(settings.account, doc.name)
	taken = _pieces(doc, state, parcel)
	if not taken:
		return [Written(IGNORED, DOCTYPE, None, parcel.id, _why_nothing(doc, state, parcel))]
	with coming_from(settings.account), order_lookup.held_if_refused():
		fitter = Fitter(doc.company)
		unsent.open_again(doc, state)
		note = _deliver(doc, taken, parcel, fitter)
		fitter.comment_on(note.doctype, note.name)
		order_lookup.bind(
			settings,
			ENTITY,
			parcel.id,
			note,
			order=doc.name,
			**repeated.said(lines=parcel.lines, day=repeated.day(parcel.date)),
		)
		unsent.close_or_reopen(doc.name, state)
	return [Written(CREATED, DOCTYPE, note.name, parcel.id)]


def _facts_now_and_booked(link, parcel: Fulfilment) -> tuple[dict[str, str], dict[str, str]]:
	"""What a parcel says that comes again, and what its delivery has: tracking number and carrier just follow."""
	company, posted = frappe.db.get_value(DOCTYPE, link.document_name, ["company", "posting_date"])
	day = repeated.day(parcel.date)
	location = warehouse_of(parcel.location, company) if parcel.location else ""
	now = repeated.said(lines=parcel.lines, day="" if day == str(posted) else day, location=location)
	used = frappe.get_all(
		f"{DOCTYPE} Item",
		{"parent": link.document_name},
		pluck="warehouse",
		distinct=True,
		order_by="warehouse",
	)
	return now, {"location": ", ".join(filter(None, used))}


def _why_not(settings: CommerceSettings, parcel: Fulfilment, status: str) -> str:
	"""Why a parcel is not booked; empty when it is."""
	if settings.fulfilment_makes == NOTHING:
		return _("The account does not book deliveries.")
	if status not in LEFT | not_left.WORDS | CAME_BACK:
		raise BadRecord(
			"{status} is not a status of parcels that is known here. Map it to one of {known} by a Value Map.",
			field="status",
			status=status,
			known="shipped, pending, returned, cancelled",
		)
	return not_left.why(settings, parcel, status) if status in not_left.WORDS else ""


def _take_back(settings: CommerceSettings, order: str, parcel: Fulfilment, link) -> list[Written]:
	"""Reverse the delivery of a parcel; its pieces can be sent again, unless they were paid back before."""
	if not link:
		raise BadRecord(
			"Parcel {parcel} came back, but was not delivered here yet. {trying} If it never left, {done}.",
			code="missing_link",
			parcel=parcel.id,
		)
	doc = order_lookup.open_order(settings, order)
	pieces = _came_back(settings, doc, parcel, originals.delivery(link.document_name))
	if not pieces:
		return [Written(UNCHANGED, DOCTYPE, link.document_name, parcel.id)]
	with coming_from(settings.account), order_lookup.held_if_refused():
		made = returned_goods.take_back_of_order(
			doc, pieces, _warehouses(doc, parcel, pieces), deliveries=[link.document_name]
		)
		sync_link.set_details(link.name, json.dumps({**order_lookup.facts(link), BACK: "1"}))
		state = order_state.load(settings.account, doc.name)
		unsent.remember_returned(frappe.get_doc("Sales Order", doc.name), state, made)
		unsent.close_or_reopen(doc.name, state)
	return [Written(CREATED, DOCTYPE, one.name, parcel.id) for one in made]


def _require_out(link, parcel: Fulfilment) -> None:
	"""Raises `HeldForReview` for a parcel that is told to be on its way, and has come back whole.

	It may be old news, or may have left once more: its status does not say which.
	"""
	if BACK not in order_lookup.facts(link):
		return
	if not originals.delivery(link.document_name).is_out():
		raise HeldForReview(
			"Parcel {parcel} came back, and its delivery {document} is reversed; now it is {status}. If it has left again, deliver "
			"it by hand; then {done}.",
			code="parcel_came_back",
			parcel=parcel.id,
			document=link.document_name,
			status=parcel.status,
		)


def _came_back(settings: CommerceSettings, order, parcel: Fulfilment, delivery: Original) -> dict[str, float]:
	"""Pieces to be taken back now, by the order's row. The lines of a parcel say what came back of it in all, so
	that the same news twice changes nothing."""
	if delivery.doc.docstatus != 1:
		return {}
	left = {row: delivery.left(row) for row in delivery.rows}
	if parcel.lines:
		wanted = [(line.line_id, line.quantity) for line in parcel.lines if line.quantity]
		state = order_state.load(settings.account, order.name)
		in_all = order_lines.take(order, state, wanted, lambda row: delivery.quantity(row.name))
		left = {
			row: flt(quantity - (delivery.quantity(row) - left[row]), order_lines.DIGITS)
			for row, quantity in in_all.items()
		}
	return {row: quantity for row, quantity in left.items() if quantity > 0}


def _warehouses(order, parcel: Fulfilment, pieces: dict[str, float]) -> dict[str, str]:
	if not parcel.location:
		return {}
	return dict.fromkeys(pieces, warehouse_of(parcel.location, order.company))


def _pieces(order, state: order_state.OrderState, parcel: Fulfilment) -> dict[str, float]:
	if not parcel.lines:
		waiting = {row.name: unsent.left(state, row) for row in order.items}
		return {row: quantity for row, quantity in waiting.items() if quantity > 0}
	wanted = [
		(line.line_id, line.quantity)
		for line in parcel.lines
		if line.quantity and not _is_drop_shipped(order, state, line.line_id)
	]
	return order_lines.take(order, state, wanted, unsent.undelivered, lambda row: unsent.left(state, row))


def _is_drop_shipped(order, state: order_state.OrderState, line_id: str) -> bool:
	return all(row.delivered_by_supplier for row in order_lines.rows_of(order, state, line_id))


def _why_nothing(order, state: order_state.OrderState, parcel: Fulfilment) -> str:
	"""Why there is nothing to deliver of a parcel."""
	told = [line.line_id for line in parcel.lines if line.quantity]
	rows = [row for line_id in told for row in order_lines.rows_of(order, state, line_id)] or order.items
	if any(row.delivered_by_supplier and row.delivered_qty < row.qty for row in rows):
		return _("The supplier sends it: the Purchase Order tells when it is delivered.")
	return _("Everything of the order is delivered already.")


def _deliver(order, taken: dict[str, float], parcel: Fulfilment, fitter: Fitter):
	doc = make_delivery_note(order.name)
	doc.flags.ignore_permissions = False  # ERPNext's mappers may have set it; the user's own rights count
	doc.items = [row for row in doc.items if row.so_detail in taken]
	if len(doc.items) < len(taken):
		raise HeldForReview(
			"ERPNext offers only some lines of parcel {parcel} for delivery. Deliver it by hand, then {done}.",
			parcel=parcel.id,
		)
	warehouse = warehouse_of(parcel.location, order.company) if parcel.location else None
	for number, row in enumerate(doc.items, start=1):
		row.idx, row.qty = number, taken[row.so_detail]
		row.warehouse = warehouse or row.warehouse
	doc.update(_tracking(parcel, fitter))
	doc.update(_posted_on(parcel, order))
	doc.disable_rounded_total = order.disable_rounded_total
	stated_prices.keep(doc, order)
	charges.leave_rest(doc, order, _earlier(order))
	charges.not_below_zero(doc)
	doc.insert()
	charges.drop_foreign(doc, order)
	submitting.submit(doc)
	return doc


def _posted_on(parcel: Fulfilment, order) -> dict[str, object]:
	"""The day on which a parcel left, never before its order or after today."""
	day = max(site_time.past_day_of(parcel.date), getdate(order.transaction_date))
	return {"set_posting_time": 1, "posting_date": day} if day < getdate() else {}


def _earlier(order) -> list:
	return [frappe.get_doc(DOCTYPE, name) for name in billing.deliveries(order)]


def warehouse_of(location: str, company: str) -> str:
	"""The Warehouse that a location is. Raises `BadRecord` unless it is one of the company's."""
	known = names.alike("Warehouse", location)
	if known is None or frappe.db.get_value("Warehouse", known, "company") != company:
		raise BadRecord(
			"{location} is not a warehouse of {company}. Map the location to a Warehouse by a Value Map in the flow, or "
			"leave it out: then each line leaves the warehouse of its order.",
			code="unknown_location",
			location=location,
			company=company,
		)
	return known


def _tracking(parcel: Fulfilment, fitter: Fitter) -> dict[str, str]:
	values = {
		"lr_no": fitter.line(_("Transport Receipt No"), parcel.tracking_number),
		"transporter_name": fitter.line(_("Transporter Name"), parcel.carrier),
	}
	return {field: value for field, value in values.items() if value}


def _track(settings: CommerceSettings, name: str, parcel: Fulfilment) -> Written:
	"""Bring the tracking number and carrier of a known parcel up to date."""
	doc = frappe.get_doc(DOCTYPE, name, for_update=True)
	doc.check_permission("write")
	fitter = Fitter(doc.company)
	changes = {field: value for field, value in _tracking(parcel, fitter).items() if doc.get(field) != value}
	if not changes or doc.docstatus == 2:
		return Written(UNCHANGED, DOCTYPE, name, parcel.id)
	with coming_from(settings.account):
		doc.update(changes)
		# ERPNext locks these two on submit, though a label is often printed later. They touch neither stock nor money.
		doc.flags.ignore_validate_update_after_submit = True
		doc.save()
		fitter.comment_on(DOCTYPE, name)
	return Written(UPDATED, DOCTYPE, name, parcel.id)
