"""What `requests` and urllib3 would do by themselves, and must not do here; and what must arrive unchanged."""

from __future__ import annotations

import gc
import gzip
import logging
import ssl
import time
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

trustme = pytest.importorskip("trustme")

from erp_connect.core.guard.egress import Policy  # noqa: E402
from erp_connect.core.guard.redaction import Secret  # noqa: E402
from erp_connect.tests.fakes.fault_server import FaultServer, Reply  # noqa: E402
from erp_connect.tests.fakes.raw_server import RawServer  # noqa: E402
from erp_connect.transport import tls  # noqa: E402
from erp_connect.transport.auth import BasicAuth, HeaderAuth  # noqa: E402
from erp_connect.transport.client import HttpClient  # noqa: E402
from erp_connect.transport.errors import TransportError  # noqa: E402
from erp_connect.transport.messages import HttpRequest  # noqa: E402

LOOPBACK = Policy.of(["127.0.0.0/8"])


def secure_server(authority):
	context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
	authority.issue_cert("127.0.0.1").configure_cert(context)
	return FaultServer(tls=context)


class TestAsWritten:
	@pytest.mark.parametrize(
		"target",
		[
			"/a%2fb/%7Euser/./x/../y",
			"/a//b?",
			"/?q={1}[2]|3^4`5",
			"/x?a=%zz&b=100%",
			"/x;p=1?u=https://a.example/?b=c",
			"/x?+a=b+c&&=",
			"/x/..//evil.example/x",
			"/%E4?x=%e4",
		],
	)
	def test_the_address_travels_byte_for_byte(self, server, client, target):
		prepared = client.prepare(HttpRequest("GET", server.url(target) + "#part"))
		assert client.send(prepared).status == 200
		assert server.requests[0].path == target == prepared.path_url
		assert prepared.url == server.url(target)

	@pytest.mark.parametrize(
		"method, body, length",
		[
			("GET", b"", ""),
			("GET", b'{"query": 1}', "12"),
			("HEAD", b"", ""),
			("DELETE", b"", ""),
			("DELETE", b"x", "1"),
			("POST", b"", "0"),
			("PUT", b"", "0"),
			("PATCH", b"", "0"),
			("POST", b"x" * 300_000, "300000"),
		],
	)
	def test_bodies_and_their_length(self, server, client, method, body, length):
		for _ in range(2):
			client.send(HttpRequest(method, server.url("/x"), {}, body))
		for received in server.requests:
			assert (received.method, received.body, received.header("content-length")) == (
				method,
				body,
				length,
			)
			assert not received.header("transfer-encoding")
		assert server.connections == 1

	def test_each_header_once(self, server, client):
		client.send(HttpRequest("POST", server.url("/x"), {"user-agent": "mine", "ACCEPT": "a/b"}, b"{}"))
		names = [name.lower() for name in server.requests[0].headers]
		assert sorted(names) == ["accept", "accept-encoding", "content-length", "host", "user-agent"]
		assert server.requests[0].header("User-Agent") == "mine"

	@pytest.mark.parametrize("name", ["Host", "content-length", "Proxy-Authorization", "Accept-Encoding"])
	def test_authentication_cannot_set_what_belongs_to_the_connection(self, server, client, name):
		prepared = client.prepare(HttpRequest("GET", server.url("/x")), HeaderAuth({name: Secret("1")}))
		with pytest.raises(TransportError) as caught:
			client.send(prepared)
		assert (caught.value.kind, caught.value.sent, server.requests) == ("invalid_request", False, [])

	def test_what_was_prepared_says_what_is_sent(self, server, client):
		prepared = client.prepare(
			HttpRequest("POST", server.url("/x"), {"X-A": "1"}, b"{}"), BasicAuth("ü", Secret("p"))
		)
		client.send(prepared)
		received = server.requests[0]
		assert prepared.headers.items() <= {key: value for key, value in received.headers.items()}.items()
		assert received.header("authorization") == "Basic w7w6cA=="

	def test_the_log_of_urllib3_never_holds_the_query(self, server, client, caplog):
		caplog.set_level(logging.DEBUG)
		odd = {"Content-Type": "multipart/mixed; boundary=x", "Content-Length": "2", "X-Odd": "\u00ff"}
		server.script("/x", Reply(200, b"{}", headers=odd), Reply(404), Reply(fault="close_after"), Reply())
		for _ in range(4):
			client.send(HttpRequest("GET", server.url("/x?api_key=hunter2")))
			time.sleep(0.02)
		assert "hunter2" not in caplog.text


