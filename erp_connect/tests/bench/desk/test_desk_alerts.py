"""Alerts in a real browser: from a receiver that broke, by what tells of it, to what is delivered; and who is told."""

from __future__ import annotations

import html
import re
from email import message_from_string
from unittest.mock import patch

import frappe
from frappe.desk.doctype.notification_log import notification_log

from erp_connect.calls import notices
from erp_connect.operate import monitoring
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.alert_clock import pass_minutes
from erp_connect.tests.bench.desk_case import DeskCase
from erp_connect.tests.fakes.fault_server import Reply

# The bell stands in the bar of Frappe 15 and beside the page in 16.
RING = "(document.querySelector('.notifications-icon') || document.querySelector('.sidebar-notification .item-anchor'))?.click()"
TOLD = "return [...document.querySelectorAll('.notification-item')].find((one) => one.textContent.includes(arguments[0]))"
BROKEN = "The shop is being rebuilt"


class TestAlerts(DeskCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url(), error_expression="error")
		self.commit()

	def test_a_receiver_is_made_and_tried(self):
		name = make.alert_receiver(
			channel="Web Address", email="", address=self.receiver.url() + "/hook"
		).name
		self.commit()
		self.desk.open(f"/app/alert-receiver/{name}")
		self.desk.see("127.0.0.1")
		self.shot("receiver")
		self.desk.click("Send a Test")
		self.desk.see("The address took it.")
		self.assertEqual([request.path for request in self.receiver.requests], ["/hook"])
		self.assertEqual(self.desk.errors(), [])

	def test_what_the_events_say_is_read_from_the_alert(self):
		"""The alert itself holds none of it: it is for whoever may see the account."""
		make.brand_flow()
		self.receiver.script("/brands", Reply(422, {"error": BROKEN}))
		make.brand()
		self.commit()
		self.deliver()
		pass_minutes(0)
		self.commit()
		(name,) = frappe.get_all("Sync Alert", {"kind": "Failed events"}, pluck="name")
		self.desk.open(f"/app/sync-alert/{name}")
		self.desk.see("what was said stands in the event.")
		self.assertNotIn(BROKEN, self.desk.text())
		self.desk.click("Group by Reason")
		self.desk.see(BROKEN)
		self.shot("reasons")


class TestChain(DeskCase):
	"""A receiver breaks; a person sees it, is alerted, repairs, replays, and sees that it is over."""

	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url(), error_expression="error", retry_schedule="5s")
		make.brand_flow()
		make.alert_receiver()
		make.outgoing_mail()
		self.addCleanup(self.forget)
		for doctype in ("Email Queue", "Email Queue Recipient", "Notification Log"):
			frappe.db.delete(doctype)
		# Desk opens a list with the filters that were last used.
		frappe.db.sql("DELETE FROM `__UserSettings` WHERE doctype = 'Sync Log'")
		frappe.cache.delete_value("_user_settings")
		# Frappe's job writes it, and mails it by a server that is not there.
		self.enterContext(patch.object(notices, "enqueue_create_notification", self.notify))
		self.enterContext(patch.object(notification_log, "send_notification_email"))
		# Tests send and tell in their own process.
		self.enterContext(patch.object(monitoring, "queues", return_value=[]))
		self.commit()

	def forget(self) -> None:
		frappe.db.delete("Email Account", "Alerts Test")
		frappe.db.commit()

	def notify(self, users: list[str], notice: dict) -> None:
		notification_log.make_notification_logs(frappe._dict(notice), users)

	def mail(self) -> str:
		"""The body of the last mail that is queued for who is on call, decoded."""
		mails = frappe.get_all("Email Queue", fields=["message"], order_by="creation desc", limit=1)
		parts = message_from_string(mails[0].message).walk()
		texts = [part.get_payload(decode=True) for part in parts if part.get_content_type() == "text/html"]
		return texts[0].decode()

	def save_brand(self) -> str:
		"""A person saves a new document."""
		name = make.unique("Brand")
		self.desk.open("/app/brand/new")
		self.desk.until(lambda: self.desk.run("return !!window.cur_frm?.is_new()"), "a form")
		self.desk.run("return cur_frm.set_value('brand', arguments[0])", name)
		self.desk.run("return cur_frm.save()")
		self.desk.settle()
		return name

	def in_list(self) -> list[tuple[str, str]]:
		self.desk.until(
			lambda: self.desk.run("return cur_list?.doctype === 'Sync Log' && cur_list.data.length"), "events"
		)
		return sorted(self.desk.run("return cur_list.data.map((row) => [row.reference_name, row.status])"))

	def test_break_see_be_alerted_repair_and_replay(self):
		self.receiver.script("/brands", *[Reply(500, {"error": BROKEN})] * 4)
		brands = sorted([self.save_brand(), make.brand().name])
		self.deliver()
		self.later()
		self.deliver()
		self.assertEqual(set(self.statuses()), {"Failed"})
		pass_minutes(0)

		self.desk.ask_anew()
		self.desk.open("/app/erp-connect")
		self.desk.see(BROKEN)
		self.shot("1-seen")
		self.desk.run(RING)
		item = self.desk.until(lambda: self.desk.run(TOLD, f"{make.ACCOUNT}: Failed events"), "the bell")
		self.shot("2-told")
		self.desk.run("arguments[0].click()", item)
		self.desk.until(
			lambda: self.desk.run("return cur_frm?.doctype === 'Integration Settings'"), "its account"
		)
		mail = self.mail()
		self.assertIn(BROKEN, mail)
		path = re.search(r'href="[^"]*(/app/sync-log[^"]*)"', mail)
		self.desk.open(html.unescape(path[1]))
		self.assertEqual(self.in_list(), [[name, "Failed"] for name in brands])
		self.shot("3-events")

		self.receiver.script("/brands", Reply(201, {"id": "B-1"}), Reply(201, {"id": "B-2"}))
		self.desk.click("Group by Reason")
		self.desk.see("2 events for one reason.")
		self.shot("4-reason")
		self.desk.click("Retry All", ".modal [data-reason='0'] button")
		self.desk.see("2 of 2 events queued again.")
		self.deliver()
		pass_minutes(6)

		self.desk.open("/app/sync-log?status=Delivered")
		self.assertEqual(self.in_list(), [[name, "Delivered"] for name in brands])
		self.shot("5-delivered")
		self.assertIn("over: Failed events", self.mail())
		self.desk.ask_anew()
		self.desk.open("/app/erp-connect")
		self.desk.see("Nothing waits for a person.")
		self.desk.until(lambda: self.desk.run(TOLD, f"{make.ACCOUNT}: over: Failed events"), "the end")
		self.shot("6-over")
		name = frappe.db.get_value("Sync Alert", {"kind": "Failed events"})
		self.desk.open(f"/app/sync-alert/{name}")
		self.desk.see("Ended")
		self.desk.click("Events", "button")
		filters = "return cur_list?.doctype === 'Sync Log' && cur_list.get_filters_for_args().map((row) => row.slice(1, 4))"
		wanted = [["integration", "=", make.ACCOUNT], ["status", "=", "Failed"]]
		self.desk.until(lambda: sorted(self.desk.run(filters) or []) == wanted, "its events")
