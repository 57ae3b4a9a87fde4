"""Connections kept between requests and shared by threads, and what holds while they are used."""

from __future__ import annotations

import gc
import socket
import ssl
import threading
import time
import weakref

import pytest
import responses

from erp_connect.core.guard.egress import Policy
from erp_connect.tests.fakes.fault_server import FaultServer, Reply
from erp_connect.tests.fakes.raw_server import RawServer, SlowReader
from erp_connect.transport import connection
from erp_connect.transport.client import HttpClient
from erp_connect.transport.errors import TransportError
from erp_connect.transport.messages import HttpRequest
from erp_connect.transport.sockets import TimedSocket

LOOPBACK = Policy.of(["127.0.0.0/8"])


def test_an_upload_over_tls_that_is_read_slowly_ends_at_the_deadline(authority, tmp_path):
	bundle = tmp_path / "ca.pem"
	authority.cert_pem.write_to_path(bundle)
	context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
	authority.issue_cert("127.0.0.1").configure_cert(context)
	with SlowReader(context) as url, HttpClient(LOOPBACK, deadline=1, ca_file=str(bundle)) as http:
		started = time.monotonic()
		with pytest.raises(TransportError) as caught:
			http.send(HttpRequest("POST", url, {}, b"x" * 30_000_000))
	assert (caught.value.kind, caught.value.sent) == ("deadline", False)
	assert time.monotonic() - started < 3


@pytest.mark.parametrize(
	"method, arrived", [("GET", 3), ("HEAD", 3), ("DELETE", 3), ("POST", 2), ("PATCH", 2)]
)
def test_on_a_connection_closed_while_in_use_only_what_may_be_repeated_is(server, client, method, arrived):
	server.script("/x", Reply(), Reply(fault="close"), Reply())
	client.send(HttpRequest(method, server.url("/x")))
	if arrived == 3:
		assert client.send(HttpRequest(method, server.url("/x"))).status == 200
	else:
		with pytest.raises(TransportError) as caught:
			client.send(HttpRequest(method, server.url("/x")))
		assert (caught.value.kind, caught.value.sent) == ("reset", True)
	assert len(server.requests) == arrived


def test_a_post_that_was_cut_short_on_a_kept_connection_is_sent_anew(server, client, monkeypatch):
	client.send(HttpRequest("POST", server.url("/x"), {}, b"1"))
	whole, failed = TimedSocket.send_whole, []

	def broken(sock, data):
		if not failed:
			failed.append(data)
			raise BrokenPipeError
		whole(sock, data)

	monkeypatch.setattr(TimedSocket, "send_whole", broken)
	assert client.send(HttpRequest("POST", server.url("/x"), {}, b"2")).status == 201
	assert ([request.body for request in server.requests], server.connections) == ([b"1", b"2"], 2)


def test_a_post_that_fails_on_a_new_connection_was_not_sent(server, client, monkeypatch):
	def broken(sock, data):
		raise BrokenPipeError

	monkeypatch.setattr(TimedSocket, "send_whole", broken)
	with pytest.raises(TransportError) as caught:
		client.send(HttpRequest("POST", server.url("/x"), {}, b"1"))
	assert (caught.value.kind, caught.value.sent) == ("reset", False)


def test_an_idle_connection_is_not_trusted_for_long(server, client, monkeypatch):
	monkeypatch.setattr(connection, "MAX_IDLE", 0.0)
	for _ in range(2):
		client.send(HttpRequest("GET", server.url("/x")))
	assert server.connections == 2


def test_closing_closes_the_sockets(client):
	ended = threading.Event()
	with RawServer(b"HTTP/1.1 204 No Content\r\n\r\n", ended) as url:
		client.send(HttpRequest("GET", url))
		assert not ended.wait(0.1)
		client.close()
		assert ended.wait(2)


def test_many_threads_share_one_client(server):
	with HttpClient(LOOPBACK, max_connections=4) as client:
		server.script("/slow", Reply(seconds=0.5))
		for threads, connections in ((4, 4), (4, 4), (8, 8), (8, 12)):
			_at_once(threads, lambda _: client.send(HttpRequest("GET", server.url("/slow"))))
			assert server.connections == connections


def test_answers_and_failures_of_many_threads_stay_apart(server):
	wrong = []
	for fault in ("close", "reset", "close_after", "short", "garbage"):
		server.script(f"/{fault}", Reply(body={"id": 1}, fault=fault))

	def work(number):
		for turn in range(25):
			fault = ("close", "reset", "close_after", "short", "garbage", "")[(number + turn) % 6]
			path = f"/{fault}" if fault else f"/orders/{number}-{turn}"
			try:
				answer = client.send(HttpRequest("GET", server.url(path)))
			except TransportError:
				if fault in ("", "close_after"):
					wrong.append(path)
			else:
				if (path if not fault else "id").encode() not in answer.body:
					wrong.append(path)

	with HttpClient(LOOPBACK, max_connections=5) as client:
		_at_once(12, work)
	assert not wrong


def test_different_places_have_connections_of_their_own(client):
	with FaultServer() as one, FaultServer() as other:
		for _ in range(3):
			for server in (one, other):
				assert client.send(HttpRequest("POST", server.url("/x"))).status == 201
		assert (one.connections, other.connections) == (1, 1)


@responses.activate
def test_answers_can_be_stood_in_for_in_tests(client):
	responses.post("http://127.0.0.1/x", json={"id": 7}, status=201)
	answer = client.send(HttpRequest("POST", "http://127.0.0.1/x", {}, b"{}"))
	assert (answer.status, answer.body) == (201, b'{"id": 7}')


def _at_once(count, work):
	threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join()


def test_a_request_that_nobody_accepts_leaves_nothing_of_the_work_in_memory(client):
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))  # which does not listen

		class Batch:
			pass

		def work() -> weakref.ref:
			batch = Batch()
			try:
				client.send(HttpRequest("POST", f"http://127.0.0.1:{probe.getsockname()[1]}/x"))
			except TransportError:
				return weakref.ref(batch)
			raise AssertionError

		gc.collect()
		gc.disable()
		try:
			assert work()() is None
		finally:
			gc.enable()
