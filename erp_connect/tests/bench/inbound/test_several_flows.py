"""One event for two flows: each flow's work stands by itself and is shown by itself."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import flt

from erp_connect.api import events
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce.test_inbound_orders import FIXTURES, OrderTestCase
from erp_connect.tests.bench.commerce_case import account


class TestOrderAndPayment(OrderTestCase):
	"""A paid order comes as one event, of which one flow takes the order and the other the payment."""

	def setUp(self) -> None:
		super().setUp()
		self.change(payment_account=account("Shop Bank", "Bank", "Bank Accounts"))
		shared = {"direction": "Incoming", "topics": "orders/paid"}
		# Made first, so that the payment comes before its order.
		make.flow(
			"Sales Order", [],
			[make.row("order_id", "id"), *(make.row(path, f"payment.{path}") for path in ("id", "amount", "currency"))],
			name="Payments", purpose="Payment", remote_entity="payment", **shared,
		)  # fmt: skip
		paths = (
			"id",
			"currency",
			"total",
			"total_tax",
			"date",
			"customer.id",
			"customer.first_name",
			"customer.email",
		)
		make.flow(
			"Sales Order", [],
			[
				*(make.row(path, path) for path in paths),
				*(make.row(f"lines[].{path}", f"lines[].{path}") for path in ("id", "sku", "quantity", "unit_price", "tax_lines")),
			],
			name="Orders", purpose="Order", remote_entity="order", **shared,
		)  # fmt: skip
		self.commit()

	def paid(self, **payment: Any) -> dict[str, Any]:
		body = self.order(**FIXTURES["tax on top"])
		body["customer"]["id"] = make.unique("c")
		body["customer"]["email"] = f"{frappe.generate_hash(length=8)}@example.com"
		return {
			**body,
			"payment": {"id": make.unique("pay"), "amount": "24.00", "currency": "USD", **payment},
		}

	def hear(self, body: dict[str, Any], id: str = "") -> dict[str, Any]:
		"""Events by flow, once the worker is through."""
		self.ok(self.hook(body, topic="orders/paid", id=id))
		self.work()
		return self.by_flow()

	def by_flow(self) -> dict[str, Any]:
		frappe.db.rollback()
		return {row.field_mapping: row for row in self.events()}

	def hurry(self) -> None:
		"""Let what waits for its next try be tried now."""
		frappe.db.sql("UPDATE `tabSync Log` SET due_at = UNIX_TIMESTAMP() WHERE status = 'Retrying'")
		self.work()

	def test_both_are_done_and_a_payment_that_comes_first_waits_for_its_order(self):
		found = self.hear(self.paid())
		self.assertEqual(len(found), 2)
		self.assertEqual(found["Orders"].status, "Processed", self.history())
		self.hurry()
		found = self.by_flow()
		self.assertEqual(found["Payments"].status, "Processed", self.history())
		self.assertEqual(found["Payments"].reference_doctype, "Payment Entry")
		self.assertEqual(found["Payments"].trace_id, found["Orders"].trace_id)
		order = frappe.get_doc("Sales Order", found["Orders"].reference_name)
		self.assertEqual(flt(order.advance_paid, 2), 24)

	def test_a_payment_that_cannot_be_used_leaves_the_order_alone(self):
		body = self.paid(amount="24,00 EUR")
		self.hear(body, "w-1")
		self.hurry()
		found = self.by_flow()
		self.assertEqual(
			(found["Orders"].status, found["Payments"].status), ("Processed", "Failed"), self.history()
		)
		self.assertIn("amount", found["Payments"].error)
		order = frappe.get_doc("Sales Order", found["Orders"].reference_name)
		self.assertEqual((order.docstatus, flt(order.grand_total, 2), order.advance_paid), (1, 24, 0))
		# The sender repeats the event, and a person retries the payment: only that is done again.
		for again in (
			lambda: self.ok(self.hook(body, topic="orders/paid", id="w-1")),
			lambda: events.retry([found["Payments"].name]),
		):
			again()
			self.work()
			self.assertEqual(
				[row.attempts for row in (self.by_flow()[flow] for flow in ("Orders", "Payments"))], [1, 1]
			)
			self.assertEqual(self.by_flow()["Payments"].status, "Failed")

	def test_an_order_that_is_held_does_not_keep_the_other_flow_from_its_own_end(self):
		found = self.hear({**self.paid(), "total": "99.00"})
		self.assertEqual(
			(found["Orders"].status, found["Payments"].status), ("On Hold", "Retrying"), self.history()
		)
		self.assertEqual(found["Payments"].outcome, "missing_link")
		self.assertIn("If the order never comes, import it, then press Retry", found["Payments"].error)

	def test_a_flow_that_cannot_be_used_fails_alone(self):
		frappe.db.set_value("Field Mapping", "Payments", "record_expression", "payments[")
		self.commit()
		found = self.hear(self.paid())
		self.assertEqual(
			(found["Orders"].status, found["Payments"].status), ("Processed", "Failed"), self.history()
		)
