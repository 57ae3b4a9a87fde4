"""Rows that name an order or a receipt count in it, as where a person makes the document of it."""

from __future__ import annotations

import frappe
from frappe.utils import add_days, today

from erp_connect.config import inflow
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.records.test_rows_as_said import RowsCase

QUANTITIES = (("items[].item_code", "lines[].sku"), ("items[].qty", "lines[].qty"))


class TestRowOrigins(RowsCase):
	def taking(self, doctype: str, *fields: tuple[str, str]) -> inflow.InFlow:
		rows = [
			make.row(*pair, row_key=int(pair[0] == "items[].item_code")) for pair in (*fields, *QUANTITIES)
		]
		doc = make.flow(
			doctype, [], rows, direction="Incoming", inbound_id_expression="id", submit_document=1,
			name=make.unique("flow"),
		)  # fmt: skip
		return inflow.load(doc.name)

	def test_a_receipt_and_a_bill_of_a_purchase_order(self):
		who = ("supplier", "who")
		self.base = {"id": "1", "who": make.supplier().name, "day": add_days(today(), 3)}
		flow = self.flow("Purchase Order", who, ("schedule_date", "day"), submit_document=1)
		order = self.said(flow, {"sku": self.first, "qty": 4, "rate": 10})
		for doctype, share in (("Purchase Receipt", "per_received"), ("Purchase Invoice", "per_billed")):
			flow = self.taking(doctype, who, ("items[].purchase_order", "lines[].order"))
			for id_, percent in (("1", 75), ("2", 100)):
				line = {"sku": self.first, "qty": 3 if id_ == "1" else 1, "order": order.name}
				doc = self.said(flow, line, id=id_)
				self.assertEqual((doc.items[0].rate, order.reload().get(share)), (10, percent))

	def test_a_parcel_and_a_bill_of_a_sales_order(self):
		order = make.sales_order(make.customer().name, [(self.first, 4, 10), (self.second, 1, 5)])
		self.base = {"id": "1", "who": order.customer}
		for doctype, column, share in (
			("Delivery Note", "items[].against_sales_order", "per_delivered"),
			("Sales Invoice", "items[].sales_order", "per_billed"),
		):
			flow = self.taking(doctype, ("customer", "who"), (column, "lines[].order"))
			lines = [
				{"sku": code, "qty": qty, "order": order.name}
				for code, qty in ((self.first, 4), (self.second, 1))
			]
			doc = self.said(flow, *lines)
			self.assertEqual(([row.rate for row in doc.items], order.reload().get(share)), ([10, 5], 100))

	def test_an_article_of_two_rows_is_refused(self):
		order = make.sales_order(make.customer().name, [(self.first, 4, 10), (self.first, 1, 5)])
		self.base = {"id": "1", "who": order.customer}
		flow = self.taking(
			"Delivery Note", ("customer", "who"), ("items[].against_sales_order", "lines[].order")
		)
		with self.assertRaisesRegex(frappe.ValidationError, "Against Sales Order Item"):
			self.said(flow, {"sku": self.first, "qty": 2, "order": order.name})
