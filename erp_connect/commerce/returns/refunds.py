"""Refunds and returns of orders → the documents that ERPNext's books need.

Pieces that go back into stock: a return of their delivery. Invoiced: a credit note against the invoice. Not
invoiced: there is no revenue to take back, so the pieces come off the order, and an amount makes it cheaper, to
its end when nothing is left to pay. A Payment Entry for the money. Promises one set of documents for each refund
id and never more than was bought or paid. Never commits.
"""

from __future__ import annotations

from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import flt

from erp_connect.commerce.amounts import rounded
from erp_connect.commerce.money import billing, payment_entries, payments, unsent
from erp_connect.commerce.money.payment_entries import PAY, Target, Transfer
from erp_connect.commerce.returns import (
	covered,
	credit_notes,
	give_back,
	paid_before,
	reductions,
	same_pieces,
)
from erp_connect.commerce.returns.give_back import GiveBack
from erp_connect.commerce.sales import order_lines, order_lookup, order_note, order_state, repeated
from erp_connect.commerce.sales.claims import CANCELLATION, REFUND
from erp_connect.commerce.sales.order_state import Money, OrderState
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.commerce.stock import fulfilments, returned_goods
from erp_connect.core.commerce.order.events import Refund
from erp_connect.core.commerce.refund.ledger import is_amount_only
from erp_connect.records import site_time
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

ENTITY = "refund"
NOTHING = "Nothing"
ENTRY, INVOICE = "Payment Entry", "Sales Invoice"
REFUNDED = "refunded"


def record(settings: CommerceSettings, order: str, refund: Refund, payment: str = "") -> list[Written]:
	"""Book a refund of a Sales Order: goods, shipping, an amount, or all of them.

	payment: id of the one that it pays back, if it names one. The refund is linked with the first document that was created. Raises `HeldForReview` for more than was bought
	or paid, and for what ERPNext refuses.
	"""
	if settings.refund_makes == NOTHING:
		return [Written(IGNORED, INVOICE, None, refund.id, _("The account does not book refunds."))]
	if ignored := not_paid(settings, refund):
		return [ignored]
	if refund.fee and refund.amount == 0:
		raise BadRecord(
			"Refund {id} has a fee, but pays no money back. Map the fee of the payment it belongs to.",
			field="fee",
			id=refund.id,
		)
	if link := order_lookup.done_before(settings, ENTITY, refund.id, order):
		now, booked = payments.by_mode(link, _said(refund))
		now.pop("day", None)  # told below
		if not order_state.load(settings.account, order).concerns_stock(refund):
			now.pop(repeated.RESTOCKED, None)
		repeated.require_same(link, refund.id, now, booked)
		order_lookup.require_booked(link, refund.id)
		reason = repeated.other_day(link, refund.date)
		return [Written(UNCHANGED, link.document_type, link.document_name, refund.id, reason)]
	doc = order_lookup.open_order(settings, order)
	if doc.docstatus == 0:
		order_lookup.require_submitted(doc)
	state = order_state.load(settings.account, doc.name)
	if _was_applied(state, refund, doc.name):
		return [Written(UNCHANGED, "Sales Order", doc.name, refund.id)]
	covered.require_payment(settings, doc, refund, payment)
	paid_before.require_new(settings, doc, state, refund)
	with coming_from(settings.account), order_lookup.held_if_refused():
		done = _Refunding(settings, doc, state, refund).book()
		_remember(settings, state, refund, doc.name, done)
		order_note.write_reason(doc, refund.reason)
		unsent.close_or_reopen(doc.name, state)
	return done


def _was_applied(state: OrderState, refund: Refund, order: str) -> bool:
	"""Whether a refund changed the order before, and made no document. Raises `HeldForReview` where that is not clear."""
	before = state.was_applied(REFUND, refund.id)
	if before is not None:
		repeated.require_as_applied(state, REFUND, refund, order, before)
	elif state.was_applied(CANCELLATION, refund.id) is not None:
		repeated.refuse_pieces_of_other(state, CANCELLATION, refund, order)
	return before is not None


