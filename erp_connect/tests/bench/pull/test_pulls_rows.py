"""Pulls of CSV and JSON lines: turned by pages like any other, written like any other, refused in words."""

from __future__ import annotations

import csv
import gzip
import io
import json
from typing import Any

import frappe

from erp_connect.operate import pull_preview
from erp_connect.tests.bench.pull_case import FLOW, RECORDS, PullCase, ScriptedCase
from erp_connect.tests.fakes.fault_server import Reply

COUNT = 120
STYLES: dict[str, dict[str, Any]] = {
	"None": {"pull_path": "/none", "paging": "None"},
	"Offset": {"pull_path": "/offset", "paging": "Offset", "page_size": 50},
	"Page": {
		"pull_path": "/page-total",
		"paging": "Page",
		"page_size": 50,
		"page_total": "header:X-WP-Total",
	},
	"Link header": {
		"pull_path": "/link",
		"paging": "Link header",
		"page_size": 50,
		"page_size_parameter": "limit",
	},
	"Next URL": {"pull_path": "/next-url", "paging": "Next URL", "page_next": "header:X-Next"},
}


def as_csv(records: list[dict[str, Any]]) -> bytes:
	written = io.StringIO(newline="")
	table = csv.DictWriter(written, ["id", "name", "version"], delimiter=";", extrasaction="ignore")
	table.writeheader()
	table.writerows(records)
	return written.getvalue().encode("utf-8-sig")


def as_lines(records: list[dict[str, Any]]) -> bytes:
	return b"".join(json.dumps(record).encode() + b"\n" for record in records)


CSV = {"pull_format": "CSV", "csv_delimiter": "Semicolon"}
LINES = {"pull_format": "JSON lines"}


def forget_flow() -> None:
	"""Each case has a flow of its own."""
	frappe.db.delete("Sync Log")
	frappe.delete_doc("Field Mapping", FLOW, ignore_missing=True)
	frappe.db.commit()


class TestPages(PullCase):
	def walks(self, form: dict[str, str]) -> None:
		for style, values in STYLES.items():
			with self.subTest(style):
				forget_flow()
				self.pulls(**form, **values)
				self.assertEqual((self.pull().status, self.cursor().error), ("Idle", ""))
				self.assertEqual(sorted(self.stored()), sorted(self.source.records.ids))

	def test_csv(self):
		self.serve(COUNT).written = as_csv
		self.walks(CSV)

	def test_json_lines(self):
		self.serve(COUNT).written = as_lines
		self.walks(LINES)


class TestRecords(ScriptedCase):
	def asks_rows(self, body: bytes | str, media: str = "text/csv", **values: Any) -> Any:
		raw = body if isinstance(body, bytes) else body.encode()
		self.reply = Reply(200, raw, headers={"Content-Type": media})
		return self.asks(self.reply, **{"pull_records": "", **CSV, **values})

	def test_quotes_line_breaks_and_latin_1_arrive(self):
		text = 'id;name\r\nR-000001;"Müller; ""Bär""\r\nzweite Zeile"\r\n'
		cursor = self.asks_rows(text.encode("latin-1"), text_encoding="ISO-8859-1")
		self.assertEqual((cursor.status, cursor.error), ("Idle", ""))
		self.work()
		self.assertEqual(
			frappe.db.get_value("Brand", "R-000001", "description"), 'Müller; "Bär"\r\nzweite Zeile'
		)

	def test_an_expression_may_leave_rows_out(self):
		self.asks_rows("id;name\nR-1;a\nR-2;b\n", pull_records="[?name == 'b']")
		self.assertEqual(self.stored(), ["R-2"])

	def test_a_file_in_gzip(self):
		self.asks_rows(gzip.compress(as_csv(RECORDS)), "application/gzip")
		self.assertEqual(len(self.stored()), 3)

	def test_a_file_of_names_alone_holds_no_records(self):
		cursor = self.asks_rows("id;name\n")
		self.assertEqual((cursor.status, self.stored()), ("Idle", []))

	def test_without_names_in_the_first_row(self):
		self.asks_rows("R-000001;a\n", csv_header=0, csv_columns="id, name")
		self.assertEqual(self.stored(), ["R-000001"])

	def test_what_does_not_fit_stops_with_its_line_and_nothing_is_stored(self):
		for body, told in (
			("id;name\nR-1;a\nR-2\n", "line 3 has 1 values"),
			("id;name\nR-1;M\xfcller\n".encode("latin-1"), "not text in UTF-8"),
			("<!doctype html><title>Sign in</title>", "not CSV"),
		):
			with self.subTest(told):
				forget_flow()
				cursor = self.asks_rows(body)
				self.assertIn(told, cursor.error)
				self.assertEqual((self.stored(), self.trouble().outcome), ([], "unexpected_content"))

	def test_a_text_that_nothing_can_hold_fails_its_record_alone(self):
		lines = [
			'{"id": "R-1", "name": "a\\u0000"}',
			'{"id": "R-2", "name": "half \\ud83d"}',
			'{"id": "R-\\u0000", "name": "c"}',
			'{"id": "R-000004", "name": "d"}',
		]
		for body, how in (
			("id;name\nR-1;a\0\nR-\0;c\nR-000004;d\n", {}),
			("\n".join(lines), LINES),
			(
				f'{{"data": [{", ".join((lines[0], *lines[2:]))}]}}',
				{"pull_records": "data", "pull_format": ""},
			),
		):
			with self.subTest(how):
				forget_flow()
				frappe.db.delete("Brand", {"name": "R-000004"})
				frappe.db.delete("Sync Link")
				cursor = self.asks_rows(body, **how)
				self.assertEqual((cursor.status, cursor.error), ("Idle", ""))
				self.work()
				self.assertEqual(frappe.db.get_value("Brand", "R-000004", "description"), "d")
				failed = [row.error for row in self.events(status="Failed")]
				self.assertEqual(len(failed), 3 if how == LINES else 2)
				self.assertTrue(any("description" in error for error in failed), failed)
				self.assertTrue(any("external id R-?" in error for error in failed), failed)

	def test_a_refusal_in_json_is_told_in_its_words(self):
		cursor = self.asks(Reply(403, {"message": "no export for you"}), pull_records="", **CSV)
		self.assertIn("no export for you", cursor.error)

	def test_the_preview_shows_the_records(self):
		self.asks_rows(as_csv(RECORDS))
		shown = pull_preview.run(self.flow)
		self.assertEqual((shown["ok"], shown["count"]), (True, 3))
		self.assertEqual(shown["records"][0]["external_id"], "R-000001")

	def test_what_cannot_be_read_is_refused_when_it_is_saved(self):
		self.asks_rows("id;name\n")
		for columns in ("", "id, id"):
			self.flow.reload()
			self.flow.update({"csv_header": 0, "csv_columns": columns})
			with self.assertRaisesRegex(frappe.ValidationError, "columns need names"):
				self.flow.save()
