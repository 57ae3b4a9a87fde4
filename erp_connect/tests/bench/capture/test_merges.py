"""Two documents are merged here: the other side is told, and until then the link of the one that is gone survives."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import frappe

from erp_connect.api import events
from erp_connect.config import inflow
from erp_connect.operate import replay
from erp_connect.records import deletion, write
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.services import in_thread
from erp_connect.tests.fakes.fault_server import Reply

MERGE = {
	"event": "Merge",
	"operation": "Send",
	"method": "POST",
	"path": "/brands/{external_id}/merge?into={_merged_into.external_id}",
	"send_body": 0,
}


class TestMerges(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())

	def flow(self, requests: list[dict] | None = None, **values: Any):
		rows = [make.row("brand", "name"), make.row("description", "text")]
		flow = make.flow("Brand", requests or make.rest("/brands"), rows, **values)
		self.commit()
		return flow

	def linked(self, *texts: str) -> list[tuple[str, str]]:
		"""(name, external id) of documents that the other side knows."""
		names = [make.brand(text).name for text in texts]
		self.deliver()
		ids = {link.document_name: link.external_id for link in self.links()}
		self.seen = len(self.arrived())
		return [(name, ids[name]) for name in names]

	def merge(self, old: str, new: str) -> None:
		frappe.rename_doc("Brand", old, new, merge=True, force=True, show_alert=False)
		self.commit()

	def calls(self) -> list[tuple[str, str]]:
		"""What has arrived since the documents were linked."""
		self.deliver()
		return [(request.method, unquote(request.path)) for request in self.arrived()[self.seen :]]

	def ends(self) -> list[tuple[str, str]]:
		"""(status, outcome) of the events that tell ends."""
		found = self.events(event=("in", ("delete", "merge")))
		return [(row.status, row.outcome or "") for row in found]

	def leads_to(self, external_id: str) -> str | None:
		return frappe.db.get_value("Sync Link", {"external_id": external_id}, "document_name")

	def test_the_deletion_is_told_for_the_record_of_the_one_that_is_gone(self):
		flow = self.flow(direction="Both", inbound_id_expression="id")
		(loser, gone), (survivor, stays) = self.linked("one", "two")
		self.merge(loser, survivor)
		self.assertEqual(self.leads_to(gone), survivor)
		self.assertEqual(self.calls(), [("DELETE", f"/brands/{gone}")])
		self.assertEqual(self.ends(), [("Delivered", "")])
		# A change outside that was under way meanwhile makes no second document.
		before = frappe.db.count("Brand")
		done = write.upsert(inflow.load(flow.name), {"id": gone, "name": survivor, "text": "one"})
		self.assertEqual((done.name, frappe.db.count("Brand")), (survivor, before))
		self.assertEqual({self.leads_to(gone), self.leads_to(stays)}, {survivor})

	def test_a_request_for_merges_names_both_records(self):
		self.flow([*make.rest("/brands"), MERGE])
		(loser, gone), (survivor, stays) = self.linked("one", "two")
		self.merge(loser, survivor)
		self.assertEqual(self.calls(), [("POST", f"/brands/{gone}/merge?into={stays}")])
		self.assertEqual(self.ends(), [("Delivered", "")])
		replay.replay([self.event(event="merge").name])
		self.assertEqual(len(self.calls()), 2)
		self.assertEqual(
			[(link.document_name, link.external_id) for link in self.links(merged=0)], [(survivor, stays)]
		)

	def test_the_survivor_is_deleted_before_it_was_told(self):
		self.flow()
		(loser, gone), (survivor, stays) = self.linked("one", "two")
		self.receiver.script(f"/brands/{gone}", Reply(400, {}), Reply(204, {}))
		self.merge(loser, survivor)
		self.assertEqual(self.calls(), [("DELETE", f"/brands/{gone}")])
		frappe.delete_doc("Brand", survivor)
		self.assertEqual(self.calls()[1:], [("DELETE", f"/brands/{stays}")])
		self.assertEqual(sorted(status for status, _ in self.ends()), ["Delivered", "Failed"])
		self.assertEqual([link.external_id for link in self.links()], [gone])
		failed = self.event(event="delete", status="Failed")
		events.retry([failed.name])
		self.assertEqual(self.calls()[2:], [("DELETE", f"/brands/{gone}")])
		self.assertEqual(self.links(), [])

	def test_one_merge_after_the_other(self):
		self.flow()
		(first, one), (second, two), (third, three) = self.linked("1", "2", "3")
		self.merge(first, second)
		self.merge(second, third)
		self.assertEqual(
			sorted(self.calls()), sorted([("DELETE", f"/brands/{one}"), ("DELETE", f"/brands/{two}")])
		)
		self.assertEqual({self.leads_to(key) for key in (one, two, three)}, {third})

	def test_a_record_that_the_survivor_takes_over_is_not_deleted(self):
		self.flow()
		((loser, kept),) = self.linked("one")
		frappe.flags.in_patch = True
		survivor = make.brand("two").name
		frappe.flags.in_patch = False
		self.merge(loser, survivor)
		self.assertNotIn("DELETE", [method for method, _ in self.calls()])
		self.assertEqual(self.ends(), [("Skipped", "taken_over")])
		self.assertEqual(self.leads_to(kept), survivor)

	def test_a_record_that_is_just_being_made(self):
		self.flow()
		((survivor, stays),) = self.linked("two")
		self.receiver.script("/brands", Reply(201, {"id": "R-slow"}, seconds=1.5))
		loser = make.brand("one").name
		self.commit()
		thread = in_thread(self.deliver)
		self.wait_for(lambda: len(self.arrived()) > self.seen)
		self.merge(loser, survivor)
		thread.join(20)
		self.later()
		self.assertIn(("DELETE", "/brands/R-slow"), self.calls(), self.history())
		self.assertEqual({self.leads_to("R-slow"), self.leads_to(stays)}, {survivor})
		self.assertEqual([link.external_id for link in self.links(merged=0)], [stays])

	def test_another_document_gets_the_name(self):
		self.flow()
		(loser, gone), (survivor, _) = self.linked("one", "two")
		self.merge(loser, survivor)
		make.brand("three", name=loser)
		# As in a request of its own, where Frappe looks up what it renames along with a document.
		frappe.local.dynamic_link_map = None
		frappe.cache.delete_keys("dynamic_link_map")
		renamed = make.unique("Renamed")
		frappe.rename_doc("Brand", loser, renamed, force=True, show_alert=False)
		calls = self.calls()
		self.assertEqual(sorted(calls), [("DELETE", f"/brands/{gone}"), ("POST", "/brands")], self.history())

	def test_nothing_is_told_where_the_flow_says_nothing_of_ends(self):
		self.flow([row for row in make.rest("/brands") if row["event"] != "Delete"])
		(loser, gone), (survivor, _) = self.linked("one", "two")
		self.merge(loser, survivor)
		self.assertEqual((self.calls(), self.ends()), ([], []))
		self.assertEqual(self.leads_to(gone), survivor)

	def test_a_document_that_was_never_sent(self):
		self.flow()
		((survivor, _),) = self.linked("two")
		loser = make.brand("one").name
		self.merge(loser, survivor)
		self.assertNotIn("DELETE", [method for method, _ in self.calls()])
		self.assertEqual(self.ends(), [("Skipped", "never_sent")])

	def test_a_record_that_is_gone_outside_already(self):
		flow = self.flow(direction="Both", inbound_id_expression="id", allow_delete=1)
		(loser, gone), (survivor, _) = self.linked("one", "two")
		self.merge(loser, survivor)
		deletion.delete(inflow.load(flow.name), gone)
		self.assertEqual((self.calls(), self.ends()), ([], [("Skipped", "deleted_outside")]))

	def test_a_flow_that_sends_names_tells_which_one_became_which(self):
		requests = [
			{
				"event": event,
				"operation": "Send",
				"method": "POST",
				"path": f"/{event.lower()}",
				"send_body": 1,
			}
			for event in ("Insert", "Rename")
		]
		rows = [make.row("name", "name"), make.row("_old_name", "was")]
		make.flow("Brand", requests, rows)
		self.commit()
		loser, other, survivor = (make.brand(text).name for text in "123")
		self.deliver()
		self.merge(loser, survivor)
		self.merge(other, survivor)
		self.deliver()
		told = [request.json for request in self.arrived("/rename")]
		self.assertEqual(told, [{"name": survivor, "was": loser}, {"name": survivor, "was": other}])
