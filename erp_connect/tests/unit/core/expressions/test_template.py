"""Path templates: values stay in their place, whatever they hold."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erp_connect.core.errors import MappingError
from erp_connect.core.expressions.path_template import (
	check_template,
	join_url,
	render_path,
	standing_for,
	template_fields,
	template_values,
)

VALUES = {
	"id": "A/B c",
	"n": 5,
	"f": 10.0,
	"unicode": "é✓",
	"pair": "a&b=c#d?e",
	"host": "http://evil.example",
	"dots": "v1..2",
	"up": "see ../x",
	"yes": True,
	"items": [{"sku": "S-1"}],
}

RENDERED = [
	("/p/{id}/v/{n}", "/p/A%2FB%20c/v/5"),
	("p/{f}", "p/10"),
	("/p/{unicode}", "/p/%C3%A9%E2%9C%93"),
	("/p?q={pair}&id={n}", "/p?q=a%26b%3Dc%23d%3Fe&id=5"),
	("/p?q={up}", "/p?q=see%20..%2Fx"),
	("?route=api/order&id={n}", "?route=api/order&id=5"),
	("{host}/x", "http%3A%2F%2Fevil.example/x"),
	("/p/{dots}.json", "/p/v1..2.json"),
	("/p/{yes}", "/p/true"),
	("/p/{items[0].sku}", "/p/S-1"),
	("/p/{ {a: n}.a }", "/p/5"),
	("/p/{'}'}", "/p/%7D"),
	("/p/{{n}}", "/p/%7Bn%7D"),
	("/a:b/@c/d,e;f", "/a:b/@c/d,e;f"),
	("/odata('{n}')", "/odata('5')"),
	("/with space/ü", "/with%20space/%C3%BC"),
	("/already%20encoded", "/already%20encoded"),
	("", ""),
]


@pytest.mark.parametrize(("template", "path"), RENDERED)
def test_rendered(template, path):
	assert render_path(template, VALUES) == path


BAD_TEMPLATES = [
	("http://evil.example/{n}", "names a host"),
	("HTTPS:/x", "names a host"),
	("a:b/{n}", "names a host"),
	("//evil.example/{n}", "names a host"),
	("/\\evil.example", "backslash"),
	("/a/../b", "leave its place"),
	("/a/%2e%2e/b", "leave its place"),
	("/a/%252E%252e/b", "leave its place"),
	("/a/..%2fb", "leave its place"),
	("/a/..;/b", "leave its place"),
	("/a/./b", "leave its place"),
	("/a\r\nHost: x", "line break"),
	("/a#b", "#"),
	("/a/{n", "character 4"),
	("/a/n}", "character 5"),
	("/a/{}", "empty"),
	("/a/{foo(n)}", "foo()"),
	("/a/{n > 1}", "backticks"),
	("/" + "a" * 2000, "2000"),
]


@pytest.mark.parametrize(("template", "part"), BAD_TEMPLATES)
def test_bad_template(template, part):
	with pytest.raises(MappingError) as caught:
		render_path(template, VALUES)
	assert caught.value.field == "path"
	assert part in str(caught.value)
	assert [problem.field for problem in check_template(template, {"fields": {"n": {"type": "Int"}}})] == [
		"path"
	]


BAD_VALUES = [
	("..", "unsafe_path"),
	(".", "unsafe_path"),
	("../admin", "unsafe_path"),
	("a/../../admin", "unsafe_path"),
	("..\\admin", "unsafe_path"),
	("%2e%2e", "unsafe_path"),
	("%252e%252e%252fadmin", "unsafe_path"),
	("..;x=1", "unsafe_path"),
	("a\r\nX: y", "unsafe_path"),
	("a\x00", "unsafe_path"),
	("\ud800", "unsafe_path"),
	(None, "missing"),
	("", "missing"),
	([1], "value"),
	({"a": 1}, "value"),
]


@pytest.mark.parametrize(("value", "code"), BAD_VALUES)
def test_bad_value(value, code):
	with pytest.raises(MappingError) as caught:
		render_path("/p/{v}", {"v": value})
	assert caught.value.code == code


def test_values_that_only_together_climb():
	with pytest.raises(MappingError):
		render_path("/p/{a}{b}/x", {"a": "a", "b": "/.."})
	with pytest.raises(MappingError):
		render_path("/p/.{a}", {"a": ".;"})


def test_a_missing_value_names_the_expression():
	with pytest.raises(MappingError, match="needs external_id, which this record does not have"):
		render_path("/p/{external_id}", VALUES)


def test_fields():
	assert template_fields("/p/{id}/{items[0].sku}?c={customer_doc.email}") == {"id", "items", "customer_doc"}


def test_check_reports_unknown_fields():
	schema = {"doctype": "Item", "fields": {"item_code": {"type": "Data"}}}
	assert check_template("/p/{item_code}/{_link.external_id}", schema) == []
	(problem,) = check_template("/p/{item_cod}", schema)
	assert (problem.field, problem.code) == ("path", "unknown_field")
	assert "Did you mean item_code?" in str(problem)


JOINED = [
	("https://shop.example", "/orders/1", "https://shop.example/orders/1"),
	("https://shop.example/api/", "orders/1", "https://shop.example/api/orders/1"),
	("https://shop.example/api", "/orders?x=1", "https://shop.example/api/orders?x=1"),
	("https://shop.example/index.php", "?route=a", "https://shop.example/index.php?route=a"),
	("https://shop.example/api", "", "https://shop.example/api"),
	("https://shop.example", "@evil.example", "https://shop.example/@evil.example"),
	("https://shop.example", ".evil.example", "https://shop.example/.evil.example"),
]


@pytest.mark.parametrize(("base", "path", "url"), JOINED)
def test_join(base, path, url):
	assert join_url(base, path) == url


@pytest.mark.parametrize(
	("base", "path"),
	[
		("https://a.example?x=1", "/b"),
		("https://a.example#x", "/b"),
		("https://a.example", "//b"),
		("https://a.example", "/../b"),
	],
)
def test_join_refuses(base, path):
	with pytest.raises(MappingError):
		join_url(base, path)


@settings(deadline=None)
@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30))
def test_any_value_stays_in_its_place(value, query):
	try:
		path = render_path("/p/{v}/end?q={q}&last=1", {"v": value, "q": query})
	except MappingError:
		return
	parts = urlsplit(join_url("https://shop.example/api", path))
	assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "shop.example", "")
	assert [unquote(segment) for segment in parts.path.split("/")] == ["", "api", "p", value, "end"]
	assert parse_qsl(parts.query, keep_blank_values=True) == [("q", query), ("last", "1")]


@pytest.mark.parametrize(
	("template", "expected"),
	[
		("/groups/{group}/members/{external_id}?at={input.shop}", ["Retail"]),
		("/members/{external_id || name}/{_event}", []),
		("/{links[0]._link.external_id}/{missing}", ["77", None]),
		("/plain", []),
	],
)
def test_what_a_template_reads_of_the_document_itself(template, expected):
	document = {
		"group": "Retail",
		"name": "A",
		"links": [{"_link": {"external_id": "77"}}],
		"external_id": "5",
	}
	assert template_values(template, document) == expected


@pytest.mark.parametrize(
	("template", "expected"),
	[
		("/m/{lower(email)}?new=1", "lower(email)"),
		("/m/{ name }", "name"),
		("/m/{external_id}", None),
		("/m/{name}/more", None),
		("/other/{name}", None),
		("/{list}/{name}", None),
		("/m", None),
	],
)
def test_what_stands_in_the_place_of_the_id(template, expected):
	found = standing_for("external_id", template, "/m/{external_id}?old=1")
	assert (found.text if found else None) == expected
	assert standing_for("external_id", template, "/m/{id}") is None
