"""Text from outside in every text field of every DocType of the app, in all of Frappe's own views and files."""

from __future__ import annotations

import csv
import io
import json
from unittest.mock import patch

import frappe
import requests
from openpyxl import load_workbook

from erp_connect.compat import VERSION
from erp_connect.operate.outside_text import MODULE
from erp_connect.store import installation
from erp_connect.store.keys import new_id
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.desk_case import EVIL, DeskCase

SHORT_EVIL = "<img src=x onerror=window.pwned=1>"
TEXT = ("Data", "Small Text", "Text", "Long Text", "Code", "Read Only", "JSON", "Dynamic Link")
# Of these, the form or the engine reads the text as something else (JSON, an expression) while it draws the list.
STRUCTURE = {"Sync Backfill": ("filters_json",), "Sync Log": ("subject",)}
ADMIN = ("desk-admin@example.com", ("System Manager", "Integration Manager", *make.ROLES))
SHOWN_LIST = """
const [doctype, view, columns] = arguments;
return window.cur_list?.doctype === doctype && cur_list.view_name === view
	&& cur_list.data?.length > 0 && (cur_list.columns?.length || 0) >= columns;
"""
FORMULA = '=HYPERLINK("http://evil.example","x")'


def doctypes() -> list[str]:
	"""Those with lists: no tables of others, no single records."""
	return frappe.get_all("DocType", {"module": MODULE, "istable": 0, "issingle": 0}, pluck="name")


def text_fields(doctype: str) -> list:
	skipped = STRUCTURE.get(doctype, ())
	return [
		field
		for field in frappe.get_meta(doctype).fields
		if field.fieldtype in TEXT and field.fieldname not in skipped and not field.get("is_virtual")
	]


def plant(doctype: str, text: str = EVIL) -> str:
	"""A row with the text in all its text fields, past everything that would clean it. Returns its name."""
	name = new_id()
	values = {"name": name, "owner": "Administrator", "creation": frappe.utils.now(), "docstatus": 0}
	for field in frappe.get_meta(doctype).get("fields", {"fieldtype": "Link", "options": "DocType"}):
		values[field.fieldname] = "Brand"  # whose documents the row speaks of
	for field in text_fields(doctype):
		limit = 140 if field.fieldtype in ("Data", "Read Only", "Dynamic Link") else 1000
		fitting = text if len(text) <= (field.length or limit) else SHORT_EVIL
		values[field.fieldname] = fitting if len(fitting) <= (field.length or limit) else "<b>"
	columns = ", ".join(f"`{column}`" for column in values)
	frappe.db.sql(
		f"INSERT INTO `tab{doctype}` ({columns}, modified) VALUES ({', '.join(['%s'] * len(values))}, NOW())",
		list(values.values()),
	)
	return name


