"""With a worker running, what is committed in ERPNext is at the receiver within two seconds."""

from __future__ import annotations

import time

import frappe

from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services

SECONDS = 2.0


class TestArrival(ConnectTestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		worker = services.Worker().start()
		cls.addClassCleanup(worker.stop)
		cls.customer = make.customer()
		cls.item = make.item()
		frappe.db.commit()

	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url(), auth_type="Bearer Token", token="a-token-of-the-shop")

	def arrives(self, act, path: str):
		"""The request that the committed action causes, and its event."""
		frappe.db.commit()
		act()
		frappe.db.commit()
		committed = time.monotonic()
		self.wait_for(lambda: self.arrived(path), 60, f"nothing at {path}")
		sent = self.arrived(path)[0]
		self.assertLess(sent.at - committed, SECONDS)
		self.wait_for(
			lambda: set(self.statuses()) <= {"Delivered", "Superseded", "Skipped"}, 10, "not settled"
		)
		self.assertEqual(sent.header("Authorization"), "Bearer a-token-of-the-shop")
		return sent

	def test_customer(self):
		make.flow(
			"Customer",
			make.rest("/customers"),
			[make.row("customer_name", "name"), make.row("territory", "address.region")],
		)
		created = []
		sent = self.arrives(lambda: created.append(make.customer()), "/customers")
		doc = created[0]
		self.assertEqual(sent.json, {"name": doc.customer_name, "address": {"region": doc.territory}})
		event = self.event(status="Delivered")
		self.assertEqual((event.reference_name, event.response_status), (doc.name, 201))
		self.assertEqual(self.links()[0].document_name, doc.name)

	def test_item(self):
		make.flow(
			"Item",
			make.rest("/items"),
			[
				make.row("item_code", "sku"),
				make.row("item_group", "category"),
				make.row("valuation_rate", "cost"),
			],
		)
		created = []
		sent = self.arrives(lambda: created.append(make.item()), "/items")
		doc = created[0]
		self.assertEqual(sent.json, {"sku": doc.name, "category": doc.item_group, "cost": 5.0})

	def test_submitted_sales_order_with_its_items_and_linked_documents(self):
		make.flow(
			"Sales Order",
			[make.request("Submit", "POST", "/orders")],
			[
				make.row("name", "number"),
				make.row("customer_doc.customer_name", "buyer.name"),
				make.row("items[].item_code", "lines[].sku"),
				make.row("items[].qty", "lines[].quantity"),
				make.row("items[].rate", "lines[].price"),
				make.row("items[].item.item_group", "lines[].category"),
				make.row("grand_total", "total"),
			],
			linked_documents=[
				{"link_field": "customer", "alias": "customer_doc"},
				{"link_field": "items.item_code", "alias": "item"},
			],
		)
		order = make.sales_order(
			self.customer.name, [(self.item.name, 2, 10), (self.item.name, 1, 7.5)], submit=False
		)
		sent = self.arrives(order.submit, "/orders")
		line = {"sku": self.item.name, "category": self.item.item_group}
		self.assertEqual(
			sent.json,
			{
				"number": order.name,
				"buyer": {"name": self.customer.customer_name},
				"lines": [{**line, "quantity": 2.0, "price": 10.0}, {**line, "quantity": 1.0, "price": 7.5}],
				"total": 27.5,
			},
		)
		self.assertEqual(self.events(status="Delivered")[0].event, "submit")

	def test_cancelled_sales_invoice(self):
		invoice = make.sales_invoice(self.customer.name, self.item.name)
		make.flow(
			"Sales Invoice",
			[
				make.request("Submit", "POST", "/invoices"),
				make.request("Cancel", "POST", "/invoices/{name}/cancel"),
			],
			[make.row("name", "number"), make.row("status", "status")],
		)
		invoice = frappe.get_doc("Sales Invoice", invoice.name)
		sent = self.arrives(invoice.cancel, f"/invoices/{invoice.name}/cancel")
		self.assertEqual(sent.json, {"number": invoice.name, "status": "Cancelled"})
		self.assertEqual(self.arrived("/invoices"), [])

	def test_payment_entry(self):
		invoice = make.sales_invoice(self.customer.name, self.item.name, rate=80)
		make.flow(
			"Payment Entry",
			[make.request("Submit", "POST", "/payments")],
			[
				make.row("party", "payer"),
				make.row("paid_amount", "amount"),
				make.row("references[].reference_name", "invoices[].number"),
				make.row("references[].allocated_amount", "invoices[].amount"),
			],
		)
		sent = self.arrives(lambda: make.payment_entry(invoice), "/payments")
		self.assertEqual(
			sent.json,
			{
				"payer": self.customer.name,
				"amount": 80.0,
				"invoices": [{"number": invoice.name, "amount": 80.0}],
			},
		)

	def test_stock_level_when_the_stock_ledger_changes(self):
		make.flow(
			"Bin",
			[make.request("Change", "PUT", "/stock/{item_code}")],
			[
				make.row("item_code", "sku"),
				make.row("actual_qty", "available"),
				make.row("warehouse", "place"),
			],
			triggers=[
				{
					"trigger_doctype": "Stock Ledger Entry",
					"match_fields": "item_code=item_code, warehouse=warehouse",
				}
			],
		)
		item = make.item(item_code="Stock-" + frappe.generate_hash(length=8))
		sent = self.arrives(lambda: make.receipt(item.name, 12), f"/stock/{item.name}")
		self.assertEqual(sent.json, {"sku": item.name, "available": 12.0, "place": make.warehouse()})
