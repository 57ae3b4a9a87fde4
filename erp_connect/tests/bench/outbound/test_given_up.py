"""A creation was given up after its answer was lost each time: nobody knows whether the record is there."""

from __future__ import annotations

import frappe

from erp_connect.operate import replay
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.fakes.fault_server import Reply


class TestGivenUp(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url(), breaker_threshold=0, retry_schedule="1m")
		make.brand_flow()
		self.receiver.script("/brands", Reply(fault="close"))
		self.brand = make.brand("one")
		self.deliver()
		self.later()
		self.deliver()
		self.lost = self.event(status="Failed", frozen=1).name
		self.receiver.script("/brands", Reply(201, {"id": "R-1"}))
		self.receiver.forget()

	def edit(self) -> str:
		self.brand.reload().description = "two"
		self.brand.save()
		self.deliver()
		return self.events()[-1].name

	def sent(self) -> list[tuple[str, str]]:
		for _ in range(2):
			self.later()
			self.deliver()
		return [(call.method, call.json["text"] if call.body else "") for call in self.arrived()]

	def assert_waits(self, name: str, told: str) -> None:
		event = self.event(name=name)
		self.assertEqual((event.status, event.outcome), ("Retrying", "request_under_way"))
		self.assertIn(told, event.error)
		self.assertEqual(self.arrived(), [])

	def test_an_edit_makes_no_second_record(self):
		self.assert_waits(self.edit(), "press Skip in that event")
		replay.retry([self.lost])
		self.assertEqual(self.sent(), [("POST", "one"), ("PUT", "two")], self.history())
		self.assertEqual(self.statuses(), ["Delivered", "Delivered"])

	def test_it_is_made_once_a_person_knows_that_it_is_not_there(self):
		self.assert_waits(self.edit(), "Press Retry in that event")
		replay.cancel([self.lost])
		self.assertEqual(self.sent(), [("POST", "two")], self.history())

	def test_the_end_is_told_once_it_is_known(self):
		frappe.delete_doc("Brand", self.brand.name)
		self.deliver()
		self.assert_waits(self.events()[-1].name, "see what became of that request")
		replay.retry([self.lost])
		self.assertEqual(self.sent(), [("POST", "one"), ("DELETE", "")], self.history())
		self.assertEqual(self.links(), [])
