"""What may be wrong with a pull on our side: its user, its settings, a fault of ours. And what is kept to itself."""

from __future__ import annotations

import json
from typing import Any

import frappe

from erp_connect.api import pulls
from erp_connect.records import intake
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.pull_case import FLOW, RECORDS, ScriptedCase
from erp_connect.tests.fakes.fault_server import Reply


class TestHere(ScriptedCase):
	def test_a_disabled_user_is_told_and_nothing_is_asked(self):
		frappe.db.set_value("User", make.USER, "enabled", 0)
		self.addCleanup(frappe.db.set_value, "User", make.USER, "enabled", 1)
		cursor = self.asks(Reply(200, {"data": RECORDS}), pull_schedule="Hourly")
		self.assertIn(make.USER, cursor.error)
		self.assertEqual(cursor.status, "Retrying")
		self.assert_arrived(0)
		frappe.db.set_value("User", make.USER, "enabled", 1)
		self.assertEqual(self.again().status, "Idle")

	def test_a_fault_of_ours_leaves_the_cursor_where_it_was_and_is_told(self):
		original = intake.store

		def broken(*args: Any) -> Any:
			original(*args)
			intake.store = original
			raise RuntimeError("a fault of ours")

		intake.store = broken
		self.addCleanup(setattr, intake, "store", original)
		cursor = self.asks(Reply(200, {"data": RECORDS}))
		self.assertEqual((cursor.status, self.stored()), ("Retrying", []))
		self.assertIn("a fault of ours", cursor.error)
		self.assertEqual(self.again().status, "Idle")
		self.assertEqual(len(self.stored()), 3)

	def test_rows_that_somebody_else_has_mean_the_same_page_once_more(self):
		original = intake.store

		def blocked(*args: Any) -> Any:
			original(*args)
			intake.store = original
			raise frappe.QueryDeadlockError("deadlock")

		intake.store = blocked
		self.addCleanup(setattr, intake, "store", original)
		cursor = self.asks(Reply(200, {"data": RECORDS}))
		self.assertEqual((cursor.status, cursor.fetched, len(self.stored())), ("Idle", 3, 3), cursor.error)
		self.assertEqual(self.events(event="pull_run"), [])

	def test_a_setting_that_cannot_work_is_told_when_the_flow_is_saved(self):
		for values, words in (
			({"pull_records": "data["}, "Records in the answer"),
			({"paging": "Body cursor", "page_next": ""}, "Next page"),
			({"pull_parameters": [{"place": "Query", "key": "x", "value": "{nobody}"}]}, "nobody"),
			({"pull_schedule": "Cron", "pull_cron": "every day"}, "cron"),
			({"pull_overlap": "soon"}, "Overlap"),
			({"pull_body": "{", "pull_method": "POST"}, "JSON"),
			({"pull_path": "", "pull_schedule": "Hourly"}, "path"),
			({"paging": "Changed since", "changed_expression": ""}, "last change"),
			({"paging": "GraphQL cursor", "pull_method": "POST"}, "query"),
		):
			with self.subTest(values):
				flow = {"pull_path": "/items", "pull_records": "data", **values}
				with self.assertRaisesRegex(frappe.ValidationError, f"(?i){words}"):
					self.pulls(**flow)
				frappe.db.rollback()

	def test_what_is_asked_and_told_holds_no_secret(self):
		frappe.delete_doc("Integration Settings", make.ACCOUNT)
		secret = "secret-nobody-may-see-0815"
		make.account(self.receiver.url(), auth_type="Bearer Token", token=secret, breaker_threshold=0)
		self.asks(Reply(403, {"message": f"{secret} is not enough"}))
		self.assertEqual(self.arrived()[0].header("Authorization"), f"Bearer {secret}")
		told = [
			self.cursor(),
			self.trouble(),
			frappe.get_all("Sync Attempt", fields=["*"]),
			pulls.state(FLOW),
		]
		self.assertNotIn(secret, json.dumps(told, default=str))
