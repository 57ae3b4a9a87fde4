"""The HTTP client against a receiver that misbehaves."""

from __future__ import annotations

import socket
import threading
import time
import tracemalloc

import pytest

from erp_connect.core.guard.egress import Policy
from erp_connect.tests.fakes.fault_server import Reply
from erp_connect.transport import guard
from erp_connect.transport.client import HttpClient
from erp_connect.transport.errors import TransportError
from erp_connect.transport.messages import Headers, HttpRequest, HttpResponse

LOOPBACK = Policy.of(["127.0.0.0/8"])
LIMIT = 100_000


@pytest.fixture
def client():
	with HttpClient(
		LOOPBACK, connect_timeout=5, read_timeout=5, deadline=10, max_response_bytes=LIMIT
	) as fresh:
		yield fresh


@pytest.fixture
def impatient():
	with HttpClient(LOOPBACK, connect_timeout=1, read_timeout=0.5, deadline=1) as fresh:
		yield fresh


def post(url, body=b"{}", **headers):
	return HttpRequest("POST", url, {"Content-Type": "application/json", **headers}, body)


def failure(client, request):
	with pytest.raises(TransportError) as caught:
		client.send(request)
	return caught.value


class TestExchange:
	def test_what_is_sent_arrives_byte_for_byte(self, server, client):
		body = '{"name": "Ünï", "price": 1.10}'.encode()
		answer = client.send(post(server.url("/orders?a=b%20c"), body, **{"Idempotency-Key": "k1"}))
		(received,) = server.requests
		assert (received.method, received.path, received.body) == ("POST", "/orders?a=b%20c", body)
		assert received.header("idempotency-key") == "k1"
		assert received.header("accept-encoding") == "identity"
		assert received.header("user-agent").startswith("erp_connect/")
		assert received.header("host") == f"127.0.0.1:{server.port}"
		assert (answer.status, answer.body) == (201, b'{"id": "R-1", "path": "/orders"}')
		assert answer.content_type == "application/json" and answer.address == "127.0.0.1"
		assert not answer.truncated and answer.elapsed_ms >= 0

	@pytest.mark.parametrize("method, status", [("GET", 200), ("HEAD", 200), ("PUT", 200), ("DELETE", 204)])
	def test_methods(self, server, client, method, status):
		for _ in range(2):
			assert client.send(HttpRequest(method, server.url("/orders/R-9"))).status == status
		assert server.connections == 1

	def test_every_status_is_an_answer(self, server, client):
		for status in (404, 410, 422, 429, 500, 503):
			server.script("/x", status)
			assert client.send(post(server.url("/x"))).status == status

	def test_environment_proxies_are_ignored(self, server, client, monkeypatch):
		for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
			monkeypatch.setenv(name, "http://127.0.0.1:1")
		assert client.send(post(server.url("/orders"))).status == 201

	def test_several_headers_of_one_name_are_joined(self):
		headers = Headers([("Link", "a"), ("X", "1"), ("link", "b")])
		assert headers["LINK"] == "a, b" and "link" in headers and list(headers) == ["Link", "X"]
		assert headers.get("absent") is None and len(headers) == 2


