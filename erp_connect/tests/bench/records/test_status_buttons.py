"""A status that people give by a button does, when it comes from outside, what the button does."""

from __future__ import annotations

import frappe

from erp_connect.records.write import upsert
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make


class TestStatus(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		self.item = make.item(is_stock_item=1).name

	def write(self, doc, status: str) -> None:
		rows = [
			make.row("name", "name", is_match_key=1),
			make.row("status", "state", after_submit=1),
		]
		flow = make.incoming(doc.doctype, rows, on_missing="Hold for review")
		self.commit()
		upsert(flow, {"id": doc.name, "name": doc.name, "state": status})
		self.assertEqual(doc.reload().status, status)

	def stock(self, field: str) -> float:
		return frappe.db.get_value("Bin", {"item_code": self.item, "warehouse": make.warehouse()}, field)

	def test_a_closed_order_reserves_nothing(self):
		order = make.sales_order(make.customer().name, [(self.item, 3, 10)])
		self.assertEqual(self.stock("reserved_qty"), 3)
		for status, reserved in (("Closed", 0), ("To Deliver and Bill", 3), ("On Hold", 0)):
			with self.subTest(status):
				self.write(order, status)
				self.assertEqual(self.stock("reserved_qty"), reserved)

	def test_a_stopped_request_requests_nothing(self):
		row = {
			"item_code": self.item,
			"qty": 5,
			"warehouse": make.warehouse(),
			"schedule_date": frappe.utils.nowdate(),
		}
		request = frappe.get_doc(
			{
				"doctype": "Material Request",
				"material_request_type": "Purchase",
				"company": make.company(),
				"items": [row],
			}
		)
		request.insert().submit()
		self.assertEqual(self.stock("indented_qty"), 5)
		self.write(request, "Stopped")
		self.assertEqual(self.stock("indented_qty"), 0)
