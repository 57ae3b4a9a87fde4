"""Punches of time clocks in bulk calls, into Frappe HR: a rate, and what the same punches cost that come again."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

import frappe
from werkzeug.test import Client

from erp_connect.api import presets

ACCOUNT, PRESET, FLOW = "Benchmark clocks", "Time clocks and payroll", "Check-ins"
KEY, SECRET = "benchmark-clocks", "secret-of-the-benchmark-clocks"
CALL = "/api/method/erp_connect.api.v1.bulk_upsert"
EMPLOYEES, PER_CALL = 200, 250


@dataclass
class Found:
	"""punches: how many came. seconds: for all of them. again: share of it that the same calls take when they come again."""

	punches: int
	seconds: float
	again: float
	doubled: int


def measure(site: str, company: str, punches: int) -> Found | None:
	"""None where Frappe HR is not installed. Leaves `frappe` connected to `site` as it was found."""
	if "hrms" not in frappe.get_installed_apps():
		return None
	_set_up(company)
	client = _Client(site)
	calls = [list(range(first, min(first + PER_CALL, punches))) for first in range(0, punches, PER_CALL)]
	begin = _count()
	seconds = sum(client.call(numbers) for numbers in calls)
	some = calls[:: max(1, len(calls) // 20)]
	first_time = seconds * sum(map(len, some)) / punches
	again = sum(client.call(numbers) for numbers in some)
	came = _count() - begin
	return Found(punches, seconds, again / first_time, came - punches)


def _count() -> int:
	frappe.init(site=frappe.local.site, force=True)
	frappe.connect()
	frappe.set_user("Administrator")  # the measurement's own session, as it was before
	return frappe.db.count("Employee Checkin")


def _set_up(company: str) -> None:
	for number in range(EMPLOYEES):
		device = f"bench-{number}"
		if not frappe.db.exists("Employee", {"attendance_device_id": device}):
			frappe.get_doc(
				{
					"doctype": "Employee",
					"first_name": f"Bench {number}",
					"company": company,
					"gender": frappe.get_all("Gender", pluck="name", limit=1)[0],
					"date_of_birth": "1990-04-01",
					"date_of_joining": "2020-01-01",
					"attendance_device_id": device,
				}
			).insert()
	if not frappe.db.exists("Integration Settings", ACCOUNT):
		values = {"account_name": ACCOUNT, "company": company}
		entries = {
			"address": "https://clocks.example.com",
			"api_key": KEY,
			"api_secret": SECRET,
		}
		presets.connect(
			PRESET, json.dumps(values), json.dumps(entries), auth="none", flows=[FLOW], own_user=True
		)
		presets.switch_on(ACCOUNT)
	frappe.db.set_value("Integration Settings", ACCOUNT, "requests_per_minute", 0)
	frappe.clear_cache(doctype="Integration Settings")
	# What is measured goes through the web application, on a connection of its own.
	frappe.db.commit()


class _Client:
	def __init__(self, site: str) -> None:
		from frappe.app import application

		self.client = Client(application)
		self.headers = {
			"Host": site,
			"X-Api-Key": KEY,
			"X-Api-Secret": SECRET,
			"Content-Type": "application/json",
		}
		self.run = time.time_ns() // 10**9 % 10**6

	def call(self, numbers: list[int]) -> float:
		"""Seconds for one call. Each record has to be taken."""
		body = json.dumps({"entity": "checkin", "records": [self._punch(number) for number in numbers]})
		started = time.perf_counter()
		answer = self.client.post(CALL, data=body, headers=self.headers)
		seconds = time.perf_counter() - started
		if answer.status_code != 200 or not all(one["ok"] for one in answer.json["results"]):
			raise RuntimeError(answer.get_data(as_text=True)[:500])
		return seconds

	def _punch(self, number: int) -> dict:
		round_, employee = divmod(number, EMPLOYEES)
		day, kind = divmod(round_, 2)
		moment = time.strftime("%Y-%m-%d", time.gmtime(1_700_000_000 + day * 86_400))
		return {
			"user_id": f"bench-{employee}",
			"time": f"{moment} {'17' if kind else '08'}:{employee % 60:02}:{self.run % 60:02}",
			"log_type": "OUT" if kind else "IN",
			"device_id": f"gate-{self.run}",
		}
