"""What is held of orders, parcels and stock ends as its message says: the remedy is done, and the event repeated."""

from __future__ import annotations

import json

import frappe
from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return
from erpnext.controllers.accounts_controller import update_child_qty_rate
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice

from erp_connect.api import events, links
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce.test_ends_of_refunds import shipping_rule
from erp_connect.tests.bench.commerce.test_inbound_orders import FIXTURES, OrderTestCase
from erp_connect.tests.bench.commerce_case import make_invoice, only
from erp_connect.tests.bench.ends_case import EndsTestCase


class TestBuyers(EndsTestCase):
	def test_a_buyer_of_whom_only_the_id_is_known(self):
		make.flow(
			"Sales Order", [], [make.row("id", "id")], direction="Incoming", purpose="Order", topics="*"
		)

		def by_account(id_: str) -> str:
			(made,) = self.event("Customer", external_id=id_, customer_name=make.unique("Ann"))
			return made.name

		def by_link(id_: str) -> str:
			name = make.customer().name
			links.link(make.ACCOUNT, "customer", id_, "Customer", name)
			return name

		for fix in (by_account, by_link):
			record = self.record(customer={"id": make.unique("c")})
			known: list[str] = []
			done = self.ended(
				"link the one that it is with this id",
				lambda record=record: self.event("Order", **record),
				lambda fix=fix, record=record, known=known: known.append(fix(record["customer"]["id"])),
				"no_customer",
			)
			order = frappe.get_doc("Sales Order", only(done, "Sales Order"))
			self.assertEqual([order.customer], known)


class TestFlows(OrderTestCase):
	def test_an_address_of_nobody_gets_a_name_by_the_flow(self):
		paths = (
			"id", "currency", "total", "date", "lines[].id", "lines[].sku", "lines[].quantity", "lines[].unit_price",
			"shipping_address.line1", "shipping_address.city", "shipping_address.country",
		)  # fmt: skip
		flow = make.flow(
			"Sales Order", [], [make.row(path, path) for path in paths],
			name="Orders", direction="Incoming", purpose="Order", remote_entity="order", topics="*",
		)  # fmt: skip
		self.change(walk_in_customer=make.customer().name)
		name = make.unique("Ann")
		body = {**self.order(**FIXTURES["plain"]), "receiver": name}
		body["shipping_address"] = {"line1": "1 Road", "city": "X", "country": "US"}
		self.ok(self.hook(body))
		self.work()
		event = self.event()
		self.assertEqual((event.status, event.outcome), ("On Hold", "no_customer"), self.history())
		self.assertIn("Let the flow send a name, an e-mail address or a phone number with it", event.error)
		self.assertIn("press Retry", event.error)
		flow.append("rows", make.row("shipping_address.name", "receiver"))
		flow.save()
		self.commit()
		self.assertEqual(events.retry([event.name]), 1)
		self.work()
		event = self.event()
		self.assertEqual(event.status, "Processed", self.history())
		order = frappe.get_doc("Sales Order", event.reference_name)
		self.assertEqual((order.customer_name, order.grand_total), (name, 20))


class TestOrders(EndsTestCase):
	setter = {"doc_type": "Sales Order", "field_name": "shipping_rule", "property": "default"}

	def test_bundles_whose_price_erpnext_takes_from_their_components(self):
		"""Selling Settings, Calculate Product Bundle Price based on Child Items' Rates: after the totals were worked out."""
		parts = [make.item(is_stock_item=1).name for _ in range(2)]
		for part, price in zip(parts, (4, 3), strict=True):
			rate = {"price_list": "Standard Selling", "item_code": part, "price_list_rate": price}
			frappe.get_doc({"doctype": "Item Price", **rate}).insert()
		bundle = make.item(is_stock_item=0).name
		items = [{"item_code": part, "qty": number} for number, part in enumerate(parts, 1)]
		frappe.get_doc({"doctype": "Product Bundle", "new_item_code": bundle, "items": items}).insert()
		self.commit()
		self.by_components(1)
		self.addCleanup(self.by_components, 0)
		record = self.record(lines=[self.line("L1", bundle, 2, 25, 5)], shipping=[], total="55.00")
		done = self.ended(
			"prices of bundles by their components",
			lambda: self.event("Order", **record),
			lambda: self.by_components(0),
			"total_differs",
		)
		doc = frappe.get_doc("Sales Order", only(done, "Sales Order"))
		self.assertEqual((doc.items[0].rate, make_invoice(doc).grand_total), (25, 55))

	def by_components(self, ticked: int) -> None:
		frappe.db.rollback()
		frappe.db.set_single_value("Selling Settings", "editable_bundle_item_rates", ticked)
		self.commit()

	def test_the_parts_of_a_bundle_that_is_taken_off_are_free(self):
		bundle = make.item(is_stock_item=0).name
		parts = [{"item_code": self.first, "qty": 2}, {"item_code": self.second, "qty": 1}]
		frappe.get_doc({"doctype": "Product Bundle", "new_item_code": bundle, "items": parts}).insert()
		self.commit()
		keep = {**self.line("L2", self.second, 1, 5, 0)}
		record = self.record(lines=[self.line("L1", bundle, 1, 30, 0), keep], shipping=[], total="35.00")
		reserved = [self.reserved(self.first), self.reserved(self.second)]
		self.event("Order", **record)
		self.assertEqual(
			[self.reserved(self.first), self.reserved(self.second)], [reserved[0] + 2, reserved[1] + 2]
		)
		self.event("Order", **{**record, "lines": [keep], "total": "5.00"})
		self.assertEqual(
			[self.reserved(self.first), self.reserved(self.second)], [reserved[0], reserved[1] + 1]
		)

	def reserved(self, item: str) -> float:
		return frappe.db.get_value("Bin", {"item_code": item, "warehouse": make.warehouse()}, "reserved_qty")

	def test_a_rule_that_changes_the_total(self):
		"""A Shipping Rule that every new order gets by Customize Form."""
		frappe.make_property_setter(
			{
				"doctype": "Sales Order",
				"fieldname": "shipping_rule",
				"property": "default",
				"value": shipping_rule(),
				"property_type": "Text",
			}
		)
		self.assertTrue(frappe.db.exists("Property Setter", self.setter))

		def put_right() -> None:
			frappe.db.delete("Property Setter", self.setter)
			frappe.db.commit()
			frappe.clear_cache(doctype="Sales Order")

		self.addCleanup(put_right)
		frappe.clear_cache(doctype="Sales Order")
		record = self.record()
		done = self.ended(
			"prices of bundles by their components",
			lambda: self.event("Order", **record),
			put_right,
			"total_differs",
		)
		order = frappe.get_doc("Sales Order", only(done, "Sales Order"))
		self.assertEqual((order.docstatus, order.grand_total), (1, 10))

	def test_more_pieces_than_the_order_had(self):
		order = self.order()
		self.ended(
			"Compare the event with the order; correct the order",
			lambda: self.ship(("L1", 3), id=f"parcel-{order.name}"),
			lambda: self.update_items(order, 3, 10),
			"quantity_exceeded",
		)
		self.assertEqual(self.stock_of(self.first), 47)

	def test_a_line_that_a_person_took_off(self):
		order = self.order()
		row = order.items[0]
		kept = {field: row.get(field) for field in ("item_code", "qty", "rate", "uom", "conversion_factor")}
		kept |= {"docname": row.name, "delivery_date": str(row.delivery_date)}
		update_child_qty_rate("Sales Order", json.dumps([kept]), order.name)
		self.commit()
		for event in (
			lambda: self.ship(("L1", 2), ("L2", 3)),
			lambda: self.cancel(id="c-1", lines=[{"line_id": "L2", "quantity": 1}]),
		):
			self.put_aside("has been taken off order", "line_gone", event)
		self.ship(("L1", 2))
		self.assertEqual((self.stock_of(self.first), self.stock_of(self.second)), (48, 50))


