"""What may go wrong with workers: killed at any moment, racing, slow, and overtaken by a new change."""

from __future__ import annotations

import time

import frappe
from frappe.utils import background_jobs

from erp_connect.operate import sweep
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.fakes.fault_server import Reply


class WorkerTestCase(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		services.flush()
		make.account(self.receiver.url(), breaker_threshold=0, concurrency=2)
		make.brand_flow()
		self.commit()

	def worker(self, **how):
		worker = services.Worker(**how).start()
		self.addCleanup(worker.kill)
		return worker

	def settled(self) -> bool:
		return not frappe.db.sql("SELECT 1 FROM `tabSync Log` WHERE due_at IS NOT NULL LIMIT 1")

	def dies(self, place: str, when: str) -> None:
		"""Run a worker that is killed at a place, then another after the lease has run out."""
		victim = self.worker(die=place, when=when)
		self.wait_for(lambda: not victim.running, 20, "the worker did not die")
		self.assertEqual(self.statuses(), ["Sending"])
		self.later()
		services.flush()
		self.worker()
		sweep.sweep()
		self.wait_for(self.settled, 20, "not delivered again")


class TestKilledWorkers(WorkerTestCase):
	def test_before_the_request_was_built(self):
		make.brand()
		self.commit()
		self.dies("erp_connect.outbound.prepare:prepare", "before")
		self.assert_arrived(1)
		self.assertEqual((self.event().status, self.event().attempts), ("Delivered", 2))

	def test_between_claim_and_sending(self):
		make.brand()
		self.commit()
		self.dies("erp_connect.calls.exchange:Connection._attempt", "before")
		self.assert_arrived(1)
		self.assertEqual((self.event().status, self.event().attempts), ("Delivered", 2))
		self.assertEqual(self.arrived()[0].header("Idempotency-Key"), self.event().idempotency_key)

	def test_after_the_receivers_200_the_same_key_and_bytes_go_out_again_and_there_is_one_link(self):
		make.brand()
		self.commit()
		self.dies("erp_connect.calls.exchange:Connection._attempt", "after")
		first, second = self.arrived()
		self.assertEqual(first.header("Idempotency-Key"), second.header("Idempotency-Key"))
		self.assertTrue(first.header("Idempotency-Key"))
		self.assertEqual(first.body, second.body)
		self.assertEqual(self.event().status, "Delivered")
		self.assertEqual([link.external_id for link in self.links()], ["R-1"])

	def test_a_creation_of_unknown_outcome_is_repeated_as_it_was_before_newer_states_are_sent(self):
		doc = make.brand("first")
		self.commit()
		victim = self.worker(die="erp_connect.calls.exchange:Connection._attempt", when="after")
		self.wait_for(lambda: not victim.running, 20)
		doc.description = "second"
		doc.save()
		self.commit()
		self.later()
		services.flush()
		self.worker()
		sweep.sweep()
		self.wait_for(self.settled, 20)
		self.assertEqual(
			[(sent.method, sent.path, sent.json["text"]) for sent in self.arrived()],
			[("POST", "/brands", "first"), ("POST", "/brands", "first"), ("PUT", "/brands/R-1", "second")],
		)

	def test_a_record_that_kills_its_worker_each_time_ends_as_dead_letter_and_holds_up_nobody(self):
		poison = make.brand("poison")
		healthy = [make.brand() for _ in range(3)]
		self.commit()
		for _ in range(8):
			self.later()
			services.flush()
			victim = self.worker(die="erp_connect.outbound.building:build", when="poison")
			sweep.sweep()
			self.wait_for(lambda v=victim: not v.running or self.settled(), 20)
			victim.kill()
			if self.settled():
				break
		for doc in healthy:
			self.assertEqual(self.event(reference_name=doc.name).status, "Delivered", self.history())
		row = self.event(reference_name=poison.name)
		self.assertEqual((row.status, row.outcome), ("Failed", "worker_died"), self.history())


class TestTwoWorkers(WorkerTestCase):
	def test_fifty_quick_saves_with_two_workers_end_with_the_last_state_and_never_go_back(self):
		for _ in range(2):
			self.worker()
		doc = make.brand("0")
		self.commit()
		for number in range(1, 51):
			doc.description = str(number)
			doc.save()
			self.commit()
		self.wait_for(lambda: self.arrived() and self.arrived()[-1].json["text"] == "50", 10, "last state")
		self.wait_for(self.settled, 10, "all settled")
		sent = [int(request.json["text"]) for request in self.arrived()]
		self.assertEqual(sent, sorted(set(sent)))
		self.assertEqual([request.method for request in self.arrived()].count("POST"), 1)
		# Skipped: the event before was sent with this one's state already, since it is read when it is sent.
		self.assertLessEqual(set(self.statuses()), {"Delivered", "Superseded", "Skipped"})
		self.assertLessEqual({event.outcome for event in self.events(status="Skipped")}, {"nothing_changed"})

	def test_each_of_many_documents_goes_once(self):
		for _ in range(2):
			self.worker()
		docs = [make.brand() for _ in range(60)]
		self.commit()
		self.wait_for(self.settled, 20)
		self.assertEqual(
			sorted(request.json["name"] for request in self.arrived()), sorted(doc.name for doc in docs)
		)

	def test_an_edit_while_the_push_is_in_flight_is_sent_soon_after(self):
		for _ in range(2):
			self.worker()
		self.receiver.script("/brands", Reply(201, {"id": "R-1"}, seconds=1.5))
		doc = make.brand("first")
		self.commit()
		self.wait_for(lambda: self.arrived(), 10)
		doc.description = "second"
		doc.save()
		self.commit()
		# Sooner than the next sweep, which would come after a minute.
		self.wait_for(lambda: len(self.arrived()) > 1, 10, "the edit")
		self.assertEqual(
			[(request.method, request.json["text"]) for request in self.arrived()],
			[("POST", "first"), ("PUT", "second")],
		)

	def test_a_slow_document_does_not_hold_up_others(self):
		for _ in range(2):
			self.worker()
		frappe.db.set_value("Integration Settings", make.ACCOUNT, {"deadline": 90, "read_timeout": 90})
		frappe.clear_cache(doctype="Integration Settings")
		self.receiver.script("/brands", Reply(201, {"id": "R-1"}, seconds=60), Reply(201, {"id": "R-2"}))
		slow = make.brand("slow")
		self.commit()
		self.wait_for(lambda: self.arrived(), 10)
		make.brand("quick")
		self.commit()
		self.wait_for(lambda: len(self.arrived()) == 2, 20, "the other document")
		self.assertEqual(self.event(reference_name=slow.name).status, "Sending")


class TestLostWakeUps(WorkerTestCase):
	def test_the_scheduler_delivers_what_the_queue_lost(self):
		make.brand()
		self.commit()
		services.flush()
		self.worker()
		time.sleep(0.3)
		self.assertEqual(self.statuses(), ["Queued"])
		services.scheduler_tick()
		self.wait_for(self.settled, 10)
		self.assert_arrived(1)


class TestRedisDown(WorkerTestCase):
	def test_a_save_succeeds_and_is_delivered_once_redis_is_back(self):
		make.brand()
		self.commit()
		self.deliver()
		for which in ("queue", "cache"):
			services.redis(which).stop()
		try:
			started = time.monotonic()
			doc = make.brand("while redis is down")
			self.commit()
			took = time.monotonic() - started
		finally:
			for which in ("queue", "cache"):
				services.redis(which).start()
		self.assertTrue(frappe.db.exists("Brand", doc.name))
		self.assertLess(took, 2)
		self.receiver.forget()
		self.worker()
		services.scheduler_tick()
		self.wait_for(self.settled, 10)
		self.assertEqual([request.json["text"] for request in self.arrived()], ["while redis is down"])

	def test_a_save_is_not_slowed_when_only_the_queue_is_down(self):
		services.redis("queue").stop()
		background_jobs._redis_queue_conn = None  # as in a web process that queues its first job
		try:
			started = time.monotonic()
			make.brand()
			self.commit()
			took = time.monotonic() - started
		finally:
			services.redis("queue").start()
		self.assertLess(took, 2)
		self.assertEqual(self.statuses(), ["Queued"])


class TestManyClaims(ConnectTestCase):
	def test_workers_that_claim_at_the_same_moment_never_take_the_same_event(self):
		make.account(self.receiver.url(), concurrency=4)
		make.brand_flow()
		for _ in range(200):
			make.brand()
		self.commit()
		services.in_threads(4, lambda: self.deliver())
		keys = [request.header("Idempotency-Key") for request in self.arrived()]
		self.assertEqual((len(keys), len(set(keys))), (200, 200))
		self.assertEqual(set(self.statuses()), {"Delivered"})
