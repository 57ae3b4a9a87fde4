"""The days of an order as ERPNext keeps them: one rule for all that orders say."""

from __future__ import annotations

from erp_connect.core.commerce.order.model import Order
from erp_connect.records import moments


def date_of(order: Order) -> str:
	"""The date of an order as ERPNext keeps it; today for one that names none."""
	return str(moments.day_of(order.date))
