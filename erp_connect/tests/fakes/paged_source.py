"""A source that pages in every way the app knows, for tests and the benchmark.

One path for each way (see `paged_styles`), all over the same records (see `paged_records`), each with a filter
`since`; a single record at `/records/<id>`; the same records as children of others (`paged_children`)
and by the time of their creation (`paged_windows`). Pages can be made to fail, and records changed while they are walked.

In a test:

	with PagedSource(2501) as source:
		source.fail("/offset", page=3, status=503)
		... source.url("/offset") ... source.count("/offset") ... source.records.mutate("R-000007")

By itself: `python -m erp_connect.tests.fakes.paged_source --port 9200 --records 100000`; then `GET /_state` tells what
was asked, and `POST /_fail {"path": "/offset", "page": 3}`, `POST /_mutate {"ids": […]}`, `POST /_remove {"ids": […]}`
and `POST /_add {"count": 5}` change it.
"""

from __future__ import annotations

import argparse
import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from erp_connect.tests.fakes import paged_children, paged_windows
from erp_connect.tests.fakes.paged_records import Records
from erp_connect.tests.fakes.paged_styles import DEFAULT_SIZE, STYLES, Answer, Asked, since_of
from erp_connect.tests.fakes.quiet_http import QuietHandler, QuietServer

FAULTS = ("reset", "cut", "html")


@dataclass
class Fault:
	"""What goes wrong at the `page`-th request of a path, counted without those that failed, `times` times."""

	page: int
	times: int
	status: int | str


class PagedSource:
	"""The source, in a thread of this process.

	count, run, times: of the records. largest: records a page holds at most, whatever is asked for. written: makes the
	body of a list of records, where it is not JSON; what stands beside the list in the JSON is left out, and the next
	address is in the header `X-Next`.
	"""

	def __init__(
		self, count: int, *, run: int = 7, times: str = "iso", largest: int = 1000, port: int = 0
	) -> None:
		self.records = Records(count, run, times)
		self.largest = largest
		self.written: Callable[[list[dict[str, Any]]], bytes] | None = None
		self.requests: list[Asked] = []
		self.gone_parents: set[int] = set()
		self.windows = paged_windows.Limits()
		self.given = 0
		self._answered: dict[str, int] = {}
		self._faults: dict[str, list[Fault]] = {}
		self._lock = threading.Lock()
		self._server = _Server(("127.0.0.1", port), _Handler)
		self._server.source = self
		self.port: int = self._server.server_address[1]
		self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

	def start(self) -> PagedSource:
		self._thread.start()
		return self

	def stop(self) -> None:
		self._server.shutdown()
		self._server.server_close()

	__enter__ = start

	def __exit__(self, *_: object) -> None:
		self.stop()

	def url(self, path: str = "") -> str:
		return f"http://127.0.0.1:{self.port}{path}"

	def fail(self, path: str, page: int = 3, times: int = 1, status: int | str = 503) -> None:
		"""Let the `page`-th request of a path fail `times` times. status: an HTTP status, or one of `FAULTS`."""
		if isinstance(status, str) and status not in FAULTS:
			raise ValueError(f"unknown fault {status}")
		with self._lock:
			self._faults.setdefault(path, []).append(Fault(page, times, status))

	def count(self, path: str) -> int:
		"""How many requests a path got, those that failed included."""
		return sum(1 for asked in list(self.requests) if asked.path == path)

	def fault_for(self, asked: Asked) -> int | str | None:
		"""Write the request down, and tell what goes wrong with it."""
		with self._lock:
			self.requests.append(asked)
			answered = self._answered.get(asked.path, 0)
			for fault in self._faults.get(asked.path, ()):
				if fault.times and fault.page == answered + 1:
					fault.times -= 1
					return fault.status
			self._answered[asked.path] = answered + 1
			return None

	def answer(self, asked: Asked) -> Answer:
		if asked.path.startswith("/records/"):
			found = self.records.one(unquote(asked.path.removeprefix("/records/")))
			return Answer(found) if found else Answer({"message": "not found"}, status=404)
		if asked.path.split("/")[1] == "parents":
			return paged_children.answer(self, asked)
		if asked.path == paged_windows.PATH:
			return paged_windows.answer(self, asked)
		if asked.path == paged_windows.CHANGED_PATH:
			return paged_windows.answer_changed(self, asked)
		style = STYLES.get(asked.path)
		if style is None:
			return Answer({"message": "no such path"}, status=404)
		return style(self, asked)

	def page(self, asked: Asked, start: int, size: Any, **order: bool) -> tuple[list[dict[str, Any]], int]:
		"""Records from a place on, and how many there are in all."""
		wanted = min(int(size or DEFAULT_SIZE), self.largest)
		rows, total = self.records.slice(start, wanted, since_of(asked), **order)
		self.given += len(rows)
		return rows, total

	def state(self) -> dict[str, Any]:
		with self._lock:
			return {"records": len(self.records), "requests": len(self.requests), "given": self.given}


