"""Orders and refunds of shops, in exact arithmetic, as ERPNext has to book them.

Promises pure functions over immutable records: a dict becomes a canonical order (`Order.read`), an order
becomes a plan (`plan_order`), whose total ERPNext will compute to the shop's own, or which says why it is held.
Never touches a document; `item_fields` gives the fields of a row that the Frappe side makes.
"""

from __future__ import annotations

from erp_connect.core.commerce.errors import Note, OrderError
from erp_connect.core.commerce.order.document import item_fields
from erp_connect.core.commerce.order.events import Refund
from erp_connect.core.commerce.order.model import Order
from erp_connect.core.commerce.order.plan import OrderPlan, PlannedCharge, PlannedItem
from erp_connect.core.commerce.order.planner import plan_order
from erp_connect.core.commerce.order.settings import PlanSettings
from erp_connect.core.commerce.refund.planner import RefundPlan, plan_refund

__all__ = [
	"Note",
	"Order",
	"OrderError",
	"OrderPlan",
	"PlanSettings",
	"PlannedCharge",
	"PlannedItem",
	"Refund",
	"RefundPlan",
	"item_fields",
	"plan_order",
	"plan_refund",
]
