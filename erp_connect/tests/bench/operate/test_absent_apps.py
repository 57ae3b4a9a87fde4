"""Flows of a preset for document types that this site does not have, since an app is not installed."""

from __future__ import annotations

import json
import unittest

import frappe

from erp_connect.api import presets
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make

PRESET = "Time clocks and payroll"


class TestAbsentApps(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		if "hrms" in frappe.get_installed_apps():
			raise unittest.SkipTest("Frappe HR is installed on this site")

	def connect(self, *flows: str) -> dict:
		values = {
			"account_name": "Clocks",
			"company": make.company(),
			"user": make.user("clocks@example.com", (*make.ROLES, "HR User")),
		}
		entries = {
			"address": "https://clocks.example.com",
			"api_key": "gate",
			"api_secret": "a-secret-of-the-gate",
			"push_token": "a-token-of-the-gate",
		}
		return presets.connect(
			PRESET, json.dumps(values), json.dumps(entries), auth="none", flows=list(flows)
		)

	def test_it_is_told_which_flows_cannot_be_made(self):
		lacks = {flow["value"]: flow["lacks"] for flow in presets.describe(PRESET)["flows"]}
		absent = {name for name, app in lacks.items() if app == "Frappe HR"}
		self.assertEqual(absent, {"Check-ins", "Attendance", "Salary components"})
		self.assertEqual({lacks[name] for name in lacks if name not in absent}, {""})

	def test_the_others_are_made(self):
		self.assertEqual(
			self.connect("Employees", "Payroll journal")["flows"],
			["Clocks: Employees", "Clocks: Payroll journal"],
		)

	def test_one_that_cannot_be_made_is_refused_and_nothing_is_half_done(self):
		with self.assertRaises(frappe.ValidationError) as caught:
			self.connect("Employees", "Check-ins")
		self.assertIn("Check-ins needs Frappe HR, which this site does not have", str(caught.exception))
		frappe.db.rollback()
		self.assertFalse(frappe.db.exists("Integration Settings", "Clocks"))
