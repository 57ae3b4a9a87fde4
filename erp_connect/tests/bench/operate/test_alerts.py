"""People are told what is wrong: by e-mail, at a web address and in Desk, once, and again when it is over."""

from __future__ import annotations

import email
import json
from unittest.mock import patch

import frappe
from frappe.utils import add_to_date, now_datetime

from erp_connect.api import alerts as api
from erp_connect.calls import notices, switch
from erp_connect.operate import monitoring, sweep
from erp_connect.operate.alerts import conditions, kinds, notify, wording
from erp_connect.operate.alerts.due import look
from erp_connect.store import alerts as store
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.alert_clock import pass_minutes
from erp_connect.tests.fakes.fault_server import Reply

MANAGER = "alerts-manager@example.com"


class AlertCase(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		make.brand_flow()
		make.user(MANAGER, ("Integration Manager", *make.ROLES))
		for doctype in ("Email Queue", "Email Queue Recipient"):
			frappe.db.delete(doctype)
		# Frappe queues what writes them.
		self.notify = self.enterContext(patch.object(notices, "enqueue_create_notification"))
		# Tests send and write in their own process.
		self.workers = self.enterContext(patch.object(monitoring, "queues", return_value=[]))
		make.outgoing_mail()
		self.addCleanup(self.forget_outgoing)
		self.commit()

	def forget_outgoing(self) -> None:
		frappe.db.delete("Email Account", "Alerts Test")
		frappe.db.commit()

	def fails(self, text: str = "Name is missing", count: int = 1) -> None:
		for _ in range(count):
			make.brand()
		self.receiver.script("/brands", *[Reply(422, {"message": text})] * count)
		self.deliver()
		self.assertEqual(set(self.statuses()), {"Failed"})

	def look(self, minutes: float = 0) -> None:
		"""Let time pass, look for what is wrong, and tell it."""
		pass_minutes(minutes)

	def alerts(self) -> list:
		return frappe.get_all(
			"Sync Alert", fields=["kind", "status", "amount", "message", "to_tell"], order_by="creation"
		)

	def mails(self) -> list[str]:
		return [str(frappe.get_doc("Email Queue", name).message) for name in self.queued()]

	def queued(self) -> list[str]:
		return frappe.get_all("Email Queue", pluck="name", order_by="creation")

	def notified(self) -> list[str]:
		"""Subjects of what the manager was told in Desk."""
		return [notice["subject"] for users, notice in self.in_desk() if MANAGER in users]

	def in_desk(self) -> list[tuple[list[str], dict]]:
		return [call.args for call in self.notify.call_args_list]


class TestTold(AlertCase):
	def test_failed_events_are_mailed_once_and_again_when_they_doubled_and_when_it_is_over(self):
		make.alert_receiver()
		self.fails(count=2)
		self.look()
		self.assertEqual(len(self.queued()), 1)
		(mail,) = self.mails()
		self.assertIn("Test Shop: Failed events", mail)
		self.assertIn("2 events failed. Correct the cause, then press Retry in the list of events.", mail)
		self.assertIn("Name is missing", mail)
		self.look(minutes=61)
		self.assertEqual(len(self.queued()), 1)
		self.fails(count=2)
		self.look(minutes=1)
		self.assertEqual(len(self.queued()), 2)
		self.assertIn("still: Failed events", self.mails()[1])
		frappe.db.set_value("Sync Log", {"status": "Failed"}, "status", "Cancelled")
		self.commit()
		self.look(minutes=1)
		self.assertEqual(len(self.queued()), 2)
		self.look(minutes=6)
		self.assertIn("over: Failed events", self.mails()[2])
		self.assertEqual([(row.status, row.to_tell) for row in self.alerts()], [("Ended", "")])
		self.look(minutes=6)
		self.assertEqual(len(self.queued()), 3)
		self.assertEqual(len(self.notified()), 3)

	def test_all_of_one_moment_is_one_message(self):
		make.alert_receiver()
		self.fails()
		switch.pause(make.ACCOUNT, "The password was refused. <b>Enter</b> another one.")
		self.commit()
		self.look()
		(mail,) = self.mails()
		self.assertIn("Test Shop: 2 alerts", mail)
		self.assertIn("The password was refused.", mail)
		# In Desk the pause was told the moment it began.
		self.assertEqual(
			self.notified(), ["Test Shop was paused: The password was refused", "Test Shop: Failed events"]
		)
		self.assertEqual(
			notices.with_reason("It fails", "<b>no</b>. More."), "It fails: &lt;b&gt;no&lt;/b&gt;"
		)

	def test_what_nobody_was_told_of_does_not_end_aloud(self):
		self.fails()
		look()
		frappe.db.set_value("Sync Log", {"status": "Failed"}, "status", "Cancelled")
		frappe.db.set_value(
			"Sync Alert", {"status": "Open"}, "seen_at", add_to_date(now_datetime(), minutes=-6)
		)
		self.commit()
		look()
		self.assertEqual(store.accounts_to_tell(), [])

	def test_a_late_event_and_a_broken_system(self):
		make.brand()
		self.commit()
		frappe.db.sql("UPDATE `tabSync Log` SET due_at = UNIX_TIMESTAMP() - 420")
		frappe.db.set_value(
			"Integration State", make.ACCOUNT, {"breaker": "Open", "failures": 7, "last_error": "busy"}
		)
		self.commit()
		found = {problem.kind: problem for problem in conditions.problems()}
		self.assertEqual(set(found), {"Late", "Breaker open"})
		self.assertEqual(found["Late"].amount, 7)
		self.assertIn("background worker", found["Late"].message)
		self.assertIn("7 failures in a row", found["Breaker open"].message)

	def test_accounts_that_are_switched_off_are_left_alone(self):
		self.fails()
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "enabled", 0)
		self.commit()
		self.assertEqual(conditions.problems(), [])

	def test_the_sweep_looks_and_wakes_the_job(self):
		self.fails()
		sweep.sweep()
		self.assertEqual([row.to_tell for row in self.alerts()], ["Begun"])
		notify.run(make.ACCOUNT)
		self.assertEqual([row.to_tell for row in self.alerts()], [""])

	def test_a_job_that_dies_leaves_it_to_be_told(self):
		make.alert_receiver()
		self.fails()
		look()
		with patch.object(store, "told", side_effect=KeyboardInterrupt), self.assertRaises(KeyboardInterrupt):
			notify.run(make.ACCOUNT)
		frappe.db.rollback()
		self.assertEqual(self.queued(), [])
		self.look()
		self.assertEqual(len(self.queued()), 1)


