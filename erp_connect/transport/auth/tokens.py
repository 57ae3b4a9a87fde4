"""Tokens that somebody else gets, keeps and renews.

Promises to put the provider's token where the receiver expects it. Never fetches or renews one by itself: that is
done before, so that many workers with one stale token make one renewal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from requests.auth import AuthBase

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.guard.redaction import Secret
from erp_connect.transport.auth.keys import prefixed
from erp_connect.transport.messages import PreparedRequest, replace_query

PLACES = ("header", "query")


class TokenProvider(Protocol):
	"""Keeps the token of one account. current: the one to use now; it is had before a request is prepared."""

	current: Secret | None


@dataclass(frozen=True)
class TokenAuth(AuthBase):
	"""The provider's token. place: `header` or `query`; name: of the header or parameter."""

	provider: TokenProvider
	place: str = "header"
	name: str = "Authorization"
	prefix: str = "Bearer"

	def __post_init__(self) -> None:
		if self.place not in PLACES or not self.name:
			raise ConfigurationError(
				"The token has no place in the request. Choose header or query and enter its name.",
				code="auth",
			)

	def __call__(self, r: PreparedRequest) -> PreparedRequest:
		token = self.provider.current
		if token is None:
			raise ConfigurationError("No token was fetched for the account.", code="auth")
		value = prefixed(self.prefix, token)
		if self.place == "query":
			r.url = replace_query(r.url, {self.name: value})
		else:
			r.headers[self.name] = value
		return r
