"""Fixed credentials: headers, query parameters, Basic, bearer tokens, Frappe tokens.

Promises that the credential appears in the outgoing request only. Never shows it when printed.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.guard.redaction import Secret
from erp_connect.transport.messages import HttpRequest


class Strategy(Protocol):
	"""Adds the proof of who is calling. now: seconds since 1970."""

	def apply(self, request: HttpRequest, now: float) -> HttpRequest: ...


@dataclass(frozen=True)
class NoAuth:
	"""For receivers that ask for nothing."""

	def apply(self, request: HttpRequest, now: float) -> HttpRequest:
		return request


@dataclass(frozen=True)
class HeaderAuth:
	"""One or several secret headers."""

	headers: Mapping[str, Secret]

	def apply(self, request: HttpRequest, now: float) -> HttpRequest:
		return request.with_headers({name: value.reveal() for name, value in self.headers.items()})


@dataclass(frozen=True)
class QueryAuth:
	"""One or several secret query parameters."""

	parameters: Mapping[str, Secret]

	def apply(self, request: HttpRequest, now: float) -> HttpRequest:
		return request.with_query({name: value.reveal() for name, value in self.parameters.items()})


@dataclass(frozen=True)
class BasicAuth:
	"""User name and password (RFC 7617, UTF-8). Raises ConfigurationError for a colon in the user name."""

	username: str
	password: Secret

	def __post_init__(self) -> None:
		if ":" in self.username:
			raise ConfigurationError(
				"A user name for Basic authentication cannot hold a colon. Correct it in the account.",
				code="auth",
			)

	def apply(self, request: HttpRequest, now: float) -> HttpRequest:
		pair = f"{self.username}:{self.password.reveal()}".encode()
		return request.with_headers({"Authorization": "Basic " + base64.b64encode(pair).decode()})


@dataclass(frozen=True)
class BearerAuth:
	"""A fixed token. prefix: the word before it, may be empty; header: where it goes."""

	token: Secret
	prefix: str = "Bearer"
	header: str = "Authorization"

	def apply(self, request: HttpRequest, now: float) -> HttpRequest:
		return request.with_headers({self.header: prefixed(self.prefix, self.token)})


@dataclass(frozen=True)
class FrappeTokenAuth:
	"""API key and secret of a user on another Frappe site.

	https://docs.frappe.io/framework/user/en/guides/integration/rest_api/token_based_authentication
	"""

	api_key: str
	api_secret: Secret

	def apply(self, request: HttpRequest, now: float) -> HttpRequest:
		return request.with_headers({"Authorization": f"token {self.api_key}:{self.api_secret.reveal()}"})


@dataclass(frozen=True)
class SeveralAuth:
	"""Strategies one after the other; a signature belongs last, so that it covers the rest."""

	strategies: Sequence[Strategy]

	def apply(self, request: HttpRequest, now: float) -> HttpRequest:
		for strategy in self.strategies:
			request = strategy.apply(request, now)
		return request


def prefixed(prefix: str, token: Secret) -> str:
	"""`prefix token`, or the token alone."""
	return f"{prefix} {token.reveal()}" if prefix else token.reveal()
