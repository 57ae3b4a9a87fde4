"""Changes to an order that a caller of the API asks for, by what it leaves as it is.

What is charged is stated whole, as at creation, because a total can only be met by all of it.
"""

from __future__ import annotations

from typing import Any

from erp_connect.commerce.revisions import revise
from erp_connect.commerce.sales import order_lookup, order_state
from erp_connect.commerce.sales.order_statement import Statement
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.order.changes import CHARGED
from erp_connect.core.commerce.order.model import Order
from erp_connect.records.write import HeldForReview, Written

ADDRESSES = ("billing_address", "shipping_address")
HEADER = ("number", "delivery_date", *ADDRESSES, "note")
# Stays as the order has it unless it is given.
KEPT = ("currency", "prices_include_tax")


def apply(
	settings: CommerceSettings, name: str, changes: dict[str, Any], version: str, arrived: int | None
) -> tuple[Written, list[str]]:
	"""Change the Sales Order: (what was done, names of its fields that changed). Does not commit.

	changes: those fields of an order that are given, by HEADER and `CHARGED`. Raises `HeldForReview` for a change that
	cannot be made, and Frappe's own errors.
	"""
	order_lookup.open_order(settings, name).check_permission("write")
	state = order_state.load(settings.account, name)
	order = Order.model_construct(id=state.external_id or name, version=version)
	charged = {field: value for field, value in changes.items() if field in CHARGED}
	if charged:
		if state.order is None:
			raise HeldForReview(
				"What the source of Sales Order {order} said of it before is not known. Change its goods in ERPNext, "
				"then {done}.",
				code="unknown_source",
				order=name,
			)
		kept = {
			field: state.order[field] for field in ("id", "number", "date", *KEPT) if field in state.order
		}
		order = Order.read({**kept, **charged, "version": version})
	header = {field: changes[field] for field in HEADER if field in changes}
	statement = Statement(order, bool(charged), header, arrived)
	return revise.revise(settings, name, statement)
