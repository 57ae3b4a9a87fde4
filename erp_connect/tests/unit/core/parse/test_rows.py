"""CSV and JSON lines: what is said of them counts, and what does not fit is refused with its line."""

from __future__ import annotations

import codecs
import csv
import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.parse import rows
from erp_connect.core.parse.body import parse_body
from erp_connect.core.parse.limits import InputError, Limits
from erp_connect.core.parse.rows import CSV, JSON_LINES, RowFormat, format_from, read_rows

LIMITS = Limits(max_bytes=1_000_000, gzip=True)
PLAIN, LINES = RowFormat(CSV), RowFormat(JSON_LINES)


def read(raw: bytes | str, **values):
	form = RowFormat(values.pop("kind", CSV), **values)
	return read_rows(raw.encode() if isinstance(raw, str) else raw, form, LIMITS)


class TestCsv:
	@pytest.mark.parametrize(
		("raw", "found"),
		[
			("id,name\n1,Alder\n2,Birch\n", [{"id": "1", "name": "Alder"}, {"id": "2", "name": "Birch"}]),
			("id,name\r\n1,Alder\r\n", [{"id": "1", "name": "Alder"}]),
			("id,name\n1,Alder", [{"id": "1", "name": "Alder"}]),
			(
				'id,note\n1,"a ""quoted"", text\nin two lines"\n',
				[{"id": "1", "note": 'a "quoted", text\nin two lines'}],
			),
			(codecs.BOM_UTF8 + b"id\n1\n", [{"id": "1"}]),
			(" id , name \n1, x\n", [{"id": "1", "name": " x"}]),
			("id,name\n\n1,\n\n", [{"id": "1", "name": ""}]),
			("id,name,\n1,Alder,\n", [{"id": "1", "name": "Alder"}]),
			('id\n1\n\n""\n', [{"id": "1"}, {"id": ""}]),
			("id,name\n", []),
			("", []),
			('id,size\n1,5" pipe\n', [{"id": "1", "size": '5" pipe'}]),
		],
	)
	def test_rows(self, raw, found):
		assert read(raw) == found

	@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
	def test_another_delimiter(self, delimiter):
		assert read(f"id{delimiter}name\n1{delimiter}a,b\n", delimiter=delimiter) == [
			{"id": "1", "name": "a,b"}
		]

	def test_the_wrong_delimiter_is_not_guessed_right(self):
		assert read("id;name\n1;Alder\n") == [{"id;name": "1;Alder"}]

	@pytest.mark.parametrize(
		("encoding", "codec"),
		[("ISO-8859-1", "latin-1"), ("Windows-1252", "cp1252"), ("UTF-16", "utf-16"), ("UTF-8", "utf-8")],
	)
	def test_encodings(self, encoding, codec):
		assert read("id,name\n1,Müller\n".encode(codec), encoding=encoding) == [{"id": "1", "name": "Müller"}]

	@pytest.mark.parametrize(
		("encoding", "raw"), [("UTF-8", "Müller".encode("latin-1")), ("UTF-16", b"id\n1\n")]
	)
	def test_another_encoding_is_refused(self, encoding, raw):
		with pytest.raises(InputError, match=f"not text in {encoding}"):
			read(raw, encoding=encoding)

	def test_names_from_the_flow(self):
		assert read("1,Alder\n", header=False, columns=("id", "name")) == [{"id": "1", "name": "Alder"}]

	@pytest.mark.parametrize(
		("raw", "told"),
		[
			("id,name\n1\n", "line 2 has 1 values"),
			("id,name\n1,a,b\n", "line 2 has 3 values"),
			('id\n"1\n', "unexpected end of data"),
			('id\n"1"2\n', "not CSV"),
			("id,id\n1,2\n", "twice"),
			("id,,name\n1,2,3\n", "names"),
			("id\0\n1\n", "NUL"),
		],
	)
	def test_what_does_not_fit_is_refused(self, raw, told):
		with pytest.raises(InputError, match=told):
			read(raw)

	def test_a_cell_that_no_column_can_hold_is_left_to_who_takes_the_record(self):
		assert read("id,name\n1,a\0b\n2,c\n") == [{"id": "1", "name": "a\0b"}, {"id": "2", "name": "c"}]

	def test_rows_and_cells_are_limited(self, monkeypatch):
		monkeypatch.setattr(rows, "MAX_ROWS", 2)
		with pytest.raises(InputError, match="more than 2 rows"):
			read("id\n1\n2\n3\n")
		monkeypatch.setattr(rows, "MAX_CELLS", 3)
		with pytest.raises(InputError, match="more than 3 cells"):
			read("a,b\n1,2\n1,2\n")

	def test_a_gzip_file(self):
		assert read(gzip.compress(b"id\n1\n")) == [{"id": "1"}]

	def test_a_gzip_file_unpacks_to_what_is_allowed(self):
		with pytest.raises(InputError, match="larger than"):
			read(gzip.compress(b"id\n" + b"1\n" * 1_000_000))

	@given(
		st.lists(
			st.lists(
				st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
				min_size=2,
				max_size=2,
			)
		)
	)
	def test_what_is_written_is_read_again(self, table):
		written = io.StringIO(newline="")
		csv.writer(written, quoting=csv.QUOTE_ALL).writerows([["a", "b"], *table])
		assert read(written.getvalue()) == [{"a": a, "b": b} for a, b in table]


