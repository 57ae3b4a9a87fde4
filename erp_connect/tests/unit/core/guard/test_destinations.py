"""Where secrets may go: origins as they are compared, and what leads elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from erp_connect.core.guard.destinations import Destinations, Entrusted, covers, origin_if_any, origin_of
from erp_connect.core.guard.egress import BlockedAddress

SHOP = Destinations(
	base_url="https://shop.example",
	sandbox_base_url="https://sandbox.shop.example",
	token_address="https://login.shop.example",
	made_up="join('', ['https://', domain])",
)


@pytest.mark.parametrize(
	"url",
	[
		"https://shop.example",
		"HTTPS://Shop.Example:443/api?x=1#top",
		"https://shop.example./other/path",
	],
)
def test_one_origin_however_it_is_written(url):
	assert origin_of(url) == "https://shop.example"


@pytest.mark.parametrize(
	"url",
	[
		"http://shop.example",
		"https://shop.example:8443",
		"https://api.shop.example",
		"https://shop.example.evil.example",
		"https://shop.example.evil.example:443/shop.example",
	],
)
def test_scheme_host_and_port_make_another_origin(url):
	assert origin_of(url) != "https://shop.example"


def test_notations_of_one_ip_address_are_one_origin():
	assert origin_of("http://127.1:8000") == origin_of("http://127.0.0.1:8000/x") == "http://127.0.0.1:8000"
	assert origin_of("https://[::1]:8443/") == "https://[::1]:8443"


@pytest.mark.parametrize(
	"url", ["", "shop.example", "ftp://shop.example", "https://a:b@shop.example", "https://"]
)
def test_what_is_no_address_has_no_origin(url):
	with pytest.raises(BlockedAddress):
		origin_of(url)
	assert origin_if_any(url) == ""


@pytest.mark.parametrize(
	("stated", "origin", "allowed"),
	[
		(["shop.example"], "https://shop.example", True),
		(["SHOP.example:443"], "https://shop.example", True),
		(["shop.example"], "http://shop.example", False),
		(["shop.example"], "https://shop.example:8443", False),
		(["shop.example:8443"], "https://shop.example:8443", True),
		(["shop.example"], "https://api.shop.example", False),
		(["http://127.0.0.1:8000"], "http://127.0.0.1:8000", True),
		(["other.example", "shop.example"], "https://shop.example", True),
		([], "https://shop.example", False),
	],
)
def test_hosts_that_are_stated(stated, origin, allowed):
	assert covers(stated, origin) is allowed


@pytest.mark.parametrize("field", ["base_url", "sandbox_base_url", "token_address"])
def test_each_address_has_an_origin_of_its_own(field):
	other = replace(SHOP, **{field: "https://shop.evil.example"})
	assert other.leads_elsewhere(SHOP)
	assert replace(SHOP, **{field: ""}).leads_elsewhere(SHOP) is False
	assert SHOP.leads_elsewhere(replace(SHOP, **{field: ""}))


def test_exchanged_addresses_lead_elsewhere():
	swapped = replace(SHOP, base_url=SHOP.sandbox_base_url, sandbox_base_url=SHOP.base_url)
	assert swapped.leads_elsewhere(SHOP)


def test_another_way_to_find_the_base_url_leads_elsewhere():
	assert replace(SHOP, made_up="'https://evil.example'").leads_elsewhere(SHOP)


def test_the_same_leads_nowhere_else_and_what_is_unknown_does():
	assert not SHOP.leads_elsewhere(SHOP)
	assert SHOP.leads_elsewhere(None)
	assert not Destinations().leads_elsewhere(None)


def test_what_is_kept_comes_back():
	entrusted = Entrusted(SHOP, frozenset({"out site_config:a", "in env:ERP_CONNECT_B"}))
	assert Entrusted.from_json(entrusted.as_json()) == entrusted