def not_paid(settings: CommerceSettings, refund: Refund) -> Written | None:
	"""Of a refund that is under way or failed, nothing is booked; None for one that went out, by its status.

	Raises `HeldForReview` where it is booked and failed since, `BadRecord` for a word nobody knows.
	"""
	status, not_out = refund.status.strip().lower(), payments.UNDER_WAY | payments.LOST
	payments.require_word(status, payments.PAID | not_out | {REFUNDED}, "status")
	if status not in not_out:
		return None
	document = order_lookup.booked_by(settings, ENTITY, refund.id)
	if document and status in payments.LOST:
		raise HeldForReview(
			"Refund {id} is booked by {document}, but is {status}: the money was not paid back. Cancel what was booked, and "
			"pay back in another way, then {done}.",
			code="refund_failed",
			id=refund.id,
			document=document,
			status=refund.status,
		)
	reason = (
		repeated.stays(document, status)
		if document
		else _("No money has gone out: the refund is {0}.").format(refund.status)
	)
	return Written(IGNORED, ENTRY, None, refund.id, reason)


def _said(refund: Refund) -> dict[str, str]:
	return repeated.said(
		lines=refund.lines,
		amount=refund.amount,
		shipping=refund.shipping,
		fee=refund.fee,
		gateway=refund.gateway,
		day=repeated.day(refund.date),
	)


def _remember(
	settings: CommerceSettings, state: OrderState, refund: Refund, order: str, done: list[Written]
) -> None:
	made = next((one for one in done if one.action == CREATED), None)
	if made:
		document = frappe.get_doc(made.doctype, made.name)
		order_lookup.bind(settings, ENTITY, refund.id, document, order=order, **_said(refund))
	elif done[0].action != IGNORED:
		state.apply(REFUND, refund.id, repeated.said_of_money(refund))
	state.save()


