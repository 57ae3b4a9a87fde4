"""Work that was asked for, or begun, before an account was switched off, paused, or given another user."""

from __future__ import annotations

import json
from unittest.mock import patch

import frappe

from erp_connect.calls import switch
from erp_connect.inbound import batch_write, routing
from erp_connect.outbound import backfill, sending
from erp_connect.served import background
from erp_connect.store import backfills, inbox, sync_log
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.pull_case import FLOW, PullCase
from erp_connect.tests.fakes.fault_server import Reply

ACCOUNT = "Integration Settings"


class TestWhatComesIn(PullCase):
	def setUp(self) -> None:
		super().setUp()
		self.serve(3)
		self.pulls(topics="*")

	def switch(self, on: int = 0) -> None:
		frappe.db.set_value(ACCOUNT, make.ACCOUNT, "enabled", on, update_modified=False)

	def came(self, count: int = 2, event: str = sync_log.WEBHOOK) -> None:
		for number in range(1, count + 1):
			record = {"id": f"R-00000{number}", "name": "came", "version": number}
			flow = FLOW if event == sync_log.PULL else None
			inbox.receive(
				{
					"integration": make.ACCOUNT, "event": event, "field_mapping": flow, "topic": "brand",
					"order_key": f"brand {number}", "request_body": json.dumps(record),
				}
			)  # fmt: skip

	def brands(self) -> int:
		frappe.db.rollback()
		return frappe.db.count("Brand", {"name": ("like", "R-%")})

	def after_the_first(self, act):
		"""Let something be done as the first event is written; both become true together."""
		carry_out, done = routing.carry_out, []

		def carried_out(task):
			written = carry_out(task)
			if not done:
				done.append(act())
			return written

		return patch.object(routing, "carry_out", carried_out)

	def test_a_job_that_was_rung_writes_nothing_for_an_account_that_is_off(self):
		self.came()
		self.switch()
		self.work()
		self.assertEqual((self.brands(), self.statuses()), (0, ["Received", "Received"]), self.history())
		self.switch(1)
		self.work()
		self.assertEqual((self.brands(), self.statuses()), (2, ["Processed", "Processed"]))

	def test_what_was_claimed_when_it_was_switched_off_waits_uncounted(self):
		self.came()
		with self.after_the_first(self.switch):
			self.work()
		self.assertEqual(self.brands(), 1)
		self.assertEqual(
			[(row.status, row.attempts) for row in self.events()], [("Processed", 1), ("Received", 0)]
		)
		self.switch(1)
		self.work()
		self.assertEqual((self.brands(), self.statuses()), (2, ["Processed", "Processed"]))

	def test_records_that_are_written_together_wait_as_well(self):
		self.came(event=sync_log.PULL)
		written, act = batch_write.groups, self.switch

		def groups(events):
			act()
			frappe.db.commit()
			return written(events)

		with patch.object(batch_write, "groups", groups):
			self.work()
		self.assertEqual((self.brands(), self.statuses()), (0, ["Received", "Received"]), self.history())

	def test_a_fetched_record_whose_flow_is_switched_off_meanwhile_waits_for_the_flow(self):
		"""Skipped, it would not be fetched again."""
		self.came(event=sync_log.PULL)

		def alone(events):
			self.change(enabled=0)
			return [[event] for event in events]

		with patch.object(batch_write, "groups", alone):
			self.work()
		self.assertEqual((self.brands(), self.statuses()), (0, ["Received", "Received"]), self.history())
		frappe.set_user("Administrator")
		self.change(enabled=1)
		self.work()
		self.assertEqual(self.brands(), 2)

	def test_what_follows_is_written_as_the_user_whom_the_account_was_given(self):
		other = make.user("connect-other-bot@example.com", ("Item Manager", "Stock User"))
		self.came()
		with self.after_the_first(lambda: frappe.db.set_value(ACCOUNT, make.ACCOUNT, "user", other)):
			self.work()
			self.work()
		made = frappe.get_all("Brand", {"name": ("like", "R-%")}, pluck="owner", order_by="name")
		self.assertEqual(made, [make.USER, other], self.history())

	def test_a_bulk_job_waits_where_it_stands(self):
		records = [{"id": f"R-00000{number}", "name": "bulk"} for number in range(1, 4)]
		job = inbox.receive(
			{
				"integration": make.ACCOUNT, "event": sync_log.BULK, "field_mapping": FLOW,
				"owner": make.USER, "request_body": json.dumps(records),
			}
		)  # fmt: skip
		self.switch()
		self.commit()
		background.run(job)
		self.assertEqual(self.brands(), 0)
		self.switch(1)
		self.commit()
		background.run(job)
		self.assertEqual((self.brands(), self.event().status), (3, "Processed"), self.history())

	def test_nothing_is_recorded_by_a_backfill(self):
		make.brand(name="R-000009")
		flow = make.brand_flow()
		name = backfills.create(
			flow.name,
			make.ACCOUNT,
			'[["name", "=", "R-000009"]]',
			only_unlinked=False,
			started_by="Administrator",
		)
		frappe.db.delete("Sync Log")
		backfills.begin(name, total=1, started_by="Administrator")
		self.switch()
		self.commit()
		backfill.run(name)
		self.assertEqual(self.events(), [])
		self.switch(1)
		frappe.db.set_value("Field Mapping", flow.name, "enabled", 0)
		frappe.clear_document_cache("Field Mapping", flow.name)
		self.commit()
		backfill.run(name)
		told = frappe.db.get_value("Sync Backfill", name, ["status", "error"])
		self.assertEqual((told[0], self.events()), ("Failed", []))
		self.assertIn("Tick Enabled in it, then press Resume", told[1])


class TestWhatGoesOut(PullCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		make.flow("Customer", make.rest("/customers"), [make.row("customer_name", "name")])
		self.worker = sending.Sending()
		self.addCleanup(self.worker.__exit__)
		never = patch.object(sending, "LOOK_SECONDS", 3600)
		never.start()
		self.addCleanup(never.stop)

	def test_what_was_claimed_together_stays_here_after_a_pause(self):
		self.receiver.script("/customers", *[Reply(201, {"id": f"C-{n}"}, seconds=0.3) for n in range(2)])
		for _ in range(2):
			make.customer()
		self.commit()
		self.worker.ring([make.ACCOUNT])
		for _ in range(100):
			self.worker.turn(0.02)
			if self.arrived("/customers"):
				break
		switch.pause(make.ACCOUNT, "for the test")
		self.commit()
		for _ in range(100):
			self.worker.turn(0.02)
		self.assertEqual(len(self.arrived("/customers")), 1, self.history())
		self.assertEqual(
			[(row.status, row.attempts) for row in self.events()], [("Delivered", 1), ("Queued", 0)]
		)
