"""What becomes of events once they are stored: order of versions, review, locks and a database that is gone, killed workers."""

from __future__ import annotations

import json
import threading
from unittest.mock import patch

import frappe
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from erp_connect.api import events
from erp_connect.config import verification as configured
from erp_connect.inbound import process as processing
from erp_connect.inbound import receive as receiving
from erp_connect.operate import sweep
from erp_connect.store import inbox, keys, sync_log
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.bench.inbound.test_inbound_webhooks import WebhookTestCase
from erp_connect.tests.bench.inbound_case import HOOK, CutOffServer, InboundTestCase, signature


class TestVersions(WebhookTestCase):
	def send(self, name: str, version: str, external: int = 7, **more) -> None:
		self.ok(
			self.hook({"id": external, "name": name, "updated_at": version, **more}, topic="customers/update")
		)
		self.work()

	def test_an_older_version_never_overwrites_a_newer_one(self):
		first, second = make.unique("Version"), make.unique("Version")
		self.send(second, "2026-11-20T11:00:00+01:00")
		self.send(first, "2026-11-20T09:59:00Z")
		self.assertEqual(self.statuses(), ["Processed", "Processed"])
		self.assertEqual(json.loads(self.events()[1].response_body)[0]["action"], "stale")
		self.assertEqual((self.named(first), self.named(second)), (0, 1))
		self.send(first, "2026-11-20T10:01:00Z")
		self.assertEqual((self.named(first), self.named(second)), (1, 0))

	def test_what_frappe_keeps_of_each_record_does_not_grow_with_their_number(self):
		for number in range(4):
			self.ok(self.hook({"id": number, "name": make.unique("Many")}, topic="customers/create"))
		self.work()
		self.assertEqual(self.statuses(), ["Processed"] * 4, self.history())
		self.assertLessEqual(len(frappe.flags.currently_saving), 1, frappe.flags.currently_saving)

	def test_local_times_of_the_hour_that_comes_twice(self):
		self.change(time_zone="Europe/Berlin")
		first, second, third = (make.unique("Hour") for _ in range(3))
		self.send(first, "2026-10-25T02:50:00")
		self.send(second, "2026-10-25T02:10:00")  # twenty minutes later, by a clock that went back
		self.assertEqual(self.named(second), 1, self.history())
		self.send(third, "2026-10-25T01:30:00")
		self.assertEqual((self.named(second), self.named(third)), (1, 0))

	def test_an_update_before_the_create_makes_the_document_and_the_create_is_stale(self):
		name = make.unique("Early")
		self.send(name, "2026-11-20T10:00:05Z")
		self.send("the first state", "2026-11-20T10:00:00Z")
		self.assertEqual((self.named(name), self.named("the first state")), (1, 0))
		self.assertEqual(len(self.links()), 1)

	def test_a_record_that_points_to_one_that_is_not_there_yet_waits_for_it(self):
		group = make.unique("Group")
		make.flow(
			"Customer Group",
			[],
			[make.row("customer_group_name", "title")],
			name="Groups",
			direction="Incoming",
			remote_entity="group",
			topics="groups",
		)
		self.flow.rows[1].update(
			{
				"target": "group_id",
				"transform": "External ID",
				"argument": "Customer Group",
				"default_value": "",
			}
		)
		self.flow.topics = "customers/update"
		self.flow.save()
		self.commit()
		name = make.unique("Waits")
		self.send(name, "1", group_id="g-1")
		self.assertEqual(
			(self.event().status, self.event().outcome), ("Retrying", "missing_link"), self.history()
		)
		self.ok(self.hook({"id": "g-1", "title": group}, topic="groups"))
		self.later()
		self.work()
		self.assertEqual(self.statuses(), ["Processed", "Processed"])
		self.assertEqual(frappe.db.get_value("Customer", {"customer_name": name}, "customer_group"), group)


