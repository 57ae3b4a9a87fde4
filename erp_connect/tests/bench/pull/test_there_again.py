"""A record that was deleted since the outside told its end, and that a list shows again, just as it was before."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.pull import run
from erp_connect.store import sync_cursor
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.inbound_case import InboundTestCase
from erp_connect.tests.fakes.fault_server import Reply

FLOW, TELLER, OTHER_LIST = "Listed", "Told by webhooks", "Another list"
ROWS = [make.row("brand", "name", is_match_key=1), make.row("description", "text")]
LISTED = {"pull_path": "/items", "pull_records": "data", "paging": "None"}
TOLD = {"topics": "del", "gone_expression": "_topic == 'del'", "on_remote_delete": "Delete"}


class TestThereAgain(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.name = make.unique("Again")
		self.record = {"id": "1", "name": self.name, "text": "as ever"}

	def flow(self, name: str = FLOW, **values: Any) -> Any:
		settings = {"direction": "Incoming", "remote_entity": "thing", "inbound_id_expression": "id"}
		return make.flow(
			"Brand",
			[],
			ROWS,
			**{"name": name, **settings, **({} if values.get("topics") else LISTED), **values},
		)

	def pulled(self, flow: str = FLOW) -> int:
		"""How many records of the list are news."""
		self.receiver.script("/items", *[Reply(body={"data": [self.record]})] * 2)
		sync_cursor.make_due(flow)
		self.commit()
		run.run(flow)
		self.work()
		return frappe.get_all("Sync Cursor", {"field_mapping": flow}, pluck="queued")[0]

	def here(self) -> bool:
		frappe.db.rollback()
		return bool(frappe.db.exists("Brand", self.name))

	def told(self, **record: Any) -> None:
		self.commit()
		self.ok(self.hook(record, topic="del"))
		self.work()
		self.assertFalse(self.here(), self.history())

	def assert_made_anew_once(self, flow: str = FLOW) -> None:
		self.assertEqual((self.pulled(flow), self.here()), (1, True), self.history())
		self.assertEqual([link.external_id for link in self.links()], ["1"])
		self.assertEqual((self.pulled(flow), self.pulled(flow)), (0, 0), self.history())

	def test_told_by_a_webhook_of_another_flow(self):
		self.flow()
		self.flow(TELLER, **TOLD)
		self.assertEqual((self.pulled(), self.here(), self.pulled()), (1, True, 0))
		for _time in range(2):
			self.told(id="1")
			self.assert_made_anew_once()

	def test_told_by_a_webhook_of_another_flow_and_listed_with_a_version(self):
		self.record |= {"version": 7}
		self.flow(inbound_version_expression="version")
		self.flow(TELLER, **TOLD)
		self.pulled()
		self.told(id="1")
		self.assert_made_anew_once()

	def test_told_by_a_webhook_of_the_same_flow(self):
		self.flow(**TOLD, **LISTED)
		self.pulled()
		self.told(id="1")
		self.assert_made_anew_once()

	def test_told_with_others_at_once(self):
		self.flow()
		self.flow(TELLER, **TOLD, gone_id_expression="ids")
		self.pulled()
		self.record, first = {"id": "2", "name": f"{self.name} 2", "text": "as ever"}, self.record
		self.pulled()
		self.told(ids=["1", "2"])
		self.record = first
		self.assert_made_anew_once()

	def test_deleted_by_a_call_of_the_api(self):
		self.flow(expose_api=1, allow_delete=1)
		self.pulled()
		self.commit()
		self.ok(self.call("records.delete", {"entity": "thing", "external_id": "1"}))
		self.assertFalse(self.here())
		self.assert_made_anew_once()

	def test_each_flow_that_lists_it_brings_its_part_again(self):
		self.flow(inbound_version_expression="version")
		self.flow(OTHER_LIST, inbound_version_expression="version")
		self.flow(TELLER, **TOLD)
		whole, part = {**self.record, "version": 7}, {"id": "1", "name": self.name, "version": 7}
		for time in range(2):
			for flow, self.record in ((OTHER_LIST, part), (FLOW, whole)):
				self.assertEqual((self.pulled(flow), self.pulled(flow)), (1, 0), self.history())
			self.assertEqual(frappe.db.get_value("Brand", self.name, "description"), "as ever")
			if not time:
				self.told(id="1")

	def test_what_a_person_deleted_here_is_not_made_anew(self):
		self.flow()
		self.flow(TELLER, **TOLD)
		self.pulled()
		frappe.delete_doc("Brand", self.name)
		self.assertEqual((self.pulled(), self.here()), (0, False), self.history())

	def test_the_end_of_another_record_changes_nothing(self):
		self.flow()
		self.flow(TELLER, **TOLD)
		self.pulled()
		frappe.delete_doc("Brand", self.name)
		self.told(id="2")
		self.assertEqual((self.pulled(), self.here()), (0, False), self.history())

	def test_a_webhook_that_is_sent_twice_is_still_known(self):
		self.flow(**TOLD, **LISTED)
		self.pulled()
		self.commit()
		for _time in range(2):
			self.hook({"id": "1"}, topic="del", id="one and the same")
			self.work()
		self.assertEqual(self.count("Sync Log", event="webhook"), 1)