class TestKeepAlive:
	def test_one_connection_for_many_requests(self, server, client):
		for _ in range(5):
			client.send(post(server.url("/orders")))
		assert server.connections == 1

	def test_a_closed_connection_is_noticed_before_it_is_used(self, server, client):
		server.script("/orders", Reply(fault="close_after"))
		for _ in range(3):
			assert client.send(post(server.url("/orders"))).status == 200
			time.sleep(0.05)
		assert (server.connections, len(server.requests)) == (3, 3)

	def test_a_post_that_may_have_arrived_is_not_sent_again(self, server, client):
		server.script("/orders", Reply(), Reply(fault="close"), Reply())
		client.send(post(server.url("/orders")))
		error = failure(client, post(server.url("/orders")))
		assert (error.kind, error.sent) == ("reset", True)
		assert len(server.requests) == 2

	def test_a_put_on_a_connection_that_was_closed_is_sent_once_more(self, server, client):
		server.script("/orders/1", Reply(), Reply(fault="close"), Reply(body={"n": 3}))
		request = HttpRequest("PUT", server.url("/orders/1"), {}, b"{}")
		client.send(request)
		assert client.send(request).body == b'{"n": 3}'
		assert len(server.requests) == 3

	def test_but_only_once(self, server, client):
		server.script("/orders/1", Reply(), Reply(fault="close"))
		request = HttpRequest("PUT", server.url("/orders/1"), {}, b"{}")
		client.send(request)
		assert failure(client, request).kind == "reset"
		assert len(server.requests) == 3

	def test_an_answer_nobody_asked_for_is_not_taken_for_the_next(self, client):
		ordinary = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
		with _raw_server(ordinary + b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged", ordinary) as url:
			assert client.send(post(url)).body == b"ok"
			time.sleep(0.05)
			assert client.send(post(url)).body == b"ok"

	def test_closing_closes_what_was_kept(self, server, client):
		client.send(post(server.url("/orders")))
		client.close()
		client.send(post(server.url("/orders")))
		assert server.connections == 2

	def test_threads_sharing_a_client_do_not_mix_answers(self, server, client):
		wrong = []

		def work(number):
			for turn in range(20):
				path = f"/orders/{number}-{turn}"
				answer = client.send(HttpRequest("GET", server.url(path)))
				if path.encode() not in answer.body:
					wrong.append(path)

		threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
		for thread in threads:
			thread.start()
		for thread in threads:
			thread.join()
		assert not wrong and len(server.requests) == 120


class TestFaults:
	@pytest.mark.parametrize(
		"fault, kind",
		[
			("hang", "read_timeout"),
			("close", "reset"),
			("reset", "reset"),
			("reset_body", "reset"),
			("cut_head", "truncated"),
			("short", "truncated"),
			("short_chunked", "truncated"),
			("garbage", "decode"),
		],
	)
	def test_no_whole_answer_is_no_answer(self, server, impatient, fault, kind):
		server.script("/orders", Reply(body={"id": "R-1"}, fault=fault, seconds=3))
		error = failure(impatient, post(server.url("/orders")))
		assert (error.kind, error.sent) == (kind, True)
		assert error.address == "127.0.0.1" and error.elapsed_ms < 2900
		assert len(server.requests) == 1

	@pytest.mark.parametrize("fault", ["drip_head", "drip_body"])
	def test_drip_ends_at_the_deadline(self, server, impatient, fault):
		server.script("/orders", Reply(body={"id": "R-1", "pad": "x" * 100}, fault=fault, seconds=0.1))
		started = time.monotonic()
		error = failure(impatient, post(server.url("/orders")))
		assert (error.kind, error.sent) == ("deadline", True)
		assert 0.9 < time.monotonic() - started < 5

	@pytest.mark.parametrize("fault", ["gzip", "deflate", "chunked"])
	def test_encodings_nobody_asked_for(self, server, client, fault):
		server.script("/orders", Reply(body={"id": "R-1", "pad": "x" * 5000}, fault=fault))
		for _ in range(2):
			assert client.send(post(server.url("/orders"))).body.startswith(b'{"id": "R-1"')
		assert server.connections == 1

	@pytest.mark.parametrize(
		"headers, body, kind",
		[
			({"Content-Encoding": "br"}, b"abc", "decode"),
			({"Content-Encoding": "gzip, gzip"}, b"abc", "decode"),
			({"Content-Encoding": "gzip"}, b"not gzip", "decode"),
			({"Content-Encoding": "gzip"}, b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb", "truncated"),
		],
	)
	def test_broken_compression(self, server, client, headers, body, kind):
		server.script("/orders", Reply(body=body, headers=headers))
		error = failure(client, post(server.url("/orders")))
		assert (error.kind, error.sent) == (kind, True)

	def test_a_body_over_the_limit_is_cut_and_the_connection_dropped(self, server, client):
		server.script("/orders", Reply(fault="huge", size=5_000_000), Reply())
		answer = client.send(post(server.url("/orders")))
		assert answer.truncated and len(answer.body) == LIMIT
		assert client.send(post(server.url("/orders"))).status == 200
		assert server.connections == 2

	def test_a_body_at_the_limit_is_whole(self, server, client):
		server.script("/orders", Reply(fault="huge", size=LIMIT))
		answer = client.send(post(server.url("/orders")))
		assert not answer.truncated and len(answer.body) == LIMIT

	def test_a_decompression_bomb_stays_small(self, server, client):
		server.script("/orders", Reply(fault="bomb", size=50_000_000))
		tracemalloc.start()
		answer = client.send(post(server.url("/orders")))
		peak = tracemalloc.get_traced_memory()[1]
		tracemalloc.stop()
		assert answer.truncated and len(answer.body) == LIMIT
		# The server's own blocks of 1 MB are counted too.
		assert peak < 6_000_000

	def test_a_refused_upload_is_answered_although_it_was_not_read(self, client):
		early = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
		with _raw_server(early, close=True) as url:
			assert client.send(post(url, b"x" * 20_000_000)).status == 413

	def test_an_upload_nobody_reads_ends_at_the_deadline_as_not_sent(self, impatient):
		with _raw_server() as url:
			error = failure(impatient, post(url, b"x" * 50_000_000))
		assert (error.kind, error.sent) == ("deadline", False)


class TestRedirects:
	@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
	def test_they_are_handed_back_and_nothing_else_is_called(self, server, client, status, monkeypatch):
		called = []
		connect = guard._connect
		monkeypatch.setattr(
			guard, "_connect", lambda address, *rest: called.append(address) or connect(address, *rest)
		)
		target = "http://169.254.169.254/latest/meta-data"
		server.script("/orders", Reply(status, headers={"Location": target}))
		answer = client.send(post(server.url("/orders"), Authorization="Bearer abc"))
		assert (answer.status, answer.headers["location"]) == (status, target)
		assert called == ["127.0.0.1"] and len(server.requests) == 1


class TestGuard:
	def resolve(self, monkeypatch, *answers):
		"""Let names resolve to the given lists of addresses in turn, and count how often they are asked."""
		asked = []

		def lookup(host, port, *_, **__):
			addresses = answers[min(len(asked), len(answers) - 1)]
			asked.append(host)
			return [
				(socket.AF_INET6 if ":" in ip else socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port))
				for ip in addresses
			]

		monkeypatch.setattr(socket, "getaddrinfo", lookup)
		return asked

	def test_the_name_is_resolved_once_and_the_judged_address_called(self, server, client, monkeypatch):
		asked = self.resolve(monkeypatch, ["127.0.0.1"], ["169.254.169.254"])
		answer = client.send(post(server.url("/orders", host="shop.test")))
		assert (answer.status, answer.address, asked) == (201, "127.0.0.1", ["shop.test"])
		assert server.requests[0].header("host") == f"shop.test:{server.port}"

	def test_a_name_that_moves_inside_is_refused_on_the_next_connection(self, server, client, monkeypatch):
		self.resolve(monkeypatch, ["127.0.0.1"], ["169.254.169.254"])
		server.script("/orders", Reply(fault="close_after"))
		client.send(post(server.url("/orders", host="shop.test")))
		time.sleep(0.05)
		assert failure(client, post(server.url("/orders", host="shop.test"))).kind == "blocked"

	@pytest.mark.parametrize(
		"addresses",
		[
			["127.0.0.1"],
			["10.0.0.5"],
			["100.64.0.1"],
			["::ffff:169.254.169.254"],
			["fd00::1"],
			["64:ff9b::a00:1"],
			["8.8.8.8", "10.0.0.5"],
		],
	)
	def test_a_name_that_leads_inside_opens_no_socket(self, monkeypatch, addresses):
		self.resolve(monkeypatch, addresses)
		monkeypatch.setattr(guard, "TimedSocket", None)
		with HttpClient(Policy()) as public:
			error = failure(public, post("https://shop.test/?api_key=abc"))
		assert (error.kind, error.sent) == ("blocked", False)
		assert "shop.test" in str(error) and "abc" not in str(error)

	@pytest.mark.parametrize(
		"url", ["https://127.1/", "http://8.8.8.8/", "https://169.254.169.254/", "ftp://a.example/"]
	)
	def test_the_address_in_the_url_is_judged_without_a_socket(self, monkeypatch, url):
		monkeypatch.setattr(guard, "TimedSocket", None)
		with HttpClient() as public:
			assert failure(public, post(url)).kind == "blocked"

	def test_plain_http_to_a_name_needs_an_allowed_network(self, monkeypatch):
		self.resolve(monkeypatch, ["8.8.8.8"])
		monkeypatch.setattr(guard, "TimedSocket", None)
		with HttpClient(LOOPBACK) as client:
			error = failure(client, post("http://shop.test/"))
		assert error.kind == "blocked" and "https" in str(error)

	def test_the_next_address_is_tried_when_one_refuses(self, server, client, monkeypatch):
		self.resolve(monkeypatch, ["127.0.0.2", "127.0.0.1"])
		assert client.send(post(server.url("/orders", host="shop.test"))).address == "127.0.0.1"

	def test_a_name_that_does_not_exist(self, client, monkeypatch):
		def lookup(*_, **__):
			raise socket.gaierror(socket.EAI_NONAME, "unknown")

		monkeypatch.setattr(socket, "getaddrinfo", lookup)
		error = failure(client, post("https://shop.test/"))
		assert (error.kind, error.sent, error.address) == ("dns", False, "")

	def test_a_resolver_that_does_not_answer(self, monkeypatch):
		released = threading.Event()
		monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(5) and [])
		started = time.monotonic()
		with HttpClient(LOOPBACK, connect_timeout=0.2) as client:
			error = failure(client, post("https://shop.test/"))
		released.set()
		assert error.kind == "dns" and time.monotonic() - started < 3

	def test_nobody_listens(self, client):
		with socket.socket() as unused:
			unused.bind(("127.0.0.1", 0))
			port = unused.getsockname()[1]
		error = failure(client, post(f"http://127.0.0.1:{port}/"))
		assert (error.kind, error.sent) == ("refused", False)

	def test_nobody_accepts(self, client, monkeypatch):
		def connect(*_):
			raise TimeoutError

		monkeypatch.setattr(guard, "_connect", connect)
		error = failure(client, post("http://127.0.0.1:1/"))
		assert (error.kind, error.sent) == ("connect_timeout", False)


