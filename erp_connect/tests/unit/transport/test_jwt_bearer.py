"""Service accounts: the assertions that they sign, and the tokens that they get for them."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.guard.egress import Policy
from erp_connect.core.guard.redaction import Secret
from erp_connect.tests.fakes.fault_server import Reply
from erp_connect.transport.auth import ServiceAccount, read_key, request_service_token
from erp_connect.transport.client import HttpClient
from erp_connect.transport.errors import TokenError


@pytest.fixture
def http():
	with HttpClient(Policy.of(["127.0.0.0/8"]), deadline=5) as client:
		yield client


class TestServiceAccount:
	@pytest.fixture(scope="class")
	def rsa_key(self):
		return rsa.generate_private_key(65537, 2048)

	def pem(self, key, form=serialization.PrivateFormat.PKCS8) -> str:
		return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()

	def account(self, key: str, **changes) -> ServiceAccount:
		return ServiceAccount(
			**{
				"token_url": "https://a.example/token",
				"issuer": "robot@a.example",
				"key": Secret(key),
				**changes,
			}
		)

	def claims(self, account: ServiceAccount, key, algorithm: str = "RS256") -> dict:
		return jwt.decode(
			account.assertion(1000),
			key.public_key(),
			[algorithm],
			audience=account.audience or account.token_url,
			options={"verify_exp": False},
		)

	def test_the_assertion(self, rsa_key):
		claims = self.claims(self.account(self.pem(rsa_key), claims={"scope": "files", "iss": "no"}), rsa_key)
		assert len(claims.pop("jti")) == 36
		assert claims == {
			"scope": "files", "iss": "robot@a.example", "aud": "https://a.example/token", "iat": 1000, "exp": 1180,
		}  # fmt: skip
		named = self.account(self.pem(rsa_key), subject="u@a.example", audience="https://login.a.example")
		claims = self.claims(named, rsa_key)
		assert (claims["sub"], claims["aud"]) == ("u@a.example", "https://login.a.example")

	@pytest.mark.parametrize(
		"written",
		[
			str,
			lambda pem: pem.replace("\n", ""),
			lambda pem: pem.replace("\n", " "),
			lambda pem: pem.replace("\n", "\\n"),
		],
		ids=["as it is", "no breaks", "spaces", "escaped"],
	)
	@pytest.mark.parametrize(
		"form",
		[serialization.PrivateFormat.TraditionalOpenSSL, serialization.PrivateFormat.PKCS8],
		ids=["traditional", "pkcs8"],
	)
	def test_a_key_that_lost_its_line_breaks(self, rsa_key, written, form):
		assert self.claims(self.account(written(self.pem(rsa_key, form))), rsa_key)

	def test_another_algorithm(self):
		key = ec.generate_private_key(ec.SECP256R1())
		assert self.claims(self.account(self.pem(key), algorithm="ES256"), key, "ES256")

	def test_a_key_file(self, rsa_key):
		file = {"private_key": self.pem(rsa_key), "client_email": "robot@a.example", "private_key_id": "k-1"}
		key, issuer, key_id = read_key(json.dumps(file, indent=1).replace("\n", ""))
		account = self.account(key, issuer=issuer, key_id=key_id)
		assert self.claims(account, rsa_key)["iss"] == "robot@a.example"
		assert jwt.get_unverified_header(account.assertion(0))["kid"] == "k-1"
		assert read_key("x") == ("x", "", "") and read_key("{") == ("{", "", "")

	@pytest.mark.parametrize(
		"key", ["", "hunter2", "{", "-----BEGIN PRIVATE KEY-----hunter2-----END PRIVATE KEY-----"]
	)
	def test_keys_that_are_none(self, key):
		with pytest.raises(ConfigurationError, match="cannot be used with RS256") as caught:
			self.account(key)
		assert "hunter2" not in str(caught.value)

	def test_a_key_of_another_kind(self, rsa_key):
		with pytest.raises(ConfigurationError, match="cannot be used with ES256"):
			self.account(self.pem(rsa_key), algorithm="ES256")

	@pytest.mark.parametrize("missing", ["token_url", "issuer"])
	def test_what_is_missing(self, rsa_key, missing):
		with pytest.raises(ConfigurationError, match="missing"):
			self.account(self.pem(rsa_key), **{missing: ""})

	def test_the_request_and_the_answer(self, server, http, rsa_key):
		server.script("/token", Reply(body={"access_token": "at", "instance_url": "https://i.example"}))
		account = self.account(self.pem(rsa_key), token_url=server.url("/token"), headers={"X-Merchant": "m"})
		token = request_service_token(http, account, 1000)
		assert (token.access_token.reveal(), token.expires_in) == ("at", None)
		assert token.extra["instance_url"] == "https://i.example"
		(asked,) = server.requests
		form = parse_qs(asked.body.decode())
		assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
		assert asked.header("X-Merchant") == "m"
		assert jwt.get_unverified_header(form["assertion"][0])["alg"] == "RS256"

	def test_a_refusal(self, server, http, rsa_key):
		server.script("/token", Reply(400, {"error": "invalid_grant", "error_description": "not approved"}))
		with pytest.raises(TokenError, match="not approved") as caught:
			request_service_token(http, self.account(self.pem(rsa_key), token_url=server.url("/token")), 1000)
		assert caught.value.permanent
