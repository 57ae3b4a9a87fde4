"""A system connected as a person connects it, with a fake of it on the other side: the base of the proof suite.

`self.fake` is the other side, `self.account` the account's name. What the workers would do is done here, by `work`,
`pull` and `deliver`; webhooks go over HTTP to a process that serves the site.
"""

from __future__ import annotations

import json
from typing import Any

import frappe

from erp_connect.api import presets, reconciliation
from erp_connect.inbound.process import process
from erp_connect.operate import webhooks
from erp_connect.pull import load_run, loading, run
from erp_connect.reconcile import run as reconcile
from erp_connect.store import sync_cursor
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.inbound_case import HOOK, served
from erp_connect.tests.bench.systems.system import System

CLERK = "system-clerk@example.com"
ROLES = (*make.ROLES, "Sales Master Manager")


class SystemCase(ConnectTestCase):
	system: System

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		frappe.set_user("Administrator")
		make.user(CLERK, ROLES)
		make.offline_rates()
		frappe.db.commit()
		cls.site = served()

	def setUp(self) -> None:
		super().setUp()
		self.company = make.company()
		self.fake = self.system.fake()
		self.addCleanup(self.fake.stop)
		self.account = ""

	def connect(
		self, *flows: str, name: str = "The Shop", switch_on: bool = True, **how: Any
	) -> dict[str, Any]:
		"""Make the account as the dialog does, with these flows switched on. how: `fake`, `company`, `entries`, `auth`."""
		fake, company = how.get("fake") or self.fake, how.get("company") or self.company
		made = presets.connect(
			self.system.preset,
			json.dumps({"account_name": name, "company": company, "user": CLERK}),
			{**self.system.entries(company), "address": fake.url, **how.get("entries", {})},
			auth=how.get("auth", ""),
			flows=list(flows),
		)
		self.account = made["account"]
		doc = frappe.get_doc("Integration Settings", self.account)
		doc.update({"retry_schedule": "1h, 1h, 1h", "breaker_threshold": 0, "concurrency": 1})
		doc.save()
		if switch_on:
			self.assertEqual(presets.switch_on(self.account)["refused"], {})
		self.commit()
		return made

	def connect_all(self) -> dict[str, Any]:
		"""Connect with every flow of the preset, by what was entered. Returns what the preset tells of itself.

		Of flows of which one is instead of another, the first; each other way is connected as an account of its own.
		"""
		told = presets.describe(self.system.preset)
		others = [flow["value"] for flow in told["flows"] if flow["instead_of"]]
		first = [flow["value"] for flow in told["flows"] if flow["value"] not in others]
		for way in others:
			made = self.connect(way, name=f"The Shop by {way}")
			self.assertIn(self.flow(way), made["flows"])
			self.assertEqual(made["lacking"], [])
		made = self.connect(*first)
		self.assertEqual((len(made["flows"]), made["lacking"]), (len(first), []))
		return told

	def flow(self, name: str, account: str = "") -> str:
		return f"{account or self.account}: {name}"

	def register(self) -> webhooks.Report:
		"""Register the webhooks of the account by the API of the other side."""
		key = frappe.db.get_value("Integration Settings", self.account, "endpoint_key")
		self.commit()
		report = webhooks.register(self.account, address=f"{self.site.url}{HOOK}{key}")
		self.assertEqual(report.failed, {})
		return report

	def work(self, account: str = "") -> None:
		"""Write what came in, and what waits for its turn after it."""
		for _ in range(3):
			frappe.db.commit()
			process(account or self.account)
			frappe.db.rollback()
			if not frappe.db.exists("Sync Log", {"status": "Retrying"}):
				break
			frappe.db.sql("UPDATE `tabSync Log` SET due_at = UNIX_TIMESTAMP() WHERE status = 'Retrying'")
		frappe.db.commit()

	def pull(self, flow: str, account: str = "", **how: Any) -> Any:
		"""Pull a flow, and no other one beside it as a worker may, and write what came. The Sync Cursor."""
		name = self.flow(flow, account)
		frappe.db.sql("UPDATE `tabSync Cursor` SET due_at = due_at + 3600 WHERE field_mapping != %s", name)
		sync_cursor.make_due(name, **how)
		frappe.db.commit()
		run.run(name)
		self.work(account)
		frappe.db.rollback()
		(cursor,) = frappe.get_all("Sync Cursor", filters={"field_mapping": name}, fields=["*"])
		return cursor

	def load(self, flow: str, since: str) -> Any:
		"""Load a flow in windows of time and write what came. The Sync Load."""
		name = loading.begin(self.flow(flow), since)
		frappe.db.commit()
		load_run.run(name)
		self.work()
		frappe.db.rollback()
		(load,) = frappe.get_all("Sync Load", filters={"name": name}, fields=["*"])
		return load

	def in_small_pages(self, flow: str) -> None:
		"""Let a flow ask for two records at a time, and for nothing twice."""
		frappe.db.set_value("Field Mapping", self.flow(flow), {"page_size": 2, "pull_overlap": "0s"})
		frappe.clear_cache(doctype="Field Mapping")

	def linked(self, entity: str, external_id: Any, account: str = "") -> Any:
		"""The document that a record became."""
		(link,) = self.links(
			integration=account or self.account, remote_entity=entity, external_id=str(external_id)
		) or self.fail(f"{entity} {external_id} is not linked\n{self.history()}")
		return frappe.get_doc(link.document_type, link.document_name)

	def comparison_of(self, flow: str) -> Any:
		"""The comparison of both sides, after it was made."""
		name = reconciliation.start(self.flow(flow))
		frappe.db.commit()
		reconcile.run(name)
		frappe.db.rollback()
		row = frappe.get_doc("Sync Reconciliation", name)
		self.assertEqual((row.status, row.error or ""), ("Completed", ""), self.history())
		return row

	def compared(self, flow: str) -> tuple[int, ...]:
		"""Missing here, missing there, different, links without a record: as comparing both sides finds them."""
		row = self.comparison_of(flow)
		return (row.missing_here, row.missing_there, row.different, row.orphan_links)

	@staticmethod
	def remove_app(name: str) -> None:
		frappe.db.rollback()
		frappe.db.delete("Token Cache", {"connected_app": name})
		frappe.delete_doc("Connected App", name, force=True, ignore_missing=True)
		frappe.db.commit()

	def send(self) -> None:
		self.deliver(self.account)

	def assert_paused(self, reason: str) -> None:
		account = frappe.get_doc("Integration Settings", self.account)
		self.assertTrue(account.paused)
		self.assertIn(reason, account.pause_reason)

	def assert_all_done(self, **filters: Any) -> None:
		"""Every event ended well."""
		good = ("Processed", "Delivered", "Skipped", "Superseded")
		wrong = [row.name for row in self.events(**filters) if row.status not in good]
		self.assertEqual(wrong, [], self.history())
