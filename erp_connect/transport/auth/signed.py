"""Requests signed by HMAC over parts that the account's template names.

Promises to sign the bytes and the address exactly as they are sent. Never sends the secret.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from requests.auth import AuthBase

from erp_connect.core.delivery.signing import check_template, compose_message, decode_base64, sign_message
from erp_connect.core.errors import ConfigurationError
from erp_connect.core.guard.redaction import Secret
from erp_connect.transport.messages import PreparedRequest


@dataclass(frozen=True)
class HmacAuth(AuthBase):
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

	def __call__(self, r: PreparedRequest) -> PreparedRequest:
		parts = _parts(r)
		key = _key(self.secret, self.secret_encoding)
		signature = sign_message(self.algorithm, key, compose_message(self.template, parts), self.encoding)
		r.headers[self.header] = self.prefix + signature
		if self.timestamp_header:
			unit = "timestamp_ms" if self.timestamp_unit == "ms" else "timestamp"
			r.headers[self.timestamp_header] = str(parts[unit])
		if self.key_header:
			r.headers[self.key_header] = self.key
		return r


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


def _parts(request: PreparedRequest) -> dict[str, str | bytes]:
	body = request.body or b""
	parts: dict[str, str | bytes] = {
		"timestamp": str(int(request.now)),
		"timestamp_ms": str(int(request.now * 1000)),
		"method": request.method,
		"path": request.path_url,
		"url": request.url,
		"body": body,
		"body_sha256": hashlib.sha256(body).hexdigest(),
	}
	if request.id:
		parts["id"] = request.id
	return parts
