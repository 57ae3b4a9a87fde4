"""Refunds that were told before their payment: they go on once an order is paid. Never commits."""

from __future__ import annotations

import frappe

from erp_connect.core.delivery.states import IN, INCOMING, ON_HOLD, RECEIVED, RETRYING
from erp_connect.store import moves

# Outcome of an event that waits for money.
CODE = "not_paid"


def release(order: str) -> list[str]:
	"""Let events that wait for a payment of a Sales Order be worked off. Returns their accounts."""
	filters = {
		"reference_doctype": "Sales Order",
		"reference_name": order,
		"direction": IN,
		"outcome": CODE,
		"status": ("in", (RETRYING, ON_HOLD)),
	}
	waiting = frappe.get_all("Sync Log", filters, ["name", "integration"])
	if waiting:
		moves.move(
			INCOMING,
			RECEIVED,
			"name IN %s AND outcome = %s",
			[tuple(row.name for row in waiting), CODE],
			only_from=(RETRYING, ON_HOLD),
			due_in=0,
			next_attempt=None,
			**moves.AFRESH,
		)
	return list(dict.fromkeys(row.integration for row in waiting))
