"""Punches of time clocks in bulk calls, into Frappe HR: a rate, and what the same punches cost that come again."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import frappe
from frappe.custom.doctype.property_setter.property_setter import make_property_setter
from werkzeug.test import Client

from erp_connect.api import presets

ACCOUNT, PRESET, FLOW = "Benchmark clocks", "Time clocks and payroll", "Check-ins"
KEY, SECRET = "benchmark-clocks", "secret-of-the-benchmark-clocks"
CALL = "/api/method/erp_connect.api.v1.bulk_upsert"
EMPLOYEES, PER_CALL = 200, 250
CALLERS = 2


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
	_begin_anew()
	client = _Client(site)
	calls = _calls(0, punches)
	begin = _count()
	seconds = sum(client.call(numbers) for numbers in calls)
	some = calls[:: max(1, len(calls) // 20)]
	first_time = seconds * sum(map(len, some)) / punches
	again = sum(client.call(numbers) for numbers in some)
	came = _count() - begin
	return Found(punches, seconds, again / first_time, came - punches)


def measure_at_once(site: str, punches: int) -> float:
	"""Seconds for so many punches by several callers at once, where check-ins are named at random: no caller waits for the
	number of another one's. Raises `RuntimeError` where one fails, or not all came. To be called after `measure`."""
	share = punches // CALLERS
	_begin_anew()
	begin = _count()
	with _named_at_random():
		callers = [
			subprocess.Popen(
				[sys.executable, __file__, site, str(first), str(first + share)],
				stdin=subprocess.PIPE,
				stdout=subprocess.PIPE,
				text=True,
			)
			for first in range(0, share * CALLERS, share)
		]
		for caller in callers:
			caller.stdout.readline()  # it is ready
		started = time.perf_counter()
		for caller in callers:
			caller.stdin.write("go\n")
			caller.stdin.flush()
		if any([caller.wait() for caller in callers]):
			raise RuntimeError("a caller failed: see its message above")
		seconds = time.perf_counter() - started
	if (came := _count() - begin) != share * CALLERS:
		raise RuntimeError(f"{came} of {share * CALLERS} punches came")
	return seconds


@contextmanager
def _named_at_random() -> Iterator[None]:
	setter = make_property_setter(
		"Employee Checkin", "", "autoname", "hash", "Data", for_doctype=True, is_system_generated=False
	)
	frappe.db.commit()  # the callers are processes of their own
	try:
		yield
	finally:
		setter.delete()
		frappe.db.commit()  # as above


def _call_as_told(site: str, first: int, beyond: int) -> None:
	"""What each of the callers at once does."""
	frappe.init(site=site)
	frappe.connect()
	client = _Client(site)
	print("ready", flush=True)
	sys.stdin.readline()
	for numbers in _calls(first, beyond):
		client.call(numbers)


def _calls(first: int, beyond: int) -> list[list[int]]:
	return [list(range(at, min(at + PER_CALL, beyond))) for at in range(first, beyond, PER_CALL)]


def _count() -> int:
	frappe.init(site=frappe.local.site, force=True)
	frappe.connect()
	frappe.set_user("Administrator")  # the measurement's own session, as it was before
	return frappe.db.count("Employee Checkin")


def _begin_anew() -> None:
	"""No punch of an earlier run is left: its clock may have shown the same second, and a table grows from the same start."""
	employees = frappe.get_all(
		"Employee", {"attendance_device_id": ("like", "bench-%")}, pluck="name", limit_page_length=0
	)
	frappe.db.delete("Employee Checkin", {"employee": ("in", employees)})
	# The callers are processes of their own.
	frappe.db.commit()


def _set_up(company: str) -> None:
	# As the page of this system tells whoever takes in very many: without it, each punch reads all of its employee's.
	frappe.db.add_index("Employee Checkin", ["employee", "time"])
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


if __name__ == "__main__":
	_call_as_told(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
