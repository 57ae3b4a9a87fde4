"""Breaker, pause, resume and the kill switch."""

from __future__ import annotations

from unittest.mock import patch

import frappe

from erp_connect.api import events
from erp_connect.calls import notices, switch
from erp_connect.operate import health
from erp_connect.operate.alerts import conditions
from erp_connect.patches import events_of_deleted_accounts
from erp_connect.store import inbox, state, walk_events
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.bench.http_case import forget, other_company
from erp_connect.tests.fakes.fault_server import Reply


class TestBreaker(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(
			self.receiver.url(),
			breaker_threshold=3,
			breaker_cooldown=60,
			retry_schedule="1s, 1s, 1s, 1s, 1s, 1s, 1s",
		)
		make.brand_flow()
		self.commit()

	def test_it_opens_sends_one_probe_at_a_time_and_then_drains_in_order(self):
		self.receiver.script("/brands", "500")
		for number in range(8):
			make.brand(str(number))
		self.deliver()
		self.assert_arrived(3)
		self.assertEqual(self.breaker().state, "Open")
		self.later(5)
		self.deliver()
		self.assert_arrived(3)
		self.later(60)
		self.deliver()
		self.assert_arrived(4)
		self.assertEqual((self.breaker().state, self.breaker().cooldown), ("Open", 120))
		unsent = [row.reference_name for row in self.events() if not row.attempts]
		self.receiver.forget()
		self.receiver.script("/brands", *[Reply(201, {"id": f"R-{number}"}) for number in range(1, 9)])
		self.later()
		self.deliver()
		self.assertEqual(set(self.statuses()), {"Delivered"}, self.history())
		self.assertEqual(self.breaker().state, "Closed")
		waited = [request.json["name"] for request in self.arrived() if request.json["name"] in unsent]
		self.assertEqual(waited, unsent)

	def test_the_managers_are_told_once(self):
		manager = make.user("watchful@example.com", ("Integration Manager",))
		self.receiver.script("/brands", "500")
		for number in range(8):
			make.brand(str(number))
		with patch.object(notices, "enqueue_create_notification") as notify:
			for _ in range(3):
				self.deliver()
				self.later()
		self.assertEqual(self.breaker().state, "Open")
		self.assertEqual(notify.call_count, 1)
		users, notice = notify.call_args.args
		self.assertIn(manager, users)
		self.assertEqual(notice["document_name"], make.ACCOUNT)

	def test_managers_of_another_company_are_not_told(self):
		stranger = make.user("watchful-elsewhere@example.com", ("Integration Manager",))
		manager = make.user("watchful@example.com", ("Integration Manager",))
		values = {
			"doctype": "User Permission",
			"user": stranger,
			"allow": "Company",
			"for_value": other_company(),
		}
		frappe.get_doc(values).insert()
		self.addCleanup(forget, stranger)
		with patch.object(notices, "enqueue_create_notification") as notify:
			switch.pause(make.ACCOUNT, "the reason")
		self.assertIn(manager, notify.call_args.args[0])
		self.assertNotIn(stranger, notify.call_args.args[0])

	def test_a_pause_lasts_although_nobody_can_be_told(self):
		make.user("watchful@example.com", ("Integration Manager",))
		self.receiver.script("/brands", "401")
		make.brand()
		with patch.object(notices, "enqueue_create_notification", side_effect=ConnectionError("no Redis")):
			self.deliver()
		self.assertTrue(frappe.db.get_value("Integration Settings", make.ACCOUNT, "paused"))
		self.assertEqual((self.event().status, self.event().attempts), ("Retrying", 1))

	def breaker(self):
		return state.read(make.ACCOUNT).breaker


class TestSwitches(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		make.brand_flow()
		self.receiver.script(
			"/brands", *[Reply(201, {"id": f"R-{number}"}, seconds=0.2) for number in range(20)]
		)
		self.docs = [make.brand(str(number)) for number in range(12)]
		self.commit()

	def stop_midway(self, act) -> int:
		"""Drain beside this thread and act after the second request. Returns how many had arrived at the end."""
		thread = services.in_thread(self.deliver)
		self.wait_for(lambda: len(self.arrived()) >= 2)
		act()
		self.commit()
		thread.join(20)
		return len(self.arrived())

	def test_a_pause_stops_a_batch_under_way_and_resume_sends_the_rest_once(self):
		count = self.stop_midway(lambda: switch.pause(make.ACCOUNT, "to look"))
		self.assertLess(count, 12)
		self.assertEqual(self.statuses().count("Delivered"), count)
		late = make.brand("recorded while paused")
		self.deliver()
		self.assert_arrived(count)
		switch.resume(make.ACCOUNT)
		self.deliver()
		names = [request.json["name"] for request in self.arrived()]
		self.assertEqual(names, [doc.name for doc in self.docs] + [late.name])
		self.assertEqual({row.attempts for row in self.events()}, {1})

	def test_a_user_who_is_disabled_stops_a_batch_under_way_and_it_goes_on_once_enabled(self):
		def enabled(value: int) -> None:
			frappe.db.set_value("User", make.USER, "enabled", value)
			frappe.db.commit()

		self.addCleanup(enabled, 1)
		count = self.stop_midway(lambda: enabled(0))
		self.assertLess(count, 12)
		late = make.brand("recorded while disabled")
		self.deliver()
		self.assert_arrived(count)
		self.assertEqual(set(self.statuses()), {"Delivered", "Queued"})
		self.later(600)
		self.commit()
		self.assertEqual(switch.due_accounts(), [])
		told = health.of_account(make.ACCOUNT)["warnings"]
		self.assertIn("what is to be sent, pulled and received waits", " ".join(told))
		self.assertNotIn("background worker", " ".join(told))
		(problem,) = [found for found in conditions.problems() if found.integration]
		self.assertIn(f"{make.USER} is disabled. Enable the user", problem.message)
		enabled(1)
		self.assertEqual(switch.due_accounts(), [make.ACCOUNT])
		self.deliver()
		names = [request.json["name"] for request in self.arrived()]
		self.assertEqual(names, [doc.name for doc in self.docs] + [late.name])
		self.assertEqual({row.attempts for row in self.events()}, {1})

	def test_the_kill_switch_stops_a_batch_under_way_and_records_nothing_more(self):
		def kill() -> None:
			account = frappe.get_doc("Integration Settings", make.ACCOUNT)
			account.enabled = 0
			account.save()

		count = self.stop_midway(kill)
		self.assertLess(count, 12)
		make.brand("never recorded")
		self.deliver()
		self.assert_arrived(count)
		self.assertEqual(len(self.events()), 12)

	def test_a_changed_address_is_used_for_what_waits(self):
		def move() -> None:
			account = frappe.get_doc("Integration Settings", make.ACCOUNT)
			account.base_url = self.receiver.url("/new")
			account.save()

		switch.pause(make.ACCOUNT, "moving")
		move()
		switch.resume(make.ACCOUNT)
		self.deliver()
		self.assertEqual({request.path for request in self.arrived()}, {"/new/brands"})

	def test_a_disabled_flow_cancels_what_waits(self):
		flow = frappe.get_doc("Field Mapping", "Test Brand")
		flow.enabled = 0
		flow.save()
		self.deliver()
		self.assert_arrived(0)
		self.assertEqual(
			{(row.status, row.outcome) for row in self.events()}, {("Cancelled", "flow_disabled")}
		)

	def test_the_account_of_waiting_events_can_be_deleted(self):
		frappe.delete_doc("Field Mapping", "Test Brand")
		self.deliver()
		self.assertEqual(
			{(row.status, row.outcome) for row in self.events()}, {("Cancelled", "flow_deleted")}
		)
		frappe.delete_doc("Integration Settings", make.ACCOUNT)
		self.deliver()
		self.assert_arrived(0)

	def test_no_event_of_a_deleted_account_waits_for_ever(self):
		"""Whatever stands in the way of deleting it was taken away by force."""
		self.commit()
		inbox.receive(
			{"integration": make.ACCOUNT, "event": "webhook", "dedupe_key": "x", "request_body": "{}"}
		)
		walk_events.interrupt(None, {"integration": make.ACCOUNT, "event": "pull_run"}, for_good=False)
		frappe.delete_doc("Integration Settings", make.ACCOUNT, force=True)
		self.commit()
		self.assertEqual(
			{(row.direction, row.status, row.outcome, row.due_at) for row in self.events()},
			{(side, "Cancelled", "account_deleted", None) for side in ("Outgoing", "Incoming")},
			self.history(),
		)
		self.assertEqual(events.retry([row.name for row in self.events()]), 0)
		self.assertIn("account was deleted", str(frappe.get_message_log()))
		self.assertEqual({row.status for row in self.events()}, {"Cancelled"})

	def test_events_that_waited_for_an_account_that_is_gone_are_cancelled_by_the_upgrade(self):
		frappe.db.delete("Integration Settings", make.ACCOUNT)
		events_of_deleted_accounts.execute()
		self.commit()
		self.assertEqual({row.outcome for row in self.events()}, {"account_deleted"})

	def test_an_event_on_hold_ends_with_its_flow(self):
		row = self.events()[0]
		frappe.db.set_value("Sync Log", row.name, {"status": "On Hold", "due_at": None})
		frappe.delete_doc("Field Mapping", "Test Brand")
		self.commit()
		self.assertEqual(
			{(row.status, row.outcome) for row in self.events()}, {("Cancelled", "flow_deleted")}
		)
