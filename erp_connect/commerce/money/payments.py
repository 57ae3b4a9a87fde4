"""Payments of orders → Payment Entries against the invoice of the order, or against the order as an advance.

Promises one Payment Entry for each payment id, never more than is owed, and nothing for money that has not
arrived. Never commits.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import flt

from erp_connect.commerce.amounts import rounded
from erp_connect.commerce.money import billing, payment_entries, room, same_number, unsent
from erp_connect.commerce.money.payment_entries import DOCTYPE, ENTITY, RECEIVE, Target, Transfer
from erp_connect.commerce.sales import order_lookup, order_state, repeated
from erp_connect.commerce.sales.order_state import Money, OrderState
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.order.events import Payment
from erp_connect.core.errors import Whole
from erp_connect.jobs.wakeup import INBOUND
from erp_connect.records import site_time
from erp_connect.records.errors import BadRecord
from erp_connect.records.write import (
	CREATED,
	IGNORED,
	UNCHANGED,
	HeldForReview,
	Written,
	coming_from,
)
from erp_connect.store import sync_link, unpaid

NOTHING = "Nothing"
WITH_INVOICE = "Sales Invoice and Payment Entry"
PAID = frozenset(
	(
		"",
		"paid",
		"success",
		"successful",
		"succeeded",
		"captured",
		"completed",
		"complete",
		"settled",
		"approved",
		"ok",
	)
)
UNDER_WAY = frozenset(
	("pending", "authorized", "authorised", "created", "processing", "initiated", "open", "in_progress", "on_hold",
	"requires_action", "requires_capture")
)  # fmt: skip
FAILED = frozenset(("failed", "failure", "declined", "denied", "error", "expired", "cancelled", "canceled"))
# The money came in, and was taken back: what is booked of it does not stand.
TAKEN_BACK = frozenset(("voided", "void", "returned", "chargeback", "reversed"))
LOST = FAILED | TAKEN_BACK
MONEY_IN = frozenset(("", "payment", "sale", "capture", "charge"))
NO_MONEY_IN = frozenset(("authorization", "authorisation", "auth", "void", "refund", "pending"))


def record(settings: CommerceSettings, order: str, payment: Payment) -> list[Written]:
	"""Book a payment of a Sales Order. Returns what was made: an invoice too, if the account wants one.

	Raises `HeldForReview` for more than is owed, another currency, or what ERPNext refuses; `BadRecord` for a
	status nobody knows.
	"""
	if reason := why_not(settings, payment):
		return [Written(IGNORED, DOCTYPE, None, payment.id, reason)]
	if link := order_lookup.done_before(settings, ENTITY, payment.id, order):
		return [_known(link, payment)]
	doc = order_lookup.open_order(settings, order)
	order_lookup.require_submitted(doc)
	_require_currency(doc, payment)
	same_number.require_none(settings, doc, payment.id, _number(payment))
	with coming_from(settings.account), order_lookup.held_if_refused():
		done = _invoice(settings, doc, payment)
		state = order_state.load(settings.account, doc.name)
		entry = _pay(settings, doc, payment, state)
		order_lookup.bind(settings, ENTITY, payment.id, entry, order=doc.name, **_facts(payment))
		state.received.append(Money(payment.id, entry.name, str(payment.amount)))
		state.save()
		unsent.close_or_reopen(doc.name, state)
	for account in unpaid.release(doc.name):
		INBOUND.after_commit(account)
	return [*done, Written(CREATED, DOCTYPE, entry.name, payment.id)]


def why_not(settings: CommerceSettings, payment: Payment) -> str:
	"""Why a payment is not booked; empty when it is.

	Raises `BadRecord` for words nobody knows, `HeldForReview` where it is booked and the money failed or was taken back since.
	"""
	status, kind = payment.status.strip().lower(), payment.kind.strip().lower()
	require_word(status, PAID | UNDER_WAY | LOST, "status")
	require_word(kind, MONEY_IN | NO_MONEY_IN, "kind")
	if payment.amount < 0:
		raise BadRecord("The payment {id} is below zero. Send money paid back as a refund.", id=payment.id)
	if payment.fee and payment.fee >= payment.amount > 0:
		raise BadRecord(
			"The fee of payment {id} is the whole payment or more. Map what the gateway kept of it, in the payment's currency.",
			field="fee",
			id=payment.id,
		)
	if settings.payment_makes == NOTHING:
		return _("The account does not book payments.")
	if status in UNDER_WAY | LOST:
		return _why_not_in(settings, payment, status)
	if kind in NO_MONEY_IN:
		return _("No money has arrived: this is a {0}.").format(kind)
	return "" if payment.amount else _("The payment is of zero.")


def _why_not_in(settings: CommerceSettings, payment: Payment, status: str) -> str:
	document = order_lookup.booked_by(settings, ENTITY, payment.id)
	if not document:
		return _("No money has arrived: the payment is {0}.").format(status)
	if status in UNDER_WAY:
		return repeated.stays(document, status)
	raise HeldForReview(
		"Payment {id} is booked by {document}, but is {status} now: the money did not stay. Cancel what was booked, then "
		"{done}.",
		code="payment_taken_back",
		id=payment.id,
		document=document,
		status=payment.status,
	)


def require_word(word: str, known: frozenset[str], field: str) -> None:
	"""Raises `BadRecord` for a word that is not among those known of a field of payments."""
	if word not in known:
		raise BadRecord(
			"{word} is not a {field} of payments that is known here. Map it to one of {known} by a Value Map.",
			field=field,
			word=word,
			known=Whole(", ".join(sorted(filter(None, known)))),
		)


def _facts(payment: Payment) -> dict[str, str]:
	return {"amount": str(payment.amount), "fee": str(payment.fee or 0), **_said_besides(payment)}


def _said_besides(payment: Payment) -> dict[str, str]:
	return repeated.said(
		currency=payment.currency,
		gateway=payment.gateway,
		reference=payment.reference,
		day=repeated.day(payment.date),
	)


def by_mode(link: sync_link.Link, now: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
	"""What an event says now and what is booked of it, with the Mode of Payment in place of the gateway.

	A gateway of another name that is booked just like the one before changes nothing.
	"""
	said = {name: value for name, value in now.items() if name != "gateway"}
	booked = order_lookup.facts(link)
	mode = payment_entries.mode_named(now.get("gateway", ""))
	if link.document_type == DOCTYPE:
		before = frappe.db.get_value(DOCTYPE, link.document_name, "mode_of_payment")
	else:
		before = payment_entries.mode_named(booked["gateway"]) if "gateway" in booked else mode
	if mode and mode != before:
		said["gateway"] = mode
	return said, booked | {"gateway": before or "-"}


def _known(link: sync_link.Link, payment: Payment) -> Written:
	facts = order_lookup.facts(link)
	booked, fee = facts.get("amount"), flt(facts.get("fee"))
	if payment.fee is not None and flt(payment.fee) != fee:
		raise HeldForReview(
			"Payment {id} is booked with a fee of {booked} by {entry}, but now comes with one of {fee}. Amend the Payment Entry "
			"with that deduction, then {done}.",
			code="fee_changed",
			id=payment.id,
			booked=fee,
			entry=link.document_name,
			fee=str(payment.fee),
		)
	if booked and flt(booked) != flt(payment.amount):
		raise HeldForReview(
			"Payment {id} is booked with {booked} by {entry}, but now comes with {amount}. Compare the two, correct the "
			"Payment Entry if need be, then {done}.",
			code="amount_changed",
			id=payment.id,
			booked=booked,
			entry=link.document_name,
			amount=str(payment.amount),
		)
	order_currency = frappe.db.get_value("Sales Order", facts.get("order"), "currency")
	now, before = by_mode(link, _said_besides(payment))
	now.pop("day", None)  # told below
	before = {"currency": order_currency or payment.currency, **before}
	repeated.require_equal(payment.id, link.document_name, before, now)
	order_lookup.require_booked(link, payment.id)
	reason = repeated.other_day(link, payment.date)
	return Written(UNCHANGED, DOCTYPE, link.document_name, payment.id, reason)


def _require_currency(order, payment: Payment) -> None:
	if payment.currency and payment.currency != order.currency:
		raise HeldForReview(
			"Payment {id} is in {currency}, its order {order} in {order_currency}. Book it by hand, then {done}.",
			code="currency",
			id=payment.id,
			currency=payment.currency,
			order=order.name,
			order_currency=order.currency,
		)


def _number(payment: Payment) -> str:
	return payment.reference or payment.id


def _invoice(settings: CommerceSettings, order, payment: Payment) -> list[Written]:
	if settings.payment_makes != WITH_INVOICE:
		return []
	invoice = billing.invoice_rest(order, site_time.past_day_of(payment.date))
	return [Written(CREATED, "Sales Invoice", invoice.name, None)] if invoice else []


def _pay(settings: CommerceSettings, order, payment: Payment, state: OrderState):
	"""The Payment Entry; adds to `state` what ERPNext can match with nothing of the order."""
	owed = billing.owed(order)
	blur = billing.blur(order)
	room.require(settings, order, payment, state, owed)
	party_amount = payment_entries.to_party(order, payment.amount, owed.total, blur)
	targets, rest = owed.targets(party_amount)
	on_order = min(rest, max(0.0, owed.on_order))
	if on_order > 0:
		_require_unbilled(order, payment, on_order)
		targets.append(Target("Sales Order", order.name, on_order))
	transfer = Transfer(
		kind=RECEIVE,
		amount=payment.amount,
		party_amount=party_amount,
		reference=_number(payment),
		date=site_time.past_day_of(payment.date),
		gateway=payment.gateway,
		fee=payment.fee or Decimal(0),
	)
	entry = payment_entries.make(settings, order, transfer, targets, billing.last_invoice(order))
	if (unmatched := rounded(rest - on_order)) > 0:
		state.freed.append(Money(payment.id, entry.name, str(payment_entries.from_party(order, unmatched))))
	return entry


def _require_unbilled(order, payment: Payment, on_order: float) -> None:
	"""Raises `HeldForReview` where ERPNext would not take money for the order itself. on_order: how much."""
	allowed = flt(frappe.db.get_single_value("Accounts Settings", "over_billing_allowance"))
	if flt(order.per_billed, 2) < 100 + allowed:
		return
	raise HeldForReview(
		"Payment {id} pays {left} of Sales Order {order} that are not invoiced, while all its goods are: ERPNext takes no payment "
		"for it, and makes no further invoice from it. Make an invoice of {left} by hand, book the payment by hand, and {done}.",
		code="billed",
		id=payment.id,
		left=payment_entries.from_party(order, on_order),
		order=order.name,
	)
