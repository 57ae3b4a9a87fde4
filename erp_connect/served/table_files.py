"""Files of rows: CSV, JSON lines and XLSX, written row by row so that their size is no matter of memory.

CSV and XLSX are opened by spreadsheets: a text that would be a formula there is written as text. JSON lines are read
by programs and carry each value as it is.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, Protocol

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from erp_connect.core.errors import PayloadError
from erp_connect.core.guard.inert import no_formula

CSV, JSON_LINES, XLSX = "csv", "jsonl", "xlsx"
CONTENT_TYPES = {
	CSV: "text/csv; charset=utf-8",
	JSON_LINES: "application/x-ndjson",
	XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# Of a sheet, its heading among them, and of a cell:
# https://support.microsoft.com/en-us/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3
SHEET_ROWS = 1_048_576
CELL_CHARACTERS = 32_767


class TableFile(Protocol):
	"""A file that is being written."""

	def write(self, row: Mapping[str, Any]) -> None:
		"""Add a row by its column's keys; what is not named is empty. Raises `PayloadError` for what it cannot hold."""

	def close(self) -> None:
		"""Finish the file; the stream stays open."""


def open_table(kind: str, stream: BinaryIO, columns: Sequence[tuple[str, str]]) -> TableFile:
	"""Begin a file of `kind` with its heading. columns: key in the rows, and title of each, in order.

	JSON lines have no heading: each line is an object by the columns' keys.
	"""
	return {CSV: _Csv, JSON_LINES: _JsonLines, XLSX: _Xlsx}[kind](stream, columns)


class _Csv:
	def __init__(self, stream: BinaryIO, columns: Sequence[tuple[str, str]]) -> None:
		self.keys = [key for key, _ in columns]
		self.text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
		self.rows = csv.writer(self.text)
		self.rows.writerow([no_formula(title) for _, title in columns])

	def write(self, row: Mapping[str, Any]) -> None:
		self.rows.writerow([no_formula(_cell(row.get(key))) for key in self.keys])

	def close(self) -> None:
		self.text.flush()
		self.text.detach()


class _JsonLines:
	def __init__(self, stream: BinaryIO, columns: Sequence[tuple[str, str]]) -> None:
		self.keys = [key for key, _ in columns]
		self.stream = stream

	def write(self, row: Mapping[str, Any]) -> None:
		line = json.dumps({key: row.get(key) for key in self.keys}, ensure_ascii=False, allow_nan=False)
		self.stream.write(line.encode() + b"\n")

	def close(self) -> None:
		self.stream.flush()


class _Xlsx:
	def __init__(self, stream: BinaryIO, columns: Sequence[tuple[str, str]]) -> None:
		self.keys = [key for key, _ in columns]
		self.stream = stream
		self.book = Workbook(write_only=True)
		self.sheet = self.book.create_sheet("Export")
		self.count = 0
		self._add([title for _, title in columns])

	def write(self, row: Mapping[str, Any]) -> None:
		self._add([_cell(row.get(key)) for key in self.keys])

	def close(self) -> None:
		self.book.save(self.stream)

	def _add(self, values: list[Any]) -> None:
		self.count += 1
		if self.count > SHEET_ROWS:
			raise PayloadError(
				"A sheet holds {limit} rows, and there are more. Ask for csv or jsonl, or for less by filters.",
				code="too_many_rows",
				limit=SHEET_ROWS,
			)
		self.sheet.append([self._plain(value) for value in values])

	def _plain(self, value: Any) -> Any:
		if not isinstance(value, str):
			return value
		if len(value) > CELL_CHARACTERS:
			raise PayloadError(
				"A cell of a sheet holds {limit} characters, and a text in row {row} has more. Ask for csv or jsonl.",
				code="too_long",
				limit=CELL_CHARACTERS,
				row=self.count,
			)
		cell = WriteOnlyCell(self.sheet, ILLEGAL_CHARACTERS_RE.sub("\ufffd", value))
		cell.data_type = "s"  # whatever it begins with
		return cell


def _cell(value: Any) -> Any:
	"""A value of one cell: objects and lists, which no cell has, as their JSON."""
	return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
