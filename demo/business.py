"""A little business: the documents that a day in ERPNext brings, made as ERPNext itself makes them.

Each function saves or submits, and leaves the commit to its caller. Names carry the number of the run, so that
the demonstration can be run again.
"""

from __future__ import annotations

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note, make_sales_invoice
from frappe.utils import add_days, today

GOODS = (("Oak table", 420.0), ("Ash chair", 89.5))


class Business:
	"""One run. `number` counts the runs on this site."""

	def __init__(self) -> None:
		self.number = frappe.db.count("Item", {"item_code": ("like", "OAK-TABLE-%")}) + 1
		self.company = frappe.get_all("Company", pluck="name", limit=1)[0]
		self.warehouse = frappe.get_all(
			"Warehouse", filters={"company": self.company, "warehouse_name": "Stores"}, pluck="name"
		)[0]
		self.items: list[str] = []
		self.customer = self.order = self.invoice = self.second_invoice = ""

	def make_items(self) -> None:
		for title, price in GOODS:
			item = frappe.get_doc(
				{
					"doctype": "Item",
					"item_code": f"{title.upper().replace(' ', '-')}-{self.number}",
					"item_name": f"{title} no. {self.number}",
					"item_group": "Products",
					"stock_uom": "Nos",
					"is_stock_item": 1,
					"standard_rate": price,
					"description": f"<p>A solid <b>{title.lower()}</b>.</p>",
				}
			).insert()
			self.items.append(item.name)

	def make_customer(self) -> None:
		customer = frappe.get_doc(
			{
				"doctype": "Customer",
				"customer_name": f"Alder & Birch {self.number}",
				"customer_type": "Company",
				"customer_group": "Commercial",
				"territory": "United States",
			}
		).insert()
		self.customer = customer.name

	def receive_stock(self) -> None:
		rows = [
			{"item_code": item, "qty": 20, "t_warehouse": self.warehouse, "basic_rate": 50, "uom": "Nos"}
			for item in self.items
		]
		frappe.get_doc(
			{
				"doctype": "Stock Entry",
				"stock_entry_type": "Material Receipt",
				"company": self.company,
				"items": rows,
			}
		).insert().submit()

	def submit_order(self) -> None:
		order = frappe.get_doc(
			{
				"doctype": "Sales Order",
				"customer": self.customer,
				"company": self.company,
				"transaction_date": today(),
				"delivery_date": add_days(today(), 7),
				"set_warehouse": self.warehouse,
				"items": [
					{"item_code": item, "qty": 1 + 3 * index, "rate": GOODS[index][1]}
					for index, item in enumerate(self.items)
				],
			}
		)
		order.insert().submit()
		self.order = order.name

	def submit_invoice(self) -> None:
		"""Of the order, with the goods leaving the warehouse."""
		invoice = make_sales_invoice(self.order)
		invoice.update_stock = 1
		invoice.set_warehouse = self.warehouse
		invoice.insert().submit()
		self.invoice = invoice.name

	def receive_payment(self) -> None:
		payment = get_payment_entry("Sales Invoice", self.invoice)
		payment.reference_no, payment.reference_date = f"TRANSFER-{self.number}", today()
		payment.insert().submit()

	def submit_second_invoice(self) -> None:
		invoice = frappe.get_doc(
			{
				"doctype": "Sales Invoice",
				"customer": self.customer,
				"company": self.company,
				"due_date": add_days(today(), 14),
				"items": [{"item_code": self.items[1], "qty": 2, "rate": GOODS[1][1]}],
			}
		)
		invoice.insert().submit()
		self.second_invoice = invoice.name

	def cancel_second_invoice(self) -> None:
		frappe.get_doc("Sales Invoice", self.second_invoice).cancel()

	def change_customer(self, **values: str) -> None:
		customer = frappe.get_doc("Customer", self.customer)
		customer.update(values)
		customer.save()

	def deliver(self, order: str) -> None:
		"""Ship an order: a Delivery Note is submitted, and the goods leave the warehouse."""
		note = make_delivery_note(order)
		note.set_warehouse = self.warehouse
		note.insert().submit()
