"""Rows that name an order or a receipt count in it, as where a person makes the document of it."""

from __future__ import annotations

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note, make_sales_invoice
from frappe.utils import add_days, today

from erp_connect.config import inflow
from erp_connect.records.errors import HeldForReview
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.records.test_rows_as_said import RowsCase

QUANTITIES = (("items[].item_code", "lines[].sku"), ("items[].qty", "lines[].qty"))


class TestRowOrigins(RowsCase):
	def taking(self, doctype: str, *fields: tuple[str, str]) -> inflow.InFlow:
		rows = [
			make.row(*pair, row_key=int(pair[0] == "items[].item_code")) for pair in (*fields, *QUANTITIES)
		]
		return make.incoming(doctype, rows, submit_document=1)

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

	def test_an_article_of_two_rows_is_held(self):
		order = make.sales_order(make.customer().name, [(self.first, 4, 10), (self.first, 1, 5)])
		self.base = {"id": "1", "who": order.customer}
		for doctype, column, place in (
			("Delivery Note", "against_sales_order", "so_detail"),
			("Sales Invoice", "sales_order", "so_detail"),
		):
			line = {"sku": self.first, "qty": 2, "order": order.name}
			flow = self.taking(doctype, ("customer", "who"), (f"items[].{column}", "lines[].order"))
			self.commit()
			with self.assertRaises(HeldForReview) as caught:
				self.said(flow, line)
			self.assertIn(f"Map the row as well (items[].{place})", str(caught.exception))
			frappe.db.rollback()
			rows = [(f"items[].{column}", "lines[].order"), (f"items[].{place}", "lines[].row")]
			doc = self.said(
				self.taking(doctype, ("customer", "who"), *rows), {**line, "row": order.items[0].name}
			)
			self.assertEqual(doc.items[0].rate, 10)

	def test_a_bill_of_a_parcel_is_one_of_its_order(self):
		order = make.sales_order(make.customer().name, [(self.first, 3, 10)])
		note = make_delivery_note(order.name).insert().submit()
		self.base = {"id": "1", "who": order.customer}
		flow = self.taking("Sales Invoice", ("customer", "who"), ("items[].delivery_note", "lines[].note"))
		self.said(flow, {"sku": self.first, "qty": 3, "note": note.name})
		self.assertEqual((note.reload().per_billed, order.reload().per_billed), (100, 100))
		self.assertEqual((note.status, order.status), ("Completed", "Completed"))

	def test_a_parcel_of_a_bill_is_one_of_its_order(self):
		order = make.sales_order(make.customer().name, [(self.first, 3, 10)])
		bill = make_sales_invoice(order.name).insert().submit()
		self.base = {"id": "1", "who": order.customer}
		flow = self.taking(
			"Delivery Note", ("customer", "who"), ("items[].against_sales_invoice", "lines[].bill")
		)
		self.said(flow, {"sku": self.first, "qty": 3, "bill": bill.name})
		self.assertEqual((order.reload().per_delivered, order.status), (100, "Completed"))

	def test_a_receipt_and_a_bill_count_in_the_request_and_the_order_behind(self):
		request = frappe.get_doc(
			{
				"doctype": "Material Request", "material_request_type": "Purchase", "company": self.company, "schedule_date": today(),
				"items": [{"item_code": self.first, "qty": 4, "warehouse": make.warehouse(), "schedule_date": today()}],
			}
		).insert().submit()  # fmt: skip
		self.base = {"id": "1", "who": make.supplier().name, "day": today()}
		who, line = ("supplier", "who"), {"sku": self.first, "qty": 4, "of": request.name, "rate": 3}
		made = self.taking(
			"Purchase Order", who, ("schedule_date", "day"), ("items[].material_request", "lines[].of"),
			("items[].rate", "lines[].rate"),
		)  # fmt: skip
		order = self.said(made, line)
		self.assertEqual(request.reload().status, "Ordered")
		line["of"] = order.name
		receipt = self.said(
			self.taking("Purchase Receipt", who, ("items[].purchase_order", "lines[].of")), line
		)
		self.assertEqual((request.reload().status, request.per_received), ("Received", 100))
		line["of"] = receipt.name
		self.said(self.taking("Purchase Invoice", who, ("items[].purchase_receipt", "lines[].of")), line)
		self.assertEqual((order.reload().status, receipt.reload().status), ("Completed", "Completed"))

	def test_a_purchase_for_a_sale_counts_there_and_has_no_price_of_it(self):
		sale = make.sales_order(make.customer().name, [(self.first, 4, 10)])
		self.base = {"id": "1", "who": make.supplier().name, "day": today()}
		flow = self.taking(
			"Purchase Order",
			("supplier", "who"),
			("schedule_date", "day"),
			("items[].sales_order", "lines[].of"),
		)
		order = self.said(flow, {"sku": self.first, "qty": 4, "of": sale.name})
		self.assertEqual((sale.reload().items[0].ordered_qty, order.items[0].rate), (4, 0))

	def test_a_transfer_that_was_asked_for(self):
		there = frappe.db.get_value(
			"Warehouse", {"company": self.company, "warehouse_name": "Finished Goods"}
		)
		request = frappe.get_doc(
			{
				"doctype": "Material Request", "material_request_type": "Material Transfer", "company": self.company,
				"schedule_date": today(),
				"items": [{"item_code": self.first, "qty": 4, "warehouse": there, "schedule_date": today()}],
			}
		).insert().submit()  # fmt: skip
		self.base = {"id": "1", "kind": "Material Transfer", "company": self.company}
		flow = self.taking(
			"Stock Entry", ("stock_entry_type", "kind"), ("company", "company"),
			("items[].material_request", "lines[].of"), ("items[].s_warehouse", "lines[].from"),
			("items[].t_warehouse", "lines[].to"),
		)  # fmt: skip
		line = {"sku": self.first, "qty": 4, "of": request.name, "from": make.warehouse(), "to": there}
		self.said(flow, line)
		self.assertEqual((request.reload().status, request.per_ordered), ("Transferred", 100))

	def test_goods_in_transit_that_arrive(self):
		make.receipt(self.first, 5)
		transit, there = (
			frappe.db.get_value("Warehouse", {"company": self.company, "warehouse_name": name})
			for name in ("Goods In Transit", "Finished Goods")
		)
		row = {"item_code": self.first, "qty": 5, "s_warehouse": make.warehouse(), "t_warehouse": transit}
		sent = {"stock_entry_type": "Material Transfer", "company": self.company, "add_to_transit": 1}
		sent = frappe.get_doc({"doctype": "Stock Entry", **sent, "items": [row]}).insert().submit()
		self.base = {"id": "1", "kind": "Material Transfer", "company": self.company, "of": sent.name}
		flow = self.taking(
			"Stock Entry", ("stock_entry_type", "kind"), ("company", "company"), ("outgoing_stock_entry", "of"),
			("items[].s_warehouse", "lines[].from"), ("items[].t_warehouse", "lines[].to"),
		)  # fmt: skip
		self.said(flow, {"sku": self.first, "qty": 2, "from": transit, "to": there})
		self.assertEqual(sent.reload().per_transferred, 40)
		self.base = {**self.base, "id": "2"}
		self.said(flow, {"sku": self.first, "qty": 3, "from": transit, "to": there})
		self.assertEqual(sent.reload().per_transferred, 100)

	def test_what_is_taken_back_counts_and_is_taken_back_once(self):
		for doctype, party, detail in (
			("Delivery Note", "customer", "dn_detail"),
			("Purchase Receipt", "supplier", "purchase_receipt_item"),
			("Sales Invoice", "customer", "sales_invoice_item"),
		):
			with self.subTest(doctype):
				who = make.customer().name if party == "customer" else make.supplier().name
				line = {"item_code": self.first, "qty": 3, "rate": 10, "warehouse": make.warehouse()}
				sent = frappe.get_doc(
					{
						"doctype": doctype,
						party: who,
						"company": self.company,
						"due_date": today(),
						"items": [line],
					}
				)
				sent.insert().submit()
				self.base = {"id": "1", "who": who, "of": sent.name, "back": 1}
				fields = ((party, "who"), ("return_against", "of"), ("is_return", "back"))
				flow = self.taking(doctype, *fields, ("items[].warehouse", "lines[].from"))
				back = self.said(flow, {"sku": self.first, "qty": -3, "from": make.warehouse()})
				self.assertEqual((back.items[0].get(detail), back.items[0].rate), (sent.items[0].name, 10))
				self.commit()
				with self.assertRaises(frappe.ValidationError):
					self.said(flow, {"sku": self.first, "qty": -3, "from": make.warehouse()}, id="2")
				frappe.db.rollback()

	def test_what_was_installed_counts_in_its_parcel(self):
		order = make.sales_order(make.customer().name, [(self.first, 4, 10)])
		note = make_delivery_note(order.name).insert().submit()
		self.base = {"id": "1", "who": order.customer, "where": make.leaf("Territory"), "day": today()}
		flow = self.taking(
			"Installation Note", ("customer", "who"), ("territory", "where"), ("inst_date", "day"),
			("items[].prevdoc_docname", "lines[].note"),
		)  # fmt: skip
		self.said(flow, {"sku": self.first, "qty": 4, "note": note.name})
		self.assertEqual((note.reload().per_installed, note.installation_status), (100, "Fully Installed"))


