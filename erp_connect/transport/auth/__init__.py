"""Ways to prove to a receiver who is calling.

Each is a `requests.auth.AuthBase`, which adds its proof to a request that `HttpClient.prepare` is making; time
and event id, which signatures need, stand on the request. None of them opens a connection; one that needs a
token asks a provider for it.
"""

from requests.auth import AuthBase

from erp_connect.transport.auth.body import BodyAuth, BodyChecksumAuth
from erp_connect.transport.auth.jwt_bearer import ServiceAccount, read_key, request_service_token
from erp_connect.transport.auth.keys import (
	BasicAuth,
	BearerAuth,
	FrappeTokenAuth,
	HeaderAuth,
	QueryAuth,
	SeveralAuth,
)
from erp_connect.transport.auth.made import Made
from erp_connect.transport.auth.oauth1 import OAuth1Auth
from erp_connect.transport.auth.oauth2 import OAuth2Client, Token, request_token
from erp_connect.transport.auth.schemes import BUILT_IN, Credentials, RequestScheme, proof_by
from erp_connect.transport.auth.session_token import SessionLogin, SessionToken, log_in
from erp_connect.transport.auth.signed import HmacAuth, SignedQueryAuth
from erp_connect.transport.auth.tokens import TokenAuth, TokenProvider

__all__ = [
	"AuthBase",
	"BUILT_IN",
	"BasicAuth",
	"BearerAuth",
	"BodyAuth",
	"BodyChecksumAuth",
	"Credentials",
	"FrappeTokenAuth",
	"HeaderAuth",
	"HmacAuth",
	"Made",
	"OAuth1Auth",
	"OAuth2Client",
	"QueryAuth",
	"RequestScheme",
	"ServiceAccount",
	"SessionLogin",
	"SessionToken",
	"SeveralAuth",
	"SignedQueryAuth",
	"Token",
	"TokenAuth",
	"TokenProvider",
	"log_in",
	"proof_by",
	"read_key",
	"request_service_token",
	"request_token",
]
