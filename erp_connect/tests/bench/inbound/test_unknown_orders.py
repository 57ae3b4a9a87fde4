"""What follows an order that is not here: waited for, or passed over where the flow says so, never too early."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce.test_inbound_orders import FIXTURES, OrderTestCase

TOPIC = "orders/updated"


class TestIgnored(OrderTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.cancellations = make.flow(
			"Sales Order", [],
			[make.row("order_id", "id"), make.row("reason", "reason")],
			name="Cancellations", purpose="Cancellation", remote_entity="cancellation", direction="Incoming",
			topics=TOPIC, record_expression="if(status == 'cancelled', @, `[]`)", on_missing="Ignore",
		)  # fmt: skip
		make.flow(
			"Sales Order", [],
			[
				*(make.row(path, path) for path in ("id", "currency", "total", "total_tax", "customer.first_name")),
				*(make.row(f"lines[].{path}", f"lines[].{path}") for path in ("id", "sku", "quantity", "unit_price", "tax_lines")),
			],
			name="Orders", purpose="Order", remote_entity="order", direction="Incoming", topics=TOPIC,
			record_expression="if(status == 'paid', @, `[]`)",
		)  # fmt: skip
		self.commit()

	def hear(self, status: str, id: str = "", **changes: Any) -> str:
		"""The id of the order."""
		body = {**self.order(**FIXTURES["tax on top"]), "status": status, **changes}
		body["id"] = id or body["id"]
		self.ok(self.hook(body, topic=TOPIC, id=frappe.generate_hash(length=12)))
		self.work()
		frappe.db.rollback()
		return body["id"]

	def of(self, flow: str) -> Any:
		return self.event(field_mapping=flow)

	def test_an_order_that_never_came_is_passed_over(self):
		self.hear("cancelled")
		event = self.of("Cancellations")
		self.assertEqual((event.status, '"ignored"' in event.response_body), ("Processed", True))

	def test_one_that_is_here_is_cancelled(self):
		order_id = self.hear("paid")
		self.hear("cancelled", order_id)
		(link,) = self.links(remote_entity="order")
		self.assertEqual(frappe.db.get_value("Sales Order", link.document_name, "docstatus"), 2)

	def test_one_that_is_held_is_waited_for(self):
		order_id = self.hear("paid", total="99999.00")
		self.assertEqual(self.of("Orders").status, "On Hold")
		self.hear("cancelled", order_id)
		events = frappe.get_all(
			"Sync Log", {"field_mapping": "Cancellations", "status": "Retrying"}, ["outcome"]
		)
		self.assertEqual([event.outcome for event in events], ["missing_link"])

	def test_one_that_waits_is_not_mixed_up_with_another(self):
		self.hear("paid", total="99999.00")
		self.hear("cancelled")
		events = frappe.get_all("Sync Log", {"field_mapping": "Cancellations"}, ["status", "response_body"])
		self.assertEqual(
			[event.status for event in events if "ignored" in (event.response_body or "")], ["Processed"]
		)

	def test_the_message_promises_no_more_than_is_done(self):
		self.hear("cancelled")
		ignored = self.of("Cancellations").response_body
		self.assertIn("The flow leaves it out", ignored)
		self.assertNotIn("tried again", ignored)
		frappe.db.delete("Sync Log")
		self.cancellations.on_missing = "Create"
		self.cancellations.save()
		self.commit()
		self.hear("cancelled")
		self.assertIn("It is tried again by itself.", self.of("Cancellations").error)
		for _ in range(5):
			self.later()
			self.work()
		event = self.of("Cancellations")
		self.assertEqual(event.status, "Failed")
		self.assertIn("It was tried several times, and is not any more.", event.error)
		self.assertIn("import it, then press Retry", event.error)

	def test_without_ignore_it_is_waited_for(self):
		self.cancellations.on_missing = "Create"
		self.cancellations.save()
		self.commit()
		self.hear("cancelled")
		self.assertEqual(self.of("Cancellations").outcome, "missing_link")
