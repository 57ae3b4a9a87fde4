"""Tokens of service accounts, and what a login can ask for and tell, on a site; assertions judged by google-auth."""

from __future__ import annotations

import json
import time
from urllib.parse import parse_qs, urlsplit

import frappe
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import jwt as judge

from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.calls.test_tokens import TokenTestCase
from erp_connect.tests.fakes.fault_server import FaultServer, Received, Reply

KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.private_bytes(
	serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
PUBLIC = (
	KEY.public_key()
	.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
	.decode()
)
# As the field of one line keeps it.
FLAT = PEM.replace("\n", " ")
ISSUER = "robot@project.example"


class TokenServer(FaultServer):
	"""Gives tokens at /token for assertions that `judge` accepts, one after the other; tokens: what they hold besides."""

	def __init__(self) -> None:
		super().__init__()
		self.accepted: list[dict] = []
		self.more: dict = {"expires_in": 3600}

	def reply_for(self, request: Received) -> Reply:
		if urlsplit(request.path).path != "/token":
			return super().reply_for(request)
		form = parse_qs(request.body.decode())
		try:
			claims = judge.decode(form["assertion"][0], certs=PUBLIC, audience=self.url("/token"))
		except ValueError as error:
			return Reply(400, {"error": "invalid_grant", "error_description": str(error)})
		if claims["iss"] != ISSUER or form["grant_type"] != ["urn:ietf:params:oauth:grant-type:jwt-bearer"]:
			return Reply(400, {"error": "invalid_grant", "error_description": "unknown issuer"})
		self.accepted.append(claims)
		token = f"token-{len(self.accepted)}"
		return Reply(200, {"access_token": token, "token_type": "Bearer", **self.more})


class TestServiceAccount(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.receiver = TokenServer().start()
		self.addCleanup(self.receiver.stop)

	def connected(self, **values):
		doc = make.account(
			self.receiver.url(),
			**{
				"auth_type": "OAuth 2 JWT Bearer",
				"token_url": self.receiver.url("/token"),
				"jwt_issuer": ISSUER,
				"jwt_key": FLAT,
				"jwt_claims": '{"scope": "files.{input.right}"}',
				"inputs": [{"key": "right", "title": "Right", "value": "read"}],
				**values,
			},
		)
		make.brand_flow()
		return doc

	def send(self) -> list[str]:
		"""The tokens of all requests so far, after one more."""
		make.brand()
		self.deliver()
		return [request.header("Authorization") for request in self.arrived() if "brands" in request.path]

	def test_an_assertion_is_changed_for_a_token_that_is_kept(self):
		self.connected(jwt_subject="user@project.example")
		self.assertEqual(self.send(), ["Bearer token-1"])
		self.assertEqual(self.send(), ["Bearer token-1"] * 2)
		(claims,) = self.receiver.accepted
		self.assertEqual((claims["sub"], claims["scope"]), ("user@project.example", "files.read"))
		self.assertEqual(self.statuses(), ["Delivered"] * 2)

	def test_a_token_that_has_ended_is_renewed(self):
		self.connected()
		self.send()
		frappe.db.sql("UPDATE `tabIntegration State` SET session_expires = UNIX_TIMESTAMP() + 5")
		self.assertEqual(self.send(), ["Bearer token-1", "Bearer token-2"])

	def test_a_token_without_an_end_is_renewed_when_it_is_refused(self):
		self.receiver.more = {}
		self.connected()
		self.receiver.script("/brands", Reply(201, {"id": 1}), Reply(401), Reply(201, {"id": 2}))
		self.send()
		self.assertEqual(self.send(), ["Bearer token-1", "Bearer token-1", "Bearer token-2"])
		self.assertEqual(self.statuses(), ["Delivered"] * 2)

	def test_the_answer_says_where_the_api_is(self):
		self.connected(base_url_expression="instance_url")
		self.receiver.more = {"instance_url": self.receiver.url("/instance")}
		self.send()
		self.assert_arrived(1, "/instance/brands")

	def test_a_key_file_says_who_signs(self):
		file = {"private_key": PEM, "client_email": ISSUER, "private_key_id": "k-1"}
		self.connected(jwt_key=json.dumps(file, indent=1).replace("\n", ""), jwt_issuer="")
		self.assertEqual(self.send(), ["Bearer token-1"])

	def test_a_refused_assertion_stops_the_account_and_tells_no_key(self):
		self.connected(jwt_issuer="somebody@else.example")
		self.assertEqual(self.send(), [])
		account = frappe.get_doc("Integration Settings", make.ACCOUNT)
		self.assertTrue(account.paused)
		self.assertIn("unknown issuer", account.pause_reason)
		kept = [account.as_dict(), *frappe.get_all("Sync Log", ["*"]), *frappe.get_all("Sync Attempt", ["*"])]
		self.assertNotIn(PEM.split("\n")[2], json.dumps(kept, default=str))
		self.assertNotIn("eyJ", json.dumps(kept, default=str))

	def test_what_cannot_be_used_is_told_when_it_is_saved(self):
		for values, told in (
			({"jwt_key": "no key"}, "private key cannot be used"),
			({"jwt_key": ""}, "Private key is not set"),
			({"jwt_issuer": ""}, "issuer is missing"),
			({"token_url": ""}, "token address"),
			({"jwt_claims": '{"a": 1}'}, "Further claims is one JSON object"),
		):
			with self.subTest(told), self.assertRaisesRegex(frappe.ValidationError, told):
				self.connected(**values)
			frappe.db.rollback()

	def test_the_key_goes_to_no_other_token_address(self):
		doc = self.connected()
		doc.reload()
		doc.update({"token_url": "https://evil.example/token", "enabled": 0})
		doc.save()
		self.assertFalse(doc.get_password("jwt_key", raise_exception=False))

	def test_another_scope_has_a_token_of_its_own(self):
		doc = self.connected()
		self.send()
		doc.reload()
		doc.jwt_claims = '{"scope": "files.write"}'
		doc.save()
		self.assertEqual(self.send()[-1], "Bearer token-2")
		self.assertEqual(self.receiver.accepted[-1]["scope"], "files.write")


class TestLogins(ConnectTestCase):
	def connected(self, **values) -> None:
		make.account(
			self.receiver.url(),
			auth_type="Session Token",
			username="shop",
			password="shop-password",
			login_path="/login",
			inputs=[{"key": "licence", "title": "Licence", "value": "L-1"}],
			**values,
		)
		make.brand_flow()

	def send(self) -> Received:
		make.brand()
		self.deliver()
		return self.arrived("/brands")[-1]

	def lasts(self) -> int:
		end = frappe.db.get_value("Integration State", make.ACCOUNT, "session_expires")
		return round(end - time.time())

	def test_by_get_with_credentials_in_headers_and_a_jwt_that_tells_its_end(self):
		token = jwt.encode({"exp": int(time.time()) + 900}, "k" * 32)
		self.receiver.script("/login", Reply(200, {"JWTToken": token}))
		self.connected(
			login_method="GET", login_format="Header", login_user_field="ClientID", login_password_field="clientSecret",
			login_token_expression="JWTToken", session_name="JWTToken", session_prefix="",
			token_headers='{"X-Licence": "{input.licence}"}',
		)  # fmt: skip
		self.assertEqual(self.send().header("JWTToken"), token)
		(asked,) = self.arrived("/login")
		self.assertEqual((asked.method, asked.body), ("GET", b""))
		found = [asked.header(name) for name in ("ClientID", "clientSecret", "X-Licence")]
		self.assertEqual(found, ["shop", "shop-password", "L-1"])
		self.assertAlmostEqual(self.lasts(), 900, delta=10)

	def test_further_fields_and_a_lifetime_in_the_answer(self):
		self.receiver.script("/login", Reply(200, {"token": "t-1", "expires_in": "7200"}))
		self.connected(
			login_fields='{"licence": "{input.licence}"}', session_lifetime_expression="expires_in"
		)
		self.assertEqual(self.send().header("Authorization"), "Bearer t-1")
		self.assertEqual(
			self.arrived("/login")[0].json,
			{"licence": "L-1", "username": "shop", "password": "shop-password"},
		)
		self.assertAlmostEqual(self.lasts(), 7200, delta=10)

	def test_a_token_in_a_header_of_the_answer(self):
		self.receiver.script("/login", Reply(204, headers={"X-Subject-Token": "t-2"}))
		self.connected(login_token_header="X-Subject-Token")
		self.assertEqual(self.send().header("Authorization"), "Bearer t-2")
		self.assertAlmostEqual(self.lasts(), 3600, delta=10)


class TestTokenRequests(TokenTestCase):
	def test_headers_and_a_body_of_json(self):
		self.tokens({"access_token": "one", "expires_in": 3600})
		make.account(
			self.receiver.url(),
			auth_type="OAuth 2 Client Credentials",
			connected_app=self.app(),
			token_request_auth="In the body, as JSON",
			token_headers='{"X-Merchant": "m-1"}',
		)
		make.brand_flow()
		make.brand()
		self.deliver()
		(asked,) = self.arrived("/token")
		self.assertEqual(asked.header("X-Merchant"), "m-1")
		self.assertEqual(
			asked.json,
			{
				"grant_type": "client_credentials",
				"scope": "all",
				"client_id": "the-client",
				"client_secret": "the-client-secret",
			},
		)
		self.assertEqual(self.sent_tokens(), ["Bearer one"])
