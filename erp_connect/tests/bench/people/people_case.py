"""Frappe HR on the test site, with employees, and an account of time clocks; skipped where it is not installed."""

from __future__ import annotations

import json
import unittest
from typing import Any

import frappe
import requests

from erp_connect.tests.bench.inbound_case import API, HOOK
from erp_connect.tests.bench.systems import system_case
from erp_connect.tests.bench.systems.system import PEOPLE, System
from erp_connect.tests.fakes.attendance import TOKEN, Attendance

PUSH_TOKEN = "push-token-of-the-time-clocks"
KEY, SECRET = "gate-1", "secret-of-the-time-clocks"
ROLES = ("HR User", "HR Manager")
TIME_CLOCKS = System(
	"Time clocks and payroll",
	Attendance,
	lambda company: {"token": TOKEN, "push_token": PUSH_TOKEN, "api_key": KEY, "api_secret": SECRET},
	kind=PEOPLE,
)


class PeopleCase(system_case.SystemCase):
	system = TIME_CLOCKS

	@classmethod
	def setUpClass(cls) -> None:
		if "hrms" not in frappe.get_installed_apps():
			raise unittest.SkipTest("Frappe HR is not installed on this site")
		super().setUpClass()
		clerk = frappe.get_doc("User", system_case.CLERK)
		clerk.add_roles(*ROLES)
		frappe.db.commit()
		cls.addClassCleanup(cls._give_back)

	@staticmethod
	def _give_back() -> None:
		frappe.db.rollback()
		frappe.set_user("Administrator")
		frappe.get_doc("User", system_case.CLERK).remove_roles(*ROLES)
		frappe.db.commit()

	def setUp(self) -> None:
		super().setUp()
		self.mark = frappe.generate_hash(length=6)

	def employee(self, number: str = "", **values: Any) -> str:
		"""An employee whom the clocks know by this number."""
		doc = frappe.get_doc(
			{
				"doctype": "Employee",
				"first_name": f"Person {number or self.mark}",
				"company": self.company,
				"gender": frappe.get_all("Gender", pluck="name", limit=1)[0],
				"date_of_birth": "1990-04-01",
				"date_of_joining": "2020-01-01",
				"status": "Active",
				"attendance_device_id": number or None,
				**values,
			}
		).insert()
		self.commit()
		return doc.name

	def push(self, body: str | bytes | list | dict, kind: str = "application/json", token: str = PUSH_TOKEN):
		"""What a clock pushes. The answer."""
		key = frappe.db.get_value("Integration Settings", self.account, "endpoint_key")
		self.commit()
		data = body if isinstance(body, str | bytes) else json.dumps(body)
		headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
		return requests.post(f"{self.site.url}{HOOK}{key}", data=data, headers=headers, timeout=30)

	def call(self, name: str, **arguments: Any) -> Any:
		"""What the API answers to the program that reads the clocks."""
		self.commit()
		headers = {"X-Api-Key": KEY, "X-Api-Secret": SECRET}
		answer = requests.post(f"{self.site.url}{API}{name}", json=arguments, headers=headers, timeout=60)
		self.assertIn(answer.status_code, (200, 201), answer.text)
		return answer.json()

	def punches(self, *employees: str) -> list[tuple]:
		"""Kind and time of the punches of employees, in their order."""
		frappe.db.rollback()
		rows = frappe.get_all(
			"Employee Checkin",
			filters={"employee": ("in", employees)},
			fields=["log_type", "time"],
			order_by="time",
		)
		return [(row.log_type, str(row.time)) for row in rows]

	def ledger(self, number: str, root: str = "Expense") -> str:
		"""An account of the ledger with a number."""
		parent = frappe.db.get_value(
			"Account",
			{"company": self.company, "root_type": root, "is_group": 1, "parent_account": ("is", "set")},
		)
		doc = frappe.get_doc(
			{
				"doctype": "Account",
				"account_name": f"Wages {number}",
				"account_number": number,
				"company": self.company,
				"parent_account": parent,
			}
		).insert()
		return doc.name
