"""What becomes of an event, of its document's order and of the account for each way a receiver can answer."""

from __future__ import annotations

import sys
import time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import frappe

from erp_connect.api import events
from erp_connect.operate import reasons, replay
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.fakes.fault_server import FaultServer, Reply

_connected: list = []
# An audit hook sees every connection of this process, whoever makes it. It cannot be removed again.
sys.addaudithook(lambda event, args: _connected.append(args[1]) if event == "socket.connect" else None)


class AnswerTestCase(ConnectTestCase):
	settings: dict = {}

	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url(), **self.settings)
		make.brand_flow()
		self.commit()

	def answers(self, *replies) -> None:
		self.receiver.script("/brands", *replies)

	def account(self):
		return frappe.get_doc("Integration Settings", make.ACCOUNT)

	def due_in(self, name: str) -> float:
		return frappe.db.sql("SELECT due_at - UNIX_TIMESTAMP() FROM `tabSync Log` WHERE name = %s", name)[0][
			0
		]

	def send_one(self, *replies):
		self.answers(*replies)
		make.brand()
		self.deliver()
		return self.event()


class TestFailures(AnswerTestCase):
	settings = {"retry_schedule": "10s, 60s", "breaker_threshold": 0}

	def test_the_schedule_is_kept_and_ends_in_the_dead_letters(self):
		row = self.send_one("500")
		for low, high in ((8, 12), (48, 72)):
			self.assertEqual(row.status, "Retrying")
			self.assertTrue(low <= self.due_in(row.name) <= high, self.due_in(row.name))
			calls = len(self.arrived())
			self.deliver()
			self.assert_arrived(calls)  # not before its time
			self.later()
			self.deliver()
			self.assert_arrived(calls + 1)
			row = self.event()
		self.assertEqual(
			(row.status, row.attempts, row.outcome, row.due_at), ("Failed", 3, "unavailable", None)
		)
		self.later()
		self.deliver()
		self.assert_arrived(3)
		keys = {request.header("Idempotency-Key") for request in self.arrived()}
		self.assertEqual((len(keys), len({request.body for request in self.arrived()})), (1, 1))

	def test_what_is_not_found_is_made_anew_as_its_advice_says(self):
		doc = make.brand("first")
		self.deliver()
		link = self.links()[0]
		self.receiver.script(f"/brands/{link.external_id}", Reply(404, {}))
		doc.description = "second"
		doc.save()
		self.deliver()
		row = self.events()[-1]
		self.assertEqual((row.status, row.outcome), ("Failed", "not_found"))
		self.assertIn("delete the Sync Link of this document, then press Retry", reasons.next_step(row))
		self.assertEqual(reasons.grouped([])["groups"][0]["advice"], reasons.next_step(row))
		frappe.get_doc("Sync Link", link.name).delete()
		events.retry([row.name])
		self.commit()
		self.deliver()
		self.assertEqual((self.events()[-1].status, self.arrived()[-1].method), ("Delivered", "POST"))
		self.assertNotEqual(self.links()[0].external_id, link.external_id)
		self.assertEqual(reasons.next_step(self.events()[-1]), "")

	def test_others_flow_while_one_document_fails_and_its_order_is_kept(self):
		first, other = make.brand("0"), make.brand("0")
		self.deliver()
		ids = {link.document_name: link.external_id for link in self.links()}
		self.receiver.forget()
		failing = f"/brands/{ids[first.name]}"
		self.receiver.script(failing, "500,500,200")
		for text in ("1", "2", "3"):
			for doc in (first, other):
				doc.description = text
				doc.save()
			self.deliver()
		self.later()
		self.deliver()
		self.assertEqual(
			[r.json["text"] for r in self.arrived(f"/brands/{ids[other.name]}")], ["1", "2", "3"]
		)
		sent = [request.json["text"] for request in self.arrived(failing)]
		self.assertEqual(sent, sorted(sent))
		self.assertEqual(sent[-1], "3")
		self.assertEqual(self.events(reference_name=first.name)[-1].status, "Delivered")

	def test_an_edit_after_a_refused_creation_is_not_lost(self):
		self.answers("500,201")
		doc = make.brand("first")
		self.deliver()
		doc.description = "second"
		doc.save()
		self.deliver()
		self.later()
		self.deliver()
		self.assertEqual([r.json["text"] for r in self.arrived("/brands")], ["first", "second"])
		self.assertEqual(self.statuses(), ["Superseded", "Delivered"])

	def test_a_deletion_takes_the_place_of_an_update_that_waits_for_its_next_try(self):
		self.receiver.script("/brands/R-1", "500,200")
		doc = make.brand("first")
		self.deliver()
		doc.description = "second"
		doc.save()
		self.deliver()
		doc.delete()
		self.deliver()
		self.assertEqual([r.method for r in self.arrived()], ["POST", "PUT", "DELETE"])

	def test_an_unknown_outcome_is_repeated_with_the_same_bytes_before_anything_newer(self):
		self.answers(Reply(fault="reset_body"), Reply(503), Reply(201, {"id": "R-9"}))
		doc = make.brand("first")
		self.deliver()
		self.assertEqual((self.event().status, self.event().outcome), ("Retrying", "lost"))
		doc.description = "second"
		doc.save()
		for _ in range(3):
			self.later()
			self.deliver()
		posts = self.arrived("/brands")
		self.assertEqual([(r.method, r.json["text"]) for r in posts], [("POST", "first")] * 3)
		self.assertEqual(len({r.header("Idempotency-Key") for r in posts}), 1)
		self.assertEqual([r.json["text"] for r in self.arrived("/brands/R-9")], ["second"])

	def test_a_receiver_that_drips_is_given_up_at_the_deadline(self):
		account = self.account()
		account.update({"deadline": 1, "read_timeout": 1})
		account.save()
		started = time.monotonic()
		row = self.send_one(Reply(201, {"id": "R-1" * 50}, fault="drip_body", seconds=0.2))
		self.assertLess(time.monotonic() - started, 20, "all of it would take more than half a minute")
		self.assertEqual((row.status, row.outcome, row.frozen), ("Retrying", "timeout", 1))

	def test_a_page_of_html_is_not_a_success(self):
		row = self.send_one(Reply(200, "<html>Please log in</html>"))
		self.assertEqual((row.status, row.outcome, row.external_id), ("Retrying", "unexpected_content", None))
		self.assertEqual(self.links(), [])

	def test_a_refusal_within_a_200(self):
		account = self.account()
		account.update({"success_expression": "success != `false`", "error_expression": "why"})
		account.save()
		row = self.send_one(Reply(200, {"success": False, "why": "no such group"}))
		self.assertEqual((row.status, row.outcome), ("Failed", "refused"))
		self.assertIn("no such group", row.error)


