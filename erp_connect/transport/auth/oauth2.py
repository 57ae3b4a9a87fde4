"""OAuth 2 token requests: client credentials and refresh tokens (RFC 6749, 4.4 and 6).

Promises one request per call, through the guarded client, and an error that says whether a person has to act.
Never stores a token and never renews one unasked. Bodies are written and answers read by oauthlib.
requests-oauthlib is left out: its session brings redirects, cookies and variables of the environment, refuses
receivers that a site allows over plain http, and sends no JSON.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote_plus

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.guard.redaction import Redactor, Secret, cap
from erp_connect.core.parse.answer import read_answer, remote_message
from erp_connect.transport.client import HttpClient
from erp_connect.transport.errors import TokenError
from erp_connect.transport.messages import HttpRequest, HttpResponse

_FORM = "application/x-www-form-urlencoded"
_MESSAGE_LIMIT = 200
# The client or the grant itself is refused; any other error may pass.
_PERMANENT = frozenset(
	{
		"invalid_client",
		"invalid_grant",
		"invalid_code",
		"unauthorized_client",
		"unsupported_grant_type",
		"invalid_scope",
		"invalid_request",
		"access_denied",
	}
)
_KNOWN = frozenset({"access_token", "refresh_token", "token_type", "expires_in", "expires_at", "scope"})


@dataclass(frozen=True)
class OAuth2Client:
	"""How one account asks for tokens.

	basic: send client id and secret as Basic authentication instead of in the body. as_json: send the body as
	JSON instead of a form. extra: further body fields, such as `audience`. headers: further ones of the request.
	"""

	token_url: str
	client_id: str
	client_secret: Secret
	scope: str = ""
	basic: bool = False
	as_json: bool = False
	extra: Mapping[str, str] = field(default_factory=dict)
	headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Token:
	"""A token as it was issued. expires_in: seconds, None when the answer does not say.

	extra: everything else in the answer, such as `instance_url` or `api_domain`, which lead to the API's base.
	"""

	access_token: Secret
	refresh_token: Secret | None = None
	expires_in: int | None = None
	scope: str = ""
	token_type: str = ""
	extra: Mapping[str, Any] = field(default_factory=dict)


def request_token(http: HttpClient, client: OAuth2Client, *, refresh_token: Secret | None = None) -> Token:
	"""Get a token: by refresh token if one is given, otherwise by client credentials.

	A refresh that brings no new refresh token keeps the one that was used. Raises TokenError when the endpoint
	refuses, TransportError when it cannot be reached.
	"""
	response = http.send(token_request(client, refresh_token=refresh_token))
	token = read_token(response, client, refresh_token=refresh_token)
	if refresh_token and token.refresh_token is None:
		return Token(**{**token.__dict__, "refresh_token": refresh_token})
	return token


def token_request(client: OAuth2Client, *, refresh_token: Secret | None = None) -> HttpRequest:
	"""The request for a token. Raises ConfigurationError if the account lacks the token URL or client id."""
	if not client.token_url or not client.client_id:
		raise ConfigurationError(
			"The token URL or the client id is missing. Enter them in the account or its Connected App.",
			code="auth",
		)
	body = _body(client, refresh_token)
	headers = {**client.headers, "Accept": "application/json", "Content-Type": _FORM}
	if client.as_json:
		body = json.dumps(dict(parse_qsl(body, keep_blank_values=True)))
		headers["Content-Type"] = "application/json"
	if client.basic:
		headers["Authorization"] = _basic(client)
	return HttpRequest("POST", client.token_url, headers, body.encode())


def _body(client: OAuth2Client, refresh_token: Secret | None) -> str:
	from oauthlib.oauth2 import BackendApplicationClient

	writer = BackendApplicationClient(client.client_id)
	fields = dict(client.extra)
	if not client.basic:
		fields["client_secret"] = client.client_secret.reveal()
	scope = client.scope or None
	if refresh_token:
		if not client.basic:
			fields["client_id"] = client.client_id
		return writer.prepare_refresh_body(refresh_token=refresh_token.reveal(), scope=scope, **fields)
	return writer.prepare_request_body(scope=scope, include_client_id=not client.basic, **fields)


def _basic(client: OAuth2Client) -> str:
	# RFC 6749, 2.3.1: both parts are form-encoded before they are joined.
	pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret.reveal())}"
	return "Basic " + base64.b64encode(pair.encode()).decode()


def read_token(response: HttpResponse, client: OAuth2Client, *, refresh_token: Secret | None = None) -> Token:
	"""The token in the answer of a token endpoint. Raises TokenError if there is none."""
	from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error

	text = response.body.decode("utf-8", errors="replace")
	try:
		found = BackendApplicationClient(client.client_id).parse_request_body_response(text)
	except OAuth2Error as error:
		raise _refused(response, client, refresh_token, error.error or "", error.description or "") from None
	except (ValueError, TypeError, AttributeError):
		raise _refused(response, client, refresh_token, "", "") from None
	if response.status >= 400:
		raise _refused(response, client, refresh_token, "", "")
	return _token(found)


def _token(found: Mapping[str, Any]) -> Token:
	renewal = found.get("refresh_token")
	expires_in = found.get("expires_in")
	scope = found.get("scope") or ""
	return Token(
		access_token=Secret(str(found["access_token"])),
		refresh_token=Secret(str(renewal)) if renewal else None,
		# Some send numbers as text.
		expires_in=int(expires_in) if expires_in is not None else None,
		scope=scope if isinstance(scope, str) else " ".join(scope),
		token_type=str(found.get("token_type") or ""),
		extra={name: value for name, value in found.items() if name not in _KNOWN},
	)


def _refused(
	response: HttpResponse, client: OAuth2Client, refresh_token: Secret | None, error: str, description: str
) -> TokenError:
	secrets = [client.client_secret, *([refresh_token] if refresh_token else [])]
	if error in ("", "missing_token"):
		answer = read_answer(response.body, response.content_type)
		error, description = "", remote_message(answer.data) if answer.structured else ""
	reason = Redactor(secrets).text(f"{error} {description}".strip()) or "no reason given"
	params = {"status": response.status, "reason": cap(reason, _MESSAGE_LIMIT)}
	if response.status in (408, 429) or response.status >= 500:
		return TokenError(
			"The token endpoint is not able to answer now (status {status}: {reason}).",
			permanent=False,
			**params,
		)
	return TokenError(
		"The token endpoint gave no token (status {status}: {reason}). Check the client id and secret (of a "
		"service account: its issuer and private key), or grant access again.",
		permanent=400 <= response.status < 500 or error in _PERMANENT,
		**params,
	)
