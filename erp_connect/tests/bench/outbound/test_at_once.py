"""Many requests at once: as many as each account allows, each document's events in order, nobody held up."""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict

import frappe

from erp_connect.config import account as accounts
from erp_connect.operate import sweep
from erp_connect.outbound import claim, settle
from erp_connect.store import outbox
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.fakes.fault_server import FaultServer, Reply


class AtOnceTestCase(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		services.flush()

	def shop(self, **values):
		make.account(self.receiver.url(), breaker_threshold=0, **values)
		make.brand_flow()
		self.commit()

	def worker(self):
		worker = services.Worker().start()
		self.addCleanup(worker.kill)
		return worker

	def brands(self, count: int) -> list:
		docs = [make.brand() for _ in range(count)]
		self.commit()
		return docs

	def settled(self) -> bool:
		frappe.db.rollback()  # a new view of what others have committed
		return not frappe.db.sql("SELECT 1 FROM `tabSync Log` WHERE due_at IS NOT NULL LIMIT 1")

	def in_order(self) -> None:
		"""Each document's states arrived in the order in which they were saved."""
		states = defaultdict(list)
		for request in self.arrived():
			states[request.json["name"]].append(int(request.json["text"]))
		for name, sent in states.items():
			self.assertEqual(sent, sorted(sent), name)


class TestPlaces(AtOnceTestCase):
	def test_one_worker_has_as_many_requests_under_way_as_the_account_allows_and_no_more(self):
		self.shop(concurrency=8)
		self.receiver.seconds = 0.2
		self.brands(48)
		self.deliver()
		self.assertEqual(self.receiver.most_at_once, 8)
		self.assertEqual(self.statuses(), ["Delivered"] * 48)
		self.assertEqual(len({link.external_id for link in self.links()}), 48)

	def test_several_workers_have_no_more_together(self):
		self.shop(concurrency=3)
		self.receiver.seconds = 0.05
		self.brands(60)
		services.in_threads(3, self.deliver)
		self.wait_for(self.settled, 20)
		self.assertEqual(self.receiver.most_at_once, 3)
		self.assert_arrived(60)

	def test_places_are_given_back_at_the_end(self):
		self.shop(concurrency=5)
		self.brands(12)
		self.deliver()
		self.assertFalse(frappe.db.get_value("Integration State", make.ACCOUNT, "places"))

	def test_one_document_has_one_request_under_way(self):
		self.shop(concurrency=8)
		self.receiver.seconds = 0.1
		doc = make.brand("0")
		self.commit()
		for number in range(1, 6):
			doc.description = str(number)
			doc.save()
			self.commit()
			services.in_threads(2, self.deliver)
		self.assertEqual(self.receiver.most_at_once, 1)
		self.in_order()

	def test_many_401_make_one_refresh(self):
		app = frappe.get_doc(
			{
				"doctype": "Connected App",
				"provider_name": make.unique("Provider"),
				"client_id": "the-client",
				"client_secret": "the-client-secret",
				"token_uri": self.receiver.url("/token"),
			}
		).insert()
		self.addCleanup(frappe.db.delete, "Token Cache", {"connected_app": app.name})
		self.shop(concurrency=8, auth_type="OAuth 2 Client Credentials", connected_app=app.name)
		self.receiver.script("/token", *[Reply(200, {"access_token": n, "expires_in": 3600}) for n in "ab"])
		make.brand()
		self.deliver()
		# All eight that are under way with the old token are refused.
		answers = [Reply(201, {"id": f"X-{number}"}) for number in range(24)]
		self.receiver.script("/brands", *[Reply(401, {}, seconds=0.3)] * 8, *answers)
		self.brands(24)
		self.deliver()
		self.assert_arrived(2, "/token")
		self.assertEqual(set(self.statuses()), {"Delivered"}, self.history())
		tokens = [request.header("Authorization") for request in self.arrived("/brands")]
		self.assertEqual(tokens.count("Bearer a"), 9)
		self.assertEqual(tokens.count("Bearer b"), 24)

	def test_a_pause_stops_within_a_second_and_loses_nothing(self):
		self.shop(concurrency=4)
		self.receiver.seconds = 0.1
		self.brands(200)
		self.worker()
		sweep.sweep()
		self.wait_for(lambda: len(self.arrived()) > 20, 20)
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "paused", 1)
		self.commit()
		time.sleep(1.1)
		sent = len(self.arrived())
		time.sleep(1)
		self.assertEqual(len(self.arrived()), sent)
		self.wait_for(lambda: "Sending" not in self.statuses(), 5)
		self.assertEqual(self.statuses().count("Delivered"), sent)
		self.assertEqual(set(self.statuses()), {"Delivered", "Queued"})


