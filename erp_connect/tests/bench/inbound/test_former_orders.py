"""Of the states of one order, a person decides on the newest: older ones that are held end once it is here."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import frappe

from erp_connect.api import events
from erp_connect.inbound import former_orders
from erp_connect.inbound import process as processing
from erp_connect.store import locks
from erp_connect.store.transactions import read_committed
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.bench.commerce.test_inbound_orders import line, tax
from erp_connect.tests.bench.commerce.test_order_updates import UpdatedOrderCase
from erp_connect.tests.bench.inbound_case import at_once

PATHS = (
	"id", "currency", "total", "total_tax", "date", "customer.id", "customer.first_name", "customer.last_name", "customer.email", "lines[].id",
	"lines[].sku", "lines[].name", "lines[].quantity", "lines[].unit_price", "lines[].tax_lines", "shipping[].id",
	"shipping[].title", "shipping[].amount", "note",
)  # fmt: skip


class FormerOrderCase(UpdatedOrderCase):
	def setUp(self) -> None:
		super().setUp()
		common = {"direction": "Incoming", "integration": make.ACCOUNT}
		make.flow(
			"Sales Order", [], [make.row(path, path) for path in PATHS], name="Orders", purpose="Order",
			remote_entity="order", topics="orders/create, orders/updated", inbound_version_expression="updated_at", **common,
		)  # fmt: skip
		make.flow(
			"Sales Invoice", [], [make.row(path, path) for path in ("id", "order_id", "amount")], name="Refunds",
			purpose="Refund", remote_entity="refund", topics="refunds/create", **common,
		)  # fmt: skip
		self.commit()

	def wrong(self, **values: Any) -> dict[str, Any]:
		"""An order whose total is not what it comes to."""
		return self.body(**{"total": "36.00", **values})

	def hear(self, body: dict[str, Any], topic: str = "orders/updated"):
		self.ok(self.hook(body, topic=topic))
		self.work()
		return self.events()[-1]

	def now(self, event):
		frappe.db.rollback()
		return frappe.get_doc("Sync Log", event.name)

	def assert_held(self, event, outcome: str = "total_differs") -> None:
		event = self.now(event)
		self.assertEqual((event.status, event.outcome), ("On Hold", outcome), self.history())

	def assert_closed(self, event, by, told: str = former_orders.BOOKED) -> None:
		event = self.now(event)
		self.assertEqual(
			(event.status, event.superseded_by, event.error), ("Superseded", by.name, told), self.history()
		)


class TestBooked(FormerOrderCase):
	def test_a_corrected_order_ends_the_hold_of_the_one_before(self):
		wrong = self.wrong()
		held = self.hear(wrong, "orders/create")
		self.assert_held(held)
		self.assertEqual(held.external_id, wrong["id"])
		other = self.hear(self.wrong(id=make.unique("O")))
		booked = self.hear({**wrong, "total": "37.00"})
		self.assertEqual(booked.status, "Processed", self.history())
		self.assert_closed(held, booked)
		self.assert_held(other)
		self.assertEqual(events.retry([held.name]), 0)

	def test_a_failed_one_ends_as_well(self):
		body = self.body()
		failed = self.hear({**body, "lines": [{**line(1, 2, "10.00", tax("1.60")), "quantity": "many"}]})
		self.assertEqual(failed.status, "Failed", self.history())
		self.assert_closed(failed, self.hear(body))

	def test_a_version_counts_more_than_the_arrival(self):
		body = self.body()
		self.hear({**body, "updated_at": "2026-11-20T10:00:00Z"}, "orders/create")
		held = self.hear({**body, "total": "36.00", "updated_at": "2026-11-20T12:00:00Z"})
		self.hear({**body, **self.less(), "updated_at": "2026-11-20T11:00:00Z"})
		self.assert_held(held)
		self.assert_closed(held, self.hear({**body, "updated_at": "2026-11-20T13:00:00Z"}))

	def test_what_is_a_part_only_leaves_it(self):
		wrong = self.wrong(note="Ring twice")
		held = self.hear(wrong, "orders/create")
		part = {name: value for name, value in wrong.items() if name != "note"}
		self.assertEqual(self.hear({**part, "total": "37.00"}).status, "Processed", self.history())
		self.assert_held(held)

	def test_a_note_that_is_taken_back_is_no_part(self):
		held = self.hear(self.wrong(note="Ring twice"), "orders/create")
		body = {**frappe.parse_json(held.request_body), "note": None, "total": "37.00"}
		self.assert_closed(held, self.hear(body))

	def test_a_held_refund_stays_when_its_order_changes(self):
		body = self.body()
		self.hear(body, "orders/create")
		refund = self.hear({"id": body["id"], "order_id": body["id"], "amount": "3.00"}, "refunds/create")
		# As after the last of its tries; that both have one id is the worst that can be.
		self.assertEqual((refund.status, refund.outcome), ("Retrying", "not_paid"), self.history())
		held = {"status": "On Hold", "external_id": body["id"]}
		frappe.db.set_value("Sync Log", refund.name, held, update_modified=False)
		self.commit()
		self.assertEqual(self.hear({**body, **self.less()}).status, "Processed")
		self.assertEqual(self.now(refund).status, "On Hold")

	def test_orders_with_one_number_in_two_accounts_are_two(self):
		held = self.hear(self.wrong())
		frappe.db.set_value("Sync Log", held.name, "integration", "Another", update_modified=False)
		self.commit()
		self.hear({**frappe.parse_json(held.request_body), "total": "37.00"})
		self.assert_held(held)


class TestBothHeld(FormerOrderCase):
	def test_a_person_decides_on_the_newer_one(self):
		wrong = self.wrong()
		first = self.hear(wrong, "orders/create")
		second = self.hear({**wrong, "total": "35.00"})
		self.assert_held(second)
		self.assert_closed(first, second, former_orders.WAITS)

	def test_an_older_one_that_comes_later_is_not_held_at_all(self):
		wrong = self.wrong()
		second = self.hear({**wrong, "updated_at": "2026-11-20T12:00:00Z"})
		first = self.hear({**wrong, "total": "35.00", "updated_at": "2026-11-20T11:00:00Z"})
		self.assert_closed(first, second, former_orders.WAITS)
		self.assert_held(second)

	def test_each_of_two_flows_holds_its_own_event(self):
		"""Where two flows take the event, neither part stands for the other."""
		make.flow(
			"Sales Order", [], [make.row(path, path) for path in PATHS], name="Orders again", purpose="Order",
			remote_entity="order", topics="orders/create", direction="Incoming",
		)  # fmt: skip
		self.commit()
		self.hear(self.wrong(), "orders/create")
		self.assertEqual({event.status for event in self.events()}, {"On Hold"}, self.history())
		self.assertEqual(len(self.events()), 2)

	def test_many_at_once_leave_one(self):
		wrong = self.wrong()
		at_once(8, lambda number: self.hook({**wrong, "total": f"{20 + number}.00"}, topic="orders/updated"))
		self.work()
		states = [event.status for event in self.events()]
		self.assertEqual((states.count("On Hold"), states.count("Superseded")), (1, 7), self.history())
		self.hear({**wrong, "total": "37.00"})
		states = {event.status for event in self.events()}
		self.assertEqual(states, {"Superseded", "Processed"}, self.history())


class TestCalls(FormerOrderCase):
	def test_a_corrected_call_ends_what_the_one_before_left_open(self):
		wrong = self.wrong()
		self.refused(self.call("create_order", wrong, key="first"), 409, "total_differs")
		failed = self.events()[-1]
		self.assertEqual((failed.status, failed.external_id), ("Failed", wrong["id"]))
		held = self.hear(wrong)
		self.ok(self.call("create_order", {**wrong, "total": "37.00"}, key="second"))
		booked = self.events()[-1]
		self.assert_closed(failed, booked)
		self.assert_closed(held, booked)
		again = self.refused(self.call("create_order", wrong, key="first"), 409, "newer_version")
		self.assertIn("new key", again["message"])

	def test_a_webhook_ends_a_call_that_failed_before(self):
		wrong = self.wrong()
		del wrong["billing_address"]  # which the flow does not bring
		self.refused(self.call("create_order", wrong), 409, "total_differs")
		failed = self.events()[-1]
		self.assert_closed(failed, self.hear({**wrong, "total": "37.00"}))

	def test_a_call_that_leaves_something_out_does_not(self):
		wrong = self.wrong(note="Ring twice")
		held = self.hear(wrong)
		part = {name: value for name, value in wrong.items() if name != "note"}
		self.ok(self.call("create_order", {**part, "total": "37.00"}))
		self.assert_held(held)


class TestTwoWorkers(FormerOrderCase):
	"""One of them is stopped just before its transaction ends."""

	@contextmanager
	def stopped_in(self, module: Any, name: str):
		"""A worker of the account that stops after this function, in another thread, until the block ends."""
		there, go_on, original = threading.Event(), threading.Event(), getattr(module, name)

		def stopping(*arguments: Any) -> Any:
			found = original(*arguments)
			there.set()
			go_on.wait(60)
			return found

		with patch.object(module, name, stopping):
			worker = services.in_thread(lambda: processing.process(make.ACCOUNT))
			try:
				self.assertTrue(there.wait(30), f"no worker came to {name}")
				yield
			finally:
				go_on.set()
				worker.join(60)

	def test_what_is_being_held_ends_with_the_call_that_books_meanwhile(self):
		wrong, answers = self.wrong(), []
		self.ok(self.hook(wrong, topic="orders/updated"))
		right = {**wrong, "total": "37.00"}
		caller = threading.Thread(target=lambda: answers.append(self.call("create_order", right)))
		with self.stopped_in(former_orders, "kept_for_a_person"):
			caller.start()
			caller.join(2)
			self.assertEqual(answers, [], "it was answered before what is held was committed")
		caller.join(60)
		self.ok(answers[0])
		held, booked = self.events()
		self.assert_closed(held, booked)

	def test_who_would_hold_waits_for_the_one_that_books(self):
		body = self.body()
		self.ok(self.hook(body, topic="orders/updated"))
		booked = self.events()[-1]
		del body["billing_address"]  # which the flow does not bring
		older = former_orders.of_call(make.ACCOUNT, {**body, "total": "36.00"}, 0)
		self.commit()
		found: list[Any] = []

		def would_hold() -> None:
			with read_committed():
				frappe.db.count("Sync Log")  # its transaction began before the other one ended
				found.append(former_orders.successor(older, "another"))

		with self.stopped_in(processing, "close_former"):
			other = services.in_thread(would_hold)
			other.join(2)
			self.assertEqual(found, [], "it did not wait")
		other.join(60)
		self.assertEqual(found, [(booked.name, former_orders.BOOKED)])

	def test_one_that_waited_in_vain_is_looked_at_again(self):
		self.ok(self.hook(self.wrong(), topic="orders/updated"))
		with patch.object(former_orders, "successor", side_effect=locks.busy()):
			self.work()
		event = self.events()[-1]
		self.assertEqual((event.status, event.attempts), ("Retrying", 0), self.history())
		self.assertIn("Another process is at work", event.error)
		self.later(60)
		self.work()
		self.assert_held(event)
