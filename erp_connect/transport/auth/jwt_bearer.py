"""Tokens for a service account: an assertion that it signs itself is changed for an access token (RFC 7523, 2.1).

Promises one request per call, as `oauth2`, whose answers it reads. Never stores a token. The assertion is written by
PyJWT; oauthlib's own client for it insists on a subject and on RS256.
"""

from __future__ import annotations

import json
import re
import textwrap
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.guard.redaction import Secret
from erp_connect.transport.auth.oauth2 import OAuth2Client, Token, read_token
from erp_connect.transport.client import HttpClient
from erp_connect.transport.messages import HttpRequest

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# Seconds for which an assertion is good: some servers take no more than three minutes.
LIFETIME = 180
_PEM = re.compile(r"\s*(-----BEGIN [A-Z ]+-----)(.*?)(-----END [A-Z ]+-----)\s*", re.DOTALL)


@dataclass(frozen=True)
class ServiceAccount:
	"""A service account at one token endpoint.

	key: private key as PEM, also without its line breaks. issuer: of the assertion; subject: for whom the token is, empty
	for itself; audience: for whom the assertion is, the endpoint when empty. claims: further ones, such as `scope`.
	Raises ConfigurationError for what is missing, and a key that does not fit the algorithm.
	"""

	token_url: str
	issuer: str
	key: Secret
	audience: str = ""
	subject: str = ""
	algorithm: str = "RS256"
	key_id: str = ""
	claims: Mapping[str, Any] = field(default_factory=dict)
	headers: Mapping[str, str] = field(default_factory=dict)

	def __post_init__(self) -> None:
		if not self.token_url or not self.issuer:
			raise ConfigurationError(
				"The token address or the issuer is missing. Enter them in the account.", code="auth"
			)
		self.assertion(0)

	def assertion(self, now: float) -> str:
		"""A signed assertion of this moment, each with an id of its own."""
		import jwt

		claims = {
			**self.claims,
			"iss": self.issuer,
			"aud": self.audience or self.token_url,
			"iat": int(now),
			"exp": int(now) + LIFETIME,
			"jti": str(uuid.uuid4()),
			**({"sub": self.subject} if self.subject else {}),
		}
		named = {"kid": self.key_id} if self.key_id else None
		try:
			return jwt.encode(claims, whole_pem(self.key.reveal()), self.algorithm, headers=named)
		except (jwt.PyJWTError, ValueError, TypeError, NotImplementedError):
			raise ConfigurationError(
				"The private key cannot be used with {algorithm}. Copy it in full, from -----BEGIN to -----END, without a "
				"passphrase, or paste the whole key file (JSON).",
				code="secret",
				algorithm=self.algorithm,
			) from None


def read_key(text: str) -> tuple[str, str, str]:
	"""Private key, issuer and key id in a key file (JSON); of a bare key, issuer and id are empty."""
	if not text.lstrip().startswith("{"):
		return text, "", ""
	try:
		file = json.loads(text)
	except ValueError:
		return text, "", ""  # told when the key is used
	return (
		str(file.get("private_key") or ""),
		str(file.get("client_email") or ""),
		str(file.get("private_key_id") or ""),
	)


def whole_pem(text: str) -> str:
	"""A PEM with its line breaks: fields of one line take them away, and files write them as \\n."""
	found = _PEM.fullmatch(text.replace("\\n", "\n"))
	if not found:
		return text
	body = "".join(found[2].split())
	return "\n".join((found[1], *textwrap.wrap(body, 64), found[3], ""))


def request_service_token(http: HttpClient, account: ServiceAccount, now: float) -> Token:
	"""Change an assertion of `now` (epoch seconds) for a token.

	Raises TokenError when the endpoint refuses, TransportError when it cannot be reached.
	"""
	body = urlencode({"grant_type": GRANT, "assertion": account.assertion(now)})
	headers = {
		**account.headers,
		"Accept": "application/json",
		"Content-Type": "application/x-www-form-urlencoded",
	}
	response = http.send(HttpRequest("POST", account.token_url, headers, body.encode()))
	return read_token(response, OAuth2Client(account.token_url, account.issuer, account.key))
