"""The wire of the fake shop: requests in, answers out, and what may go wrong between."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from erp_connect.tests.fakes.quiet_http import QuietHandler
from erp_connect.tests.fakes.woocommerce_rules import Refused

if TYPE_CHECKING:
	from erp_connect.tests.fakes.woocommerce import WooCommerce


@dataclass
class Trouble:
	"""What the next requests of a method and path meet: a status, or the connection closed after the work was done."""

	method: str
	path: str
	status: int = 0
	times: int = 1
	headers: tuple[tuple[str, str], ...] = ()
	lose_answer: bool = False


class Handler(QuietHandler):
	def do_GET(self) -> None:
		shop: WooCommerce = self.server.shop
		address = urlsplit(self.path)
		raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
		query = {name: values[-1] for name, values in parse_qs(address.query).items()}
		body, headers = None, {}
		trouble = self._trouble(shop, address.path)
		try:
			if raw:
				body = self._json(raw)
			shop.calls.append((self.command, address.path, query, body))
			if trouble and trouble.status:
				status, data, headers = trouble.status, _wrong(trouble.status), dict(trouble.headers)
			else:
				status, data, headers = shop.answer(
					self.command, address.path, query, body, self.headers.get("Authorization", "")
				)
		except Refused as refused:
			status, data = refused.status, refused.body
		if trouble and trouble.lose_answer:
			self.close_connection = True
			return
		self._send(status, data, headers)

	do_POST = do_PUT = do_DELETE = do_GET

	def _trouble(self, shop: WooCommerce, path: str) -> Trouble | None:
		for trouble in shop.troubles:
			if trouble.times and trouble.method == self.command and path.startswith(trouble.path):
				trouble.times -= 1
				return trouble
		return None

	@staticmethod
	def _json(raw: bytes) -> Any:
		try:
			return json.loads(raw)
		except ValueError:
			raise Refused(400, "rest_invalid_json", "Invalid JSON body passed.") from None

	def _send(self, status: int, data: Any, headers: dict[str, str]) -> None:
		raw = json.dumps(data).encode()
		self.send_response(status)
		self.send_header("Content-Type", "application/json; charset=UTF-8")
		self.send_header("Content-Length", str(len(raw)))
		for name, value in headers.items():
			self.send_header(name, value)
		self.end_headers()
		self.wfile.write(raw)


def _wrong(status: int) -> dict[str, Any]:
	return {
		"code": "internal_server_error",
		"message": "There has been a critical error.",
		"data": {"status": status},
	}
