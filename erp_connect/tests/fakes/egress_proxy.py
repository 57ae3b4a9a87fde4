"""A proxy on loopback for tests: CONNECT and forwarding, with or without credentials, and one that misbehaves.

with EgressProxyServer(credentials="user:pass") as proxy:
	... proxy.url ... proxy.asked
"""

from __future__ import annotations

import base64
import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit

from erp_connect.tests.fakes.socket_server import SocketServer


class EgressProxyServer(SocketServer):
	"""credentials: `user:password` it asks for. refuse: status it answers to everything.

	refused_addresses: answered by 503. hang: it accepts and says nothing. speaks: said instead of HTTP.
	reach: address it connects to instead of the one it is asked for, as if it resolved names by itself.
	asked: the request lines it got. heads: the same with their headers.
	"""

	def __init__(
		self,
		*,
		credentials: str = "",
		refuse: int = 0,
		refused_addresses: frozenset[str] = frozenset(),
		hang: bool = False,
		speaks: bytes = b"",
		reach: str = "",
	) -> None:
		super().__init__()
		self._credentials = credentials
		self._refuse = refuse
		self._refused_addresses = refused_addresses
		self._hang = hang
		self._speaks = speaks
		self._reach = reach
		self.heads: list[str] = []

	@property
	def url(self) -> str:
		return f"http://127.0.0.1:{self.port}"

	@property
	def asked(self) -> list[str]:
		return [head.split("\r\n")[0] for head in self.heads]

	def answer(self, sock: socket.socket) -> None:
		data = b""
		while b"\r\n\r\n" not in data:
			block = sock.recv(65536)
			if not block:
				return
			data += block
		head, _, rest = data.partition(b"\r\n\r\n")
		self.heads.append(head.decode("latin-1"))
		if self._hang:
			return
		if self._speaks:
			sock.sendall(self._speaks)
			sock.close()
			return
		self._handle(sock, head.decode("latin-1"), rest)

	def _handle(self, sock: socket.socket, head: str, rest: bytes) -> None:
		method, target, _ = head.split("\r\n")[0].split(" ")
		place = target if method == "CONNECT" else urlsplit(target).netloc
		host, _, port = place.rpartition(":")
		status = self._status(head, host.strip("[]"))
		if status:
			sock.sendall(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
			sock.close()
			return
		beyond = socket.create_connection((self._reach or host.strip("[]"), int(port)), timeout=5)
		self._open.append(beyond)
		if method == "CONNECT":
			sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
		else:
			beyond.sendall(self._forwarded(head) + b"\r\n\r\n" + rest)
		threading.Thread(target=self._copy, args=(beyond, sock), daemon=True).start()
		self._copy(sock, beyond)

	def _status(self, head: str, host: str) -> int:
		expected = "Basic " + base64.b64encode(self._credentials.encode()).decode()
		if self._credentials and f"Proxy-Authorization: {expected}" not in head:
			return 407
		return 503 if host in self._refused_addresses else self._refuse

	def _forwarded(self, head: str) -> bytes:
		"""As a proxy forwards it: without the address before the path, and without what was meant for itself."""
		first, *lines = head.split("\r\n")
		method, target, version = first.split(" ")
		parts = urlsplit(target)
		path = parts.path + (f"?{parts.query}" if parts.query else "")
		kept = [line for line in lines if not line.lower().startswith("proxy-")]
		return "\r\n".join([f"{method} {path} {version}", *kept]).encode("latin-1")

	def _copy(self, source: socket.socket, target: socket.socket) -> None:
		with suppress(OSError):
			while block := source.recv(65536):
				target.sendall(block)
			target.shutdown(socket.SHUT_WR)
