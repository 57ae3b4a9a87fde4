"""Requests signed by OAuth 1.0a (RFC 5849), one-legged or with an access token, by oauthlib.

requests-oauthlib's own class is left out: it takes the time from the clock, and prepares headers anew.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from requests.auth import AuthBase

from erp_connect.core.errors import PayloadError
from erp_connect.core.guard.redaction import Secret
from erp_connect.transport.messages import PreparedRequest, without_query

_FORM = "application/x-www-form-urlencoded"
_NAMES = (
	"oauth_consumer_key", "oauth_token", "oauth_nonce", "oauth_timestamp", "oauth_signature_method", "oauth_version",
	"oauth_signature",
)  # fmt: skip
# What oauthlib takes for a query; brackets, which many systems use, are not among it.
_NOT_ENCODED = re.compile(r"[^A-Za-z0-9._~=&;:%+,*@!()/?'$-]")


@dataclass(frozen=True)
class OAuth1Auth(AuthBase):
	"""key, secret: of the consumer. token, token_secret: the access token, none for one-legged requests.

	place: where the signature goes: header or query. algorithm: as OAuth names it. Raises PayloadError for a request that
	cannot be signed.
	"""

	key: str
	secret: Secret
	token: Secret | None = None
	token_secret: Secret | None = None
	place: Literal["header", "query"] = "header"
	algorithm: Literal["HMAC-SHA256", "HMAC-SHA1", "HMAC-SHA512"] = "HMAC-SHA256"
	realm: str = ""

	def __call__(self, r: PreparedRequest) -> PreparedRequest:
		from oauthlib.oauth1 import SIGNATURE_TYPE_AUTH_HEADER, SIGNATURE_TYPE_QUERY, Client

		signer = Client(
			self.key,
			client_secret=self.secret.reveal(),
			resource_owner_key=self.token.reveal() if self.token else None,
			resource_owner_secret=self.token_secret.reveal() if self.token_secret else None,
			signature_method=self.algorithm,
			signature_type=SIGNATURE_TYPE_QUERY if self.place == "query" else SIGNATURE_TYPE_AUTH_HEADER,
			realm=self.realm or None,
			timestamp=str(int(r.now)),
		)
		# Of a body only a form is signed, and only where it means something.
		form = _FORM in r.headers.get("Content-Type", "") and r.body and r.method not in ("GET", "HEAD")
		given = (r.body.decode(), {"Content-Type": _FORM}) if form else (None, {})
		try:
			r.url, headers, _ = signer.sign(_encoded(r.url), r.method, *given)
		except ValueError:
			raise PayloadError(
				"The request cannot be signed by OAuth 1: its address or its form holds what is not encoded. Check the "
				"path of the flow and its query parameters.",
				code="signing",
			) from None
		if authorization := headers.get("Authorization"):
			r.headers["Authorization"] = authorization
		return r


def _encoded(url: str) -> str:
	head, mark, query = without_query(url, _NAMES).partition("?")
	return head + mark + _NOT_ENCODED.sub(lambda match: quote(match[0]), query)