# What can be done to the source over HTTP, when it runs by itself.
_CONTROLS: dict[str, Callable[[PagedSource, dict[str, Any]], Any]] = {
	"/_state": lambda source, values: None,
	"/_fail": lambda source, values: source.fail(**values),
	"/_mutate": lambda source, values: source.records.mutate(*values["ids"]),
	"/_remove": lambda source, values: source.records.remove(*values["ids"]),
	"/_add": lambda source, values: source.records.add(int(values.get("count", 1))),
}


class _Server(QuietServer):
	source: PagedSource


class _Handler(QuietHandler):
	server: _Server

	def do_GET(self) -> None:
		address = urlsplit(self.path)
		values: dict[str, Any] = dict(parse_qsl(address.query, keep_blank_values=True))
		body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
		if body:
			values |= json.loads(body)
		source = self.server.source
		if address.path in _CONTROLS:
			_CONTROLS[address.path](source, values)
			self._give(Answer(source.state()))
			return
		asked = Asked(self.command, address.path, values, dict(self.headers.items()))
		fault = source.fault_for(asked)
		if fault is None:
			self._give(source.answer(asked))
		elif isinstance(fault, int):
			self._give(Answer({"message": f"failing with {fault}"}, status=fault))
		else:
			getattr(self, "_" + fault)(source.answer(asked))

	do_POST = do_GET

	def _give(self, answer: Answer) -> None:
		body, media = b"" if answer.status == 204 else json.dumps(answer.body).encode(), "application/json"
		if self.server.source.written and answer.status == 200:
			answer, media = _with_next(answer), "application/octet-stream"
			body = self.server.source.written(_list_in(answer.body))
		self.send_response(answer.status)
		if body:
			self.send_header("Content-Type", media)
			self.send_header("Content-Length", str(len(body)))
		for name, value in answer.headers.items():
			self.send_header(name, value)
		self.end_headers()
		self.wfile.write(body)

	def _html(self, answer: Answer) -> None:
		self.send_content(200, b"<!doctype html><title>Just a moment</title>", "text/html")

	def _cut(self, answer: Answer) -> None:
		body = json.dumps(answer.body).encode()
		self.send_response(200)
		self.send_header("Content-Type", "application/json")
		self.send_header("Content-Length", str(len(body)))
		self.end_headers()
		self.wfile.write(body[: len(body) // 2])
		self.wfile.flush()
		self._reset(answer)

	def _reset(self, answer: Answer) -> None:
		# With a linger time of 0 the kernel sends RST instead of FIN.
		self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
		self.close_connection = True
		self.rfile.close()
		self.connection.close()


def _list_in(body: Any) -> list[dict[str, Any]]:
	return (
		body if isinstance(body, list) else next(value for value in body.values() if isinstance(value, list))
	)


def _with_next(answer: Answer) -> Answer:
	address = answer.body.get("nextRecordsUrl") if isinstance(answer.body, dict) else None
	return replace(answer, headers={**answer.headers, "X-Next": address}) if address else answer


def main() -> None:
	"""Serve until interrupted."""
	parser = argparse.ArgumentParser(description="A source that pages in every way.")
	parser.add_argument("--port", type=int, default=9200)
	parser.add_argument("--records", type=int, default=2501)
	parser.add_argument("--run", type=int, default=7, help="records in a row that share one change time")
	parser.add_argument("--times", default="iso", help="iso, frappe, s or ms")
	parser.add_argument("--largest", type=int, default=1000, help="records a page holds at most")
	arguments = parser.parse_args()
	source = PagedSource(
		arguments.records,
		run=arguments.run,
		times=arguments.times,
		largest=arguments.largest,
		port=arguments.port,
	)
	source.start()
	print(f"Serving {len(source.records)} records at {source.url()}", flush=True)
	try:
		threading.Event().wait()
	except KeyboardInterrupt:
		source.stop()


if __name__ == "__main__":
	main()
