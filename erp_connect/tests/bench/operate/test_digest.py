"""The digest: what happened, what waits, what comparisons found; to whom it is sent, and when."""

from __future__ import annotations

import json
from datetime import date
from unittest.mock import patch

import frappe
from frappe.utils import getdate, now_datetime

from erp_connect.api import alerts as api
from erp_connect.operate.alerts import digest, digests
from erp_connect.store import alerts as store
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.operate.test_alerts import AlertCase
from erp_connect.tests.fakes.fault_server import Reply

MONDAY = date(2026, 11, 30)


class TestWhen(AlertCase):
	def test_each_day_or_on_monday_and_never_twice(self):
		for period, made_on, today, due in (
			("Daily", None, MONDAY, True),
			("Daily", MONDAY, MONDAY, False),
			("Daily", date(2026, 11, 29), MONDAY, True),
			("Weekly", None, MONDAY, True),
			("Weekly", None, date(2026, 12, 1), False),
			("Weekly", date(2026, 11, 23), MONDAY, True),
			("Weekly", date(2026, 11, 23), date(2026, 12, 1), True),
			("Weekly", MONDAY, date(2026, 12, 3), False),
			("", None, MONDAY, False),
		):
			with self.subTest(period=period, made_on=made_on, today=today):
				self.assertEqual(digest.is_due(period, made_on, today), due)


class TestDigest(AlertCase):
	def compared(self, **counts: int) -> None:
		frappe.get_doc(
			{
				"doctype": "Sync Reconciliation",
				"name": frappe.generate_hash(length=10),
				"field_mapping": "Test Brand",
				"integration": make.ACCOUNT,
				"status": "Completed",
				"finished": now_datetime(),
				**counts,
			}
		).db_insert()

	def flow(self) -> str:
		return frappe.db.get_value("Field Mapping", {"integration": make.ACCOUNT})

	def text(self, period: str = "Daily") -> str:
		made = digest.of_accounts([make.ACCOUNT], period)
		return "\n".join(
			line for part in made.parts for heading, lines in part.sections for line in (heading, *lines)
		)

	def test_what_happened_what_waits_and_what_comparisons_found(self):
		make.brand()
		self.deliver()
		make.brand()
		self.receiver.script("/brands", Reply(422, {"message": "Name is missing"}))
		self.deliver()
		make.brand()
		self.commit()
		text = self.text()
		self.assertIn(f"{self.flow()}: 1 went across, 1 failed, 0 were not needed or skipped.", text)
		self.assertIn("One event failed.", text)
		self.assertIn("One event is under way.", text)
		self.assertIn("No flow was compared.", text)
		self.compared(missing_here=1, different=2)
		text = self.text()
		self.assertIn("Missing here: 1, missing there: 0, different: 2", text)
		self.assertNotIn("No flow was compared.", text)
		self.compared()
		self.assertIn("both sides are equal", self.text("Weekly"))

	def test_a_quiet_account_says_so(self):
		self.assertIn("Nothing.", self.text())

	def test_due_ones_are_mailed_once_a_day(self):
		make.alert_receiver(digest="Daily", email="daily@example.com")
		make.alert_receiver(email="none@example.com")
		self.commit()
		digests.send_due()
		digests.send_due()
		(mail,) = self.mails()
		self.assertIn("Daily digest of Test Shop", mail)
		self.assertEqual(frappe.get_all("Email Queue Recipient", pluck="recipient"), ["daily@example.com"])

	def test_what_came_from_outside_is_text_in_it(self):
		store.begin([store.Problem(make.ACCOUNT, "Failed events", 1, "<b>no</b>")])
		make.alert_receiver(digest="Daily")
		with patch.object(frappe, "sendmail") as sendmail:
			digests.send_due()
		html = sendmail.call_args.kwargs["message"]
		self.assertIn("&lt;b&gt;no&lt;/b&gt;", html)
		self.assertNotIn("<b>no</b>", html)
		self.assertIn("<h3>Test Shop</h3>", html)

	def test_a_web_address_gets_it_as_text_and_one_that_is_away_is_told_of(self):
		address = f"{self.receiver.url()}/hook"
		receiver = make.alert_receiver(channel="Web Address", email="", address=address, digest="Weekly")
		self.commit()
		self.receiver.script("/hook", Reply(200, {}))
		self.assertEqual(api.send_digest(receiver.name), "The address took it.")
		body = json.loads(self.receiver.requests[0].body)
		self.assertIn("Weekly digest of Test Shop", body["text"])
		self.assertIn("Are both sides equal?", body["text"])
		self.receiver.script("/hook", Reply(500, {}))
		with patch.object(digest, "is_due", return_value=True):
			digests.send_due()
		self.assertIn("Test Shop: a digest did not reach its receiver", self.notified())
		self.assertEqual(
			getdate(frappe.db.get_value("Alert Receiver", receiver.name, "digest_made_on")), getdate()
		)

	def test_all_accounts_that_are_enabled_for_who_is_told_of_all(self):
		make.account(self.receiver.url(), name="Other Shop")
		make.account(self.receiver.url(), name="Third Shop", enabled=0)
		made = digest.of_accounts([make.ACCOUNT, "Other Shop", "Third Shop"], "Daily")
		self.assertEqual([part.account for part in made.parts], ["Other Shop", make.ACCOUNT])
