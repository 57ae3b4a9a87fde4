"""The connection to the database dies in the middle of the work: it is answered in words, given back, gone on with."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import frappe

from erp_connect.inbound import process, routing
from erp_connect.outbound import claim, granted, prepare, settle
from erp_connect.outbound.drain import drain
from erp_connect.served import idempotency
from erp_connect.store import database, inbox
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.bench.inbound_case import API, HEADERS, HOOK, InboundTestCase, signature, wsgi


def kill_connection() -> None:
	"""End this thread's connection from another one, as an administrator or a restart of the database does."""
	number = frappe.db.sql("SELECT CONNECTION_ID()")[0][0]
	thread = services.in_thread(lambda: frappe.db.sql(f"KILL CONNECTION {number}"))
	thread.join(10)


def dying(original: Callable[..., Any], *, before: bool = True, times: int = 1) -> Callable[..., Any]:
	"""`original`, except that the connection dies before or after its first calls."""
	calls = []

	def call(*args: Any, **kwargs: Any) -> Any:
		calls.append(1)
		if before and len(calls) <= times:
			kill_connection()
		found = original(*args, **kwargs)
		if not before and len(calls) <= times:
			kill_connection()
		return found

	return call


class TestReconnecting(ConnectTestCase):
	def test_a_new_connection_works_at_the_level_it_is_asked_for(self):
		self.assertTrue(database.is_alive())
		kill_connection()
		self.assertFalse(database.is_alive())
		database.reconnect(read_committed=True)
		level = frappe.db.sql("SELECT @@SESSION.tx_isolation")[0][0]
		frappe.db.sql("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
		self.assertEqual(level, "READ-COMMITTED")

	def test_what_was_to_run_after_a_commit_that_never_came_does_not_run(self):
		frappe.db.after_commit.add(lambda: self.fail("it was not committed"))
		kill_connection()
		database.reconnect()
		frappe.db.commit()


class TestSending(ConnectTestCase):
	"""Wherever it dies, everything goes out once, long before a lease runs out."""

	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		make.brand_flow()
		self.names = [make.brand().name for _ in range(5)]
		self.commit()

	def assert_sent_once(self, module: Any, name: str, **how: Any) -> None:
		began = time.monotonic()
		with patch.object(module, name, dying(getattr(module, name), **how)):
			drain()
		while set(self.statuses()) != {"Delivered"} and time.monotonic() < began + 30:
			drain()
		self.assertEqual(self.statuses(), ["Delivered"] * 5, self.history())
		self.assertLess(time.monotonic() - began, 30)
		self.assertEqual(sorted(request.json["name"] for request in self.arrived()), sorted(self.names))
		self.assertEqual(len(self.links()), 5)

	def test_after_the_claim(self):
		self.assert_sent_once(prepare, "prepare")

	def test_while_claiming(self):
		self.assert_sent_once(claim.outbox, "take", before=False)

	def test_before_the_requests_are_stored(self):
		self.assert_sent_once(settle, "store_requests")

	def test_after_they_were_stored(self):
		self.assert_sent_once(settle, "store_requests", before=False)

	def test_before_what_came_of_them_is_written(self):
		self.assert_sent_once(settle, "deliveries")

	def test_while_it_is_written(self):
		self.assert_sent_once(settle, "_write", before=False)

	def test_again_and_again(self):
		self.assert_sent_once(settle, "deliveries", times=3)

	def test_while_looking_which_accounts_may_send(self):
		self.assert_sent_once(granted.account_state, "give_back_places")

	def test_attempts_that_never_began_are_not_counted(self):
		with patch.object(settle, "store_requests", dying(settle.store_requests)):
			drain()
		self.assertEqual({row.attempts for row in self.events()}, {1})


class TestWebhook(InboundTestCase):
	BODY = {"id": 1}

	def hook_here(self, id: str):
		raw = json.dumps(self.BODY).encode()
		headers = {
			"Content-Type": "application/json",
			"X-Shopify-Hmac-Sha256": signature(raw),
			"X-Shopify-Topic": "test/topic",
			"X-Shopify-Webhook-Id": id,
		}
		return wsgi("POST", HOOK + self.account.endpoint_key, headers=headers, data=raw)

	def test_a_connection_that_dies_is_answered_with_503_and_the_repetition_is_stored(self):
		for moment in (True, False):
			receive = dying(inbox.receive, before=moment)
			with self.subTest(before=moment), patch.object(inbox, "receive", receive):
				answer = self.hook_here(f"w-{moment}")
				self.assertEqual((answer.status_code, answer.content_type), (503, "application/json"))
				self.assertEqual(answer.json["error"]["code"], "unavailable")
				self.assertEqual(self.hook_here(f"w-{moment}").status_code, 200)
		self.assertEqual(len(self.events()), 2)

	def test_a_database_that_does_not_come_back_is_answered_in_the_same_way(self):
		gone = patch.object(database, "_connect", side_effect=frappe.db.OperationalError(2003, "gone"))
		with patch.object(inbox, "receive", dying(inbox.receive)), gone:
			answer = self.hook_here("w-1")
		self.assertEqual((answer.status_code, answer.json["error"]["code"]), (503, "unavailable"))

	def test_a_call_of_the_api_is_answered_with_503_and_has_one_effect_under_its_key(self):
		name = make.unique("Ann")
		headers = {**HEADERS, "Content-Type": "application/json", "Idempotency-Key": name}
		call = {"headers": headers, "data": json.dumps({"customer_name": name})}
		for moment in (True, False):
			settle_call = dying(idempotency.settle, before=moment)
			with self.subTest(before=moment), patch.object(idempotency, "settle", settle_call):
				answer = wsgi("POST", f"{API}create_customer", **call)
				self.assertEqual((answer.status_code, answer.json["error"]["code"]), (503, "unavailable"))
				self.assertTrue(answer.headers["Retry-After"])
		self.assertEqual(self.count("Customer", customer_name=name), 0)
		self.assertEqual(wsgi("POST", f"{API}create_customer", **call).status_code, 201)
		self.assertEqual(self.count("Customer", customer_name=name), 1)

	def test_events_that_a_worker_holds_are_given_back_and_written_at_once(self):
		self.assertEqual(self.hook(self.BODY).status_code, 200)
		with patch.object(process.batch_write, "groups", dying(process.batch_write.groups)):
			process.process(make.ACCOUNT)
		row = self.event()
		self.assertNotIn(row.status, ("Received", "Processing", "Retrying"), self.history())
		self.assertEqual(row.attempts, 1)

	def test_while_they_are_written(self):
		self.assertEqual(self.hook(self.BODY).status_code, 200)
		with patch.object(routing, "tasks", dying(routing.tasks)):
			process.process(make.ACCOUNT)
		self.assertEqual(self.event().attempts, 1)
		self.assertIsNone(self.event().due_at)
