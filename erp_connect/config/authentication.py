"""How an account proves who is calling: the settings turned into a strategy of the transport."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from erp_connect.config import secrets, tokens
from erp_connect.core.guard.redaction import Secret
from erp_connect.jobs.steps import Steps
from erp_connect.transport.auth import (
	BasicAuth,
	BearerAuth,
	FrappeTokenAuth,
	HeaderAuth,
	HmacAuth,
	NoAuth,
	QueryAuth,
	SeveralAuth,
	Strategy,
	TokenAuth,
)
from erp_connect.transport.client import HttpClient
from erp_connect.transport.messages import HttpRequest


class Provider(Protocol):
	"""A token that can be renewed. base_url: where the API is, if the token's answer said so. current: used now."""

	base_url: str
	current: Secret | None

	def have(self) -> Steps[None]: ...

	def renew(self, refused: Secret | None) -> Steps[None]: ...


@dataclass
class Authentication:
	"""A strategy together with the provider of its token, if it has one."""

	strategy: Strategy
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

	def apply(self, request: HttpRequest, now: float) -> HttpRequest:
		return self.strategy.apply(request, now)

	def renewed(self, refused: Secret | None) -> Steps[None]:
		"""After a 401: have another token than the one that was refused."""
		if self.provider:
			yield from self.provider.renew(refused)


def of_account(doc, http: HttpClient) -> Authentication:
	"""The authentication that an Integration Settings describes. Raises `ConfigurationError`."""
	make = _STRATEGIES.get(doc.auth_type or "None", _none)
	authentication = make(doc, http)
	if parameters := _parameters(doc):
		# The signature of a signed request covers what stands before it.
		authentication.strategy = SeveralAuth([*parameters, authentication.strategy])
	return authentication


def _none(doc, http: HttpClient) -> Authentication:
	return Authentication(NoAuth())


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
	provider = tokens.OAuthToken(doc, http)
	return Authentication(TokenAuth(provider, prefix=doc.token_prefix or "Bearer"), provider)


def _session(doc, http: HttpClient) -> Authentication:
	provider = tokens.SessionToken(doc, http)
	place = (doc.session_place or "Header").lower()
	prefix = (doc.session_prefix or "") if place == "header" else ""
	return Authentication(TokenAuth(provider, place=place, name=doc.session_name, prefix=prefix), provider)


_STRATEGIES = {
	"None": _none,
	"API Key": _none,  # its secrets stand in the table of headers and parameters
	"Basic": _basic,
	"Bearer Token": _bearer,
	"Frappe Token": _frappe_token,
	"HMAC Signed Request": _hmac,
	"OAuth 2 Client Credentials": _oauth,
	"OAuth 2 Authorization Code": _oauth,
	"Session Token": _session,
}


def _parameters(doc) -> list[Strategy]:
	headers, query = {}, {}
	for row in doc.parameters:
		value = secrets.read(row, "secret") or Secret(row.value or "")
		(query if row.place == "Query" else headers)[row.key] = value
	strategies: list[Strategy] = []
	if headers:
		strategies.append(HeaderAuth(headers))
	if query:
		strategies.append(QueryAuth(query))
	return strategies