class TestInvalidRequests:
	@pytest.mark.parametrize(
		"headers",
		[
			{"X-A": "a\r\nX-B: b"},
			{"X-A": "a\nb"},
			{"X-A": "a\x00"},
			{"X-A": "€"},
			{"X-A": "x" * 9000},
			{"X A": "a"},
			{"X-A\r\nX-B": "b"},
			{"X:A": "a"},
			{"": "a"},
			{"Host": "other.example"},
			{"content-length": "5"},
			{"Transfer-Encoding": "chunked"},
			{"Connection": "close"},
			{"X-A": 5},
		],
	)
	def test_headers(self, server, client, headers):
		error = failure(client, HttpRequest("POST", server.url("/orders"), headers, b""))
		assert (error.kind, error.sent, server.requests) == ("invalid_request", False, [])

	def test_the_value_at_fault_is_not_shown(self, server, client):
		error = failure(client, HttpRequest("GET", server.url("/"), {"X-Api-Key": "hunter2\r\n"}))
		assert "X-Api-Key" in str(error) and "hunter2" not in str(error)

	@pytest.mark.parametrize("method", ["post", "GET /x HTTP/1.1\r\nX:", "CONNECT", "TRACE", ""])
	def test_methods(self, server, client, method):
		assert failure(client, HttpRequest(method, server.url("/"))).kind == "invalid_request"

	@pytest.mark.parametrize("path", ["/a b", "/a\r\nX: y", "/a\x00", "/a\\b"])
	def test_paths(self, server, client, path):
		assert failure(client, HttpRequest("GET", server.url(path))).kind == "invalid_request"
		assert server.requests == []

	def test_latin_1_headers_are_sent(self, server, client):
		client.send(post(server.url("/orders"), **{"X-Name": "Müller"}))
		assert server.requests[0].header("X-Name") == "Müller"