class TestOutsideText(DeskCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make.user(*ADMIN)
		frappe.db.commit()

	def setUp(self) -> None:
		super().setUp()
		self.login("Administrator")
		self.addCleanup(self.clear)
		self.names = {doctype: plant(doctype) for doctype in doctypes()}
		# An attempt is as visible as its event.
		frappe.db.set_value("Sync Attempt", self.names["Sync Attempt"], "sync_log", self.names["Sync Log"])
		# And a sample as what its flow makes of it.
		flow = self.names["Field Mapping"]
		frappe.db.set_value("Sync Sample", self.names["Sync Sample"], "field_mapping", flow)
		self.commit()

	def login(self, user: str) -> None:
		"""In the browser and for plain requests: by a session of the server itself, whoever's password is whose."""
		from frappe.utils.password import update_password

		from erp_connect.tests.bench.desk_case import MANAGER, PASSWORD

		update_password(ADMIN[0], PASSWORD)
		frappe.db.commit()
		self.desk.login(ADMIN[0], PASSWORD)
		self.addCleanup(self.desk.login, MANAGER[0], PASSWORD)

	def clear(self) -> None:
		frappe.db.rollback()
		for doctype, name in self.names.items():
			frappe.db.delete(doctype, {"name": name})
		frappe.db.commit()

	def assert_harmless(self, where: str) -> None:
		self.desk.settle()
		self.assertIsNone(self.desk.run("return window.pwned"), where)
		found = self.desk.run("return document.querySelectorAll('img[src=x], a[href^=javascript]').length")
		self.assertEqual(found, 0, where)

	def columns(self, doctype: str) -> list[list[str]]:
		return [["name", doctype], *([field.fieldname, doctype] for field in text_fields(doctype))]

	def test_the_report_with_every_column_and_the_list(self):
		self.desk.open("/app/sync-log")
		for doctype in doctypes():
			with self.subTest(doctype):
				self.go_to(doctype, "List")
				self.assert_harmless(f"list of {doctype}")
				fields = self.columns(doctype)
				self.desk.run(
					"return frappe.model.user_settings.save(arguments[0], 'Report', {fields: arguments[1]})",
					doctype,
					fields,
				)
				self.go_to(doctype, "Report", len(fields))
				self.assert_harmless(f"report of {doctype}")

	def go_to(self, doctype: str, view: str, columns: int = 0) -> None:
		"""Go on to a view within the page, and wait until it shows its row, with so many columns."""
		self.desk.run("frappe.set_route('List', arguments[0], arguments[1])", doctype, view)
		self.desk.until(lambda: self.desk.run(SHOWN_LIST, doctype, view, columns), f"{view} of {doctype}")

	def test_the_one_that_was_found(self):
		"""Report View of Sync Link with the saved columns `name, external_id`."""
		self.desk.open("/app/sync-link")
		self.desk.run(
			"return frappe.model.user_settings.save('Sync Link', 'Report', {fields: arguments[0]})",
			[["name", "Sync Link"], ["external_id", "Sync Link"]],
		)
		self.desk.open("/app/sync-link/view/report")
		self.desk.until(lambda: "<img src=x" in self.desk.text(), "the id as text")
		self.assert_harmless("report")

	def test_grouped_by_a_column_and_counted_in_the_sidebar(self):
		self.desk.open("/app/sync-log")
		for doctype in doctypes():
			# Frappe escapes columns of code itself, where it shows them.
			plain = [field.fieldname for field in text_fields(doctype) if field.fieldtype != "Code"]
			field = plain[0] if plain else "name"
			with self.subTest(doctype, field=field):
				for method, arguments in (
					(
						"frappe.desk.reportview.get",
						self.grouped(doctype, field),
					),
					(
						"frappe.desk.listview.get_group_by_count",
						{"doctype": doctype, "current_filters": "[]", "field": field},
					),
				):
					answer = self.ask(method, **arguments)
					self.assertEqual(answer.status_code, 200, answer.text[:300])
					self.assertNotIn("<img", answer.text)

	def grouped(self, doctype: str, field: str) -> dict[str, str]:
		"""What the report view asks that is grouped by a column."""
		column = f"`tab{doctype}`.`{field}`"
		asked = {"doctype": doctype, "group_by": column, "filters": "[]", "view": "Report"}
		if VERSION < 16:
			return {
				**asked,
				"fields": json.dumps([f"count(`tab{doctype}`.`name`) as _aggregate_column", column]),
			}
		counted = {
			"aggregate_on_field": "name",
			"aggregate_on_doctype": doctype,
			"aggregate_function": "count",
		}
		return {**asked, **counted, "fields": json.dumps([column])}

	def ask(self, method: str, **arguments) -> requests.Response:
		"""A call of Frappe by the session of the browser."""
		cookies = {cookie["name"]: cookie["value"] for cookie in self.desk.driver.get_cookies()}
		token = self.desk.run("return frappe.csrf_token")
		return requests.post(
			f"{self.desk.url}/api/method/{method}",
			data=arguments,
			cookies=cookies,
			headers={"X-Frappe-CSRF-Token": token},
			timeout=60,
		)

	def test_printed(self):
		for doctype, name in self.names.items():
			with self.subTest(doctype):
				self.desk.driver.get(
					f"{self.desk.url}/printview?doctype={doctype}&name={name}&no_letterhead=1"
				)
				self.assertIsNone(self.desk.run("return window.pwned"), doctype)
				self.assertEqual(self.desk.run("return document.querySelectorAll('img[src=x]').length"), 0)

	def test_exported_without_formulas(self):
		self.desk.open("/app/sync-link")
		name = plant("Sync Link", FORMULA)
		self.names["Sync Link"], before = name, self.names["Sync Link"]
		self.addCleanup(frappe.db.delete, "Sync Link", {"name": before})
		self.commit()
		for kind, delimiter in (("CSV", ","), ("CSV", ";"), ("Excel", ",")):
			with self.subTest(kind, delimiter=delimiter):
				answer = self.ask(
					"frappe.desk.reportview.export_query",
					doctype="Sync Link",
					file_format_type=kind,
					fields=json.dumps(["`tabSync Link`.`external_id`", "`tabSync Link`.`remote_entity`"]),
					filters=json.dumps([["Sync Link", "name", "=", name]]),
					csv_delimiter=delimiter,
					csv_quoting=2,
					view="Report",
				)
				self.assertEqual(answer.status_code, 200, answer.text[:300])
				self.assertEqual(self.cell(answer.content, kind, delimiter), "'" + FORMULA)

	def cell(self, content: bytes, kind: str, delimiter: str) -> str:
		if kind == "CSV":
			return list(csv.reader(io.StringIO(content.decode()), delimiter=delimiter))[1][1]
		cell = load_workbook(io.BytesIO(content)).active["B2"]
		self.assertEqual(cell.data_type, "s")
		return cell.value


class TestNoticeOfACopy(DeskCase):
	def test_every_screen_of_the_app_says_that_it_is_a_copy(self):
		frappe.db.delete("DefaultValue", {"defkey": installation.CONFIRMED})
		with patch.object(installation, "_id_of_site", return_value="another"):
			installation.confirm()
		self.commit()
		self.addCleanup(self.confirm_again)
		make.account(self.receiver.url())
		self.commit()
		for path in (
			"erp-connect",
			"sync-log",
			"sync-link",
			f"integration-settings/{make.ACCOUNT}",
			"field-mapping/new",
		):
			with self.subTest(path):
				self.desk.open(f"/app/{path}")
				self.desk.see("looks like a copy of another installation")
				self.desk.settle()
				self.assertEqual(self.desk.errors(), [])
		self.assertNotIn("Confirm this installation", self.desk.text(), "the manager of integrations may not")
		self.desk.open("/app/brand")
		self.assertNotIn("copy of another installation", self.desk.text())

	def confirm_again(self) -> None:
		frappe.db.rollback()
		frappe.db.delete("DefaultValue", {"defkey": installation.CONFIRMED})
		installation.confirm()
		frappe.db.commit()
