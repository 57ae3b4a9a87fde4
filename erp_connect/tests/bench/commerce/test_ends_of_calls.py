"""What calls of the API about orders are refused with tells the caller what to send instead, and that is taken."""

from __future__ import annotations

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce.test_order_updates import UpdatedOrderCase


class TestEnds(UpdatedOrderCase):
	def test_an_id_that_another_order_has(self):
		body = self.body()
		order = self.ok(self.call("create_order", body))["order_id"]
		other = {**body, **self.less()}
		told = self.refused(self.call("create_order", other), 409, "order_differs")["message"]
		self.assertIn("send update_order for a change, or another id for another order", told)
		self.ok(self.call("update_order", {"id": body["id"], **self.less(), "shipping": body["shipping"]}))
		self.assertEqual(self.total(order), 26.2)
		another = self.ok(self.call("create_order", {**other, "id": make.unique("O")}))["order_id"]
		self.assertEqual((another != order, self.total(another)), (True, 26.2))

	def test_an_order_that_was_cancelled(self):
		body = self.body()
		first = self.ok(self.call("create_order", body))["order_id"]
		self.ok(self.call("cancel_order", {"id": body["id"]}))
		told = self.refused(self.call("create_order", body), 409, "order_cancelled")["message"]
		self.assertIn("have one sent under an id of its own", told)
		self.assertIn("do not send it again", told)
		second = self.ok(self.call("create_order", {**body, "id": make.unique("O")}))["order_id"]
		self.assertEqual((second != first, self.total(second)), (True, 37))

	def test_an_order_of_whose_source_nothing_is_known(self):
		order = make.sales_order(make.customer().name, [("KEYED-1", 2, 10)])
		self.commit()
		before = order.reload().as_dict()
		told = self.refused(
			self.call("update_order", {"order_id": order.name, **self.less()}), 409, "unknown_source"
		)["message"]
		self.assertIn("Change its goods in ERPNext", told)
		self.assertIn("do not send it again", told)
		frappe.db.rollback()
		self.assertEqual(order.reload().as_dict(), before)
