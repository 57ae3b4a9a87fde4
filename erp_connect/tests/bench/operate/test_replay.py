"""What a person does with events: replay, edit, retry, cancel, and send everything there is."""

from __future__ import annotations

import json

import frappe

from erp_connect.api import events, flows
from erp_connect.operate import sweep
from erp_connect.outbound import backfill
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.fakes.fault_server import Reply


class TestReplay(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		make.brand_flow()
		self.doc = make.brand("first")
		self.deliver()
		self.first = self.event()

	def test_a_replay_sends_the_same_bytes_under_the_same_key(self):
		self.doc.description = "second"
		self.doc.save()
		self.deliver()
		name = events.replay([self.first.name])[0]
		self.deliver()
		original, _, repeated = self.arrived()
		self.assertEqual((repeated.method, repeated.path, repeated.body), ("POST", "/brands", original.body))
		self.assertEqual(repeated.header("Idempotency-Key"), original.header("Idempotency-Key"))
		row = self.event(name=name)
		self.assertEqual(
			(row.status, row.replay_of, row.trace_id), ("Delivered", self.first.name, self.first.trace_id)
		)
		self.assertEqual([link.external_id for link in self.links()], ["R-1"])

	def test_an_edited_replay_has_a_key_of_its_own(self):
		name = events.replay_edited(self.first.name, json.dumps({"name": "edited", "text": "by hand"}))
		self.deliver()
		original, edited = self.arrived()
		self.assertEqual(edited.json, {"name": "edited", "text": "by hand"})
		self.assertNotEqual(edited.header("Idempotency-Key"), original.header("Idempotency-Key"))
		self.assertEqual((self.event(name=name).edited, self.event(name=name).status), (1, "Delivered"))

	def test_an_edited_payload_that_is_no_json_is_refused(self):
		self.assertRaises(frappe.ValidationError, events.replay_edited, self.first.name, "{")

	def test_by_filter(self):
		self.receiver.script("/brands", "422,422", Reply(201, {"id": "R-2"}), Reply(201, {"id": "R-3"}))
		for _ in range(2):
			make.brand()
		self.deliver()
		self.assertEqual(self.statuses().count("Failed"), 2)
		self.assertEqual(events.retry_by_filter({"status": "Failed"}), 2)
		self.deliver()
		self.assertEqual(self.statuses().count("Failed"), 0)

	def test_a_cancelled_event_is_not_sent_and_frees_those_behind_it(self):
		self.receiver.script("/brands/R-1", "500,200")
		self.doc.description = "second"
		self.doc.save()
		self.deliver()
		waiting = self.event(status="Retrying")
		copy = events.replay([self.first.name])[0]  # waits behind it
		self.deliver()
		self.assert_arrived(2)
		self.assertEqual(events.cancel([waiting.name]), 1)
		self.deliver()
		self.assertEqual(
			(self.event(name=waiting.name).status, self.event(name=copy).status), ("Cancelled", "Delivered")
		)

	def test_delivered_events_are_not_retried(self):
		self.assertEqual(events.retry([self.first.name]), 0)


class TestBackfill(ConnectTestCase):
	COUNT = 1100

	def setUp(self) -> None:
		super().setUp()
		services.flush()
		make.account(self.receiver.url(), concurrency=4, breaker_threshold=0)
		make.brand_flow()
		self.prefix = make.unique("Bulk")
		self.commit()
		self.addCleanup(self.remove)

	def fill(self, count: int) -> list[str]:
		names = [f"{self.prefix} {number:05}" for number in range(count)]
		stamp = frappe.utils.now()
		fields = ["name", "brand", "description", "creation", "modified", "owner", "modified_by"]
		rows = [(name, name, "bulk", stamp, stamp, "Administrator", "Administrator") for name in names]
		frappe.db.bulk_insert("Brand", fields, rows)
		self.commit()
		return names

	def remove(self) -> None:
		frappe.db.delete("Brand", {"name": ("like", self.prefix + "%")})
		frappe.db.commit()

	def start(self, **values):
		filters = json.dumps([["name", "like", self.prefix + "%"]])
		name = flows.start_backfill("Test Brand", filters, **values)
		self.commit()
		return name

	def settled(self) -> bool:
		return not frappe.db.sql("SELECT 1 FROM `tabSync Log` WHERE due_at IS NOT NULL LIMIT 1")

	def state(self, name: str):
		return frappe.get_doc("Sync Backfill", name)

	def test_it_survives_a_kill_and_sends_each_document_once(self):
		names = self.fill(self.COUNT)
		workers = [services.Worker().start() for _ in range(2)]
		for worker in workers:
			self.addCleanup(worker.kill)
		backfill_name = self.start()
		self.wait_for(lambda: len(self.arrived()) > 300, 30)
		for worker in workers:
			worker.kill()
		self.assertEqual(self.state(backfill_name).status, "Running")
		self.assertLess(len(self.arrived()), self.COUNT)
		self.later(300)
		services.flush()
		self.addCleanup(services.Worker().start().kill)

		sweep.sweep()  # as the scheduler does each minute
		self.wait_for(lambda: self.state(backfill_name).status == "Completed" and self.settled(), 60)
		keys: dict[str, set[str]] = {}
		for request in self.arrived():
			keys.setdefault(request.json["name"], set()).add(request.header("Idempotency-Key"))
		self.assertEqual(sorted(keys), names)
		self.assertEqual({len(found) for found in keys.values()}, {1}, "a repetition has its first key")
		self.assertEqual(len(self.events()), self.COUNT)
		self.assertEqual(len(self.links()), self.COUNT)
		state = self.state(backfill_name)
		self.assertEqual((state.total, state.queued, state.progress), (self.COUNT, self.COUNT, 100))

	def test_live_changes_do_not_wait_for_a_backfill(self):
		self.fill(self.COUNT)
		backfill.run(self.start())
		self.assertLess(len(self.events()), self.COUNT)

	def test_only_those_never_sent(self):
		names = self.fill(3)
		frappe.get_doc("Brand", names[0]).save()
		self.deliver()
		backfill.run(self.start(only_unlinked=True))
		self.deliver()
		arrived = [request.json["name"] for request in self.arrived()]
		self.assertEqual(sorted(arrived), names)  # in any order: several requests at once

	def test_a_stopped_one_queues_nothing_more_and_goes_on_where_it_was(self):
		self.fill(5)
		name = self.start()
		flows.stop_backfill(name)
		backfill.run(name)
		self.assertEqual(self.events(), [])
		flows.resume_backfill(name)
		self.commit()
		backfill.run(name)
		self.deliver()
		self.assert_arrived(5)
		self.assertEqual(self.state(name).status, "Completed")

	def test_a_broken_filter_fails_with_its_reason(self):
		name = self.start()
		frappe.db.set_value("Sync Backfill", name, "filters_json", '[["no_such_field", "=", 1]]')
		backfill.run(name)
		self.assertEqual(self.state(name).status, "Failed")
		self.assertTrue(self.state(name).error)
