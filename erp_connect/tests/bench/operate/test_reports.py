"""Reports on traffic and credentials, the slowest endpoint of an account, and "Sync now" of a document."""

from __future__ import annotations

from datetime import timedelta

import frappe
from frappe.desk.query_report import run
from frappe.utils import getdate, now_datetime, nowdate

from erp_connect.api import dashboard, events
from erp_connect.operate.overview import endpoints
from erp_connect.operate.reports import traffic
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.reconcile_case import ReconcileCase
from erp_connect.tests.fakes.fault_server import Reply

USER = "reports-user@example.com"


class ReportCase(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		make.brand_flow()
		frappe.cache.delete_keys("erp_connect_slowest")
		self.addCleanup(frappe.set_user, "Administrator")
		self.commit()

	def report(self, name: str, **filters) -> list[dict]:
		return [row for row in run(name, filters=filters)["result"] if isinstance(row, dict)]


class TestTraffic(ReportCase):
	def test_by_account_flow_and_direction(self):
		for _ in range(3):
			make.brand()
		self.receiver.script(
			"/brands",
			Reply(201, {"id": 1}),
			*[Reply(422, {"message": f"<b>no</b> name in {n}"}) for n in (1, 2)],
		)
		self.deliver()
		(row,) = self.report("Connect Traffic", from_date=nowdate(), to_date=nowdate())
		self.assertEqual((row["integration"], row["field_mapping"]), (make.ACCOUNT, "Test Brand"))
		self.assertEqual((row["events"], row["done"], row["failed"], row["requests"]), (3, 1, 2, 3))
		self.assertEqual(row["success"], 33.3)
		self.assertGreater(row["p99"], 0)
		self.assertIn("2× ", row["reasons"])
		self.assertIn("&lt;b&gt;no&lt;/b&gt;", row["reasons"])

	def test_only_days_and_accounts_that_were_asked_for(self):
		make.brand()
		self.deliver()
		self.assertEqual(self.report("Connect Traffic", from_date="2020-01-01", to_date="2020-01-31"), [])
		self.assertEqual(traffic.rows(nowdate(), nowdate(), "No such account"), [])
		with self.assertRaises(frappe.ValidationError):
			self.report("Connect Traffic", from_date=nowdate(), to_date="2020-01-01")

	def test_only_what_the_user_may_see(self):
		make.brand()
		self.deliver()
		make.user(USER, ("Integration User",))
		self.commit()
		frappe.set_user(USER)
		self.assertEqual(traffic.rows(nowdate(), nowdate()), [])
		with self.assertRaises(frappe.PermissionError):
			self.report("Connect Credentials")


class TestCredentials(ReportCase):
	def test_age_and_what_is_to_be_done(self):
		doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
		doc.update({"auth_type": "Bearer Token", "token": "t0p-secret", "rotate_after_days": 30})
		doc.save()
		old = (getdate() - timedelta(days=40)).isoformat()
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "secrets_changed", f'{{"token": "{old}"}}')
		self.commit()
		frappe.clear_document_cache("Integration Settings", make.ACCOUNT)
		(row,) = [one for one in self.report("Connect Credentials") if one["credential"] == "Token"]
		self.assertEqual((row["age"], row["state"]), (40, "To renew"))
		self.assertNotIn("t0p-secret", str(row))


