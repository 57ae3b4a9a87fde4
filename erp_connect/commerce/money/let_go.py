"""Payments that lost their place, since a person cancelled the order and amended it, or cancelled its invoice.

ERPNext takes a payment off what is cancelled and leaves it with the customer, allocated to nothing; the order, or the
invoice that stands in its place, looks unpaid. The money came in for it all the same. Writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import frappe

from erp_connect.commerce.amounts import cent, rounded
from erp_connect.commerce.money import payment_entries
from erp_connect.commerce.sales.order_state import Money, OrderState
from erp_connect.records import amendments


@dataclass(frozen=True)
class Loose:
	"""A Payment Entry of the order, and how much of it is allocated to nothing, in the order's currency."""

	entry: str
	amount: float


def of(order, state: OrderState) -> list[Loose]:
	"""The payments of an order that are allocated to nothing, without what the order does not need any more."""
	if not state.received:
		return []
	entries = amendments.that_stand("Payment Entry", {one.entry for one in (*state.received, *state.freed)})
	came, freed = _by_entry(state.received, entries), _by_entry(state.freed, entries)
	found, least = [], max(cent(), payment_entries.blur_of(order, 1))
	for entry, amount in came.items():
		unallocated = frappe.db.get_value("Payment Entry", entry, "unallocated_amount")
		# An entry may be of two orders: of what it has left, no more than came for this one.
		left = min(payment_entries.from_party(order, unallocated), amount) - freed.get(entry, 0.0)
		if left >= least:
			found.append(Loose(entry, rounded(left)))
	return found


def _by_entry(parts: list[Money], entries: dict[str, str]) -> dict[str, float]:
	sums: dict[str, float] = {}
	for one in parts:
		if entry := entries.get(one.entry):
			sums[entry] = sums.get(entry, 0.0) + float(one.amount)
	return sums
