"""The door to each format: a body that is JSON, XML, a form, CSV or JSON lines, by its content type."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from erp_connect.core.parse import form, json, xml
from erp_connect.core.parse.limits import DEFAULT_LIMITS, InputError, Limits, check_size
from erp_connect.core.parse.rows import CSV, JSON_LINES, RowFormat, read_rows

JSON, XML, FORM = "json", "xml", "form"

_CHARSETS = frozenset({"", "utf-8", "utf8", "us-ascii", "ascii"})
_JSON_LINES = frozenset(
	{"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"}
)
# Of CSV. https://www.rfc-editor.org/rfc/rfc4180#section-3
_ROW_CHARSETS = {
	"iso-8859-1": "ISO-8859-1",
	"latin1": "ISO-8859-1",
	"windows-1252": "Windows-1252",
	"utf-16": "UTF-16",
}
_HEADER_ABSENT = re.compile(r"header\s{0,5}=\s{0,5}\"?absent", re.IGNORECASE | re.ASCII)


_CHARSET = re.compile(r"""charset\s{0,5}=\s{0,5}["']?([\w.:-]{0,40})""", re.IGNORECASE | re.ASCII)


def parse_body(
	raw: bytes,
	content_type: str | None,
	limits: Limits = DEFAULT_LIMITS,
	*,
	rows: bool = False,
	any_text: bool = False,
) -> Any:
	"""The data in a body that is JSON, XML or a form; None for an empty one.

	content_type: the header as it came. Without one, or as `text/plain`, the first character tells JSON from
	XML, for Frappe's own webhooks name no type. XML becomes dicts as `xml_input.parse_xml` says, a form as
	`form_input.parse_form` says. rows: CSV (RFC 4180, with a header row, in the charset that is said) and JSON lines are
	read as well, as a list of records. any_text: as `json.parse_json` takes it. Raises InputError.
	"""
	check_size(raw, limits)
	media = (content_type or "").partition(";")[0].strip().lower()
	if rows and (row_format := _row_format(media, content_type or "")):
		return read_rows(raw, row_format, limits) if raw.strip() else None
	_check_charset(content_type or "")
	if not raw.strip():
		return None
	kind = _format(media, raw)
	return json.parse_json(raw, limits, any_text=any_text) if kind == JSON else _READERS[kind](raw, limits)


def body_format(raw: bytes, content_type: str | None) -> str:
	"""How `parse_body` reads a body: `json`, `xml` or `form`. Raises InputError where it is none of them."""
	return _format((content_type or "").partition(";")[0].strip().lower(), raw)


def _row_format(media: str, content_type: str) -> RowFormat | None:
	if media in _JSON_LINES:
		_check_charset(content_type)
		return RowFormat(JSON_LINES)
	if media != "text/csv":
		return None
	if _HEADER_ABSENT.search(content_type[:1000]):
		raise InputError(
			"media_type", "CSV without names of the columns is not accepted here. Send them in the first row."
		)
	found = _CHARSET.search(content_type[:1000])
	charset = found[1].lower() if found else ""
	if charset not in _ROW_CHARSETS:
		_check_charset(content_type)
	return RowFormat(CSV, _ROW_CHARSETS.get(charset, "UTF-8"))


def _format(media: str, raw: bytes) -> str:
	if media in ("", "text/plain"):
		media = _sniffed(raw)
	if media in ("application/json", "text/json") or media.endswith("+json"):
		return JSON
	if media in ("application/xml", "text/xml") or media.endswith("+xml"):
		return XML
	if media == "application/x-www-form-urlencoded":
		return FORM
	raise InputError(
		"media_type",
		"A body of type {media} is not accepted here. Send application/json, application/xml or "
		"application/x-www-form-urlencoded.",
		media=media or "unknown",
	)


def _sniffed(raw: bytes) -> str:
	first = raw.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
	return {b"{": "application/json", b"[": "application/json", b"<": "application/xml"}.get(first, "")


def _check_charset(content_type: str) -> None:
	found = _CHARSET.search(content_type[:1000])
	if found and found[1].lower() not in _CHARSETS:
		raise InputError(
			"charset", "A body in {charset} is not accepted here. Send it in UTF-8.", charset=found[1]
		)


_READERS: dict[str, Callable[[bytes, Limits], Any]] = {
	XML: xml.parse_xml,
	FORM: form.parse_form,
}
