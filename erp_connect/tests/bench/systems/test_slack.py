"""A channel of Slack connected: documents told there, threads, and buttons that answer them with the rights of one user."""

from __future__ import annotations

import json
from unittest.mock import patch

import frappe

from erp_connect.api import accounts
from erp_connect.calls import switch
from erp_connect.config import preset_files
from erp_connect.inbound import replies
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.http_case import other_company
from erp_connect.tests.bench.systems.slack_case import SlackCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.slack import OLD_TOKEN, STRANGER, Slack

WAYS = ("Issues", "Status of issues", "Answers to issues")


class TestAccount(SlackCase):
	@proves("Installed by entries alone", "Two accounts never mixed")
	def test_each_account_tells_its_own_channel(self):
		self.connect_all()
		other = Slack()
		self.addCleanup(other.stop)
		first = self.account
		self.connect("Issues", name="Other Channel", fake=other)
		doc = self.issue()
		self.deliver(first)
		self.deliver("Other Channel")
		self.assertEqual([len(self.fake.in_channel()), len(other.in_channel())], [1, 1], self.history())
		self.assertEqual(len(self.links(document_name=doc.name)), 2)

	@proves("Wrong credentials told", "Refused in an answer of success")
	def test_what_slack_refuses_with_200_is_told(self):
		self.connect("Issues")
		self.fake.channels.clear()
		self.issue()
		self.send()
		(event,) = self.events()
		self.assertEqual(event.status, "Failed", self.history())
		self.assertIn("There is no such channel", event.error)
		self.fake.token = "xoxb-another"
		self.assertFalse(accounts.test_connection(self.account)["ok"])
		self.issue()
		self.send()
		self.assertEqual(self.events()[-1].status, "Failed", self.history())

	@proves("Throttled", "Error 500 survived")
	def test_a_message_waits_as_long_as_slack_says_and_comes_once(self):
		self.connect("Issues")
		for status, headers in ((429, {"Retry-After": "30"}), (500, {})):
			self.fake.trouble(status, headers=headers)
			self.issue()
			self.send()
			self.assertEqual(self.events()[-1].status, "Retrying", self.history())
			self.later()
			self.send()
			self.assert_all_done()
		self.assertEqual(len(self.fake.in_channel()), 2)


class TestMessages(SlackCase):
	@proves("Message of a document", "Link back into Desk", "Thread below a message")
	def test_a_submitted_order_is_told_and_its_cancellation_in_the_thread(self):
		self.connect("Sales orders")
		order = make.sales_order(make.customer().name, [(make.selling_item(make.unique("Table")), 1, 100.0)])
		self.commit()
		self.send()
		message = self.told()
		self.assertIn(order.name, message["text"])
		(button,) = message["blocks"][1]["elements"]
		self.assertEqual(button["url"], frappe.utils.get_url_to_form("Sales Order", order.name))
		order.cancel()
		self.commit()
		self.send()
		self.assertEqual(self.fake.thread(message["ts"]), ["Cancelled."], self.history())
		self.assert_all_done()

	def test_orders_and_issues_of_another_company_are_not_told(self):
		self.connect("Sales orders", "Issues", company=other_company())
		make.sales_order(make.customer().name, [(make.selling_item(make.unique("Table")), 1, 100.0)])
		self.issue(company=self.company)
		self.commit()
		self.send()
		self.assertEqual(self.fake.in_channel(), [], self.history())
		doc = self.issue(company=other_company())
		self.send()
		self.assertEqual(frappe.db.get_value("Issue", doc.name, "company"), other_company())
		self.assertTrue(self.told())

	def test_what_a_stranger_wrote_calls_nobody(self):
		self.connect("Issues", "Status of issues")
		doc = self.issue()
		self.send()
		self.assertIn("&lt;!channel&gt;", self.told()["text"])
		self.assertEqual(self.told()["blocks"][0]["text"]["type"], "plain_text")
		doc.reload()
		doc.status = "On Hold"
		doc.save()
		self.commit()
		self.send()
		self.assertEqual(self.fake.thread(self.told()["ts"]), ["Status: On Hold"], self.history())
		doc.subject = "Another"
		doc.save()
		self.commit()
		self.send()
		self.assertEqual(len(self.fake.thread(self.told()["ts"])), 1, self.history())

	def test_an_issue_that_is_opened_again_by_mail_is_told(self):
		self.connect("Issues", "Status of issues")
		doc = self.issue()
		self.send()
		doc.reload().status = "Replied"
		doc.save()
		self.commit()
		self.send()
		mail = {
			"communication_type": "Communication",
			"communication_medium": "Email",
			"sent_or_received": "Received",
		}
		about = {"reference_doctype": "Issue", "reference_name": doc.name, "sender": "ida@example.com"}
		frappe.get_doc(
			{"doctype": "Communication", **mail, **about, "subject": "Re", "content": "Still"}
		).insert()
		self.commit()
		self.send()
		told = self.fake.thread(self.told()["ts"])
		self.assertEqual(told, ["Status: Replied", "Status: Open"], self.history())