class _Refunding:
	"""One refund of one order."""

	def __init__(self, settings: CommerceSettings, order, state: OrderState, refund: Refund) -> None:
		self.settings = settings
		self.order = order
		self.state = state
		self.refund = refund
		self.on = site_time.past_day_of(refund.date)

	def book(self) -> list[Written]:
		if self.order.docstatus == 2:
			return self._money_only(self._amount())
		if self.settings.payment_makes != payments.NOTHING and same_pieces.possible(self.state, self.refund):
			same_pieces.refuse(self.order, self.state, self._plan(), self._paid())
		if self.refund.amount == 0 and any(line.quantity for line in self.refund.lines):
			same_pieces.refuse_paid_before(self.order, self.state, self._plan())
		if is_amount_only(self.refund) and not self._worth_less():
			return self._money_only(self.refund.amount)
		return self._credit() if billing.invoices(self.order) else self._take_off()

	def _worth_less(self) -> Decimal:
		"""Of an amount alone, what the order becomes cheaper by: all that was not paid beyond its worth anyway."""
		beyond, blur = rounded(self._paid() - billing.worth(self.order)), billing.blur(self.order)
		if beyond <= blur:
			return self.refund.amount
		less = self.refund.amount - Decimal(repr(beyond))
		return less if less > Decimal(repr(blur)) else Decimal(0)

	def _plan(self) -> GiveBack:
		refund = self.refund
		if refund.amount == 0:
			# Goods came back and no money went out: their value follows from the order.
			refund = refund.model_copy(update={"amount": None})
		elif is_amount_only(refund) and self.order.docstatus == 1:
			refund = refund.model_copy(update={"amount": self._worth_less()})
		return give_back.plan(self.settings, self.order, self.state, refund)

	def _amount(self) -> Decimal:
		return self._plan().total if self.refund.amount is None else self.refund.amount

	def _money_only(self, amount: Decimal) -> list[Written]:
		"""More was paid than the order is worth, or it is cancelled: only money moves."""
		money = self._money(amount)
		if not money:
			return [Written(IGNORED, ENTRY, None, self.refund.id, _("No money was paid back."))]
		return [self._pay_out(money)]

	def _take_off(self) -> list[Written]:
		"""Nothing is invoiced: delivered pieces come back, and what is given back comes off the order."""
		covered.require(self.settings, self.order, self.state, self.refund)
		back = self._plan()
		money = self._money(back.total)
		done = [self._written(UPDATED, "Sales Order", self.order.name)]
		pieces, warehouses = self._restocked(back)
		done += self._came_back(returned_goods.take_back_of_order(self.order, pieces, warehouses))
		if money:
			done.insert(0, self._pay_out(money))
		off = reductions.reduce(self.settings, self.order, back, self.state)
		self.state.claim(REFUND, back.refund, off, back.pieces())
		return done

	def _credit(self) -> list[Written]:
		"""Credit note, goods, money."""
		back = self._plan()
		if back.total < 0:
			raise HeldForReview(
				"Refund {refund} keeps {amount} more than it gives back, and order {order} is invoiced. Make an invoice of that by "
				"hand, then {done}.",
				code="fee_alone",
				refund=self.refund.id,
				amount=str(-back.total),
				order=self.order.name,
			)
		money = self._money(back.total)
		# The money must be looked at first: the credit note changes what has been paid.
		note = credit_notes.make(self.settings, self.order, back, self.on, own_outstanding=bool(money))
		done = [self._written(CREATED, INVOICE, note.name)]
		if not note.update_stock:
			pieces, warehouses = self._restocked(back)
			returns = returned_goods.take_back(self.order, pieces, warehouses)
			credit_notes.refuse_stock_of_invoices(self.order, back, returned_goods.not_in(returns, pieces))
			done += self._came_back(returns)
		unsent.remember(self.state, back.pieces())
		unsent.remember_rest(self.order, self.state)
		if money > back.total:
			done.append(self._pay_out(money))
		elif money:
			target = Target(INVOICE, note.name, -self._party_amount(money, -note.outstanding_amount))
			done.append(self._pay(money, -target.amount, [target]))
		self.state.claim(REFUND, back.refund)
		return done

	def _came_back(self, returns: list) -> list[Written]:
		for row in (row for doc in returns for row in doc.items):
			self.state.put_back(row.so_detail, -row.qty)
		return [self._written(CREATED, doc.doctype, doc.name) for doc in returns]

	def _restocked(self, back: GiveBack) -> tuple[dict[str, float], dict[str, str]]:
		"""Pieces to be returned now, and where they go, by the order's row; remembers what goes back into stock.

		What came back by its parcel, or by a person's return, is in stock already.
		"""
		pieces: dict[str, float] = {}
		warehouses: dict[str, str] = {}
		there = returned_goods.came_back(self.order, self.state)
		for one in back.goods:
			if one.restock:
				pieces[one.row] = flt(pieces.get(one.row, 0) + one.quantity, order_lines.DIGITS)
				if one.location:
					warehouses[one.row] = fulfilments.warehouse_of(one.location, self.order.company)
		for row, quantity in pieces.items():
			known = min(quantity, there.get(row, 0.0))
			self.state.put_back(row, known)
			pieces[row] = flt(quantity - known, order_lines.DIGITS)
		return pieces, warehouses

	def _money(self, total: Decimal) -> Decimal:
		"""What goes out: what the source says it paid back, else the value of what is given back, if it was paid."""
		if self.settings.payment_makes == payments.NOTHING:
			return Decimal(0)
		if self.refund.amount is None:
			return max(Decimal(0), min(total, Decimal(repr(self._paid()))))
		covered.require(self.settings, self.order, self.state, self.refund)
		return self.refund.amount

	def _paid(self) -> float:
		return covered.paid(self.order, self.state)

	def _party_amount(self, money: Decimal, whole: float | None = None) -> float:
		return payment_entries.to_party(self.order, money, whole, billing.blur(self.order))

	def _pay_out(self, money: Decimal) -> Written:
		"""Money out, matched with credit notes that wait for it, or else with nothing.

		Against the order it cannot be: ERPNext counts a payment against an order as an advance, whichever way the
		money goes, and takes none for an order that is paid in full. The customer's balance is right; Payment
		Reconciliation matches the rest.
		"""
		left = whole = self._party_amount(money)
		targets = []
		for name, amount in billing.open_credits(self.order):
			if part := min(left, amount):
				targets.append(Target(INVOICE, name, -part))
				left = rounded(left - part)
		written = self._pay(money, whole, targets)
		if left > 0:
			unmatched = payment_entries.from_party(self.order, left)
			self.state.paid_back.append(Money(self.refund.id, written.name, str(unmatched)))
		return written

	def _pay(self, money: Decimal, party_amount: float, targets: list[Target]) -> Written:
		fee = self.refund.fee or Decimal(0)
		transfer = Transfer(PAY, money, party_amount, self.refund.id, self.on, self.refund.gateway, fee)
		like = billing.last_invoice(self.order)
		entry = payment_entries.make(self.settings, self.order, transfer, targets, like)
		return self._written(CREATED, ENTRY, entry.name)

	def _written(self, action: str, doctype: str, name: str) -> Written:
		return Written(action, doctype, name, self.refund.id)