class TestPrinting:
	def test_requests_and_answers_show_no_content(self):
		request = HttpRequest("POST", "https://a.example/x?k=hunter2", {"X": "hunter2"}, b"hunter2", "id")
		answer = HttpResponse(200, Headers([("Set-Cookie", "hunter2")]), b"hunter2")
		assert "hunter2" not in repr(request) + repr(answer) + repr(answer.headers)

	def test_adding_to_a_request_leaves_the_first_one_alone(self):
		first = HttpRequest("GET", "https://a.example/x?p=1", {"content-type": "a"})
		second = first.with_headers({"Content-Type": "b"}).with_query({"k y": "ä/&"})
		assert second.url == "https://a.example/x?p=1&k%20y=%C3%A4%2F%26"
		assert second.headers == {"Content-Type": "b"}
		assert first.headers == {"content-type": "a"} and first.url == "https://a.example/x?p=1"


class _raw_server:  # noqa: N801
	"""Answers each connection with the next of the given bytes after the first read; with none, stays silent."""

	def __init__(self, *answers: bytes, close: bool = False) -> None:
		self._answers = list(answers)
		self._close = close
		self._listener = socket.create_server(("127.0.0.1", 0))
		self._open: list[socket.socket] = []

	def __enter__(self) -> str:
		threading.Thread(target=self._serve, daemon=True).start()
		return f"http://127.0.0.1:{self._listener.getsockname()[1]}/"

	def __exit__(self, *_: object) -> None:
		for sock in (self._listener, *self._open):
			sock.close()

	def _serve(self) -> None:
		try:
			while True:
				sock, _ = self._listener.accept()
				self._open.append(sock)
				if self._answers:
					sock.recv(2000)
					sock.sendall(self._answers.pop(0))
				if self._close:
					sock.close()
		except OSError:
			return
