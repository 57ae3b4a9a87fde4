"""The wire of the fake shop: requests in, answers out, and what may go wrong between."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from erp_connect.tests.fakes.quiet_http import QuietHandler
from erp_connect.tests.fakes.troubles import met
from erp_connect.tests.fakes.woocommerce_rules import Refused

if TYPE_CHECKING:
	from erp_connect.tests.fakes.woocommerce import WooCommerce


class Handler(QuietHandler):
	json_type = "application/json; charset=UTF-8"

	def do_GET(self) -> None:
		shop: WooCommerce = self.server.system
		address = urlsplit(self.path)
		raw = self.body()
		query = {name: values[-1] for name, values in parse_qs(address.query).items()}
		body, headers = None, {}
		trouble = met(shop.troubles, self.command, address.path)
		try:
			if raw:
				body = self._json(raw)
			shop.calls.append((self.command, address.path, query, body))
			if trouble and trouble.status:
				status, data, headers = trouble.status, _wrong(trouble.status), trouble.headers
			else:
				status, data, headers = shop.answer(
					self.command, address.path, query, body, self.headers.get("Authorization", "")
				)
		except Refused as refused:
			status, data = refused.status, refused.body
		if trouble and trouble.lose_answer:
			self.close_connection = True
			return
		self.send_json(status, data, headers)

	do_POST = do_PUT = do_DELETE = do_GET

	@staticmethod
	def _json(raw: bytes) -> Any:
		try:
			return json.loads(raw)
		except ValueError:
			raise Refused(400, "rest_invalid_json", "Invalid JSON body passed.") from None


def _wrong(status: int) -> dict[str, Any]:
	return {
		"code": "internal_server_error",
		"message": "There has been a critical error.",
		"data": {"status": status},
	}