class TestWithoutVersions(InboundTestCase):
	"""Where records have no version, what came last stands, also when something older is written after it."""

	def setUp(self) -> None:
		super().setUp()
		self.flow = self.customer_flow(topics="customers")
		self.flow.rows[1].update({"default_value": "", "on_create_only": 0})
		self.flow.append("rows", make.row("website", "site"))
		self.flow.save()
		self.commit()
		self.name, self.late = make.unique("Late"), make.unique("Group")
		self.group = make.leaf("Customer Group")

	def send(self, **record) -> None:
		self.ok(self.hook({"id": 7, **record}, topic="customers"))
		self.work()

	def group_comes(self) -> None:
		"""What the first event lacked is here, and somebody presses Retry."""
		frappe.get_doc({"doctype": "Customer Group", "customer_group_name": self.late}).insert()
		self.commit()
		self.assertEqual(events.retry([self.events()[0].name]), 1)
		self.work()

	def stands(self) -> tuple[str, str]:
		frappe.db.rollback()
		values = frappe.db.get_value("Customer", {"customer_name": self.name}, ["customer_group", "website"])
		return tuple(value or "" for value in values)

	def test_an_older_state_does_not_undo_a_later_one(self):
		self.send(name=self.name, group=self.late, site="old.example.com")
		self.assertEqual(self.event().status, "Failed", self.history())
		self.send(name=self.name, group=self.group, site="new.example.com")
		self.group_comes()
		self.assertEqual(self.stands(), (self.group, "new.example.com"))
		(done,) = json.loads(self.events()[0].response_body)
		self.assertEqual(done["action"], "stale")
		self.assertIn("later event", done["reason"])
		self.send(name=self.name, group=self.late)  # news are taken as ever
		self.assertEqual(self.stands(), (self.late, "new.example.com"))

	def test_what_a_later_one_left_out_is_taken_from_the_older(self):
		self.send(name=self.name, group=self.group)
		self.send(name=self.name, group=self.late, site="old.example.com")
		self.send(name=self.name, group=self.group)
		frappe.get_doc({"doctype": "Customer Group", "customer_group_name": self.late}).insert()
		self.commit()
		events.retry([self.events()[1].name])
		self.work()
		self.assertEqual(self.stands(), (self.group, "old.example.com"), self.history())

	def test_a_call_of_the_api_is_the_latest_of_all(self):
		self.send(name=self.name, group=self.late, site="old.example.com")
		frappe.db.set_value("Field Mapping", self.flow.name, "expose_api", 1)
		self.commit()
		record = {"id": 7, "name": self.name, "group": self.group, "site": "api.example.com"}
		self.ok(self.call("upsert", {"entity": "customer", "record": record}))
		self.group_comes()
		self.assertEqual(self.stands(), (self.group, "api.example.com"), self.history())

	def test_workers_that_write_in_another_order(self):
		self.send(name=self.name, group=self.group)
		for number in range(6):
			self.ok(
				self.hook(
					{"id": 7, "name": self.name, "group": self.group, "site": f"{number}.example.com"},
					topic="customers",
				)
			)
		newest_first = "UPDATE `tabSync Log` SET due_at = due_at - seq WHERE due_at IS NOT NULL"
		frappe.db.sql(newest_first)
		self.work()
		self.assertEqual(self.stands(), (self.group, "5.example.com"), self.history())
		self.assertEqual(set(self.statuses()), {"Processed"})


class TestReview(WebhookTestCase):
	def test_what_is_held_is_done_after_the_fix_and_retry(self):
		self.flow.on_missing = "Hold for review"
		self.flow.save()
		name = make.unique("Held")
		self.ok(self.hook({"id": 9, "name": name}))
		self.work()
		self.assertEqual(self.event().status, "On Hold")
		self.assertIn("Retry", self.event().error)
		self.assertEqual(self.named(name), 0)
		self.flow.on_missing = "Create"
		self.flow.save()
		self.commit()
		self.assertEqual(events.retry([self.event().name]), 1)
		self.work()
		self.assertEqual((self.event().status, self.named(name)), ("Processed", 1))

	def test_two_documents_that_fit_are_held(self):
		name = make.unique("Twice")
		for _ in range(2):
			make.customer(customer_name=name)
		self.flow.rows[0].is_match_key = 1
		self.flow.save()
		self.ok(self.hook({"id": 9, "name": name}))
		self.work()
		self.assertEqual(self.event().status, "On Hold")
		self.assertEqual((self.named(name), self.links()), (2, []))

	def test_the_same_new_person_in_two_events_at_once_is_one_document(self):
		self.flow.rows[0].is_match_key = 1
		self.flow.inbound_id_expression = ""  # nothing but the key tells who it is
		self.flow.save()
		self.commit()
		name = make.unique("Same")
		for number in range(4):
			self.ok(self.hook({"id": None, "name": name, "n": number}))
		with patch.object(processing, "BATCH", 1):
			services.in_threads(4, lambda: processing.process(make.ACCOUNT))
		self.assertEqual(self.named(name), 1, self.history())
		self.assertEqual(self.statuses(), ["Processed"] * 4, self.history())


