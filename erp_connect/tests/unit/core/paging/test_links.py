"""Addresses of the next page: read as RFC 8288 says, and never followed to another origin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_connect.core.paging.links import added_parameters, address_of, links, next_address, next_link
from erp_connect.core.paging.page import PagingError

BASE = "https://shop.example/admin/api"

LINKS = [
	('<https://a/1>; rel="next"', "https://a/1"),
	("<https://a/1>; rel=next", "https://a/1"),
	("<https://a/1>;rel=next", "https://a/1"),
	('<https://a/1> ; REL = "NEXT"', "https://a/1"),
	('<https://a/0>; rel="prev", <https://a/2>; rel="next"', "https://a/2"),
	('<https://a/?q=1,2;3>; rel="next"', "https://a/?q=1,2;3"),
	('<https://a/1>; title="a, <b>; rel=x"; rel="next"', "https://a/1"),
	('<https://a/1>; title="say \\"next\\""; rel="last", <https://a/2>; rel="next"', "https://a/2"),
	('<https://a/1>; rel="last next"', "https://a/1"),
	('</relative?page=2>; rel="next"', "/relative?page=2"),
	('<?page=2>; rel="next"; type="a/b", <?page=9>; rel="next"', "?page=2"),
	("<https://a/1>; flag; rel=next", "https://a/1"),
	(" , <https://a/1>; rel=next ,", "https://a/1"),
	# Only the first relation of a link counts, and a link with an anchor is about another page.
	('<https://a/1>; rel="last"; rel="next"', ""),
	('<https://a/1>; rel="next"; anchor="#foo", <https://a/2>; rel="next"', "https://a/2"),
	('<https://a/1>; rel="nextpage"', ""),
	('<https://a/1>; title="rel=next"', ""),
	("<https://a/1>", ""),
	("", ""),
	("https://a/1; rel=next", ""),
	("<https://a/1; rel=next", ""),
]


@pytest.mark.parametrize(("header", "address"), LINKS)
def test_next_link(header, address):
	assert next_link(header) == address


@given(st.text(alphabet='<>;,="\\ \trelnxtab/', max_size=60))
def test_any_header_can_be_read(header):
	assert all(isinstance(target, str) for target, _ in links(header))


ADDRESSES = [
	("https://shop.example/admin/api/orders.json?page_info=x", "/orders.json?page_info=x"),
	("HTTPS://SHOP.example:443/admin/api/orders", "/orders"),
	("/admin/api/orders?page=2", "/orders?page=2"),
	("orders?page=2", "/orders?page=2"),
	("?page=2", "/list?page=2"),
	("  https://shop.example/admin/api/a b#fragment ", "/a%20b"),
	("//shop.example/admin/api/orders", "/orders"),
	# Below the host, but not below the base address.
	("/services/data/v60.0/query/01g-2000", "https://shop.example/services/data/v60.0/query/01g-2000"),
	("https://shop.example/admin/apix/orders", "https://shop.example/admin/apix/orders"),
	("https://shop.example", "https://shop.example/"),
	("https://shop.example/admin/api?page=2", "?page=2"),
	("https://shop.example/admin/api//orders", "https://shop.example/admin/api//orders"),
]


@pytest.mark.parametrize(("text", "path"), ADDRESSES)
def test_next_address(text, path):
	found = next_address(text, BASE, BASE + "/list?page=1")
	assert found == path
	whole = address_of(BASE, found)
	assert whole.startswith("https://shop.example/") and next_address(whole, BASE) == path


HOSTILE = [
	"https://evil.example/admin/api/orders",
	"https://shop.example.evil.example/admin/api/orders",
	"http://shop.example/admin/api/orders",
	"https://shop.example:8443/admin/api/orders",
	"https://shop.example@evil.example/admin/api/orders",
	"https://user:pass@shop.example/admin/api/orders",
	"https://@shop.example/admin/api/orders",
	"//evil.example/admin/api/orders",
	"///evil.example/admin/api/orders",
	"\\\\evil.example/orders",
	"/\\evil.example/orders",
	"https:\\\\evil.example/orders",
	"https://shop.example\\@evil.example/orders",
	"https://shop.example/admin/api/../../orders\n",
	"https://shop.example/admin/api/ord\ners",
	"https://evil.example\t.shop.example/orders",
	"/admin/api/%2e%2e/%2e%2e/secret",
	"/admin/api/..%2f..%2fsecret",
	"https://shop.example/../x/..;/y",
	"javascript:alert(1)",
	"file:///etc/passwd",
	"ftp://shop.example/admin/api/orders",
	"data:text/plain,x",
	"https://shop.example:99999/orders",
	"https://[::1/orders",
	"https://shop.example/ord\x00ers",
	"https://shop.example/" + "x" * 8000,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_addresses(text):
	try:
		found = next_address(text, BASE, BASE + "/list?page=1")
	except PagingError as error:
		assert error.code in ("other_origin", "address")
	else:
		# Some readers take these for a path on the same host; then the host must not have changed.
		assert text in ("///evil.example/admin/api/orders",)
		assert address_of(BASE, found).startswith("https://shop.example/")


def test_a_message_shows_no_token():
	with pytest.raises(PagingError) as caught:
		next_address("https://user:pass@evil.example/x?access_token=secret", BASE)
	assert "https://evil.example" in str(caught.value)
	assert "secret" not in str(caught.value) and "pass" not in str(caught.value)


def test_without_the_address_that_was_asked_the_base_counts():
	assert next_address("orders?page=2", BASE) == "/orders?page=2"


def test_a_stored_address_is_looked_at_again():
	assert address_of(BASE, "/orders?page=2") == BASE + "/orders?page=2"
	with pytest.raises(PagingError):
		address_of(BASE, "https://evil.example/orders")
	with pytest.raises(PagingError):
		address_of("https://moved.example", "https://shop.example/services/data")


@given(st.text(max_size=40), st.sampled_from(["", "https://", "//", "/", "http://shop.example", BASE]))
def test_whatever_is_given_the_origin_stays(text, prefix):
	try:
		found = next_address(prefix + text, BASE, BASE + "/list")
		whole = address_of(BASE, found)
	except PagingError:
		return
	assert whole.startswith(("https://shop.example/", "https://shop.example?"))


@pytest.mark.parametrize(
	"text, path",
	(
		("/admin/api/items?key=secret&page=2", "/items?page=2"),
		("/admin/api/items?page=2&key=secret", "/items?page=2"),
		("?k%65y=secret&page=a%20b+c&other=", "/items?page=a%20b+c&other="),
		("/admin/api/items?key=secret&key=secret", "/items"),
		("/elsewhere?key=secret&page=2", "https://shop.example/elsewhere?page=2"),
		("/admin/api/items?keys=3&Key=4", "/items?keys=3&Key=4"),
	),
)
def test_what_the_account_proves_itself_by_is_left_out(text, path):
	assert next_address(text, BASE, f"{BASE}/items?page=1&key=secret", {"key"}) == path


def test_what_a_proof_added_is_known_by_its_name():
	plain = f"{BASE}/items?since=2026-01-01T00:00:00+01:00&q=ä"
	proved = f"{BASE}/items?since=2026-01-01T00:00:00%2B01:00&q=%C3%A4&api%5Fkey=s&sign=t"
	assert added_parameters(plain, proved) == {"api_key", "sign"}
	assert added_parameters(plain, plain) == frozenset()
