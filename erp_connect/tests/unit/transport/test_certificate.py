"""Receivers that ask who is calling on the level of TLS, and files of the administrator that do not fit."""

from __future__ import annotations

import socket
import ssl

import pytest

trustme = pytest.importorskip("trustme")

from cryptography.hazmat.primitives import serialization  # noqa: E402

from erp_connect.core.errors import ConfigurationError  # noqa: E402
from erp_connect.core.guard.egress import Policy  # noqa: E402
from erp_connect.core.guard.redaction import Secret  # noqa: E402
from erp_connect.tests.fakes.fault_server import FaultServer  # noqa: E402
from erp_connect.tests.fakes.socket_server import SocketServer  # noqa: E402
from erp_connect.transport.client import HttpClient  # noqa: E402
from erp_connect.transport.errors import TransportError  # noqa: E402
from erp_connect.transport.messages import HttpRequest  # noqa: E402
from erp_connect.transport.tls import ClientCertificate, tls_context  # noqa: E402

LOOPBACK = Policy.of(["127.0.0.0/8"])


@pytest.fixture
def files(authority, tmp_path):
	"""Paths: `ca`, `cert` and `key` that the receiver knows, `both` in one file, `locked` with a password."""
	issued = authority.issue_cert("hub@erp.test")
	paths = {name: tmp_path / f"{name}.pem" for name in ("ca", "cert", "key", "both", "locked", "strange")}
	authority.cert_pem.write_to_path(paths["ca"])
	issued.cert_chain_pems[0].write_to_path(paths["cert"])
	issued.private_key_pem.write_to_path(paths["key"])
	issued.private_key_and_cert_chain_pem.write_to_path(paths["both"])
	key = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None)
	locked = key.private_bytes(
		serialization.Encoding.PEM,
		serialization.PrivateFormat.PKCS8,
		serialization.BestAvailableEncryption(b"hunter2"),
	)
	paths["locked"].write_bytes(locked)
	trustme.CA().issue_cert("hub@erp.test").private_key_and_cert_chain_pem.write_to_path(paths["strange"])
	return {name: str(path) for name, path in paths.items()}


class Demanding(SocketServer):
	"""An https receiver that asks for a certificate of its authority and, without one, says so and waits."""

	def __init__(self, authority, version: ssl.TLSVersion) -> None:
		super().__init__()
		self.version = version
		self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
		authority.issue_cert("127.0.0.1").configure_cert(self._context)
		authority.configure_trust(self._context)
		self._context.verify_mode = ssl.CERT_REQUIRED
		self._context.maximum_version = version
		self.callers: list[str] = []
		self.url = f"https://127.0.0.1:{self.port}/"

	def answer(self, sock: socket.socket) -> None:
		secured = self._context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
		self._open.append(
			secured
		)  # not closed after a refusal: the reset that follows could overtake the reason
		secured.do_handshake()
		secured.recv(65536)
		(kind, name), *_ = secured.getpeercert()["subjectAltName"]
		self.callers.append(name)
		secured.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")


@pytest.fixture(params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def receiver(authority, request):
	with Demanding(authority, request.param) as running:
		yield running


def client(files, certificate=None):
	return HttpClient(LOOPBACK, read_timeout=2, deadline=4, ca_file=files["ca"], certificate=certificate)


def test_the_right_certificate_is_shown(receiver, files):
	shown = ClientCertificate(files["cert"], files["key"])
	with client(files, shown) as http:
		assert http.send(HttpRequest("POST", receiver.url, {}, b"{}")).status == 204
	assert receiver.callers == ["hub@erp.test"]


@pytest.mark.parametrize(
	"shown",
	[("both", "", ""), ("both", "both", ""), ("cert", "locked", "hunter2")],
	ids=lambda value: value[1],
)
def test_ways_to_keep_it(receiver, files, shown):
	certificate, key, password = shown
	secret = Secret(password) if password else None
	with client(files, ClientCertificate(files[certificate], files.get(key, ""), secret)) as http:
		assert http.send(HttpRequest("GET", receiver.url)).status == 204


@pytest.mark.parametrize("shown", [None, "strange"])
def test_without_one_or_with_a_wrong_one(receiver, files, shown):
	http = client(files, ClientCertificate(files[shown]) if shown else None)
	with http, pytest.raises(TransportError, match="erp_connect_client_certificate") as caught:
		http.send(HttpRequest("POST", receiver.url, {}, b"{}"))
	# Before TLS 1.3 there was no word for a missing certificate, only one for any failure.
	vague = receiver.version == ssl.TLSVersion.TLSv1_2 and not shown
	assert (caught.value.kind, caught.value.sent) == ("reset" if vague else "client_certificate", False)
	assert receiver.callers == []


def test_it_is_not_shown_to_a_receiver_that_does_not_ask(authority, files):
	context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
	authority.issue_cert("127.0.0.1").configure_cert(context)
	with FaultServer(tls=context) as server, client(files, ClientCertificate(files["both"])) as http:
		assert http.send(HttpRequest("POST", server.url("/orders"), {}, b"{}")).status == 201


@pytest.mark.parametrize(
	"shown",
	[
		{"certificate": "/nowhere/cert.pem"},
		{"certificate": "cert"},
		{"certificate": "cert", "key": "ca"},
		{"certificate": "cert", "key": "locked"},
		{"certificate": "cert", "key": "locked", "password": Secret("hunter3")},
		{"certificate": "strange", "key": "key"},
	],
)
def test_files_that_do_not_fit_are_named_before_anything_is_called(files, shown):
	certificate = ClientCertificate(**{name: files.get(value, value) for name, value in shown.items()})
	with pytest.raises(ConfigurationError, match="erp_connect_client_certificate") as caught:
		client(files, certificate)
	assert certificate.certificate in str(caught.value) and "hunter3" not in str(caught.value) + repr(
		certificate
	)


def test_an_authority_that_cannot_be_read(files):
	with pytest.raises(ConfigurationError, match="erp_connect_ca_file"):
		HttpClient(ca_file="/nowhere/ca.pem")
	with pytest.raises(ConfigurationError, match="erp_connect_ca_file"):
		HttpClient(ca_file=files["key"])


def test_one_context_for_the_same_files_until_they_change(files):
	certificate = ClientCertificate(files["both"])
	first = tls_context(files["ca"], certificate)
	assert tls_context(files["ca"], ClientCertificate(files["both"])) is first
	assert tls_context(files["ca"]) is not first
	with open(files["both"], "a") as renewed:
		renewed.write("\n")
	assert tls_context(files["ca"], certificate) is not first
