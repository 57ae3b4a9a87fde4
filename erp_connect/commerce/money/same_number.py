"""Payments that came another way with the number of one that is told now: the shop and its gateway may both tell of one
charge, and so may a person. Writes nothing."""

from __future__ import annotations

import frappe

from erp_connect.commerce.money import billing, payment_entries
from erp_connect.commerce.money.payment_entries import DOCTYPE, ENTITY, RECEIVE, REFERENCE_LIMIT
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.records.errors import HeldForReview
from erp_connect.store import sync_link

CODE = "payment_elsewhere"


def require_none(settings: CommerceSettings, order, payment: str, number: str) -> None:
	"""Raises `HeldForReview` where the order, or its customer on account, has a payment of this number that came another way.

	payment: id of the one that is told.
	"""
	facts = {"number": number, "order": order.name, "account": settings.account, "id": payment}
	for entry in payment_entries.received(number, [order.name, *billing.invoices(order)]):
		if _came_another_way(settings, entry):
			raise HeldForReview(
				"{entry} is a payment of order {order} with the number {number}, and did not come by account {account}. If it is "
				"this one, nothing is to be done: {done}. If it is another one, book payment {id} by hand, then {done}.",
				code=CODE,
				entry=entry,
				**facts,
			)
	for entry in _on_account(order, number):
		if _came_another_way(settings, entry):
			raise HeldForReview(
				"{entry} is a payment on account of customer {customer} with the number {number}, and did not come by account "
				"{account}. If it is this one, match it with order {order} or its invoice, then {done}. If it is another one, book "
				"payment {id} by hand, then {done}.",
				code=CODE,
				entry=entry,
				customer=order.customer,
				**facts,
			)


def _came_another_way(settings: CommerceSettings, entry: str) -> bool:
	return not sync_link.find_document(settings.account, ENTITY, DOCTYPE, entry)


def _on_account(order, number: str) -> list[str]:
	"""Submitted payments of the order's customer with just this number of which a part is matched with nothing.

	By the ledger of payments, which has an index of parties; such a part stands against its own payment there.
	"""
	number = number[:REFERENCE_LIMIT]
	ledger, entry = frappe.qb.DocType("Payment Ledger Entry"), frappe.qb.DocType(DOCTYPE)
	rows = (
		frappe.qb.from_(ledger)
		.join(entry)
		.on(entry.name == ledger.voucher_no)
		.select(entry.name, entry.reference_no)
		.distinct()
		.where((ledger.party_type == "Customer") & (ledger.party == order.customer))
		.where((ledger.voucher_type == DOCTYPE) & (ledger.against_voucher_no == ledger.voucher_no))
		.where((entry.docstatus == 1) & (entry.payment_type == RECEIVE) & (entry.company == order.company))
		.where((entry.reference_no == number) & (entry.unallocated_amount > 0))
		.orderby(entry.name)
	).run()
	return [name for name, text in rows if text == number]