class TestStock(EndsTestCase):
	def test_rows_that_erpnext_does_not_offer_for_delivery(self):
		self.order()
		# By which ERPNext leaves out what is due on other days.
		frappe.flags.args = frappe._dict(delivery_dates=["2000-01-01"])
		self.addCleanup(frappe.flags.pop, "args", None)
		self.put_aside("Deliver it by hand", "held", lambda: self.ship(("L1", 2)))
		self.assertEqual(self.stock_of(self.first), 50)

	def test_a_parcel_that_failed_after_it_was_delivered(self):
		order = self.order()
		note = only(self.ship(("L1", 2), id="F"), "Delivery Note")
		(late,) = self.ship(("L1", 2), id="F", status="pending")
		self.assertEqual((late.action, f"booked by {note} and stays so" in late.reason), ("ignored", True))
		again = lambda: self.ship(("L1", 2), id="F", status="failure")  # noqa: E731
		self.put_aside("If it has not left after all", "parcel_failed", again)
		frappe.get_doc("Delivery Note", note).cancel()
		self.commit()
		(done,) = again()
		self.assertEqual((done.action, "Nothing has left" in done.reason), ("ignored", True))
		self.assertEqual(self.stock_of(self.first), 50)
		self.assertEqual([one.action for one in self.ship(("L1", 2), id="G")], ["created"])
		order.reload()
		self.assertEqual(order.items[0].delivered_qty, 2)

	def test_a_parcel_that_came_back_and_failed_is_no_news(self):
		self.order()
		note = only(self.ship(("L1", 2), id="F"), "Delivery Note")
		self.ship(("L1", 2), id="F", status="returned")
		(done,) = self.ship(("L1", 2), id="F", status="failed")
		self.assertEqual((done.action, f"{note} is reversed" in done.reason), ("ignored", True))

	def test_a_movement_of_a_batch(self):
		item = make.item(has_batch_no=1, create_new_batch=1).name
		movement = {"id": make.unique("m"), "item_code": item, "warehouse": make.warehouse(), "quantity": 1}
		self.put_aside(
			"does not say which of them moved",
			"batch_or_serial",
			lambda: self.event("Stock Movement", **movement),
		)
		self.assertEqual(self.stock_of(item), 0)


class TestPartlyInvoiced(EndsTestCase):
	def test_pieces_whose_taxes_are_invoiced_are_called_off_once_these_are_credited(self):
		order = self.order()
		invoice = make_sales_invoice(order.name)
		invoice.items = invoice.items[:1]
		invoice.insert().submit()
		# ERPNext charges all taxes and charges by the first invoice.
		self.assertEqual(invoice.grand_total, 33)

		def credit() -> None:
			note = make_sales_return(invoice.name)
			note.items[0].update({"qty": -2, "rate": 3})
			for row in note.taxes:
				row.tax_amount = 0
			note.insert().submit()
			self.assertEqual(note.grand_total, -6)

		self.ended(
			"for the difference, then press Retry",
			lambda: self.event(
				"Cancellation",
				id=f"off {self.order_id}",
				order_id=self.order_id,
				lines=[{"line_id": "L2", "quantity": 3}],
			),
			credit,
			"invoiced",
		)
		order.reload()
		self.assertEqual((order.grand_total, self.customer_balance(order)), (27, 27))
