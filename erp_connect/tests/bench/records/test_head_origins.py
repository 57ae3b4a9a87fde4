"""Work Orders that name the request or the order that they are of count there, as where a person makes them of it."""

from __future__ import annotations

from inspect import signature
from typing import Any

import frappe
from erpnext.selling.doctype.sales_order.sales_order import get_work_order_items
from erpnext.stock.doctype.material_request.material_request import raise_work_orders
from frappe.utils import today

from erp_connect.config import inflow
from erp_connect.records import write
from erp_connect.records.errors import HeldForReview
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.ends_case import EndsTestCase

FIELDS = (
	("production_item", "what"), ("bom_no", "parts"), ("qty", "qty"), ("fg_warehouse", "to"), ("wip_warehouse", "in"),
)  # fmt: skip


class TestWorkOrders(EndsTestCase):
	def setUp(self) -> None:
		super().setUp()
		roles = (*make.ROLES, "Manufacturing User", "Stock User")
		self.settings_of_shop(user=make.user("maker@erp-connect.example", roles))
		self.made, self.other = (self.with_parts() for _ in range(2))
		self.said = {
			"to": make.warehouse(),
			"in": frappe.db.get_value(
				"Warehouse", {"company": self.company, "warehouse_name": "Work In Progress"}
			),
		}

	def with_parts(self) -> dict[str, str]:
		item = make.item().name
		parts = {"doctype": "BOM", "item": item, "company": self.company, "quantity": 1}
		parts = frappe.get_doc({**parts, "items": [{"item_code": self.first, "qty": 2, "rate": 5}]})
		return {"what": item, "parts": parts.insert().submit().name}

	def flow(self, column: str, **values: Any) -> inflow.InFlow:
		found = make.incoming("Work Order", [make.row(*pair) for pair in (*FIELDS, (column, "of"))], **values)
		self.commit()
		return found

	def written(self, flow: inflow.InFlow, made: dict[str, str], of: str, qty: float = 4) -> Any:
		done = write.upsert(flow, {"id": "1", **self.said, **made, "of": of, "qty": qty})
		self.commit()
		self.assertEqual(done.missed, ())
		return frappe.get_doc(done.doctype, done.name)

	def requested(self, *made: dict[str, str]) -> Any:
		rows = [
			{"item_code": one["what"], "qty": 4, "warehouse": make.warehouse(), "schedule_date": today()}
			for one in made
		]
		request = {"doctype": "Material Request", "material_request_type": "Manufacture", "items": rows}
		request = frappe.get_doc({**request, "company": self.company, "schedule_date": today()})
		return request.insert().submit()

	def test_a_request(self):
		request = self.requested(self.made)
		self.written(self.flow("material_request", submit_document=1), self.made, request.name)
		self.assertEqual(request.reload().per_ordered, 100)
		company = {"company": self.company} if "company" in signature(raise_work_orders).parameters else {}
		self.assertEqual(raise_work_orders(request.name, **company), [], "nothing is left to be made")

	def test_a_request_for_an_order(self):
		order = make.sales_order(make.customer().name, [(self.made["what"], 4, 10)])
		request = self.requested(self.made)
		(row,) = request.items
		row.db_set({"sales_order": order.name, "sales_order_item": order.items[0].name})
		doc = self.written(self.flow("material_request"), self.made, request.name)
		self.assertEqual((doc.sales_order, doc.sales_order_item), (order.name, order.items[0].name))

	def test_an_order(self):
		order = make.sales_order(make.customer().name, [(self.made["what"], 4, 10)])
		self.written(self.flow("sales_order", submit_document=1), self.made, order.name)
		self.assertEqual(order.reload().items[0].work_order_qty, 4)
		self.assertEqual(get_work_order_items(order.name), [])

	def test_a_draft_of_another_request_or_article(self):
		one, two = self.requested(self.made), self.requested(self.made, self.other)
		flow = self.flow("material_request")
		rows = {(doc.name, row.item_code): row.name for doc in (one, two) for row in doc.items}
		for request, made in ((one, self.made), (two, self.made), (two, self.other), (one, self.made)):
			doc = self.written(flow, made, request.name)
			self.assertEqual(doc.material_request_item, rows[request.name, made["what"]])

	def test_an_article_of_two_rows_is_held(self):
		request = self.requested(self.made, self.made)
		flow = self.flow("material_request")
		with self.assertRaises(HeldForReview) as caught:
			self.written(flow, self.made, request.name)
		self.assertEqual(caught.exception.code, "rows_unclear")
		self.assertIn("Map the row as well (material_request_item)", str(caught.exception))
