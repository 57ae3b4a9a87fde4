"""Requests signed by HMAC over parts that the account's template names.

Promises to sign the bytes and the address exactly as they are sent. Never sends the secret.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from urllib.parse import urlsplit

from erp_connect.core.delivery.signing import check_template, compose_message, decode_base64, sign_message
from erp_connect.core.errors import ConfigurationError
from erp_connect.core.guard.egress import wire_target
from erp_connect.core.guard.redaction import Secret
from erp_connect.transport.messages import HttpRequest


@dataclass(frozen=True)
class HmacAuth:
	"""A signature header, and if named, headers for the timestamp and for the key's public name.

	template: parts of `core.signing.PARTS` in braces; `{path}` is the path with its query. prefix: text before
	the signature, such as `sha256=`. timestamp_unit: `s` or `ms`, for the header. secret_encoding: how the
	secret is written: `text`, `hex` or `base64`. Raises ConfigurationError for an unknown part or an unreadable
	secret when it is made.
	"""

	secret: Secret
	template: str = "{timestamp}.{method}.{path}.{body}"
	algorithm: str = "sha256"
	encoding: str = "hex"
	header: str = "X-Signature"
	prefix: str = ""
	timestamp_header: str = ""
	timestamp_unit: str = "s"
	key_header: str = ""
	key: str = ""
	secret_encoding: str = "text"

	def __post_init__(self) -> None:
		check_template(self.template)
		_key(self.secret, self.secret_encoding)

	def apply(self, request: HttpRequest, now: float) -> HttpRequest:
		parts = _parts(request, now)
		key = _key(self.secret, self.secret_encoding)
		signature = sign_message(self.algorithm, key, compose_message(self.template, parts), self.encoding)
		headers = {self.header: self.prefix + signature}
		if self.timestamp_header:
			headers[self.timestamp_header] = str(
				parts["timestamp_ms" if self.timestamp_unit == "ms" else "timestamp"]
			)
		if self.key_header:
			headers[self.key_header] = self.key
		return request.with_headers(headers)


def _key(secret: Secret, encoding: str) -> bytes:
	readers = {"text": str.encode, "hex": bytes.fromhex, "base64": decode_base64}
	try:
		return readers[encoding](secret.reveal())
	except (KeyError, ValueError):
		raise ConfigurationError(
			"The signing secret cannot be read as {encoding}. Choose text, hex or base64, and copy it again in full.",
			code="secret",
			encoding=encoding,
		) from None


def _parts(request: HttpRequest, now: float) -> dict[str, str | bytes]:
	url = urlsplit(request.url)
	target = wire_target(url.path + (f"?{url.query}" if url.query else ""))
	parts: dict[str, str | bytes] = {
		"timestamp": str(int(now)),
		"timestamp_ms": str(int(now * 1000)),
		"method": request.method,
		"path": target,
		"url": f"{url.scheme}://{url.netloc}{target}",
		"body": request.body,
		"body_sha256": hashlib.sha256(request.body).hexdigest(),
	}
	if request.id:
		parts["id"] = request.id
	return parts
