"""Time clocks, attendance systems and payroll services with Frappe HR on the site."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.tests.bench.people.people_case import PeopleCase
from erp_connect.tests.bench.systems.system import proves

MORNING, EVENING = "2026-11-02 08:00:00", "2026-11-02 17:00:00"


class TestPunches(PeopleCase):
	@proves("Installed by entries alone")
	def test_all_flows_can_be_switched_on_by_what_was_entered(self):
		told = self.connect_all()
		self.assertTrue(all(asked["help"] for asked in told["inputs"] if asked["secret"]))

	@proves("Wrong credentials told")
	def test_a_wrong_token_pauses_the_account(self):
		self.connect("Employees", entries={"token": "another"})
		self.employee("7" + self.mark)
		self.send()
		self.assert_paused("401")

	@proves("Punches by bulk calls", "Punch twice, one effect")
	def test_punches_come_by_bulk_calls_and_count_once(self):
		self.connect("Check-ins")
		number = "8" + self.mark
		employee = self.employee(number)
		records = [
			{"user_id": number, "time": MORNING, "log_type": "IN", "device_id": "gate-1"},
			{"user_id": number, "time": EVENING, "log_type": 1, "device_id": "gate-1"},
			{"user_id": "nobody", "time": EVENING, "log_type": 1, "device_id": "gate-1"},
		]
		first = self.call("bulk_upsert", entity="checkin", records=records)["results"]
		self.assertEqual([one["ok"] for one in first], [True, True, False])
		self.assertIn("No Employee has nobody as attendance_device_id", first[2]["error"]["message"])
		second = self.call("bulk_upsert", entity="checkin", records=records[:2])["results"]
		self.assertEqual([one["action"] for one in second], ["unchanged", "unchanged"])
		self.assertEqual(self.punches(employee), [("IN", MORNING), ("OUT", EVENING)])

	def test_devices_that_count_for_themselves_overwrite_nothing(self):
		self.connect("Check-ins")
		first, second = "a" + self.mark, "b" + self.mark
		one, other = self.employee(first), self.employee(second)
		record = {"id": 1, "user_id": first, "time": MORNING, "log_type": "IN", "device_id": "gate-1"}
		self.push([record, {**record, "user_id": second, "device_id": "gate-2"}])
		self.work()
		# A device that was reset begins anew.
		again = {**record, "user_id": second, "time": EVENING, "log_type": "OUT"}
		self.assertEqual(
			self.call("bulk_upsert", entity="checkin", records=[again])["results"][0]["ok"], True
		)
		self.assertEqual(self.punches(one), [("IN", MORNING)], self.history())
		self.assertEqual(self.punches(other), [("IN", MORNING), ("OUT", EVENING)], self.history())
		self.assert_all_done()

	@proves("Punch twice, one effect")
	def test_a_punch_that_comes_by_several_ways_and_in_several_forms_counts_once(self):
		self.connect("Check-ins")
		number = "c" + self.mark
		employee = self.employee(number)
		record = {"user_id": number, "time": MORNING, "log_type": "IN"}
		self.push([{**record, "device_id": "gate-1"}])
		self.work()
		self.fake.punches = [{**record, "id": 77}]
		self.assertEqual(self.pull("Check-ins").status, "Idle", self.history())
		forms = [
			{**record, "time": MORNING.replace(" ", "T")},
			{**record, "time": MORNING[:-3], "log_type": 0},
		]
		results = self.call("bulk_upsert", entity="checkin", records=forms)["results"]
		self.assertEqual([one["action"] for one in results], ["unchanged", "unchanged"])
		self.assertEqual(self.punches(employee), [("IN", MORNING)])
		self.assert_all_done()

	@proves("Pushes of a clock: JSON, JSON lines, CSV")
	def test_a_clock_pushes_in_three_formats(self):
		self.connect("Check-ins")
		number = "9" + self.mark
		employee = self.employee(number)
		line = '{"user_id": "%s", "time": "2026-11-03 %s", "log_type": "%s"}'
		bodies = (
			([{"user_id": number, "time": MORNING, "log_type": "in"}], "application/json"),
			(
				f"{line % (number, '08:01:00', 'IN')}\n{line % (number, '16:00:00', 'OUT')}\n",
				"application/x-ndjson",
			),
			(f"user_id,time,log_type,device_id\n{number},2026-11-04 07:30:00,0,gate-2\n", "text/csv"),
		)
		for body, kind in bodies:
			self.assertEqual(self.push(body, kind).status_code, 200)
		self.work()
		found = [(kind, time[8:16]) for kind, time in self.punches(employee)]
		self.assertEqual(
			found, [("IN", "02 08:00"), ("IN", "03 08:01"), ("OUT", "03 16:00"), ("IN", "04 07:30")]
		)
		self.assert_all_done()

	@proves("Push without the token refused")
	def test_a_push_without_the_token_is_refused(self):
		self.connect("Check-ins")
		self.assertEqual(self.push([{"user_id": "1", "time": MORNING}], token="another").status_code, 401)
		self.assertEqual(self.events(), [])

	@proves("Employee who is not known yet waits")
	def test_a_punch_of_somebody_unknown_waits_for_the_number(self):
		self.connect("Check-ins")
		number = "6" + self.mark
		self.push([{"user_id": number, "time": MORNING, "log_type": "IN"}])
		self.work()
		self.assertEqual(self.event().status, "Retrying")
		employee = self.employee(number)
		self.work()
		self.assertEqual(self.punches(employee), [("IN", MORNING)])
		self.assert_all_done()

	@proves("Punches fetched in pages", "Changes only")
	def test_punches_are_fetched(self):
		self.connect("Check-ins")
		self.in_small_pages("Check-ins")
		number = "5" + self.mark
		employee = self.employee(number)
		self.fake.punches = [
			{"user_id": number, "time": f"2026-11-0{day} 08:00:00", "log_type": "IN"} for day in range(1, 6)
		]
		self.assertEqual(self.pull("Check-ins").status, "Idle", self.history())
		self.assertEqual(len(self.punches(employee)), 5)
		self.fake.asked.clear()
		self.fake.punches.append({"user_id": number, "time": EVENING[:8] + "06 17:00:00", "log_type": "OUT"})
		self.assertEqual(self.pull("Check-ins").status, "Idle", self.history())
		self.assertEqual(len(self.punches(employee)), 6)
		self.assertIn("since=2026-11-05", self.fake.asked[0])

	@proves("Two accounts never mixed")
	def test_two_sites_with_the_same_numbers_of_punches(self):
		number = "4" + self.mark
		employee = self.employee(number)
		for name, time in (("One", MORNING), ("Two", EVENING)):
			self.connect("Check-ins", name=name, entries={"api_key": f"{name}-{self.mark}"})
			self.push([{"id": 1, "user_id": number, "time": time, "log_type": "IN"}])
			self.work(name)
		self.assertEqual([time for _, time in self.punches(employee)], [MORNING, EVENING])


class TestOut(PeopleCase):
	@proves("Employees out")
	def test_clocks_are_told_who_is_employed(self):
		self.connect("Employees")
		number = "3" + self.mark
		employee = self.employee(number)
		self.employee()  # nobody whom a clock knows
		self.send()
		((id_, told),) = self.fake.records["employees"].items()
		self.assertEqual((told["employee"], told["user_id"], told["active"]), (employee, number, True))
		doc = frappe.get_doc("Employee", employee)
		doc.update({"status": "Left", "relieving_date": "2026-11-30"})
		doc.save()
		self.send()
		self.assertEqual(self.fake.records["employees"][id_]["active"], False)

	@proves("Employees out")
	def test_who_has_no_device_number_any_more_is_not_let_in(self):
		self.connect("Employees")
		employee = self.employee("n" + self.mark)
		self.send()
		doc = frappe.get_doc("Employee", employee)
		doc.attendance_device_id = None
		doc.save()
		self.send()
		self.assertEqual([told["active"] for told in self.fake.records["employees"].values()], [False])
		doc.reload().attendance_device_id = "n" + self.mark
		doc.save()
		self.send()
		self.assertEqual([told["active"] for told in self.fake.records["employees"].values()], [True])
		self.assert_all_done()

	@proves("Attendance out")
	def test_days_go_to_the_payroll_service(self):
		self.connect("Attendance")
		number = "2" + self.mark
		day = frappe.get_doc(
			{
				"doctype": "Attendance",
				"employee": self.employee(number),
				"company": self.company,
				"attendance_date": "2026-11-02",
				"status": "Present",
				"working_hours": 8.5,
			}
		).insert()
		day.submit()
		self.send()
		(told,) = self.fake.records["attendance"].values()
		self.assertEqual(
			(told["user_id"], told["date"], told["status"], told["hours"]),
			(number, "2026-11-02", "Present", 8.5),
		)
		day.cancel()
		self.send()
		self.assertEqual(self.fake.records["attendance"], {})
		self.assert_all_done()

	@proves("Attendance out")
	def test_days_that_a_leave_or_a_request_changes_are_told(self):
		self.connect("Attendance")
		employee = self.employee("l" + self.mark)
		name = frappe.get_doc(
			{
				"doctype": "Holiday List",
				"holiday_list_name": f"None {self.mark}",
				"from_date": "2026-01-01",
				"to_date": "2026-12-31",
			}
		).insert()
		frappe.db.set_value("Employee", employee, "holiday_list", name.name)
		for day in ("02", "05"):
			self.absent(employee, f"2026-11-{day}")
		self.send()
		request = frappe.get_doc(
			{
				"doctype": "Attendance Request",
				"employee": employee,
				"company": self.company,
				"from_date": "2026-11-05",
				"to_date": "2026-11-05",
				"reason": "Work From Home",
			}
		).insert()
		request.submit()
		leave = self.leave(employee, "2026-11-02", "2026-11-03")
		self.send()
		days = {"2026-11-02": "On Leave", "2026-11-03": "On Leave", "2026-11-05": "Work From Home"}
		self.assertEqual(self.told(), days, self.history())
		# Frappe HR cancels its days by SQL.
		leave.reload().cancel()
		self.send()
		self.assertEqual(self.told(), {"2026-11-05": "Work From Home"}, self.history())
		request.reload().cancel()
		self.send()
		self.assertEqual(self.told(), {}, self.history())
		self.assert_all_done()

	def told(self) -> dict[str, str]:
		"""What the payroll service has of the days, by date."""
		return {told["date"]: told["status"] for told in self.fake.records["attendance"].values()}

	def absent(self, employee: str, date: str) -> None:
		frappe.get_doc(
			{
				"doctype": "Attendance",
				"employee": employee,
				"company": self.company,
				"attendance_date": date,
				"status": "Absent",
			}
		).insert().submit()

	def leave(self, employee: str, first: str, last: str) -> Any:
		"""An approved leave without pay, which Frappe HR puts into the days."""
		kind = {"leave_type_name": f"Unpaid {self.mark}", "is_lwp": 1, "include_holiday": 1}
		doc = frappe.get_doc(
			{
				"doctype": "Leave Application",
				"employee": employee,
				"company": self.company,
				"leave_type": frappe.get_doc({"doctype": "Leave Type", **kind}).insert().name,
				"from_date": first,
				"to_date": last,
				"posting_date": first,
				"status": "Approved",
				"leave_approver": "Administrator",
			}
		).insert()
		return doc.submit()


class TestPayroll(PeopleCase):
	@proves("Salary components in")
	def test_overtime_becomes_an_additional_salary(self):
		self.connect("Salary components")
		number = "1" + self.mark
		employee = self.employee(number)
		component = frappe.get_doc(
			{
				"doctype": "Salary Component",
				"salary_component": f"Overtime {self.mark}",
				"type": "Earning",
				"salary_component_abbr": self.mark,
			}
		).insert()
		self.structure(employee, component.name)
		record = {
			"id": f"S-{self.mark}",
			"user_id": number,
			"component": component.name,
			"amount": 120.5,
			"date": "2026-11-30",
		}
		for _ in range(2):
			answer = self.call("upsert", entity="salary_component", record=record)
		doc = frappe.get_doc("Additional Salary", answer["name"])
		self.assertEqual((doc.employee, doc.amount, doc.docstatus), (employee, 120.5, 1))
		self.assertEqual(frappe.db.count("Additional Salary", {"employee": employee}), 1)
		# Frappe HR looks itself what may change of a submitted one, and lets everything pass.
		for change in ({"amount": 99}, {"user_id": self.somebody_else()}):
			records = [{**record, **change}]
			(result,) = self.call("bulk_upsert", entity="salary_component", records=records)["results"]
			self.assertIn("after submission", result["error"]["message"])
		doc.reload()
		self.assertEqual((doc.employee, doc.amount), (employee, 120.5))

	def somebody_else(self) -> str:
		"""The number of another employee."""
		self.employee("e" + self.mark)
		return "e" + self.mark

	def structure(self, employee: str, component: str) -> None:
		"""The salary of an employee, without which nothing is added to it."""
		structure = frappe.get_doc(
			{
				"doctype": "Salary Structure",
				"name": f"Structure {self.mark}",
				"company": self.company,
				"payroll_frequency": "Monthly",
				"earnings": [{"salary_component": component, "amount": 1000}],
			}
		).insert()
		structure.submit()
		frappe.get_doc(
			{
				"doctype": "Salary Structure Assignment",
				"employee": employee,
				"salary_structure": structure.name,
				"company": self.company,
				"from_date": "2026-01-01",
				"base": 1000,
			}
		).insert().submit()

	@proves("Payroll journal in")
	def test_a_payroll_run_becomes_a_journal_entry(self):
		self.connect("Payroll journal")
		wages, owed = self.ledger(f"6{self.mark}"), self.ledger(f"3{self.mark}", "Liability")
		record = {
			"id": f"P-{self.mark}",
			"date": "2026-11-30",
			"note": "November",
			"lines": [
				{"account": f"6{self.mark}", "debit": 2500.25},
				{"account": f"3{self.mark}", "credit": 2500.25},
			],
		}
		for _ in range(2):
			answer = self.call("upsert", entity="payroll_journal", record=record)
		entry = frappe.get_doc("Journal Entry", answer["name"])
		self.assertEqual(
			(entry.docstatus, entry.total_debit, str(entry.posting_date)), (1, 2500.25, "2026-11-30")
		)
		self.assertEqual(
			[(row.account, row.debit, row.credit) for row in entry.accounts],
			[(wages, 2500.25, 0), (owed, 0, 2500.25)],
		)
		self.assertEqual(len(self.links(document_type="Journal Entry")), 1)
