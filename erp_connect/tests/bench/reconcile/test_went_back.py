"""A source that was restored from a backup: its records have older versions than those that came before."""

from __future__ import annotations

import frappe

from erp_connect.api import reconciliation
from erp_connect.inbound.process import process
from erp_connect.pull import run
from erp_connect.store import sync_cursor
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.reconcile_case import FLOW, ReconcileCase


class TestWentBack(ReconcileCase):
	def setUp(self) -> None:
		super().setUp()
		self.ids: list[str] = []

	def came(self, hours_ago: int = 1) -> None:
		"""Two brands came in their fifth version."""
		self.ids = [self.shop.add("brands", name=self.name(n), text="fifth", rev=5) for n in range(2)]
		self.pull()
		frappe.db.sql(
			"UPDATE `tabSync Link` SET last_received = last_received - INTERVAL %s HOUR, last_sent = NULL",
			hours_ago,
		)
		self.commit()

	def restored(self, number: int, text: str, version: int = 3) -> None:
		self.shop.things["brands"][self.ids[number]].update(text=text, rev=version)

	def pull(self) -> None:
		sync_cursor.make_due(FLOW, whole=True)
		self.commit()
		run.run(FLOW)
		process(make.ACCOUNT)
		frappe.db.rollback()

	def texts(self) -> list[str]:
		return [frappe.db.get_value("Brand", self.name(n), "description") for n in range(2)]

	def differences(self) -> list:
		self.compare()
		return frappe.get_all("Sync Difference", {"status": "Open"}, ["name", "message", "external_id"])

	def repair(self, side: str) -> None:
		names = [one.name for one in self.differences()]
		self.assertEqual(reconciliation.repair(names, side)["refused"], {})
		self.settle()

	def test_it_is_told_and_repaired_also_where_no_field_differs_and_then_changes_come_again(self):
		self.receives(inbound_version_expression="rev")
		self.came()
		self.restored(0, "third")
		self.restored(1, "fifth")
		self.pull()
		self.assertEqual(self.texts(), ["fifth", "fifth"])
		told = self.differences()
		self.assertEqual({one.external_id for one in told}, set(self.ids))
		self.assertTrue(all("an older version of this record (3)" in one.message for one in told), told)
		self.repair("there")
		self.assertEqual((self.texts(), self.differences()), (["third", "fifth"], []))
		for number in range(2):
			self.restored(number, "fourth", 4)
		self.pull()
		self.assertEqual((self.texts(), self.differences()), (["fourth", "fourth"], []), self.history())

	def test_what_stands_here_goes_out_again_and_later_changes_come(self):
		self.make_flow(inbound_version_expression="rev")
		self.came()
		for number in range(2):
			self.restored(number, "third")
		self.repair("here")
		found = [self.shop.things["brands"][id_]["text"] for id_ in self.ids]
		self.assertEqual((found, self.texts()), (["fifth"] * 2, ["fifth"] * 2), self.history())
		for number in range(2):
			self.restored(number, "fourth", 4)
		self.pull()
		self.assertEqual(self.texts(), ["fourth", "fourth"], self.history())

	def test_a_list_that_is_late_is_no_difference(self):
		self.receives(inbound_version_expression="rev")
		self.came(hours_ago=0)
		self.restored(0, "third")
		self.assertEqual(self.differences(), [])
