"""The wire that fakes of providers with a JSON API share: one request at a time, what may go wrong on the way, answers.

A provider has `lock`, `troubles`, `calls` (method, path, query, body of what came) and `answered`, which says what a
request gets or raises `Refused`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from erp_connect.tests.fakes.quiet_http import QuietHandler
from erp_connect.tests.fakes.troubles import met


class Refused(Exception):
	"""An error answer."""

	def __init__(self, status: int, body: Any, **headers: str) -> None:
		super().__init__(str(body))
		self.status, self.body, self.headers = status, body, headers


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
		provider, address = self.server.system, urlsplit(self.path)
		query = {name: values[-1] for name, values in parse_qs(address.query, keep_blank_values=True).items()}
		request = Request(self.command, address.path, query, self.headers, self.body())
		with provider.lock:
			trouble = met(provider.troubles, request.method, request.path)
			try:
				if trouble and trouble.status:
					raise Refused(trouble.status, provider.told_of(trouble.status), **trouble.headers)
				status, data, headers = *provider.answered(request), {}
			except Refused as refused:
				status, data, headers = refused.status, refused.body, refused.headers
		if trouble and trouble.lose_answer:
			self.close_connection = True
			return
		self.send_json(status, data, headers, self.mark)

	do_POST = do_PUT = do_DELETE = do_PATCH = do_GET
