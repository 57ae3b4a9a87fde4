"""What the app submits has the status that it would have if a person had saved and submitted it in Desk."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import now_datetime, today

from erp_connect.config import inflow
from erp_connect.patches import status_of_submitted_orders
from erp_connect.records import write
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import CommerceTestCase, only
from erp_connect.tests.fakes.fault_server import Reply

NO_STATUS = ("Stock Entry", "Stock Reconciliation")
# What a copy of an order made by hand has otherwise for other reasons.
OF_ITS_OWN = {
	"name", "creation", "modified", "modified_by", "owner", "parent", "po_no", "title", "payment_schedule", "items", "taxes",
	"idx", "naming_series", "amended_from", "transaction_time", "_comments",
}  # fmt: skip


class TestStatus(CommerceTestCase):
	def assert_as_by_hand(self, doctype: str, name: str, status: str) -> None:
		"""The status is this, and is what ERPNext itself computes for the document."""
		doc = frappe.get_doc(doctype, name)
		self.assertEqual((doc.docstatus, doc.status), (1, status), f"{doctype} {name}")
		doc.set_status()
		self.assertEqual(doc.status, status, f"{doctype} {name}")

	def test_an_order_is_like_one_that_was_submitted_by_hand(self):
		for title, values in (
			("with taxes", {}),
			("without taxes", {"lines": [self.line("L1", self.first, 2, 10, 0)], "shipping": [], "total": "20.00"}),
		):  # fmt: skip
			with self.subTest(title):
				order = self.order(**values)
				self.assert_as_by_hand("Sales Order", order.name, "To Deliver and Bill")
				twin = frappe.copy_doc(order)
				twin.po_no = make.unique("PO")
				twin.insert()
				twin.submit()
				self.assertEqual(_plain(frappe.get_doc("Sales Order", twin.name)), _plain(order))
				listed = frappe.get_list("Sales Order", filters={"name": order.name}, pluck="status")
				self.assertEqual(listed, ["To Deliver and Bill"])

	def test_a_draft_stays_a_draft(self):
		self.settings_of_shop(submit_orders=0)
		order = self.order()
		self.assertEqual((order.docstatus, order.status), (0, "Draft"))

	def test_what_follows_an_order(self):
		order = self.order()
		payment = only(self.pay("50.00"), "Payment Entry")
		self.assert_as_by_hand("Payment Entry", payment, "Submitted")
		parcel = only(self.ship(("L1", 2)), "Delivery Note")
		self.assert_as_by_hand("Delivery Note", parcel, "To Bill")
		self.assert_as_by_hand("Sales Order", order.name, "To Deliver and Bill")
		self.settings_of_shop(payment_makes="Sales Invoice and Payment Entry")
		invoice = only(self.pay("43.00"), "Sales Invoice")
		self.assert_as_by_hand("Sales Invoice", invoice, "Paid")
		self.assert_as_by_hand("Sales Order", order.name, "To Deliver")
		done = self.refund(lines=[{"line_id": "L1", "quantity": 2, "restock": True}])
		# ERPNext lets a credit note whose money went out be a Return.
		credit, returned = only(done, "Sales Invoice"), only(done, "Delivery Note")
		self.assert_as_by_hand("Sales Invoice", credit, "Return")
		self.assertEqual(frappe.db.get_value("Delivery Note", returned, "docstatus"), 1)
		self.assertNotEqual(frappe.db.get_value("Delivery Note", returned, "status"), "Draft")

	def test_an_order_of_which_pieces_were_called_off(self):
		order = self.order()
		self.ship(("L1", 2))
		self.cancel(id=make.unique("cancel"), lines=[{"line_id": "L2", "quantity": 3}])
		self.assert_as_by_hand("Sales Order", order.name, "To Bill")

	def test_orders_of_before_are_corrected(self):
		order, closed = self.order(), self.order()
		closed.update_status("Closed")
		frappe.db.set_value("Sales Order", order.name, "status", "Draft", update_modified=False)
		status_of_submitted_orders.execute()
		frappe.db.commit()
		self.assert_as_by_hand("Sales Order", order.name, "To Deliver and Bill")
		self.assert_as_by_hand("Sales Order", closed.name, "Closed")

	def test_what_is_told_of_an_order_has_its_status(self):
		"""To another account: what this one has sent itself is no news to it."""
		make.account(self.receiver.url(), "Listener")
		make.flow(
			"Sales Order",
			[make.request("Submit", "POST", "/orders")],
			[make.row("status", "status"), make.row("name", "name")],
			integration="Listener",
		)
		self.receiver.script("/orders", Reply(200, {"id": 1}))
		order = self.order()
		self.deliver("Listener")
		told = [request.json for request in self.arrived("/orders")]
		self.assertEqual(told, [{"status": "To Deliver and Bill", "name": order.name}], self.history())

	def test_documents_that_a_flow_submits(self):
		customer, rows = make.customer().name, (
			make.row("customer", "buyer"), make.row("items[].item_code", "lines[].sku"), make.row("items[].qty", "lines[].count"),
			make.row("items[].rate", "lines[].price"),
		)  # fmt: skip
		day = make.row("delivery_date", "day")
		record = {"buyer": customer, "day": today(), "lines": [{"sku": self.first, "count": 2, "price": 10}]}
		for doctype, more, status in (
			("Sales Order", [day], "To Deliver and Bill"),
			("Delivery Note", [], "To Bill"),
			("Sales Invoice", [], "Unpaid"),
			("Quotation", [make.row("party_name", "buyer"), make.row("quotation_to", "to", constant="Customer")], "Open"),
		):  # fmt: skip
			with self.subTest(doctype):
				own = rows if doctype != "Quotation" else rows[1:]
				warehouse = [] if doctype == "Quotation" else [
					make.row("set_warehouse", "place", constant=make.warehouse())
				]  # fmt: skip
				flow = make.flow(
					doctype, [], [*own, *more, *warehouse], direction="Incoming", inbound_id_expression="id", submit_document=1,
					remote_entity=frappe.scrub(doctype),
				)  # fmt: skip
				self.commit()
				done = write.upsert(inflow.load(flow.name), {**record, "id": "1"})
				self.assert_as_by_hand(doctype, done.name, status)

	def test_stock_movements_have_none(self):
		for doctype in NO_STATUS:
			self.assertFalse(frappe.get_meta(doctype).has_field("status"), doctype)
		self.event(
			"Stock Movement", id=make.unique("move"), item_code=self.first, warehouse=make.warehouse(),
			quantity=1, rate=5, posting_date=now_datetime().isoformat(),
		)  # fmt: skip


def _plain(doc: Any) -> dict[str, Any]:
	"""The order's own fields that do not name it, and those of its rows that say how far it is."""
	rows = [(row.qty, row.rate, row.delivered_qty, row.billed_amt, row.docstatus) for row in doc.items]
	values = doc.as_dict().items()
	# Other tables, such as the taxes of each item in ERPNext 16, name rows of this document.
	fields = {key: value for key, value in values if key not in OF_ITS_OWN and not isinstance(value, list)}
	return {**fields, "rows": rows}
