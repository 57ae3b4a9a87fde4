"""Articles that their supplier sends to the customer: of an order, of one that changes, and the parcels of both."""

from __future__ import annotations

import frappe
from frappe.utils import add_days, flt, today

from erp_connect.config import inflow
from erp_connect.records import write
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.ends_case import EndsTestCase


class TestDropShipping(EndsTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.supplier = make.supplier().name
		default = {
			"company": self.company,
			"default_supplier": self.supplier,
			"default_warehouse": make.warehouse(),
		}
		self.sent = make.item(delivered_by_supplier=1, item_defaults=[default]).name
		self.commit()

	def reserved(self) -> float:
		bin_ = {"item_code": self.sent, "warehouse": make.warehouse()}
		return flt(frappe.db.get_value("Bin", bin_, "reserved_qty"))

	def ordered(self, *lines: dict, total: str) -> tuple[dict, str]:
		record = self.record(lines=list(lines), total=total)
		self.order_id = record["id"]
		(done,) = self.event("Order", **record)
		return record, done.name

	def rows(self, order: str) -> list[tuple]:
		rows = frappe.get_doc("Sales Order", order).items
		return [(row.item_code, row.delivered_by_supplier, row.supplier) for row in rows]

	def test_an_order_says_who_sends_what(self):
		unnamed = make.item(delivered_by_supplier=1).name
		lines = (
			self.line(f"L{n}", item, 1, 10, 0) for n, item in enumerate((self.sent, unnamed, self.first))
		)
		_record, order = self.ordered(*lines, total="30.00")
		self.assertEqual(
			self.rows(order), [(self.sent, 1, self.supplier), (unnamed, 0, None), (self.first, 0, None)]
		)
		self.assertEqual(self.reserved(), 0)

	def test_so_does_a_line_that_is_added(self):
		for submit in (1, 0):
			self.settings_of_shop(submit_orders=submit)
			lines = [self.line("L1", self.first, 1, 10, 0)]
			record, order = self.ordered(*lines, total="10.00")
			lines.append(self.line("L2", self.sent, 3, 10, 0))
			for action in ("updated", "unchanged"):
				done = self.event("Order", **{**record, "lines": lines, "total": "40.00"})
				self.assertEqual(done[0].action, action)
				self.assertEqual(self.rows(order)[1], (self.sent, 1, self.supplier))
			self.assertEqual(self.reserved(), 0)

	def test_its_parcels_are_not_ours(self):
		lines = self.line("L1", self.sent, 2, 10, 0), self.line("L2", self.first, 3, 10, 0)
		_record, order = self.ordered(*lines, total="50.00")
		(done,) = self.ship(("L1", 2))
		self.assertEqual((done.action, "supplier sends it" in done.reason), ("ignored", True))
		(done,) = self.ship(("L1", 2), ("L2", 1))
		self.assertEqual(
			[(row.item_code, row.qty) for row in frappe.get_doc("Delivery Note", done.name).items],
			[(self.first, 1)],
		)
		self.ship()
		self.assertEqual(self.stock_of(self.first), 47)
		(done,) = self.ship()
		self.assertEqual((done.action, "supplier sends it" in done.reason), ("ignored", True))
		frappe.db.set_value("Sales Order Item", {"parent": order, "item_code": self.sent}, "delivered_qty", 2)
		(done,) = self.ship()
		self.assertEqual((done.action, "delivered already" in done.reason), ("ignored", True))

	def test_orders_of_other_flows_say_it_too(self):
		rows = [
			make.row("customer", "who"), make.row("delivery_date", "day"), make.row("items[].qty", "lines[].qty"),
			make.row("items[].item_code", "lines[].sku", row_key=1), make.row("items[].rate", "lines[].rate"),
		]  # fmt: skip
		flow = make.flow("Sales Order", [], rows, direction="Incoming", inbound_id_expression="id").name
		self.commit()
		base = {"id": "1", "who": make.customer().name, "day": add_days(today(), 3)}
		lines = [{"sku": self.first, "qty": 1, "rate": 10}, {"sku": self.sent, "qty": 1, "rate": 10}]
		for count in (1, 2):
			done = write.upsert(inflow.load(flow), {**base, "lines": lines[:count]})
		self.assertEqual(self.rows(done.name), [(self.first, 0, None), (self.sent, 1, self.supplier)])
