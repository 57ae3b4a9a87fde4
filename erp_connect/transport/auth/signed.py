"""Requests signed by HMAC over parts that the account's template names.

Promises to sign the bytes and the address exactly as they are sent. Never sends the secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from requests.auth import AuthBase

from erp_connect.core.delivery.signing import (
	check_template,
	compose_message,
	decode_base64,
	parts_named,
	sign_message,
)
from erp_connect.core.errors import ConfigurationError
from erp_connect.core.guard.redaction import Secret
from erp_connect.transport.auth.signed_parts import parts_of
from erp_connect.transport.messages import PreparedRequest, replace_query


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
		key = _key(self.secret, self.secret_encoding)
		message = compose_message(self.template, parts_of(r, self.template, self.key))
		signature = sign_message(self.algorithm, key, message, self.encoding)
		r.headers[self.header] = self.prefix + signature
		if self.timestamp_header:
			r.headers[self.timestamp_header] = str(int(r.now * (1000 if self.timestamp_unit == "ms" else 1)))
		if self.key_header:
			r.headers[self.key_header] = self.key
		return r


@dataclass(frozen=True)
class SignedQueryAuth(AuthBase):
	"""A signature in the query, beside parameters that are made for each request.

	parameters: added before it is signed; their values may name parts, such as `{timestamp}`. parameter: takes the
	signature. template, algorithm, encoding: as for `HmacAuth`; `{query.name}` is a parameter of the query.
	"""

	secret: Secret
	template: str
	parameter: str
	parameters: Mapping[str, str] = field(default_factory=dict)
	algorithm: str = "sha256"
	encoding: str = "hex"
	key: str = ""

	def __post_init__(self) -> None:
		check_template(self.template)
		for value in self.parameters.values():
			if parts_named(value):
				check_template(value)

	def __call__(self, r: PreparedRequest) -> PreparedRequest:
		made = {name: self._value(value, r) for name, value in self.parameters.items()}
		r.url = replace_query(r.url, made)
		message = compose_message(self.template, parts_of(r, self.template, self.key))
		signature = sign_message(self.algorithm, _key(self.secret, "text"), message, self.encoding)
		r.url = replace_query(r.url, {self.parameter: signature})
		return r

	def _value(self, template: str, r: PreparedRequest) -> str:
		if not parts_named(template):
			return template
		return compose_message(template, parts_of(r, template, self.key)).decode()


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
