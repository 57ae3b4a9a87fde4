"""Credit notes that are made here for orders of a shop, for the shops that take them as refunds."""

from __future__ import annotations

from typing import Any

import frappe
from erpnext.controllers.sales_and_purchase_return import make_return_doc
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice
from frappe.utils import flt

from erp_connect.tests.bench.commerce_case import make_invoice
from erp_connect.tests.bench.systems.shop_case import in_several_rows

FLOW = "Refunds to the shop"


class RefundsOut:
	"""Beside a case of a shop: `came` gives an order of it with its Sales Order, by flows that are connected.

	article, piece, tax: of a line with two pieces, what one of them costs without tax, and its tax.
	"""

	article: str
	piece: float
	tax: float

	def credited(self, order: Any, rate: float | None = None) -> Any:
		"""A credit note over one piece of an order, with its tax, as a person makes it. rate: a part of its price alone."""
		note = make_return_doc("Sales Invoice", make_invoice(order).name)
		note.items = [row for row in note.items if row.item_code == self.article]
		note.items[0].qty = -1
		note.taxes = note.taxes[:1]
		note.taxes[0].update({"charge_type": "Actual", "rate": 0, "tax_amount": -self.tax})
		note.update({"advances": [], "payment_schedule": []})
		if rate:
			note.items[0].update({"rate": rate, "discount_percentage": 0, "discount_amount": 0})
		note.update({"disable_rounded_total": 1, "update_outstanding_for_self": 1})
		note.insert().submit()
		self.commit()
		self.assertEqual(flt(note.grand_total, 2), -flt((rate or self.piece) + self.tax, 2))
		return note

	def credited_whole(self, order: Any, update_stock: int = 0) -> Any:
		"""A credit note over all of an order, with each piece of the article in a row of its own. update_stock: pieces move by it."""
		bill = make_sales_invoice(order.name)
		bill.update({"update_stock": update_stock, "payment_schedule": []})
		bill.insert().submit()
		note = in_several_rows(make_return_doc("Sales Invoice", bill.name), self.article)
		note.update({"advances": [], "payment_schedule": [], "update_outstanding_for_self": 1})
		note.insert().submit()
		self.commit()
		return note

	def sent_once(self, order: Any, lose: Any) -> Any:
		"""A credit note of which the first answer is lost. lose: lets it be."""
		note = self.credited(order)
		lose()
		for _ in range(2):
			self.send()
			self.work()  # what the shop tells of it meanwhile, before it is known here
			self.later()
		self.send()
		self.assert_all_done()
		(link,) = self.links(remote_entity="refund", document_name=note.name) or self.fail(self.history())
		return link

	def booked(self) -> tuple[int, int]:
		asked = {"docstatus": 1}
		notes = frappe.db.count("Sales Invoice", {**asked, "is_return": 1})
		return notes, frappe.db.count("Payment Entry", {**asked, "payment_type": "Pay"})

	def assert_no_echo(self, flow: str) -> None:
		"""What comes back is what is here already, and what the shop has given does not go there."""
		before = self.booked()
		self.pull(flow)
		self.assertEqual(self.booked(), before)
		self.assertEqual(self.compared(flow), (0, 0, 0, 0), self.history())
		self.assert_all_done()
