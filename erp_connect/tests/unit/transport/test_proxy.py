"""The way out through a proxy: judged here first, asked for the judged address, and never told more."""

from __future__ import annotations

import logging
import socket
import ssl
import time

import pytest

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.guard.egress import Policy
from erp_connect.tests.fakes.egress_proxy import EgressProxyServer
from erp_connect.tests.fakes.fault_server import FaultServer, Reply
from erp_connect.transport.client import HttpClient
from erp_connect.transport.errors import TransportError
from erp_connect.transport.messages import HttpRequest
from erp_connect.transport.proxy import EgressProxy

LOOPBACK = Policy.of(["127.0.0.0/8"])


@pytest.fixture
def names(monkeypatch):
	"""Names and what they resolve to; others do not exist."""
	known = {"shop.test": ["127.0.0.1"]}
	real = socket.getaddrinfo

	def lookup(host, port, *args, **kwargs):
		if host in known:
			return [entry for ip in known[host] for entry in real(ip, port, *args, **kwargs)]
		if str(host).endswith(".test"):
			raise socket.gaierror(socket.EAI_NONAME, "unknown")
		return real(host, port, *args, **kwargs)

	monkeypatch.setattr(socket, "getaddrinfo", lookup)
	return known


@pytest.fixture
def secure(authority, names):
	context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
	authority.issue_cert("shop.test").configure_cert(context)
	with FaultServer(tls=context) as server:
		yield server


@pytest.fixture
def plain(names):
	with FaultServer() as server:
		yield server


@pytest.fixture
def by(authority, tmp_path):
	"""A client that goes out by the given proxy."""
	bundle = tmp_path / "ca.pem"
	authority.cert_pem.write_to_path(bundle)
	clients = []

	def make(proxy, *, url="", resolves=False, policy=LOOPBACK, **limits):
		way = EgressProxy.of(url or proxy.url, resolves=resolves)
		clients.append(
			HttpClient(
				policy, ca_file=str(bundle), proxy=way, **{"connect_timeout": 3, "deadline": 5, **limits}
			)
		)
		return clients[-1]

	yield make
	for client in clients:
		client.close()


def post(server, host="shop.test", path="/orders?k=1"):
	return HttpRequest("POST", server.url(path, host=host), {}, b"{}")


def failure(client, request):
	with pytest.raises(TransportError) as caught:
		client.send(request)
	return caught.value


class TestTunnel:
	def test_the_judged_address_is_asked_for_and_the_name_verified(self, secure, by):
		with EgressProxyServer() as proxy:
			client = by(proxy)
			answers = [client.send(post(secure)) for _ in range(3)]
			assert [(answer.status, answer.address) for answer in answers] == [(201, "127.0.0.1")] * 3
			assert proxy.asked == [f"CONNECT 127.0.0.1:{secure.port} HTTP/1.1"]
			assert "shop.test" not in proxy.heads[0]
		assert secure.requests[0].header("host") == f"shop.test:{secure.port}"
		assert secure.requests[0].path == "/orders?k=1"

	def test_a_certificate_for_another_name_is_refused(self, secure, names, by):
		names["other.test"] = ["127.0.0.1"]
		with EgressProxyServer() as proxy:
			error = failure(by(proxy), post(secure, host="other.test"))
		assert (error.kind, error.sent, secure.requests) == ("tls", False, [])

	def test_credentials_go_to_the_proxy_alone(self, secure, by):
		with EgressProxyServer(credentials="me:pässword/1") as proxy:
			client = by(proxy, url=f"http://me:p%C3%A4ssword%2F1@127.0.0.1:{proxy.port}")
			assert client.send(post(secure)).status == 201
		assert "Proxy-Authorization" in proxy.heads[0]
		assert not secure.requests[0].header("proxy-authorization")

	@pytest.mark.parametrize("user", ["", "me:hunter2@"])
	def test_credentials_that_are_missing_or_wrong(self, secure, by, user):
		with EgressProxyServer(credentials="me:other") as proxy:
			error = failure(by(proxy, url=f"http://{user}127.0.0.1:{proxy.port}"), post(secure))
		assert (error.kind, error.sent, secure.requests) == ("proxy", False, [])
		assert "407" in str(error) and "erp_connect_proxy" in str(error) and "hunter2" not in str(error)

	@pytest.mark.parametrize("status", [403, 502])
	def test_a_connection_that_the_proxy_does_not_make(self, secure, by, status):
		with EgressProxyServer(refuse=status) as proxy:
			error = failure(by(proxy), post(secure))
		assert (error.kind, error.sent, secure.requests) == ("proxy", False, [])
		assert str(status) in str(error) and "shop.test" in str(error)

	def test_the_next_address_is_asked_for_when_the_proxy_cannot_reach_one(self, secure, names, by):
		names["shop.test"] = ["127.0.0.9", "127.0.0.1"]
		with EgressProxyServer(refused_addresses=frozenset({"127.0.0.9"})) as proxy:
			assert by(proxy).send(post(secure)).address == "127.0.0.1"
			assert len(proxy.asked) == 2

	def test_a_proxy_that_hangs(self, secure, by):
		with EgressProxyServer(hang=True) as proxy:
			started = time.monotonic()
			error = failure(by(proxy, connect_timeout=0.5), post(secure))
		assert (error.kind, error.sent) == ("proxy", False) and "in time" in str(error)
		assert time.monotonic() - started < 2.5

	@pytest.mark.parametrize(
		"speaks",
		[
			b"220 mail ESMTP\r\n",
			b"",
			b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
			b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200,
		],
	)
	def test_something_else_than_a_proxy(self, secure, by, speaks):
		with EgressProxyServer(speaks=speaks or b"\n") as proxy:
			error = failure(by(proxy), post(secure))
		assert (error.kind, error.sent, secure.requests) == ("proxy", False, [])

	def test_no_proxy_at_all(self, secure, by):
		with socket.create_server(("127.0.0.1", 0)) as unused:
			port = unused.getsockname()[1]
		error = failure(by(None, url=f"http://127.0.0.1:{port}"), post(secure))
		assert (error.kind, error.sent) == ("proxy", False) and "cannot be reached" in str(error)


