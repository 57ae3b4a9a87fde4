"""Where a request comes from: no client can say it itself."""

import ipaddress

import pytest

from erp_connect.core.guard.client_address import client_address, counted_as, is_within

PROXY, OUTSIDE = "127.0.0.1", "93.184.215.14"


@pytest.mark.parametrize(
	("peer", "forwarded", "proxies", "expected"),
	[
		(OUTSIDE, None, None, OUTSIDE),
		(OUTSIDE, "192.0.2.9", None, OUTSIDE),  # no proxy of ours is out there
		(OUTSIDE, "192.0.2.9", 1, "192.0.2.9"),  # but one may be named
		(PROXY, None, None, PROXY),
		(PROXY, "  ", None, PROXY),
		(PROXY, "192.0.2.9", None, "192.0.2.9"),
		(PROXY, "192.0.2.9", 0, PROXY),
		(PROXY, "192.0.2.9, 203.0.113.5", None, "203.0.113.5"),  # the first was invented
		(PROXY, "192.0.2.9,10.0.0.1,203.0.113.5", 1, "203.0.113.5"),
		(PROXY, "192.0.2.9, 203.0.113.5, 10.0.0.3", 2, "203.0.113.5"),
		(PROXY, "203.0.113.5", 2, PROXY),  # came past the outer proxy
		(PROXY, "192.0.2.9, garbage", None, None),
		(PROXY, "192.0.2.9,", None, None),
		(PROXY, "203.0.113.5:4711", None, "203.0.113.5"),
		(PROXY, '"[2001:db8::1]:443"', None, "2001:db8::1"),
		(PROXY, "2001:db8::1", None, "2001:db8::1"),
		("::ffff:127.0.0.1", "::ffff:203.0.113.5", None, "203.0.113.5"),
		("10.0.3.4", "203.0.113.5", None, "203.0.113.5"),
		("", "203.0.113.5", None, "203.0.113.5"),  # a socket of this machine
		(None, None, None, PROXY),
		("garbage", "203.0.113.5", None, None),
	],
)
def test_entries_count_from_the_right(peer, forwarded, proxies, expected):
	found = client_address(peer, forwarded, proxies)
	assert (found and str(found)) == expected


def test_a_header_of_many_entries_says_what_its_last_one_says():
	assert str(client_address(PROXY, "1.1.1.1," * 100_000 + "203.0.113.5", None)) == "203.0.113.5"
	assert str(client_address(PROXY, "1.1.1.1," * 100 + "203.0.113.5", 80)) == PROXY


@pytest.mark.parametrize(
	("address", "networks", "expected"),
	[
		("192.0.2.9", ["192.0.2.0/24"], True),
		("192.0.3.9", ["192.0.2.0/24", "192.0.3.9"], True),
		("192.0.3.9", ["192.0.2.0/24"], False),
		("2001:db8::5", ["2001:db8::/32"], True),
		("2001:db8::5", ["0.0.0.0/0"], False),
		("192.0.2.9", ["nonsense"], False),
		("192.0.2.9", [], False),
	],
)
def test_lists(address, networks, expected):
	assert is_within(ipaddress.ip_address(address), networks) is expected


def test_an_unknown_address_is_on_no_list():
	assert not is_within(None, ["0.0.0.0/0", "::/0"])


def test_one_customer_of_a_provider_is_one_sender():
	first, second, other = (
		counted_as(ipaddress.ip_address(text))
		for text in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1")
	)
	assert first == second != other
	assert counted_as(ipaddress.ip_address("192.0.2.9")) == "192.0.2.9"
	assert counted_as(None)
