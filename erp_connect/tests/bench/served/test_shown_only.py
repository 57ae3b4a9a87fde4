"""What forms only show is enforced on the server: for every field and every DocType of this app, whoever calls."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.config.form_rules import NUMBERS
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make

MODULE = "ERP Connect"
# People make links by hand: these are given once.
GIVEN_ONCE = ("integration", "remote_entity", "document_type", "document_name", "external_url")


def doctypes(**filters: Any) -> list[str]:
	return frappe.get_all("DocType", filters={"module": MODULE, "istable": 0, **filters}, pluck="name")


def may(doctype: str, right: str) -> list[str]:
	return frappe.get_all("DocPerm", filters={"parent": doctype, right: 1}, pluck="role")


def shown_only(doctype: str) -> list:
	return frappe.get_all(
		"DocField", filters={"parent": doctype, "read_only": 1}, fields=["fieldname", "fieldtype"]
	)


def another(field, value: Any) -> Any:
	if field.fieldtype in NUMBERS:
		return 0 if value else 1
	if field.fieldtype == "Datetime":
		return "2001-01-01 00:00:00"
	if field.fieldtype == "Date":
		return "2001-01-01"
	return "Administrator" if field.fieldtype == "Link" else "{}"


class TestShownOnly(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url(), inbound_enabled=1)
		self.flow = make.brand_flow().name
		self.brand = make.brand()
		self.link = frappe.get_doc(
			{
				"doctype": "Sync Link", "integration": make.ACCOUNT, "remote_entity": "brand", "external_id": "R-1",
				"document_type": "Brand", "document_name": self.brand.name,
			}
		).insert()  # fmt: skip
		self.receiver_of_alerts = make.alert_receiver()
		self.commit()

	def test_records_that_nobody_may_write_are_not_even_saved_by_the_administrator(self):
		engines = [name for name in doctypes() if not may(name, "write")]
		self.assertIn("Sync Backfill", engines)
		self.assertIn("Sync Log", engines)
		for doctype in engines:
			with self.subTest(doctype):
				self.assertEqual(may(doctype, "create"), [])
				with self.assertRaises(frappe.PermissionError):
					frappe.get_doc({"doctype": doctype, "integration": make.ACCOUNT}).insert(
						ignore_links=True
					)

	def test_what_is_only_shown_is_not_changed(self):
		known = {
			"Integration Settings": make.ACCOUNT,
			"Field Mapping": self.flow,
			"Sync Link": self.link.name,
			"Alert Receiver": self.receiver_of_alerts.name,
		}
		written = [name for name in doctypes() if may(name, "write") and shown_only(name)]
		self.assertEqual(sorted(written), sorted(known))
		for doctype, name in known.items():
			for field in shown_only(doctype):
				with self.subTest(f"{doctype}.{field.fieldname}"):
					stored = frappe.db.get_value(doctype, name, field.fieldname)
					doc = frappe.get_doc(doctype, name)
					doc.set(field.fieldname, another(field, stored))
					try:
						doc.save()
						kept = True
					except frappe.ValidationError:
						kept = False
					self.assertEqual(frappe.db.get_value(doctype, name, field.fieldname), stored)
					# Kept without a word only where a form may be older than what the engine wrote since, and where
					# it is made of what else is entered.
					quiet = (
						"paused",
						"pause_reason",
						"preset_sunset",
						"former_names",
						"secrets_changed",
						"digest_made_on",
						"seen_at",
						"gone_at",
						"title",
					)
					self.assertEqual(kept, field.fieldname in quiet)
					frappe.db.rollback()

	def test_what_is_only_shown_is_not_given_with_a_new_record(self):
		for field in shown_only("Integration Settings"):
			with self.subTest(field.fieldname), self.assertRaises(frappe.CannotChangeConstantError):
				make.account(self.receiver.url(), name="Another", **{field.fieldname: another(field, None)})
		for field in shown_only("Sync Link"):
			if field.fieldname in GIVEN_ONCE:
				continue
			values = {"doctype": "Sync Link", "integration": make.ACCOUNT, "remote_entity": "other"}
			values |= {"document_type": "Brand", "document_name": self.brand.name, "external_id": "R-2"}
			with self.subTest(field.fieldname), self.assertRaises(frappe.CannotChangeConstantError):
				frappe.get_doc({**values, field.fieldname: another(field, None)}).insert()

	def test_a_form_that_is_older_than_a_pause_does_not_take_it_back(self):
		form = frappe.get_doc("Integration Settings", make.ACCOUNT)
		frappe.db.sql("UPDATE `tabIntegration Settings` SET paused = 1, pause_reason = 'why'")
		form.retry_schedule = "7s"
		form.save()
		row = frappe.db.get_value(
			"Integration Settings", make.ACCOUNT, ["paused", "pause_reason", "retry_schedule"]
		)
		self.assertEqual(row, (1, "why", "7s"))
