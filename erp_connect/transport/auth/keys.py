"""Fixed credentials: headers, query parameters, Basic, bearer tokens, Frappe tokens.

Promises that the credential appears in the outgoing request only. Never shows it when printed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from requests.auth import AuthBase, HTTPBasicAuth

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.guard.redaction import Secret
from erp_connect.transport.auth.made import Made, text_of
from erp_connect.transport.messages import PreparedRequest, has_query, replace_query

# At the end of a name: only where the request has a parameter of that name.
IF_THERE = "?"


@dataclass(frozen=True)
class HeaderAuth(AuthBase):
	"""One or several headers, secret ones or such as are made for each request."""

	headers: Mapping[str, Secret | Made]

	def __call__(self, r: PreparedRequest) -> PreparedRequest:
		r.headers.update({name: text_of(value, r) for name, value in self.headers.items()})
		return r


@dataclass(frozen=True)
class QueryAuth(AuthBase):
	"""One or several query parameters, secret ones or such as are made for each request.

	A name that ends in ? is put only into requests that have the parameter, in place of the value there.
	"""

	parameters: Mapping[str, Secret | Made]

	def __call__(self, r: PreparedRequest) -> PreparedRequest:
		wanted = {
			name.removesuffix(IF_THERE): text_of(value, r)
			for name, value in self.parameters.items()
			if not name.endswith(IF_THERE) or has_query(r.url, name.removesuffix(IF_THERE))
		}
		r.url = replace_query(r.url, wanted)
		return r


@dataclass(frozen=True)
class BasicAuth(AuthBase):
	"""User name and password (RFC 7617, UTF-8). Raises ConfigurationError for a colon in the user name."""

	username: str
	password: Secret

	def __post_init__(self) -> None:
		if ":" in self.username:
			raise ConfigurationError(
				"A user name for Basic authentication cannot hold a colon. Correct it in the account.",
				code="auth",
			)

	def __call__(self, r: PreparedRequest) -> PreparedRequest:
		# Bytes, because requests would encode text as Latin-1.
		return HTTPBasicAuth(self.username.encode(), self.password.reveal().encode())(r)


@dataclass(frozen=True)
class BearerAuth(AuthBase):
	"""A fixed token. prefix: the word before it, may be empty; header: where it goes."""

	token: Secret
	prefix: str = "Bearer"
	header: str = "Authorization"

	def __call__(self, r: PreparedRequest) -> PreparedRequest:
		r.headers[self.header] = prefixed(self.prefix, self.token)
		return r


@dataclass(frozen=True)
class FrappeTokenAuth(AuthBase):
	"""API key and secret of a user on another Frappe site.

	https://docs.frappe.io/framework/user/en/guides/integration/rest_api/token_based_authentication
	"""

	api_key: str
	api_secret: Secret

	def __call__(self, r: PreparedRequest) -> PreparedRequest:
		r.headers["Authorization"] = f"token {self.api_key}:{self.api_secret.reveal()}"
		return r


@dataclass(frozen=True)
class SeveralAuth(AuthBase):
	"""One proof after the other; a signature belongs last, so that it covers the rest."""

	proofs: Sequence[AuthBase]

	def __call__(self, r: PreparedRequest) -> PreparedRequest:
		for proof in self.proofs:
			r = proof(r)
		return r


def prefixed(prefix: str, token: Secret) -> str:
	"""`prefix token`, or the token alone."""
	return f"{prefix} {token.reveal()}" if prefix else token.reveal()