class TestWays(AlertCase):
	def setUp(self) -> None:
		super().setUp()
		self.fails("<b>no</b>")
		self.receiver.forget()

	def test_a_web_address_gets_words_and_data(self):
		make.alert_receiver(channel="Web Address", email="", address=f"{self.receiver.url()}/hook/t0p-secret")
		self.receiver.script("/hook/t0p-secret", Reply(200, {}))
		self.look()
		(request,) = self.receiver.requests
		body = json.loads(request.body)
		self.assertIn("Test Shop: Failed events", body["text"])
		self.assertEqual(body["account"], make.ACCOUNT)
		self.assertEqual((body["alerts"][0]["kind"], body["alerts"][0]["amount"]), ("Failed events", 1))
		self.assertNotIn("Authorization", request.headers)
		buttons = {one["text"]["text"]: one["url"] for one in body["blocks"][-1]["elements"]}
		self.assertEqual(
			buttons["Open in ERPNext"], frappe.utils.get_url_to_form("Integration Settings", make.ACCOUNT)
		)
		self.assertTrue(
			buttons["See the Events"].endswith("/app/sync-log?integration=Test+Shop&status=Failed")
		)

	def test_differences_lead_to_their_list(self):
		row = {
			"kind": kinds.DIFFERENCES, "status": "Open", "amount": 2, "message": "", "since": now_datetime(),
			"ended_at": None, "to_tell": store.BEGUN,
		}  # fmt: skip
		told = wording.as_json(wording.notice(make.ACCOUNT, [row]))
		links = [one["url"] for one in told["blocks"][-1]["elements"]]
		self.assertTrue(links[-1].endswith("/app/sync-difference?integration=Test+Shop&status=Open"))

	def test_a_receiver_that_cannot_be_reached_is_told_in_desk_without_its_address(self):
		make.alert_receiver(channel="Web Address", email="", address=f"{self.receiver.url()}/hook/t0p-secret")
		self.receiver.script("/hook/t0p-secret", Reply(500, {}))
		self.look()
		self.assertIn("Test Shop: an alert did not reach its receiver", self.notified())
		told = json.dumps(self.in_desk())
		self.assertIn("answered with status 500", told)
		self.assertNotIn("t0p-secret", told)
		self.assertEqual([row.to_tell for row in self.alerts()], [""])

	def test_without_an_outgoing_email_account_desk_is_told(self):
		make.alert_receiver()
		refusal = frappe.OutgoingEmailError("Please setup default outgoing Email Account")
		with patch.object(frappe, "sendmail", side_effect=refusal):
			self.look()
		self.assertIn("Test Shop: an alert did not reach its receiver", self.notified())

	def test_an_email_account_that_cannot_send_is_refused_and_none_other_takes_its_place(self):
		receiver = make.alert_receiver()
		sends = {"enable_outgoing": 1, "awaiting_password": 0, "no_smtp_authentication": 0}
		for field, value, told in (
			("enable_outgoing", 0, "sends no e-mail"),
			("awaiting_password", 1, "has no password yet"),
		):
			frappe.db.set_value("Email Account", "Alerts Test", {**sends, field: value})
			receiver.sender = "Alerts Test"
			with self.subTest(field), self.assertRaisesRegex(frappe.ValidationError, told):
				receiver.save()
			receiver.reload()
		frappe.db.set_value("Email Account", "Alerts Test", sends)
		receiver.update({"sender": "Alerts Test"}).save()
		frappe.db.set_value("Email Account", "Alerts Test", "enable_outgoing", 0)
		self.commit()
		with self.assertRaisesRegex(frappe.ValidationError, "Tick Enable Outgoing"):
			api.send_test(receiver.name)
		self.look()
		self.assertEqual(self.queued(), [])
		self.assertIn("Test Shop: an alert did not reach its receiver", self.notified())

	def test_what_came_from_outside_is_text_in_a_mail(self):
		make.alert_receiver()
		self.look()
		(mail,) = self.mails()
		html = next(
			part for part in email.message_from_string(mail).walk() if part.get_content_type() == "text/html"
		)
		shown = html.get_payload(decode=True).decode()
		self.assertIn("&lt;b&gt;no&lt;/b&gt;", shown)
		self.assertNotIn("<b>no</b>", shown)

	def test_only_receivers_of_the_account_and_of_all(self):
		other = make.account(self.receiver.url(), name="Other Shop").name
		mine, everyones = make.alert_receiver(), make.alert_receiver(integration="", email="all@example.com")
		make.alert_receiver(integration=other)
		make.alert_receiver(enabled=0)
		self.assertEqual({doc.name for doc in notify.receivers_of(make.ACCOUNT)}, {mine.name, everyones.name})

	def test_a_test_is_sent(self):
		receiver = make.alert_receiver()
		self.assertIn("on-call@example.com", api.send_test(receiver.name))
		self.assertIn("Alerts of Test Shop come this way.", self.mails()[0])


