"""How a request proves who is calling."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from erp_connect.core.errors import ConfigurationError, ExpressionError
from erp_connect.core.guard.egress import Policy
from erp_connect.core.guard.redaction import Secret
from erp_connect.tests.fakes.fault_server import Reply
from erp_connect.transport.auth import (
	BasicAuth,
	BearerAuth,
	FrappeTokenAuth,
	HeaderAuth,
	HmacAuth,
	OAuth2Client,
	QueryAuth,
	SessionLogin,
	SessionToken,
	SeveralAuth,
	TokenAuth,
	log_in,
	request_token,
)
from erp_connect.transport.client import HttpClient
from erp_connect.transport.errors import TokenError
from erp_connect.transport.messages import HttpRequest

NOW = 1_700_000_000.25
REQUEST = HttpRequest("POST", "https://shop.example/orders?draft=1", {"X-Kept": "1"}, b'{"a":1}', "EVT1")


@pytest.fixture
def http():
	with HttpClient(Policy.of(["127.0.0.0/8"]), deadline=5) as client:
		yield client


def applied_to(request, auth):
	"""The request as it travels."""
	with HttpClient() as client:
		return client.prepare(request, auth, NOW)


def headers(auth, request=REQUEST):
	applied = applied_to(request, auth)
	assert applied.headers["X-Kept"] == "1" and applied.body == request.body
	return applied.headers


class TestKeys:
	def test_none(self):
		applied = applied_to(REQUEST, None)
		assert (applied.method, applied.url, applied.body) == (REQUEST.method, REQUEST.url, REQUEST.body)
		assert set(headers(None)) == {"X-Kept", "User-Agent", "Accept"}

	def test_one_or_several_headers(self):
		found = headers(HeaderAuth({"X-Key": Secret("k"), "X-Id": Secret("i")}), REQUEST)
		assert (found["X-Key"], found["X-Id"]) == ("k", "i")

	def test_query(self):
		applied = applied_to(REQUEST, QueryAuth({"api_key": Secret("a b&c")}))
		assert parse_qs(urlsplit(applied.url).query) == {"draft": ["1"], "api_key": ["a b&c"]}

	@pytest.mark.parametrize(
		("url", "sent"),
		[
			("https://a.example/track?number=7&key=", "number=7&key=secret"),
			("https://a.example/track?key=other&number=7#end", "number=7&key=secret"),
			("https://a.example/track?number=7&keyed=1", "number=7&keyed=1"),
			("https://a.example/book", ""),
		],
	)
	def test_a_parameter_only_where_the_request_has_it(self, url, sent):
		applied = applied_to(HttpRequest("GET", url), QueryAuth({"key?": Secret("secret")}))
		assert urlsplit(applied.url).query == sent

	def test_basic_in_utf_8(self):
		value = headers(BasicAuth("ck_ü", Secret("cs:1")))["Authorization"]
		assert base64.b64decode(value.removeprefix("Basic ")).decode() == "ck_ü:cs:1"
		with pytest.raises(ConfigurationError, match="colon"):
			BasicAuth("a:b", Secret("c"))

	@pytest.mark.parametrize(
		"strategy, name, value",
		[
			(BearerAuth(Secret("t")), "Authorization", "Bearer t"),
			(BearerAuth(Secret("t"), prefix="Zoho-oauthtoken"), "Authorization", "Zoho-oauthtoken t"),
			(
				BearerAuth(Secret("t"), prefix="", header="X-Shopify-Access-Token"),
				"X-Shopify-Access-Token",
				"t",
			),
			(FrappeTokenAuth("key", Secret("sec")), "Authorization", "token key:sec"),
		],
	)
	def test_tokens(self, strategy, name, value):
		assert headers(strategy)[name] == value

	def test_several_in_turn(self):
		both = SeveralAuth([QueryAuth({"k": Secret("v")}), HmacAuth(Secret("s"), template="{url}")])
		applied = applied_to(REQUEST, both)
		expected = hmac.new(b"s", applied.url.encode(), hashlib.sha256).hexdigest()
		assert applied.url.endswith("&k=v") and applied.headers["X-Signature"] == expected

	def test_no_strategy_shows_its_secret(self):
		secret = Secret("hunter2")
		every = [
			HeaderAuth({"X": secret}),
			QueryAuth({"x": secret}),
			BasicAuth("u", secret),
			BearerAuth(secret),
			FrappeTokenAuth("k", secret),
			HmacAuth(secret),
			OAuth2Client("https://a.example/", "id", secret),
			SessionLogin("https://a.example/", "u", secret),
		]
		assert "hunter2" not in repr(every)


class TestTokensOfAProvider:
	class Provider:
		current = Secret("fresh")

	def test_none_that_was_never_fetched_is_sent(self):
		with pytest.raises(ConfigurationError):
			applied_to(REQUEST, TokenAuth(type("Empty", (), {"current": None})()))

	def test_in_a_header_or_in_the_query(self):
		assert headers(TokenAuth(self.Provider()))["Authorization"] == "Bearer fresh"
		applied = applied_to(REQUEST, TokenAuth(self.Provider(), place="query", name="api_token", prefix=""))
		assert applied.url.endswith("&api_token=fresh")

	@pytest.mark.parametrize("wrong", [{"place": "cookie"}, {"name": ""}])
	def test_nowhere_else(self, wrong):
		with pytest.raises(ConfigurationError, match="header or query"):
			TokenAuth(self.Provider(), **wrong)


class TestSignedRequests:
	def test_the_template_decides_what_is_signed(self):
		strategy = HmacAuth(
			Secret("s3cr3t"),
			template="{timestamp}.{method}.{path}.{id}.{body}",
			header="X-Sig",
			prefix="sha512=",
			algorithm="sha512",
			encoding="base64",
			timestamp_header="X-Time",
			key_header="X-Key",
			key="public",
		)
		found = headers(strategy)
		message = b'1700000000.POST./orders?draft=1.EVT1.{"a":1}'
		digest = base64.b64encode(hmac.new(b"s3cr3t", message, hashlib.sha512).digest()).decode()
		assert found["X-Sig"] == f"sha512={digest}"
		assert (found["X-Time"], found["X-Key"]) == ("1700000000", "public")

	def test_milliseconds_and_the_hash_of_the_body(self):
		strategy = HmacAuth(
			Secret("s"),
			template="{timestamp_ms}{body_sha256}",
			timestamp_header="X-Time",
			timestamp_unit="ms",
		)
		found = headers(strategy)
		message = b"1700000000250" + hashlib.sha256(REQUEST.body).hexdigest().encode()
		assert found["X-Signature"] == hmac.new(b"s", message, hashlib.sha256).hexdigest()
		assert found["X-Time"] == "1700000000250"

	def test_the_address_is_signed_as_it_travels(self, server, http):
		request = applied_to(
			HttpRequest("GET", server.url("/ä?q=ü")), HmacAuth(Secret("s"), template="{path} {url}")
		)
		http.send(request)
		path = server.requests[0].path
		message = f"{path} {server.url(path)}".encode()
		assert path == "/%C3%A4?q=%C3%BC"
		assert request.headers["X-Signature"] == hmac.new(b"s", message, hashlib.sha256).hexdigest()

	@pytest.mark.parametrize("encoding, text", [("hex", "00ff"), ("base64", "AP8="), ("base64", "AP8")])
	def test_secrets_that_are_bytes(self, encoding, text):
		found = headers(HmacAuth(Secret(text), template="{body}", secret_encoding=encoding))
		assert found["X-Signature"] == hmac.new(b"\x00\xff", REQUEST.body, hashlib.sha256).hexdigest()

	def test_mistakes_are_found_when_the_account_is_saved(self):
		with pytest.raises(ConfigurationError, match="names nonsense"):
			HmacAuth(Secret("s"), template="{nonsense}")
		with pytest.raises(ConfigurationError, match="cannot be read as hex") as caught:
			HmacAuth(Secret("hunter2"), secret_encoding="hex")
		assert "hunter2" not in str(caught.value)


class TestOAuth2:
	def account(self, server, **changes):
		return OAuth2Client(
			**{
				"token_url": server.url("/token"),
				"client_id": "me",
				"client_secret": Secret("s3cr3t&"),
				**changes,
			}
		)

	def test_client_credentials_in_the_body(self, server, http):
		server.script(
			"/token",
			Reply(
				body={
					"access_token": "at",
					"token_type": "Bearer",
					"expires_in": 3600,
					"instance_url": "https://x",
				}
			),
		)
		token = request_token(http, self.account(server, scope="a b", extra={"audience": "api"}))
		(received,) = server.requests
		assert parse_qs(received.body.decode()) == {
			"grant_type": ["client_credentials"],
			"client_id": ["me"],
			"client_secret": ["s3cr3t&"],
			"scope": ["a b"],
			"audience": ["api"],
		}
		assert received.header("content-type") == "application/x-www-form-urlencoded"
		assert token.access_token.reveal() == "at"
		assert (token.expires_in, token.token_type, token.refresh_token) == (3600, "Bearer", None)
		assert token.extra == {"instance_url": "https://x"}

	def test_client_credentials_as_basic(self, server, http):
		server.script("/token", Reply(body={"access_token": "at", "expires_in": "14399", "issued_at": "1"}))
		token = request_token(http, self.account(server, basic=True))
		(received,) = server.requests
		pair = base64.b64decode(received.header("authorization").removeprefix("Basic ")).decode()
		assert pair == "me:s3cr3t%26"
		assert parse_qs(received.body.decode()) == {"grant_type": ["client_credentials"]}
		assert token.expires_in == 14399

	def test_as_json(self, server, http):
		server.script("/token", Reply(body={"access_token": "at"}))
		token = request_token(http, self.account(server, as_json=True))
		assert server.requests[0].json == {
			"grant_type": "client_credentials",
			"client_id": "me",
			"client_secret": "s3cr3t&",
		}
		assert token.expires_in is None

	def test_refresh_keeps_the_token_that_is_not_rotated(self, server, http):
		server.script(
			"/token",
			Reply(body={"access_token": "a1"}),
			Reply(body={"access_token": "a2", "refresh_token": "r2"}),
		)
		first = request_token(http, self.account(server), refresh_token=Secret("r1"))
		second = request_token(http, self.account(server), refresh_token=Secret("r1"))
		sent = parse_qs(server.requests[0].body.decode())
		assert (sent["grant_type"], sent["refresh_token"]) == (["refresh_token"], ["r1"])
		assert (sent["client_id"], sent["client_secret"]) == (["me"], ["s3cr3t&"])
		assert (first.refresh_token.reveal(), second.refresh_token.reveal()) == ("r1", "r2")

	@pytest.mark.parametrize(
		"reply, permanent, words",
		[
			(Reply(400, {"error": "invalid_grant", "error_description": "revoked"}), True, "revoked"),
			(Reply(401, {"error": "invalid_client"}), True, "invalid_client"),
			(Reply(401, {"message": "who are you"}), True, "who are you"),
			(Reply(400, "<html>no</html>"), True, "no reason given"),
			(Reply(200, {"hello": 1}), False, "gave no token"),
			(Reply(200, [1]), False, "gave no token"),
			(Reply(302, ""), False, "status 302"),
			(Reply(503, {"error": "temporarily_unavailable"}), False, "not able to answer"),
			(Reply(429, ""), False, "429"),
			(Reply(200, {"access_token": "at", "expires_in": "soon"}), False, "gave no token"),
		],
	)
	def test_refusals(self, server, http, reply, permanent, words):
		server.script("/token", reply)
		with pytest.raises(TokenError, match=words) as caught:
			request_token(http, self.account(server))
		assert caught.value.permanent is permanent

	def test_a_refusal_that_repeats_the_secret(self, server, http):
		server.script(
			"/token", Reply(400, {"error": "bad", "error_description": "s3cr3t& or r3fr3sh is wrong"})
		)
		with pytest.raises(TokenError) as caught:
			request_token(http, self.account(server), refresh_token=Secret("r3fr3sh"))
		assert "s3cr3t" not in str(caught.value) and "r3fr3sh" not in str(caught.value)

	@pytest.mark.parametrize("missing", ["token_url", "client_id"])
	def test_an_account_without_the_essentials(self, server, http, missing):
		with pytest.raises(ConfigurationError, match="missing"):
			request_token(http, self.account(server, **{missing: ""}))
		assert not server.requests


class TestSessionLogin:
	def login(self, server, **changes):
		return SessionLogin(
			**{"url": server.url("/login"), "username": "u", "password": Secret("hunter2"), **changes}
		)

	def test_json_in_and_a_token_by_expression(self, server, http):
		server.script("/login", Reply(body={"data": {"token": "tok"}}))
		login = self.login(server, username_field="email", extra={"otp": "1"}, token_expression="data.token")
		assert log_in(http, login).token.reveal() == "tok"
		assert server.requests[0].json == {"otp": "1", "email": "u", "password": "hunter2"}

	def test_form_in_and_nothing_but_the_token_back(self, server, http):
		server.script("/login", Reply(body="tok\n"), Reply(body=json.loads('"tok"')))
		login = self.login(server, send_as="form", password_field="key")
		assert log_in(http, login).token.reveal() == "tok"
		assert parse_qs(server.requests[0].body.decode()) == {"username": ["u"], "key": ["hunter2"]}
		assert log_in(http, login).token.reveal() == "tok"

	def test_credentials_in_headers_by_get(self, server, http):
		server.script("/login", Reply(body={"JWTToken": "jwt"}))
		login = self.login(
			server,
			method="GET",
			send_as="header",
			username_field="ClientID",
			password_field="clientSecret",
			token_expression="JWTToken",
		)
		assert log_in(http, login).token.reveal() == "jwt"
		(received,) = server.requests
		assert (
			received.method,
			received.header("ClientID"),
			received.header("clientSecret"),
			received.body,
		) == (
			"GET",
			"u",
			"hunter2",
			b"",
		)

	def test_a_token_in_a_header(self, server, http):
		server.script("/login", Reply(204, headers={"X-Token": "tok"}))
		assert log_in(http, self.login(server, token_header="x-token")).token.reveal() == "tok"

	@pytest.mark.parametrize(
		"reply, permanent, words",
		[
			(Reply(401, {"message": "wrong hunter2"}), True, "login was refused"),
			(Reply(200, {"error": {"key": "Incorrect API Key!"}}), True, "without a token"),
			(Reply(200, {"token": ""}), True, "without a token"),
			(Reply(200, {"token": {"a": 1}}), True, "without a token"),
			(Reply(200, "<html>Sign in</html>"), True, "without a token"),
			(Reply(500, {"message": "oops"}), False, "oops"),
			(Reply(429, ""), False, "not able to answer"),
		],
	)
	def test_refusals(self, server, http, reply, permanent, words):
		server.script("/login", reply)
		with pytest.raises(TokenError, match=words) as caught:
			log_in(http, self.login(server, token_expression="token"))
		assert caught.value.permanent is permanent
		assert "hunter2" not in str(caught.value)

	def test_mistakes_in_the_account(self, server, http):
		with pytest.raises(ConfigurationError, match="Choose one of"):
			self.login(server, send_as="carrier pigeon")
		with pytest.raises(ExpressionError):
			log_in(http, self.login(server, token_expression="token["))

	@pytest.mark.parametrize(
		("answer", "lifetime"),
		[
			({"expires_in": 3600}, 3600),
			({"expires_in": "120.5"}, 120),
			({"expires_in": "soon"}, None),
			({"expires_in": None}, None),
			({"expires_in": -5}, None),
			({}, None),
		],
	)
	def test_how_long_the_answer_says_that_it_lasts(self, server, http, answer, lifetime):
		server.script("/login", Reply(body={"token": "tok", **answer}))
		login = self.login(server, token_expression="token", lifetime_expression="expires_in")
		assert log_in(http, login, 1000) == SessionToken(Secret("tok"), lifetime)

	@pytest.mark.parametrize(("claims", "at_most"), [({"exp": 1600}, 600), ({"exp": 900}, 0), ({}, None)])
	def test_a_jwt_says_itself_when_it_ends(self, server, http, claims, at_most):
		token = jwt.encode(claims, "k" * 32)
		server.script("/login", Reply(body={"token": token}))
		got = log_in(http, self.login(server, token_expression="token"), 1000)
		assert (got.lifetime, got.at_most) == (None, at_most)
