"""Tokens that an account signs itself for each request (JWT, RFC 7519), by a secret that both sides know."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from requests.auth import AuthBase

from erp_connect.core.guard.redaction import Secret
from erp_connect.transport.auth.keys import prefixed
from erp_connect.transport.messages import PreparedRequest

KEY = "{key}"


@dataclass(frozen=True)
class SignedTokenAuth(AuthBase):
	"""A token in a header, good for the request that it was made for.

	claims: what it says besides its time. lifetime: seconds until it ends; 0 where the receiver reckons from its time.
	headers: further ones; `{key}` in their values is `key`.
	"""

	secret: Secret
	claims: Mapping[str, Any] = field(default_factory=dict)
	algorithm: str = "HS256"
	lifetime: int = 0
	header: str = "Authorization"
	prefix: str = "Bearer"
	headers: Mapping[str, str] = field(default_factory=dict)
	key: str = ""

	def __call__(self, r: PreparedRequest) -> PreparedRequest:
		r.headers[self.header] = prefixed(self.prefix, Secret(self._token(int(r.now))))
		r.headers.update({name: value.replace(KEY, self.key) for name, value in self.headers.items()})
		return r

	def _token(self, now: int) -> str:
		import jwt

		end = {"exp": now + self.lifetime} if self.lifetime else {}
		with warnings.catch_warnings():
			warnings.simplefilter("ignore")  # the receiver chose how long the secret is
			return jwt.encode({**self.claims, "iat": now, **end}, self.secret.reveal(), self.algorithm)
