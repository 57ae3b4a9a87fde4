"""How an account proves who is calling: the settings turned into what the transport signs requests with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from erp_connect.config import inputs, request_schemes, secrets, session_tokens, tokens
from erp_connect.core.expressions.parameters import check_header
from erp_connect.core.guard.redaction import Secret
from erp_connect.core.values.inputs import filled
from erp_connect.jobs.steps import Steps
from erp_connect.transport.auth import (
	AuthBase,
	BasicAuth,
	BearerAuth,
	BodyAuth,
	FrappeTokenAuth,
	HeaderAuth,
	HmacAuth,
	Made,
	QueryAuth,
	SeveralAuth,
	TokenAuth,
)
from erp_connect.transport.client import HttpClient


class Provider(Protocol):
	"""A token that can be renewed. base_url: where the API is, if the token's answer said so. current: used now."""

	base_url: str
	current: Secret | None

	def have(self) -> Steps[None]: ...

	def renew(self, refused: Secret | None) -> Steps[None]: ...


@dataclass
class Authentication:
	"""The proof of an account, if it needs any, together with the provider of its token, if it has one."""

	proof: AuthBase | None = None
	provider: Provider | None = None

	@property
	def renewable(self) -> bool:
		return self.provider is not None

	@property
	def base_url(self) -> str:
		return self.provider.base_url if self.provider else ""

	@property
	def secrets(self) -> tuple[Secret, ...]:
		"""Tokens got by logging in, for redaction."""
		return (self.provider.current,) if self.provider and self.provider.current else ()

	@property
	def token(self) -> Secret | None:
		"""The token that requests carry now."""
		return self.provider.current if self.provider else None

	def ready(self) -> Steps[None]:
		"""Have a token before an address is built, since the token's answer may say where the API is."""
		if self.provider:
			yield from self.provider.have()

	def renewed(self, refused: Secret | None) -> Steps[None]:
		"""After a 401: have another token than the one that was refused."""
		if self.provider:
			yield from self.provider.renew(refused)


def of_account(doc, http: HttpClient) -> Authentication:
	"""The authentication that an Integration Settings describes. Raises `ConfigurationError`."""
	make = _PROOFS.get(doc.auth_type or "None", _none)
	authentication = make(doc, http)
	if parameters := _parameters(doc):
		# The signature of a signed request covers what stands before it.
		own = [authentication.proof] if authentication.proof else []
		authentication.proof = SeveralAuth([*parameters, *own])
	return authentication


def _none(doc, http: HttpClient) -> Authentication:
	return Authentication()


def _basic(doc, http: HttpClient) -> Authentication:
	return Authentication(BasicAuth(doc.username or "", secrets.read(doc, "password") or Secret("")))


def _bearer(doc, http: HttpClient) -> Authentication:
	return Authentication(
		BearerAuth(secrets.read(doc, "token", required=True), prefix=doc.token_prefix or "")
	)


def _frappe_token(doc, http: HttpClient) -> Authentication:
	return Authentication(FrappeTokenAuth(doc.api_key or "", secrets.read(doc, "api_secret", required=True)))


def _hmac(doc, http: HttpClient) -> Authentication:
	return Authentication(
		HmacAuth(
			secrets.read(doc, "api_secret", required=True),
			template=doc.hmac_message,
			algorithm=doc.hmac_algorithm,
			encoding=doc.hmac_encoding,
			header=doc.hmac_header,
			prefix=doc.hmac_prefix or "",
			timestamp_header=doc.hmac_timestamp_header or "",
			key_header=(doc.hmac_key_header or "") if doc.api_key else "",
			key=doc.api_key or "",
		)
	)


def _oauth(doc, http: HttpClient) -> Authentication:
	return _by_token(doc, tokens.OAuthToken(doc, http))


def _service(doc, http: HttpClient) -> Authentication:
	return _by_token(doc, session_tokens.ServiceToken(doc, http))


def _by_token(doc, provider: tokens.KeptToken) -> Authentication:
	"""The token in `Authorization`, or alone in the header of the account's choice."""
	if header := (doc.token_header or "").strip():
		check_header(header, "")
		return Authentication(TokenAuth(provider, name=header, prefix=""), provider)
	return Authentication(TokenAuth(provider, prefix=doc.token_prefix or "Bearer"), provider)


def _session(doc, http: HttpClient) -> Authentication:
	provider = session_tokens.SessionToken(doc, http)
	place = (doc.session_place or "Header").lower()
	prefix = (doc.session_prefix or "") if place == "header" else ""
	return Authentication(TokenAuth(provider, place=place, name=doc.session_name, prefix=prefix), provider)


def _scheme(doc, http: HttpClient) -> Authentication:
	return Authentication(request_schemes.proof_of(doc))


_PROOFS = {
	"None": _none,
	"API Key": _none,  # its secrets stand in the table of headers and parameters
	"Basic": _basic,
	"Bearer Token": _bearer,
	"Frappe Token": _frappe_token,
	"HMAC Signed Request": _hmac,
	"OAuth 2 Client Credentials": _oauth,
	"OAuth 2 Authorization Code": _oauth,
	"OAuth 2 JWT Bearer": _service,
	"Session Token": _session,
	"Named Scheme": _scheme,
}


def _parameters(doc) -> list[AuthBase]:
	own = inputs.of_document(doc)
	places: dict[str, dict[str, Secret | Made]] = {"Header": {}, "Query": {}, "Body": {}}
	for row in doc.parameters:
		value = secrets.read(row, "secret") or Made(filled(row.value or "", own))
		places[row.place or "Header"][row.key] = value
	makers = {"Header": HeaderAuth, "Query": QueryAuth, "Body": BodyAuth}
	return [makers[place](values) for place, values in places.items() if values]
