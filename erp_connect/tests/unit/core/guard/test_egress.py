"""Which addresses may be called."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.guard.egress import BlockedAddress, Policy, check_ip, check_url

PUBLIC = Policy()
EVERYTHING = Policy.of(["0.0.0.0/0", "::/0"])

CLOSED = [
	"0.0.0.0",
	"0.1.2.3",
	"10.0.0.1",
	"10.255.255.255",
	"100.64.0.1",
	"100.127.255.255",
	"127.0.0.1",
	"127.255.255.254",
	"169.254.0.1",
	"172.16.0.1",
	"172.31.255.255",
	"192.0.0.8",
	"192.0.2.1",
	"192.88.99.1",
	"192.168.1.1",
	"198.18.0.1",
	"198.19.255.255",
	"198.51.100.7",
	"203.0.113.9",
	"224.0.0.1",
	"239.255.255.255",
	"240.0.0.1",
	"255.255.255.255",
	"::",
	"::1",
	"::ffff:127.0.0.1",
	"::ffff:10.1.2.3",
	"::127.0.0.1",
	"::ffff:0:127.0.0.1",
	"64:ff9b::10.0.0.1",
	"64:ff9b:1::8.8.8.8",
	"100::1",
	"2001::1",
	"2001:0:4136:e378:8000:63bf:3fff:fdd2",
	"2001:2::1",
	"2001:10::1",
	"2001:20::1",
	"2001:db8::1",
	"2002:0a00:0001::1",
	"2002:0808:0808::1",
	"3ffe::1",
	"3fff::1",
	"4000::1",
	"5f00::1",
	"fc00::1",
	"fd00::1",
	"fe80::1",
	"fec0::1",
	"ff02::1",
]
METADATA = [
	"169.254.169.254",
	"169.254.170.2",
	"100.100.100.200",
	"168.63.129.16",
	"192.0.0.192",
	"fd00:ec2::254",
	"fd20:ce::254",
	"fe80::a9fe:a9fe",
	"::ffff:169.254.169.254",
	"::169.254.169.254",
	"64:ff9b::169.254.169.254",
	"64:ff9b:1::169.254.169.254",
	"2002:a9fe:a9fe::",
	"2001:0:0:0:0:0:5601:5601",
]
OPEN = [
	"8.8.8.8",
	"1.1.1.1",
	"100.63.255.255",
	"172.32.0.1",
	"192.0.1.1",
	"198.20.0.1",
	"223.255.255.255",
] + [
	"2606:4700::1111",
	"2a00:1450::1",
	"2001:4860:4860::8888",
	"::ffff:8.8.8.8",
	"64:ff9b::8.8.8.8",
]


class TestAddresses:
	@pytest.mark.parametrize("ip", CLOSED)
	def test_closed_ones(self, ip):
		with pytest.raises(BlockedAddress, match="private or reserved|serves the machine"):
			check_ip(ip, PUBLIC)

	@pytest.mark.parametrize("ip", OPEN)
	def test_open_ones(self, ip):
		check_ip(ip, PUBLIC)

	@pytest.mark.parametrize("ip", METADATA)
	def test_metadata_services_even_when_everything_is_allowed(self, ip):
		for policy in (PUBLIC, EVERYTHING):
			with pytest.raises(BlockedAddress, match="serves the machine itself"):
				check_ip(ip, policy)

	def test_an_allowed_network(self):
		policy = Policy.of(["10.1.2.0/24", "fd12::/16"])
		for ip in ("10.1.2.3", "::ffff:10.1.2.3", "fd12::5"):
			check_ip(ip, policy)
			check_ip(ip, policy, secure=False)
		for ip in ("10.1.3.3", "fd13::5", "2002:0a01:0203::1"):
			with pytest.raises(BlockedAddress):
				check_ip(ip, policy)

	def test_without_tls_only_allowed_networks_or_by_permission(self):
		with pytest.raises(BlockedAddress, match="without encryption"):
			check_ip("8.8.8.8", PUBLIC, secure=False)
		check_ip("8.8.8.8", Policy(allow_http=True), secure=False)

	@pytest.mark.parametrize("text", ["", "example.com", "1.2.3", "::1%eth0x/"])
	def test_what_is_no_address(self, text):
		with pytest.raises(BlockedAddress):
			check_ip(text, PUBLIC)

	@given(st.integers(0, 2**32 - 1))
	def test_no_disguise_opens_a_closed_address(self, number):
		plain = IPv4Address(number)
		if _open(plain):
			return
		disguises = [
			f"::ffff:{plain}",
			f"64:ff9b::{plain}",
			f"::{plain}",
			str(IPv6Address((0x2002 << 112) | (number << 80))),
		]
		assert not any(_open(IPv6Address(text)) for text in disguises)

	@given(st.integers(0, 2**128 - 1))
	def test_of_ipv6_only_global_unicast_is_open(self, number):
		address = IPv6Address(number)
		if _open(address) and not address.ipv4_mapped and address not in ip_network("64:ff9b::/96"):
			assert address in ip_network("2000::/3") and not address.is_private

	def test_an_unreadable_network_is_a_mistake_in_the_settings(self):
		with pytest.raises(ConfigurationError, match="is not a network"):
			Policy.of(["10.0.0.0/99"])


class TestUrls:
	@pytest.mark.parametrize(
		"url, host, port, target",
		[
			("https://example.com", "example.com", 443, "/"),
			("HTTPS://EXAMPLE.com:8443/a/b?c=d#e", "example.com", 8443, "/a/b?c=d"),
			("https://example.com.?q=1", "example.com", 443, "/?q=1"),
			("https://bücher.example/ä?ö=%20", "xn--bcher-kva.example", 443, "/%C3%A4?%C3%B6=%20"),
			("https://8.8.8.8/x", "8.8.8.8", 443, "/x"),
			("https://134744072/", "8.8.8.8", 443, "/"),
			("https://[2606:4700::1111]:444/", "2606:4700::1111", 444, "/"),
			("https://my_shop.example:/", "my_shop.example", 443, "/"),
		],
	)
	def test_what_may_be_asked_for(self, url, host, port, target):
		parsed = check_url(url)
		assert (parsed.host, parsed.port, parsed.target) == (host, port, target)

	@pytest.mark.parametrize(
		"url",
		[
			"https://127.0.0.1/",
			"https://127.1/",
			"https://0x7f000001/",
			"https://0x7f.1/",
			"https://2130706433/",
			"https://0177.0.0.1/",
			"https://0/",
			"https://127.0.0.1./",
			"https://１２７.0.0.1/",
			"https://127。0。0。1/",
			"https://[::1]/",
			"https://[::ffff:7f00:1]/",
			"https://[0:0:0:0:0:ffff:127.0.0.1]/",
			"https://169.254.169.254/latest/meta-data",
			"https://2852039166/",
		],
	)
	def test_addresses_in_any_notation(self, url):
		with pytest.raises(BlockedAddress, match="private or reserved|serves the machine"):
			check_url(url)

	@pytest.mark.parametrize(
		"url",
		[
			"",
			"example.com",
			"//example.com/",
			"ftp://example.com/",
			"file:///etc/passwd",
			"gopher://example.com/",
			"https://",
			"https:///path",
			"https://good.example@bad.example/",
			"https://user:pw@example.com/",
			"https://example.com\\@bad.example/",
			"https://example.com/a b",
			"https://example.com/\r\nX: y",
			"https://example.com/\x00",
			"https://exam\tple.com/",
			"https://exa%6dple.com/",
			"https://example..com/",
			"https://-example.com/",
			"https://example.com:0/",
			"https://example.com:65536/",
			"https://example.com:80x/",
			"https://[::1/",
			"https://[fe80::1%25eth0]/",
			"https://1.2.3.4.5/",
			"https://256.1.1.1/",
			"https://0x1ffffffff/",
			"https://09.1.1.1/",
			"https://" + "a" * 300 + ".example/",
			"https://example.com/" + "a" * 9000,
		],
	)
	def test_what_is_refused_as_malformed(self, url):
		with pytest.raises(BlockedAddress) as caught:
			check_url(url, EVERYTHING)
		assert "pw" not in str(caught.value)

	def test_names_over_plain_http(self):
		with pytest.raises(BlockedAddress, match="https"):
			check_url("http://example.com/")
		assert not check_url("http://example.com/", Policy(allow_http=True)).secure
		# The connection still refuses unless the name leads into the allowed network.
		assert check_url("http://shop.internal/", Policy.of(["10.0.0.0/8"])).port == 80

	def test_a_host_to_blame_and_a_path_to_blame_are_told_apart(self):
		codes = {}
		for url in ("ftp://example.com/", "https://10.0.0.1/", "https://example.com/a b"):
			with pytest.raises(BlockedAddress) as caught:
				check_url(url)
			codes[url] = caught.value.code
		assert list(codes.values()) == ["blocked", "blocked", "bad_url"]

	def test_the_query_is_not_repeated_in_messages(self):
		with pytest.raises(BlockedAddress) as caught:
			check_url("https://example.com/x y?api_key=abc")
		assert "abc" not in str(caught.value)

	@given(st.text(max_size=40))
	def test_any_text_is_either_refused_or_harmless(self, text):
		try:
			parsed = check_url("https://" + text)
		except BlockedAddress:
			return
		assert parsed.host.isascii() and parsed.target.isascii()
		assert not set(parsed.authority + parsed.target) & set(" \r\n\t\\@") or "@" in parsed.target
		assert parsed.address is None or _open(parsed.address)


def _open(address):
	try:
		check_ip(address, PUBLIC)
	except BlockedAddress:
		return False
	return True
