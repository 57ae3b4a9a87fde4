"""The wire that fakes of providers with a JSON API share: one request at a time, what may go wrong on the way, answers.

A provider has `lock`, `troubles`, `calls` (method, path, query, body of what came) and `answered`, which says what a
request gets or raises `Refused`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from erp_connect.tests.fakes.quiet_http import QuietHandler


class Refused(Exception):
	"""An error answer."""

	def __init__(self, status: int, body: Any, **headers: str) -> None:
		super().__init__(str(body))
		self.status, self.body, self.headers = status, body, headers


@dataclass
class Trouble:
	"""What the next request of a method and path meets: a status, or a connection closed after the work was done."""

	method: str
	path: str
	status: int = 0
	headers: dict[str, str] = field(default_factory=dict)
	lose_answer: bool = False


@dataclass(frozen=True)
class Request:
	"""A request as it came. query: the last value of each name."""

	method: str
	path: str
	query: dict[str, str]
	headers: Any
	raw: bytes

	@property
	def parts(self) -> list[str]:
		return self.path.strip("/").split("/")


class Handler(QuietHandler):
	# What stands before each answer, such as a byte order mark.
	mark = b""

	def do_GET(self) -> None:
		provider, address = self.server.provider, urlsplit(self.path)
		raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
		query = {name: values[-1] for name, values in parse_qs(address.query, keep_blank_values=True).items()}
		request = Request(self.command, address.path, query, self.headers, raw)
		with provider.lock:
			trouble = self._trouble(provider, request)
			try:
				if trouble and trouble.status:
					raise Refused(trouble.status, provider.told_of(trouble.status), **trouble.headers)
				status, data, headers = *provider.answered(request), {}
			except Refused as refused:
				status, data, headers = refused.status, refused.body, refused.headers
		if trouble and trouble.lose_answer:
			self.close_connection = True
			return
		self._send(status, data, headers)

	do_POST = do_DELETE = do_PATCH = do_GET

	@staticmethod
	def _trouble(provider: Any, request: Request) -> Trouble | None:
		for one in provider.troubles:
			if one.method == request.method and request.path.startswith(one.path):
				provider.troubles.remove(one)
				return one
		return None

	def _send(self, status: int, data: Any, headers: dict[str, str]) -> None:
		raw = b"" if data is None else self.mark + json.dumps(data).encode()
		self.send_response(status)
		for name, value in {
			"Content-Type": "application/json",
			"Content-Length": str(len(raw)),
			**headers,
		}.items():
			self.send_header(name, value)
		self.end_headers()
		self.wfile.write(raw)
