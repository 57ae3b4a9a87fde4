"""Functions over text from outside take time in proportion to it, however hostile it is."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timezone
from functools import partial

import pytest

from erp_connect.core.delivery.retry import parse_retry_after
from erp_connect.core.delivery.statuses import parse_statuses
from erp_connect.core.errors import ConnectError
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.expressions.path_template import render_path, template_fields
from erp_connect.core.expressions.text_template import render_text
from erp_connect.core.guard.client_address import client_address
from erp_connect.core.guard.egress import check_url
from erp_connect.core.guard.inert import inert, no_formula
from erp_connect.core.guard.redaction import Redactor, Secret
from erp_connect.core.mapping.transform_types import TransformContext
from erp_connect.core.mapping.transforms import TRANSFORMS, prepare
from erp_connect.core.paging.links import links, next_address
from erp_connect.core.parse.answer import read_answer, remote_message
from erp_connect.core.parse.body import parse_body
from erp_connect.core.parse.form import parse_form
from erp_connect.core.parse.json import parse_json
from erp_connect.core.parse.limits import check_declared_size, decode_content
from erp_connect.core.parse.xml import parse_xml
from erp_connect.core.values import dates, field_types
from erp_connect.core.values.brackets import in_round
from erp_connect.core.values.cursor import as_moment
from erp_connect.core.values.durations import parse_duration, parse_durations
from erp_connect.core.values.field_types import Reading
from erp_connect.core.values.html import plain_text, without_markup
from erp_connect.core.values.number_formats import FORMATS, NumberFormat
from erp_connect.core.values.numbers import to_decimal
from erp_connect.core.values.outline import paths_of
from erp_connect.core.values.paths import parse_path
from erp_connect.core.verify.request import inbound_request
from erp_connect.core.verify.scheme import scheme_from_dict
from erp_connect.core.verify.verification import verify
from erp_connect.tests.unit.core.verify.schemes import SCHEMES

# Below this, a measure says more about the machine than about the function.
NOISE = 0.02
SIZES = (20_000, 40_000)
REDACTOR = Redactor(["hunter2hunter2", "c2VjcmV0LXNlY3JldA=="], ["x-own"])
HOSTILE = (
	"<!--", "<![<![", "<a ", "<", "</", "<!", "<?", "&#", "&", "<script>", "<a b='", "<a b= ", "<p>", "<template>",
	"= ", "1 ", "1,", "1.", "a.", "a:", "a=", "a='", 'a="', "Bearer ", "token a", "token a:", "Basic  ", "-", "4111-",
	"\\", "\\u", '"', "'", "[", "{", "(", "\t", "\n", " ", "_", "a-", "aA", "%41", "%", "&a=", "a[", "a[]", "&a[b]=1",
	"<x>", "</x>", "x<!---->", "<a;b=", "<a>;rel=\"", ";a=\"\\", "<a>,", "{", "{a}", "[0]", "t=1,v1=", "v1,", ";", "=>", "a@", "/../",
	"?", "#", "::", "1.2.3.4,", "W/", "é́", "ß", "İ", "&lt;", "]]>", "<![CDATA[", "0", "é",
)  # fmt: skip

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
PATTERNS = ("%d.%m.%Y", "%Y-%m-%d %H:%M:%S", "%d/%m/%y", "%B %d, %Y")
TRANSFORM_ARGUMENTS = dict.fromkeys(TRANSFORMS, "") | {
	"External ID": "Item", "Round": "2", "Minor Units": "EUR", "Date": "%d.%m.%Y", "Datetime": "UTC", "Timestamp": "s",
	"Boolean": "yes/no", "Truncate": "10", "Split": ",", "Join": ",", "Replace": "a=>b",
}  # fmt: skip
EXPRESSIONS = tuple(
	compile_expression(text)
	for text in (
		"upper(text)", "lower(text)", "title(text)", "trim(text)", "split(text, ',')", "replace(text, 'a', 'b')",
		"replace(text, '<', '>')", "truncate(text, `5`)", "substring(text, `2`, `5`)", "concat(list)",
		"join_present(',', list)", "join(',', list)", "number(text)", "string(text)", "round(text, `2`)", "add(text, `1`)",
		"divide(text, `3`)", "minor_units(text, 'EUR')", "date(date, '%d')", "year(date)", "to_timestamp(date, 's')",
		"default(text, 'x')", "if(text, text, 'x')", "from_json(text)", "strip_html(text)", "to_number(text)",
		"contains(text, 'zz')", "starts_with(text, 'zz')", "ends_with(text, 'zz')", "to_string(text)", "reverse(text)",
		"length(text)", "sort(list)", "list[?contains(@, 'zz')]", "list[].upper(@)", "max(list)", "to_array(text)",
		"text == date", "list[*].length(@)", "sort_by(list, &length(@))",
	)
)  # fmt: skip
SIGNATURES = tuple(scheme_from_dict({**scheme, "webhook_id": "W"}) for scheme in SCHEMES.values())
SIGNATURE_HEADERS = sorted({*re.findall(r'"header": "([^"]+)"', json.dumps(SCHEMES)), "webhook-id", "webhook-timestamp",
	"webhook-signature", "Content-Type"})  # fmt: skip


def _fields(text: str) -> None:
	for kind in ("Int", "Float", "Percent", "Check", "Date", "Datetime", "Time", "Duration", "JSON"):
		with suppress(ValueError):
			field_types.read(kind, text, Reading())


def _numbers(text: str) -> None:
	for name in ("", *FORMATS):
		with suppress(ValueError):
			NumberFormat(name).read(text)
	with suppress(ValueError):
		to_decimal(text)


def _transforms(text: str) -> None:
	context = TransformContext(lookup=lambda doctype, name: None)
	for name, argument in TRANSFORM_ARGUMENTS.items():
		for direction in ("out", "in"):
			with suppress(ConnectError, ValueError):
				prepare(name, argument, {"a": "b"}, direction)(text, context)


def _expressions(text: str) -> None:
	for expression in EXPRESSIONS:
		with suppress(ConnectError):
			expression.search({"text": text, "list": [text[:50]] * (len(text) // 50), "date": text})


def _dates(text: str) -> None:
	for read in (dates.parse_iso, *(partial(dates.read, pattern=pattern) for pattern in PATTERNS)):
		with suppress(ValueError):
			read(text)


def _paths(text: str) -> None:
	for read in (parse_path, compile_expression, template_fields, render_a_path, render_a_text):
		with suppress(ConnectError):
			read(text)


def render_a_path(text: str) -> str:
	return render_path("/items/{id}?of={id}", {"id": text})


def render_a_text(text: str) -> str | None:
	return render_text("a {id} b {id}", {"id": text})


def _pages(text: str) -> None:
	links(text)
	for asked in ("", "https://example.com/api/items?page=1"):
		with suppress(ConnectError):
			next_address(text, "https://example.com/api", asked)


def _addresses(text: str) -> None:
	for url in (text, f"https://{text}", f"https://example.com/{text}", f"https://example.com:{text}"):
		with suppress(ConnectError):
			check_url(url)
	client_address("127.0.0.1", text, None)


def _signatures(text: str) -> None:
	"""What every known scheme makes of a request whose headers, query and body are all this text."""
	body = json.dumps({"data": text, "id": text, "sign": text, "events": [text]}).encode()
	request = inbound_request("POST", f"https://example.com/h?{text}", headers_of(text), body)
	for scheme in SIGNATURES:
		with suppress(ConnectError):
			verify(scheme, request, [Secret("whsec_" + "c2VjcmV0LXNlY3JldA==")], 1_700_000_000)


def headers_of(text: str) -> list[tuple[str, str]]:
	return [(name, text) for name in SIGNATURE_HEADERS]


def _headers(text: str) -> None:
	for read in (
		lambda: parse_retry_after(text, NOW),
		lambda: parse_body(b"{}", text),
		lambda: parse_body(b"{}", f"application/json; charset={text}"),
		lambda: read_answer(b"{}", text),
		lambda: check_declared_size(text),
		lambda: decode_content(b"{}", text),
		lambda: parse_statuses(text),
		lambda: parse_duration(text),
		lambda: parse_durations(text),
	):
		with suppress(ConnectError, ValueError):
			read()


def _answers(text: str) -> None:
	for content_type in ("", "application/json", "text/xml", "text/html", "text/plain"):
		answer = read_answer(text.encode(), content_type)
		remote_message(answer.data)
	remote_message({"errors": [{"message": text}, {text[:100]: text}], text: text})
	paths_of({"a": {text: text}, text: [{text: text}] * 10})


FUNCTIONS: dict[str, Callable[[str], object]] = {
	"plain_text": plain_text,
	"without_markup": without_markup,
	"in_round": in_round,
	"redacted text": REDACTOR.text,
	"redacted url": lambda text: REDACTOR.url(f"https://example.com/?{text}"),
	"json": lambda text: parse_json(text.encode()),
	"form": lambda text: parse_form(text.encode()),
	"xml": lambda text: parse_xml(f"<r>{text}</r>".encode()),
	"field types": _fields,
	"numbers": _numbers,
	"moment": lambda text: as_moment(text, "UTC"),
	"xml around text": lambda text: parse_xml(
		f"<r>{text.replace('<', '<a/>').replace('&', '&amp;')}</r>".encode()
	),
	"transforms": _transforms,
	"functions of expressions": _expressions,
	"dates": _dates,
	"paths and expressions": _paths,
	"addresses of pages": _pages,
	"addresses": _addresses,
	"signatures": _signatures,
	"headers": _headers,
	"answers": _answers,
	"inert text": lambda text: (inert(text), no_formula(text)),
}


def _seconds(function: Callable[[str], object], text: str, tries: int = 2) -> float:
	best = float("inf")
	for _ in range(tries):
		start = time.process_time()
		with suppress(ConnectError, ValueError):
			function(text)
		best = min(best, time.process_time() - start)
		if best < NOISE:
			break
	return best


def _grows_too_fast(function: Callable[[str], object], piece: str) -> bool:
	small, large = (piece * (size // len(piece)) for size in SIZES)
	# A machine that is busy is measured again, and longer.
	return all(
		_seconds(function, large, tries) > 3 * max(_seconds(function, small, tries), NOISE / 3)
		for tries in (1, 3, 6)
	)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_twice_the_text_takes_at_most_three_times_as_long(name):
	assert [piece for piece in HOSTILE if _grows_too_fast(FUNCTIONS[name], piece)] == []


def test_what_grows_too_fast_is_found():
	# Four times the text and so sixteen times the time, where a busy machine measures a factor of four too low.
	assert _grows_too_fast(lambda text: re.findall("<[^>]*>", text[: len(text) ** 2 // SIZES[1]]), "<")


@pytest.mark.parametrize("piece", ["<!--", "<![<![", "<a ", "</", "<a b='", "<p><b"])
def test_html_that_is_never_closed_is_read_at_once(piece):
	text = "before " + piece * (190_000 // len(piece))
	start = time.process_time()
	assert plain_text(text).startswith("before")
	assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
	("html", "text"),
	[
		("a<!-- b > c -->d", "ad"),
		("a<!-- never closed", "a"),
		("<![CDATA[x]]>y", "y"),
		("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
		('<a title="a > b">link</a>', "link"),
		("<a it's>link</a>", "link"),
		("<SCRIPT>if (a < b) '</p>'</Script >shown", "shown"),
		("<style>p{}</style><title>T</title>shown", "shown"),
		("<head><meta>no</head>yes", "yes"),
		("<template>no<template>no</template>no</template>yes", "yes"),
		("<p>one</p><p>two<br/>three", "one\ntwo\nthree"),
		("</ nothing>x", "x"),
		("a&amp;b &lt;c&gt; &nbsp;&#8364; &unknown;", "a&b <c> € &unknown;"),
		("&#" + "9" * 5000 + ";", "&#" + "9" * 5000 + ";"),
		("<", "<"),
		("a<", "a<"),
		("<b", ""),
		("", ""),
		("<ul><li>x<li>y</ul>", "x\ny"),
	],
)
def test_html_is_read_as_a_browser_shows_it(html, text):
	assert plain_text(html) == text