class TestOthers(AtOnceTestCase):
	def test_slow_accounts_do_not_hold_up_a_healthy_one(self):
		self.shop(concurrency=2)
		slow = FaultServer().start()
		self.addCleanup(slow.stop)
		slow.seconds = 60
		for number in range(5):
			name = f"Slow {number}"
			make.account(
				slow.url(), name=name, concurrency=2, breaker_threshold=0, deadline=90, read_timeout=90
			)
			make.flow(
				"Brand",
				make.rest("/brands"),
				[make.row("name", "name")],
				name=f"To {name}",
				integration=name,
			)
		self.brands(3)
		self.worker()
		sweep.sweep()
		self.wait_for(lambda: len(slow.requests) >= 10 and len(self.arrived()) == 3, 20)
		for _ in range(5):
			doc = make.brand()
			self.commit()
			self.wait_for(lambda name=doc.name: any(r.json["name"] == name for r in self.arrived()), 10)
		self.assertEqual(len(slow.requests), 10, "none of the slow ones was answered meanwhile")

	def test_a_broken_account_stops_no_other(self):
		self.shop()
		make.account(self.receiver.url(), name="Broken", payload_format="JSON")
		make.flow(
			"Brand", make.rest("/other"), [make.row("name", "name")], name="To Broken", integration="Broken"
		)
		frappe.db.set_value("Integration Settings", "Broken", "retry_schedule", "no duration")
		self.brands(3)
		self.deliver()
		self.assert_arrived(3, "/brands")
		self.assertTrue(frappe.db.get_value("Integration Settings", "Broken", "paused"))


class TestOrder(AtOnceTestCase):
	def test_an_event_that_another_worker_is_just_giving_back_is_not_overtaken(self):
		self.shop(concurrency=4)
		doc = make.brand("1")
		self.commit()
		self.deliver()
		doc.description = "2"
		doc.save()
		self.commit()
		account = accounts.load(make.ACCOUNT)
		taken = claim.claim(account, "first", 10)
		self.assertEqual(len(taken.events), 1)
		doc.description = "3"
		doc.save()
		self.commit()
		given_back, go_on = threading.Event(), threading.Event()

		def give_back():
			# As `settle.release`, paused right before its commit.
			outbox.give_back(taken.token, [taken.events[0].name], [])
			given_back.set()
			go_on.wait(10)
			frappe.db.commit()

		thread = services.in_thread(give_back)
		self.assertTrue(given_back.wait(10))
		self.assertEqual(self.elsewhere_claimed(account), [])
		go_on.set()
		thread.join(10)
		older, newer = self.events()[1:]
		self.assertEqual(self.elsewhere_claimed(account), [newer.name])
		self.assertEqual(self.event(name=older.name).superseded_by, newer.name)

	def elsewhere_claimed(self, account) -> list[str]:
		"""What another worker takes at this moment; given back afterwards."""
		found: list[str] = []

		def take():
			from erp_connect.jobs import session

			with session.session():
				taken = claim.claim(account, "second", 10)
				found.extend(event.name for event in taken.events)
				settle.release(taken.token, taken.events, set())

		services.in_thread(take).join(20)
		return found

	def test_saves_sweeps_and_three_workers_keep_each_documents_order(self):
		self.shop(concurrency=6)
		self.receiver.seconds = 0.01
		docs = self.brands(20)
		for doc in docs:
			doc.description = "0"
		for _ in range(3):
			self.worker()
		chance, number = random.Random(7), 0
		end = time.monotonic() + 8
		while time.monotonic() < end:
			number += 1
			doc = chance.choice(docs)
			doc.description = str(number)
			doc.save()
			self.commit()
			if number % 25 == 0:
				sweep.sweep()
		sweep.sweep()
		self.wait_for(self.settled, 40)
		self.receiver.requests[:] = [r for r in self.arrived() if r.json["text"] != "first"]
		self.in_order()
		last = {request.json["name"]: request.json["text"] for request in self.arrived()}
		self.assertEqual(last, {doc.name: doc.description for doc in docs if doc.description != "0"})


class TestKills(AtOnceTestCase):
	def test_three_thousand_events_under_fifteen_kills_of_the_job(self):
		self.shop(concurrency=8)
		self.receiver.seconds = 0.002
		docs = []
		for _ in range(15):
			docs += self.brands(200)
		worker, chance, kills, enough = self.worker(), random.Random(3), 0, 20
		sweep.sweep()
		end = time.monotonic() + 120
		while not self.settled():
			self.assertLess(time.monotonic(), end, self.history())
			time.sleep(chance.uniform(0.05, 0.4))
			# Only after some more arrived: a quick machine would kill the jobs that have the last ones again and again, until
			# these count as what kills them.
			if kills < 15 and len(self.arrived()) > enough and worker.kill_job():
				kills, enough = kills + 1, len(self.arrived()) + chance.randrange(100)
				self.let_leases_end()
			sweep.sweep()
		self.assertEqual(kills, 15)
		self.assertEqual(set(self.statuses()), {"Delivered"})
		keys = defaultdict(set)
		for request in self.arrived():
			keys[request.json["name"]].add((request.header("Idempotency-Key"), request.body))
		self.assertEqual(set(keys), {doc.name for doc in docs})
		self.assertEqual({len(found) for found in keys.values()}, {1})
		links = self.links()
		self.assertEqual(len({link.document_name for link in links}), 3000)
		self.assertEqual(len({link.external_id for link in links}), 3000)

	def let_leases_end(self) -> None:
		"""What a job had that was killed may be taken by the next one."""
		time.sleep(0.05)
		frappe.db.sql("UPDATE `tabIntegration State` SET places = NULL")
		frappe.db.sql("UPDATE `tabSync Log` SET due_at = UNIX_TIMESTAMP() WHERE status = 'Sending'")
		self.commit()
		frappe.cache.flushall()  # the marks that a job is on its way, or listens
