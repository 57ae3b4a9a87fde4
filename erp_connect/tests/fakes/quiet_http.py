"""What the fakes that speak HTTP share: they answer at once, and report nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class QuietServer(ThreadingHTTPServer):
	daemon_threads = True
	allow_reuse_address = True
	request_queue_size = 128

	def handle_error(self, request: Any, client_address: Any) -> None:
		"""Connections that break are not reported: some are broken on purpose."""


class QuietHandler(BaseHTTPRequestHandler):
	protocol_version = "HTTP/1.1"
	# Head and body leave together; without it each answer would wait for an acknowledgement.
	wbufsize = -1
	disable_nagle_algorithm = True
	json_type = "application/json"

	def log_message(self, *args: Any) -> None:
		"""Quiet: what arrives is kept by the fake."""

	def body(self) -> bytes:
		return self.rfile.read(int(self.headers.get("Content-Length") or 0))

	def send_json(
		self, status: int, data: Any, headers: Mapping[str, str] | None = None, mark: bytes = b""
	) -> None:
		"""Answer; None is an answer without a body. mark: stands before it, such as a byte order mark."""
		raw = b"" if data is None else mark + json.dumps(data).encode()
		self.send_content(status, raw, self.json_type, headers)

	def send_content(
		self, status: int, content: bytes, kind: str, headers: Mapping[str, str] | None = None
	) -> None:
		"""Answer with a content of this type."""
		self.send_response(status)
		told = {"Content-Type": kind, "Content-Length": str(len(content)), **(headers or {})}
		for name, value in told.items():
			self.send_header(name, value)
		self.end_headers()
		self.wfile.write(content)


class FakeSystem:
	"""An outside system that tests talk to. Its handler finds it as `self.server.system`."""

	base = ""

	def serve(self, handler: type[BaseHTTPRequestHandler]) -> None:
		"""Answer at `url`, in a thread of this process, until it is stopped."""
		self._server = QuietServer(("127.0.0.1", 0), handler)
		self._server.system = self
		threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

	@property
	def url(self) -> str:
		return f"http://127.0.0.1:{self._server.server_address[1]}{self.base}"

	def stop(self) -> None:
		self._server.shutdown()
		self._server.server_close()
