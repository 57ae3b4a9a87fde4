"""What came from outside, in Frappe's own lists, reports, prints and exports of the app's DocTypes.

Frappe shows values of Data fields there as they are stored, since it cleans what people save. The engine stores ids,
addresses and messages as they came, because they have to be sent back and compared exactly; so they are made harmless
where they are listed, whatever columns somebody chose.
"""

from __future__ import annotations

import csv
import io
from typing import Any

import frappe
from openpyxl import load_workbook

from erp_connect.core.guard.inert import inert, no_formula

MODULE = "ERP Connect"
SHOWN_AS_CODE = ("Code",)
# Their templates escape them.
ESCAPED_IN_PRINT = ("Code", "JSON", "HTML")


def is_ours(doctype: str | None) -> bool:
	"""Whether a DocType belongs to this app."""
	return bool(doctype) and frappe.get_meta(doctype).module == MODULE


def listed(data: Any) -> Any:
	"""Rows for a list, as Frappe answers them: lists and dicts of values, nested."""
	if isinstance(data, dict):
		return {key: listed(value) for key, value in data.items()}
	if isinstance(data, list | tuple):
		return [listed(value) for value in data]
	return inert(data)


def rows(doctype: str, data: Any) -> Any:
	"""What Frappe answers to a list: `keys`, and `values` in their order. Columns that it shows as code escape them."""
	if not isinstance(data, dict) or "values" not in data:
		return listed(data)
	fields = [frappe.get_meta(doctype).get_field(key) for key in data["keys"]]
	code = [bool(field and field.fieldtype in SHOWN_AS_CODE) for field in fields]
	values = [
		[value if is_code else listed(value) for value, is_code in zip(row, code, strict=True)]
		for row in data["values"]
	]
	return {**listed(data), "values": values}


def before_print(doc, method: str | None = None, settings: Any = None) -> None:
	"""Hook of all DocTypes: the printed document, which nobody saves, and its tables."""
	if not is_ours(doc.doctype):
		return
	for row in (doc, *doc.get_all_children()):
		for field in row.meta.fields:
			if field.fieldtype not in ESCAPED_IN_PRINT and isinstance(row.get(field.fieldname), str):
				row.set(field.fieldname, inert(row.get(field.fieldname)))


def exported(content: bytes, file_name: str, dialect: dict[str, Any]) -> bytes:
	"""A file that Frappe made of a list, without formulas; kinds of files that it does not know as they are.

	dialect: `delimiter` and `quoting` of a CSV file, as `csv.writer` takes them.
	"""
	if file_name.endswith(".xlsx"):
		return _workbook(content)
	return _sheet(content, dialect) if file_name.endswith(".csv") else content


def _workbook(content: bytes) -> bytes:
	book = load_workbook(io.BytesIO(content))
	for sheet in book:
		for cell in (cell for row in sheet.iter_rows() for cell in row):
			if isinstance(cell.value, str):
				cell.value = no_formula(cell.value)
				cell.data_type = "s"
	file = io.BytesIO()
	book.save(file)
	return file.getvalue()


def _sheet(content: bytes, dialect: dict[str, Any]) -> bytes:
	rows = csv.reader(io.StringIO(content.decode(), newline=""), delimiter=dialect.get("delimiter") or ",")
	file = io.StringIO()
	# Frappe 16 says more there, which is about the values that it has written already.
	how = {name: dialect[name] for name in ("delimiter", "quoting") if name in dialect}
	csv.writer(file, **how).writerows([[no_formula(value) for value in row] for row in rows])
	return file.getvalue().encode()