class TestWhoMay(AlertCase):
	def test_a_manager_may_not_have_all_accounts_told(self):
		everyones = make.alert_receiver(integration="")
		self.commit()
		frappe.set_user(MANAGER)
		self.addCleanup(frappe.set_user, "Administrator")
		make.alert_receiver(email="mine@example.com")
		with self.assertRaisesRegex(frappe.PermissionError, "Only a System Manager"):
			make.alert_receiver(integration="")
		doc = frappe.get_doc("Alert Receiver", everyones.name)
		doc.integration = make.ACCOUNT
		with self.assertRaisesRegex(frappe.PermissionError, "Only a System Manager"):
			doc.save()
		with self.assertRaisesRegex(frappe.PermissionError, "Only a System Manager"):
			frappe.delete_doc("Alert Receiver", everyones.name)

	def test_who_lacks_rights_of_the_accounts_user_may_not_have_its_alerts_sent(self):
		make.user("alerts-weak@example.com", ("Integration Manager",))
		frappe.set_user("alerts-weak@example.com")
		self.addCleanup(frappe.set_user, "Administrator")
		with self.assertRaises(frappe.PermissionError):
			make.alert_receiver()

	def test_a_manager_may_not_send_from_an_email_account_that_is_closed_to_him(self):
		frappe.set_user(MANAGER)
		self.addCleanup(frappe.set_user, "Administrator")
		with self.assertRaises(frappe.PermissionError):
			make.alert_receiver(sender="Alerts Test")

	def test_an_address_inside_the_network_or_another_secret_is_refused(self):
		for address in ("http://10.0.0.1/hook", "site_config:shop", "ftp://example.com", ""):
			with self.subTest(address), self.assertRaises(frappe.ValidationError):
				make.alert_receiver(channel="Web Address", email="", address=address)
