"""Ways to prove to a receiver who is calling.

Each is a `requests.auth.AuthBase`, which adds its proof to a request that `HttpClient.prepare` is making; time
and event id, which signatures need, stand on the request. None of them opens a connection; one that needs a
token asks a provider for it.
"""

from requests.auth import AuthBase

from erp_connect.transport.auth.keys import (
	BasicAuth,
	BearerAuth,
	FrappeTokenAuth,
	HeaderAuth,
	QueryAuth,
	SeveralAuth,
)
from erp_connect.transport.auth.oauth2 import OAuth2Client, Token, request_token
from erp_connect.transport.auth.session_token import SessionLogin, log_in
from erp_connect.transport.auth.signed import HmacAuth
from erp_connect.transport.auth.tokens import TokenAuth, TokenProvider

__all__ = [
	"AuthBase",
	"BasicAuth",
	"BearerAuth",
	"FrappeTokenAuth",
	"HeaderAuth",
	"HmacAuth",
	"OAuth2Client",
	"QueryAuth",
	"SessionLogin",
	"SeveralAuth",
	"Token",
	"TokenAuth",
	"TokenProvider",
	"log_in",
	"request_token",
]
