"""Refunds as the other side lists them against what was paid back here. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import frappe
from frappe.utils import flt

from erp_connect.commerce.money import payments
from erp_connect.commerce.money.payment_entries import PAY, REFERENCE_LIMIT
from erp_connect.commerce.returns import refunds
from erp_connect.commerce.sales import order_lookup, order_state
from erp_connect.commerce.sales.claims import REFUND
from erp_connect.commerce.sales.order_search import Reference
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.order.events import Refund
from erp_connect.reconcile import told
from erp_connect.reconcile.money import AMOUNT, OF_ORDER, STATUS, field, finding, of_document
from erp_connect.reconcile.outside import Item, Seen
from erp_connect.reconcile.sides import Sides
from erp_connect.records.errors import HeldForReview
from erp_connect.records.values import canonical
from erp_connect.store import sync_link
from erp_connect.store.sync_difference import DIFFERENT, MISSING_HERE, Finding

ENTRY = payments.DOCTYPE
# Of a document that books a refund, the field that names the customer.
CUSTOMER = {ENTRY: "party"}


def refund(sides: Sides, settings: CommerceSettings, item: Item, seen: Seen) -> Finding | None:
	"""Money that was paid back."""
	known = canonical(sides.inward, item.whole or item.record)
	event = Refund.read({name: value for name, value in known.items() if name in Refund.model_fields})
	link = sync_link.find_external(settings.account, refunds.ENTITY, event.id)
	if link:
		seen.links.append(link.name)
	if settings.refund_makes == refunds.NOTHING:
		return None
	try:
		if refunds.not_paid(settings, event):
			return None
	except HeldForReview as error:  # booked, and no money went out
		return finding(DIFFERENT, sides, item, link=link, message=told.of(error))
	if link is None:
		return _unbooked(sides, settings, item, event, known)
	link = order_lookup.with_last_amendment(link)
	if not frappe.db.exists(link.document_type, link.document_name):
		return finding(MISSING_HERE, sides, item, link=link)
	doc = frappe.get_doc(link.document_type, link.document_name)
	fields = list(_differing(settings, doc, link, event))
	if not fields and _amount_is_elsewhere(sides, item, event):
		fields = [
			field(AMOUNT, frappe._("Paid back"), None, None)
		]  # asked for by itself, and looked at again
	return of_document(sides, item, doc, fields, link) if fields else None


def _amount_is_elsewhere(sides: Sides, item: Item, event: Refund) -> bool:
	"""Whether only the whole record says what was paid back."""
	return event.amount is None and item.whole is None and sides.inward.is_part(item.record)


def _unbooked(
	sides: Sides, settings: CommerceSettings, item: Item, event: Refund, known: dict[str, Any]
) -> Finding | None:
	"""Of a refund without a document: it may have made its order cheaper and nothing else."""
	try:
		reference = Reference.read({name: known.get(name) for name in (*OF_ORDER, "payment_id")})
		order = order_lookup.order_of(settings, reference)
	except order_lookup.NoOrder:
		if sides.inward.on_missing == "Ignore":
			return None
		raise
	state = order_state.find(settings.account, order)
	said = state and state.was_applied(REFUND, event.id)
	if said is not None and flt(event.amount) in (0.0, flt(said.get(AMOUNT))):
		return None
	fields = [field(AMOUNT, frappe._("Paid back"), None, event.amount)]
	return finding(MISSING_HERE, sides, item, fields=fields)


def _differing(
	settings: CommerceSettings, doc, link: sync_link.Link, event: Refund
) -> Iterable[dict[str, Any]]:
	if doc.docstatus != 1:
		states = (frappe._("Draft"), frappe._("Submitted"), frappe._("Cancelled"))
		yield field(STATUS, frappe._("Status"), states[doc.docstatus], event.status or frappe._("Paid"))
	if event.amount is None or settings.payment_makes == payments.NOTHING:
		return
	here = _paid_back(doc, link, event)
	if flt(here, 6) != flt(event.amount, 6):
		yield field(AMOUNT, frappe._("Paid back"), here, event.amount)


def _paid_back(doc, link: sync_link.Link, event: Refund) -> float:
	"""What submitted Payment Entries pay back of a refund: where the bank account is in the order's currency what left it
	but for the fee, else what was booked."""
	facts = order_lookup.facts(link)
	entries = _entries(doc, event)
	order = facts.get("order")
	currency = order and frappe.db.get_value("Sales Order", order, "currency")
	if entries and any(currency not in (None, one.paid_from_account_currency) for one in entries):
		return flt(facts.get(AMOUNT))
	paid = sum(flt(one.paid_amount) for one in entries)
	return flt(paid - flt(event.fee), 6) if entries else 0.0


def _entries(doc, event: Refund) -> list[Any]:
	columns = ["name", "paid_amount", "paid_from_account_currency"]
	numbered = {
		"docstatus": 1,
		"payment_type": PAY,
		"company": doc.company,
		"party": doc.get(CUSTOMER.get(doc.doctype, "customer")),
		"reference_no": event.id[:REFERENCE_LIMIT],
	}
	found = frappe.get_all(ENTRY, numbered, columns)
	if doc.doctype == ENTRY and doc.docstatus == 1 and doc.name not in {one.name for one in found}:
		found.append(doc)  # one that was sent from here has the number of the payment
	return found
