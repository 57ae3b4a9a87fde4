"""What comes in: the limits, and each format at and beyond them."""

from __future__ import annotations

import gzip
import json
import time
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_connect.core.parse.body import parse_body
from erp_connect.core.parse.form import form_pairs
from erp_connect.core.parse.json import parse_json
from erp_connect.core.parse.limits import InputError, Limits, check_declared_size, decode_content
from erp_connect.core.parse.xml import parse_xml

JSON = "application/json"
XML = "application/xml"
FORM = "application/x-www-form-urlencoded"


def refusal(raw: bytes, content_type: str = JSON, limits: Limits | None = None) -> tuple[str, int]:
	with pytest.raises(InputError) as caught:
		parse_body(raw, content_type, limits or Limits())
	return caught.value.code, caught.value.status


class TestSize:
	@pytest.mark.parametrize("declared", [None, "", "0", "1000000", "0001000000"])
	def test_declared_and_allowed(self, declared):
		check_declared_size(declared)

	@pytest.mark.parametrize("declared", ["1000001", "52428800", "9" * 30])
	def test_declared_and_too_large(self, declared):
		with pytest.raises(InputError) as caught:
			check_declared_size(declared)
		assert caught.value.status == 413

	@pytest.mark.parametrize("declared", ["-1", "1e3", "abc", "٣", "9" * 50])
	def test_a_length_that_is_no_number(self, declared):
		with pytest.raises(InputError) as caught:
			check_declared_size(declared)
		assert caught.value.status == 400

	@pytest.mark.parametrize("content_type", [JSON, XML, FORM, "", "image/png"])
	def test_fifty_megabytes_are_refused_unread(self, content_type):
		raw = b" " * 50_000_000
		started = time.perf_counter()
		assert refusal(raw, content_type) == ("too_large", 413)
		assert time.perf_counter() - started < 0.05

	def test_exactly_the_limit(self):
		assert parse_body(b'"' + b"a" * 98 + b'"', JSON, Limits(max_bytes=100)) == "a" * 98
		assert refusal(b'"' + b"a" * 99 + b'"', JSON, Limits(max_bytes=100)) == ("too_large", 413)


class TestContentType:
	@pytest.mark.parametrize(
		("content_type", "raw", "data"),
		[
			(JSON, b'{"a":1}', {"a": 1}),
			("Application/JSON; charset=UTF-8", b'{"a":1}', {"a": 1}),
			("application/vnd.api+json", b"[]", []),
			(None, b' \n{"a":1}', {"a": 1}),
			("", b"\xef\xbb\xbf[1]", [1]),
			("text/plain;charset=utf-8", b"<a/>", {"a": None}),
			("application/soap+xml", b"<a>1</a>", {"a": "1"}),
			(FORM, b"a=1", {"a": "1"}),
			(JSON, b"", None),
			("image/png", b"", None),
			(FORM, b"  \r\n", None),
		],
	)
	def test_the_reader_by_type(self, content_type, raw, data):
		assert parse_body(raw, content_type) == data

	@pytest.mark.parametrize(
		"content_type", ["image/png", "multipart/form-data; boundary=x", "text/html", "json"]
	)
	def test_other_types(self, content_type):
		assert refusal(b'{"a":1}', content_type) == ("media_type", 415)

	@pytest.mark.parametrize("content_type", [None, "text/plain"])
	def test_nothing_to_tell_by(self, content_type):
		assert refusal(b"a=1", content_type) == ("media_type", 415)

	@pytest.mark.parametrize("charset", ["utf-16", "iso-8859-1", '"cp1252"', "utf-7"])
	def test_other_charsets(self, charset):
		assert refusal(b"{}", f"application/json; charset={charset}") == ("charset", 415)

	def test_the_message_names_the_type(self):
		with pytest.raises(InputError, match="image/png"):
			parse_body(b"x", "image/png")


