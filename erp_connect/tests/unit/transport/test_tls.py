"""TLS is always verified, and the limits hold inside it too."""

from __future__ import annotations

import socket
import ssl
import time
from datetime import datetime, timedelta, timezone

import pytest

trustme = pytest.importorskip("trustme")

from erp_connect.core.guard.egress import Policy  # noqa: E402
from erp_connect.tests.fakes.fault_server import FaultServer, Reply  # noqa: E402
from erp_connect.transport.client import HttpClient  # noqa: E402
from erp_connect.transport.errors import TransportError  # noqa: E402
from erp_connect.transport.messages import HttpRequest  # noqa: E402

LOOPBACK = Policy.of(["127.0.0.0/8"])


@pytest.fixture
def client(authority, tmp_path, monkeypatch):
	real = socket.getaddrinfo

	def lookup(host, port, *args, **kwargs):
		return real("127.0.0.1" if str(host).endswith(".test") else host, port, *args, **kwargs)

	monkeypatch.setattr(socket, "getaddrinfo", lookup)
	bundle = tmp_path / "ca.pem"
	authority.cert_pem.write_to_path(bundle)
	with HttpClient(LOOPBACK, read_timeout=0.5, deadline=1, ca_file=str(bundle)) as fresh:
		yield fresh


def serving(certificate):
	context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
	certificate.configure_cert(context)
	return FaultServer(tls=context)


def post(server, host="shop.test"):
	return HttpRequest("POST", server.url("/orders", host=host), {}, b"{}")


def failure(client, request):
	with pytest.raises(TransportError) as caught:
		client.send(request)
	return caught.value


def test_a_valid_certificate_and_a_kept_connection(authority, client):
	with serving(authority.issue_cert("shop.test")) as server:
		answers = [client.send(post(server)) for _ in range(3)]
		assert [answer.status for answer in answers] == [201, 201, 201]
		assert server.connections == 1


def test_an_address_in_the_certificate(authority, client):
	with serving(authority.issue_cert("127.0.0.1")) as server:
		assert client.send(post(server, host="127.0.0.1")).status == 201


def test_a_certificate_for_another_name(authority, client):
	with serving(authority.issue_cert("other.test")) as server:
		error = failure(client, post(server))
	assert (error.kind, error.sent) == ("tls", False)
	assert "Hostname mismatch" in str(error) and not server.requests


def test_an_expired_certificate(authority, client):
	past = datetime.now(tz=timezone.utc) - timedelta(days=1)
	certificate = authority.issue_cert("shop.test", not_before=past - timedelta(days=9), not_after=past)
	with serving(certificate) as server:
		error = failure(client, post(server))
	assert (error.kind, error.sent) == ("tls", False)
	assert "expired" in str(error) and not server.requests


def test_an_unknown_authority(client):
	with serving(trustme.CA().issue_cert("shop.test")) as server:
		error = failure(client, post(server))
	assert (error.kind, error.sent) == ("tls", False)
	assert not server.requests


def test_without_the_extra_authority_the_usual_ones_decide(authority, client):
	with serving(authority.issue_cert("shop.test")) as server, HttpClient(LOOPBACK) as usual:
		assert failure(usual, post(server)).kind == "tls"


def test_a_port_that_does_not_speak_tls(client):
	with FaultServer() as plain:
		request = HttpRequest("GET", f"https://shop.test:{plain.port}/")
		error = failure(client, request)
	assert (error.kind, error.sent) == ("reset", False)
	assert "https" in str(error)


def test_a_handshake_that_never_ends(client):
	with socket.create_server(("127.0.0.1", 0)) as silent:
		started = time.monotonic()
		error = failure(client, HttpRequest("GET", f"https://shop.test:{silent.getsockname()[1]}/"))
	assert (error.kind, error.sent) == ("connect_timeout", False)
	assert time.monotonic() - started < 2.9


@pytest.mark.parametrize(
	"fault, kind",
	[("drip_body", "deadline"), ("hang", "read_timeout"), ("short", "truncated"), ("reset", "reset")],
)
def test_the_limits_hold(authority, client, fault, kind):
	with serving(authority.issue_cert("shop.test")) as server:
		server.script(
			"/orders", Reply(body={"pad": "x" * 200}, fault=fault, seconds=0.1 if "drip" in fault else 8)
		)
		started = time.monotonic()
		error = failure(client, post(server))
	assert (error.kind, error.sent) == (kind, True)
	assert time.monotonic() - started < 2.9


def test_old_protocols_are_not_spoken(client):
	from erp_connect.transport.tls import tls_context

	context = tls_context()
	assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
	assert context.verify_mode == ssl.CERT_REQUIRED and context.check_hostname
