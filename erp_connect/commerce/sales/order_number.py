"""The customer's purchase order number of a Sales Order: what people call the order, where ERPNext takes it.

ERPNext refuses a second order of a customer with the same number, because it takes that for the customer's own. For
shops it is not: two shops may both have an order 1001 of the same buyer. The order's id at its shop keeps it from
being booked twice; its number only has to be told apart.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from erp_connect.commerce.parties.fitting import Fitter
from erp_connect.commerce.sales.order_state import ENTITY
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
	candidates = [plain, *_all_marked(number, settings.account, external_id)]
	return next((one for one in candidates if not _taken(customer, one, own)), candidates[-1])


def called(number: str, company: str) -> list[Any]:
	"""The orders of a company (empty: of any) that people call so, also where the number had to be told apart: rows with
	name and docstatus.

	Where it stands plainly in one order, others in which something stands behind it may be of that number, too: the account
	may have another name now.
	"""
	rows = frappe.db.sql(
		"SELECT name, po_no, docstatus FROM `tabSales Order`"
		" WHERE (po_no = %(number)s OR LEFT(po_no, CHAR_LENGTH(%(start)s)) = %(start)s)"
		" AND (company = %(company)s OR %(company)s = '')",
		{"number": number, "start": _beginning(number), "company": company},
		as_dict=True,
	)
	# To the letter: the database folds.
	plain = [row for row in rows if row.po_no == number]
	told_apart = [row for row in rows if row.po_no != number and row.po_no.startswith(_beginning(number))]
	names = {
		link.document_name
		for link in _links([row.name for row in told_apart])
		for row in told_apart
		if row.name == link.document_name
		and (plain or row.po_no in _all_marked(number, link.integration, link.external_id))
	}
	return plain + [row for row in told_apart if row.name in names]


def _links(orders: list[str]) -> list[Any]:
	if not orders:
		return []
	return frappe.get_all(
		"Sync Link",
		filters={"remote_entity": ENTITY, "document_type": "Sales Order", "document_name": ("in", orders)},
		fields=["document_name", "integration", "external_id"],
	)


def _all_marked(number: str, account: str, external_id: str) -> list[str]:
	"""What may stand in an order of an account where another order of its customer had the number before."""
	return [_marked(number, mark) for mark in (account, external_id, f"{account} {external_id}")]


def _beginning(number: str) -> str:
	"""What all of them begin with, whatever the mark."""
	return f"{number} ("[: LIMIT - LIMIT // 2 - 3]


def _marked(number: str, mark: str) -> str:
	# A comma would make two numbers of it on invoices and deliveries, where ERPNext lists those of all their orders.
	mark = mark.replace(",", " ")[: LIMIT // 2]
	return f"{number[: LIMIT - len(mark) - 3]} ({mark})"


def _taken(customer: str, number: str, own: str | None) -> bool:
	"""Whether another order of the customer has the number, cancelled ones aside; as the database compares it."""
	filters = {"customer": customer, "po_no": number, "docstatus": ("<", 2), "name": ("!=", own or "")}
	return bool(frappe.db.exists("Sales Order", filters))
