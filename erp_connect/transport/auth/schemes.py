"""Named schemes: ways to prove requests that rows of headers and parameters cannot say, chosen by data.

Another app adds its own by the hook `erp_connect_request_schemes`, as a `RequestScheme`. A scheme works on the request
as it is sent, with all its bytes, and never opens a connection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationError
from requests.auth import AuthBase

from erp_connect.core.errors import ConfigurationError, Whole
from erp_connect.core.guard.redaction import Secret
from erp_connect.core.presets.part import Part, Text
from erp_connect.core.presets.reading import told
from erp_connect.transport.auth.body import BodyChecksumAuth
from erp_connect.transport.auth.by_path import ByPathAuth
from erp_connect.transport.auth.oauth1 import OAuth1Auth
from erp_connect.transport.auth.signed import SignedQueryAuth
from erp_connect.transport.auth.signed_token import SignedTokenAuth


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


class SignedTokenSettings(Part):
	"""claims: of the token, besides the time that it was made. lifetime: seconds until it ends; 0 for no end.

	header, prefix: where it goes. headers: further ones, whose values may hold `{key}`.
	"""

	claims: Mapping[str, str | int] = Field(default_factory=dict)
	algorithm: Literal["HS256", "HS384", "HS512"] = "HS256"
	lifetime: Annotated[int, Field(ge=0)] = 0
	header: Text = "Authorization"
	prefix: str = "Bearer"
	headers: Mapping[str, str] = Field(default_factory=dict)


class OfPath(Part):
	"""begins: of the path of a request. scheme: by which it is proved. secret: which one of the account that scheme uses."""

	begins: Annotated[str, StringConstraints(pattern=r"^/")]
	scheme: Literal["oauth1", "aes_checksum", "signed_query", "signed_token"]
	secret: Literal["secret", "token", "token_secret"] = "secret"
	settings: Mapping[str, Any] = Field(default_factory=dict)


class ByPathSettings(Part):
	"""paths: of which the first one counts that a request begins with."""

	paths: Annotated[list[OfPath], Field(min_length=1)]


def _by_path(given: Credentials, settings: ByPathSettings) -> ByPathAuth:
	def proof(of: OfPath) -> AuthBase:
		secret = replace(given, secret=getattr(given, of.secret))
		return proof_by(BUILT_IN[of.scheme], secret, of.settings)

	# Made when it is needed: who never asks for a path needs no secret for it.
	return ByPathAuth([(of.begins, lambda of=of: proof(of)) for of in settings.paths])


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
	"signed_token": RequestScheme(
		"Signed token",
		"Puts a token (JWT) that it signs itself into a header of each request",
		("secret",),
		SignedTokenSettings,
		lambda given, settings: SignedTokenAuth(
			given.secret,
			settings.claims,
			settings.algorithm,
			settings.lifetime,
			settings.header,
			settings.prefix,
			settings.headers,
			key=given.key,
		),
		takes=("key",),
	),
	"by_path": RequestScheme(
		"By the path",
		"Proves requests by one scheme or another, as their path begins",
		(),
		ByPathSettings,
		_by_path,
		takes=("key", "secret", "token", "token_secret"),
	),
}