class TestJsonLines:
	@pytest.mark.parametrize(
		("raw", "found"),
		[
			('{"id": 1}\n{"id": 2}\n', [{"id": 1}, {"id": 2}]),
			('{"id": 1}\r\n\n  \n{"id": 2}', [{"id": 1}, {"id": 2}]),
			('{"t": "a\u2028b"}', [{"t": "a\u2028b"}]),
			("", []),
		],
	)
	def test_lines(self, raw, found):
		assert read(raw, kind=JSON_LINES) == found

	@pytest.mark.parametrize("raw", ['{"id": 1}\n{"id":', '{"a":1}\n{"a":1,"a":2}', '{"a":1}\nNaN'])
	def test_a_broken_line_is_named(self, raw):
		with pytest.raises(InputError, match="Line 2"):
			read(raw, kind=JSON_LINES)


class TestSettings:
	def test_nothing_said(self):
		assert format_from({"pull_format": "", "csv_delimiter": "Semicolon"}) is None

	def test_said(self):
		values = {
			"pull_format": "CSV",
			"csv_delimiter": "Tab",
			"csv_header": 0,
			"csv_columns": "id, name\nsku",
		}
		assert format_from(values) == RowFormat(CSV, "UTF-8", "\t", False, ("id", "name", "sku"))

	@pytest.mark.parametrize(
		"values",
		[{"csv_delimiter": "Dot"}, {"text_encoding": "EBCDIC"}, {"csv_columns": "a,a"}, {"csv_columns": ""}],
	)
	def test_what_cannot_be(self, values):
		with pytest.raises(ConfigurationError):
			format_from({"pull_format": "CSV", "csv_header": 0, "csv_columns": "a", **values})


class TestWebhooks:
	"""Bodies with several records."""

	@pytest.mark.parametrize(
		"media", ["application/x-ndjson", "application/jsonl", "application/ndjson; charset=utf-8"]
	)
	def test_json_lines(self, media):
		assert parse_body(b'{"id": 1}\n{"id": 2}\n', media, LIMITS, rows=True) == [{"id": 1}, {"id": 2}]

	@pytest.mark.parametrize(
		("media", "raw"),
		[
			("text/csv", "id,name\n1,Müller\n".encode()),
			("text/csv; charset=ISO-8859-1", "id,name\n1,Müller\n".encode("latin-1")),
			("text/csv; header=present; charset=windows-1252", "id,name\n1,Müller\n".encode("cp1252")),
		],
	)
	def test_csv(self, media, raw):
		assert parse_body(raw, media, LIMITS, rows=True) == [{"id": "1", "name": "Müller"}]

	@pytest.mark.parametrize("media", ["text/csv; header=absent", "text/csv; charset=ebcdic"])
	def test_what_is_not_read(self, media):
		with pytest.raises(InputError):
			parse_body(b"1\n", media, LIMITS, rows=True)

	def test_only_where_several_records_are_meant(self):
		with pytest.raises(InputError, match="not accepted"):
			parse_body(b"id\n1\n", "text/csv", LIMITS)
