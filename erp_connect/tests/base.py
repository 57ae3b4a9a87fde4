"""Base class of the tests that need a site: real documents, committed, and a receiver that records.

Promises that each test starts and ends without accounts, flows, events and links, so it only runs on a
scratch site. Documents of ERPNext that a test makes have names of their own and stay.
"""

from __future__ import annotations

import time
import unittest
from collections.abc import Callable
from typing import Any

import frappe
from frappe.installer import update_site_config

from erp_connect.capture import subscriptions
from erp_connect.compat import VERSION
from erp_connect.outbound.drain import drain
from erp_connect.tests.bench import services
from erp_connect.tests.fakes.fault_server import FaultServer, Received

if VERSION < 16:
	from frappe.tests.utils import FrappeTestCase as SiteTestCase
else:
	from frappe.tests import IntegrationTestCase as SiteTestCase

SCRATCH_PREFIXES = ("test-", "demo-", "scratch-")
LOOPBACK = ["127.0.0.0/8"]
TABLES = (
	"Sync Attempt", "Sync Log", "Sync Link", "Sync Exemption", "Sync Backfill", "Integration State", "Integration Settings",
	"Integration Parameter", "Integration Input", "Integration Report", "Field Mapping", "Field Mapping Request", "Field Mapping Row", "Field Mapping Link",
	"Field Mapping Trigger", "Field Mapping Parameter", "Field Mapping Write Back", "Answer Rule", "Sync Cursor", "Sync Load", "Sync Reconciliation", "Sync Difference", "Value Map", "Value Map Entry", "Commerce Account", "Commerce Warehouse",
	"Webhook Subscription", "Sync Alert", "Alert Receiver", "Sync Sample",
)  # fmt: skip


def is_scratch_site() -> bool:
	return frappe.local.site.startswith(SCRATCH_PREFIXES)


def wipe() -> None:
	"""Forget all accounts, flows, events and links of the site. Commits."""
	frappe.db.rollback()
	frappe.set_user("Administrator")
	try:
		_delete_all()
	except frappe.QueryDeadlockError:  # a worker that still listens looked for something to send
		frappe.db.rollback()
		_delete_all()


def _delete_all() -> None:
	found = _not_empty()
	if not found:
		return
	for doctype in found:
		frappe.db.delete(doctype)
	frappe.db.delete(
		"__Auth", {"doctype": ("in", ("Integration Settings", "Integration Parameter", "Alert Receiver"))}
	)
	subscriptions.rebuild()
	frappe.db.commit()


def _not_empty() -> list[str]:
	"""Those of our tables that hold something: most tests use a few, and each pays for the wiping."""
	asked = " UNION ALL ".join(
		f"SELECT '{doctype}' FROM DUAL WHERE EXISTS (SELECT 1 FROM `tab{doctype}`)" for doctype in TABLES
	)
	return frappe.db.sql_list(asked)


def allow_networks(networks: list[str] | None) -> None:
	"""Let the site, in all its processes, call these private networks; None takes the setting away."""
	update_site_config(
		"erp_connect_allowed_networks", "None" if networks is None else networks, validate=False
	)


class ConnectTestCase(SiteTestCase):
	"""A clean site and a receiver at `self.receiver`. Use `self.commit()` where a user's request would end."""

	@classmethod
	def setUpClass(cls) -> None:
		if not is_scratch_site():
			raise unittest.SkipTest(
				f"{frappe.local.site} is not a scratch site ({', '.join(SCRATCH_PREFIXES)}): these tests wipe accounts"
			)
		super().setUpClass()
		services.start_redis()
		services.flush()  # jobs that earlier tests left would keep the workers of these busy
		allow_networks(LOOPBACK)
		cls.addClassCleanup(allow_networks, None)

	def setUp(self) -> None:
		wipe()
		# What other tests got wrong does not count against this one.
		frappe.cache.delete_keys("erp_connect:attempts:")
		self.addCleanup(wipe)
		self.receiver = FaultServer().start()
		self.addCleanup(self.receiver.stop)

	def commit(self) -> None:
		frappe.db.commit()

	def deliver(self, account: str = "Test Shop") -> None:
		"""Commit, and send in this process what is due for the account."""
		frappe.db.commit()
		drain(account)

	def later(self, seconds: int = 86400) -> None:
		"""Let time pass for waiting events: their leases run out and their next try comes."""
		frappe.db.sql("UPDATE `tabSync Log` SET due_at = due_at - %s WHERE due_at IS NOT NULL", seconds)
		frappe.db.sql(
			"UPDATE `tabIntegration State` SET open_until = GREATEST(0, open_until - %s),"
			" probe_until = GREATEST(0, probe_until - %s), throttled_until = GREATEST(0, throttled_until - %s), places = NULL",
			(seconds, seconds, seconds),
		)
		frappe.db.commit()

	def wait_for(self, what: Callable[[], Any], seconds: float = 10, message: str = "") -> Any:
		"""Poll until `what()` is true, with a fresh view of the database each time; returns its value."""
		end = time.monotonic() + seconds
		while True:
			frappe.db.rollback()
			if value := what():
				return value
			if time.monotonic() > end:
				self.fail(f"not within {seconds} s: {message or what}\n{self.history()}")
			time.sleep(0.02)

	def events(self, **filters: Any) -> list:
		"""Sync Log rows in the order they were recorded."""
		frappe.db.rollback()
		return frappe.get_all("Sync Log", filters=filters, fields=["*"], order_by="seq asc")

	def event(self, **filters: Any):
		rows = self.events(**filters)
		self.assertEqual(len(rows), 1, self.history())
		return rows[0]

	def statuses(self, **filters: Any) -> list[str]:
		return [row.status for row in self.events(**filters)]

	def links(self, **filters: Any) -> list:
		frappe.db.rollback()
		return frappe.get_all("Sync Link", filters=filters, fields=["*"])

	def assert_arrived(self, expected: int, path: str = "") -> None:
		self.assertEqual(len(self.arrived(path)), expected, self.history())

	def arrived(self, path: str = "") -> list[Received]:
		return self.receiver.received(path) if path else list(self.receiver.requests)

	def history(self) -> str:
		"""What happened to the events, for a failing test's message."""
		accounts = frappe.get_all("Integration Settings", fields=["name", "paused", "pause_reason"])
		return f"{accounts}\n" + "\n".join(
			f"{row.seq} {row.event} {row.reference_name} {row.status} tries={row.attempts} {row.outcome} {row.error}"
			for row in frappe.get_all("Sync Log", fields=["*"], order_by="seq asc", limit=60)
		)
