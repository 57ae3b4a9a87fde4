"""Reading the body of an answer.

Promises to say what the bytes are (JSON, XML, HTML, text, nothing, or broken) and never raises because of
them. Never resolves entities or fetches anything for XML, and never trusts the declared content type alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.parsers.expat import ExpatError

from erp_connect.core.errors import ConnectError
from erp_connect.core.guard.redaction import whole_characters
from erp_connect.core.parse.limits import InputError, Limits
from erp_connect.core.parse.rows import RowFormat, read_rows

JSON = "json"
XML = "xml"
HTML = "html"
TEXT = "text"
EMPTY = "empty"
INVALID = "invalid"
# CSV or JSON lines: a list of records. Only where a flow says that the answer is that.
ROWS = "rows"

_MESSAGE_LIMIT = 1000
_HALF_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_MESSAGE_NAMES = (
	"message",
	"error_description",
	"error_message",
	"errorMessage",
	"error",
	"detail",
	"details",
	"description",
	"title",
	"reason",
	"errors",
	"_server_messages",
	"exception",
)


@dataclass(frozen=True)
class Answer:
	"""kind: one of the constants of this module. data: the parsed body; text for `text` and `html`. error: why rows could
	not be read.
	"""

	kind: str
	data: Any = None
	error: ConnectError | None = None

	@property
	def structured(self) -> bool:
		return self.kind in (JSON, XML)


def read_answer(body: bytes, content_type: str = "") -> Answer:
	"""What `body` is, parsed. content_type: value of the answer's `Content-Type` header, may be empty."""
	if not body.strip():
		return Answer(EMPTY)
	media = content_type.split(";")[0].strip().lower()
	if "html" in media or _looks_like_html(body):
		return Answer(HTML, _decode(body))
	if "json" in media or body.lstrip()[:1] in b'{["':
		return _read_json(body)
	if "xml" in media or body.lstrip().startswith(b"<"):
		return _read_xml(body)
	bare = _read_json(body)
	return bare if bare.kind == JSON else Answer(TEXT, _decode(body))


def read_row_answer(body: bytes, content_type: str, form: RowFormat, limits: Limits) -> Answer:
	"""The records in an answer that is to be rows. A page of HTML is told as what it is.

	A content type says little here: files come as text/plain, application/octet-stream or application/json.
	"""
	if not body.strip():
		return Answer(EMPTY)
	if _looks_like_html(body):
		return Answer(HTML, _decode(body))
	try:
		return Answer(ROWS, read_rows(body, form, limits))
	except InputError as error:
		return Answer(INVALID, error=error)


def remote_message(data: Any, depth: int = 0) -> str:
	"""The words in which a parsed error answer most likely explains itself; empty when none are found.

	For people to read; never base a decision on it. Redact it before it is stored.
	"""
	if isinstance(data, str):
		return " ".join(data.split())[:_MESSAGE_LIMIT]
	if depth > 4:
		return ""
	if isinstance(data, Mapping):
		found = (remote_message(data[name], depth + 1) for name in _MESSAGE_NAMES if data.get(name))
		return next((text for text in found if text), "") or _field_messages(data, depth)
	if isinstance(data, Sequence):
		texts = (remote_message(item, depth + 1) for item in data[:3])
		return "; ".join(text for text in texts if text)[:_MESSAGE_LIMIT]
	return ""


def _field_messages(data: Mapping[str, Any], depth: int) -> str:
	"""`{"email": ["is taken"]}` reads as `email: is taken`; only below an `errors` entry."""
	if depth == 0:
		return ""
	texts = (f"{name}: {remote_message(value, depth + 1)}" for name, value in list(data.items())[:3] if value)
	return "; ".join(text for text in texts if not text.endswith(": "))[:_MESSAGE_LIMIT]


def _looks_like_html(body: bytes) -> bool:
	start = body.lstrip()[:15].lower()
	return start.startswith((b"<!doctype html", b"<html"))


def _read_json(body: bytes) -> Answer:
	try:
		data = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse_constant)
		if _HALF_ESCAPE.search(body):
			# As from a text that was cut within an emoji: no database holds half a character.
			data = json.loads(whole_characters(json.dumps(data, ensure_ascii=False)))
		return Answer(JSON, data)
	except (ValueError, RecursionError):
		return Answer(INVALID)


def _refuse_constant(name: str) -> float:
	raise ValueError(f"{name} is not JSON")


def _read_xml(body: bytes) -> Answer:
	# Imported here: most accounts speak JSON only.
	import xmltodict
	from defusedxml.ElementTree import ParseError, fromstring

	try:
		# The strict reader goes first: it refuses DTDs and entities, which no API answer needs.
		fromstring(body, forbid_dtd=True)
		return Answer(XML, xmltodict.parse(body))
	except (ParseError, ExpatError, ValueError, LookupError, RecursionError):
		return Answer(INVALID)


def _decode(body: bytes) -> str:
	return body.decode("utf-8", errors="replace")