class TestForwarding:
	def test_plain_http_goes_to_the_judged_address(self, plain, by):
		with EgressProxyServer(credentials="a:b") as proxy:
			client = by(proxy, url=f"http://a:b@127.0.0.1:{proxy.port}")
			for _ in range(2):
				answer = client.send(post(plain))
				assert (answer.status, answer.address) == (201, "127.0.0.1")
			assert proxy.asked == [f"POST http://127.0.0.1:{plain.port}/orders?k=1 HTTP/1.1"]
		assert [request.header("host") for request in plain.requests] == [f"shop.test:{plain.port}"] * 2

	def test_the_proxy_asks_for_a_password(self, plain, by):
		with EgressProxyServer(credentials="a:b") as proxy:
			error = failure(by(proxy), post(plain))
		assert (error.kind, error.sent, plain.requests) == ("proxy", False, [])

	def test_a_407_inside_a_tunnel_is_the_receivers_own(self, secure, by):
		secure.script("/orders", Reply(407))
		with EgressProxyServer() as proxy:
			assert by(proxy).send(post(secure)).status == 407


class TestJudging:
	@pytest.mark.parametrize("resolves", [False, True])
	@pytest.mark.parametrize("addresses", [["10.0.0.5"], ["8.8.8.8", "169.254.169.254"], ["127.0.0.1"]])
	def test_a_name_that_leads_inside_never_reaches_the_proxy(self, names, by, addresses, resolves):
		names["shop.test"] = addresses
		with EgressProxyServer() as proxy:
			client = by(proxy, policy=Policy(), resolves=resolves)
			error = failure(client, HttpRequest("POST", "https://shop.test/", {}, b"{}"))
			assert (error.kind, error.sent, proxy.heads) == ("blocked", False, [])

	@pytest.mark.parametrize("url", ["https://169.254.169.254/", "https://10.1.2.3/", "http://8.8.8.8/"])
	def test_nor_does_an_address_in_the_url(self, names, by, url):
		with EgressProxyServer() as proxy:
			client = by(proxy, policy=Policy(), resolves=True)
			assert failure(client, HttpRequest("GET", url)).kind == "blocked"
			assert proxy.heads == []

	def test_a_name_that_moves_inside_is_judged_anew(self, secure, names, by):
		secure.script("/orders", Reply(fault="close_after"))
		with EgressProxyServer() as proxy:
			client = by(proxy)
			client.send(post(secure))
			names["shop.test"] = ["169.254.169.254"]
			time.sleep(0.05)
			assert failure(client, post(secure)).kind == "blocked"
			assert len(proxy.heads) == 1

	def test_a_name_that_does_not_exist(self, by, names):
		with EgressProxyServer() as proxy:
			assert failure(by(proxy), HttpRequest("GET", "https://gone.test/")).kind == "dns"
			assert proxy.heads == []


class TestProxyThatResolves:
	def test_it_gets_the_name(self, secure, by):
		with EgressProxyServer(reach="127.0.0.1") as proxy:
			answer = by(proxy, resolves=True).send(post(secure))
			assert (answer.status, answer.address) == (201, "")
			assert proxy.asked == [f"CONNECT shop.test:{secure.port} HTTP/1.1"]

	def test_also_one_that_is_not_known_here(self, secure, names, by):
		del names["shop.test"]
		with EgressProxyServer(reach="127.0.0.1") as proxy:
			assert by(proxy, resolves=True).send(post(secure)).status == 201

	def test_but_not_without_encryption(self, plain, names, by):
		del names["shop.test"]
		with EgressProxyServer(reach="127.0.0.1") as proxy:
			error = failure(by(proxy, resolves=True), post(plain))
			assert (error.kind, proxy.heads) == ("blocked", [])
			open_policy = Policy.of(["127.0.0.0/8"], allow_http=True)
			assert by(proxy, resolves=True, policy=open_policy).send(post(plain)).status == 201
			assert proxy.asked == [f"POST http://shop.test:{plain.port}/orders?k=1 HTTP/1.1"]


class TestSettings:
	@pytest.mark.parametrize(
		"url",
		[
			"proxy.example:3128",
			"https://proxy.example:3128",
			"socks5://proxy.example:1080",
			"http://me:hunter2@proxy.example",
			"http://me:hunter2@proxy.example:no",
			"http://me:hunter2@:3128",
			"http://me:hunter2@proxy.example:3128/path",
			"http://me:hunter2@[::1:3128",
			5,
		],
	)
	def test_an_address_that_is_none(self, url):
		with pytest.raises(ConfigurationError, match="erp_connect_proxy") as caught:
			EgressProxy.of(url)
		assert "hunter2" not in str(caught.value) and "http://proxy.example:3128" in str(caught.value)

	def test_the_password_is_shown_nowhere(self, secure, by, caplog):
		caplog.set_level(logging.DEBUG)
		proxy = EgressProxy.of("http://me:hunter2@proxy.example:3128")
		assert "hunter2" not in f"{proxy} {proxy!r}" and "bWU6aHVudGVyMg==" not in repr(proxy)
		with EgressProxyServer() as server:
			by(server, url=f"http://me:hunter2@127.0.0.1:{server.port}").send(post(secure))
		assert "hunter2" not in caplog.text and "bWU6aHVudGVyMg==" not in caplog.text
