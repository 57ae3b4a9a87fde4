"""The documents that a return corrects, and what earlier returns have left of their rows."""

from __future__ import annotations

from dataclasses import dataclass

import frappe
from frappe.utils import flt

from erp_connect.commerce.sales import order_lines

INVOICE = "Sales Invoice"


@dataclass(frozen=True)
class Original:
	"""An invoice or delivery, its rows by the order's row, and what was returned of each of its own rows.

	restocked: of what was returned, what an invoice that moves stock has put back; of a delivery all of it.
	"""

	doc: object
	rows: dict[str, object]
	returned: dict[str, float]
	restocked: dict[str, float]

	def quantity(self, order_row: str) -> float:
		"""What the document had of a row of the order."""
		row = self.rows.get(order_row)
		return row.qty if row else 0.0

	def left(self, order_row: str) -> float:
		"""Of that, what was not returned."""
		row = self.rows.get(order_row)
		return flt(row.qty - self.returned.get(row.name, 0), order_lines.DIGITS) if row else 0.0

	def out(self, order_row: str) -> float:
		"""Of what left with the document, what is not in stock again."""
		row = self.rows.get(order_row)
		return flt(row.qty - self.restocked.get(row.name, 0), order_lines.DIGITS) if row else 0.0

	def is_out(self) -> bool:
		"""Whether anything of it was not returned."""
		return any(self.left(row) > 0 for row in self.rows)


def invoice(name: str) -> Original:
	"""A Sales Invoice to be credited."""
	return _original(INVOICE, name, "so_detail", "sales_invoice_item")


def delivery(name: str) -> Original:
	"""A Delivery Note to be returned."""
	return _original("Delivery Note", name, "so_detail", "dn_detail")


def _original(doctype: str, name: str, order_field: str, own_field: str) -> Original:
	doc = frappe.get_doc(doctype, name)
	moves_stock = "parent.update_stock" if doctype == INVOICE else "1"
	returned = frappe.db.sql(
		f"SELECT item.`{own_field}`, SUM(ABS(item.qty)), SUM({moves_stock} * ABS(item.qty)) FROM `tab{doctype} Item` item"
		f" JOIN `tab{doctype}` parent ON parent.name = item.parent WHERE parent.return_against = %s AND parent.is_return = 1"
		f" AND parent.docstatus = 1 GROUP BY item.`{own_field}`",
		name,
	)
	return Original(
		doc,
		{row.get(order_field): row for row in doc.items},
		{row: count for row, count, _back in returned},
		{row: back for row, _count, back in returned},
	)