class TestNothingFromTheEnvironment:
	def test_proxies_credentials_and_authorities(self, server, authority, monkeypatch, tmp_path):
		rogue = trustme.CA()
		bundle, own = tmp_path / "rogue.pem", tmp_path / "own.pem"
		rogue.cert_pem.write_to_path(bundle)
		authority.cert_pem.write_to_path(own)
		(tmp_path / ".netrc").write_text("machine 127.0.0.1\nlogin me\npassword hunter2\n")
		(tmp_path / ".netrc").chmod(0o600)
		keys = tmp_path / "keys.log"
		for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
			monkeypatch.setenv(name, "http://127.0.0.1:1")
		for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
			monkeypatch.setenv(name, str(bundle))
		monkeypatch.setenv("NO_PROXY", "")
		monkeypatch.setenv("HOME", str(tmp_path))
		monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
		monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
		tls._context.cache_clear()
		request = HttpRequest("POST", server.url("/x"), {}, b"{}")
		with HttpClient(LOOPBACK, ca_file=str(own)) as http, secure_server(authority) as trusted:
			assert http.send(request).status == 201
			assert http.send(HttpRequest("POST", trusted.url("/x"), {}, b"{}")).status == 201
			with secure_server(rogue) as stranger, pytest.raises(TransportError) as caught:
				http.send(HttpRequest("POST", stranger.url("/x"), {}, b"{}"))
		tls._context.cache_clear()
		assert (caught.value.kind, caught.value.sent) == ("tls", False)
		assert not server.requests[0].header("authorization") and not trusted.requests[0].header(
			"authorization"
		)
		assert not keys.exists() or "SECRET" not in keys.read_text()

	def test_cookies_are_not_kept(self, server, client):
		server.script("/x", Reply(headers={"Set-Cookie": "session=1; Path=/"}))
		for _ in range(2):
			assert (
				client.send(HttpRequest("GET", server.url("/x"))).headers["set-cookie"] == "session=1; Path=/"
			)
		assert not server.requests[1].header("cookie")


class TestMemory:
	def peak(self, client, request):
		gc.collect()
		tracemalloc.start()
		try:
			answer = client.send(request)
			return answer, tracemalloc.get_traced_memory()[1]
		finally:
			tracemalloc.stop()

	@pytest.mark.parametrize("fault", ["", "chunked"])
	def test_a_bomb_within_the_limit_of_bytes_read(self, server, client, fault):
		packed = gzip.compress(bytes(300_000_000), 9)
		server.script("/x", Reply(body=packed, headers={"Content-Encoding": "gzip"}))
		answer, peak = self.peak(client, HttpRequest("GET", server.url("/x")))
		assert answer.truncated and answer.body == bytes(1_000_000)
		assert len(packed) > 250_000 and peak < 5_000_000

	def test_an_announced_length_is_not_believed(self, client):
		head = b"HTTP/1.1 200 OK\r\nContent-Length: 50000000000\r\n\r\n"
		with RawServer(head + b"x" * 2_000_000) as url:
			answer, peak = self.peak(client, HttpRequest("GET", url))
		assert answer.truncated and len(answer.body) == 1_000_000 and peak < 6_000_000


class TestOddAnswers:
	LINES = (
		b"HTTP/1.1 200 OK",
		b"HTTP/1.0 200",
		b"HTTP/1.1 100 Continue\r\n",
		b"HTTP/1.1 204 No Content",
		b"Content-Length: 5",
		b"Content-Length: 5, 6",
		b"Content-Length: -1",
		b"Content-Length: 9999999999999999999999",
		b"Content-Length: \xb2",
		b"Transfer-Encoding: chunked",
		b"Content-Encoding: gzip",
		b"Content-Encoding: deflate",
		b"Content-Type: multipart/mixed; boundary=x",
		b"X: a\r\n b",
		b"no colon",
		b"\xff\x00: \xe9",
		b"",
		b"5\r\nhello\r\n0\r\n",
		b"-5\r\nhello",
		b"zz;q",
		b"hello",
		b"\x1f\x8b\x08\x00",
	)

	@settings(max_examples=150, deadline=None)
	@given(st.lists(st.sampled_from(LINES), max_size=8), st.booleans())
	def test_whatever_comes_is_an_answer_or_a_transport_error(self, lines, whole):
		said = b"\r\n".join([*lines, b"", b""] if whole else lines)
		http = HttpClient(LOOPBACK, read_timeout=2, deadline=3)
		with RawServer(said, once=True) as url, http, suppress(TransportError):
			assert http.send(HttpRequest("GET", url)).status >= 100

	def test_two_lengths_that_differ_are_not_guessed_at(self, client):
		said = b"HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\nok"
		with RawServer(said) as url, pytest.raises(TransportError) as caught:
			client.send(HttpRequest("POST", url, {}, b"{}"))
		assert (caught.value.kind, caught.value.sent) == ("decode", True)
