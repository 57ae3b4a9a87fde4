"""A receiver that misbehaves on demand, for tests, the benchmark and the demonstration.

It answers like a small REST service (POST creates and returns an id, the same id for the same idempotency key)
until a path is given a script of replies. Every request is recorded.

In a test:

	with FaultServer() as server:
		server.script("/orders", "503,503,200")
		server.script("/slow", Reply(fault="hang", seconds=5))
		... server.url("/orders") ... server.requests

By itself: `python -m erp_connect.tests.fakes.fault_server --port 9100 --script /orders=503,503,200`; then
`GET /_requests` lists what arrived, `DELETE /_requests` forgets it and
`POST /_script {"path": "/orders", "script": "500,200"}` changes a path.
"""

from __future__ import annotations

import argparse
import gzip
import json
import socket
import ssl
import struct
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from erp_connect.tests.fakes.quiet_http import QuietHandler, QuietServer

FAULTS = frozenset(
	{
		"",
		"hang",  # read the request, then say nothing
		"drip_head",  # one byte of the head at a time
		"drip_body",  # one byte of the body at a time
		"cut_head",  # close within the headers
		"reset",  # reset the connection instead of answering
		"reset_body",  # reset it within the body
		"short",  # announce more bytes than are sent, then close
		"short_chunked",  # close within a chunk
		"close",  # close the connection instead of answering
		"close_after",  # answer, then close without having said so
		"chunked",
		"gzip",
		"deflate",
		"garbage",  # not HTTP at all
		"bomb",  # gzip of `size` zero bytes
		"huge",  # `size` bytes
	}
)


@dataclass(frozen=True)
class Reply:
	"""One answer. body: bytes, text, or anything JSON. seconds: of the fault, or to wait before answering."""

	status: int = 200
	body: Any = None
	headers: Mapping[str, str] = field(default_factory=dict)
	fault: str = ""
	seconds: float = 0.0
	size: int = 0

	def __post_init__(self) -> None:
		if self.fault not in FAULTS:
			raise ValueError(f"unknown fault {self.fault}")

	def encoded(self) -> tuple[bytes, str]:
		"""The body as bytes and its content type."""
		if isinstance(self.body, bytes):
			return self.body, "application/octet-stream"
		if isinstance(self.body, str):
			html = self.body.lstrip().lower().startswith(("<!doctype html", "<html"))
			return self.body.encode(), "text/html" if html else "text/plain"
		return json.dumps(self.body).encode(), "application/json"


@dataclass(frozen=True)
class Received:
	"""One request as it arrived. at: seconds on the monotonic clock. connection: number of its connection."""

	method: str
	path: str
	headers: dict[str, str]
	body: bytes
	at: float
	connection: int

	def header(self, name: str) -> str:
		return next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")

	@property
	def json(self) -> Any:
		return json.loads(self.body)


class FaultServer:
	"""The server, in a thread of this process. tls: TLS settings to serve https with."""

	def __init__(self, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None) -> None:
		self._server = _Server((host, port), _Handler)
		self._server.fault_server = self
		self._scheme = "https" if tls else "http"
		if tls:
			self._server.tls = tls
		self.host = host
		self.port: int = self._server.server_address[1]
		self.requests: list[Received] = []
		# Seconds that every ordinary answer takes, and the most requests that were being answered at one time.
		self.seconds = 0.0
		self.most_at_once = 0
		self._at_once = 0
		self._scripts: dict[str, list[Reply]] = {}
		self._ids: dict[str, str] = {}
		self._lock = threading.Lock()
		self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

	def start(self) -> FaultServer:
		self._thread.start()
		return self

	def stop(self) -> None:
		self._server.stopping.set()
		self._server.shutdown()
		self._server.server_close()

	__enter__ = start

	def __exit__(self, *_: object) -> None:
		self.stop()

	def url(self, path: str = "/", host: str = "") -> str:
		return f"{self._scheme}://{host or self.host}:{self.port}{path}"

	@property
	def connections(self) -> int:
		"""How many connections were accepted so far."""
		return self._server.accepted

	def script(self, path: str, *replies: Reply | str | int) -> None:
		"""What `path` answers, in turn; the last reply repeats. Text is a list of statuses: `503,503,200`."""
		expanded = [item for reply in replies for item in _expanded(reply)]
		with self._lock:
			self._scripts[path] = expanded

	def received(self, path: str) -> list[Received]:
		"""The requests for `path`, whatever their query."""
		return [request for request in list(self.requests) if urlsplit(request.path).path == path]

	def reply_for(self, request: Received) -> Reply:
		path = urlsplit(request.path).path
		with self._lock:
			script = self._scripts.get(path)
			if script:
				return script.pop(0) if len(script) > 1 else script[0]
		return self._ordinary(request, path)

	def record(self, request: Received) -> None:
		with self._lock:
			self.requests.append(request)

	def forget(self) -> None:
		"""Forget the requests so far; scripts and ids stay."""
		with self._lock:
			self.requests.clear()

	@contextmanager
	def answering(self) -> Iterator[None]:
		"""Count a request while it is being answered."""
		with self._lock:
			self._at_once += 1
			self.most_at_once = max(self.most_at_once, self._at_once)
		try:
			yield
		finally:
			with self._lock:
				self._at_once -= 1

	def _ordinary(self, request: Received, path: str) -> Reply:
		if request.method == "DELETE":
			return Reply(204, seconds=self.seconds)
		if request.method == "POST":
			return Reply(201, {"id": self._id(request), "path": path}, seconds=self.seconds)
		known = path.rstrip("/").rpartition("/")[2]
		return Reply(200, {"id": known, "path": path}, seconds=self.seconds)

	def _id(self, request: Received) -> str:
		key = request.header("Idempotency-Key") or request.header("webhook-id")
		with self._lock:
			if not key:
				key = f"unnamed {len(self._ids)}"
			return self._ids.setdefault(key, f"R-{len(self._ids) + 1}")


