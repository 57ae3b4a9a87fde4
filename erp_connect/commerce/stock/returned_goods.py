"""Delivered pieces that come back: submitted returns of the Delivery Notes they left with.

ERPNext remembers returned pieces in the order's row as well (`returned_qty`) and leaves them out when it proposes
an invoice, because to it they are still part of the order. Here they are not: either they come off the order in
the same transaction, or the order stands and they are sent again. Promises that ERPNext then proposes to invoice
all that the order still has. Never commits.
"""

from __future__ import annotations

import frappe
from erpnext.controllers.sales_and_purchase_return import make_return_doc
from frappe.utils import flt

from erp_connect.commerce.money import billing, charges
from erp_connect.commerce.sales import order_lines, originals, stated_prices
from erp_connect.commerce.sales.order_state import OrderState
from erp_connect.commerce.sales.originals import Original
from erp_connect.records import submitting
from erp_connect.records.errors import HeldForReview

DOCTYPE = "Delivery Note"
Pieces = dict[str, float]


def take_back(
	order, pieces: Pieces, warehouses: dict[str, str] | None = None, *, deliveries: list[str] | None = None
) -> list:
	"""Submitted returns for pieces by the order's row, as far as they were delivered.

	warehouses: where the pieces go, by the order's row; otherwise where they came from. deliveries: names of the
	Delivery Notes they may have left with; all of the order's unless given.
	"""
	left, made = dict(pieces), []
	for name in billing.deliveries(order) if deliveries is None else deliveries:
		original = originals.delivery(name)
		taken = {row: min(quantity, original.left(row)) for row, quantity in left.items()}
		taken = {row: quantity for row, quantity in taken.items() if quantity > 0}
		if taken:
			_require_known(original, taken)
			made.append(_return(original, taken, warehouses or {}))
			left = {row: flt(left[row] - taken.get(row, 0), order_lines.DIGITS) for row in left}
	return made


def take_back_of_order(
	order, pieces: Pieces, warehouses: dict[str, str] | None = None, **only: list[str]
) -> list:
	"""As `take_back`, of pieces that are not invoiced: the order's rows then count them as if they had never left."""
	counted = {row.name: row.returned_qty for row in order.items}
	made = take_back(order, pieces, warehouses, **only)
	if made:
		order.reload()
		for row in order.items:
			if row.returned_qty != counted[row.name]:
				# As ERPNext itself writes this field, when the return is submitted: by whoever may submit that.
				row.db_set("returned_qty", counted[row.name], update_modified=False)
		order.update_reserved_qty([row.name for row in order.items if row.name in pieces])
	return made


def not_in(returns: list, pieces: Pieces) -> Pieces:
	"""Of pieces by the order's row, those that none of these returns takes back."""
	taken: Pieces = {}
	for row in (row for doc in returns for row in doc.items):
		taken[row.so_detail] = flt(taken.get(row.so_detail, 0.0) - row.qty, order_lines.DIGITS)
	left = {row: flt(count - taken.get(row, 0.0), order_lines.DIGITS) for row, count in pieces.items()}
	return {row: count for row, count in left.items() if count > 0}


def came_back(order, state: OrderState) -> Pieces:
	"""By the order's row, pieces that came back and wait to be sent again, and that no refund has taken back: told by their
	parcel, or returned by a person."""
	back = frappe.db.sql(
		"SELECT item.so_detail, -SUM(item.qty) FROM `tabDelivery Note Item` item"
		" JOIN `tabDelivery Note` parent ON parent.name = item.parent"
		" WHERE item.so_detail IN %s AND parent.is_return = 1 AND parent.docstatus = 1 GROUP BY item.so_detail",
		([row.name for row in order.items],),
	)
	returned, found = dict(back), {}
	for row in order.items:
		waiting = flt(row.qty - row.delivered_qty - state.unsent.get(row.name, 0.0), order_lines.DIGITS)
		free = flt(flt(returned.get(row.name)) - state.restocked.get(row.name, 0.0), order_lines.DIGITS)
		if (pieces := min(waiting, free)) > 0:
			found[row.name] = pieces
	return found


def _require_known(original: Original, taken: Pieces) -> None:
	"""Raises `HeldForReview` where some pieces of several serial or batch numbers come back: which ones, no source says."""
	for row, quantity in taken.items():
		sent = original.rows[row]
		if quantity < original.left(row) and sent.serial_and_batch_bundle and _numbers(sent) > 1:
			raise HeldForReview(
				"{pieces} of {item} come back of Delivery Note {delivery}, and nobody says which serial or batch numbers. "
				"Make the return of it by hand, then {again}.",
				code="which_numbers",
				pieces=f"{quantity:g}",
				item=sent.item_code,
				delivery=original.doc.name,
			)


def _numbers(row) -> int:
	"""How many serial numbers, or batches, a row was delivered with."""
	entries = frappe.get_all(
		"Serial and Batch Entry", {"parent": row.serial_and_batch_bundle}, ["serial_no", "batch_no"]
	)
	return len({entry.serial_no or entry.batch_no for entry in entries})


def _return(original: Original, taken: Pieces, warehouses: dict[str, str]):
	doc = make_return_doc(DOCTYPE, original.doc.name)
	doc.flags.ignore_permissions = False  # ERPNext's mappers may have set it; the user's own rights count
	doc.items = [row for row in doc.items if row.so_detail in taken]
	for number, row in enumerate(doc.items, start=1):
		row.idx, row.qty = number, -taken[row.so_detail]
		row.warehouse = warehouses.get(row.so_detail) or row.warehouse
	charges.share_of(doc, original.doc)
	stated_prices.keep(doc)
	doc.insert()
	# Loaded anew, as by hand: ERPNext decides when a document is loaded whether it counts as returned what comes back.
	doc = frappe.get_doc(DOCTYPE, doc.name)
	submitting.submit(doc)
	return doc
