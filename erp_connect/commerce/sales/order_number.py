"""The customer's purchase order number of a Sales Order: what people call the order, where ERPNext takes it.

ERPNext refuses a second order of a customer with the same number, because it takes that for the customer's own. For
shops it is not: two shops may both have an order 1001 of the same buyer. The order's id at its shop keeps it from
being booked twice; its number only has to be told apart.
"""

from __future__ import annotations

import frappe
from frappe import _

from erp_connect.commerce.parties.fitting import Fitter
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.order.model import Order

LIMIT = 140
SETTING = "allow_against_multiple_purchase_orders"


def fitted(order: Order, fitter: Fitter) -> str:
	"""What people call an order, else its id."""
	return fitter.text(_("Customer's Purchase Order"), order.number or order.id, LIMIT)


def free(
	settings: CommerceSettings, customer: str, number: str, external_id: str, own: str | None = None
) -> str:
	"""The number for an order of `customer`, at most 140 characters: as it is, unless another order of his has it.

	Then the account's name stands behind it, and if that will not do the order's id at its shop. own: the Sales Order
	that gets the number.
	"""
	plain = number[:LIMIT]
	if frappe.get_cached_doc("Selling Settings").get(SETTING):
		return plain
	marks = (settings.account, external_id, f"{settings.account} {external_id}")
	candidates = [plain, *(_marked(number, mark) for mark in marks)]
	return next((one for one in candidates if not _taken(customer, one, own)), candidates[-1])


def _marked(number: str, mark: str) -> str:
	# A comma would make two numbers of it on invoices and deliveries, where ERPNext lists those of all their orders.
	mark = mark.replace(",", " ")[: LIMIT // 2]
	return f"{number[: LIMIT - len(mark) - 3]} ({mark})"


def _taken(customer: str, number: str, own: str | None) -> bool:
	"""Whether another order of the customer has the number, cancelled ones aside; as the database compares it."""
	filters = {"customer": customer, "po_no": number, "docstatus": ("<", 2), "name": ("!=", own or "")}
	return bool(frappe.db.exists("Sales Order", filters))
