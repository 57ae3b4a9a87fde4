"""Ways to prove to a receiver who is calling.

Each strategy has `apply(request, now)`, which gives a new request with the proof added, just before it is sent.
None of them opens a connection; the two that need a token ask a provider for it.
"""

from erp_connect.transport.auth.keys import (
	BasicAuth,
	BearerAuth,
	FrappeTokenAuth,
	HeaderAuth,
	NoAuth,
	QueryAuth,
	SeveralAuth,
	Strategy,
)
from erp_connect.transport.auth.oauth2 import OAuth2Client, Token, request_token
from erp_connect.transport.auth.session_token import SessionLogin, log_in
from erp_connect.transport.auth.signed import HmacAuth
from erp_connect.transport.auth.tokens import TokenAuth, TokenProvider

__all__ = [
	"BasicAuth",
	"BearerAuth",
	"FrappeTokenAuth",
	"HeaderAuth",
	"HmacAuth",
	"NoAuth",
	"OAuth2Client",
	"QueryAuth",
	"SessionLogin",
	"SeveralAuth",
	"Strategy",
	"Token",
	"TokenAuth",
	"TokenProvider",
	"log_in",
	"request_token",
]
