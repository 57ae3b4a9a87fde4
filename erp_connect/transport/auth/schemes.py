"""Named schemes: ways to prove requests that rows of headers and parameters cannot say, chosen by data.

Another app adds its own by the hook `erp_connect_request_schemes`, as a `RequestScheme`. A scheme works on the request
as it is sent, with all its bytes, and never opens a connection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, ValidationError
from requests.auth import AuthBase

from erp_connect.core.errors import ConfigurationError, Whole
from erp_connect.core.guard.redaction import Secret
from erp_connect.core.presets.part import Part, Text
from erp_connect.core.presets.reading import told
from erp_connect.transport.auth.body import BodyChecksumAuth
from erp_connect.transport.auth.oauth1 import OAuth1Auth
from erp_connect.transport.auth.signed import SignedQueryAuth


@dataclass(frozen=True)
class Credentials:
	"""What an account holds for its scheme. key: what may be public, such as a user name; the others are secrets."""

	key: str = ""
	secret: Secret | None = None
	token: Secret | None = None
	token_secret: Secret | None = None


@dataclass(frozen=True)
class RequestScheme:
	"""title, help: for people. needs, takes: credentials that it must have, and may have besides.

	settings: a model of what else it has to be told. make: the proof, from both; raises ConnectError.
	"""

	title: str
	help: str
	needs: tuple[str, ...]
	settings: type[Part]
	make: Callable[[Credentials, Any], AuthBase]
	takes: tuple[str, ...] = ()


def proof_by(scheme: RequestScheme, credentials: Credentials, settings: Mapping[str, Any]) -> AuthBase:
	"""The proof by a scheme. Raises ConfigurationError for settings or credentials that are missing or wrong."""
	if lacking := [name for name in scheme.needs if not getattr(credentials, name)]:
		raise ConfigurationError(
			"The scheme {scheme} needs the {credential} of the account. Enter it under Authentication.",
			code="auth",
			scheme=scheme.title,
			credential=_LABELS.get(lacking[0], lacking[0]),
		)
	try:
		read = scheme.settings.model_validate(settings)
	except ValidationError as error:
		raise ConfigurationError(
			"The settings of the scheme {scheme} cannot be used: {reason}. Correct them in the account.",
			code="auth",
			scheme=scheme.title,
			reason=Whole(told(error)),
		) from None
	return scheme.make(credentials, read)


class OAuth1Settings(Part):
	"""place: of the signature. algorithm: as OAuth 1 names it. realm: of the header, where the receiver wants one."""

	place: Literal["header", "query"] = "header"
	algorithm: Literal["HMAC-SHA256", "HMAC-SHA1", "HMAC-SHA512"] = "HMAC-SHA256"
	realm: str = ""


class ChecksumSettings(Part):
	"""iv: the 16 characters that encryption starts from. signed, signature: paths in the JSON body."""

	iv: Text
	signed: Text = "body"
	signature: Text = "head.signature"


class SignedQuerySettings(Part):
	"""parameters: added to the query of each request, before it is signed. message: what is signed, of parts in braces.

	signature: the parameter that takes it.
	"""

	message: Text
	signature: Text = "signature"
	parameters: Mapping[str, str] = Field(default_factory=dict)
	algorithm: Literal["sha256", "sha512", "sha1"] = "sha256"
	encoding: Literal["hex", "base64"] = "hex"


_LABELS = {"key": "API key", "secret": "API secret", "token": "token", "token_secret": "token secret"}
BUILT_IN: dict[str, RequestScheme] = {
	"oauth1": RequestScheme(
		"OAuth 1.0a",
		"Signs each request with the consumer's key and secret, and the access token if there is one",
		("key", "secret"),
		OAuth1Settings,
		lambda given, settings: OAuth1Auth(
			given.key,
			given.secret,
			given.token,
			given.token_secret,
			place=settings.place,
			algorithm=settings.algorithm,
			realm=settings.realm,
		),
		takes=("token", "token_secret"),
	),
	"aes_checksum": RequestScheme(
		"AES checksum in the body",
		"Puts a salted, encrypted digest of one part of the JSON body into another part",
		("secret",),
		ChecksumSettings,
		lambda given, settings: BodyChecksumAuth(
			given.secret, settings.iv, settings.signed, settings.signature
		),
	),
	"signed_query": RequestScheme(
		"Signed query",
		"Adds parameters to the query of each request, and an HMAC over parts of the request",
		("secret",),
		SignedQuerySettings,
		lambda given, settings: SignedQueryAuth(
			given.secret,
			settings.message,
			settings.signature,
			settings.parameters,
			algorithm=settings.algorithm,
			encoding=settings.encoding,
			key=given.key,
		),
		takes=("key",),
	),
}