class TestGzip:
	BODY = json.dumps({"a": "b" * 500}).encode()
	ON = Limits(gzip=True)

	@pytest.mark.parametrize("encoding", [None, "", "identity", " Identity "])
	def test_not_encoded(self, encoding):
		assert decode_content(self.BODY, encoding) == self.BODY

	@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, gzip", "zstd", "x"])
	def test_refused_unless_enabled(self, encoding):
		with pytest.raises(InputError) as caught:
			decode_content(gzip.compress(self.BODY), encoding)
		assert (caught.value.code, caught.value.status) == ("content_encoding", 415)

	def test_unpacked_where_enabled(self):
		assert decode_content(gzip.compress(self.BODY), "GZIP", self.ON) == self.BODY

	@pytest.mark.parametrize("encoding", ["deflate", "br", "gzip, gzip"])
	def test_other_encodings_stay_refused(self, encoding):
		with pytest.raises(InputError):
			decode_content(gzip.compress(self.BODY), encoding, self.ON)

	@pytest.mark.parametrize(
		"raw",
		[
			b"",
			b"x",
			gzip.compress(BODY)[:-4],
			gzip.compress(BODY) + b"more",
			gzip.compress(BODY) * 2,
			zlib.compress(BODY),
		],
		ids=["nothing", "no gzip", "cut off", "more behind it", "two members", "zlib"],
	)
	def test_broken_streams(self, raw):
		with pytest.raises(InputError) as caught:
			decode_content(raw, "gzip", self.ON)
		assert caught.value.code == "content_encoding"

	def test_a_bomb_costs_no_more_than_the_limit(self):
		bomb = gzip.compress(b"\0" * 200_000_000)
		assert len(bomb) < 1_000_000
		tracemalloc.start()
		with pytest.raises(InputError) as caught:
			decode_content(bomb, "gzip", self.ON)
		_, peak = tracemalloc.get_traced_memory()
		tracemalloc.stop()
		assert caught.value.status == 413
		assert peak < 5_000_000

	def test_a_bomb_in_a_bomb_stays_bytes(self):
		inner = gzip.compress(b"\0" * 10_000_000)
		assert decode_content(gzip.compress(inner), "gzip", self.ON) == inner