class _Server(QuietServer):
	fault_server: FaultServer

	def __init__(self, *args: Any) -> None:
		super().__init__(*args)
		self.tls: ssl.SSLContext | None = None
		self.accepted = 0
		self.stopping = threading.Event()

	def get_request(self) -> tuple[socket.socket, Any]:
		sock, address = super().get_request()
		self.accepted += 1
		return sock, address

	def finish_request(self, request: Any, client_address: Any) -> None:
		# The handshake is made in the connection's own thread, so that a bad client holds up nobody.
		if self.tls:
			request = self.tls.wrap_socket(request, server_side=True)
		super().finish_request(request, client_address)


class _Handler(QuietHandler):
	server: _Server

	def setup(self) -> None:
		super().setup()
		self.number = self.server.accepted

	def answer(self) -> None:
		body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
		path = urlsplit(self.path).path
		if path in ("/_requests", "/_script"):
			self._control(path, body)
			return
		request = Received(
			self.command, self.path, dict(self.headers.items()), body, time.monotonic(), self.number
		)
		owner = self.server.fault_server
		owner.record(request)
		with owner.answering():
			_Answerer(self).give(owner.reply_for(request))

	do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer

	def _control(self, path: str, body: bytes) -> None:
		owner = self.server.fault_server
		listed: Any = {"ok": True}
		if path == "/_script":
			asked = json.loads(body)
			owner.script(asked["path"], asked["script"])
		elif self.command == "DELETE":
			owner.forget()
		else:
			listed = [_shown(request) for request in owner.requests]
		_Answerer(self).give(Reply(200, listed))


