"""Reports and exports by the API: with the user's rights, whole, and once only for whoever asked."""

from __future__ import annotations

import csv
import io
import json
import os
import time
from typing import Any

import frappe
import requests
from openpyxl import load_workbook

from erp_connect.served import background, export_place
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.bench.inbound_case import HEADERS, InboundTestCase, at_once
from erp_connect.tests.bench.served.test_inbound_permissions import disable

OTHER_KEY = "other-shop-key-1508"
READER = "report-reader@example.com"
NO_EXPORTER = "no-exporter@example.com"


class ReportCase(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.prefix = make.unique("Told")
		make.flow(
			"Brand", [], [make.row("brand", "name"), make.row("description", "text")],
			direction="Incoming", remote_entity="brand",
		)  # fmt: skip
		self.commit()

	def brands(self, count: int, **values: Any) -> list[str]:
		names = [make.brand(name=f"{self.prefix} {n:03d}", **values).name for n in range(count)]
		self.commit()
		return names

	def brand_report(self, **values: Any) -> str:
		"""Brands of this test by name, with the length of each name."""
		query = (
			"SELECT name AS `Brand:Link/Brand:120`, LENGTH(name) AS `Length:Int:80` FROM `tabBrand`"
			" WHERE name LIKE %(begin)s ORDER BY name"
		)
		report = make.query_report("Brand", query, **values)
		make.offer(report.name)
		self.commit()
		return report.name

	@property
	def begin(self) -> dict[str, str]:
		return {"begin": f"{self.prefix}%"}

	def report(self, name: str, **more: Any) -> Any:
		return self.call("report", {"report": name, "filters": self.begin, **more})


class TestReport(ReportCase):
	def test_a_query_report_page_by_page(self):
		names = self.brands(5)
		report = self.brand_report()
		rows, after = [], None
		for size in (2, 2, 1):
			page = self.ok(self.report(report, limit=2, after=after))
			self.assertEqual((len(page["rows"]), page["total"]), (size, 5))
			rows, after = rows + page["rows"], page["next"]
		self.assertIsNone(after)
		self.assertEqual([row["brand"] for row in rows], names)
		self.assertEqual(
			page["columns"][0], {"name": "brand", "label": "Brand", "type": "Link", "options": "Brand"}
		)
		self.assertEqual(rows[0]["length"], len(names[0]))
		self.assertIsNone(page["totals"])

	def test_a_line_of_totals_is_no_row(self):
		names = self.brands(3)
		page = self.ok(self.report(self.brand_report(add_total_row=1), limit=2))
		self.assertEqual((page["total"], len(page["rows"])), (3, 2))
		self.assertEqual(page["totals"]["length"], sum(map(len, names)))

	def test_a_script_report_of_erpnext(self):
		make.offer("General Ledger")
		self.commit()
		company = self.account.company or frappe.db.get_value("Company", {})
		filters = {"company": company, "from_date": "2026-01-01", "to_date": "2026-12-31", "group_by": "Group by Voucher (Consolidated)"}  # fmt: skip
		page = self.ok(self.call("report", {"report": "General Ledger", "filters": filters}))
		self.assertIn("debit", [column["name"] for column in page["columns"]])
		error = self.refused(
			self.call("report", {"report": "General Ledger", "filters": {}}), 422, "report_failed"
		)
		self.assertEqual(error["field"], "filters")
		self.assertIn("General Ledger", error["message"])

	def test_rows_that_changed_between_two_pages_are_told(self):
		self.brands(4)
		report = self.brand_report()
		after = self.ok(self.report(report, limit=2))["next"]
		make.brand(name=f"{self.prefix} 000a")
		self.commit()
		self.refused(self.report(report, limit=2, after=after), 409, "changed")
		self.refused(self.report(report, filters={"begin": "x%"}, after=after), 409, "changed")
		self.refused(self.report(report, after="nonsense"), 422, "invalid")

	def test_only_what_the_account_offers_and_the_user_may_run(self):
		report = self.brand_report()
		self.refused(self.call("report", {"report": "Accounts Receivable"}), 404, "unknown_report")
		self.refused(self.call("report", {"report": make.unique("None")}), 404, "unknown_report")
		closed = make.query_report("Brand", "SELECT 1 AS `One:Int`", roles=[{"role": "System Manager"}])
		about = make.query_report("Server Script", "SELECT 1 AS `One:Int`")
		builder = make.query_report("Brand", "", report_type="Report Builder")
		make.offer(report, closed.name, about.name, builder.name)
		self.commit()
		for name in (closed.name, about.name):
			self.refused(self.call("report", {"report": name}), 403, "permission")
		self.refused(self.call("report", {"report": builder.name}), 422, "report_type")
		told = self.ok(self.call("describe"))["reports"]
		self.assertEqual(told, [{"report": report, "doctype": "Brand", "background": False}])

	def test_user_permissions_narrow_the_rows(self):
		names = self.brands(3)
		report = self.brand_report()
		allowed = frappe.get_doc(
			{"doctype": "User Permission", "user": make.USER, "allow": "Brand", "for_value": names[1]}
		).insert()
		self.addCleanup(self.commit)
		self.addCleanup(allowed.delete)
		self.commit()
		self.assertEqual([row["brand"] for row in self.ok(self.report(report))["rows"]], [names[1]])
		job = self.ok(self.call("export", {"report": report, "filters": self.begin}), 202)["job"]
		background.run(job)
		text = self.call("export_file", {"job": job}).text
		self.assertIn(names[1], text)
		self.assertNotIn(names[0], text)

	def test_one_that_takes_long_is_exported(self):
		names = self.brands(2)
		report = self.brand_report(prepared_report=1)
		self.refused(self.report(report), 422, "takes_long")
		job = self.ok(self.call("export", {"report": report, "filters": self.begin, "format": "jsonl"}), 202)[
			"job"
		]
		background.run(job)
		lines = self.call("export_file", {"job": job}).text.splitlines()
		self.assertEqual([json.loads(line)["brand"] for line in lines], names)


class ExportCase(ReportCase):
	def ask(self, **wanted: Any) -> str:
		answer = self.ok(self.call("export", {"entity": "brand", **wanted}), 202)
		self.assertEqual((answer["status"], answer["url"], answer["error"]), ("running", None, None))
		return answer["job"]

	def state(self, job: str) -> dict[str, Any]:
		return self.ok(self.call("export_state", {"job": job}, method="GET"))

	def fetch(self, job: str) -> bytes:
		background.run(job)
		state = self.state(job)
		self.assertEqual(state["status"], "done", state)
		answer = self.call("export_file", {"job": job}, method="GET")
		self.assertEqual(answer.status_code, 200, answer.text[:300])
		self.assertEqual(len(answer.content), state["bytes"])
		return answer.content


class TestExport(ExportCase):
	def test_csv_with_more_than_a_page(self):
		count = 620
		frappe.db.bulk_insert(
			"Brand", ["name", "brand", "creation", "modified", "owner", "modified_by"],
			[[f"{self.prefix} {n:04d}"] * 2 + [frappe.utils.now()] * 2 + ["Administrator"] * 2 for n in range(count)],
		)  # fmt: skip
		since = str(frappe.utils.add_to_date(frappe.utils.now_datetime(), minutes=-5))
		self.commit()
		job = self.ask(modified_from=since)
		self.refused(self.call("export_file", {"job": job}), 409, "not_ready")
		rows = list(csv.DictReader(io.StringIO(self.fetch(job).decode(), newline="")))
		mine = [row["brand"] for row in rows if row["brand"].startswith(self.prefix)]
		self.assertEqual(mine, [f"{self.prefix} {n:04d}" for n in range(count)])
		state = self.state(job)
		self.assertEqual(state["rows"], len(rows))
		answer = self.call("export_file", {"job": job})
		self.assertEqual(answer.headers["Content-Type"], "text/csv; charset=utf-8")
		self.assertIn("brand.csv", answer.headers["Content-Disposition"])
		self.assertTrue(state["url"].endswith(f"/api/method/erp_connect.api.v1.export_file?job={job}"))
		followed = requests.get(state["url"], headers=HEADERS, timeout=30)
		self.assertEqual(followed.content, answer.content)

	def test_a_worker_makes_it(self):
		names = self.brands(2)
		worker = services.Worker().start()
		self.addCleanup(worker.kill)
		job = self.ask(format="jsonl", filters={"brand": names[1]})
		self.wait_for(lambda: self.state(job)["status"] == "done", 30)
		self.assertEqual(json.loads(self.call("export_file", {"job": job}).text)["brand"], names[1])

	def test_formulas_are_texts_in_sheets_and_themselves_in_json(self):
		evil = "=HYPERLINK(1)\x0b"
		(name,) = self.brands(1, description=evil)
		(plain,) = self.fetch(self.ask(format="jsonl", filters={"brand": name})).splitlines()
		told = json.loads(plain)["description"]
		self.assertTrue(told.startswith("=HYPERLINK(1)"))
		(row,) = csv.DictReader(io.StringIO(self.fetch(self.ask(filters={"brand": name})).decode()))
		self.assertEqual(row["description"], "'" + told)
		book = load_workbook(io.BytesIO(self.fetch(self.ask(format="xlsx", filters={"brand": name}))))
		heading, line = book.active.iter_rows()
		cell = line[[head.value for head in heading].index("description")]
		self.assertTrue(cell.value.startswith("=HYPERLINK(1)"))
		self.assertEqual(cell.data_type, "s")

	def test_what_cannot_be_made_is_refused_at_once(self):
		for body in (
			{}, {"entity": "brand", "report": "x"}, {"report": "x", "with_tables": True},
			{"entity": "brand", "format": "pdf"}, {"entity": "brand", "filters": {"nothing": 1}},
			{"entity": "brand", "modified_from": "yesterday"},
		):  # fmt: skip
			with self.subTest(str(body)):
				self.refused(self.call("export", body), 422, "invalid")
		self.refused(self.call("export", {"entity": "nothing"}), 404, "unknown_entity")
		self.refused(self.call("export", {"report": "General Ledger"}), 404, "unknown_report")
		self.assertEqual(frappe.db.count("Sync Log", {"event": "export", "dedupe_key": ("is", "not set")}), 0)

	def test_a_sheet_that_is_too_small_fails_in_words(self):
		report = make.query_report("Brand", "SELECT REPEAT('x', 40000) AS `Long:Data`")
		make.offer(report.name)
		self.commit()
		job = self.ask(entity=None, report=report.name, format="xlsx")
		background.run(job)
		state = self.state(job)
		self.assertEqual((state["status"], state["url"]), ("failed", None))
		self.assertIn("csv or jsonl", state["error"])
		self.refused(self.call("export_file", {"job": job}), 409, "export_failed")
		self.assertEqual(list(export_place._folder().glob(f"{job}*")), [])

	def test_so_many_at_once(self):
		for _ in range(5):
			self.ask()
		self.refused(self.call("export", {"entity": "brand"}), 429, "too_many_exports")

	def test_the_right_to_export_is_needed(self):
		make.user(NO_EXPORTER, ("Website Manager",))
		if not frappe.db.exists("Custom DocPerm", {"parent": "Brand", "role": "Website Manager"}):
			frappe.permissions.add_permission("Brand", "Website Manager", 0)
			frappe.permissions.update_permission_property("Brand", "Website Manager", 0, "export", 0)
			self.addCleanup(self.commit)
			self.addCleanup(frappe.permissions.reset_perms, "Brand")
		self.make_account("Other Shop", OTHER_KEY, user=NO_EXPORTER)
		make.flow("Brand", [], [make.row("brand", "name")], direction="Incoming", remote_entity="brand", integration="Other Shop", mapping_name="Other Brand")  # fmt: skip
		self.commit()
		headers = {"X-Api-Key": OTHER_KEY}
		self.ok(self.call("list", {"entity": "brand"}, headers=headers))
		error = self.refused(self.call("export", {"entity": "brand"}, headers=headers), 403, "permission")
		self.assertIn("Export", error["message"])


class TestLife(ExportCase):
	def test_a_killed_worker_is_followed_by_another_with_the_whole_file(self):
		names = self.brands(3)
		services.flush()
		job = self.ask(format="jsonl")
		victim = services.Worker(die="erp_connect.store.background_jobs:lease", when="third").start()
		self.addCleanup(victim.kill)
		self.wait_for(lambda: not victim.running, 30, "the worker did not die")
		self.assertEqual(self.state(job)["status"], "running")
		frappe.db.rollback()
		frappe.db.sql("UPDATE `tabSync Log` SET due_at = UNIX_TIMESTAMP() - 1 WHERE name = %s", job)
		self.commit()
		lines = [json.loads(line)["brand"] for line in self.fetch(job).splitlines()]
		self.assertLessEqual(set(names), set(lines))
		self.assertEqual(len(lines), len(set(lines)))

	def test_a_file_expires(self):
		job = self.ask()
		self.fetch(job)
		path = export_place.path_of(job, "csv")
		old = time.time() - export_place.KEPT_HOURS * 3600 - 5
		os.utime(path, (old, old))
		self.assertEqual((self.state(job)["status"], self.state(job)["url"]), ("expired", None))
		self.refused(self.call("export_file", {"job": job}), 410, "expired")
		export_place.tidy()
		self.assertFalse(path.exists())

	def test_it_is_for_whoever_asked_alone(self):
		job = self.ask()
		self.fetch(job)
		make.user(READER)
		self.make_account("Other Shop", OTHER_KEY)
		self.commit()
		for name in ("export_state", "export_file"):
			self.refused(self.call(name, {"job": job}, headers={"X-Api-Key": OTHER_KEY}), 404, "not_found")
		self.change(user=READER)
		for name in ("export_state", "export_file"):
			self.refused(self.call(name, {"job": job}), 404, "not_found")
		self.change(user=make.USER)
		self.ok(self.call("export_state", {"job": job}))

	def test_rights_count_when_it_is_made(self):
		names = self.brands(1)
		report = self.brand_report()
		job = self.ask(entity=None, report=report, filters=self.begin)
		make.offer()
		self.commit()
		background.run(job)
		self.assertEqual(self.state(job)["status"], "failed")
		self.assertIn(report, self.state(job)["error"])
		self.refused(self.call("export_file", {"job": job}), 409, "export_failed")
		self.assertTrue(names)

	def test_of_a_disabled_user_nothing_is_made(self):
		job = self.ask()
		disable(self, make.USER)
		background.run(job)
		frappe.db.rollback()
		row = frappe.db.get_value("Sync Log", job, ["status", "error"], as_dict=True)
		self.assertEqual(row.status, "Failed")
		self.assertIn("then repeat the call", row.error)

	def test_the_same_key_asks_once(self):
		answers = at_once(3, lambda _: self.call("export", {"entity": "brand"}, key="one-key"))
		jobs = {answer.json()["job"] for answer in answers if answer.ok}
		self.assertEqual(len(jobs), 1, [answer.text for answer in answers])
		self.assertTrue(HEADERS)