class TestJson:
	@pytest.mark.parametrize(
		"raw",
		[b"[" * 100_000, b'{"a":' * 9_999, b"[" * 33 + b"]" * 33, b'[{"a":' * 17 + b"1" + b"}]" * 17],
	)
	def test_too_deep(self, raw):
		started = time.perf_counter()
		assert refusal(raw) == ("depth", 400)
		assert time.perf_counter() - started < 0.5

	def test_deep_enough(self):
		assert parse_json(b"[" * 32 + b"]" * 32)

	def test_brackets_in_text_are_no_depth(self):
		text = '[{"' * 5000 + "\\"
		assert parse_json(json.dumps([text]).encode()) == [text]

	@pytest.mark.parametrize(
		"raw",
		[
			b"1e400",
			b"-1e400",
			b"NaN",
			b"[Infinity]",
			b"-Infinity",
			b"9" * 31,
			b"-" + b"9" * 5000,
			b"0." + b"1" * 5000,
		],
	)
	def test_numbers_that_readers_disagree_about(self, raw):
		assert refusal(raw) == ("number", 400)

	def test_numbers_that_are_fine(self):
		raw = b"[9007199254740993, 123456789012345678901234567890, -0.5, 1e308, 820982911946154508]"
		value = parse_json(raw)
		assert value == [9007199254740993, 123456789012345678901234567890, -0.5, 1e308, 820982911946154508]

	@pytest.mark.parametrize(
		"raw", [b'{"a":1,"a":1}', b'[{"b":{"x":1,"y":2,"x":3}}]', b'{"a":1,"\\u0061":2}']
	)
	def test_duplicate_names(self, raw):
		assert refusal(raw) == ("duplicate", 400)

	@pytest.mark.parametrize(
		"raw", [rb'"\ud800"', rb'["\uDFFF"]', rb'{"\udc00":1}', rb'{"a":["x\u0000"]}', rb'"\udc00\ud800"']
	)
	def test_text_no_column_can_hold(self, raw):
		assert refusal(raw) == ("text", 400)

	@pytest.mark.parametrize(
		("raw", "value"),
		[
			('"😀"'.encode(), "😀"),
			(rb'"\ud83d\ude00"', "😀"),
			(rb'"\\u0000"', "\\u0000"),
			(rb'"\\ud800"', "\\ud800"),
		],
	)
	def test_text_that_is_fine(self, raw, value):
		assert parse_json(raw) == value

	@pytest.mark.parametrize(
		"raw", [b"{", b"{'a':1}", b'{"a":1}x', b'"a\x00"', b'"a\nb"', b"[1,]", b"\\", b"]"]
	)
	def test_not_json(self, raw):
		assert refusal(raw) == ("json", 400)

	@pytest.mark.parametrize("raw", [b'"\xff"', b"\xff\xfe{\x00}\x00", b'"\xed\xa0\x80"'])
	def test_not_utf8(self, raw):
		assert refusal(raw) == ("charset", 415)

	def test_where_reading_stopped(self):
		with pytest.raises(InputError, match="line 2, column 8"):
			parse_json(b'{"a": 1,\n "b": 1x}')

	def test_the_limits_on_names_and_elements(self):
		assert len(parse_json(b"{" + b",".join(b'"k%d":0' % n for n in range(10_000)) + b"}")) == 10_000
		assert refusal(b"{" + b",".join(b'"k%d":0' % n for n in range(10_001)) + b"}") == ("keys", 400)
		assert refusal(b"[" + b"0," * 100_001 + b"0]") == ("items", 400)
		assert refusal(b"[" + b"[],[]," * 40_000 + b"[]]") == ("items", 400)
		assert refusal(b"{}" * 100_001) == ("items", 400)

	@pytest.mark.parametrize(
		"raw",
		[b'"' + b'\\"' * 499_000, b'"' * 900_000, b"\\" * 900_000, b'"\\' * 450_000, b'"' + b"a" * 900_000],
	)
	def test_strings_without_an_end_cost_little(self, raw):
		started = time.perf_counter()
		assert refusal(raw)[1] == 400
		assert time.perf_counter() - started < 2

	@given(
		st.recursive(
			st.none()
			| st.booleans()
			| st.integers(-(10**29), 10**29)
			| st.floats(allow_nan=False, allow_infinity=False)
			| st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
			lambda inner: (
				st.lists(inner, max_size=4)
				| st.dictionaries(
					st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
					inner,
					max_size=4,
				)
			),
			max_leaves=20,
		),
		st.booleans(),
	)
	def test_all_other_json_is_read_as_it_is(self, value, ascii_only):
		assert parse_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value

	@given(st.binary(max_size=60) | st.text('[]{}",:\\u0d8ae1-.x ', max_size=60).map(str.encode))
	def test_it_reads_or_refuses(self, raw):
		try:
			value = parse_json(raw)
		except InputError as error:
			assert str(error) and error.status in (400, 415)
		else:
			assert value == json.loads(raw.decode("utf-8-sig"))


