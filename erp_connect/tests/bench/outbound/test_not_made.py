"""A flow that only creates: nothing is made of what was cancelled unsent, and nothing twice of what was amended."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.operate import replay
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce.test_amended_documents import amended
from erp_connect.tests.fakes.fault_server import Reply


class TestNotMade(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.offline_rates()
		make.account(self.receiver.url())
		self.item = make.item(is_stock_item=0).name

	def sends(self, *more: dict[str, Any], operation: str = "Create") -> None:
		self.receiver.script("/orders", Reply(201, {"id": "R-1"}))
		requests = [make.request("Submit", "POST", "/orders", operation=operation), *more]
		make.flow("Sales Order", requests, [make.row("name", "name")], external_id_expression="id")
		self.commit()

	def order(self) -> Any:
		return make.sales_order(make.customer().name, [(self.item, 1, 10)])

	def waits(self) -> Any:
		(event,) = self.events(status="On Hold") or self.fail(self.history())
		return event

	def test_what_was_cancelled_before_it_was_sent(self):
		self.sends()
		self.order().cancel()
		self.deliver()
		self.assert_arrived(0)
		self.assertEqual({row.outcome for row in self.events(status="Skipped")}, {"never_sent"})

	def test_what_was_cancelled_while_it_waited_for_another_try(self):
		self.receiver.script("/orders", Reply(429), Reply(201, {"id": "R-1"}))
		requests = [make.request("Submit", "POST", "/orders", operation="Create")]
		make.flow("Sales Order", requests, [make.row("name", "name")], external_id_expression="id")
		order = self.order()
		self.deliver()
		order.reload().cancel()
		self.later()
		self.deliver()
		self.assert_arrived(1)

	def test_a_message_is_sent_all_the_same(self):
		self.sends(operation="Send")
		self.order().cancel()
		self.deliver()
		self.assert_arrived(1)

	def test_an_amended_document_makes_no_second_record(self):
		self.sends()
		order = self.order()
		self.deliver()
		new = amended(order)
		self.deliver()
		self.assert_arrived(1)
		event = self.waits()
		self.assertEqual((event.reference_name, event.outcome), (new.name, "amended_before"))
		self.assertIn(f"amended from {order.name}, whose record R-1 goes on outside", event.error)
		amended(new)
		self.deliver()
		self.assert_arrived(1)

	def test_it_does_once_a_person_says_so(self):
		self.sends()
		order = self.order()
		self.deliver()
		amended(order)
		self.deliver()
		frappe.delete_doc("Sync Link", self.links()[0].name)
		self.commit()
		replay.retry([self.waits().name])
		self.deliver()
		self.assert_arrived(2)

	def test_what_was_amended_before_it_was_sent(self):
		self.sends()
		new = amended(self.order())
		self.deliver()
		self.assertEqual([one.json["name"] for one in self.arrived()], [new.name])

	def test_where_the_cancellation_is_told_the_amended_one_is_another(self):
		self.sends(make.request("Cancel", "POST", "/orders/{external_id}/cancel"))
		order = self.order()
		self.deliver()
		amended(order)
		self.deliver()
		self.assertEqual(
			[one.path for one in self.arrived()], ["/orders", "/orders/R-1/cancel", "/orders"], self.history()
		)

	def test_where_another_flow_tells_the_cancellation_it_is_another_too(self):
		self.sends()
		cancel = make.request("Cancel", "POST", "/orders/{external_id}/cancel")
		make.flow("Sales Order", [cancel], [make.row("name", "name")], name="Taken back")
		order = self.order()
		self.deliver()
		amended(order)
		self.deliver()
		self.assertEqual(len(self.arrived("/orders")), 2, self.history())
