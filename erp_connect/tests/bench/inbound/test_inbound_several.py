"""Several events in one webhook: each is an event, with its own key, order and outcome."""

from __future__ import annotations

import gc
import json
from typing import Any

import frappe

from erp_connect.compat import VERSION
from erp_connect.inbound.routing import Task
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.inbound_case import HOOK_SECRET, InboundTestCase, signature
from erp_connect.tests.fakes.fault_server import Reply

SCHEME = {
	"kind": "hmac",
	"signature": {"header": "X-Signature", "encoding": "base64"},
	"id": {"body": "[0].eventId"},
	"topic": {"body": "[0].subscriptionType"},
}


def event(number: int, what: str, record: int) -> dict[str, Any]:
	return {"eventId": number, "subscriptionType": f"contact.{what}", "objectId": record}


class TestSeveralEvents(InboundTestCase):
	account_values = {"verification": "custom", "verification_scheme": json.dumps(SCHEME)}

	def setUp(self) -> None:
		super().setUp()
		self.customer_flow(
			topics="contact.creation, contact.propertyChange",
			record_expression="[]",
			inbound_id_expression="objectId || id",
			fetch_path="/contacts/{external_id}",
			fetch_each=1,
		)
		self.commit()

	def send(self, *events: dict[str, Any]) -> dict[str, Any]:
		raw = json.dumps(list(events)).encode()
		return self.ok(self.hook(raw, headers={"X-Signature": signature(raw, HOOK_SECRET)}))

	def outcomes(self) -> list[tuple[str, str, str]]:
		return [(row.topic, row.status, row.outcome) for row in self.events()]

	def contact(self, number: int, name: str) -> None:
		self.receiver.script(f"/contacts/{number}", Reply(200, {"id": number, "name": name}))

	def test_lines_and_rows_are_events_as_well(self):
		lines = b"".join(json.dumps(event(n, "creation", n)).encode() + b"\n" for n in (1, 2))
		table = b"eventId,subscriptionType,objectId\r\n3,contact.creation,3\r\n4,contact.creation,4\r\n"
		for raw, media in ((lines, "application/x-ndjson"), (table, "text/csv; charset=utf-8")):
			headers = {"X-Signature": signature(raw, HOOK_SECRET), "Content-Type": media}
			self.assertEqual(self.ok(self.hook(raw, headers=headers))["events"], 2)
		names = [make.unique("Alder") for _ in range(4)]
		for number, name in enumerate(names, 1):
			self.contact(number, name)
		self.work()
		self.assertEqual([row.status for row in self.events()], ["Processed"] * 4, self.history())
		self.assertEqual(self.count("Customer", customer_name=("in", names)), 4)

	def test_a_deletion_does_not_take_the_change_beside_it_along(self):
		name = make.unique("Alder")
		self.contact(7, name)
		answer = self.send(event(1, "deletion", 6), event(2, "propertyChange", 7))
		self.assertEqual(answer["events"], 2)
		self.work()
		self.assertEqual(
			self.outcomes(),
			[("contact.deletion", "Skipped", "no_flow"), ("contact.propertyChange", "Processed", "")],
		)
		self.assertEqual(self.count("Customer", customer_name=name), 1)

	def test_one_with_a_text_that_nothing_can_hold_fails_alone(self):
		name = make.unique("Alder")
		self.contact(7, name)
		bad = [
			{**event(number, "creation", number), "note": text}
			for number, text in ((5, "a\0"), (6, "\ud800" if VERSION < 16 else "b\0"))
		]
		self.assertEqual(self.send(*bad, event(7, "creation", 7))["events"], 3)
		self.work()
		self.assertEqual(
			[status for _topic, status, _outcome in self.outcomes()], ["Failed"] * 2 + ["Processed"]
		)
		for row in self.events(status="Failed"):
			self.assertEqual(row.outcome, "text")
			self.assertIn("[0].note holds a NUL character or half of a character", row.error)
		self.assertEqual(self.count("Customer", customer_name=name), 1)
		raw = json.dumps(bad[:1]).encode()
		answer = self.hook(raw, headers={"X-Signature": signature(raw, HOOK_SECRET)})
		self.assertIn("[0].note holds a NUL", self.refused(answer, 400, "text")["message"])

	def test_a_record_that_is_gone_does_not_keep_another_from_being_created(self):
		name = make.unique("Birch")
		self.contact(120, name)
		self.receiver.script("/contacts/99", Reply(404))
		self.send(event(1, "propertyChange", 99), event(2, "creation", 120))
		self.work()
		self.assertEqual(
			[row[1:] for row in self.outcomes()], [("Skipped", "gone_outside"), ("Processed", "")]
		)
		self.assertEqual(self.count("Customer", customer_name=name), 1)

	def test_one_that_has_to_wait_does_not_keep_what_was_fetched_beside_it_in_memory(self):
		self.contact(7, make.unique("Fir"))
		self.receiver.script("/contacts/8", Reply(429, headers={"Retry-After": "600"}))
		self.send(event(1, "creation", 7), event(2, "creation", 8))
		gc.collect()
		gc.disable()
		try:
			self.work()
			self.assertEqual([one for one in gc.get_objects() if isinstance(one, Task)], [])
		finally:
			gc.enable()
		self.assertEqual(self.statuses(), ["Processed", "Retrying"])

	def test_each_is_recognised_by_its_own_key_in_whatever_company_it_comes_again(self):
		for number in (7, 8, 9):
			self.contact(number, make.unique("Cedar"))
		first, second, third = (event(number, "creation", number + 6) for number in (1, 2, 3))
		self.send(first, second)
		self.send(second, third)
		self.assertEqual([row.idempotency_key for row in self.events()], ["1", "2", "3"])
		self.work()
		self.send(third, first)
		self.assertEqual(self.statuses(), ["Processed"] * 3)

	def test_one_that_failed_is_tried_again_when_it_comes_again_and_the_others_are_not(self):
		self.contact(7, make.unique("Dogwood"))
		self.receiver.script("/contacts/8", Reply(400), Reply(200, {"id": 8, "name": make.unique("Elm")}))
		both = event(1, "creation", 7), event(2, "creation", 8)
		self.send(*both)
		self.work()
		self.assertEqual(self.statuses(), ["Processed", "Failed"])
		self.send(*both)
		self.assertEqual(self.statuses(), ["Processed", "Received"])
		self.work()
		self.assertEqual(self.statuses(), ["Processed", "Processed"])

	def test_the_account_says_where_they_stand(self):
		self.change(
			webhook_events="events",
			verification_scheme=json.dumps(
				{
					**SCHEME,
					"id": {"body": "events[0].eventId"},
					"topic": {"body": "events[0].subscriptionType"},
				}
			),
		)
		raw = json.dumps({"portal": 3, "events": [event(1, "deletion", 6), event(2, "deletion", 7)]}).encode()
		self.ok(self.hook(raw, headers={"X-Signature": signature(raw, HOOK_SECRET)}))
		self.assertEqual([row.idempotency_key for row in self.events()], ["1", "2"])
		with self.assertRaisesRegex(frappe.ValidationError, "path of a list"):
			self.change(webhook_events="no path")
