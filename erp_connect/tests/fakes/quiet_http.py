"""What the fakes that speak HTTP share: they answer at once, and report nothing."""

from __future__ import annotations

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

	def log_message(self, *args: Any) -> None:
		"""Quiet: what arrives is kept by the fake."""
