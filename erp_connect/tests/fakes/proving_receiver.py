"""A receiver that takes only requests that are proved, each path by its own judge; others get 401 and nothing is done.

The judges are written from the receivers' side: oauthlib as a provider, the payment provider's own library, and the shop
that signs its query as its own source describes it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import json
import string
import time
from collections.abc import Callable
from urllib.parse import parse_qsl, quote_plus, urlsplit

from oauthlib.oauth1 import RequestValidator, ResourceEndpoint, SignatureOnlyEndpoint

from erp_connect.tests.fakes.fault_server import FaultServer, Received, Reply

Judge = Callable[[Received], bool]
# Seconds for which the shop takes a signed query.
SHOP_TOLERANCE = 450


class ProvingReceiver(FaultServer):
	"""`FaultServer` with judges by path; refused: what they did not let through."""

	def __init__(self) -> None:
		super().__init__()
		self._judges: dict[str, Judge] = {}
		self.refused: list[Received] = []

	def prove(self, path: str, judge: Judge) -> None:
		"""Take requests for `path` only where `judge` is true of them."""
		self._judges[path] = judge

	def reply_for(self, request: Received) -> Reply:
		judge = self._judges.get(urlsplit(request.path).path)
		if judge is None or judge(request):
			return super().reply_for(request)
		self.refused.append(request)
		return Reply(401, {"message": "signature_invalid"})


class Consumer(RequestValidator):
	"""One consumer of a provider by OAuth 1, with one access token or none."""

	client_key_length = access_token_length = 1, 100
	nonce_length = 8, 60
	safe_characters = frozenset(string.ascii_letters + string.digits + "-")
	enforce_ssl = False
	allowed_signature_methods = ("HMAC-SHA256", "HMAC-SHA1")
	dummy_client = dummy_access_token = "nobody"

	def __init__(self, key: str, secret: str, token: str = "", token_secret: str = "") -> None:
		super().__init__()
		self.known = {key: secret}
		self.tokens = {token: token_secret}
		self.seen: set[tuple] = set()

	def validate_client_key(self, client_key, request):
		return client_key in self.known

	def get_client_secret(self, client_key, request):
		return self.known.get(client_key, "none")

	def validate_access_token(self, client_key, token, request):
		return token in self.tokens

	def get_access_token_secret(self, client_key, token, request):
		return self.tokens.get(token, "none")

	def validate_realms(self, client_key, token, request, uri=None, realms=None):
		return True

	def validate_timestamp_and_nonce(
		self, client_key, timestamp, nonce, request, request_token=None, access_token=None
	):
		once = (client_key, timestamp, nonce)
		fresh = once not in self.seen and abs(time.time() - int(timestamp)) < 300
		self.seen.add(once)
		return fresh


def oauth1(origin: str, consumer: Consumer) -> Judge:
	"""Requests signed by `consumer`. origin: of the receiver, as the requests name it."""
	with_token = "" not in consumer.tokens

	def judge(request: Received) -> bool:
		body = request.body.decode() if "form" in request.header("Content-Type") else None
		given = (origin + request.path, request.method, body, request.headers)
		if with_token:
			return ResourceEndpoint(consumer).validate_protected_resource_request(*given)[0]
		return SignatureOnlyEndpoint(consumer).validate_request(*given)[0]

	return judge


def checksum(key: str) -> Judge:
	"""JSON whose `head.signature` fits the bytes of its `body`, as the provider's library says."""
	import paytmchecksum

	def judge(request: Received) -> bool:
		text = request.body.decode()
		signature = json.loads(text)["head"].get("signature", "")
		_, start = text.split('"body":', 1)
		_, end = json.JSONDecoder().raw_decode(start)
		try:
			return bool(signature) and paytmchecksum.verifySignature(start[:end], key, signature)
		except ValueError:  # of what was encrypted by another key
			return False

	return judge


def signed_query(host: str, key: str, folder: str = "/") -> Judge:
	"""A query signed for the shop. https://github.com/opencart/opencart/blob/4.1.0.4/upload/catalog/controller/startup/api.php"""

	def judge(request: Received) -> bool:
		query = dict(parse_qsl(urlsplit(request.path).query, keep_blank_values=True))
		if abs(time.time() - int(query.get("time") or 0)) > SHOP_TOLERANCE:
			return False
		pairs = parse_qsl(request.body.decode(), keep_blank_values=True)
		form = "&".join(f"{_rfc1738(name)}={_rfc1738(_cleaned(value))}" for name, value in pairs)
		named = [query.get(name, "") for name in ("route", "call", "username")]
		later = [query.get(name, "") for name in ("store_id", "language", "currency")]
		lines = [*named, host, folder, *later, hashlib.md5(form.encode()).hexdigest(), query["time"]]
		message = "".join(f"{line}\n" for line in lines)
		expected = base64.b64encode(hmac.new(key.encode(), message.encode(), hashlib.sha1).digest()).decode()
		return hmac.compare_digest(expected, query.get("signature", ""))

	return judge


def first_in_body(member: str, credentials: dict[str, str]) -> Judge:
	"""JSON with one object, whose first member is `member` with these credentials: it is read as XML, by sequence."""

	def judge(request: Received) -> bool:
		(inside,) = json.loads(request.body).values()
		return next(iter(inside.items())) == (member, credentials)

	return judge


def _cleaned(value: str) -> str:
	return html.escape(value, quote=False).replace('"', "&quot;").strip()


def _rfc1738(text: str) -> str:
	# As PHP's http_build_query writes it: https://www.php.net/manual/function.http-build-query
	return quote_plus(text).replace("~", "%7E")
