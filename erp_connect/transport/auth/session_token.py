"""Logging in for a session token: one call with the credentials, whose answer holds the token.

Promises to find the token where the account says it is, or an error that says what came back instead (never
with the credentials). Never stores the token; how long it lasts is the caller's to know.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from erp_connect.core.errors import ConfigurationError, ExpressionError, Whole
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.guard.redaction import Redactor, Secret, cap
from erp_connect.core.parse.answer import read_answer, remote_message
from erp_connect.transport.client import HttpClient
from erp_connect.transport.errors import TokenError
from erp_connect.transport.messages import HttpRequest, HttpResponse

FORMATS = ("json", "form", "header", "query")
_MESSAGE_LIMIT = 200


@dataclass(frozen=True)
class SessionLogin:
	"""The login call of one account.

	send_as: where the credentials go: `json` or `form` body, `header` or `query`. username_field and
	password_field: their names there. extra: further fixed fields beside them.
	token_expression: JMESPath to the token in the answer; empty when the answer is nothing but the token.
	token_header: header of the answer that holds the token; used instead when given.
	lifetime_expression: JMESPath to the seconds for which the token is good.
	"""

	url: str
	username: str
	password: Secret
	method: str = "POST"
	send_as: str = "json"
	username_field: str = "username"
	password_field: str = "password"
	extra: Mapping[str, str] = field(default_factory=dict)
	headers: Mapping[str, str] = field(default_factory=dict)
	token_expression: str = ""
	token_header: str = ""
	lifetime_expression: str = ""

	def __post_init__(self) -> None:
		if self.send_as not in FORMATS:
			raise ConfigurationError(
				"The login cannot be sent as {given}. Choose one of {formats}.",
				code="auth",
				given=self.send_as,
				formats=Whole(", ".join(FORMATS)),
			)


@dataclass(frozen=True)
class SessionToken:
	"""A token as it was answered.

	lifetime: seconds for which the answer says that it is good; at_most: for which a JWT itself says so. None when nothing
	does.
	"""

	token: Secret
	lifetime: int | None = None
	at_most: int | None = None


def log_in(http: HttpClient, login: SessionLogin, now: float = 0.0) -> SessionToken:
	"""Call the login and return the token. now: epoch seconds, from which the end that a JWT tells is counted.

	Raises TokenError when the login is refused or its answer has no token, TransportError when it cannot be
	reached, ExpressionError when the token's expression cannot be read.
	"""
	response = http.send(login_request(login))
	token = read_session_token(response, login)
	return SessionToken(token, _told_lifetime(response, login), _lifetime_of_jwt(token, now))


def login_request(login: SessionLogin) -> HttpRequest:
	"""The login call as a request."""
	fields = {
		**login.extra,
		login.username_field: login.username,
		login.password_field: login.password.reveal(),
	}
	request = HttpRequest(login.method, login.url, {"Accept": "application/json", **login.headers})
	if login.send_as == "header":
		return request.with_headers(fields)
	if login.send_as == "query":
		return request.with_query(fields)
	as_json = login.send_as == "json"
	body = json.dumps(fields, ensure_ascii=False) if as_json else urlencode(fields)
	media = "application/json" if as_json else "application/x-www-form-urlencoded"
	typed = request.with_headers({"Content-Type": media})
	return HttpRequest(typed.method, typed.url, typed.headers, body.encode())


def read_session_token(response: HttpResponse, login: SessionLogin) -> Secret:
	"""The token in the answer of a login call. Raises TokenError if there is none."""
	answer = read_answer(response.body, response.content_type)
	if not 200 <= response.status < 300:
		raise _refused(response, login, answer.data)
	found = _found(response, login, answer.data)
	if not isinstance(found, str | int) or isinstance(found, bool) or not str(found).strip():
		raise _refused(response, login, answer.data)
	return Secret(str(found).strip())


def _told_lifetime(response: HttpResponse, login: SessionLogin) -> int | None:
	if not login.lifetime_expression:
		return None
	data = read_answer(response.body, response.content_type).data
	try:
		found = compile_expression(login.lifetime_expression).search(data)
		return max(int(float(found)), 0) or None
	except (ExpressionError, TypeError, ValueError, OverflowError):
		return None


def _lifetime_of_jwt(token: Secret, now: float) -> int | None:
	"""What a token says of itself; nothing is trusted for it, as it is refused by whoever gave it."""
	import jwt

	try:
		claims = jwt.decode(token.reveal(), options={"verify_signature": False})
		return max(int(claims["exp"] - now), 0)
	except (jwt.PyJWTError, KeyError, TypeError, ValueError, OverflowError):
		return None


def _found(response: HttpResponse, login: SessionLogin, data: Any) -> Any:
	if login.token_header:
		return response.headers.get(login.token_header)
	if not login.token_expression:
		return data
	expression = compile_expression(login.token_expression)
	try:
		return expression.search(data)
	except ExpressionError:
		# The expression is sound but does not fit this answer, which then has no token.
		return None


def _refused(response: HttpResponse, login: SessionLogin, data: Any) -> TokenError:
	words = remote_message(data) if isinstance(data, dict | list) else ""
	reason = cap(Redactor([login.password]).text(words) or "no reason given", _MESSAGE_LIMIT)
	params = {"status": response.status, "reason": reason}
	if response.status in (408, 429) or response.status >= 500:
		return TokenError(
			"The login is not able to answer now (status {status}: {reason}).", permanent=False, **params
		)
	if response.status < 300:
		return TokenError(
			"The login answered {status} without a token: {reason}. Check the user name and password, and where "
			"the token stands in the answer.",
			permanent=True,
			**params,
		)
	return TokenError(
		"The login was refused (status {status}: {reason}). Check the user name and password of the account.",
		permanent=True,
		**params,
	)