class TestButtons(SlackCase):
	def setUp(self) -> None:
		super().setUp()
		self.connect(*WAYS)
		scheme = json.loads(json.dumps(preset_files.schemes()["slack"]))
		scheme["reply"]["hosts"].append("127.0.0.1")
		doc = frappe.get_doc("Integration Settings", self.account)
		doc.update({"verification": "custom", "verification_scheme": json.dumps(scheme)})
		doc.save()
		self.doc = self.issue()
		self.send()

	def work(self, account: str = "") -> None:
		"""Write what came in, and tell what became of it as the worker does."""
		with patch.object(replies.frappe, "enqueue") as queued:
			super().work(account)
		for call in queued.call_args_list:
			if call.args == (replies.JOB,):
				replies.send(call.kwargs["event"])
		frappe.db.rollback()

	def status(self) -> str:
		frappe.db.rollback()
		return frappe.db.get_value("Issue", self.doc.name, "status")

	@proves("Answer by a button", "Answer replaces the message", "Webhook twice, one effect")
	def test_a_listed_member_resolves_an_issue_as_the_accounts_user(self):
		message = {**self.told()}
		for _ in range(2):
			answer = self.press("issue:Resolved", trigger="1.2.3", message=message)
			self.assertEqual(answer.status_code, 200)
			self.work()
		self.assertEqual(self.status(), "Resolved", self.history())
		self.assertEqual(
			frappe.db.get_value("Issue", self.doc.name, "modified_by"), "system-clerk@example.com"
		)
		(event,) = self.events(event="webhook")
		kept = frappe.db.get_value("Sync Log", event.name, "request_body")
		self.assertIn("block_actions", kept)
		for secret in (OLD_TOKEN, f"{self.fake.url}/actions"):
			self.assertNotIn(secret, kept)
		self.assertEqual([one["replace_original"] for one in self.fake.told], [True])
		self.assertEqual([block["type"] for block in self.told()["blocks"]], ["section", "context"])

	@proves("Button of a stranger does nothing")
	def test_neither_a_stranger_nor_a_user_without_the_right_does_anything(self):
		self.press("issue:Resolved", user=STRANGER)
		self.work()
		frappe.get_doc("User", "system-clerk@example.com").remove_roles("Support Team")
		self.commit()
		self.press("issue:Resolved")
		self.work()
		self.assertEqual(self.status(), "Open", self.history())
		self.assertEqual([one["replace_original"] for one in self.fake.told], [False, False])

	@proves("Webhook with a changed byte refused", "Webhook that is stale refused")
	def test_what_slack_has_not_signed_now_is_refused(self):
		for how in ({"changed": b"payload=%7B%22type%22%3A%22block_actions%22%7D"}, {"age": 600}):
			self.assertEqual(self.press("issue:Resolved", **how).status_code, 401)
		self.assertEqual(self.events(event="webhook"), [])

	def test_nothing_is_told_at_an_address_that_is_not_slacks(self):
		other = self.receiver.url("/actions")
		with patch.object(replies, "_of_scheme", return_value=replies.verification.reply_of("slack", "")):
			self.press("issue:Resolved", response_url=other)
			self.work()
		self.press("issue:On Hold", response_url="https://hooks.slack.com.example.com/x")
		self.work()
		self.assertEqual(self.status(), "On Hold", self.history())
		self.assertEqual((self.fake.told, self.receiver.requests), ([], []))

	def test_a_paused_account_takes_the_button_and_tells_nothing(self):
		switch.pause(self.account, "maintenance")
		self.commit()
		self.press("issue:Resolved")
		self.work()
		self.assertEqual((self.status(), self.fake.told), ("Resolved", []), self.history())
