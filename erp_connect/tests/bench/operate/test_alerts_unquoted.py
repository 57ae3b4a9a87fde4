"""What people see of an alert quotes an event only to those who may see the event."""

from __future__ import annotations

from unittest.mock import patch

import frappe
from frappe.desk.doctype.notification_log import notification_log

from erp_connect.calls import notices
from erp_connect.operate import monitoring
from erp_connect.operate.alerts import digest
from erp_connect.patches import alerts_without_quotes
from erp_connect.store import alerts as store
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.alert_clock import pass_minutes
from erp_connect.tests.bench.http_case import HttpTestCase
from erp_connect.tests.fakes.fault_server import Reply

TEXT = "salary of Jane Doe 9,999"


class TestUnquoted(HttpTestCase):
	def setUp(self) -> None:
		super().setUp()
		for doctype in ("Email Queue", "Email Queue Recipient", "Notification Log"):
			frappe.db.delete(doctype)
		make.user("im-alone@example.com", ("Integration Manager",))
		make.outgoing_mail()
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.db.delete, "Email Account", "Alerts Test")
		self.enterContext(patch.object(notices, "enqueue_create_notification", self.notify))
		self.enterContext(patch.object(notification_log, "send_notification_email"))
		self.enterContext(patch.object(monitoring, "queues", return_value=[]))
		self.commit()

	def notify(self, users: list[str], notice: dict) -> None:
		notification_log.make_notification_logs(frappe._dict(notice), users)

	def fails(self, status: int) -> None:
		make.brand(TEXT)
		self.receiver.script("/brands", *[Reply(status, {"message": f"The text '{TEXT}' is too long"})] * 20)
		self.deliver()
		self.assertIn(TEXT, str(frappe.get_all("Sync Log", pluck="error")))

	def shown(self, who: str) -> str:
		"""All that somebody gets of the account, by lists and by the calls of the screens."""
		lists = ("Sync Alert", "Integration State", "Integration Settings", "Notification Log", "Sync Log")
		calls = ("dashboard.overview", "dashboard.health", "events.reasons")
		return "".join(
			[
				*(self.resource(who, doctype, fields='["*"]').text for doctype in lists),
				*(self.call(who, method, "GET").text for method in calls),
				self.call(who, "accounts.health", "GET", account=make.ACCOUNT).text,
			]
		)

	def test_failed_events_are_told_by_flow_and_outcome(self):
		self.fails(422)
		pass_minutes(0)
		(alert,) = frappe.get_all("Sync Alert", {"kind": "Failed events"}, pluck="message")
		said = "2 times: Test Brand: The other system refused the data (status 422): what was said stands in the event."
		self.assertIn(said, alert)
		told = frappe.get_all("Notification Log", {"for_user": "im-alone@example.com"}, pluck="email_content")
		self.assertIn("The other system refused the data", str(told))
		self.assertNotIn(TEXT, str(told))
		self.assertNotIn(TEXT, self.shown("blind"))
		self.assertIn(TEXT, self.shown("manager"))
		self.assertNotIn(TEXT, str(digest.of_accounts([make.ACCOUNT], digest.DAILY)))
		# Who adds a receiver has every right of the account's user.
		mails = [
			frappe.get_doc("Email Queue", name).message
			for name in frappe.get_all("Email Queue", pluck="name")
		]
		self.assertIn("Jane Doe", str(mails))

	def test_what_is_held_is_told_by_its_outcome(self):
		self.fails(422)
		values = {"status": "On Hold", "outcome": "several_match", "error": TEXT, "direction": "In"}
		frappe.db.set_value("Sync Log", {"status": "Failed", "error": ("like", f"%{TEXT}%")}, values)
		self.commit()
		pass_minutes(0)
		(alert,) = frappe.get_all("Sync Alert", {"kind": "Waiting for a person"}, pluck="message")
		self.assertIn("1 times: Test Brand: Several match", alert)
		self.assertNotIn(TEXT, self.shown("blind"))

	def test_the_last_failure_and_a_breaker_that_opened(self):
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "breaker_threshold", 1)
		self.commit()
		self.fails(500)
		last = frappe.db.get_value("Integration State", make.ACCOUNT, "last_error")
		self.assertEqual(
			last,
			"The other system is not able to answer now (status 500): what was said stands in the event.",
		)
		pass_minutes(0)
		self.assertNotIn(TEXT, self.shown("blind"))
		of_account = self.call("manager", "accounts.health", "GET", account=make.ACCOUNT).json()["message"]
		self.assertIn(TEXT, of_account["last_error"])

	def test_what_was_kept_before_is_emptied(self):
		store.begin([store.Problem(make.ACCOUNT, "Failed events", 1, TEXT)])
		frappe.db.set_value("Integration State", make.ACCOUNT, "last_error", TEXT)
		alerts_without_quotes.execute()
		self.commit()
		self.assertNotIn(TEXT, self.shown("blind"))