class TestXml:
	def test_shape(self):
		raw = b'<order id="1"><line>a</line><line n="2">b</line><note/></order>'
		assert parse_xml(raw) == {
			"order": {"@id": "1", "line": ["a", {"@n": "2", "#text": "b"}], "note": None}
		}

	def test_lists_of_one(self):
		assert parse_xml(b"<o><line>a</line></o>", lists=["line"]) == {"o": {"line": ["a"]}}

	@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
	def test_declared_encodings(self, encoding):
		raw = f'<?xml version="1.0" encoding="{encoding}"?><a>é</a>'.encode(encoding)
		assert parse_xml(raw) == {"a": "é"}

	ENTITIES = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))

	@pytest.mark.parametrize(
		"raw",
		[
			b'<!DOCTYPE a [<!ENTITY l0 "lol">' + ENTITIES + b"]><a>&l9;</a>",
			b'<!DOCTYPE a [<!ENTITY x "' + b"x" * 50_000 + b'">]><a>' + b"&x;" * 1000 + b"</a>",
			b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
			b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]><a/>',
			b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
			b"<!DOCTYPE a><a/>",
			'<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'.encode(
				"utf-16"
			),
		],
		ids=["billion laughs", "quadratic", "external", "parameter", "external dtd", "plain dtd", "utf-16"],
	)
	def test_document_types_are_refused(self, raw):
		tracemalloc.start()
		with pytest.raises(InputError, match="DOCTYPE"):
			parse_xml(raw)
		_, peak = tracemalloc.get_traced_memory()
		tracemalloc.stop()
		assert peak < 5_000_000

	@pytest.mark.parametrize(
		"raw",
		[
			b"<a>",
			b"<a/><b/>",
			b"text",
			b"<a>&unknown;</a>",
			b"<a>&#0;</a>",
			b"<a>\x00</a>",
			b'<a b="1" b="2"/>',
			b"<a>\xff</a>",
			b'<?xml version="1.0" encoding="nothing"?><a/>',
			b'<?xml version="1.0" encoding="zlib"?><a/>',
		],
	)
	def test_not_well_formed(self, raw):
		assert refusal(raw, XML) == ("xml", 400)

	def test_too_deep(self):
		started = time.perf_counter()
		assert refusal(b"<a>" * 100_000, XML) == ("depth", 400)
		assert time.perf_counter() - started < 0.5
		assert parse_xml(b"<a>" * 32 + b"</a>" * 32)

	def test_too_many_names(self):
		assert refusal(b"<r>" + b"<a/>" * 10_000 + b"</r>", XML) == ("keys", 400)
		attributes = b" ".join(b'a%d="1"' % n for n in range(10_000))
		assert refusal(b"<r " + attributes + b"/>", XML) == ("keys", 400)

	@given(st.binary(max_size=40) | st.text("<>/a&;#!['\"= -?", max_size=40).map(str.encode))
	def test_it_reads_or_refuses(self, raw):
		try:
			assert isinstance(parse_xml(raw), dict)
		except InputError as error:
			assert error.status == 400


class TestForm:
	@pytest.mark.parametrize(
		("raw", "data"),
		[
			(b"a=1&b=", {"a": "1", "b": ""}),
			(
				b"data[merges][FNAME]=Ann&data%5Bid%5D=x+y",
				{"data": {"merges": {"FNAME": "Ann"}, "id": "x y"}},
			),
			(b"ids[]=1&ids[]=2", {"ids": ["1", "2"]}),
			(b"r[0][sku]=a&r[1][sku]=b", {"r": [{"sku": "a"}, {"sku": "b"}]}),
			(b"r[1]=a&r[0]=b", {"r": {"1": "a", "0": "b"}}),
			(b"0=x", {"0": "x"}),
			(b"a[b]c=1&[x]=2&a]=3", {"a[b]c": "1", "[x]": "2", "a]": "3"}),
			("n=é".encode(), {"n": "é"}),
			(b"n=%F0%9F%98%80", {"n": "😀"}),
		],
	)
	def test_shape(self, raw, data):
		assert parse_body(raw, FORM) == data

	@pytest.mark.parametrize(
		("raw", "code"),
		[
			(b"a=1&a=2", "duplicate"),
			(b"a[b]=1&a[b]=2", "duplicate"),
			(b"a=1&a[b]=2", "form"),
			(b"a[b]=1&a=2", "form"),
			(b"a=%ff", "charset"),
			(b"a=%00", "text"),
			(b"a%00=1", "text"),
			(b"a" + b"[b]" * 32 + b"=1", "depth"),
			(b"a" + b"[b]" * 200_000 + b"=1", "depth"),
			(b"&".join(b"a%d=" % n for n in range(1001)), "keys"),
			(b"&" * 900_000, "keys"),
		],
	)
	def test_refusals(self, raw, code):
		assert refusal(raw, FORM)[0] == code

	def test_pairs_keep_order_and_repetition(self):
		assert form_pairs(b"b=1&a=2&b=3") == [("b", "1"), ("a", "2"), ("b", "3")]

	@given(st.text("ab[]0=&%1+é", max_size=40))
	def test_it_reads_or_refuses(self, text):
		try:
			assert isinstance(parse_body(text.encode(), FORM), dict | None)
		except InputError as error:
			assert str(error)


def test_only_the_known_codes_are_not_400():
	known = {"too_large": 413, "media_type": 415, "content_encoding": 415, "charset": 415, "json": 400}
	assert {code: InputError(code, "x").status for code in known} == known