class TestDatabase(WebhookTestCase):
	"""An event is never answered with success unless it is stored."""

	def receive_here(self, body: bytes, id: str):
		builder = EnvironBuilder(
			method="POST",
			path=HOOK + self.account.endpoint_key,
			data=body,
			content_type="application/json",
			headers={"X-Shopify-Hmac-Sha256": signature(body), "X-Shopify-Webhook-Id": id},
		)
		return receiving.receive(Request(builder.get_environ()))

	def test_a_row_that_is_locked_for_too_long(self):
		body = b'{"id": 1}'
		original = inbox.receive

		def impatient(event: dict) -> str:
			frappe.db.sql("SET SESSION innodb_lock_wait_timeout = 1")
			try:
				return original(event)
			finally:
				frappe.db.sql("SET SESSION innodb_lock_wait_timeout = DEFAULT")

		configured.of_key(self.account.endpoint_key)
		holding, done = threading.Event(), threading.Event()

		def hold() -> None:
			key = keys.dedupe_key(make.ACCOUNT, sync_log.WEBHOOK, "w-1")
			original({"integration": make.ACCOUNT, "event": "webhook", "dedupe_key": key})
			holding.set()
			done.wait(20)
			frappe.db.rollback()

		thread = services.in_thread(hold)
		holding.wait(10)
		with patch.object(inbox, "receive", impatient):
			answer = self.receive_here(body, "w-1")
		done.set()
		thread.join(20)
		self.assertEqual(answer.status_code, 503)
		self.assertEqual(self.stored(), 0)
		self.assertEqual(self.receive_here(body, "w-1").status_code, 200)
		self.assertEqual(self.stored(), 1)

	def crossed(self, times: int):
		"""The status of an event whose first tries to be stored end in a deadlock with a copy of it."""
		original, left = inbox.receive, [times]

		def receive(event: dict) -> str:
			name = original(event)
			if left[0] > 0:
				left[0] -= 1
				frappe.db.rollback()  # as the database does
				raise frappe.QueryDeadlockError(1213, "Deadlock found")
			return name

		with patch.object(inbox, "receive", receive):
			return self.receive_here(b'{"id": 1}', "w-1").status_code

	def test_a_deadlock_with_a_copy_that_comes_at_the_same_moment_is_tried_again(self):
		self.assertEqual(self.crossed(receiving.TRIES), 503)
		self.assertEqual(self.stored(), 0)
		self.assertEqual(self.crossed(receiving.TRIES - 1), 200)
		self.assertEqual(self.stored(), 1)

	def test_a_database_that_is_gone(self):
		server = CutOffServer()
		self.addCleanup(server.server.stop)
		self.assertEqual(self.hook({"id": 1}, site=server).status_code, 200)
		server.relay.cut()
		# Frappe itself needs the database before our code runs, and answers 500: the sender tries again.
		self.assertEqual(self.hook({"id": 2}, site=server).status_code // 100, 5)
		self.assertEqual(self.call("describe", site=server).status_code // 100, 5)
		self.assertEqual(self.stored(), 1)


class TestKilledWorkers(WebhookTestCase):
	def setUp(self) -> None:
		super().setUp()
		services.flush()
		self.flow.append("rows", make.row("customer_details", "description"))
		self.flow.save()
		self.commit()

	def worker(self, **how) -> services.Worker:
		worker = services.Worker(**how).start()
		self.addCleanup(worker.kill)
		return worker

	def dies(self, place: str, when: str) -> None:
		victim = self.worker(die=place, when=when)
		self.hook({"id": 1, "name": self.name}, id="w-1")
		self.wait_for(lambda: not victim.running, 20, "the worker did not die")
		self.assertEqual((self.statuses(), self.named(self.name), self.links()), (["Processing"], 0, []))
		self.later()
		self.work()
		self.assertEqual((self.statuses(), self.named(self.name), len(self.links())), (["Processed"], 1, 1))
		self.assertEqual(self.event().attempts, 2)

	def test_before_and_after_the_document_was_written(self):
		for place, when in (
			("erp_connect.records.write:upsert", "before"),
			("erp_connect.records.write:upsert", "after"),
		):
			with self.subTest(when=when):
				self.name = make.unique("Killed")
				frappe.db.delete("Sync Log")
				frappe.db.delete("Sync Link")
				self.commit()
				services.flush()
				self.dies(place, when)

	def test_an_event_that_kills_every_worker_is_given_up_and_takes_no_others_down(self):
		names = [make.unique("Neighbour") for _ in range(3)]
		for number, name in enumerate(names):
			self.hook({"id": number, "name": name, **({"description": "poison"} if number == 1 else {})})
		services.flush()
		for _ in range(3):
			victim = self.worker(die="erp_connect.records.write:upsert", when="poison")
			sweep.sweep()
			self.wait_for(lambda victim=victim: not victim.running, 20, "the worker did not die")
			self.later()
			services.flush()
		self.work()
		self.assertEqual(self.statuses(), ["Processed", "Failed", "Processed"], self.history())
		self.assertEqual([self.named(name) for name in names], [1, 0, 1])
		self.assertIn("died", self.events()[1].error)