class TestDeadLetters(AnswerTestCase):
	def test_refused_data_goes_to_the_dead_letters_at_once_and_a_corrected_flow_is_retried(self):
		self.answers(Reply(422, {"message": "text is too short"}), Reply(201, {"id": "R-5"}))
		make.brand("x")
		self.deliver()
		row = self.event()
		self.assertEqual((row.status, row.attempts, row.due_at), ("Failed", 1, None))
		self.assertIn("text is too short", row.error)
		flow = frappe.get_doc("Field Mapping", "Test Brand")
		flow.rows[1].update({"source": "", "constant": "a longer text"})
		flow.save()
		self.assertEqual(replay.retry([row.name]), 1)
		self.deliver()
		self.assertEqual(self.event().status, "Delivered")
		first, second = self.arrived()
		self.assertEqual(second.json["text"], "a longer text")
		self.assertNotEqual(first.header("Idempotency-Key"), second.header("Idempotency-Key"))
		self.assertEqual(self.links()[0].external_id, "R-5")

	def test_one_poisonous_document_does_not_hold_up_the_others(self):
		flow = frappe.get_doc("Field Mapping", "Test Brand")
		flow.rows[1].required = 1
		flow.save()
		bad = make.brand("")
		good = [make.brand() for _ in range(3)]
		self.deliver()
		self.assertEqual(self.event(reference_name=bad.name).status, "Failed")
		self.assertIn("text", self.event(reference_name=bad.name).error)
		self.assertEqual([r.json["name"] for r in self.arrived()], [doc.name for doc in good])


