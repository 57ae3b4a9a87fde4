"""Figures in a real browser: the reports, the slowest endpoint, a digest, and "Sync Now" on a document."""

from __future__ import annotations

import frappe
from frappe.utils import now_datetime

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.desk_case import DeskCase
from erp_connect.tests.fakes.fault_server import Reply


class TestFigures(DeskCase):
	def setUp(self) -> None:
		super().setUp()
		frappe.cache.delete_keys("erp_connect_slowest")
		make.account(self.receiver.url(), auth_type="Bearer Token", token="desk-token", rotate_after_days=90)
		make.brand_flow()
		self.commit()

	def deliver_some(self) -> None:
		for _ in range(3):
			make.brand()
		self.receiver.script(
			"/brands",
			Reply(201, {"id": "a1"}),
			Reply(422, {"message": "Name is missing"}),
			Reply(201, {"id": "a2"}),
		)
		self.deliver()

	def test_reports_and_the_slowest_endpoint(self):
		self.deliver_some()
		make.flow(
			"Brand",
			[],
			[make.row("brand", "name")],
			**{
				"name": "Brands in",
				"direction": "Incoming",
				"pull_path": "/brands",
				"inbound_id_expression": "id",
			},
		)
		self.commit()
		self.desk.open("/app/query-report/Connect Traffic")
		self.desk.see("Test Brand")
		self.desk.see("Name is missing")
		self.shot("traffic")
		self.desk.open("/app/query-report/Connect Credentials")
		self.desk.see("Token")
		self.desk.see("In order")
		self.shot("credentials")
		self.desk.open("/app/query-report/Connect Consistency")
		self.desk.see("Never compared")
		self.shot("consistency")
		self.desk.open("/app/erp-connect")
		self.desk.see("POST /brands")
		self.shot("workspace")

	def test_a_document_is_sent_now(self):
		brand = make.brand()
		self.deliver()
		self.desk.open(f"/app/brand/{brand.name}")
		self.desk.click("Sync Now", "[data-sync-now]")
		self.desk.see("Queued by Test Brand.")
		self.shot("sync now")
		frappe.db.rollback()
		(backfill,) = frappe.get_all("Sync Backfill", fields=["field_mapping", "filters_json"])
		self.assertEqual(backfill.field_mapping, "Test Brand")
		self.assertIn(brand.name, backfill.filters_json)

	def test_limits_of_alerts_and_a_digest(self):
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "credentials_end", now_datetime().date())
		name = make.alert_receiver(
			digest="Weekly", channel="Web Address", email="", address=self.receiver.url()
		).name
		self.commit()
		self.desk.open(f"/app/alert-receiver/{name}")
		self.desk.see("Weekly ones come on Monday")
		self.desk.click("Send a Digest")
		self.desk.see("The address took it.")
		self.shot("receiver")
		(request,) = self.receiver.requests
		self.assertIn("Weekly digest of Test Shop", request.body.decode())
		self.desk.open(f"/app/integration-settings/{make.ACCOUNT}")
		self.desk.click("Delivery", ".nav-link")
		self.desk.see("Alert when so many requests fail")
		self.desk.run(
			"cur_frm.get_field('rotate_after_days').$wrapper[0].scrollIntoView({ block: 'center' })"
		)
		self.shot("limits")
