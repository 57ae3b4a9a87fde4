"""Proofs that stand in the body of a request: credentials, and a checksum of what is sent.

They go in last, into the bytes that travel, so that stored payloads never hold them and each try has its own. A request
without a body has no place for them, and is sent as it is.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from requests.auth import AuthBase

from erp_connect.core.delivery.aes_checksum import SALT, aes_key, checksum, initial_vector
from erp_connect.core.errors import ConfigurationError, PayloadError
from erp_connect.core.guard.redaction import Secret
from erp_connect.core.payload import json_members
from erp_connect.transport.auth.made import Made, text_of
from erp_connect.transport.messages import PreparedRequest

_SALT_CHARACTERS = string.ascii_letters + string.digits


@dataclass(frozen=True)
class BodyAuth(AuthBase):
	"""Texts put into a JSON body or a form. values: by path for JSON (see `core.payload.json_members`), by name for forms.

	Raises ConfigurationError for a path that is none when it is made, PayloadError for a body that has no place for it.
	"""

	values: Mapping[str, Secret | Made]

	def __post_init__(self) -> None:
		json_members.tree_of((path, "") for path in self.values)

	def __call__(self, r: PreparedRequest) -> PreparedRequest:
		if not r.body:
			return r
		entries = [(path, text_of(value, r)) for path, value in self.values.items()]
		if _is_form(r):
			kept = [pair for pair in _pairs(r) if pair[0] not in self.values]
			r.body = urlencode([*entries, *kept]).encode()
		else:
			r.body = json_members.put(_json_text(r), json_members.tree_of(entries)).encode()
		return r


@dataclass(frozen=True)
class BodyChecksumAuth(AuthBase):
	"""A checksum of one member of a JSON body, put into another one. See `core.delivery.aes_checksum`.

	signed, place: paths of both. Raises ConfigurationError for a secret or a vector that AES does not have when it is
	made, PayloadError for a body that has nothing to sign.
	"""

	secret: Secret
	iv: str
	signed: str
	place: str

	def __post_init__(self) -> None:
		self._key()
		json_members.tree_of([(self.place, "")])

	def __call__(self, r: PreparedRequest) -> PreparedRequest:
		if not r.body:
			return r
		text = _json_text(r)
		signed = json_members.member(text, self.signed.split("."))
		if signed is None:
			raise PayloadError(
				"The body has nothing at {path}, which the checksum is made of. Map it in the flow.",
				code="signing",
				path=self.signed,
			)
		salt = "".join(secrets.choice(_SALT_CHARACTERS) for _ in range(SALT))
		made = checksum(*self._key(), signed.encode(), salt.encode())
		r.body = json_members.put(text, json_members.tree_of([(self.place, made)])).encode()
		return r

	def _key(self) -> tuple[bytes, bytes]:
		try:
			return aes_key(self.secret.reveal()), initial_vector(self.iv)
		except ValueError:
			raise ConfigurationError(
				"The key of a checksum has 16, 24 or 32 characters, and its vector (iv) 16. Copy both again in full.",
				code="secret",
			) from None


def _is_form(r: PreparedRequest) -> bool:
	return "application/x-www-form-urlencoded" in r.headers.get("Content-Type", "")


def _pairs(r: PreparedRequest) -> list[tuple[str, str]]:
	return parse_qsl(r.body.decode(), keep_blank_values=True)


def _json_text(r: PreparedRequest) -> str:
	if "json" in r.headers.get("Content-Type", "").lower():
		return r.body.decode()
	raise PayloadError(
		"The account puts values into the body of its requests, which it can into JSON and forms only. Choose one of "
		"these as payload format, or remove the rows whose place is Body.",
		code="body",
	)
