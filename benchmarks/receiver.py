"""The other side of the measurements: answers every request with a new id, as fast as Python's own server can.

Keeps connections open. `GET /arrived` tells how many requests came, and when the first and the last did (by the
monotonic clock of the machine), in all and for each first part of a path. A path that begins with `/wait-100` is
answered after 100 ms. Runs as a process of its own: `python receiver.py PORT`.
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
		self.places: dict[str, dict[str, float]] = {}

	def add(self, path: str) -> int:
		with self.lock:
			self.last = time.monotonic()
			self.first = self.first or self.last
			self.count += 1
			self.ids += 1
			place = self.places.setdefault(path.split("/")[1], {"count": 0, "first": self.last})
			place["count"] += 1
			place["last"] = self.last
			return self.ids


ARRIVALS = Arrivals()


class Handler(BaseHTTPRequestHandler):
	protocol_version = "HTTP/1.1"
	wbufsize = -1  # header and body leave in one packet
	disable_nagle_algorithm = True

	def do_POST(self) -> None:
		self.rfile.read(int(self.headers.get("Content-Length") or 0))
		number = ARRIVALS.add(self.path)
		if self.path.startswith("/wait-"):
			time.sleep(int(self.path.split("/")[1].split("-")[1]) / 1000)
		self._answer({"id": f"R{number}"})

	do_PUT = do_POST

	def do_GET(self) -> None:
		self._answer(
			{
				"count": ARRIVALS.count,
				"first": ARRIVALS.first,
				"last": ARRIVALS.last,
				"places": ARRIVALS.places,
			}
		)
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
	ThreadingHTTPServer.request_queue_size = 512
	ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
