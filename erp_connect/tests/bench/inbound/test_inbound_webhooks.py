"""Signed webhooks over HTTP: one effect for each event, the same refusal for all that is not proved, order of versions."""

from __future__ import annotations

import base64
import http.client
import json
import time
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

import frappe
from frappe.utils import now_datetime
from standardwebhooks import Webhook

from erp_connect.api import events
from erp_connect.inbound import process as processing
from erp_connect.inbound import receive as receiving
from erp_connect.operate import sweep
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.bench.inbound_case import (
	HOOK,
	HOOK_SECRET,
	InboundTestCase,
	at_once,
	signature,
	wsgi,
)

NO_ID = {"X-Shopify-Webhook-Id": None}
STANDARD = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()


def at(moment: float) -> datetime:
	return datetime.fromtimestamp(moment, timezone.utc)


class WebhookTestCase(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.flow = self.customer_flow(inbound_version_expression="updated_at")
		self.commit()

	def named(self, name: str) -> int:
		return self.count("Customer", customer_name=name)


class TestRepetition(WebhookTestCase):
	def test_ten_at_once_are_one_event_and_one_document(self):
		name = make.unique("Ten")
		answers = at_once(10, lambda number: self.hook({"id": 7, "name": name}, id="w-1"))
		self.assertEqual({answer.status_code for answer in answers}, {200})
		self.assertEqual(len({answer.json()["trace_id"] for answer in answers}), 1)
		self.assertEqual(self.statuses(), ["Received"])
		self.work()
		self.assertEqual((self.statuses(), self.named(name)), (["Processed"], 1))
		self.assertEqual(self.hook({"id": 7, "name": name}, id="w-1").status_code, 200)
		self.assertEqual(self.statuses(), ["Processed"])

	def test_without_ids_a_state_that_comes_back_is_a_change(self):
		self.flow.inbound_version_expression = ""
		self.flow.save()
		self.commit()
		first, second = make.unique("First"), make.unique("Second")
		for name in (first, first, second, first, first):
			self.ok(self.hook({"id": 7, "name": name}, headers=NO_ID))
			self.work()
		self.assertEqual((self.named(first), self.named(second)), (1, 0), self.history())
		self.assertEqual(self.statuses(), ["Processed"] * 3)

	def test_without_ids_the_same_body_under_another_topic_is_another_event(self):
		self.flow.inbound_version_expression = ""
		self.flow.save()
		self.commit()
		body = {"id": 7, "name": make.unique("Same")}
		# Twice each; then the first comes back after another one.
		for topic in ("created", "created", "restored", "restored", "created"):
			self.ok(self.hook(body, headers=NO_ID, topic=topic))
			self.work()
		self.assertEqual([row.topic for row in self.events()], ["created", "restored", "created"])

	def test_without_ids_one_that_failed_in_one_of_two_flows_is_tried_again(self):
		other = frappe.copy_doc(frappe.get_doc("Field Mapping", self.flow.name))
		other.update({"mapping_name": "Test other flow", "remote_entity": "other", "enabled": 1})
		other.insert()
		self.commit()
		body = {"id": 1, "name": make.unique("Late"), "group": make.unique("Group")}
		self.hook(body, headers=NO_ID)
		self.work()
		failed = self.statuses()
		self.assertEqual(set(failed), {"Failed"}, self.history())
		frappe.get_doc({"doctype": "Customer Group", "customer_group_name": body["group"]}).insert()
		self.commit()
		self.hook(body, headers=NO_ID)
		self.work()
		self.assertEqual(self.statuses(), ["Processed"] * len(failed), self.history())

	def test_without_ids_ten_at_once_are_one_event_also_when_they_come_back(self):
		name = make.unique("Ten")
		body = {"id": 7, "name": name}
		for _ in range(2):
			at_once(10, lambda number: self.hook(body, headers=NO_ID))
			self.ok(self.hook({"id": 8, "name": make.unique("Other")}, headers=NO_ID))
		self.assertEqual(len([row for row in self.events() if name in row.request_body]), 2, self.history())

	def test_without_ids_a_record_that_nothing_recognises_is_not_doubled(self):
		self.flow.update({"inbound_id_expression": "", "inbound_version_expression": ""})
		self.flow.save()
		self.commit()
		name = make.unique("Form")
		for body in ({"name": name}, {"name": make.unique("Other")}, {"name": name}):
			self.ok(self.hook(body, headers=NO_ID))
			self.work()
		self.assertEqual(self.named(name), 1, self.history())

	def test_workers_racing_for_an_event_write_it_once(self):
		name = make.unique("Race")
		for number in range(5):
			self.hook({"id": number, "name": f"{name} {number}"})
		services.in_threads(4, lambda: processing.process(make.ACCOUNT))
		self.assertEqual(self.statuses(), ["Processed"] * 5)
		self.assertEqual([row.attempts for row in self.events()], [1] * 5)
		self.assertEqual([self.named(f"{name} {number}") for number in range(5)], [1] * 5)

	def test_one_that_failed_is_processed_again_when_the_sender_repeats_it(self):
		body = {"id": 1, "name": make.unique("Late"), "group": make.unique("Group")}
		self.hook(body, id="w-1")
		self.work()
		self.assertEqual(self.event().status, "Failed")
		self.assertIn(body["group"], self.event().error)
		frappe.get_doc({"doctype": "Customer Group", "customer_group_name": body["group"]}).insert()
		self.commit()
		self.assertEqual(self.hook(body, id="w-1").status_code, 200)
		self.work()
		self.assertEqual((self.event().status, self.named(body["name"])), ("Processed", 1), self.history())

	def test_an_event_without_a_flow_is_kept_and_said_to_be_skipped(self):
		self.flow.db_set("topics", "customers/create")
		self.flow.save()
		self.hook({"id": 1, "name": "x"}, topic="other/thing")
		self.work()
		self.assertEqual((self.event().status, self.event().outcome), ("Skipped", "no_flow"))
		self.assertIn("topic other/thing. Name the topic in a flow", self.event().error)

	def test_an_event_of_a_flow_that_is_not_enabled_says_so_and_is_taken_after_that(self):
		name = make.unique("Off")
		self.flow.enabled = 0
		self.flow.save()
		self.hook({"id": 1, "name": name})
		self.work()
		self.assertEqual((self.event().status, self.event().outcome), ("Skipped", "flow_disabled"))
		self.assertIn(f"{self.flow.name} would take this event, but is switched off", self.event().error)
		self.flow.enabled = 1
		self.flow.save()
		self.commit()
		self.assertEqual(events.retry([self.event().name]), 1)
		self.commit()
		self.work()
		self.assertEqual((self.event().status, self.named(name)), ("Processed", 1), self.history())

	def test_an_event_that_a_flow_passes_over_is_not_put_down_to_a_flow_that_is_off(self):
		"""One flow alone, then two flows of one topic, each of which looks for records of its own."""
		self.flow.record_expression = "if(alive, @, `[]`)"
		self.flow.save()
		self.hook({"id": 1, "name": "x", "alive": False})
		self.work()
		self.assertEqual((self.event().status, self.event().outcome), ("Skipped", "not_meant"))
		self.assertIn(f"{self.flow.name} takes events of this topic", self.event().error)
		other = self.customer_flow(
			name="Others", record_expression="if(alive, `[]`, @)", remote_entity="other"
		)
		self.commit()
		name = make.unique("Alive")
		self.hook({"id": 2, "name": name, "alive": True})
		self.work()
		found = {row.field_mapping: (row.status, row.outcome) for row in self.events() if row.field_mapping}
		self.assertEqual(found[other.name], ("Skipped", "not_meant"), self.history())
		self.assertEqual((found[self.flow.name][0], self.named(name)), ("Processed", 1))

	def test_the_sweep_brings_what_no_wake_up_brought(self):
		self.hook({"id": 1, "name": make.unique("Swept")})
		services.flush()
		sweep.sweep()
		self.assertIn({"account": make.ACCOUNT}, services.waiting("short"))


class TestRefusal(WebhookTestCase):
	"""Whatever is wrong: the same answer, and nothing is stored."""

	def assert_refused(self, answer) -> None:
		text = answer.text
		self.assertEqual(answer.status_code, 401, text[:300])
		self.refusals.add(text)
		self.assertEqual(len(self.refusals), 1, self.refusals)

	def setUp(self) -> None:
		super().setUp()
		self.refusals: set[str] = set()
		self.errors = frappe.db.count("Error Log")

	def tearDown(self) -> None:
		self.assertEqual(self.stored(), 0)
		self.assertEqual(frappe.db.count("Error Log"), self.errors)
		super().tearDown()

	def test_signatures_that_do_not_fit(self):
		body = json.dumps({"id": 1, "name": "x"}).encode()
		right = signature(body)
		for wrong in (
			None,  # missing
			"",
			"garbage",
			signature(body, "another-secret"),
			signature(body + b" "),
			right[:-1],
			right + "=",
			f"{right},{right}",
			"A" * 60_000,
			"caf\xe9".encode("latin-1"),
			"日本".encode(),
		):
			self.assert_refused(self.hook(body, headers={"X-Shopify-Hmac-Sha256": wrong}))

	def test_two_signature_headers(self):
		body = json.dumps({"id": 1, "name": "x"}).encode()
		connection = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=30)
		connection.putrequest("POST", HOOK + self.account.endpoint_key)
		for value in (signature(body), signature(body)):
			connection.putheader("X-Shopify-Hmac-Sha256", value)
		connection.putheader("Content-Type", "application/json")
		connection.putheader("Content-Length", str(len(body)))
		connection.endheaders(body)
		self.assertEqual(connection.getresponse().status, 401)

	def test_a_signature_of_a_megabyte(self):
		answer = wsgi(
			"POST",
			HOOK + self.account.endpoint_key,
			json={"id": 1},
			headers={"X-Shopify-Hmac-Sha256": "A" * 1_000_000},
		)
		self.assertEqual(answer.status_code, 401)

	def test_unknown_keys_accounts_that_are_off_and_accounts_without_a_scheme_or_secret(self):
		body = {"id": 1, "name": "x"}
		self.assert_refused(self.hook(body, secret="wrong"))
		for key in ("nokey", "", "%2e%2e%2fx", "%00", "-", "x" * 5000):
			self.assert_refused(self.hook(body, key=key))
		for values in (
			{"inbound_enabled": 0},
			{"inbound_enabled": 1, "enabled": 0},
			{"enabled": 1, "verification": ""},
			{"verification": "shopify", "verification_secret": ""},
		):
			self.change(**values)
			self.assert_refused(self.hook(body))
		for secret in ("", "None"):
			self.assert_refused(self.hook(body, secret=secret))

	def test_reading_is_no_way_in(self):
		address = HOOK + self.account.endpoint_key
		for method in ("GET", "DELETE", "PATCH", "HEAD"):
			answer = wsgi(method, address, headers={"X-Shopify-Hmac-Sha256": signature(b"")})
			self.assertIn(answer.status_code, (401, 403, 405), method)

	def test_a_command_in_the_body_or_address_is_not_run(self):
		body = json.dumps({"cmd": "frappe.ping", "id": 1, "name": "x"}).encode()
		self.assert_refused(self.hook(body, secret="wrong"))
		self.assert_refused(
			self.hook(body, secret="wrong", key=f"{self.account.endpoint_key}?cmd=frappe.ping")
		)

	def test_a_flood_of_refused_requests_leaves_no_trace(self):
		with self.assertNoLogs("erp_connect", "ERROR"):
			answers = at_once(8, lambda number: [self.hook({"id": n}, secret="wrong") for n in range(10)])
		self.assertEqual({answer.status_code for some in answers for answer in some}, {401, 429})


