"""Records in rows: CSV (RFC 4180, with the delimiter that is said) and JSON lines.

Promises: delimiter, encoding and names are what they are said to be, never guessed; a byte order mark is no part of the
first name; quoted cells may hold delimiters, quotes and line breaks. Each row is a record with the names of the columns,
its values texts (of JSON lines, what each line says). What does not fit is refused with its line; nothing is cut off or
left out. Numbers of rows, columns and cells are limited, so that memory is.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from erp_connect.core.errors import ConfigurationError, Told, Whole
from erp_connect.core.parse.json import parse_json
from erp_connect.core.parse.limits import InputError, Limits, decode_content
from erp_connect.core.parse.texts import require_texts

CSV, JSON_LINES = "CSV", "JSON lines"
DELIMITERS = {"Comma": ",", "Semicolon": ";", "Tab": "\t", "Pipe": "|"}
# What each is called in Python; of UTF-8 and UTF-16, a byte order mark is cut off.
ENCODINGS = {"UTF-8": "utf-8-sig", "ISO-8859-1": "iso-8859-1", "Windows-1252": "cp1252", "UTF-16": "utf-16"}
MAX_ROWS, MAX_COLUMNS, MAX_CELLS = 100_000, 1_000, 2_000_000
# Stands for a NUL meanwhile: a code point that is no character.
_NUL = "\ufdd0"
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class RowFormat:
	"""kind: `CSV` or `JSON_LINES`. encoding: a key of ENCODINGS. header: the first row names the columns; else `columns` do."""

	kind: str
	encoding: str = "UTF-8"
	delimiter: str = ","
	header: bool = True
	columns: tuple[str, ...] = ()


def format_from(values: Mapping[str, Any]) -> RowFormat | None:
	"""The format that fields of a flow say: `pull_format`, `text_encoding`, `csv_delimiter`, `csv_header`, `csv_columns`.

	None where no rows are meant. Raises ConfigurationError.
	"""
	kind = values.get("pull_format") or ""
	if not kind:
		return None
	encoding, delimiter = values.get("text_encoding") or "UTF-8", values.get("csv_delimiter") or "Comma"
	for value, known in ((kind, (CSV, JSON_LINES)), (encoding, ENCODINGS), (delimiter, DELIMITERS)):
		if value not in known:
			raise ConfigurationError(
				"{value} is not known. Choose one of: {known}.",
				code="row_format",
				value=value,
				known=Whole(", ".join(known)),
			)
	header = bool(values.get("csv_header"))
	columns = tuple(
		filter(
			None, (name.strip() for name in (values.get("csv_columns") or "").replace("\n", ",").split(","))
		)
	)
	if kind == CSV and not header:
		_check_names(columns)
	return RowFormat(kind, encoding, DELIMITERS[delimiter], header, () if header else columns)


def read_rows(raw: bytes, form: RowFormat, limits: Limits) -> list[Any]:
	"""The records in a body, which may be a gzip file where the limits say so. Raises InputError: `too_large`, `charset`, `csv`, `json` and others."""
	if limits.gzip and raw.startswith(_GZIP):
		raw = decode_content(raw, "gzip", limits)
	text = _decoded(raw, form.encoding)
	rows = _lines(text, limits) if form.kind == JSON_LINES else _table(text, form)
	found = []
	for row in rows:
		if len(found) >= MAX_ROWS:
			raise InputError(
				"too_large", "There are more than {limit} rows. Ask for fewer at once.", limit=MAX_ROWS
			)
		found.append(row)
	return found


def _decoded(raw: bytes, encoding: str) -> str:
	if encoding == "UTF-16" and not raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
		raise _not_in(encoding, 0)
	try:
		return raw.decode(ENCODINGS[encoding])
	except UnicodeDecodeError as error:
		raise _not_in(encoding, error.start) from None


def _not_in(encoding: str, place: int) -> InputError:
	return InputError(
		"charset",
		"This is not text in {encoding}, from byte {place} on. Choose the encoding in which it is written.",
		encoding=encoding,
		place=place,
	)


def _lines(text: str, limits: Limits) -> Iterator[Any]:
	# Not `splitlines`: JSON texts may hold other characters that Python takes for line ends.
	for number, line in enumerate(text.split("\n"), 1):
		if not line.strip():
			continue
		try:
			yield parse_json(line.encode("utf-8", "surrogatepass"), limits, any_text=True)
		except InputError as error:
			raise InputError(
				error.code,
				"Line {number} is not a JSON record: {reason}",
				number=number,
				reason=Told.by(error),
			) from None


def _table(text: str, form: RowFormat) -> Iterator[dict[str, str]]:
	# Until Python 3.11 its reader refuses a NUL, and with it all rows.
	text = text.replace(_NUL, "").replace("\0", _NUL)
	reader = csv.reader(io.StringIO(text, newline=""), delimiter=form.delimiter, strict=True)
	names, cells = list(form.columns), 0
	try:
		for row in reader:
			if not row:
				continue  # an empty line is no row
			if not names:
				names = _named(row)
				continue
			cells += len(names)
			if cells > MAX_CELLS:
				raise InputError(
					"too_large",
					"There are more than {limit} cells. Ask for fewer rows at once.",
					limit=MAX_CELLS,
				)
			cells_of_row = (cell.replace(_NUL, "\0") for cell in _fitting(row, names, reader.line_num))
			yield dict(zip(names, cells_of_row, strict=True))
	except csv.Error as error:
		raise InputError(
			"csv",
			"Line {line} is not CSV: {reason}. Check the delimiter, and that quotes within quotes are doubled.",
			line=reader.line_num,
			reason=Whole(str(error)),
		) from None


def _named(row: list[str]) -> list[str]:
	names = [name.strip() for name in row]
	while names and not names[-1]:
		names.pop()  # a delimiter at the end of each line
	require_texts([name.replace(_NUL, "\0") for name in names])
	try:
		_check_names(names)
	except ConfigurationError as error:
		raise InputError("csv", error.template, **error.params) from None
	return names


def _check_names(names: Any) -> None:
	seen: set[str] = set()
	twice = next((name for name in names if name in seen or seen.add(name)), None)  # type: ignore[func-returns-value]
	if not names or len(names) > MAX_COLUMNS or "" in names or twice is not None:
		raise ConfigurationError(
			"The columns need names, each its own, and at most {limit}; there are {count}, of which {name} is empty or stands "
			"twice.",
			code="csv",
			limit=MAX_COLUMNS,
			count=len(names),
			name=twice or "one" if names else "none",
		)


def _fitting(row: list[str], names: list[str], line: int) -> list[str]:
	if len(row) > len(names) and not any(row[len(names) :]):
		row = row[: len(names)]
	if len(row) != len(names):
		raise InputError(
			"csv",
			"The row that ends in line {line} has {count} values, but there are {columns} columns. Check the delimiter, and "
			"that texts with delimiters or line breaks stand in quotes.",
			line=line,
			count=len(row),
			columns=len(names),
		)
	return row
