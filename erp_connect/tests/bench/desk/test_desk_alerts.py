"""Alerts in a real browser: the list of what is wrong, an alert with its ways out, and who is told of it."""

from __future__ import annotations

import frappe

from erp_connect.store import alerts
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.desk_case import DeskCase


class TestAlerts(DeskCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		self.commit()

	def test_from_the_workspace_to_the_events_that_failed(self):
		text = "3 events failed. Correct the cause, then press Retry in the list of events."
		alerts.begin(
			[
				alerts.Problem(make.ACCOUNT, "Failed events", 3, text),
				alerts.Problem(make.ACCOUNT, "Paused", 1, "Nothing is sent."),
			]
		)
		self.commit()
		self.desk.open("/app/sync-alert")
		self.desk.see("Failed events")
		self.desk.see("Open")
		self.shot("list")
		name = frappe.db.get_value("Sync Alert", {"kind": "Failed events"})
		self.desk.open(f"/app/sync-alert/{name}")
		self.desk.see(text)
		self.shot("form")
		self.desk.click("Events", "button")
		self.desk.until(lambda: self.desk.run("return cur_list?.doctype === 'Sync Log'"), "the events")
		wanted = [["Sync Log", "integration", "=", make.ACCOUNT], ["Sync Log", "status", "=", "Failed"]]
		shown = self.desk.run("return cur_list.get_filters_for_args().map((row) => row.slice(0, 4))")
		self.assertEqual(sorted(shown), wanted)
		self.assertEqual(self.desk.errors(), [])

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