class TestCorrected(RowsCase):
	"""A draft whose rows are of something else now."""

	def taking(self, doctype: str, *fields: tuple[str, str]) -> inflow.InFlow:
		return make.incoming(
			doctype, [make.row(*pair) for pair in (*fields, *QUANTITIES)], table_rows="Remove"
		)

	def test_to_another_order_another_article_or_none(self):
		customer = make.customer().name
		one, other = (
			make.sales_order(customer, [(self.first, 3, rate), (self.second, 3, rate + 1)])
			for rate in (10, 20)
		)
		self.base = {"id": "1", "who": customer}
		flow = self.taking(
			"Delivery Note", ("customer", "who"), ("items[].against_sales_order", "lines[].order")
		)
		rows = {(of.name, row.item_code): (row.name, row.rate) for of in (one, other) for row in of.items}
		for order, sku in ((one, self.first), (other, self.first), (other, self.second), (one, self.first)):
			doc = self.said(flow, {"sku": sku, "qty": 1, "order": order.name})
			(row,) = doc.items
			self.assertEqual((row.so_detail, row.rate), rows[order.name, sku])
		(row,) = self.said(flow, {"sku": self.first, "qty": 1, "order": None}).items
		self.assertFalse(row.against_sales_order or row.so_detail)
		(row,) = self.said(flow, {"sku": self.first, "qty": 1, "order": other.name}).items
		self.assertEqual(row.so_detail, rows[other.name, self.first][0])

	def test_what_is_taken_back(self):
		customer = make.customer().name
		notes = []
		for _ in range(2):
			order = make.sales_order(customer, [(self.first, 3, 10)])
			notes.append(make_delivery_note(order.name).insert().submit())
		self.base = {"id": "1", "who": customer, "back": 1}
		flow = self.taking(
			"Delivery Note", ("customer", "who"), ("return_against", "of"), ("is_return", "back"),
			("items[].warehouse", "lines[].from"),
		)  # fmt: skip
		for note in notes:
			line = {"sku": self.first, "qty": -1, "from": make.warehouse()}
			(row,) = self.said(flow, line, of=note.name).items
			self.assertEqual((row.dn_detail, row.so_detail), (note.items[0].name, note.items[0].so_detail))
