"""Slack for the proof suite: what is entered, and a channel in which documents are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
import requests

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.inbound_case import HOOK
from erp_connect.tests.bench.systems.system import MESSAGES, System
from erp_connect.tests.bench.systems.system_case import CLERK, SystemCase
from erp_connect.tests.fakes.slack import CHANNEL, MEMBER, SIGNING_SECRET, TOKEN, Slack


def entries(company: str) -> Mapping[str, str]:
	return {"token": TOKEN, "channel": CHANNEL, "signing_secret": SIGNING_SECRET, "members": MEMBER}


SLACK = System(
	"Slack",
	Slack,
	entries,
	kind=MESSAGES,
	not_offered={
		"Answer lost after the work was done": "it knows no keys of requests: the message is sent again, and may stand there twice"
	},
)


class SlackCase(SystemCase):
	system = SLACK

	def setUp(self) -> None:
		super().setUp()
		make.user(CLERK, ("Sales User", "Support Team"))
		self.addCleanup(frappe.db.commit)
		self.addCleanup(lambda: frappe.get_doc("User", CLERK).remove_roles("Support Team"))

	def connect(self, *flows: str, name: str = "The Channel", **how: Any) -> dict[str, Any]:
		"""As a person does, then turned to the fake."""
		made = super().connect(*flows, name=name, **how)
		doc = frappe.get_doc("Integration Settings", self.account)
		doc.update({"base_url": (how.get("fake") or self.fake).url, "token": TOKEN})
		doc.save()
		self.commit()
		return made

	def issue(self, subject: str = "The table wobbles <!channel>", **values: Any) -> Any:
		doc = frappe.get_doc(
			{"doctype": "Issue", "subject": subject, "raised_by": "ida@example.com", **values}
		).insert()
		self.commit()
		return doc

	def told(self) -> dict[str, Any]:
		"""The one message in the channel."""
		(message,) = self.fake.in_channel() or self.fail(self.history())
		return message

	def press(self, action_id: str, *, message: Any = None, **how: Any) -> requests.Response:
		key = frappe.db.get_value("Integration Settings", self.account, "endpoint_key")
		return self.fake.press(f"{self.site.url}{HOOK}{key}", message or self.told(), action_id, **how)