class TestConsistency(ReconcileCase):
	def report(self) -> list[dict]:
		found = run("Connect Consistency", filters={"integration": make.ACCOUNT})["result"]
		return [row for row in found if isinstance(row, dict)]

	def test_what_the_last_comparison_of_a_flow_found_and_since_when_it_is_open(self):
		self.receives()
		self.equal(2)
		make.brand_flow()
		told = ["Never compared", "Cannot be compared, as it only sends"]
		self.assertEqual([row["state"] for row in self.report()], told)
		frappe.db.delete("Field Mapping", {"name": "Test Brand"})
		self.shop.add("brands", name=self.name(8))
		first = self.compare()
		since = now_datetime() - timedelta(days=3)
		frappe.db.set_value("Sync Difference", self.found(first)[0].name, "creation", since)
		self.shop.add("brands", name=self.name(9))
		self.compare()
		(row,) = self.report()
		self.assertEqual((row["there"], row["equal"], row["missing_here"], row["different"]), (4, 2, 2, 0))
		self.assertEqual((row["still_open"], row["open_since"].date()), (2, since.date()))
		self.assertEqual(row["state"], "Differences wait")
		frappe.db.set_value("Field Mapping", self.flow.name, "enabled", 0)
		self.begin_another()
		self.assertEqual(
			self.report()[0]["state"],
			"Differences wait. The comparison after it did not end. The flow is switched off",
		)
		self.addCleanup(frappe.set_user, "Administrator")
		frappe.set_user(make.user(USER, ("Integration User",)))
		# What it is about is not theirs to see; that it waits is.
		self.assertEqual([row["still_open"] for row in self.report()], [2])

	def begin_another(self) -> None:
		"""A comparison that was stopped."""
		frappe.get_doc(
			{
				"doctype": "Sync Reconciliation", "name": frappe.generate_hash(length=10), "status": "Stopped",
				"field_mapping": self.flow.name, "integration": make.ACCOUNT, "creation": now_datetime(),
			}
		).db_insert()  # fmt: skip

	def test_orders_that_came_in_against_those_that_stand(self):
		self.receives()
		frappe.db.set_value("Field Mapping", self.flow.name, "purpose", "Order")
		frappe.clear_document_cache("Field Mapping", self.flow.name)
		(row,) = self.report()
		self.assertEqual((row["state"], row["there"]), ("No order came in yet", 0))
		for external_id in ("1", "2"):
			frappe.get_doc(
				{
					"doctype": "Sync Link", "integration": make.ACCOUNT, "remote_entity": "order",
					"document_type": "Sales Order", "document_name": f"SO-gone-{external_id}", "external_id": external_id,
				}
			).db_insert()  # fmt: skip
		for status, external_id in (("Failed", "2"), ("Failed", "3"), ("On Hold", "3"), ("Processed", "4")):
			frappe.get_doc(
				{
					"doctype": "Sync Log", "name": frappe.generate_hash(length=26), "direction": "In", "status": status,
					"integration": make.ACCOUNT, "field_mapping": self.flow.name, "event": "pull", "external_id": external_id,
				}
			).db_insert()  # fmt: skip
		(row,) = self.report()
		self.assertEqual((row["there"], row["equal"], row["missing_here"], row["still_open"]), (3, 0, 3, 1))


class TestSlowest(ReportCase):
	def test_named_without_ids(self):
		for url, expected in (
			("https://x.example/api/v3/orders/1001?per_page=5", "GET /api/v3/orders/…"),
			("https://x.example/admin/api/2026-01/graphql.json", "GET /admin/api/2026-01/graphql.json"),
			("https://x.example/items/00QAbC12345/prices", "GET /items/…/prices"),
			("https://x.example", "GET /"),
		):
			with self.subTest(url):
				self.assertEqual(endpoints.named("GET", url), expected)

	def test_the_card_of_an_account_says_it(self):
		for path, milliseconds in (("brands", 100), ("brands/7", 900), ("brands/8", 1100), ("brands/9", 950)):
			for _ in range(3 if path == "brands" else 1):
				frappe.get_doc(
					{
						"doctype": "Sync Attempt",
						"integration": make.ACCOUNT,
						"started": now_datetime(),
						"method": "PUT",
						"url": f"https://shop.example.com/{path}",
						"duration_ms": milliseconds,
					}
				).db_insert()
		self.commit()
		(card,) = dashboard.overview()["accounts"]
		self.assertEqual(card["slowest"], {"endpoint": "PUT /brands/…", "seconds": 1.1, "count": 3})


class TestSyncNow(ReportCase):
	def test_flows_by_which_a_document_can_be_sent(self):
		brand = make.brand()
		self.commit()
		self.assertEqual(events.document_state("Brand", brand.name)["flows"], ["Test Brand"])
		frappe.db.set_value("Field Mapping", "Test Brand", "enabled", 0)
		self.assertEqual(events.document_state("Brand", brand.name)["flows"], [])
		frappe.db.set_value("Field Mapping", "Test Brand", "enabled", 1)
		make.user(USER, ("Integration User", "Item Manager"))
		frappe.set_user(USER)
		self.assertEqual(events.document_state("Brand", brand.name)["flows"], [])
