"""Payments, and entries of a clearing account, as the provider lists them against what is booked here. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import frappe
from frappe.utils import flt

from erp_connect.commerce import settings as commerce
from erp_connect.commerce.money import clearing, payments
from erp_connect.commerce.sales import order_lookup
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.clearing import ClearingEntry
from erp_connect.core.commerce.order.events import Payment
from erp_connect.core.errors import ConnectError
from erp_connect.reconcile import timestamps, told
from erp_connect.reconcile.outside import Item, Seen
from erp_connect.reconcile.sides import Sides
from erp_connect.records.errors import HeldForReview
from erp_connect.records.values import canonical
from erp_connect.store import sync_link
from erp_connect.store.sync_difference import DIFFERENT, MISSING_HERE, Finding

AMOUNT, LEDGER, STATUS = "amount", "_ledger", "docstatus"
# Finds what is booked of a record: the finding, if there is one. What it meets is added to what was seen.
Look = Callable[[Sides, CommerceSettings, Item, Seen], Finding | None]
# Of the fields of a payment, those that say which order it is of.
OF_ORDER = ("order_id", "order_number", "invoice_id")


def look(sides: Sides, items: Iterable[Item], booked: Look) -> Seen:
	"""What is `booked` of records; of one that stands twice, the later counts."""
	wanted = {item.subject: item for item in items}
	seen, settings = Seen(), commerce.load(sides.account.name)
	for item in wanted.values():
		try:
			found = booked(sides, settings, item, seen)
		except ConnectError as error:
			found = finding(MISSING_HERE, sides, item, message=told.of(error))
		if found:
			seen.findings.append(found)
	return seen


def entry_of(sides: Sides, record: Any) -> ClearingEntry:
	"""The entry that a record is. Raises `ConnectError`."""
	return ClearingEntry.read(canonical(sides.inward, record))


def entry(sides: Sides, _settings: CommerceSettings, item: Item, seen: Seen) -> Finding | None:
	"""An entry of a clearing account."""
	entry = entry_of(sides, item.whole or item.record)
	currency = clearing.currency_of(entry.account)
	if entry.payout:
		seen.lines.append((entry.payout, item.subject, entry))
	if entry.currency and currency and entry.currency != currency:
		text = frappe._("It is in {0}, and {1} in {2}: compare it by hand.")
		return finding(
			MISSING_HERE, sides, item, message=text.format(entry.currency, entry.account, currency)
		)
	booked = clearing.booked(sides.account.name, entry.account, entry.ids, outwards=entry.amount < 0)
	if booked.amount == entry.amount:
		return None
	fields = [field(LEDGER, entry.account, booked.amount, entry.amount)]
	if not booked.vouchers:
		return finding(MISSING_HERE, sides, item, fields=fields, message=frappe._("It is not booked."))
	return of_document(sides, item, frappe.get_doc(*booked.vouchers[0]), fields)


def payment(sides: Sides, settings: CommerceSettings, item: Item, seen: Seen) -> Finding | None:
	"""A payment that came in."""
	known = canonical(sides.inward, item.whole or item.record)
	payment = Payment.read({name: value for name, value in known.items() if name in Payment.model_fields})
	link = sync_link.find_external(settings.account, payments.ENTITY, payment.id)
	if link:
		seen.links.append(link.name)
	try:
		if payments.why_not(settings, payment):
			return None
	except HeldForReview as error:  # booked, and the money was taken back
		return finding(DIFFERENT, sides, item, link=link, message=told.of(error))
	if link is None:
		if sides.inward.on_missing == "Ignore":
			return None
		fields = [field(AMOUNT, frappe._("Amount"), None, payment.amount)]
		return finding(MISSING_HERE, sides, item, fields=fields)
	link = order_lookup.with_last_amendment(link)
	if not frappe.db.exists(link.document_type, link.document_name):
		return finding(MISSING_HERE, sides, item, link=link)
	doc = frappe.get_doc(link.document_type, link.document_name)
	fields = list(_differing(doc, link, payment))
	return of_document(sides, item, doc, fields, link) if fields else None


def _differing(doc, link: sync_link.Link, payment: Payment) -> Iterable[dict[str, Any]]:
	if doc.docstatus != 1:
		states = (frappe._("Draft"), frappe._("Submitted"), frappe._("Cancelled"))
		yield field(STATUS, frappe._("Status"), states[doc.docstatus], payment.status or frappe._("Paid"))
	here = _amount(doc, link, payment)
	if here is not None and flt(here, 6) != flt(payment.amount, 6):
		yield field(AMOUNT, frappe._("Amount"), here, payment.amount)


def _amount(doc, link: sync_link.Link, payment: Payment) -> Decimal | float | None:
	"""What a payment is booked with: of its Payment Entry where that is in its currency, else as it was booked."""
	facts = order_lookup.facts(link)
	if doc.doctype == payments.DOCTYPE and doc.paid_to_account_currency == payment.currency:
		return flt(doc.received_amount + flt(facts.get("fee")), 6)
	return facts.get(AMOUNT)


def of_document(
	sides: Sides, item: Item, doc, fields: list[dict[str, Any]], link: sync_link.Link | None = None
) -> Finding:
	message = ""
	if not doc.has_permission("read"):
		fields, message = [], frappe._("User {0} may not read this document.").format(frappe.session.user)
	values = {"document_type": doc.doctype, "document_name": str(doc.name)}
	latest = timestamps.latest(doc.modified)
	return finding(DIFFERENT, sides, item, link=link, fields=fields, message=message, latest=latest, **values)


def finding(
	kind: str, sides: Sides, item: Item, *, link: sync_link.Link | None = None, **values: Any
) -> Finding:
	about = {"document_type": sides.doctype, "document_name": link.document_name if link else None}
	uncertain = item.whole is None and sides.inward.is_part(item.record)
	return Finding(
		kind,
		item.subject,
		**{**about, **values},
		external_id=item.external_id,
		link=link.name if link else None,
		record=item.record,
		uncertain=uncertain,
	)


def field(name: str, label: str, here: Any, there: Any) -> dict[str, Any]:
	return {"field": name, "label": label, "here": _plain(here), "there": _plain(there)}


def _plain(value: Any) -> Any:
	return float(value) if isinstance(value, Decimal) else value