class _Answerer:
	"""Gives one reply on one connection."""

	def __init__(self, handler: _Handler) -> None:
		self.handler = handler
		self.out = handler.wfile

	def give(self, reply: Reply) -> None:
		if reply.fault:
			getattr(self, "_" + reply.fault)(reply)
		else:
			self._wait(reply.seconds)
			self._ordinary(reply)

	def _ordinary(self, reply: Reply, **headers: str) -> None:
		body, media = reply.encoded() if reply.body is not None else (b"", "application/json")
		self._plain(reply, body, media, **headers)

	def _plain(self, reply: Reply, body: bytes, media: str, **headers: str) -> None:
		self.out.write(self._head(reply, media, {"Content-Length": str(len(body)), **headers}))
		if self.handler.command != "HEAD":
			self.out.write(body)
		self.out.flush()

	def _head(self, reply: Reply, media: str, headers: Mapping[str, str]) -> bytes:
		every = {"Content-Type": media, **headers, **reply.headers}
		if reply.status == 204:
			every.pop("Content-Length", None)
		lines = [f"HTTP/1.1 {reply.status} Scripted", *(f"{name}: {value}" for name, value in every.items())]
		return "\r\n".join([*lines, "", ""]).encode("latin-1")

	def _wait(self, seconds: float) -> None:
		self.handler.server.stopping.wait(seconds)

	def _hang(self, reply: Reply) -> None:
		self._wait(reply.seconds)
		self._end()

	def _drip(self, data: bytes, seconds: float) -> None:
		for place in range(len(data)):
			if self.handler.server.stopping.is_set():
				break
			self.out.write(data[place : place + 1])
			self.out.flush()
			self._wait(seconds)

	def _drip_head(self, reply: Reply) -> None:
		body, media = reply.encoded()
		self._drip(self._head(reply, media, {"Content-Length": str(len(body))}) + body, reply.seconds)

	def _drip_body(self, reply: Reply) -> None:
		body, media = reply.encoded()
		self.out.write(self._head(reply, media, {"Content-Length": str(len(body))}))
		self._drip(body, reply.seconds)

	def _cut_head(self, reply: Reply) -> None:
		self._send_and_end(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Trace: ab")

	def _reset(self, reply: Reply) -> None:
		# With a linger time of 0 the kernel sends RST instead of FIN.
		self.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
		self._end(reset=True)

	def _reset_body(self, reply: Reply) -> None:
		self.out.write(self._head(reply, "application/json", {"Content-Length": "1000"}) + b'{"id": ')
		self.out.flush()
		self._wait(0.05)
		self._reset(reply)

	def _short(self, reply: Reply) -> None:
		body, media = reply.encoded()
		self._send_and_end(self._head(reply, media, {"Content-Length": str(len(body) + 100)}) + body)

	def _short_chunked(self, reply: Reply) -> None:
		head = self._head(reply, "application/json", {"Transfer-Encoding": "chunked"})
		self._send_and_end(head + b'400\r\n{"id": "R-')

	def _close(self, reply: Reply) -> None:
		self._end()

	def _close_after(self, reply: Reply) -> None:
		self._ordinary(reply)
		self._end()

	def _chunked(self, reply: Reply) -> None:
		body, media = reply.encoded()
		self.out.write(self._head(reply, media, {"Transfer-Encoding": "chunked"}))
		for place in range(0, len(body), 7):
			piece = body[place : place + 7]
			self.out.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
		self.out.write(b"0\r\n\r\n")
		self.out.flush()

	def _gzip(self, reply: Reply) -> None:
		body, media = reply.encoded()
		self._plain(reply, gzip.compress(body), media, **{"Content-Encoding": "gzip"})

	def _deflate(self, reply: Reply) -> None:
		body, media = reply.encoded()
		self._plain(reply, zlib.compress(body), media, **{"Content-Encoding": "deflate"})

	def _bomb(self, reply: Reply) -> None:
		machine = zlib.compressobj(9, zlib.DEFLATED, 31)
		block = bytes(1_000_000)
		packed = b"".join(machine.compress(block) for _ in range(reply.size // len(block))) + machine.flush()
		self._plain(reply, packed, "application/json", **{"Content-Encoding": "gzip"})

	def _huge(self, reply: Reply) -> None:
		self.out.write(self._head(reply, "text/plain", {"Content-Length": str(reply.size)}))
		block = b"x" * 65536
		for _ in range(reply.size // len(block)):
			self.out.write(block)
		self.out.write(block[: reply.size % len(block)])
		self.out.flush()

	def _garbage(self, reply: Reply) -> None:
		self._send_and_end(b"220 mail.example.com ESMTP ready\r\n")

	def _send_and_end(self, data: bytes) -> None:
		self.out.write(data)
		self.out.flush()
		self._end()

	def _end(self, *, reset: bool = False) -> None:
		self.handler.close_connection = True
		if not reset:
			self.handler.connection.shutdown(socket.SHUT_RDWR)
		# The reader holds the socket open; only when it is closed too does the kernel close the connection.
		self.handler.rfile.close()
		self.handler.connection.close()


def _expanded(reply: Reply | str | int) -> list[Reply]:
	if isinstance(reply, Reply):
		return [reply]
	return [_from_status(int(entry)) for entry in str(reply).split(",")]


def _from_status(status: int) -> Reply:
	if status == 204:
		return Reply(204)
	return Reply(status, {"id": "R-1"} if status < 300 else {"message": f"scripted {status}"})


def _shown(request: Received) -> dict[str, Any]:
	return {
		"method": request.method,
		"path": request.path,
		"headers": request.headers,
		"body": request.body.decode("utf-8", errors="replace"),
		"at": request.at,
	}


def main() -> None:
	"""Serve until interrupted."""
	parser = argparse.ArgumentParser(description="A receiver that misbehaves on demand.")
	parser.add_argument("--host", default="127.0.0.1")
	parser.add_argument("--port", type=int, default=9100)
	parser.add_argument("--script", action="append", default=[], metavar="PATH=503,503,200")
	arguments = parser.parse_args()
	server = FaultServer(arguments.host, arguments.port)
	for script in arguments.script:
		path, _, statuses = script.partition("=")
		server.script(path, statuses)
	server.start()
	print(f"Receiving at {server.url()}", flush=True)
	try:
		threading.Event().wait()
	except KeyboardInterrupt:
		server.stop()


if __name__ == "__main__":
	main()
