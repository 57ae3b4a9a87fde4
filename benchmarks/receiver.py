"""The other side of the measurements: answers every request with a new id, as fast as Python's own server can.

Keeps connections open. `GET /arrived` tells how many requests came, and when the first and the last did (by the
monotonic clock of the machine). Runs as a process of its own: `python receiver.py PORT`.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Arrivals:
	"""Counts requests; shared by the threads of all connections."""

	def __init__(self) -> None:
		self.lock = threading.Lock()
		self.ids = 0
		self.reset()

	def reset(self) -> None:
		self.count, self.first, self.last = 0, 0.0, 0.0

	def add(self) -> int:
		with self.lock:
			self.last = time.monotonic()
			self.first = self.first or self.last
			self.count += 1
			self.ids += 1
			return self.ids


ARRIVALS = Arrivals()


class Handler(BaseHTTPRequestHandler):
	protocol_version = "HTTP/1.1"
	wbufsize = -1  # header and body leave in one packet
	disable_nagle_algorithm = True

	def do_POST(self) -> None:
		self.rfile.read(int(self.headers.get("Content-Length") or 0))
		self._answer({"id": f"R{ARRIVALS.add()}"})

	do_PUT = do_POST

	def do_GET(self) -> None:
		self._answer({"count": ARRIVALS.count, "first": ARRIVALS.first, "last": ARRIVALS.last})
		if self.path == "/reset":
			ARRIVALS.reset()

	def _answer(self, content: dict[str, object]) -> None:
		body = json.dumps(content).encode()
		self.send_response(200)
		self.send_header("Content-Type", "application/json")
		self.send_header("Content-Length", str(len(body)))
		self.end_headers()
		self.wfile.write(body)

	def log_message(self, format: str, *args: object) -> None:
		"""Silent: writing a line for each request would be measured too."""


if __name__ == "__main__":
	ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
