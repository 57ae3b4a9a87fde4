"""Functions over text from outside take time in proportion to it, however hostile it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from erp_connect.core.errors import ConnectError
from erp_connect.core.guard.redaction import Redactor
from erp_connect.core.parse.form import parse_form
from erp_connect.core.parse.json import parse_json
from erp_connect.core.parse.xml import parse_xml
from erp_connect.core.values import field_types
from erp_connect.core.values.cursor import as_moment
from erp_connect.core.values.field_types import Reading
from erp_connect.core.values.html import plain_text
from erp_connect.core.values.number_formats import FORMATS, NumberFormat
from erp_connect.core.values.numbers import to_decimal

# Below this, a measure says more about the machine than about the function.
NOISE = 0.02
REDACTOR = Redactor(["hunter2hunter2", "c2VjcmV0LXNlY3JldA=="], ["x-own"])
HOSTILE = (
	"<!--", "<![<![", "<a ", "<", "</", "<!", "<?", "&#", "&", "<script>", "<a b='", "<a b= ", "<p>", "<template>",
	"= ", "1 ", "1,", "1.", "a.", "a:", "a=", "a='", 'a="', "Bearer ", "token a", "token a:", "Basic  ", "-", "4111-",
	"\\", "\\u", '"', "'", "[", "{", "(", "\t", "\n", " ", "_", "a-", "aA", "%41", "%", "&a=", "a[", "a[]", "&a[b]=1",
	"<x>", "</x>", "&lt;", "]]>", "<![CDATA[", "0", "é",
)  # fmt: skip


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


FUNCTIONS: dict[str, Callable[[str], object]] = {
	"plain_text": plain_text,
	"redacted text": REDACTOR.text,
	"redacted url": lambda text: REDACTOR.url(f"https://example.com/?{text}"),
	"json": lambda text: parse_json(text.encode()),
	"form": lambda text: parse_form(text.encode()),
	"xml": lambda text: parse_xml(f"<r>{text}</r>".encode()),
	"field types": _fields,
	"numbers": _numbers,
	"moment": lambda text: as_moment(text, "UTC"),
}


def _seconds(function: Callable[[str], object], text: str) -> float:
	best = float("inf")
	for _ in range(3):
		start = time.process_time()
		with suppress(ConnectError, ValueError):
			function(text)
		best = min(best, time.process_time() - start)
		if best < NOISE:
			break
	return best


@pytest.mark.parametrize("name", FUNCTIONS)
def test_twice_the_text_takes_at_most_three_times_as_long(name):
	function = FUNCTIONS[name]
	for piece in HOSTILE:
		small, large = (piece * (size // len(piece)) for size in (50_000, 100_000))
		seconds = _seconds(function, large)
		if seconds > NOISE:
			assert seconds <= 3 * max(_seconds(function, small), NOISE / 3), (piece, seconds)


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