class TestBodies(WebhookTestCase):
	def test_a_genuine_event_may_have_a_field_called_cmd(self):
		name = make.unique("Cmd")
		self.ok(self.hook({"cmd": "frappe.ping", "id": 1, "name": name}))
		self.work()
		self.assertEqual((self.statuses(), self.named(name)), (["Processed"], 1))

	def test_a_list_of_records_is_several_events_and_each_stands_by_itself(self):
		names = [make.unique("List") for _ in range(3)]
		self.ok(self.hook([{"id": n, "name": name} for n, name in enumerate(names)]))
		self.work()
		self.assertEqual(
			(self.statuses(), [self.named(name) for name in names]), (["Processed"] * 3, [1, 1, 1])
		)
		names = [make.unique("List") for _ in range(2)]
		self.ok(
			self.hook(
				[{"id": "a", "name": names[0]}, {"id": "b", "name": names[1], "group": "no such group"}]
			)
		)
		self.work()
		self.assertEqual(
			(self.statuses()[3:], [self.named(name) for name in names]), (["Processed", "Failed"], [1, 0])
		)


class TestTime(WebhookTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.change(verification="standard_webhooks", verification_secret=STANDARD)

	def send(self, body: dict, moment: float, id: str = "msg-1"):
		raw = json.dumps(body)
		signed = Webhook(STANDARD).sign(id, at(moment), raw)
		headers = {"webhook-id": id, "webhook-timestamp": str(int(moment)), "webhook-signature": signed}
		return self.hook(raw.encode(), headers=headers)

	def test_requests_signed_too_long_ago_or_in_the_future_are_refused(self):
		for seconds in (-360, 360, -86400):
			self.assertEqual(
				self.send({"id": 1, "name": "x"}, time.time() + seconds).status_code, 401, seconds
			)
		self.assertEqual(self.stored(), 0)

	def test_a_replay_is_known_within_the_window_and_refused_after_it(self):
		moment = time.time() - 200
		body = {"id": 1, "name": make.unique("Replay")}
		self.assertEqual(self.send(body, moment).status_code, 200)
		self.assertEqual(self.send(body, moment).status_code, 200)
		self.assertEqual(self.statuses(), ["Received"])
		with patch.object(receiving.time, "time", lambda: moment + 301):
			raw = json.dumps(body)
			signed = Webhook(STANDARD).sign("msg-1", at(moment), raw)
			answer = wsgi(
				"POST",
				HOOK + self.account.endpoint_key,
				data=raw,
				content_type="application/json",
				headers={
					"webhook-id": "msg-1",
					"webhook-timestamp": str(int(moment)),
					"webhook-signature": signed,
				},
			)
		self.assertEqual(answer.status_code, 401)
		self.assertEqual(self.statuses(), ["Received"])


class TestRotation(WebhookTestCase):
	def test_the_old_secret_holds_until_it_expires(self):
		self.change(
			verification_secret="a-new-secret",
			previous_verification_secret=HOOK_SECRET,
			previous_verification_expires=now_datetime() + timedelta(hours=1),
		)
		self.assertEqual(self.hook({"id": 1}, secret=HOOK_SECRET).status_code, 200)
		self.assertEqual(self.hook({"id": 2}, secret="a-new-secret").status_code, 200)
		self.change(previous_verification_expires=now_datetime() - timedelta(seconds=1))
		self.assertEqual(self.hook({"id": 3}, secret=HOOK_SECRET).status_code, 401)
		self.assertEqual(self.hook({"id": 4}, secret="a-new-secret").status_code, 200)
		self.assertEqual(self.stored(), 3)
