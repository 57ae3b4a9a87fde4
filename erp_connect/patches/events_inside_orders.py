"""Payments, refunds and parcels inside an order were read and never booked: flows do not map them any more."""

from __future__ import annotations

import frappe
from frappe import _

from erp_connect.core.commerce.order.model import Order
from erp_connect.store import upgrades


def execute() -> None:
	"""Take such rows out of flows of orders, which would refuse their orders now, and tell it in a comment."""
	flows = frappe.get_all("Field Mapping", {"purpose": "Order"}, pluck="name")
	rows: dict[str, list] = {}
	for row in frappe.get_all(
		"Field Mapping Row",
		filters={
			"parent": ("in", flows or [""]),
			"parenttype": "Field Mapping",
			"direction": ("!=", "Outgoing"),
		},
		fields=["name", "parent", "source"],
	):
		if _root(row.source) in Order.ELSEWHERE:
			rows.setdefault(row.parent, []).append(row)
	for flow, found in rows.items():
		upgrades.drop_rows_without_effect(flow, [row.name for row in found])
		fields = ", ".join(sorted({row.source for row in found}))
		frappe.get_doc("Field Mapping", flow).add_comment(
			"Info",
			_(
				"These fields were taken out, for they never had an effect: {0}. Payments, refunds and parcels come by flows of "
				"their own for the same topic."
			).format(fields),
		)


def _root(source: str | None) -> str:
	return (source or "").strip().partition(".")[0].partition("[")[0]