class TestThrottling(AnswerTestCase):
	def assert_throttled_for(self, low: float, high: float) -> None:
		self.assertEqual(self.events()[0].status, "Retrying")
		seconds = frappe.db.sql("SELECT throttled_until - UNIX_TIMESTAMP() FROM `tabIntegration State`")[0][0]
		self.assertTrue(low <= seconds <= high, seconds)
		make.brand()
		self.deliver()
		self.assert_arrived(1)  # the whole account waits
		self.later(int(high) + 1)
		self.deliver()
		self.assert_arrived(3)

	def test_retry_after_in_seconds(self):
		self.send_one(Reply(429, headers={"Retry-After": "120"}), "201")
		self.assert_throttled_for(115, 121)

	def test_retry_after_as_a_date(self):
		when = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=90), usegmt=True)
		self.send_one(Reply(503, headers={"Retry-After": when}), "201")
		self.assert_throttled_for(80, 92)

	def test_an_absurd_retry_after_is_clamped(self):
		self.send_one(Reply(429, headers={"Retry-After": "99999999"}), "201")
		self.assert_throttled_for(3590, 3601)

	def test_garbage_falls_back_on_the_schedule(self):
		row = self.send_one(Reply(429, headers={"Retry-After": "soon"}))
		self.assertEqual(row.status, "Retrying")
		self.assertTrue(1 <= self.due_in(row.name) <= 3)

	def test_a_rate_limit_is_shared_and_kept(self):
		account = self.account()
		account.update({"rate_limit": 10, "burst": 2})
		account.save()
		for _ in range(6):
			make.brand()
		started = time.monotonic()
		self.deliver()
		self.assert_arrived(6)
		self.assertGreater(time.monotonic() - started, 0.35)


class TestEgress(AnswerTestCase):
	def test_a_redirect_is_never_followed(self):
		with FaultServer() as elsewhere:
			for target in ("http://169.254.169.254/latest/meta-data/", elsewhere.url("/stolen")):
				for status in (301, 302, 307, 308):
					del _connected[:]
					self.answers(Reply(status, headers={"Location": target}))
					doc = make.brand()
					self.deliver()
					row = self.event(reference_name=doc.name)
					self.assertEqual((row.status, row.outcome), ("Failed", "redirect"))
					self.assertFalse([place for place in _connected if "169.254.169.254" in str(place)])
			self.assertEqual(elsewhere.requests, [])
		self.assert_arrived(8)

	def test_private_addresses_are_refused_when_the_account_is_saved_and_when_it_sends(self):
		account = self.account()
		for url in (
			"http://169.254.169.254/",
			"https://10.0.0.1",
			"https://[::ffff:169.254.169.254]/",
			"http://0x7f.1",
		):
			account.base_url = url
			frappe.conf.erp_connect_allowed_networks = []
			self.assertRaises(frappe.ValidationError, account.save)
		frappe.db.rollback()
		make.brand()
		self.deliver()
		self.assert_arrived(0)
		self.assertTrue(self.account().paused)
		self.assertIn("not allowed", self.account().pause_reason)

	def tearDown(self) -> None:
		frappe.conf.erp_connect_allowed_networks = ["127.0.0.0/8"]


class TestPausing(AnswerTestCase):
	def test_refused_credentials_pause_the_account_after_one_call(self):
		for _ in range(3):
			make.brand()
		self.answers("401")
		self.deliver()
		self.assert_arrived(1)
		self.assertTrue(self.account().paused)
		self.answers("201")
		self.later()
		self.deliver()
		self.assert_arrived(1)

	def test_gone_pauses_the_account(self):
		self.send_one("410")
		self.assertTrue(self.account().paused)

	def test_an_undecryptable_secret_pauses_and_says_why(self):
		account = self.account()
		account.update({"auth_type": "Bearer Token", "token": "secret-token"})
		account.save()
		frappe.db.sql(
			"UPDATE `__Auth` SET password = 'gAAAAABnonsense' WHERE doctype = 'Integration Settings' AND fieldname = 'token'"
		)
		make.brand()
		self.deliver()
		self.assert_arrived(0)
		self.assertTrue(self.account().paused)
		self.assertIn("cannot be decrypted", self.account().pause_reason)
		self.assertEqual(self.event().attempts, 0)
