"""The wire of the fake Magento: who is calling (Bearer or OAuth 1.0a), requests in, answers out, and what may go wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from oauthlib.oauth1.rfc5849 import signature, utils

from erp_connect.tests.fakes.magento_search import Refused
from erp_connect.tests.fakes.quiet_http import QuietHandler
from erp_connect.tests.fakes.troubles import met

if TYPE_CHECKING:
	from erp_connect.tests.fakes.magento import Magento


class _Signed:
	"""A request as oauthlib verifies it."""

	def __init__(self, method: str, uri: str, params: list[tuple[str, str]], proof: str) -> None:
		self.http_method, self.uri, self.params, self.signature = method, uri, params, proof


def authenticate(shop: Magento, method: str, url: str, authorization: str) -> None:
	"""Raises `Refused` unless the header proves the integration, as the shop is set up."""
	denied = Refused(
		401,
		"The consumer isn't authorized to access %resources.",
		{"resources": "Magento_Sales::actions_view"},
	)
	kind, _, rest = authorization.partition(" ")
	if kind == "Bearer":
		if not shop.bearer_allowed or rest != shop.token:
			raise denied
		return
	if kind != "OAuth":
		raise denied
	sent = dict(utils.parse_authorization_header(authorization))
	given = {name: unquote(value) for name, value in sent.items() if name != "realm"}
	if given.get("oauth_nonce") in shop.nonces:
		raise Refused(401, "The nonce is already being used by the consumer with ID 1.")
	shop.nonces.add(given.get("oauth_nonce"))
	proof = given.pop("oauth_signature", "")
	address = urlsplit(url)
	params = [*given.items(), *parse_qsl(address.query, keep_blank_values=True)]
	request = _Signed(method, f"{address.scheme}://{address.netloc}{address.path}", params, proof)
	if (
		given.get("oauth_signature_method") != "HMAC-SHA256"
		or given.get("oauth_consumer_key") != shop.key
		or given.get("oauth_token") != shop.token
		or not signature.verify_hmac_sha256(request, shop.secret, shop.token_secret)
	):
		raise Refused(401, "The signature is invalid. Verify and try again.")


class Handler(QuietHandler):
	json_type = "application/json; charset=utf-8"

	def do_GET(self) -> None:
		shop: Magento = self.server.system
		address = urlsplit(self.path)
		raw = self.body()
		query = dict(parse_qsl(address.query, keep_blank_values=True))
		trouble = met(shop.troubles, self.command, address.path)
		try:
			body = self._json(raw) if raw else None
			shop.calls.append((self.command, address.path, query, body))
			authenticate(shop, self.command, shop.url + self.path, self.headers.get("Authorization", ""))
			if trouble and trouble.status:
				raise Refused(
					trouble.status,
					"Internal Error. Details are available in Magento log file. Report ID: webapi-1",
				)
			status, data = 200, shop.answer(self.command, address.path, query, body)
		except Refused as refused:
			status, data = refused.status, refused.body
		if trouble and trouble.lose_answer:
			self.close_connection = True
			return
		self.send_json(status, data, trouble.headers if trouble else {})

	do_POST = do_PUT = do_DELETE = do_GET

	@staticmethod
	def _json(raw: bytes) -> Any:
		try:
			return json.loads(raw)
		except ValueError:
			raise Refused(400, "Decoding error: Syntax error") from None
