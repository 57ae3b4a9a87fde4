"""Advances on an order that becomes smaller.

ERPNext counts every advance that was ever paid against an order, also after it was unlinked, and refuses to
invoice an order with an advance above its total. The one way out it has is to amend the Payment Entry. Promises
the same money on the same day under the same number; what the order no longer needs stays with the customer.
"""

from __future__ import annotations

import frappe
from frappe.utils import flt, round_based_on_smallest_currency_fraction

from erp_connect.commerce.amounts import rounded
from erp_connect.commerce.money import billing, payment_entries
from erp_connect.commerce.sales import order_lookup
from erp_connect.commerce.sales.order_state import Money, OrderState
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.errors import Whole
from erp_connect.records import submitting
from erp_connect.records.write import HeldForReview
from erp_connect.store import sync_link

DOCTYPE = "Payment Entry"
PAYMENT = "payment"
KEPT = (
	"posting_date",
	"reference_no",
	"reference_date",
	"mode_of_payment",
	"project",
	"cost_center",
	"remarks",
)


def fit(settings: CommerceSettings, order, state: OrderState, total: float | None = None) -> None:
	"""Amend Payment Entries so that advances do not exceed the order, which is read anew if any were.

	total: what the order is about to come to, in its currency; without it, what it comes to. Told beforehand, since
	ERPNext cancels no Payment Entry while those that remain exceed the order. Raises `HeldForReview`; does not save
	`state`.
	"""
	over = rounded(order.advance_paid - (_total(order) if total is None else _coming(order, total)))
	if over <= 0:
		return
	for name in _entries(order.name):
		cut = min(over, _allocated(name, order.name))
		if cut > 0:
			_amend(settings, order, state, name, cut)
			over = rounded(over - cut)
	if over > 0 and (journals := _journals(order.name)):
		raise HeldForReview(
			"The advance {entry} would exceed order {order} by {amount}, and a Journal Entry is not changed by itself. Change "
			"the order and the advance by hand, then {done}.",
			code="advance_by_hand",
			entry=Whole(", ".join(journals)),
			order=order.name,
			amount=over,
		)
	order.reload()


def _total(order) -> float:
	if order.status == billing.CLOSED and not billing.invoices(order):
		return 0.0
	if payment_entries.party_currency(order) == order.currency:
		return flt(order.rounded_total or order.grand_total)
	return flt(order.base_rounded_total or order.base_grand_total)


def _coming(order, total: float) -> float:
	"""What `_total` will be of an order that is about to come to `total`."""
	in_order = payment_entries.party_currency(order) == order.currency
	coming = total if in_order else rounded(total * order.conversion_rate)
	if not order.rounded_total:
		return coming
	currency = (
		order.currency if in_order else frappe.get_cached_value("Company", order.company, "default_currency")
	)
	return round_based_on_smallest_currency_fraction(coming, currency, order.precision("rounded_total"))


def _entries(order: str) -> list[str]:
	"""Payment Entries with an advance on the order: the latest first, and those that the bank has confirmed last."""
	return frappe.db.sql_list(
		"SELECT DISTINCT entry.name FROM `tabPayment Entry` entry JOIN `tabPayment Entry Reference` row"
		" ON row.parent = entry.name WHERE row.reference_doctype = 'Sales Order' AND row.reference_name = %s"
		" AND entry.docstatus = 1 AND entry.payment_type = 'Receive'"
		" ORDER BY entry.clearance_date IS NOT NULL, entry.creation DESC",
		order,
	)


def _journals(order: str) -> list[str]:
	"""Journal Entries with an advance on the order."""
	filters = {"reference_type": "Sales Order", "reference_name": order, "docstatus": 1}
	return frappe.get_all("Journal Entry Account", filters, pluck="parent", distinct=True, order_by="parent")


def _allocated(entry: str, order: str) -> float:
	rows = frappe.get_all(
		"Payment Entry Reference",
		filters={"parent": entry, "reference_doctype": "Sales Order", "reference_name": order},
		pluck="allocated_amount",
	)
	return rounded(sum(rows))


def _amend(settings: CommerceSettings, order, state: OrderState, name: str, cut: float) -> None:
	old = frappe.get_doc(DOCTYPE, name)
	if old.clearance_date:
		raise HeldForReview(
			"The advance {entry} would exceed order {order} by {amount}, and is reconciled with the bank already. Change "
			"the order and the Payment Entry by hand, then {done}.",
			code="advance_cleared",
			entry=name,
			order=order.name,
			amount=cut,
		)
	submitting.cancel(old)
	new = frappe.copy_doc(old)
	new.update({field: old.get(field) for field in KEPT})
	new.amended_from = name
	submitting.begin_anew(new)
	_cut(new, order.name, cut)
	new.insert()
	submitting.submit(new)
	state.replace_entry(name, new.name)
	state.freed.append(Money("", new.name, str(payment_entries.from_party(order, cut))))
	_relink(settings, name, new)


def _cut(entry, order: str, cut: float) -> None:
	for row in entry.references:
		if row.reference_doctype == "Sales Order" and row.reference_name == order:
			part = min(cut, row.allocated_amount)
			row.allocated_amount = rounded(row.allocated_amount - part)
			cut = rounded(cut - part)
	entry.references = [row for row in entry.references if row.allocated_amount]


def _relink(settings: CommerceSettings, old: str, new) -> None:
	"""The event of the payment belongs to its amended entry."""
	link = sync_link.find_document(settings.account, PAYMENT, DOCTYPE, old)
	if link and link.external_id:
		sync_link.remove(link.name)
		order_lookup.bind(settings, PAYMENT, link.external_id, new, **order_lookup.facts(link))
